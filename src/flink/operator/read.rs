//! From the text of a file to what it says. The shape is told by the content, not by the name.

use super::super::problem::FileProblem;
use super::chart::{self, APPEND, CONFIG, CREATE, FLINK_CONF, Values};
use super::found::{Found, start};
use super::inset::Inset;
use super::{OperatorConfig, Part, Section, Shape, Source, lines, renames};
use crate::flink::names::{field, is_placeholder};
use crate::yaml::{Document, NodeRef, chunks, parse};

/// The `ConfigMap` of the jobs' defaults, in 0.1.0 alone.
const OLD_CONFIG_MAP: &str = "flink-default-config";
/// The label by which Flink marks what it makes itself, among it a `ConfigMap` for each cluster
/// (`Constants.LABEL_TYPE_NATIVE_TYPE`, Flink 1.14 to 1.20).
const MADE_BY_FLINK: (&str, &str) = ("type", "flink-native-kubernetes");

/// The sections of the chart's values.
const SECTIONS: [(&str, Shape); 3] =
    [(chart::OLD_OPERATOR, Shape::OldOperator), (chart::OLD, Shape::Old), (chart::NEW, Shape::New)];

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
    let file = Inset::whole(text);
    let chunks = chunks(text);
    for chunk in &chunks {
        let is_alone = chunks.len() == 1;
        match parse(&text[chunk.span.range()], chunk.span.start) {
            Ok(doc) => reader.document(&file, &doc, is_alone),
            Err(error) => {
                let is_read = is_alone && !lines::looks_nested(text) && reader.flat(&file);
                if !is_read {
                    reader.found.syntax(&file, chunk.span.start, &error);
                }
            }
        }
    }
    let mut found = reader.found;
    if found.budget.is_spent() {
        found.problem(0, "aliases repeat more than can be read", "write the values out");
    } else if found.sources.is_empty() && found.problems.is_empty() {
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
    fn document(&mut self, file: &Inset<'_>, doc: &Document<'_>, is_alone: bool) {
        let root = doc.root().resolved();
        if self.found.budget.own(root, "sops").is_some_and(NodeRef::is_mapping) {
            let help = "give it decrypted";
            self.found.problem(start(file, root), "the file is encrypted by SOPS", help);
        } else if !self.object(file, root) && is_alone {
            self.own_file(file, root);
        }
    }

    /// Flink's own file, or nothing that could be given.
    fn own_file(&mut self, file: &Inset<'_>, root: NodeRef<'_>) {
        let at = start(file, root);
        if chart::is_object(root, &mut self.found.budget) {
            let message = "this object of Kubernetes holds nothing of the operator's configuration";
            self.found.problem(at, message, WANTED);
        } else if chart::is_chart(root, &mut self.found.budget) {
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
    fn flat(&mut self, file: &Inset<'_>) -> bool {
        let settings = self.found.lines(file, Shape::Both);
        self.keep_own_file(Part { place: self.found.place(0), settings })
    }

    fn keep_own_file(&mut self, part: Part) -> bool {
        let is_ours = part.settings.iter().any(|setting| super::roots::is_of_flink(&setting.key));
        if is_ours {
            let (shape, flink_conf) = (Shape::Both, Some(part));
            self.found.sources.push(Source { shape, section: None, flink_conf, config: None });
        }
        is_ours
    }

    /// True if something was found in an object of Kubernetes or in values.
    fn object(&mut self, file: &Inset<'_>, root: NodeRef<'_>) -> bool {
        let before = (self.found.sources.len(), self.found.problems.len());
        let budget = &mut self.found.budget;
        let kind = budget.own(root, field::KIND).and_then(NodeRef::text);
        match kind.filter(|_| chart::is_object(root, budget)) {
            Some("ConfigMap") => self.config_map(file, root),
            Some("List" | "ConfigMapList") => {
                let items = budget.own(root, field::ITEMS);
                for item in items.into_iter().flat_map(NodeRef::items) {
                    // A list within a list is none that an API server knows.
                    if self.found.budget.own(item, field::ITEMS).is_none() {
                        self.object(file, item);
                    }
                }
            }
            _ => self.values(file, root),
        }
        before != (self.found.sources.len(), self.found.problems.len())
    }

    fn config_map(&mut self, file: &Inset<'_>, map: NodeRef<'_>) {
        let budget = &mut self.found.budget;
        let Some(data) = budget.own(map, "data") else { return };
        let metadata = budget.own(map, field::METADATA);
        let name = metadata.and_then(|metadata| budget.own(metadata, field::NAME)?.text());
        let labels = metadata.and_then(|metadata| budget.own(metadata, "labels"));
        let mark = labels.and_then(|labels| budget.own(labels, MADE_BY_FLINK.0)?.text());
        if mark == Some(MADE_BY_FLINK.1) {
            return;
        }
        let shape = self.shape_of_map(name.unwrap_or_default(), data);
        self.found.twice(file, data, &[FLINK_CONF, CONFIG]);
        let flink_conf = self.flink_conf(file, data, shape);
        let config = self.config(file, data, shape);
        if flink_conf.is_some() || config.is_some() {
            self.found.sources.push(Source { shape, section: None, flink_conf, config });
        }
    }

    /// Operator 0.1.0 had a `ConfigMap` for the jobs and one for itself, `flink-operator-config`. That
    /// of later operators bears the same name, so its content has to tell.
    fn shape_of_map(&mut self, name: &str, data: NodeRef<'_>) -> Shape {
        // Kustomize puts a hash behind the names of ConfigMaps that it makes.
        let rest = name.strip_prefix(OLD_CONFIG_MAP);
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            return Shape::Old;
        }
        let text = self.found.budget.own(data, FLINK_CONF).and_then(NodeRef::text);
        let text = text.filter(|text| self.found.budget.spend(text.len())).unwrap_or_default();
        let is_old = self.found.budget.own(data, chart::OLD_LOGGING).is_some()
            || lines::settings(text).any(|line| renames::is_old_key(line.key));
        if is_old { Shape::OldOperator } else { Shape::New }
    }

    fn values(&mut self, file: &Inset<'_>, root: NodeRef<'_>) {
        for values in chart::values(root, &mut self.found.budget) {
            match values {
                Values::Mapping(values) => self.chart(file, values),
                Values::Text(text) => self.values_in_text(file, text),
            }
        }
    }

    /// Values as a text of Argo CD. Those of other charts may be no YAML before they are filled in,
    /// which is no problem of ours.
    fn values_in_text(&mut self, file: &Inset<'_>, node: NodeRef<'_>) {
        let names = [chart::NEW, chart::OLD, chart::OLD_OPERATOR];
        let text = node.text().unwrap_or_default();
        let is_ours = self.found.budget.spend(text.len()) && names.iter().any(|n| text.contains(n));
        let Some(inset) = file.scalar(node).filter(|_| is_ours) else { return };
        for chunk in chunks(inset.text) {
            match parse(&inset.text[chunk.span.range()], chunk.span.start) {
                Ok(doc) => self.chart(&inset, doc.root()),
                Err(error) => self.found.syntax(&inset, chunk.span.start, &error),
            }
        }
    }

    fn chart(&mut self, file: &Inset<'_>, values: NodeRef<'_>) {
        for values in chart::own_and_handed_on(values, &mut self.found.budget) {
            self.found.twice(file, values, &SECTIONS.map(|(name, _)| name));
            let mut sections: Vec<_> = Vec::new();
            for (name, shape) in SECTIONS {
                let Some((at, section)) = self.entry(file, values, name) else { continue };
                if section.is_mapping() {
                    self.found.rename(at, name, renames::part(name));
                    sections.push((at, section, name, shape));
                } else if !section.is_null() {
                    let help = "write a mapping that holds `flink-conf.yaml: |`";
                    self.found.problem(at, format!("`{name}` is no mapping"), help);
                }
            }
            if !sections.is_empty() {
                let called = self.found.budget.own(values, chart::NAME).and_then(NodeRef::text);
                let called = called.filter(|name| !name.is_empty() && !is_placeholder(name));
                self.found.called = called.map(String::from).or(self.found.called.take());
            }
            sections.sort_by_key(|(at, ..)| *at);
            for (_, section, name, shape) in sections {
                self.section(file, section, name, shape);
            }
        }
    }

    fn section(
        &mut self,
        file: &Inset<'_>,
        section: NodeRef<'_>,
        name: &'static str,
        shape: Shape,
    ) {
        self.found.twice(file, section, &[CREATE, APPEND, FLINK_CONF, CONFIG]);
        if shape == Shape::OldOperator
            && let Some((at, _)) = self.entry(file, section, chart::OLD_LOGGING)
        {
            self.found.rename(at, chart::OLD_LOGGING, renames::part(chart::OLD_LOGGING));
        }
        let mut said = |key| {
            let (at, value) = self.entry(file, section, key)?;
            Some((chart::switch(value), self.found.place(at)))
        };
        let said = Section { name, create: said(CREATE), append: said(APPEND) };
        let flink_conf = self.flink_conf(file, section, shape);
        // The chart of 0.1.0 knew no `config.yaml`.
        let config = if shape == Shape::New { self.config(file, section, shape) } else { None };
        self.found.sources.push(Source { shape, section: Some(said), flink_conf, config });
    }

    /// `flink-conf.yaml` of a `ConfigMap` or a section.
    fn flink_conf(&mut self, file: &Inset<'_>, of: NodeRef<'_>, shape: Shape) -> Option<Part> {
        let (at, value) = self.entry(file, of, FLINK_CONF).filter(|(_, value)| !value.is_null())?;
        let text = self.text(file, at, value, FLINK_CONF)?;
        let settings = self.found.lines(&text, shape);
        if settings.is_empty()
            && let Some(stray) = lines::stray(text.text)
        {
            let message = "`flink-conf.yaml` holds no line `key: value`";
            self.found.problem(text.in_file(stray), message, "give it as the operator reads it");
        }
        Some(Part { place: self.found.place(at), settings })
    }

    /// `config.yaml` of a `ConfigMap` or a section: a text or, in a section, a mapping.
    fn config(&mut self, file: &Inset<'_>, of: NodeRef<'_>, shape: Shape) -> Option<Part> {
        let (at, value) = self.entry(file, of, CONFIG).filter(|(_, value)| !value.is_null())?;
        let place = self.found.place(at);
        if value.is_mapping() {
            return Some(Part { place, settings: self.found.nested(file, value, shape) });
        }
        let text = self.text(file, at, value, CONFIG)?;
        let mut settings = Vec::new();
        for chunk in chunks(text.text) {
            match parse(&text.text[chunk.span.range()], chunk.span.start) {
                Ok(doc) if doc.root().is_mapping() => {
                    settings.extend(self.found.nested(&text, doc.root(), shape));
                }
                Ok(doc) => {
                    let help = "write the settings as `key: value`";
                    let at = start(&text, doc.root());
                    self.found.problem(at, "`config.yaml` holds no mapping", help);
                }
                Err(error) => self.found.syntax(&text, chunk.span.start, &error),
            }
        }
        Some(Part { place, settings })
    }

    fn text<'d>(
        &mut self,
        file: &Inset<'_>,
        at: usize,
        value: NodeRef<'d>,
        key: &str,
    ) -> Option<Inset<'d>> {
        if !self.found.budget.spend(value.text().map_or(0, str::len)) {
            return None;
        }
        let text = file.scalar(value);
        if text.is_none() {
            let help = format!("write `{key}: |` and the settings below");
            self.found.problem(at, format!("`{key}` is no text"), &help);
        }
        text
    }

    /// The value at the key, and where the key stands; of a merged one, where the value does.
    fn entry<'d>(
        &mut self,
        file: &Inset<'_>,
        of: NodeRef<'d>,
        key: &str,
    ) -> Option<(usize, NodeRef<'d>)> {
        let value = self.found.budget.get(of, key)?;
        let own = self.found.budget.entry(of, key);
        let key = own.map(|entry| NodeRef { doc: of.doc, id: entry.key });
        Some((start(file, key.unwrap_or(value.resolved())), value))
    }
}
