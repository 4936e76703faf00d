//! The readers of the proof. They share no scanner, no parser and no scalar table.

use std::collections::HashSet;

use serde::de::{
    Deserialize, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::tree::Tree;
use crate::yaml::{self, NodeKind, NodeRef, Scalar, Style};

/// Who reads a document besides the span reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecondReader {
    /// libyaml, through `yaml_serde`.
    Libyaml,
    /// `serde_json`, for documents that are JSON.
    Json,
}

impl SecondReader {
    /// The second reader of a document: `serde_json` if it is JSON, else libyaml.
    pub(crate) fn of(text: &str) -> SecondReader {
        let looks_like_json = behind_marker(text).starts_with('{');
        if looks_like_json && SecondReader::Json.read(text).is_ok() {
            SecondReader::Json
        } else {
            SecondReader::Libyaml
        }
    }

    /// The name of the law that this reader watches.
    pub(crate) fn law(self) -> &'static str {
        match self {
            SecondReader::Libyaml => "exactly the changes (libyaml)",
            SecondReader::Json => "exactly the changes (JSON)",
        }
    }

    /// The document as this reader sees it; an error in the reader's words, for a key that stands
    /// twice too.
    pub(crate) fn read(self, text: &str) -> Result<Tree<'_>, String> {
        match self {
            SecondReader::Json => {
                serde_json::from_str(behind_marker(text)).map_err(|error| error.to_string())
            }
            SecondReader::Libyaml => yaml_serde::from_str(text).map_err(|error| error.to_string()),
        }
    }

    /// A number as this reader spells it.
    pub(crate) fn number(self, literal: &str) -> Tree<'_> {
        self.read(literal).unwrap_or(Tree::Number(literal.into()))
    }
}

/// The text behind the `---` that JSON does not know.
fn behind_marker(text: &str) -> &str {
    let text = text.trim_start();
    text.strip_prefix("---").map_or(text, str::trim_start)
}

/// A node as the span reader sees it.
pub(crate) fn span_tree(node: NodeRef<'_>) -> Tree<'_> {
    let child = |id| span_tree(NodeRef { doc: node.doc, id });
    let here = node.node();
    let bare = match &here.kind {
        NodeKind::Alias { anchor } => Tree::Alias(node.doc.anchor_name(*anchor)),
        NodeKind::Mapping { entries, .. } => Tree::Mapping(
            entries.iter().map(|entry| (child(entry.key), child(entry.value))).collect(),
        ),
        NodeKind::Sequence { items, .. } => {
            Tree::Sequence(items.iter().map(|&item| child(item)).collect())
        }
        NodeKind::Scalar { text, style: Style::Plain } if here.tag.is_none() => {
            match yaml::resolve(text) {
                Scalar::Null => Tree::Null,
                Scalar::Bool(value) => Tree::Bool(value),
                Scalar::Number(number) => Tree::Number(number.into()),
                Scalar::Text(text) => Tree::Text(text.into()),
            }
        }
        NodeKind::Scalar { text, .. } => Tree::Text(text.as_ref().into()),
    };
    let tagged = match &here.tag {
        Some(tag) => Tree::Marked(tag.into(), Box::new(bare)),
        None => bare,
    };
    match here.anchor {
        Some(anchor) => {
            let name = format!("&{}", node.doc.anchor_name(anchor));
            Tree::Marked(name.into(), Box::new(tagged))
        }
        None => tagged,
    }
}

/// Both second readers read straight into a tree: their own `Value`s keep the last of two equal
/// keys, or copy every text once more.
impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree<'de>, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Number(value.to_string().into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Number(value.to_string().into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree<'de>, E> {
        Ok(Tree::Number(format!("{value:?}").into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(text.to_string().into()))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree<'de>, A::Error> {
        let mut tree = Vec::new();
        while let Some(item) = items.next_element()? {
            tree.push(item);
        }
        Ok(Tree::Sequence(tree))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Tree<'de>, A::Error> {
        let mut tree: Vec<(Tree<'de>, Tree<'de>)> = Vec::new();
        let mut many = HashSet::new();
        while let Some((key, value)) = pairs.next_entry::<Tree<'de>, Tree<'de>>()? {
            let twice = if tree.len() < FEW {
                tree.iter().any(|(known, _)| *known == key)
            } else {
                if many.is_empty() {
                    many.extend(tree.iter().map(|(known, _)| known.clone()));
                }
                !many.insert(key.clone())
            };
            if twice {
                return Err(A::Error::custom(format!("duplicate key {key:?}")));
            }
            tree.push((key, value));
        }
        Ok(Tree::Mapping(tree))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Tree<'de>, A::Error> {
        let (tag, value) = tagged.variant::<String>()?;
        Ok(Tree::Marked(tag.into(), Box::new(value.newtype_variant()?)))
    }
}

/// Up to so many keys of a mapping are compared one by one.
const FEW: usize = 16;
