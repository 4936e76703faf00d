//! The readers of the proof. They share no scanner, no parser and no scalar table.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::tree::Tree;
use crate::yaml::{self, Kind, NodeRef, Scalar, Style};

/// Who reads a document besides the span reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecondReader {
    /// libyaml, through `yaml_serde`.
    Libyaml,
    /// `serde_json`, for documents that are JSON.
    Json,
}

impl SecondReader {
    /// The second reader of a document: `serde_json` if it is JSON, else libyaml.
    pub(super) fn of(text: &str) -> SecondReader {
        let looks_like_json = behind_marker(text).starts_with('{');
        if looks_like_json && SecondReader::Json.read(text).is_ok() {
            SecondReader::Json
        } else {
            SecondReader::Libyaml
        }
    }

    /// The name of the law that this reader watches.
    pub(super) fn law(self) -> &'static str {
        match self {
            SecondReader::Libyaml => "exactly the changes (libyaml)",
            SecondReader::Json => "exactly the changes (JSON)",
        }
    }

    /// The document as this reader sees it; an error in the reader's words, for a key that stands
    /// twice too.
    pub(super) fn read(self, text: &str) -> Result<Tree, String> {
        match self {
            SecondReader::Json => {
                serde_json::from_str(behind_marker(text)).map_err(|error| error.to_string())
            }
            SecondReader::Libyaml => {
                let value: yaml_serde::Value =
                    yaml_serde::from_str(text).map_err(|error| error.to_string())?;
                Ok(libyaml_tree(value))
            }
        }
    }

    /// A number as this reader spells it.
    pub(super) fn number(self, literal: &str) -> Tree {
        self.read(literal).unwrap_or_else(|_| Tree::Number(literal.to_string()))
    }
}

/// The text behind the `---` that JSON does not know.
fn behind_marker(text: &str) -> &str {
    let text = text.trim_start();
    text.strip_prefix("---").map_or(text, str::trim_start)
}

/// A node as the span reader sees it.
pub(super) fn span_tree(node: NodeRef<'_>) -> Tree {
    let child = |id| span_tree(NodeRef { doc: node.doc, id });
    let here = node.node();
    let bare = match &here.kind {
        Kind::Alias { anchor } => Tree::Alias(node.doc.anchor_name(*anchor).to_string()),
        Kind::Mapping { entries, .. } => Tree::Mapping(
            entries.iter().map(|entry| (child(entry.key), child(entry.value))).collect(),
        ),
        Kind::Sequence { items, .. } => {
            Tree::Sequence(items.iter().map(|&item| child(item)).collect())
        }
        Kind::Scalar { text, style: Style::Plain } if here.tag.is_none() => {
            match yaml::resolve(text) {
                Scalar::Null => Tree::Null,
                Scalar::Bool(value) => Tree::Bool(value),
                Scalar::Number(number) => Tree::Number(number),
                Scalar::Text(text) => Tree::Text(text),
            }
        }
        Kind::Scalar { text, .. } => Tree::Text(text.clone()),
    };
    let tagged = match &here.tag {
        Some(tag) => Tree::Marked(tag.clone(), Box::new(bare)),
        None => bare,
    };
    match here.anchor {
        Some(anchor) => {
            Tree::Marked(format!("&{}", node.doc.anchor_name(anchor)), Box::new(tagged))
        }
        None => tagged,
    }
}

fn libyaml_tree(value: yaml_serde::Value) -> Tree {
    use yaml_serde::Value;
    match value {
        Value::Null => Tree::Null,
        Value::Bool(value) => Tree::Bool(value),
        Value::Number(number) => Tree::Number(number.to_string()),
        Value::String(text) => Tree::Text(text),
        Value::Sequence(items) => Tree::Sequence(items.into_iter().map(libyaml_tree).collect()),
        Value::Mapping(pairs) => Tree::Mapping(
            pairs
                .into_iter()
                .map(|(key, value)| (libyaml_tree(key), libyaml_tree(value)))
                .collect(),
        ),
        Value::Tagged(tagged) => {
            Tree::Marked(tagged.tag.to_string(), Box::new(libyaml_tree(tagged.value)))
        }
    }
}

/// `serde_json` reads straight into a tree: its own `Value` keeps the last of two equal keys.
impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(format!("{value:?}")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut tree = Vec::new();
        while let Some(item) = items.next_element()? {
            tree.push(item);
        }
        Ok(Tree::Sequence(tree))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Tree, A::Error> {
        let mut tree: Vec<(Tree, Tree)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some((key, value)) = pairs.next_entry::<String, Tree>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
            tree.push((Tree::Text(key), value));
        }
        Ok(Tree::Mapping(tree))
    }
}
