//! What an object of Argo CD or Flux makes of the folders that it applies: where to, how often, and what it
//! changes on the way.

use super::plain_directory::PlainDirectory;
use super::root_edits::RootEdits;
use super::{at, is_true, normalized_folder, text};
use crate::flink::names::{field, is_placeholder};
use crate::kustomize::{Edits, FileSpan};
use crate::path::RepoPath;
use crate::text::Span;
use crate::yaml::NodeRef;

/// One folder that an object applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The folder, from the root of its repository; empty text is the root. That of an `ApplicationSet` may
    /// be a glob, where only a part of it is known.
    pub folder: String,
    /// The name of the Argo CD application, by which `.argocd-source-NAME.yaml` is found.
    pub application: Option<String>,
    /// The repository as the object names it: an URL, or the kind and key of a source of Flux.
    pub repository: Option<String>,
    /// The branch, tag or commit of it.
    pub revision: Option<String>,
    /// The cluster as the object names it; nothing for the one in which the controller runs.
    pub cluster: Option<String>,
    /// What Argo CD is told to build the folder with, whatever is in it: `kustomize`, `directory`, `helm`
    /// or `plugin`.
    pub tool: Option<&'static str>,
    /// Which files it applies if the folder has no kustomization.
    pub plain: PlainDirectory,
    /// It is applied several times, or it is unknown how often: the name of what repeats it.
    pub repeated_by: Option<&'static str>,
    /// What it could change of what it applies.
    pub edits: Edits,
    /// What it does to the kustomization of the folder, and to what that builds.
    pub root_edits: RootEdits,
}

/// The delivery of a Flux `Kustomization`, whose controller makes a kustomization of a folder that has
/// none (`generator.go` of fluxcd/pkg/kustomize).
pub(crate) fn of_flux(spec: NodeRef<'_>, file: &RepoPath) -> Option<Delivery> {
    let written = text(spec, &["path"]).unwrap_or_default();
    let folder = normalized_folder(written);
    let source = |key| text(spec, &["sourceRef", key]);
    // The root of an artifact is rarely that of this repository.
    let is_git = source(field::KIND).is_none_or(|kind| kind == "GitRepository");
    let named = [source(field::KIND), source(field::NAMESPACE), source(field::NAME)];
    let named = named.map(Option::unwrap_or_default);
    let clusters = ["secretRef", "configMapRef"].into_iter();
    let mut clusters = clusters.filter_map(|by| text(spec, &["kubeConfig", by, field::NAME]));
    (!is_placeholder(written) && (is_git || !folder.is_empty())).then(|| Delivery {
        folder,
        application: None,
        repository: source(field::NAME).map(|_| named.join("/")),
        revision: None,
        cluster: clusters.next().map(String::from),
        tool: None,
        plain: PlainDirectory::Flux,
        repeated_by: None,
        edits: edits(spec),
        root_edits: RootEdits::of_flux(spec, file),
    })
}

/// The deliveries of an Argo CD application of this name with this `spec`. `sources` hides `source`
/// (`ApplicationSpec.GetSources` of Argo CD), and a hydrator renders its `drySource`.
pub(crate) fn of_application(
    name: Option<&str>,
    spec: NodeRef<'_>,
    file: &RepoPath,
) -> Vec<Delivery> {
    let one = |source| of_source(name, spec, source, file);
    sources(spec).into_iter().filter_map(one).collect()
}

/// The sources that count.
pub(crate) fn sources(spec: NodeRef<'_>) -> Vec<NodeRef<'_>> {
    if let Some(dry) = at(spec, &["sourceHydrator", "drySource"]) {
        return vec![dry];
    }
    let several: Vec<NodeRef<'_>> =
        spec.get("sources").into_iter().flat_map(NodeRef::items).collect();
    if several.is_empty() { spec.get("source").into_iter().collect() } else { several }
}

/// A `source` that is passed over although it has a path, and its folder.
pub(crate) fn hidden_source(spec: NodeRef<'_>) -> Option<(NodeRef<'_>, String)> {
    let hidden = spec.get("source")?;
    let folder = normalized_folder(text(hidden, &["path"])?);
    let counts = sources(spec).iter().any(|source| source.id == hidden.id);
    (!counts).then_some((hidden, folder))
}

/// Nothing for a source without a path.
fn of_source(
    name: Option<&str>,
    spec: NodeRef<'_>,
    source: NodeRef<'_>,
    file: &RepoPath,
) -> Option<Delivery> {
    let folder = normalized_folder(text(source, &["path"])?);
    let destination = |key| text(spec, &["destination", key]);
    let cluster = destination("server").or_else(|| destination(field::NAME)).map(String::from);
    let mut delivery = Delivery {
        folder,
        application: name.map(String::from),
        repository: text(source, &["repoURL"]).map(String::from),
        revision: text(source, &["targetRevision"]).map(String::from),
        cluster,
        tool: None,
        plain: PlainDirectory::argo(),
        repeated_by: None,
        edits: Edits::default(),
        root_edits: RootEdits::new(file),
    };
    delivery.merge(source, file);
    delivery.root_edits.default_namespace = at(spec, &["destination", field::NAMESPACE])
        .and_then(|node| RootEdits::written(node, file));
    Some(delivery)
}

impl Delivery {
    /// The files in the folder that override the source of an Argo CD application, in the order in which
    /// they are merged in (`mergeSourceParameters` of its repository server).
    pub(crate) fn override_files(&self) -> Vec<String> {
        let names = self.application.iter().flat_map(|name| {
            [".argocd-source.yaml".to_string(), format!(".argocd-source-{name}.yaml")]
        });
        let folder = Some(&*self.folder).filter(|folder| !folder.is_empty());
        names.map(|name| folder.map_or(name.clone(), |folder| format!("{folder}/{name}"))).collect()
    }

    /// Merges a source, or what overrides it, into this: a JSON merge patch that leaves chart, path,
    /// repository and revision as they are.
    pub(crate) fn merge(&mut self, source: NodeRef<'_>, file: &RepoPath) {
        if let Some(directory) = source.get("directory") {
            self.plain.merge(directory);
        }
        if let Some(kustomize) = source.get("kustomize") {
            self.root_edits.merge(kustomize, file);
            let own = if kustomize.is_null() { Edits::default() } else { self.edits.clone() };
            self.edits = edits(kustomize).and(own);
        }
        for (key, tool) in [
            ("kustomize", "kustomize"),
            ("helm", "helm"),
            ("plugin", "plugin"),
            ("directory", "directory"),
        ] {
            let Some(node) = source.get(key) else { continue };
            if node.is_null() {
                self.tool = self.tool.filter(|other| *other != tool);
            } else if key != "directory" || at(node, &["recurse"]).is_some_and(is_true) {
                // Argo CD takes a directory without `recurse` for none (`IsZero`).
                self.tool = self.tool.or(Some(tool));
            }
        }
    }

    /// The repository in one spelling: however a user, the protocol and `.git` are written.
    pub(crate) fn repository_id(&self) -> Option<String> {
        let url = self.repository.as_deref()?.trim_end_matches('/').trim_end_matches(".git");
        let url = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = url.find('/').unwrap_or(url.len());
        let url = url[..host].find('@').map_or(url, |user| &url[user + 1..]);
        Some(url.replacen(':', "/", 1).to_ascii_lowercase())
    }

    /// True if only a part of its folder is known.
    pub(crate) fn is_glob(&self) -> bool {
        self.folder.contains(['*', '?', '[', '{'])
    }

    /// Adds that this file overrides its source and cannot be read.
    pub(crate) fn add_unread(&mut self, file: &RepoPath) {
        let reason = format!("is overridden by {}, which cannot be read", file.as_str());
        let place = FileSpan { file: file.clone(), span: Span::empty(0) };
        self.root_edits.add_unmodelled("overrides an Application, and cannot be read", place);
        self.edits = std::mem::take(&mut self.edits).or(Some(reason));
    }

    /// True if it applies files as they are, although the folder has a kustomization.
    pub(crate) fn is_forced_directory(&self) -> bool {
        self.tool == Some("directory")
    }

    /// True if this file is applied as it is, where the folder has no kustomization. Of a folder that is a
    /// glob it is unknown where the file lies in it, so that any file is.
    pub(crate) fn takes(&self, file: &RepoPath) -> bool {
        let below = file.as_str().strip_prefix(&*self.folder);
        let relative = below.map(|rest| rest.trim_start_matches('/'));
        relative.is_none_or(|relative| self.plain.takes(relative))
    }

    /// The same with other texts: those of a template, filled in.
    pub(crate) fn with_texts(&self, fill: impl Fn(&str) -> String) -> Delivery {
        let filled = |text: &Option<String>| text.as_deref().map(&fill);
        Delivery {
            folder: fill(&self.folder),
            application: filled(&self.application),
            repository: filled(&self.repository),
            revision: filled(&self.revision),
            cluster: filled(&self.cluster),
            tool: self.tool,
            plain: self.plain.with_texts(&fill),
            repeated_by: self.repeated_by,
            edits: self.edits.clone(),
            root_edits: self.root_edits.with_texts(&fill),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn application(spec: &str) -> Vec<Delivery> {
        let doc = yaml::parse(spec, 0).unwrap();
        of_application(Some("app"), doc.root(), &"app.yaml".into())
    }

    fn overridden(source: &str, overrides: &[&str]) -> Delivery {
        let mut found = application(&format!("{{source: {source}}}")).remove(0);
        for text in overrides {
            found.merge(yaml::parse(text, 0).unwrap().root(), &"x/.argocd-source.yaml".into());
        }
        found
    }

    #[test]
    fn sources_hide_the_source_and_a_hydrator_hides_both() {
        let folders = |spec: &str| -> Vec<String> {
            application(spec).into_iter().map(|one| one.folder).collect()
        };
        assert_eq!(
            folders("{source: {path: a}, sources: [{path: b}, {chart: c}, {path: ./d/}]}"),
            ["b", "d"]
        );
        assert_eq!(folders("{source: {path: a}, sources: []}"), ["a"]);
        assert_eq!(
            folders("{sourceHydrator: {drySource: {path: dry}, syncSource: {path: wet}}}"),
            ["dry"]
        );
    }

    #[test]
    fn a_file_in_the_folder_overrides_the_source_but_not_where_it_is() {
        let source =
            "{path: x, repoURL: r, kustomize: {namePrefix: a-, commonLabels: {l: '1', m: '2'}}}";
        let one = overridden(
            source,
            &[
                "{path: y, repoURL: s, kustomize: {namespace: ns, commonLabels: {l: '3', m: null}}}",
                "{kustomize: {namePrefix: b-, patches: [{path: p.yaml}]}, directory: {recurse: true}}",
            ],
        );
        let fields = &one.root_edits.fields;
        assert_eq!((&*one.folder, one.repository.as_deref()), ("x", Some("r")));
        assert_eq!(fields.name_prefix.as_ref().unwrap().text, "b-");
        let namespace = fields.namespace.as_ref().unwrap();
        assert_eq!(
            (&*namespace.text, namespace.place.file.as_str()),
            ("ns", "x/.argocd-source.yaml")
        );
        let labels: Vec<_> =
            fields.common_labels.iter().map(|(key, it)| (&**key, &*it.text)).collect();
        assert_eq!(labels, [("l", "3")]);
        assert_eq!(fields.patches.len(), 1);
        assert!(one.plain.is_recursive());
        let none = overridden(source, &["{kustomize: null}"]);
        assert_eq!(none.root_edits.fields.name_prefix, None);
        assert_eq!(none.tool, None);
        assert!(none.edits.changing(true).is_none());
    }

    #[test]
    fn a_directory_without_recurse_does_not_hide_a_kustomization() {
        let tool = |source: &str| overridden(source, &[]).tool;
        assert_eq!(tool("{path: x, directory: {include: 'a*'}}"), None);
        assert_eq!(tool("{path: x, directory: {recurse: true}}"), Some("directory"));
        assert_eq!(tool("{path: x, kustomize: {}}"), Some("kustomize"));
        assert_eq!(tool("{path: x, plugin: {name: p}}"), Some("plugin"));
    }

    #[test]
    fn an_object_of_flux_says_where_it_reads_from_and_where_it_writes_to() {
        let doc = yaml::parse(
            "{path: ./apps, sourceRef: {kind: GitRepository, name: fleet}, \
             kubeConfig: {secretRef: {name: eu}}, targetNamespace: ns}",
            0,
        );
        let one = of_flux(doc.unwrap().root(), &"k.yaml".into()).unwrap();
        assert_eq!(one.repository.as_deref(), Some("GitRepository//fleet"));
        assert_eq!(one.cluster.as_deref(), Some("eu"));
        assert_eq!(one.root_edits.fields.namespace.unwrap().text, "ns");
    }

    #[test]
    fn what_such_an_object_changes_is_told() {
        for (fields, changes) in [
            (
                "{patches: [{patch: '- {op: replace, path: /spec/job/upgradeMode, value: x}', target: {kind: FlinkDeployment}}]}",
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
