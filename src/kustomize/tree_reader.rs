//! Reads documents and patches as kustomize does, each value with its place.

use std::sync::Arc;

use super::fields::{BuildError, FileSpan};
use super::node::{
    BuildSource, BuiltContent, BuiltKey, BuiltNode, BuiltScalar, BuiltValue, Origin,
};
use crate::text::Span;
use crate::yaml::{self, NodeKind, NodeRef, Scalar, Style, resolve};

/// Which reader of YAML kustomize uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YamlReader {
    /// go-yaml 3, for resources and strategic merge patches.
    Resource,
    /// go-yaml 2, for JSON 6902 patches.
    Json6902,
}

/// Reads documents as kustomize does.
#[derive(Clone, Debug)]
pub(crate) struct TreeReader {
    pub(crate) source: Arc<BuildSource>,
    pub(crate) yaml: YamlReader,
}

/// How many nodes the aliases of one document may make of it.
const MAX_NODES: usize = 100_000;

impl TreeReader {
    /// Reads a node and everything below it.
    pub(crate) fn read(&self, node: NodeRef<'_>) -> Result<BuiltNode, BuildError> {
        let twin = node.doc.duplicate_key().map(|_| "has one key twice");
        let key = || node.doc.collection_key().map(|_| "has a key that is no string");
        let broken = || node.doc.disputed_break().map(|_| "has a line break that readers dispute");
        match twin.or_else(key).or_else(broken) {
            Some(reason) => Err(BuildError::unmodelled(reason, &self.place(node))),
            None => self.node(node, yaml::MAX_NESTING, &mut { MAX_NODES }),
        }
    }

    /// Where a node is in its file.
    pub(crate) fn place(&self, node: NodeRef<'_>) -> FileSpan {
        FileSpan { file: self.source.file.clone(), span: self.span(node) }
    }

    fn span(&self, node: NodeRef<'_>) -> Span {
        let span = node.span_in_file();
        match &self.source.inline {
            Some(inline) => inline.span_in_file(span).unwrap_or(inline.place.span),
            None => span,
        }
    }

    fn origin(&self, node: NodeRef<'_>) -> Origin {
        Origin { source: Arc::clone(&self.source), span: self.span(node) }
    }

    fn node(
        &self,
        node: NodeRef<'_>,
        depth: usize,
        left: &mut usize,
    ) -> Result<BuiltNode, BuildError> {
        let unmodelled = |reason: &str| BuildError::unmodelled(reason, &self.place(node));
        let (Some(depth), Some(less)) = (depth.checked_sub(1), left.checked_sub(1)) else {
            return Err(unmodelled("is too large once its aliases are followed"));
        };
        *left = less;
        let origin = self.origin(node);
        let node = node.resolved();
        let content = match &node.node().kind {
            NodeKind::Alias { .. } => return Err(unmodelled("has an alias without an anchor")),
            NodeKind::Scalar { .. } => BuiltContent::Scalar(self.scalar(node)?),
            NodeKind::Sequence { .. } => {
                let items = node.items().map(|item| self.node(item, depth, left));
                BuiltContent::Sequence(items.collect::<Result<_, _>>()?)
            }
            NodeKind::Mapping { .. } => {
                if self.yaml == YamlReader::Json6902 && node.own_entry("<<").is_some() {
                    return Err(unmodelled("has a merge key in a JSON 6902 patch"));
                }
                let pairs = node.pairs().into_iter().map(|(key, value)| {
                    let built = BuiltKey { text: self.key(key)?, origin: self.origin(key) };
                    Ok((built, self.node(value, depth, left)?))
                });
                BuiltContent::Mapping(pairs.collect::<Result<_, BuildError>>()?)
            }
        };
        Ok(BuiltNode { content, origin })
    }

    fn key(&self, key: NodeRef<'_>) -> Result<String, BuildError> {
        let scalar = self.scalar(key)?;
        match (scalar.value, self.yaml) {
            (BuiltValue::Text(text), _) => Ok(text),
            (BuiltValue::Number(number), YamlReader::Json6902) => Ok(number),
            _ => Err(BuildError::unmodelled("has a key that is no string", &self.place(key))),
        }
    }

    fn scalar(&self, node: NodeRef<'_>) -> Result<BuiltScalar, BuildError> {
        let unmodelled = |reason: &str| Err(BuildError::unmodelled(reason, &self.place(node)));
        let (doc, raw) = (node.doc, node.node());
        let NodeKind::Scalar { text, style } = &raw.kind else {
            return unmodelled("has a key that is no string");
        };
        let core = raw.tag.as_deref().map(|tag| tag.strip_prefix("tag:yaml.org,2002:"));
        let value = match core {
            None if *style == Style::Plain => self.plain(text),
            None | Some(Some("str")) => Some(text_value(text)),
            Some(Some("null")) => Some(BuiltValue::Null),
            Some(Some("bool")) => {
                ["true", "false"].contains(&&**text).then(|| BuiltValue::Bool(text == "true"))
            }
            Some(Some("int" | "float")) => number(text),
            Some(_) => None,
        };
        let Some(value) = value else { return unmodelled("has a value that is not understood") };
        // Without a line break at the end of the file, it is unclear whether the text has one.
        let is_cut = !doc.text.ends_with('\n') && raw.span.end >= doc.text.len();
        if is_cut && text.ends_with('\n') {
            return unmodelled("ends in a text on several lines");
        }
        let is_line = *style != Style::Block;
        let token = Some(doc.slice(raw.span)).filter(|it| is_line && !it.contains(['\n', '\r']));
        let token = token.map(|token| match core.flatten() {
            Some(name) => format!("!!{name} {token}").trim_end().to_string(),
            None => token.to_string(),
        });
        let end = if raw.span.is_empty() { raw.floor } else { raw.span.end };
        let comment = doc.comment_after(end).filter(|comment| {
            let mut between = doc.text[end..comment.start].chars();
            is_line && between.all(|c| c.is_whitespace() || ":]}".contains(c))
        });
        let comment = comment.map(|span| doc.slice(span).to_string());
        Ok(BuiltScalar { value, token, comment })
    }

    /// What a plain scalar means; nothing if that is not known.
    fn plain(&self, text: &str) -> Option<BuiltValue> {
        let is_resource = self.yaml == YamlReader::Resource;
        let is_old_word =
            !["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) && is_resource;
        match resolve(text) {
            Scalar::Null => Some(BuiltValue::Null),
            Scalar::Bool(_) if is_old_word => Some(text_value(text)),
            Scalar::Bool(is) => Some(BuiltValue::Bool(is)),
            Scalar::Number(_) => number(text),
            Scalar::Text(_) if is_resource && is_date_like(text) => {
                date(text).map(BuiltValue::Text)
            }
            Scalar::Text(_) => Some(text_value(text)),
        }
    }
}

pub(crate) fn text_value(text: &str) -> BuiltValue {
    BuiltValue::Text(text.to_string())
}

/// The number; nothing for an infinite one, which JSON does not know, and for what is none.
fn number(text: &str) -> Option<BuiltValue> {
    let is_finite = text.contains(|c: char| c.is_ascii_digit());
    (is_finite && matches!(resolve(text), Scalar::Number(_)))
        .then(|| BuiltValue::Number(text.to_string()))
}

/// True for text that begins like a date.
pub(crate) fn is_date_like(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// What a date becomes; the text itself if it is none; nothing for other times.
fn date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('-').collect();
    if text.contains(['T', 't', ' ', ':']) {
        return None;
    }
    let numbers: Vec<usize> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    let is_short = parts[1..].iter().all(|part| part.len() <= 2);
    let &[year, month, day] = &numbers[..] else { return Some(text.to_string()) };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let is_date =
        parts.len() == 3 && is_short && (1..=12).contains(&month) && (1..=days).contains(&day);
    Some(if is_date {
        format!("{year:04}-{month:02}-{day:02}T00:00:00Z")
    } else {
        text.to_string()
    })
}
