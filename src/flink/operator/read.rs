//! From the text of a file to what it says. The shape is told by the content, not by the name.

use super::super::problem::FileProblem;
use super::found::{Found, Text, start};
use super::values::{self, APPEND, CONFIG, CREATE, FLINK_CONF, Values, own};
use super::{OperatorConfig, Part, Section, Shape, Source, keys, lines};
use crate::flink::names::{field, is_placeholder};
use crate::yaml::{Document, NodeKind, NodeRef, chunks, parse};

/// The `ConfigMap` of the jobs' defaults, in 0.1.0 alone.
const OLD_CONFIG_MAP: &str = "flink-default-config";
/// The label by which Flink marks what it makes itself, among it a `ConfigMap` for each cluster
/// (`Constants.LABEL_TYPE_NATIVE_TYPE`, Flink 1.14 to 1.20).
const MADE_BY_FLINK: (&str, &str) = ("type", "flink-native-kubernetes");

/// The sections of the chart's values.
const SECTIONS: [(&str, Shape); 3] = [
    (values::OLD_OPERATOR, Shape::OldOperator),
    (values::OLD, Shape::Old),
    (values::NEW, Shape::New),
];

/// What could have been given.
const WANTED: &str = "give `flink-conf.yaml` or `config.yaml`, values of the operator's chart that \
                      hold its configuration, or its ConfigMap";

/// Reads one file: Flink's own configuration, flat or nested; values of the operator's chart, also
/// where an umbrella chart, Flux or Argo CD hands them on; or `ConfigMap`s with Flink's configuration,
/// in a stream or a list of whatever else. `path` is the file as shown to people.
///
/// # Errors
/// Every problem of the file. One that holds nothing of all this is a problem too.
pub fn read(path: &str, text: &str) -> Result<OperatorConfig, Vec<FileProblem>> {
    let mut reader = Reader { found: Found::new(path, text) };
    let file = Text { text, scalar: None };
    let chunks = chunks(text);
    for chunk in &chunks {
        let is_alone = chunks.len() == 1;
        match parse(&text[chunk.span.range()], chunk.span.start) {
            Ok(doc) => reader.document(file, &doc, is_alone),
            Err(error) => {
                let is_read = is_alone && !lines::looks_nested(text) && reader.flat(file);
                if !is_read {
                    reader.found.syntax(file, chunk.span.start, &error);
                }
            }
        }
    }
    let mut found = reader.found;
    if found.sources.is_empty() && found.problems.is_empty() {
        found.problem(0, "nothing here is the operator's configuration", WANTED);
    }
    found.renamed.sort_by_key(|renamed| renamed.position);
    found.problems.sort_by_key(|problem| problem.position);
    if found.problems.is_empty() {
        let config = OperatorConfig::of(found.sources, found.renamed);
        return Ok(OperatorConfig { called: found.called, ..config });
    }
    Err(found.problems)
}

struct Reader<'t> {
    found: Found<'t>,
}

impl Reader<'_> {
    /// One document of the file. What holds nothing of the operator's is passed over, unless it is
    /// alone.
    fn document(&mut self, file: Text<'_>, doc: &Document<'_>, is_alone: bool) {
        let root = doc.root().resolved();
        if self.is_repetitive(file, doc) {
            return;
        }
        if own(root, "sops").is_some_and(NodeRef::is_mapping) {
            let help = "give it decrypted";
            self.found.problem(start(file, root), "the file is encrypted by SOPS", help);
        } else if !self.object(file, root) && is_alone {
            self.own_file(file, root);
        }
    }

    /// Flink's own file, or nothing that could be given.
    fn own_file(&mut self, file: Text<'_>, root: NodeRef<'_>) {
        let at = start(file, root);
        if values::is_object(root) {
            let message = "this object of Kubernetes holds nothing of the operator's configuration";
            self.found.problem(at, message, WANTED);
        } else if values::is_chart(root) {
            let message = "these values of the operator's chart leave its configuration as it is";
            self.found.problem(at, message, WANTED);
        } else if root.is_mapping() {
            let settings = self.found.nested(file, root, Shape::Both);
            self.keep_own_file(Part { place: self.found.place(at), settings });
        } else {
            self.flat(file);
        }
    }

    /// Flink's own file, line by line. False if it is no such file.
    fn flat(&mut self, file: Text<'_>) -> bool {
        let settings = self.found.lines(file, Shape::Both);
        self.keep_own_file(Part { place: self.found.place(0), settings })
    }

    fn keep_own_file(&mut self, part: Part) -> bool {
        let is_ours = part.settings.iter().any(|setting| keys::is_of_flink(&setting.key));
        if is_ours {
            let (shape, flink_conf) = (Shape::Both, Some(part));
            self.found.sources.push(Source { shape, section: None, flink_conf, config: None });
        }
        is_ours
    }

    /// True if something was found in an object of Kubernetes or in values.
    fn object(&mut self, file: Text<'_>, root: NodeRef<'_>) -> bool {
        let before = (self.found.sources.len(), self.found.problems.len());
        let kind = own(root, field::KIND).and_then(NodeRef::text);
        match kind.filter(|_| values::is_object(root)) {
            Some("ConfigMap") => self.config_map(file, root),
            Some("List" | "ConfigMapList") => {
                let items = own(root, field::ITEMS);
                for item in items.into_iter().flat_map(NodeRef::items) {
                    // A list within a list is none that an API server knows.
                    if own(item, field::ITEMS).is_none() {
                        self.object(file, item);
                    }
                }
            }
            _ => self.values(file, root),
        }
        before != (self.found.sources.len(), self.found.problems.len())
    }

    fn config_map(&mut self, file: Text<'_>, map: NodeRef<'_>) {
        let Some(data) = own(map, "data") else { return };
        let metadata = own(map, field::METADATA);
        let name = metadata.and_then(|metadata| own(metadata, field::NAME)?.text());
        let labels = metadata.and_then(|metadata| own(metadata, "labels"));
        let mark = labels.and_then(|labels| own(labels, MADE_BY_FLINK.0)?.text());
        if mark == Some(MADE_BY_FLINK.1) {
            return;
        }
        let shape = shape_of_map(name.unwrap_or_default(), data);
        self.found.twice(file, data, &[FLINK_CONF, CONFIG]);
        let flink_conf = self.flink_conf(file, data, shape);
        let config = self.config(file, data, shape);
        if flink_conf.is_some() || config.is_some() {
            self.found.sources.push(Source { shape, section: None, flink_conf, config });
        }
    }

    fn values(&mut self, file: Text<'_>, root: NodeRef<'_>) {
        for values in values::values(root) {
            match values {
                Values::Mapping(values) => self.chart(file, values),
                Values::Text(text) => self.values_in_text(file, text),
            }
        }
    }

    /// Values as a text of Argo CD. Those of other charts may be no YAML before they are filled in,
    /// which is no problem of ours.
    fn values_in_text(&mut self, file: Text<'_>, node: NodeRef<'_>) {
        let names = [values::NEW, values::OLD, values::OLD_OPERATOR];
        let text = node.text().unwrap_or_default();
        let is_ours = names.iter().any(|name| text.contains(name));
        let Some(inner) = file.embedded(node).filter(|_| is_ours) else { return };
        self.documents(inner, |reader, doc| reader.chart(inner, doc.root()));
    }

    /// Reads each document of an embedded text.
    fn documents(&mut self, text: Text<'_>, mut read: impl FnMut(&mut Self, &Document<'_>)) {
        for chunk in chunks(text.text) {
            match parse(&text.text[chunk.span.range()], chunk.span.start) {
                Ok(doc) if self.is_repetitive(text, &doc) => {}
                Ok(doc) => read(self, &doc),
                Err(error) => self.found.syntax(text, chunk.span.start, &error),
            }
        }
    }

    /// True, with a problem, if aliases make the document too large to be read.
    fn is_repetitive(&mut self, file: Text<'_>, doc: &Document<'_>) -> bool {
        let repeats = repeats_too_much(doc);
        if repeats {
            let at = start(file, doc.root());
            let help = "write the values out";
            self.found.problem(at, "aliases repeat more than can be read", help);
        }
        repeats
    }

    fn chart(&mut self, file: Text<'_>, values: NodeRef<'_>) {
        for values in values::own_and_handed_on(values) {
            self.found.twice(file, values, &SECTIONS.map(|(name, _)| name));
            let mut sections: Vec<_> = Vec::new();
            for (name, shape) in SECTIONS {
                let Some((at, section)) = entry(file, values, name) else { continue };
                if section.is_mapping() {
                    self.found.rename(at, name, keys::part(name));
                    sections.push((at, section, name, shape));
                } else if !section.is_null() {
                    let help = "write a mapping that holds `flink-conf.yaml: |`";
                    self.found.problem(at, format!("`{name}` is no mapping"), help);
                }
            }
            if !sections.is_empty() {
                let called = own(values, values::NAME).and_then(NodeRef::text);
                let called = called.filter(|name| !name.is_empty() && !is_placeholder(name));
                self.found.called = called.map(String::from).or(self.found.called.take());
            }
            sections.sort_by_key(|(at, ..)| *at);
            for (_, section, name, shape) in sections {
                self.section(file, section, name, shape);
            }
        }
    }

    fn section(&mut self, file: Text<'_>, section: NodeRef<'_>, name: &'static str, shape: Shape) {
        self.found.twice(file, section, &[CREATE, APPEND, FLINK_CONF, CONFIG]);
        if shape == Shape::OldOperator
            && let Some((at, _)) = entry(file, section, values::OLD_LOGGING)
        {
            self.found.rename(at, values::OLD_LOGGING, keys::part(values::OLD_LOGGING));
        }
        let said = |key| {
            let (at, value) = entry(file, section, key)?;
            Some((values::switch(value), self.found.place(at)))
        };
        let said = Section { name, create: said(CREATE), append: said(APPEND) };
        let flink_conf = self.flink_conf(file, section, shape);
        // The chart of 0.1.0 knew no `config.yaml`.
        let config = if shape == Shape::New { self.config(file, section, shape) } else { None };
        self.found.sources.push(Source { shape, section: Some(said), flink_conf, config });
    }

    /// `flink-conf.yaml` of a `ConfigMap` or a section.
    fn flink_conf(&mut self, file: Text<'_>, of: NodeRef<'_>, shape: Shape) -> Option<Part> {
        let (at, value) = entry(file, of, FLINK_CONF).filter(|(_, value)| !value.is_null())?;
        let text = self.text(file, at, value, FLINK_CONF)?;
        let settings = self.found.lines(text, shape);
        if settings.is_empty()
            && let Some(stray) = lines::stray(text.text)
        {
            let message = "`flink-conf.yaml` holds no line `key: value`";
            self.found.problem(text.in_file(stray), message, "give it as the operator reads it");
        }
        Some(Part { place: self.found.place(at), settings })
    }

    /// `config.yaml` of a `ConfigMap` or a section: a text or, in a section, a mapping.
    fn config(&mut self, file: Text<'_>, of: NodeRef<'_>, shape: Shape) -> Option<Part> {
        let (at, value) = entry(file, of, CONFIG).filter(|(_, value)| !value.is_null())?;
        let place = self.found.place(at);
        if value.is_mapping() {
            return Some(Part { place, settings: self.found.nested(file, value, shape) });
        }
        let text = self.text(file, at, value, CONFIG)?;
        let mut settings = Vec::new();
        self.documents(text, |reader, doc| {
            if doc.root().is_mapping() {
                settings.extend(reader.found.nested(text, doc.root(), shape));
            } else {
                let help = "write the settings as `key: value`";
                let at = start(text, doc.root());
                reader.found.problem(at, "`config.yaml` holds no mapping", help);
            }
        });
        Some(Part { place, settings })
    }

    fn text<'d>(
        &mut self,
        file: Text<'_>,
        at: usize,
        value: NodeRef<'d>,
        key: &str,
    ) -> Option<Text<'d>> {
        let text = file.embedded(value);
        if text.is_none() {
            let help = format!("write `{key}: |` and the settings below");
            self.found.problem(at, format!("`{key}` is no text"), &help);
        }
        text
    }
}

/// Operator 0.1.0 had a `ConfigMap` for the jobs and one for itself, `flink-operator-config`. That
/// of later operators bears the same name, so its content has to tell.
fn shape_of_map(name: &str, data: NodeRef<'_>) -> Shape {
    // Kustomize puts a hash behind the names of ConfigMaps that it makes.
    let rest = name.strip_prefix(OLD_CONFIG_MAP);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
        return Shape::Old;
    }
    let text = own(data, FLINK_CONF).and_then(NodeRef::text).unwrap_or_default();
    let is_old = own(data, values::OLD_LOGGING).is_some()
        || lines::settings(text).any(|line| keys::is_old_key(line.key));
    if is_old { Shape::OldOperator } else { Shape::New }
}

/// The value at the key, and where the key stands; of a merged one, where the value does.
fn entry<'d>(file: Text<'_>, of: NodeRef<'d>, key: &str) -> Option<(usize, NodeRef<'d>)> {
    let value = of.get(key)?;
    let entry = of.resolved().own_entry(key);
    let key = entry.map(|entry| NodeRef { doc: of.doc, id: entry.key });
    Some((start(file, key.unwrap_or(value.resolved())), value))
}

/// Bytes and nodes that aliases may add to a document, for each byte of it and in all.
const REPEATED: (usize, usize) = (6, 1 << 20);

/// True if the document stands for far more than its text, since aliases repeat parts of it.
fn repeats_too_much(doc: &Document<'_>) -> bool {
    let most = doc.text.len().saturating_mul(REPEATED.0).saturating_add(REPEATED.1);
    // The size of all nodes before each one. What an anchor marks begins before its aliases.
    let mut before = vec![0_usize];
    for (id, node) in doc.nodes().enumerate() {
        let size = match &node.kind {
            NodeKind::Scalar { text, .. } => text.len(),
            NodeKind::Alias { .. } => {
                let marked = NodeRef { doc, id }.resolved();
                let end = marked.node().span.end;
                let inside = (marked.id..id).take_while(|id| doc.node(*id).span.start < end);
                before[marked.id + inside.count()] - before[marked.id]
            }
            _ => 0,
        };
        let all = before.last().copied().unwrap_or_default() + 1 + size;
        if all > most {
            return true;
        }
        before.push(all);
    }
    false
}
