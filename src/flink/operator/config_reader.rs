//! A file being read: its settings with their places, and what is wrong with it.

use std::collections::HashMap;
use std::sync::Arc;

use super::{ConfigSource, OperatorSetting, Renamed, Shape, flink_conf};
use crate::diagnostic::{FilePosition, Located};
use crate::flink::configuration::Leaves;
use crate::text::{LineIndex, SourceFile};
use crate::yaml::{MAX_NESTING, NodeKind, NodeRef, ParseError};

/// Bytes and entries that are read, for each byte of the file and in all: aliases can repeat a small
/// text without end.
const MOST_READ: (usize, usize) = (8, 1 << 20);

/// A file being read.
pub(crate) struct ConfigReader<'t> {
    name: Arc<str>,
    lines: LineIndex<'t>,
    /// Bytes and entries that may still be read.
    left: usize,
    pub(crate) sources: Vec<ConfigSource>,
    pub(crate) renamed: Vec<Renamed>,
    pub(crate) deployment_name: Option<String>,
    pub(crate) problems: Vec<Located>,
}

/// The file, or a text that a scalar of it holds.
#[derive(Clone, Copy)]
pub(crate) struct ConfigText<'t> {
    pub(crate) text: &'t str,
    /// Where that scalar begins in the file, which is the place of all that is in the text.
    pub(crate) scalar: Option<usize>,
}

impl ConfigText<'_> {
    /// Where in the file people find this byte.
    pub(crate) fn in_file(self, at: usize) -> usize {
        self.scalar.unwrap_or(at)
    }

    /// Where in the file people find the node.
    pub(crate) fn start(self, node: NodeRef<'_>) -> usize {
        self.in_file(node.span_in_file().start)
    }

    /// The value at the key, and where the key is; of a merged one, where the value does.
    pub(crate) fn entry<'d>(self, mapping: NodeRef<'d>, key: &str) -> Option<(usize, NodeRef<'d>)> {
        let value = mapping.get(key)?;
        let own = mapping.resolved().own_entry(key);
        let key = own.map(|entry| NodeRef { doc: mapping.doc, id: entry.key });
        Some((self.start(key.unwrap_or(value.resolved())), value))
    }
}

impl<'t> ConfigReader<'t> {
    pub(crate) fn new(name: &str, text: &'t str) -> ConfigReader<'t> {
        ConfigReader {
            name: name.into(),
            lines: SourceFile { name: "", text }.line_index(),
            left: text.len().saturating_mul(MOST_READ.0).saturating_add(MOST_READ.1),
            sources: Vec::new(),
            renamed: Vec::new(),
            deployment_name: None,
            problems: Vec::new(),
        }
    }

    /// The text of a scalar; nothing for null and collections.
    pub(crate) fn embedded<'d>(
        &mut self,
        file: ConfigText<'_>,
        node: NodeRef<'d>,
    ) -> Option<ConfigText<'d>> {
        let text = node.text()?;
        let scalar = Some(file.start(node.resolved()));
        self.may_read(file, node, text.len()).then_some(ConfigText { text, scalar })
    }

    /// The settings of a text that Flink reads line by line.
    pub(crate) fn flat(&mut self, text: ConfigText<'_>, shape: Shape) -> Vec<Arc<OperatorSetting>> {
        let lines = flink_conf::settings(text.text);
        lines.map(|line| self.setting(text.in_file(line.at), line.key, line.value, shape)).collect()
    }

    /// The settings of a mapping, nested or flat.
    pub(crate) fn nested(
        &mut self,
        file: ConfigText<'_>,
        root: NodeRef<'_>,
        shape: Shape,
    ) -> Vec<Arc<OperatorSetting>> {
        let mut settings = Vec::new();
        let leaves = Leaves::below(root);
        if leaves.is_truncated {
            let help = "give only what the jobs need of it";
            self.problem(file.start(root), "there are more settings than can be read", help);
        }
        let mut first: HashMap<&str, usize> = HashMap::new();
        for leaf in &leaves.found {
            let at = file.start(leaf.key_node);
            if let Some(before) = first.insert(&leaf.key, at) {
                self.duplicate(file, leaf.key_node, &leaf.key, before);
            }
            let text = setting_text(leaf.value);
            if !self.may_read(file, root, leaf.key.len() + text.len()) {
                break;
            }
            if !text.trim().is_empty() {
                settings.push(self.setting(at, &leaf.key, &text, shape));
            }
        }
        settings
    }

    fn setting(&mut self, at: usize, key: &str, text: &str, shape: Shape) -> Arc<OperatorSetting> {
        if let Some(after) = flink_conf::renamed(key, shape == Shape::OldOperator) {
            self.rename(at, key, &after);
        }
        let (key, text) = (key.to_string(), text.to_string());
        Arc::new(OperatorSetting { key, text, place: self.place(at) })
    }

    pub(crate) fn rename(&mut self, at: usize, before: &str, after: &str) {
        let (before, after) = (before.to_string(), after.to_string());
        self.renamed.push(Renamed { place: self.place(at), before, after });
    }

    /// Reports every key that the mapping, or one written below it, has twice.
    pub(crate) fn duplicates(&mut self, file: ConfigText<'_>, mapping: NodeRef<'_>) {
        let mapping = mapping.resolved();
        if !self.may_read(file, mapping, 0) {
            return;
        }
        let mut first: HashMap<&str, usize> = HashMap::new();
        for entry in mapping.own_entries() {
            let node = |id| NodeRef { doc: mapping.doc, id };
            let Some(key) = mapping.doc.scalar_text(entry.key) else { continue };
            if let Some(before) = first.insert(key, file.start(node(entry.key))) {
                self.duplicate(file, node(entry.key), key, before);
            }
            if !matches!(node(entry.value).node().kind, NodeKind::Alias { .. }) {
                self.duplicates(file, node(entry.value));
            }
        }
    }

    pub(crate) fn duplicate(
        &mut self,
        file: ConfigText<'_>,
        second: NodeRef<'_>,
        key: &str,
        first: usize,
    ) {
        let line = self.lines.position(first).line;
        let message = format!("duplicate key `{}`, first on line {line}", key.escape_debug());
        self.problem(file.start(second), message, "keep one of them");
    }

    /// The text cannot be read. `base` is where it begins in that of `file`.
    pub(crate) fn syntax(&mut self, file: ConfigText<'_>, base: usize, error: &ParseError) {
        let message = if error.too_deep {
            format!("it is nested more than {MAX_NESTING} levels deep")
        } else {
            format!("this is not YAML: {}", error.message)
        };
        let help = "fix the file; nothing of it was read";
        self.problem(file.in_file(base + error.at), message, help);
    }

    /// Counts the entries of the node and its bytes as read. False, with a problem, once that is
    /// more than a file can hold without aliases that repeat it.
    pub(crate) fn may_read(
        &mut self,
        file: ConfigText<'_>,
        node: NodeRef<'_>,
        bytes: usize,
    ) -> bool {
        let left = self.left.saturating_sub(bytes + node.resolved().own_entries().len() + 1);
        if left == 0 && self.left > 0 {
            let help = "write the values out";
            self.problem(file.start(node), "aliases expand to more than can be read", help);
        }
        self.left = left;
        left > 0
    }

    pub(crate) fn problem(&mut self, at: usize, message: impl Into<String>, help: &str) {
        let problem = self.place(at).error(message, help);
        self.problems.push(problem);
    }

    pub(crate) fn place(&self, at: usize) -> FilePosition {
        FilePosition { name: Arc::clone(&self.name), position: self.lines.position(at) }
    }
}

/// The text of a setting, the items of a list joined.
fn setting_text(value: NodeRef<'_>) -> String {
    match value.text() {
        Some(text) => text.to_string(),
        None => value.items().filter_map(NodeRef::text).collect::<Vec<_>>().join(";"),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::time::{Duration, Instant};

    use super::super::read;

    /// The first problem of a text that wants to keep the reader busy for ever, or to bring it down.
    fn first_problem(text: &str) -> String {
        let begin = Instant::now();
        let problems = read("c.yaml", text).err().unwrap_or_default();
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
        problems.first().map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn aliases_that_multiply_and_deep_nesting_are_refused_in_time() {
        let deep = format!("{}x{}", "{state: ".repeat(10_000), "}".repeat(10_000));
        assert!(first_problem(&deep).contains("nested more than 128 levels deep"));
        let (mut bomb, mut merges) =
            ("a0: &a0 {k: state}\n".to_string(), "m0: &m0 {k: v}\n".to_string());
        for (n, before) in (1..40).zip(0..) {
            writeln!(bomb, "a{n}: &a{n} {{x: *a{before}, y: *a{before}}}").unwrap();
            writeln!(merges, "m{n}: &m{n} {{<<: [*m{before}, *m{before}]}}").unwrap();
        }
        let many = "more settings than can be read";
        assert!(first_problem(&format!("{bomb}state: *a39\n")).contains(many));
        assert!(
            first_problem(&format!("{bomb}defaultConfiguration: {{config.yaml: *a39}}\n"))
                .contains(many)
        );
        first_problem(&format!("{merges}defaultConfiguration:\n  <<: *m39\n"));
        first_problem("state: &a {x: *a}\n");
        let keys: String = (0..5_000).map(|n| format!("  k{n}: \n")).collect();
        let big = "state.a: ".repeat(5_000);
        for (shared, item) in [
            (
                format!("x: &x \"{big}\"\n"),
                "{helm: {valuesObject: {defaultConfiguration: {flink-conf.yaml: *x}}}}",
            ),
            (format!("x: &x\n{keys}"), "{helm: {valuesObject: *x}}"),
            (format!("x: &x\n{keys}"), "{helm: {valuesObject: {defaultConfiguration: *x}}}"),
            (
                format!("x: &x\n{keys}"),
                "{helm: {valuesObject: {defaultConfiguration: {config.yaml: *x}}}}",
            ),
        ] {
            let head = "apiVersion: v1\nkind: Application\nspec:\n  sources:\n";
            let items = format!("  - {item}\n").repeat(3_000);
            let problem = first_problem(&format!("{shared}{head}{items}"));
            assert!(problem.contains("aliases expand"), "{item}: {problem}");
        }
    }

    #[test]
    fn many_settings_are_read_and_no_byte_brings_it_down() {
        let lines: String = (0..20_000).map(|n| format!("    state.k{n}: {n}\n")).collect();
        let values = format!("defaultConfiguration:\n  flink-conf.yaml: |\n{lines}");
        assert_eq!(
            read("c.yaml", &values).unwrap().tomorrow("state.k19999").unwrap().place.position.line,
            3
        );
        let base = concat!(
            "flink-kubernetes-operator:\n  defaultConfiguration: &d\n    append: false\n",
            "    flink-conf.yaml: |+\n\n      # ä\n      state.a: 1\n    config.yaml: >\n      x: y\n",
            "  operatorConfiguration: *d\n",
        );
        for at in (0..=base.len()).filter(|&at| base.is_char_boundary(at)) {
            first_problem(&base[..at]);
            for insert in
                ["\n", "\r", "\t", "&", "*", "|", ": ", "#", "{", "\u{feff}", "---\n", "ä"]
            {
                first_problem(&format!("{}{insert}{}", &base[..at], &base[at..]));
            }
        }
    }
}
