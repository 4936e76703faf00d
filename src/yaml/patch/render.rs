//! Writing a whole document, where there is no text to edit.

use super::scalar::{ScalarContext, text};
use crate::yaml::Value;

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

/// A value as it is to be written; a text with line breaks is in quotes.
impl<'n> From<&'n Value> for BlockNode<'n> {
    fn from(value: &'n Value) -> BlockNode<'n> {
        let token = |token: &str| BlockNode::Scalar { token: token.into(), comment: None };
        match value {
            Value::Text(value) => token(&text_token(value)),
            Value::Number(literal) => token(literal),
            Value::Null => token("null"),
            Value::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| (&**key, BlockNode::from(value)));
                BlockNode::Mapping(entries.collect())
            }
            Value::Sequence(items) => {
                BlockNode::Sequence(items.iter().map(BlockNode::from).collect())
            }
            Value::Marked(value, mark) => match BlockNode::from(&**value) {
                BlockNode::Scalar { token, .. } => BlockNode::Scalar { token, comment: Some(mark) },
                node => node,
            },
        }
    }
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
        BlockNode::Sequence(items) if !items.is_empty() => write(root, 0, &mut out),
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
                let at = out.len();
                match item {
                    BlockNode::Mapping(entries) if !entries.is_empty() => {
                        // The first key follows the dash.
                        write(item, indent + 2, out);
                        out.replace_range(at..=at + indent, &format!("{blanks}-"));
                    }
                    _ => {
                        out.push_str(&format!("{blanks}-"));
                        write_value(item, indent, out);
                    }
                }
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
        let wanted = "state: running  # mark\n\"yes\":\nlist:\n  - a\n  - b: 1\n    c d: ''\n  -\n    - {}\n";
        assert_eq!(text, wanted);
        let doc = crate::yaml::parse(&text, 0).unwrap();
        let item = doc.root().get("list").unwrap().items().nth(1).unwrap();
        assert_eq!(item.get("b").and_then(crate::yaml::NodeRef::text), Some("1"));
    }
}
