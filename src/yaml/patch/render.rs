//! Writing a whole document, where there is no text to edit.

use super::scalar::{ScalarContext, text};

/// A document to be written in block style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BlockNode<'n> {
    /// A scalar as it is spelt, and the comment behind it.
    Scalar {
        /// Its token, on one line.
        token: String,
        /// The comment, `#` included.
        comment: Option<&'n str>,
    },
    /// `key: value` pairs.
    Mapping(Vec<(&'n str, BlockNode<'n>)>),
    /// Items.
    Sequence(Vec<BlockNode<'n>>),
}

/// Text as a token of a block document: plain where every reader takes it for that same text.
pub(crate) fn text_token(value: &str) -> String {
    text(value, ScalarContext { flow: false, json: false })
}

/// The text of a document.
pub(crate) fn document(root: &BlockNode<'_>) -> String {
    let mut out = String::new();
    match root {
        BlockNode::Mapping(entries) if !entries.is_empty() => write(root, 0, &mut out),
        _ => write_value(root, 0, &mut out),
    }
    out
}

/// Writes a collection that is not empty, on lines of its own.
fn write(node: &BlockNode<'_>, indent: usize, out: &mut String) {
    let blanks = " ".repeat(indent);
    match node {
        BlockNode::Mapping(entries) => {
            for (key, value) in entries {
                out.push_str(&format!("{blanks}{}:", text_token(key)));
                write_value(value, indent, out);
            }
        }
        BlockNode::Sequence(items) => {
            for item in items {
                out.push_str(&format!("{blanks}-"));
                write_value(item, indent, out);
            }
        }
        BlockNode::Scalar { .. } => {}
    }
}

/// Writes what follows a colon or a dash, the end of the line included.
fn write_value(value: &BlockNode<'_>, indent: usize, out: &mut String) {
    match value {
        BlockNode::Scalar { token, comment } => {
            let gap = if token.is_empty() { "" } else { " " };
            out.push_str(&format!("{gap}{token}"));
            if let Some(comment) = comment {
                out.push_str(&format!("  {comment}"));
            }
            out.push('\n');
        }
        BlockNode::Mapping(entries) if entries.is_empty() => out.push_str(" {}\n"),
        BlockNode::Sequence(items) if items.is_empty() => out.push_str(" []\n"),
        _ => {
            out.push('\n');
            write(value, indent + 2, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_in_blocks_is_read_as_it_was_meant() {
        let scalar = |token: &str| BlockNode::Scalar { token: token.into(), comment: None };
        let marked = BlockNode::Scalar { token: "running".into(), comment: Some("# mark") };
        let items = vec![
            scalar("a"),
            BlockNode::Mapping(vec![("b", scalar("1")), ("c d", scalar("''"))]),
            BlockNode::Sequence(vec![BlockNode::Mapping(Vec::new())]),
        ];
        let root = BlockNode::Mapping(vec![
            ("state", marked),
            ("yes", scalar("")),
            ("list", BlockNode::Sequence(items)),
        ]);
        let text = document(&root);
        let wanted = "state: running  # mark\n\"yes\":\nlist:\n  - a\n  -\n    b: 1\n    c d: ''\n  -\n    - {}\n";
        assert_eq!(text, wanted);
        let doc = crate::yaml::parse(&text, 0).unwrap();
        let item = doc.root().get("list").unwrap().items().nth(1).unwrap();
        assert_eq!(item.get("b").and_then(crate::yaml::NodeRef::text), Some("1"));
    }
}
