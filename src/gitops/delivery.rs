//! What an object of Argo CD or Flux makes of the folders that it applies: where to, how often, and what it
//! changes on the way.

use std::collections::BTreeMap;

use super::{at, is_true, literal, normalized_folder, text};
use crate::flink::names::{field, is_placeholder};
use crate::kustomize::Edits;
use crate::yaml::{self, NodeRef};

/// One folder that an object applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The folder, from the root of its repository; empty text is the root. Globs of an `ApplicationSet`
    /// stay as they are.
    pub folder: String,
    /// Without a kustomization in the folder, files below it count too.
    pub is_recursive: bool,
    /// It is applied several times, or it is unknown how often: the name of what repeats it.
    pub repeated_by: Option<&'static str>,
    /// The namespace for what has none.
    pub default_namespace: Option<String>,
    /// The namespace for everything.
    pub namespace: Option<String>,
    /// What it changes of what it applies.
    pub edits: Edits,
}

/// The delivery of a Flux `Kustomization`, whose controller makes a kustomization of a folder that has
/// none (`generator.go` of fluxcd/pkg/kustomize).
pub(crate) fn of_flux(spec: NodeRef<'_>) -> Option<Delivery> {
    let written = text(spec, &["path"]).unwrap_or_default();
    let folder = normalized_folder(written);
    // The root of an artifact is rarely that of this repository.
    let is_git = text(spec, &["sourceRef", field::KIND]).is_none_or(|kind| kind == "GitRepository");
    (!is_placeholder(written) && (is_git || !folder.is_empty())).then(|| Delivery {
        folder,
        is_recursive: true,
        repeated_by: None,
        default_namespace: None,
        namespace: literal(spec, &["targetNamespace"]),
        edits: edits(spec),
    })
}

/// The deliveries of an Argo CD application with this `spec`. `sources` hides `source`
/// (`ApplicationSpec.GetSources` of Argo CD).
pub(crate) fn of_application(spec: NodeRef<'_>) -> Vec<Delivery> {
    deliveries(spec, &Generated::once())
}

/// The deliveries of an `ApplicationSet` with this `spec`.
pub(crate) fn of_application_set(spec: NodeRef<'_>) -> Vec<Delivery> {
    let generated = Generated::all(spec.get("generators"), yaml::MAX_NESTING);
    let template = at(spec, &["template", field::SPEC]);
    let mut found = template.map_or_else(Vec::new, |template| deliveries(template, &generated));
    if spec.get("templatePatch").is_some() {
        for delivery in &mut found {
            let edits = std::mem::take(&mut delivery.edits);
            delivery.edits = edits.or(Some("has a templatePatch, which is not read".to_string()));
        }
    }
    found
}

fn deliveries(spec: NodeRef<'_>, generated: &Generated) -> Vec<Delivery> {
    let mut sources: Vec<NodeRef<'_>> =
        spec.get("sources").into_iter().flat_map(NodeRef::items).collect();
    if sources.is_empty() {
        sources.extend(spec.get("source"));
    }
    let mut found: Vec<Delivery> = Vec::new();
    for source in sources {
        let Some(written) = text(source, &["path"]) else { continue };
        let kustomize = source.get("kustomize");
        let namespace =
            |node: Option<NodeRef<'_>>, keys: &[&str]| node.and_then(|node| literal(node, keys));
        for parameters in &generated.parameters {
            let folder = substituted(written, parameters);
            if is_placeholder(&folder) {
                continue;
            }
            let delivery = Delivery {
                folder: normalized_folder(&folder),
                is_recursive: at(source, &["directory", "recurse"]).is_some_and(is_true),
                repeated_by: generated.repeated_by,
                default_namespace: namespace(Some(spec), &["destination", field::NAMESPACE]),
                namespace: namespace(kustomize, &[field::NAMESPACE]),
                edits: kustomize.map(edits).unwrap_or_default(),
            };
            match found.iter_mut().find(|known| known.folder == delivery.folder) {
                Some(known) if generated.parameters.len() > 1 => {
                    known.repeated_by = Some("its generators");
                }
                _ => found.push(delivery),
            }
        }
    }
    found
}

/// What the fields of a kustomization in such an object change.
fn edits(fields: NodeRef<'_>) -> Edits {
    let components = fields.get("components").into_iter().flat_map(NodeRef::items).next();
    let renames =
        ["namePrefix", "nameSuffix"].into_iter().find(|key| text(fields, &[key]).is_some());
    let reason = components
        .map(|_| "adds components, which are not read".to_string())
        .or_else(|| renames.map(|key| format!("changes names by `{key}`")));
    Edits::read(fields).or(reason)
}

/// What the generators of an `ApplicationSet` make applications from.
struct Generated {
    /// The parameters of each application that is known.
    parameters: Vec<BTreeMap<String, String>>,
    /// What makes an unknown number of applications.
    repeated_by: Option<&'static str>,
}

impl Generated {
    /// One application without parameters.
    fn once() -> Generated {
        Generated { parameters: vec![BTreeMap::new()], repeated_by: None }
    }

    /// What several generators make, one after the other.
    fn all(generators: Option<NodeRef<'_>>, depth: usize) -> Generated {
        let items = generators.into_iter().flat_map(NodeRef::items);
        let each = items.map(|generator| Generated::one(generator, depth));
        each.fold(Generated { parameters: Vec::new(), repeated_by: None }, |mut all, one| {
            all.parameters.extend(one.parameters);
            Generated { repeated_by: all.repeated_by.or(one.repeated_by), ..all }
        })
    }

    fn one(generator: NodeRef<'_>, depth: usize) -> Generated {
        let unknown = |what| Generated { repeated_by: Some(what), ..Generated::once() };
        let Some(depth) = depth.checked_sub(1) else { return unknown("its generators") };
        if let Some(elements) = at(generator, &["list", "elements"]) {
            let parameters = elements.items().map(|element| {
                let entries = element.entries().into_iter();
                let texts = entries.filter_map(|(key, value)| Some((key, value.text()?)));
                texts.map(|(key, text)| (key.to_string(), text.to_string())).collect()
            });
            return Generated { parameters: parameters.collect(), repeated_by: None };
        }
        if let Some(directories) = at(generator, &["git", "directories"]) {
            let listed = directories.items();
            let listed = listed.filter(|one| !one.get("exclude").is_some_and(is_true));
            let paths = listed.filter_map(|one| text(one, &["path"]));
            return Generated { parameters: paths.map(of_folder).collect(), repeated_by: None };
        }
        if let Some(children) = at(generator, &["matrix", "generators"]) {
            let children = children.items().map(|child| Generated::one(child, depth));
            return children.fold(Generated::once(), |all, one| all.times(&one));
        }
        if let Some(children) = at(generator, &["merge", "generators"]) {
            let first = children.items().next();
            return first.map_or_else(Generated::once, |first| Generated::one(first, depth));
        }
        unknown(if generator.get("clusters").is_some() {
            "its cluster generator"
        } else {
            "a generator whose number is unknown"
        })
    }

    /// Each of these with each of the others.
    fn times(&self, other: &Generated) -> Generated {
        let parameters = self.parameters.iter().flat_map(|one| {
            other.parameters.iter().map(move |two| {
                one.iter().chain(two).map(|(key, text)| (key.clone(), text.clone())).collect()
            })
        });
        Generated {
            parameters: parameters.collect(),
            repeated_by: self.repeated_by.or(other.repeated_by),
        }
    }
}

/// The parameters of a folder that the git generator finds, globs and all, as templates of both kinds call
/// them.
fn of_folder(folder: &str) -> BTreeMap<String, String> {
    let basename = folder.rsplit('/').next().unwrap_or_default();
    let names = [("path", folder), ("path.path", folder), ("path.basename", basename)];
    names.into_iter().map(|(key, text)| (key.to_string(), text.to_string())).collect()
}

/// The text with the parameters in the place of `{{name}}` and `{{ .name }}`.
fn substituted(written: &str, parameters: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = written;
    while let Some((before, action)) = rest.split_once("{{") {
        let Some((name, after)) = action.split_once("}}") else { break };
        let value = parameters.get(name.trim_matches([' ', '.', '-']));
        out.push_str(before);
        match value {
            Some(value) => out.push_str(value),
            None => out.extend(["{{", name, "}}"]),
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(spec: &str) -> Vec<(String, bool)> {
        let doc = yaml::parse(spec, 0).unwrap();
        let found = of_application_set(doc.root()).into_iter();
        found.map(|one| (one.folder, one.repeated_by.is_some())).collect()
    }

    #[test]
    fn an_application_set_applies_a_folder_once_or_several_times() {
        for (generators, path, expected) in [
            ("[{list: {elements: [{ns: a}, {ns: b}]}}]", "apps/x", &[("apps/x", true)][..]),
            ("[{list: {elements: [{ns: a}]}}]", "apps/x", &[("apps/x", false)]),
            (
                "[{list: {elements: [{ns: a}, {ns: b}]}}]",
                "apps/{{ns}}",
                &[("apps/a", false), ("apps/b", false)],
            ),
            ("[{git: {directories: [{path: teams/*}]}}]", "{{path}}", &[("teams/*", false)]),
            (
                "[{git: {directories: [{path: teams/*}]}}]",
                "{{ .path.path }}",
                &[("teams/*", false)],
            ),
            ("[{clusters: {}}]", "apps/x", &[("apps/x", true)]),
            ("[{clusters: {}}]", "apps/{{name}}", &[]),
            (
                "[{matrix: {generators: [{git: {directories: [{path: teams/*}]}}, {clusters: {}}]}}]",
                "{{path}}",
                &[("teams/*", true)],
            ),
            (
                "[{matrix: {generators: [{git: {directories: [{path: a}]}}, {list: {elements: [{e: x}, {e: y}]}}]}}]",
                "{{path}}",
                &[("a", true)],
            ),
            ("[{pullRequest: {}}]", "apps/x", &[("apps/x", true)]),
        ] {
            let spec = format!(
                "{{generators: {generators}, template: {{spec: {{source: {{path: '{path}'}}}}}}}}"
            );
            let expected: Vec<(String, bool)> =
                expected.iter().map(|(folder, several)| (folder.to_string(), *several)).collect();
            assert_eq!(folders(&spec), expected, "{generators} {path}");
        }
    }

    #[test]
    fn several_sources_hide_the_one() {
        let doc = yaml::parse("{source: {path: a}, sources: [{path: b}, {chart: c}]}", 0).unwrap();
        let found = of_application(doc.root());
        assert_eq!(found.iter().map(|one| &*one.folder).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn what_such_an_object_changes_is_told() {
        for (fields, changes) in [
            (
                "{patches: [{patch: '[{op: replace, path: /spec/job/upgradeMode, value: x}]', target: {kind: FlinkDeployment}}]}",
                true,
            ),
            (
                "{patchesJson6902: [{target: {kind: FlinkDeployment}, patch: [{op: add, path: /spec/job/state, value: x}]}]}",
                true,
            ),
            ("{patchesStrategicMerge: [{kind: FlinkDeployment, spec: {job: {state: x}}}]}", true),
            ("{patchesStrategicMerge: [{kind: Deployment, spec: {replicas: 1}}]}", false),
            ("{components: [../c]}", true),
            ("{namePrefix: eu-}", true),
            ("{nameSuffix: -eu}", true),
            ("{images: ['a=b'], commonLabels: {a: b}}", false),
        ] {
            let doc = yaml::parse(fields, 0).unwrap();
            assert_eq!(edits(doc.root()).changing(true).is_some(), changes, "{fields}");
        }
    }
}
