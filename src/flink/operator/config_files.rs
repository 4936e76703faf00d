//! From the text of a file to what it says. The content decides about the shape, not the name.

use std::sync::Arc;

use super::chart_values::{self, APPEND, CONFIG, CREATE, FLINK_CONF};
use super::config_reader::{ConfigReader, ConfigText};
use super::{ConfigSource, OperatorConfig, OperatorSetting, Part, Section, Shape, flink_conf};
use crate::diagnostic::Located;
use crate::flink::names::{field, is_placeholder};
use crate::yaml::{NodeRef, chunks, parse};

/// The `ConfigMap` of the jobs' defaults, in 0.1.0 alone.
const OLD_CONFIG_MAP: &str = "flink-default-config";
/// The label by which Flink marks what it makes itself, among it a `ConfigMap` for each cluster
/// (`Constants.LABEL_TYPE_NATIVE_TYPE`, Flink 1.14 to 1.20).
const MADE_BY_FLINK: (&str, &str) = ("type", "flink-native-kubernetes");

/// The sections of the chart's values.
const SECTIONS: [(&str, Shape); 3] = [
    (chart_values::OLD_OPERATOR, Shape::OldOperator),
    (chart_values::OLD, Shape::Old),
    (chart_values::NEW, Shape::New),
];

/// What could have been given.
const WANTED: &str = "give `flink-conf.yaml` or `config.yaml`, values of the operator's chart that \
                      hold its configuration, or its ConfigMap";

/// Reads one file: Flink's own configuration, flat or nested; values of the operator's chart, also
/// where an umbrella chart, Flux or Argo CD hands them on; or `ConfigMap`s with Flink's configuration,
/// in a stream or a list of whatever else. `name` is the file as shown to people.
///
/// # Errors
/// Every problem of the file. One that holds nothing of all this is a problem too.
pub fn read(name: &str, text: &str) -> Result<OperatorConfig, Vec<Located>> {
    let mut reader = ConfigReader::new(name, text);
    let file = ConfigText { text, scalar: None };
    let chunks = chunks(text);
    for chunk in &chunks {
        let is_alone = chunks.len() == 1;
        match parse(&text[chunk.span.range()], chunk.span.start) {
            Ok(doc) => reader.document(file, doc.root().resolved(), is_alone),
            Err(_) if is_alone && flink_conf::is_flat(text) && reader.flat_file(file) => {}
            Err(error) => reader.syntax(file, chunk.span.start, &error),
        }
    }
    if reader.sources.is_empty() && reader.problems.is_empty() {
        reader.problem(0, "this is not the operator's configuration", WANTED);
    }
    let ConfigReader { sources, mut renamed, deployment_name, mut problems, .. } = reader;
    renamed.sort_by_key(|renamed| renamed.place.position);
    problems.sort_by_key(|problem| problem.location.position);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(OperatorConfig::new(sources, renamed, deployment_name))
}

impl ConfigReader<'_> {
    /// One document of the file. What holds nothing of the operator's is passed over, unless it is
    /// alone.
    fn document(&mut self, file: ConfigText<'_>, root: NodeRef<'_>, is_alone: bool) {
        if root.get("sops").is_some_and(NodeRef::is_mapping) {
            let help = "give it decrypted";
            self.problem(file.start(root), "the file is encrypted by SOPS", help);
        } else if !self.object(file, root) && is_alone {
            self.own_file(file, root);
        }
    }

    /// Flink's own file, or nothing that could be given.
    fn own_file(&mut self, file: ConfigText<'_>, root: NodeRef<'_>) {
        let at = file.start(root);
        if chart_values::is_object(root) {
            let message = "this Kubernetes object has nothing of the operator's configuration";
            self.problem(at, message, WANTED);
        } else if chart_values::is_chart(root) {
            let message = "these values of the operator's chart do not change its configuration";
            self.problem(at, message, WANTED);
        } else if root.is_mapping() {
            self.duplicates(file, root);
            let settings = self.nested(file, root, Shape::Both);
            self.add_own_file(at, settings);
        }
    }

    /// Flink's own file, line by line. False if it is no such file.
    fn flat_file(&mut self, file: ConfigText<'_>) -> bool {
        let settings = self.flat(file, Shape::Both);
        self.add_own_file(0, settings)
    }

    fn add_own_file(&mut self, at: usize, settings: Vec<Arc<OperatorSetting>>) -> bool {
        let is_flinks = settings.iter().any(|setting| flink_conf::is_of_flink(&setting.key));
        if is_flinks {
            let flink_conf = Some(Part { place: self.place(at), settings });
            let source =
                ConfigSource { shape: Shape::Both, section: None, flink_conf, config: None };
            self.sources.push(source);
        }
        is_flinks
    }

    /// True if something was found in an object of Kubernetes or in values.
    fn object(&mut self, file: ConfigText<'_>, root: NodeRef<'_>) -> bool {
        let before = (self.sources.len(), self.problems.len());
        let kind = root.get(field::KIND).and_then(NodeRef::text);
        match kind.filter(|_| chart_values::is_object(root)) {
            _ if !self.may_read(file, root, 0) => {}
            Some("ConfigMap") => self.config_map(file, root),
            Some("List" | "ConfigMapList") => {
                let items = root.get(field::ITEMS);
                for item in items.into_iter().flat_map(NodeRef::items) {
                    // A list within a list is none that an API server knows.
                    if item.get(field::ITEMS).is_none() {
                        self.object(file, item);
                    }
                }
            }
            _ => {
                for values in chart_values::values(root) {
                    if values.is_mapping() {
                        self.chart(file, values);
                    } else {
                        self.values_in_text(file, values);
                    }
                }
            }
        }
        before != (self.sources.len(), self.problems.len())
    }

    fn config_map(&mut self, file: ConfigText<'_>, map: NodeRef<'_>) {
        let Some(data) = map.get("data") else { return };
        let text = |path: &[&str]| path.iter().try_fold(map, |here, key| here.get(key))?.text();
        if text(&[field::METADATA, "labels", MADE_BY_FLINK.0]) == Some(MADE_BY_FLINK.1) {
            return;
        }
        let name = text(&[field::METADATA, field::NAME]).unwrap_or_default();
        let shape = config_map_shape(name, data);
        self.duplicates(file, data);
        let flink_conf = self.flink_conf(file, data, shape);
        let config = self.config(file, data, shape);
        if flink_conf.is_some() || config.is_some() {
            self.sources.push(ConfigSource { shape, section: None, flink_conf, config });
        }
    }

    /// Values as a text of Argo CD. Those of other charts may be no YAML before they are filled in,
    /// which is no problem of ours.
    fn values_in_text(&mut self, file: ConfigText<'_>, node: NodeRef<'_>) {
        let text = node.text().unwrap_or_default();
        if SECTIONS.iter().any(|(name, _)| text.contains(name))
            && let Some(inner) = self.embedded(file, node)
        {
            self.documents(inner, |reader, root| reader.chart(inner, root));
        }
    }

    /// Reads each document of an embedded text.
    fn documents(&mut self, text: ConfigText<'_>, mut read: impl FnMut(&mut Self, NodeRef<'_>)) {
        for chunk in chunks(text.text) {
            match parse(&text.text[chunk.span.range()], chunk.span.start) {
                Ok(doc) => read(self, doc.root()),
                Err(error) => self.syntax(text, chunk.span.start, &error),
            }
        }
    }

    fn chart(&mut self, file: ConfigText<'_>, values: NodeRef<'_>) {
        for values in chart_values::with_subchart(values) {
            if !self.may_read(file, values, 0) {
                return;
            }
            let mut sections: Vec<_> = Vec::new();
            for (name, shape) in SECTIONS {
                let Some((at, section)) = file.entry(values, name) else { continue };
                let keys = values.resolved().own_entries().iter().map(|entry| entry.key);
                let mut keys = keys.filter(|key| values.doc.scalar_text(*key) == Some(name));
                if let Some(second) = keys.nth(1) {
                    self.duplicate(file, NodeRef { doc: values.doc, id: second }, name, at);
                }
                if section.is_mapping() {
                    sections.push((at, section, name, shape));
                } else if !section.is_null() {
                    let help = "write a mapping with `flink-conf.yaml: |`";
                    self.problem(at, format!("`{name}` is not a mapping"), help);
                }
            }
            if !sections.is_empty() {
                let name = values.get(chart_values::NAME).and_then(NodeRef::text);
                let name = name.filter(|name| !name.is_empty() && !is_placeholder(name));
                self.deployment_name = name.map(String::from).or(self.deployment_name.take());
            }
            sections.sort_by_key(|(at, ..)| *at);
            for (at, section, name, shape) in sections {
                if shape != Shape::New {
                    self.rename(at, name, chart_values::NEW);
                }
                self.section(file, section, shape);
            }
        }
    }

    fn section(&mut self, file: ConfigText<'_>, section: NodeRef<'_>, shape: Shape) {
        self.duplicates(file, section);
        if shape == Shape::OldOperator
            && let Some((at, _)) = file.entry(section, chart_values::OLD_LOGGING)
        {
            self.rename(at, chart_values::OLD_LOGGING, chart_values::NEW_LOGGING);
        }
        let create = file.entry(section, CREATE);
        let append = section.get(APPEND).map(chart_values::truth);
        let switches = Section {
            create: create.map(|(at, value)| (chart_values::truth(value), self.place(at))),
            append: append.map(|append| append != Some(false)),
        };
        let flink_conf = self.flink_conf(file, section, shape);
        // The chart of 0.1.0 knew no `config.yaml`.
        let config = if shape == Shape::New { self.config(file, section, shape) } else { None };
        self.sources.push(ConfigSource { shape, section: Some(switches), flink_conf, config });
    }

    /// `flink-conf.yaml` of a `ConfigMap` or a section.
    fn flink_conf(
        &mut self,
        file: ConfigText<'_>,
        holder: NodeRef<'_>,
        shape: Shape,
    ) -> Option<Part> {
        let (at, value) = file.entry(holder, FLINK_CONF).filter(|(_, value)| !value.is_null())?;
        let text = self.part_text(file, at, value, FLINK_CONF)?;
        let settings = self.flat(text, shape);
        if settings.is_empty()
            && let Some(stray) = flink_conf::first_stray_line(text.text)
        {
            let message = "`flink-conf.yaml` has no line `key: value`";
            self.problem(text.in_file(stray), message, "give it as the operator reads it");
        }
        Some(Part { place: self.place(at), settings })
    }

    /// `config.yaml` of a `ConfigMap` or a section: a text or, in a section, a mapping.
    fn config(&mut self, file: ConfigText<'_>, holder: NodeRef<'_>, shape: Shape) -> Option<Part> {
        let (at, value) = file.entry(holder, CONFIG).filter(|(_, value)| !value.is_null())?;
        let place = self.place(at);
        if value.is_mapping() {
            return Some(Part { place, settings: self.nested(file, value, shape) });
        }
        let text = self.part_text(file, at, value, CONFIG)?;
        let mut settings = Vec::new();
        self.documents(text, |reader, root| {
            if root.is_mapping() {
                reader.duplicates(text, root);
                settings.extend(reader.nested(text, root, shape));
            } else {
                let help = "write the settings as `key: value`";
                reader.problem(text.start(root), "`config.yaml` is not a mapping", help);
            }
        });
        Some(Part { place, settings })
    }

    fn part_text<'d>(
        &mut self,
        file: ConfigText<'_>,
        at: usize,
        value: NodeRef<'d>,
        key: &str,
    ) -> Option<ConfigText<'d>> {
        if value.text().is_none() {
            let help = format!("write `{key}: |` and the settings below");
            self.problem(at, format!("`{key}` is not a string"), &help);
        }
        self.embedded(file, value)
    }
}

/// Operator 0.1.0 had a `ConfigMap` for the jobs and one for itself, `flink-operator-config`. That
/// of later operators bears the same name, so its content decides.
fn config_map_shape(name: &str, data: NodeRef<'_>) -> Shape {
    // Kustomize puts a hash behind the names of ConfigMaps that it makes.
    let rest = name.strip_prefix(OLD_CONFIG_MAP);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
        return Shape::Old;
    }
    let text = data.get(FLINK_CONF).and_then(NodeRef::text).unwrap_or_default();
    let is_old = data.get(chart_values::OLD_LOGGING).is_some()
        || flink_conf::settings(text).any(|line| flink_conf::is_old_key(line.key));
    if is_old { Shape::OldOperator } else { Shape::New }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_every_nesting() {
        let conf = "defaultConfiguration: {append: false, flink-conf.yaml: \"state.a: 1\"}";
        let block = |indent: usize| {
            let text =
                "defaultConfiguration:\n{i}  flink-conf.yaml: |\n{i}    # c\n{i}    state.a: 1\n";
            text.replace("{i}", &" ".repeat(indent))
        };
        let object = |kind, spec| format!("apiVersion: x/v1\nkind: {kind}\nspec:\n{spec}");
        let helm = |values| object("HelmRelease", format!("  values: {values}"));
        let argo = |source| object("Application", format!("  {source}"));
        let below = |indent| format!("\n{}{}", " ".repeat(indent), block(indent));
        for (values, place) in [
            (conf.to_string(), "1:56"),
            (format!("flink-kubernetes-operator:{}", below(2)), "4:7"),
            (helm(below(4)), "7:9"),
            (helm(format!("{{flink-kubernetes-operator: {{{conf}}}}}\n")), "4:95"),
            (
                argo(format!("source: {{helm: {{valuesObject: {{{conf}}}, values: '[x'}}}}\n")),
                "4:89",
            ),
            (argo(format!("source:\n    helm:\n      values: |{}", below(8))), "7:9"),
            (argo(format!("sources:\n  - path: x\n  - helm:\n      values: |{}", below(8))), "8:9"),
        ] {
            let config = read("c.yaml", &values).unwrap();
            let setting = config.tomorrow("state.a").unwrap();
            let expected = ("1", format!("c.yaml:{place}"));
            assert_eq!((&*setting.text, setting.place.to_string()), expected, "{values}");
        }
    }
}
