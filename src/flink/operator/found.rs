//! What is found in one file: settings with their places, and what is wrong with it.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::problem::{FileProblem, Place};
use super::{OperatorSetting, Renamed, Shape, Source, keys, lines};
use crate::flink::configuration::Leaves;
use crate::text::{LineIndex, SourceFile};
use crate::yaml::{MAX_NESTING, NodeKind, NodeRef, ParseError};

/// A file being read.
pub(crate) struct Found<'t> {
    path: Arc<str>,
    lines: LineIndex<'t>,
    pub(crate) sources: Vec<Source>,
    pub(crate) renamed: Vec<Renamed>,
    pub(crate) called: Option<String>,
    pub(crate) problems: Vec<FileProblem>,
}

impl<'t> Found<'t> {
    pub(crate) fn new(path: &str, text: &'t str) -> Found<'t> {
        Found {
            path: path.into(),
            lines: SourceFile { name: "", text }.line_index(),
            sources: Vec::new(),
            renamed: Vec::new(),
            called: None,
            problems: Vec::new(),
        }
    }

    /// The settings of a text that Flink reads line by line.
    pub(crate) fn lines(&mut self, text: Text<'_>, shape: Shape) -> Vec<Arc<OperatorSetting>> {
        let found = lines::settings(text.text);
        found.map(|line| self.setting(text.in_file(line.at), line.key, line.value, shape)).collect()
    }

    /// The settings of a mapping, nested or flat.
    pub(crate) fn nested(
        &mut self,
        file: Text<'_>,
        root: NodeRef<'_>,
        shape: Shape,
    ) -> Vec<Arc<OperatorSetting>> {
        let mut settings = Vec::new();
        let leaves = Leaves::below(root);
        if leaves.is_cut {
            let help = "give only what the jobs need of it";
            self.problem(start(file, root), "there are more settings than are read", help);
        }
        self.twice_anywhere(file, root);
        let mut first: HashMap<&str, usize> = HashMap::new();
        for leaf in &leaves.found {
            let at = start(file, leaf.key_node);
            if let Some(before) = first.insert(&leaf.key, at) {
                self.stands_twice(at, &leaf.key, before);
            }
            if let Some(text) = text_of(leaf.value) {
                settings.push(self.setting(at, &leaf.key, &text, shape));
            }
        }
        settings
    }

    fn setting(&mut self, at: usize, key: &str, text: &str, shape: Shape) -> Arc<OperatorSetting> {
        let after = keys::key(key, shape == Shape::OldOperator);
        self.rename(at, key, after.as_deref());
        let Place { path, position } = self.place(at);
        let (key, text) = (key.to_string(), text.to_string());
        Arc::new(OperatorSetting { key, text, path: path.to_string(), position })
    }

    /// Takes note of a new name, if there is one.
    pub(crate) fn rename(&mut self, at: usize, before: &str, after: Option<&str>) {
        let Some(after) = after else { return };
        let Place { path, position } = self.place(at);
        let (before, after) = (before.to_string(), after.to_string());
        self.renamed.push(Renamed { path: path.to_string(), position, before, after });
    }

    /// Tells which of these keys stand twice in the mapping.
    pub(crate) fn twice(&mut self, file: Text<'_>, mapping: NodeRef<'_>, keys: &[&str]) {
        let mut first: HashMap<&str, usize> = HashMap::new();
        for (key, node, _) in entries(mapping) {
            let at = start(file, node);
            if keys.contains(&key)
                && let Some(before) = first.insert(key, at)
            {
                self.stands_twice(at, key, before);
            }
        }
    }

    /// Tells which keys stand twice in the mapping or in one below it.
    fn twice_anywhere(&mut self, file: Text<'_>, mapping: NodeRef<'_>) {
        let mut first: HashMap<&str, usize> = HashMap::new();
        for (key, node, value) in entries(mapping) {
            let at = start(file, node);
            if let Some(before) = first.insert(key, at) {
                self.stands_twice(at, key, before);
            }
            if value.resolved().id == value.id {
                self.twice_anywhere(file, value);
            }
        }
    }

    fn stands_twice(&mut self, at: usize, key: &str, before: usize) {
        let line = self.lines.position(before).line;
        let message = format!("`{}` stands twice, first on line {line}", key.escape_debug());
        self.problem(at, message, "keep the one that counts");
    }

    /// The text cannot be read. `base` is where it begins in that of `file`.
    pub(crate) fn syntax(&mut self, file: Text<'_>, base: usize, error: &ParseError) {
        let message = if error.too_deep {
            format!("it is nested more deeply than {MAX_NESTING} levels")
        } else {
            format!("this is not YAML: {}", error.message)
        };
        let help = "mend the file, nothing of it was read";
        self.problem(file.in_file(base + error.at), message, help);
    }

    pub(crate) fn problem(&mut self, at: usize, message: impl Into<String>, help: &str) {
        self.problems.push(FileProblem {
            path: self.path.to_string(),
            position: self.lines.position(at),
            message: message.into(),
            help: help.to_string(),
        });
    }

    pub(crate) fn place(&self, at: usize) -> Place {
        Place { path: Arc::clone(&self.path), position: self.lines.position(at) }
    }
}

/// A text and where it is in the file.
#[derive(Clone, Copy)]
pub(crate) struct Text<'t> {
    pub(crate) text: &'t str,
    /// Where the scalar begins that holds the text; nothing for the file itself.
    pub(crate) scalar: Option<usize>,
}

impl Text<'_> {
    /// The text of a scalar in this text; nothing for null and collections.
    pub(crate) fn embedded(self, node: NodeRef<'_>) -> Option<Text<'_>> {
        let text = node.resolved().text()?;
        Some(Text { text, scalar: Some(start(self, node.resolved())) })
    }

    /// Where in the file people find this byte: every byte of an embedded text where it begins.
    pub(crate) fn in_file(self, at: usize) -> usize {
        self.scalar.unwrap_or(at)
    }
}

/// Where the node begins in the file.
pub(crate) fn start(file: Text<'_>, node: NodeRef<'_>) -> usize {
    file.in_file(node.span_in_file().start)
}

/// The text of a setting; nothing if it is blank.
fn text_of(value: NodeRef<'_>) -> Option<String> {
    let text = match value.text() {
        Some(text) => text.to_string(),
        None => value.items().filter_map(NodeRef::text).collect::<Vec<_>>().join(";"),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// Text and node of each key, and its value.
fn entries(mapping: NodeRef<'_>) -> Vec<(&str, NodeRef<'_>, NodeRef<'_>)> {
    let mapping = mapping.resolved();
    let node = |id| NodeRef { doc: mapping.doc, id };
    let with_text =
        mapping.own_entries().iter().filter_map(|entry| match &node(entry.key).node().kind {
            NodeKind::Scalar { text, .. } => {
                Some((text.as_ref(), node(entry.key), node(entry.value)))
            }
            _ => None,
        });
    with_text.collect()
}
