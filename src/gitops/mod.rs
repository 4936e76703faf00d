//! The objects by which Argo CD and Flux keep a cluster as Git says: what is deleted by hand comes
//! back as long as they do.
//!
//! They are read as far as the question goes which of them holds a workload, and how to stop it.

mod delivery;

pub use delivery::Delivery;

use memchr::memmem;

use crate::flink::names::{field, is_placeholder};
use crate::k8s::ObjectKey;
use crate::path::RepoPath;
use crate::text::LineIndex;
use crate::yaml::{self, Document, NodeRef, Scalar};

/// The API group of Argo CD.
pub const ARGO: &str = "argoproj.io";
/// What the API groups of Flux end with.
pub const FLUX: &str = "fluxcd.io";
/// The group of a Flux `Kustomization`, and that of a `HelmRelease`.
const FLUX_KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const FLUX_HELM: &str = "helm.toolkit.fluxcd.io";

/// Which of the objects it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveringKind {
    /// Makes Argo CD applications from a template.
    ApplicationSet,
    /// An Argo CD application.
    Application,
    /// A Flux `Kustomization`.
    Kustomization,
    /// A Flux `HelmRelease`.
    HelmRelease,
}

impl DeliveringKind {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            DeliveringKind::ApplicationSet => "ApplicationSet",
            DeliveringKind::Application => "Application",
            DeliveringKind::Kustomization => "Kustomization",
            DeliveringKind::HelmRelease => "HelmRelease",
        }
    }

    /// Its resource for `kubectl`, with the group: other controllers have kinds of these names.
    pub fn resource(self) -> &'static str {
        match self {
            DeliveringKind::ApplicationSet => "applicationsets.argoproj.io",
            DeliveringKind::Application => "applications.argoproj.io",
            DeliveringKind::Kustomization => "kustomizations.kustomize.toolkit.fluxcd.io",
            DeliveringKind::HelmRelease => "helmreleases.helm.toolkit.fluxcd.io",
        }
    }

    fn from_type(api_version: &str, kind: &str) -> Option<DeliveringKind> {
        let (group, _) = api_version.split_once('/')?;
        match (group, kind) {
            (ARGO, "ApplicationSet") => Some(DeliveringKind::ApplicationSet),
            (ARGO, "Application") => Some(DeliveringKind::Application),
            (FLUX_KUSTOMIZE, "Kustomization") => Some(DeliveringKind::Kustomization),
            (FLUX_HELM, "HelmRelease") => Some(DeliveringKind::HelmRelease),
            _ => None,
        }
    }
}

/// How it is kept in step with Git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syncing {
    /// Argo CD, by itself; what else `automated` says.
    Automated {
        /// Deletes what Git no longer has.
        prune: bool,
        /// Puts back what differs.
        self_heal: bool,
        /// May delete everything.
        allow_empty: bool,
    },
    /// Argo CD, when somebody asks for it.
    ByHand,
    /// Flux, all the time.
    Always,
    /// Flux, once it is resumed: Git says `suspend: true`.
    Suspended,
    /// Only the cluster could say: the object itself was not seen.
    Unknown,
}

/// One such object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveringObject {
    /// What it is.
    pub kind: DeliveringKind,
    /// Its key.
    pub key: ObjectKey,
    /// Its file; nothing for one that only a cluster spoke of.
    pub file: Option<RepoPath>,
    /// Line on which it begins, from 1.
    pub line: usize,
    /// The folders it applies, from the root of their repository, without `./` and slashes at the
    /// end; empty text is the root. Globs of an `ApplicationSet` stay as they are.
    pub paths: Vec<String>,
    /// The same with what it makes of them.
    pub deliveries: Vec<Delivery>,
    /// True if it applies something that cannot be told: a folder that is filled in later, or none
    /// that is written.
    pub is_open: bool,
    /// The namespace into which it puts what names none.
    pub destination: Option<String>,
    /// The Helm chart that it installs.
    pub chart: Option<String>,
    /// What Helm calls the release of a `HelmRelease` (`ReleaseName` of helm-controller: its own word,
    /// else the target namespace and the name, else the name).
    pub release: Option<String>,
    /// The namespace in which Helm keeps the release of a `HelmRelease`: `storageNamespace`, else its
    /// own, whatever namespace the chart goes into (`GetStorageNamespace` of helm-controller).
    pub storage: Option<String>,
    /// How it is kept in step with Git.
    pub syncing: Syncing,
    /// The Flux `GitRepository` it reads from.
    pub source: Option<ObjectKey>,
}

/// True if these bytes may contain one of these objects.
pub fn names_delivering_object(bytes: &[u8]) -> bool {
    [ARGO, FLUX].iter().any(|group| memmem::find(bytes, group.as_bytes()).is_some())
}

/// The objects in a document of the file. What has no name of its own is left out.
pub(crate) fn delivering_objects(
    doc: &Document<'_>,
    file: &RepoPath,
    source: &LineIndex<'_>,
) -> Vec<DeliveringObject> {
    let items = doc.root().get(field::ITEMS).into_iter().flat_map(NodeRef::items);
    let objects = std::iter::once(doc.root()).chain(items);
    objects.filter_map(|object| parse_object(object, file, source)).collect()
}

fn parse_object(
    object: NodeRef<'_>,
    file: &RepoPath,
    source: &LineIndex<'_>,
) -> Option<DeliveringObject> {
    let kind = DeliveringKind::from_type(
        text(object, &[field::API_VERSION])?,
        text(object, &[field::KIND])?,
    )?;
    let name = text(object, &[field::METADATA, field::NAME])?;
    let namespace = literal(object, &[field::METADATA, field::NAMESPACE]);
    let mut parsed = DeliveringObject {
        kind,
        key: ObjectKey { namespace: namespace.clone(), name: name.to_string() },
        file: Some(file.clone()),
        line: source.position(object.span_in_file().start).line,
        paths: Vec::new(),
        deliveries: Vec::new(),
        is_open: false,
        destination: None,
        chart: None,
        release: None,
        storage: None,
        syncing: Syncing::Always,
        source: None,
    };
    let spec = object.get(field::SPEC)?;
    match kind {
        DeliveringKind::Application => {
            read_application(&mut parsed, spec);
            parsed.deliveries = delivery::of_application(spec);
        }
        DeliveringKind::ApplicationSet => {
            if let Some(template) = at(spec, &["template", field::SPEC]) {
                read_application(&mut parsed, template);
            }
            read_generators(&mut parsed, spec);
            parsed.deliveries = delivery::of_application_set(spec);
        }
        DeliveringKind::Kustomization => {
            parsed.add_path(text(spec, &["path"]).unwrap_or_default());
            parsed.destination = literal(spec, &["targetNamespace"]);
            parsed.source = repository(spec, namespace.as_ref());
            parsed.deliveries.extend(delivery::of_flux(spec));
        }
        DeliveringKind::HelmRelease => {
            parsed.chart = text(spec, &["chart", field::SPEC, "chart"])
                .or_else(|| text(spec, &["chartRef", field::NAME]))
                .map(String::from);
            parsed.is_open = true;
            let target = literal(spec, &["targetNamespace"]);
            parsed.release = Some(match (text(spec, &["releaseName"]), &target) {
                (Some(release), _) => release.to_string(),
                (None, Some(target)) => format!("{target}-{name}"),
                (None, None) => name.to_string(),
            });
            parsed.storage = literal(spec, &["storageNamespace"]).or_else(|| namespace.clone());
            parsed.source = at(spec, &["chart", field::SPEC])
                .and_then(|chart| repository(chart, namespace.as_ref()));
            parsed.destination = target.or(namespace);
        }
    }
    let flux = matches!(kind, DeliveringKind::Kustomization | DeliveringKind::HelmRelease);
    if flux && at(spec, &["suspend"]).is_some_and(is_true) {
        parsed.syncing = Syncing::Suspended;
    }
    Some(parsed)
}

/// The Git repository that an object of Flux in this namespace reads from.
fn repository(spec: NodeRef<'_>, namespace: Option<&String>) -> Option<ObjectKey> {
    let name = text(spec, &["sourceRef", field::NAME])
        .filter(|_| text(spec, &["sourceRef", field::KIND]) == Some("GitRepository"))?;
    let own = literal(spec, &["sourceRef", field::NAMESPACE]);
    Some(ObjectKey { namespace: own.or_else(|| namespace.cloned()), name: name.to_string() })
}

/// What the `spec` of an application says, or that of a template of applications.
fn read_application(parsed: &mut DeliveringObject, spec: NodeRef<'_>) {
    let several = spec.get("sources").into_iter().flat_map(NodeRef::items);
    for source in spec.get("source").into_iter().chain(several) {
        if let Some(path) = text(source, &["path"]) {
            parsed.add_path(path);
        } else if let Some(chart) = text(source, &["chart"]) {
            parsed.chart = Some(chart.to_string());
            parsed.is_open = true;
        }
    }
    parsed.is_open |= parsed.paths.is_empty();
    parsed.destination = literal(spec, &["destination", field::NAMESPACE]);
    let automated = at(spec, &["syncPolicy", "automated"]).filter(|it| !it.is_null());
    let is_set = |automated: NodeRef<'_>, key: &str| automated.get(key).is_some_and(is_true);
    parsed.syncing = match automated {
        Some(it) if !it.get("enabled").is_some_and(is_false) => Syncing::Automated {
            prune: is_set(it, "prune"),
            self_heal: is_set(it, "selfHeal"),
            allow_empty: is_set(it, "allowEmpty"),
        },
        _ => Syncing::ByHand,
    };
}

/// The folders that the generators of an `ApplicationSet` name, at whatever depth.
fn read_generators(parsed: &mut DeliveringObject, spec: NodeRef<'_>) {
    let mut pending = vec![(spec.get("generators"), yaml::MAX_NESTING)];
    while let Some((node, depth)) = pending.pop() {
        let (Some(node), Some(depth)) = (node, depth.checked_sub(1)) else { continue };
        for item in node.items() {
            let directories = at(item, &["git", "directories"]).into_iter();
            let listed = directories.flat_map(NodeRef::items);
            let listed = listed.filter(|one| !one.get("exclude").is_some_and(is_true));
            parsed
                .paths
                .extend(listed.filter_map(|one| text(one, &["path"])).map(normalized_folder));
            pending.extend(["matrix", "merge"].map(|way| (at(item, &[way, "generators"]), depth)));
        }
    }
}

impl DeliveringObject {
    /// As people call it: its kind and its key.
    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.kind.name(), self.key)
    }

    fn add_path(&mut self, written: &str) {
        if is_placeholder(written) {
            self.is_open = true;
        } else {
            self.paths.push(normalized_folder(written));
        }
    }
}

/// The path of a folder from the root of its repository.
fn normalized_folder(written: &str) -> String {
    let parts = written.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}

fn at<'d>(node: NodeRef<'d>, keys: &[&str]) -> Option<NodeRef<'d>> {
    keys.iter().try_fold(node, |here, key| here.get(key))
}

fn text<'d>(node: NodeRef<'d>, keys: &[&str]) -> Option<&'d str> {
    at(node, keys)?.text().filter(|text| !text.is_empty())
}

/// The same, unless it is filled in later.
fn literal(node: NodeRef<'_>, keys: &[&str]) -> Option<String> {
    text(node, keys).filter(|text| !is_placeholder(text)).map(String::from)
}

fn is_true(node: NodeRef<'_>) -> bool {
    matches!(node.scalar(), Some(Scalar::Bool(true)))
}

fn is_false(node: NodeRef<'_>) -> bool {
    matches!(node.scalar(), Some(Scalar::Bool(false)))
}

#[cfg(test)]
mod tests;
