//! The objects by which Argo CD and Flux keep a cluster as Git says: what is deleted by hand comes
//! back as long as they do.
//!
//! They are read as far as the questions go which of them holds a workload and how to stop it, and what
//! each makes of the folders that it applies. Nothing here follows a path or reads a file.

mod application_set;
mod built;
mod delivery;
mod expansion;
mod generators;
mod kind;
mod listed_file;
mod plain_directory;
mod root_edits;
mod substitutions;
mod version_sites;

pub use application_set::{ApplicationSet, Listing};
pub use delivery::Delivery;
pub(crate) use generators::parameters_of_file;
pub use kind::{ARGO, DeliveringKind, FLUX};
pub(crate) use listed_file::read_listed_file;
pub use root_edits::RootEdits;

use memchr::memmem;

use crate::flink::names::{field, is_placeholder};
use crate::k8s::ObjectKey;
use crate::path::RepoPath;
use crate::text::LineIndex;
use crate::yaml::{self, Document, NodeRef, Scalar};

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
    /// The same with what it makes of them; those of an `ApplicationSet` come from its generators.
    pub deliveries: Vec<Delivery>,
    /// What an `ApplicationSet` makes its deliveries from.
    pub application_set: Option<ApplicationSet>,
    /// The line and the folder of a `source` that Argo CD passes over, because there are `sources`.
    pub hidden_source: Option<(usize, String)>,
    /// What decides about its deliveries, in one spelling: two objects that say the same and lie in one
    /// folder are one.
    options: String,
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
    let key = ObjectKey { namespace: namespace.clone(), name: name.to_string() };
    let mut parsed = DeliveringObject {
        file: Some(file.clone()),
        line: source.position(object.span_in_file().start).line,
        is_open: false,
        syncing: Syncing::Always,
        ..DeliveringObject::unseen(kind, key)
    };
    let spec = object.get(field::SPEC)?;
    add_options(spec, &mut parsed.options, yaml::MAX_NESTING);
    match kind {
        DeliveringKind::Application => {
            read_application(&mut parsed, spec);
            parsed.deliveries = delivery::of_application(Some(name), spec, file);
            parsed.hidden_source = delivery::hidden_source(spec).map(|(hidden, folder)| {
                (source.position(hidden.span_in_file().start).line, folder)
            });
        }
        DeliveringKind::ApplicationSet => {
            if let Some(template) = at(spec, &["template", field::SPEC]) {
                read_application(&mut parsed, template);
            }
            read_generators(&mut parsed, spec);
            parsed.application_set = Some(ApplicationSet::of_spec(spec, file));
        }
        DeliveringKind::Kustomization => {
            parsed.add_path(text(spec, &["path"]).unwrap_or_default());
            parsed.destination = literal(spec, &["targetNamespace"]);
            parsed.source = repository(spec, namespace.as_ref());
            parsed.deliveries.extend(delivery::of_flux(spec, file));
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
    for source in delivery::sources(spec) {
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
    /// One that only a cluster spoke of.
    pub(crate) fn unseen(kind: DeliveringKind, key: ObjectKey) -> DeliveringObject {
        DeliveringObject {
            kind,
            key,
            file: None,
            line: 0,
            paths: Vec::new(),
            deliveries: Vec::new(),
            application_set: None,
            hidden_source: None,
            options: String::new(),
            is_open: true,
            destination: None,
            chart: None,
            release: None,
            storage: None,
            syncing: Syncing::Unknown,
            source: None,
        }
    }

    /// True if the two are one object: a template and its rendering in one folder.
    pub(crate) fn is_twin_of(&self, other: &DeliveringObject) -> bool {
        let folder = |one: &DeliveringObject| one.file.as_ref().map(RepoPath::folder);
        (self.kind, &self.key, &self.options) == (other.kind, &other.key, &other.options)
            && self.file.is_some()
            && folder(self) == folder(other)
    }

    /// What it delivers, with what the tree says to the generators of an `ApplicationSet`.
    pub(crate) fn generate(&mut self, listing: &Listing<'_>) {
        if let Some(set) = &self.application_set {
            self.deliveries = set.deliveries(listing);
        }
    }

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

/// Fields that a template beside its rendering may say otherwise, or that do not decide about what is
/// delivered and where to.
const OTHER_FIELDS: [&str; 12] = [
    "repoURL",
    "targetRevision",
    "revision",
    "sourceRef",
    "project",
    "syncPolicy",
    "info",
    "interval",
    "retryInterval",
    "timeout",
    "prune",
    "suspend",
];

/// Writes the node down in one spelling, without those fields.
fn add_options(node: NodeRef<'_>, out: &mut String, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let mut entries = node.entries();
    entries.retain(|(key, value)| !OTHER_FIELDS.contains(key) && !value.is_null());
    entries.sort_by_key(|(key, _)| *key);
    for (key, value) in entries {
        out.extend(["{", key, ":"]);
        add_options(value, out, depth);
        out.push('}');
    }
    for item in node.items() {
        out.push('[');
        add_options(item, out, depth);
        out.push(']');
    }
    if let Some(text) = node.text() {
        // No text reads like a mapping.
        out.push_str(&format!("{text:?}"));
    }
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
