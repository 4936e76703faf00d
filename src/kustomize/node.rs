//! A tree that kustomize builds: what each node means there, which file supplied it, and how it is spelt
//! in that file.
//!
//! Kustomize reads resources and strategic merge patches with go-yaml 3, to which `on` is a string and a
//! date a time, and JSON 6902 patches with go-yaml 2, to which `on` is true and a date a string (measured
//! with kubectl 1.32).

use std::sync::Arc;

use serde_json::Value as Json;

use super::fields::InlineText;
use super::tree_reader::{is_date_like, text_value};
use crate::path::RepoPath;
use crate::text::Span;
use crate::yaml::patch::{BlockNode, document, text_token};
use crate::yaml::{FieldPath, Scalar, resolve};

/// One document of a file, or one patch inside a scalar of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSource {
    /// The file.
    pub file: RepoPath,
    /// The number of the document in the file, from 0.
    pub document: usize,
    /// The text inside a scalar that was read; nothing for the document itself.
    pub inline: Option<InlineText>,
}

/// What supplied a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The document or patch.
    pub source: Arc<BuildSource>,
    /// The bytes of the file: those of the whole scalar where a patch inside one is escaped.
    pub span: Span,
}

/// A node of a built tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltNode {
    /// What it is.
    pub content: BuiltContent,
    /// What supplied it.
    pub origin: Origin,
}

/// What a node of a built tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuiltContent {
    /// A scalar.
    Scalar(BuiltScalar),
    /// Keys and values, in order.
    Mapping(Vec<(BuiltKey, BuiltNode)>),
    /// Items.
    Sequence(Vec<BuiltNode>),
}

/// A key of a built mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltKey {
    /// Its text.
    pub text: String,
    /// What supplied it.
    pub origin: Origin,
}

/// A scalar of a built tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltScalar {
    /// What it means to kustomize.
    pub value: BuiltValue,
    /// How it is spelt in its file, quotes and tag included; nothing if it is on several lines there, or
    /// in no file.
    pub token: Option<String>,
    /// The comment behind it.
    pub comment: Option<String>,
}

/// What a scalar means to kustomize.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuiltValue {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// Text.
    Text(String),
}

impl BuiltNode {
    /// Text that a transformer writes.
    pub(crate) fn of_text(text: &str, origin: Origin) -> BuiltNode {
        BuiltNode::of_value(text_value(text), origin)
    }

    /// A value that a transformer writes.
    pub(crate) fn of_value(value: BuiltValue, origin: Origin) -> BuiltNode {
        let content = BuiltContent::Scalar(BuiltScalar { value, token: None, comment: None });
        BuiltNode { content, origin }
    }

    /// True for a value that is null.
    pub fn is_null(&self) -> bool {
        matches!(&self.content, BuiltContent::Scalar(it) if it.value == BuiltValue::Null)
    }

    /// The value of a key; nothing if this is no mapping or has no such key.
    pub fn get(&self, key: &str) -> Option<&BuiltNode> {
        let BuiltContent::Mapping(entries) = &self.content else { return None };
        entries.iter().find(|(known, _)| known.text == key).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut BuiltNode> {
        let BuiltContent::Mapping(entries) = &mut self.content else { return None };
        entries.iter_mut().find(|(known, _)| known.text == key).map(|(_, value)| value)
    }

    /// Sets the value of a key of a mapping, at its place or at the end.
    pub(crate) fn set(&mut self, key: &str, value: BuiltNode) {
        if let Some(known) = self.get_mut(key) {
            *known = value;
        } else if let BuiltContent::Mapping(entries) = &mut self.content {
            let key = BuiltKey { text: key.to_string(), origin: value.origin.clone() };
            entries.push((key, value));
        }
    }

    /// Takes a key out of a mapping.
    pub(crate) fn remove(&mut self, key: &str) -> Option<BuiltNode> {
        let BuiltContent::Mapping(entries) = &mut self.content else { return None };
        let at = entries.iter().position(|(known, _)| known.text == key)?;
        Some(entries.remove(at).1)
    }

    /// The nodes right below this one, each with its path; `path` is that of this node.
    pub(crate) fn below(&self, path: &FieldPath) -> Vec<(FieldPath, &BuiltNode)> {
        match &self.content {
            BuiltContent::Mapping(entries) => {
                entries.iter().map(|(key, value)| (path.key(&key.text), value)).collect()
            }
            BuiltContent::Sequence(items) => {
                items.iter().enumerate().map(|(i, item)| (path.index(i), item)).collect()
            }
            BuiltContent::Scalar(_) => Vec::new(),
        }
    }

    /// The text of a scalar however it is typed; nothing for null and collections.
    pub fn text(&self) -> Option<&str> {
        let BuiltContent::Scalar(scalar) = &self.content else { return None };
        match &scalar.value {
            BuiltValue::Null => None,
            BuiltValue::Bool(is) => Some(if *is { "true" } else { "false" }),
            BuiltValue::Number(text) | BuiltValue::Text(text) => Some(text),
        }
    }

    /// The tree as one YAML document, which reads as the same tree: scalars as they are spelt in their
    /// files, with the comments behind them.
    pub fn render(&self) -> String {
        document(&self.block())
    }

    fn block(&self) -> BlockNode<'_> {
        match &self.content {
            BuiltContent::Sequence(items) => {
                BlockNode::Sequence(items.iter().map(BuiltNode::block).collect())
            }
            BuiltContent::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| (&*key.text, value.block()));
                BlockNode::Mapping(entries.collect())
            }
            BuiltContent::Scalar(scalar) => {
                BlockNode::Scalar { token: scalar.spelling(), comment: scalar.comment.as_deref() }
            }
        }
    }

    /// The tree as JSON, numbers by their value.
    pub(crate) fn json(&self) -> Json {
        match &self.content {
            BuiltContent::Sequence(items) => items.iter().map(BuiltNode::json).collect(),
            BuiltContent::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.text.clone(), value.json()));
                Json::Object(entries.collect())
            }
            BuiltContent::Scalar(scalar) => match &scalar.value {
                BuiltValue::Null => Json::Null,
                BuiltValue::Bool(is) => Json::Bool(*is),
                BuiltValue::Number(text) => number_value(text).into(),
                BuiltValue::Text(text) => Json::String(text.clone()),
            },
        }
    }
}

impl BuiltScalar {
    /// True if it stands in quotes.
    pub(crate) fn is_in_quotes(&self) -> bool {
        self.token.as_ref().is_some_and(|token| token.starts_with(['"', '\'']))
    }

    /// True for text of which it is not known whether kustomize has it in quotes.
    pub(crate) fn is_unspelt(&self) -> bool {
        self.token.is_none() && matches!(self.value, BuiltValue::Text(_))
    }

    /// True if what comes of another scalar in the place of this one depends on how kustomize has spelt this
    /// one in the meantime; `is_rewritten` says that it has lost the quotes of its file.
    pub(crate) fn is_respelt(&self, new: &BuiltScalar, is_rewritten: bool) -> bool {
        let BuiltValue::Text(text) = &self.value else { return new.is_block() };
        let is_certain = self.is_in_quotes() && !is_rewritten;
        let is_plain = |scalar: &BuiltScalar| match (&scalar.value, &scalar.token) {
            (BuiltValue::Text(text), Some(token)) => token == text && text_token(text) == *text,
            _ => false,
        };
        let has_token = new.token.as_ref().is_some_and(|token| !token.starts_with('!'));
        let may_have_quotes = self.is_unspelt() || self.is_in_quotes() || text_token(text) != *text;
        let is_same = self.token.is_some() && self.token == new.token && self.value == new.value;
        !is_same
            && (self.is_block()
                || new.is_odd_number()
                || new.is_block()
                || (is_certain && !has_token)
                || (!is_certain && may_have_quotes && !is_plain(new)))
    }

    /// True for a number that is not spelt as kustomize spells it.
    fn is_odd_number(&self) -> bool {
        let BuiltValue::Number(number) = &self.value else { return false };
        let is_usual = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
        !number.chars().all(is_usual) || number.len() > 1 && number.starts_with(['0', '.'])
    }

    /// True for text on several lines.
    fn is_block(&self) -> bool {
        matches!(&self.value, BuiltValue::Text(text) if text.contains('\n'))
    }

    /// How it is spelt so that Kubernetes reads its value.
    fn spelling(&self) -> String {
        let means = |token: &str| match (&self.value, token.as_bytes().first()) {
            (BuiltValue::Text(_), Some(b'\'' | b'"')) | (_, Some(b'!')) => true,
            (value, _) => match resolve(token) {
                Scalar::Null => *value == BuiltValue::Null,
                Scalar::Bool(is) => *value == BuiltValue::Bool(is) && *token == is.to_string(),
                Scalar::Number(number) => *value == BuiltValue::Number(number.to_string()),
                Scalar::Text(text) => *value == text_value(text) && !is_date_like(text),
            },
        };
        match &self.token {
            Some(token) if means(token) => token.clone(),
            _ => match &self.value {
                BuiltValue::Null => "null".to_string(),
                BuiltValue::Bool(is) => is.to_string(),
                BuiltValue::Number(number) => number.clone(),
                BuiltValue::Text(text) => text_token(text),
            },
        }
    }
}

/// The value of a number as YAML 1.1 and Go spell it.
pub(crate) fn number_value(text: &str) -> f64 {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.replace('_', "").to_ascii_lowercase();
    let radix = |prefix: &str, radix: u32| {
        let digits = digits.strip_prefix(prefix)?.chars().map(|digit| digit.to_digit(radix));
        let value = |sum: f64, digit: Option<u32>| Some(sum * f64::from(radix) + f64::from(digit?));
        digits.clone().next()?;
        digits.into_iter().try_fold(0.0, value)
    };
    let octal = || (digits.len() > 1).then(|| radix("0", 8)).flatten();
    let whole =
        radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2)).or_else(octal);
    sign * whole.or_else(|| digits.parse().ok()).unwrap_or(f64::NAN)
}
