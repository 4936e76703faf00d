//! Writing a new value on lines of its own, as the lines around it are written.

use super::super::document::{Document, NodeKind};
use super::MARK_GAP;
use super::block::column;
use super::ends::dash;
use super::scalar::{ScalarContext, entry, inline, needs_escape, text};
use crate::yaml::Value;

/// Default indentation where the document shows none; always that of the text of a block scalar.
pub(crate) const STEP: usize = 2;

const BLOCK: ScalarContext = ScalarContext { flow: false, json: false };

/// How the lines of a new value are written.
#[derive(Clone, Copy)]
pub(crate) struct LineStyle<'d> {
    /// Columns from a key to the keys of its mapping.
    pub(crate) step: usize,
    /// Columns from a key to the dashes of its sequence.
    pub(crate) dash: usize,
    /// The line break.
    pub(crate) lf: &'d str,
    /// The text of the document behind the value.
    pub(crate) rest: &'d str,
}

/// Columns from a key to the dashes of its sequence in this document; none where it has no such
/// sequence, as kustomize writes.
pub(crate) fn dash_offset(doc: &Document<'_>) -> usize {
    let mappings = doc.nodes().filter_map(|node| match &node.kind {
        NodeKind::Mapping { flow: false, entries } => Some(entries),
        _ => None,
    });
    let mut offsets = mappings.flatten().filter_map(|entry| {
        let NodeKind::Sequence { flow: false, items } = &doc.node(entry.value).kind else {
            return None;
        };
        let key = column(doc, doc.node(entry.key).head).ok()?;
        column(doc, dash(doc, *items.first()?)?).ok()?.checked_sub(key)
    });
    offsets.next().unwrap_or(0)
}

impl LineStyle<'_> {
    /// `key: value` in this column. Its first line has no indentation, its last one no line break.
    pub(crate) fn entry(self, key: &str, value: &Value, column: usize) -> String {
        let name = || text(key, BLOCK);
        match value {
            Value::Mapping(entries) if !entries.is_empty() => {
                let column = column + self.step;
                let lines = entries.iter().map(|(key, value)| self.entry(key, value, column));
                format!(
                    "{}:{}",
                    name(),
                    lines.map(|line| self.line(column, &line)).collect::<String>()
                )
            }
            Value::Sequence(items) if !items.is_empty() => {
                let column = column + self.dash;
                let lines = items.iter().map(|item| self.item(item, column));
                format!(
                    "{}:{}",
                    name(),
                    lines.map(|line| self.line(column, &line)).collect::<String>()
                )
            }
            Value::Text(text) if self.is_literal(text, column) => {
                format!("{}: {}", name(), self.literal(text, column))
            }
            Value::Marked(value, mark) => {
                format!("{}{MARK_GAP}{mark}", self.entry(key, value, column))
            }
            _ => entry(key, value, BLOCK),
        }
    }

    /// `- value` with its dash in this column, as [`LineStyle::entry`].
    pub(crate) fn item(self, value: &Value, column: usize) -> String {
        let inner = column + 2;
        let between = self.line(inner, "");
        let joined = |lines: Vec<String>| format!("- {}", lines.join(&between));
        match value {
            Value::Mapping(entries) if !entries.is_empty() => {
                joined(entries.iter().map(|(key, value)| self.entry(key, value, inner)).collect())
            }
            Value::Sequence(items) if !items.is_empty() => {
                joined(items.iter().map(|item| self.item(item, inner)).collect())
            }
            Value::Text(text) if self.is_literal(text, column) => {
                format!("- {}", self.literal(text, column))
            }
            _ => format!("- {}", inline(value, BLOCK)),
        }
    }

    /// A line break and a line.
    fn line(self, column: usize, line: &str) -> String {
        format!("{}{}{line}", self.lf, " ".repeat(column))
    }

    /// Text in a block scalar of a collection in this column.
    fn literal(self, text: &str, column: usize) -> String {
        let is_indented = text.trim_start_matches('\n').starts_with([' ', '\t']);
        let indicator = if is_indented { STEP.to_string() } else { String::new() };
        let (lines, chomping) = text.strip_suffix('\n').map_or((text, "-"), |lines| (lines, ""));
        let line = |line| match line {
            "" => self.lf.to_string(),
            line => self.line(column + STEP, line),
        };
        format!("|{indicator}{chomping}{}", lines.split('\n').map(line).collect::<String>())
    }

    /// True if the text can be a block scalar of a collection in this column, which all readers read
    /// as that text.
    fn is_literal(self, text: &str, column: usize) -> bool {
        let lines = text.strip_suffix('\n').unwrap_or(text);
        let is_read_alike = |line: &str| {
            !line.ends_with([' ', '\t']) && !line.contains(|c| needs_escape(c) && c != '\t')
        };
        text.contains('\n')
            && !lines.is_empty()
            && !lines.ends_with('\n')
            && lines.split('\n').all(is_read_alike)
            // A document that ends without a line break cannot end in one.
            && (!self.rest.is_empty() || !text.ends_with('\n'))
            && !self.takes_rest(column + STEP)
    }

    /// True if blanks or a comment behind the value would belong to a block scalar with its text in
    /// this column.
    fn takes_rest(self, column: usize) -> bool {
        for line in self.rest.split(['\n', '\r']) {
            let written = line.trim_start_matches(' ');
            let is_blank = written.trim_matches('\t').is_empty();
            if is_blank && line.len() > column {
                return true;
            }
            if !is_blank {
                return written.starts_with('#') && line.len() - written.len() >= column;
            }
        }
        false
    }
}
