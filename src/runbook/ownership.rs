//! Which objects of Argo CD and Flux hold the workloads, and the operator.
//!
//! Whoever is left running creates again what is deleted, and operator 0.1.0 starts that empty. So what
//! cannot be told counts as holding, and is called probable; and what holds a holder holds too, because
//! it would put back what pausing changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Deployed, Prose, RunbookInput};
use crate::cluster::LiveResource;
use crate::flink::chart::CHART;
use crate::gitops::{DeliveringKind, DeliveringObject, Syncing};
use crate::k8s::{ObjectKey, labels};
use crate::path::RepoPath;

/// An object that holds workloads or the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitOpsOwner {
    /// The object.
    pub object: DeliveringObject,
    /// What it holds, for people.
    pub reason: OwnershipReason,
    /// True if that is certain.
    pub is_certain: bool,
    /// True if it holds workloads, itself or through another.
    pub has_workloads: bool,
    /// True if it holds the operator, itself or through another.
    pub has_operator: bool,
}

/// Why it counts as holding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnershipReason {
    /// It installs the operator.
    Operator,
    /// It applies the folder in which these workloads stand.
    Folder(Vec<String>),
    /// A folder of that name holds these workloads, in a place of its own.
    SimilarFolder(Vec<String>),
    /// It puts something into the namespace of these workloads, and what cannot be told.
    Namespace(Vec<String>),
    /// It applies something that cannot be told.
    Unknown,
    /// It applies the objects of this name.
    Parent(Vec<String>),
    /// These workloads say so themselves, on the cluster.
    Cluster(Vec<String>),
}

impl OwnershipReason {
    /// The reason as a sentence without a capital.
    pub fn prose(&self) -> Prose {
        let of = |before: &str, names: &[String]| {
            let shown = names.iter().take(MAX_NAMES).map(String::as_str);
            let more = names.len().saturating_sub(MAX_NAMES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Prose::from(before).and(Prose::list(shown)).then(&more)
        };
        match self {
            OwnershipReason::Operator => "it installs the operator".into(),
            OwnershipReason::Folder(keys) => of("its folder holds ", keys),
            OwnershipReason::SimilarFolder(keys) => of("a folder of that name holds ", keys),
            OwnershipReason::Namespace(keys) => of("it deploys into the namespace of ", keys),
            OwnershipReason::Unknown => "what it deploys cannot be told from here".into(),
            OwnershipReason::Parent(names) => of("it applies ", names),
            OwnershipReason::Cluster(keys) => of("the cluster says so of ", keys),
        }
    }
}

/// How many names are shown of a list of them.
const MAX_NAMES: usize = 6;

/// How many levels of objects that apply objects are followed.
const MAX_LEVELS: usize = 8;

/// A holder on the way to be one.
struct OwnerCandidate {
    /// How many levels stand between it and what it holds.
    depth: usize,
    /// The number of its object; nothing for one that only a cluster spoke of.
    index: Option<usize>,
    owner: GitOpsOwner,
}

/// What holds the workloads and the operator, those to be paused first standing first: parents before
/// what they would put back.
pub(crate) fn find_owners(input: &RunbookInput) -> Vec<GitOpsOwner> {
    let delivering_objects = input.delivering_objects.iter().enumerate();
    let mut found: Vec<OwnerCandidate> = delivering_objects
        .filter_map(|(index, object)| {
            let owner = owner(object, input)?;
            Some(OwnerCandidate { depth: 0, index: Some(index), owner })
        })
        .collect();
    add_parents(input, &mut found);
    for owner in owners_in_cluster(input) {
        match found.iter_mut().find(|candidate| is_same(&candidate.owner.object, &owner.object)) {
            Some(candidate) => {
                candidate.owner.is_certain = true;
                candidate.owner.has_workloads = true;
            }
            None => found.push(OwnerCandidate { depth: 0, index: None, owner }),
        }
    }
    found.sort_by(|a, b| {
        let order = |found: &OwnerCandidate| {
            let object = &found.owner.object;
            (object.kind, object.key.clone(), object.file.clone())
        };
        b.depth.cmp(&a.depth).then_with(|| order(a).cmp(&order(b)))
    });
    found.into_iter().map(|found| found.owner).collect()
}

fn is_same(a: &DeliveringObject, b: &DeliveringObject) -> bool {
    a.kind == b.kind && a.key.may_be(&b.key)
}

fn owner(placed: &Deployed<DeliveringObject>, input: &RunbookInput) -> Option<GitOpsOwner> {
    let object = &placed.item;
    // A folder of that name is the chart itself for Argo CD; for Flux it is one of objects, which say
    // for themselves what they install.
    let is_chart = |path: &String| path.rsplit('/').next() == Some(CHART);
    let is_operator = object.chart.as_deref() == Some(CHART)
        || (object.kind != DeliveringKind::Kustomization && object.paths.iter().any(is_chart));
    let holds = |reason: OwnershipReason, is_certain: bool, has_workloads: bool| GitOpsOwner {
        object: object.clone(),
        reason,
        is_certain,
        has_workloads,
        has_operator: is_operator,
    };
    if is_operator {
        return Some(holds(OwnershipReason::Operator, true, false));
    }
    let (mut in_folder, mut similar, mut in_namespace) = (vec![], vec![], vec![]);
    for workload in &input.workloads {
        let key = workload.item.key.to_string();
        let files = &workload.places;
        let paths = object.paths.iter();
        let match_path =
            paths.flat_map(|path| files.iter().filter_map(|file| match_path(path, file)));
        match match_path.max() {
            Some(PathMatch::Certain) => in_folder.push(key),
            Some(PathMatch::Similar) => similar.push(key),
            None if shares_namespace(object, &workload.item.key) => in_namespace.push(key),
            None => {}
        }
    }
    if !in_folder.is_empty() {
        return Some(holds(OwnershipReason::Folder(in_folder), true, true));
    }
    if !similar.is_empty() {
        return Some(holds(OwnershipReason::SimilarFolder(similar), false, true));
    }
    if !in_namespace.is_empty() {
        return Some(holds(OwnershipReason::Namespace(in_namespace), false, true));
    }
    // A chart that goes into another namespace is somebody else's.
    let is_open = object.is_open && object.destination.is_none() && object.chart.is_none();
    let is_open = is_open && !input.workloads.is_empty();
    is_open.then(|| holds(OwnershipReason::Unknown, false, true))
}

/// True if what it deploys may go where the workload is.
fn shares_namespace(object: &DeliveringObject, key: &ObjectKey) -> bool {
    let Some(destination) = object.destination.as_deref() else { return false };
    key.namespace.as_deref().is_none_or(|namespace| namespace == destination)
}

/// How well a folder fits a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PathMatch {
    /// A folder of the same name lies somewhere on the way.
    Similar,
    /// The place lies in it.
    Certain,
}

fn match_path(applied: &str, place: &RepoPath) -> Option<PathMatch> {
    let place = place.as_str().trim_start_matches('/');
    let is_glob = |part: &str| part.contains(['*', '?', '[', '{', '$']);
    let literal: Vec<&str> = applied.split('/').take_while(|part| !is_glob(part)).collect();
    let literal = literal.join("/");
    let is_whole = literal.len() == applied.len();
    let below = |tail: &str| {
        let rest = tail.strip_prefix(&literal);
        literal.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if below(place) {
        return Some(if is_whole { PathMatch::Certain } else { PathMatch::Similar });
    }
    let inner = place.match_indices('/').any(|(at, _)| below(&place[at + 1..]));
    inner.then_some(PathMatch::Similar)
}

/// Adds whatever applies the file of a holder, and so on upwards.
fn add_parents(input: &RunbookInput, found: &mut Vec<OwnerCandidate>) {
    for depth in 0..MAX_LEVELS {
        let at_depth = found.iter().filter(|live| live.depth == depth);
        let children: Vec<(usize, GitOpsOwner)> =
            at_depth.filter_map(|live| Some((live.index?, live.owner.clone()))).collect();
        for (index, placed) in input.delivering_objects.iter().enumerate() {
            let is_over = |child: usize| {
                let places = &input.delivering_objects[child].places;
                let paths = placed.item.paths.iter();
                let mut pairs = paths.flat_map(|path| places.iter().map(move |at| (path, at)));
                pairs.any(|(path, at)| match_path(path, at) == Some(PathMatch::Certain))
            };
            let applied: Vec<&GitOpsOwner> = children
                .iter()
                .filter(|(child, _)| *child != index && is_over(*child))
                .map(|(_, owner)| owner)
                .collect();
            if applied.is_empty() {
                continue;
            }
            let has_workloads = applied.iter().any(|child| child.has_workloads);
            let has_operator = applied.iter().any(|child| child.has_operator);
            if let Some(candidate) =
                found.iter_mut().find(|candidate| candidate.index == Some(index))
            {
                candidate.depth = candidate.depth.max(depth + 1);
                candidate.owner.is_certain = true;
                candidate.owner.has_workloads |= has_workloads;
                candidate.owner.has_operator |= has_operator;
                continue;
            }
            let names = applied.iter().map(|child| display_name(&child.object)).collect();
            let owner = GitOpsOwner {
                object: placed.item.clone(),
                reason: OwnershipReason::Parent(names),
                is_certain: true,
                has_workloads,
                has_operator,
            };
            found.push(OwnerCandidate { depth: depth + 1, index: Some(index), owner });
        }
    }
}

fn display_name(object: &DeliveringObject) -> String {
    format!("{} {}", object.kind.name(), object.key.name)
}

/// What the resources of a dump say of who manages them.
fn owners_in_cluster(input: &RunbookInput) -> Vec<GitOpsOwner> {
    let mut found: BTreeMap<(DeliveringKind, ObjectKey), BTreeSet<String>> = BTreeMap::new();
    for live in input.cluster.iter().flatten() {
        for name in marks(live) {
            found.entry(name).or_default().insert(live.key.to_string());
        }
    }
    let owners = found.into_iter().map(|((kind, key), keys)| GitOpsOwner {
        object: DeliveringObject {
            kind,
            key,
            file: None,
            line: 0,
            paths: Vec::new(),
            is_open: true,
            destination: None,
            chart: None,
            release: None,
            storage: None,
            syncing: Syncing::Unknown,
            source: None,
        },
        reason: OwnershipReason::Cluster(keys.into_iter().collect()),
        is_certain: true,
        has_workloads: true,
        has_operator: false,
    });
    owners.collect()
}

/// The marks of Argo CD and Flux. The tracking id is `APP:GROUP/KIND:NAMESPACE/NAME`, and an application
/// outside the namespace of Argo CD is called `NAMESPACE_APP` in it
/// (`docs/user-guide/resource_tracking.md`, `docs/operator-manual/app-any-namespace.md` of Argo CD).
fn marks(live: &LiveResource) -> Vec<(DeliveringKind, ObjectKey)> {
    let value = |name: &str| live.owner_labels.get(name).filter(|value| !value.is_empty());
    let key = |namespace: Option<&str>, name: &str| ObjectKey {
        namespace: namespace.map(String::from),
        name: name.to_string(),
    };
    let mut found = Vec::new();
    let tracked = value(labels::ARGO_TRACKING).and_then(|id| id.split(':').next());
    if let Some(app) = tracked.or_else(|| value(labels::ARGO_INSTANCE)) {
        let key = match app.split_once('_') {
            Some((namespace, name)) => key(Some(namespace), name),
            None => key(None, app),
        };
        found.push((DeliveringKind::Application, key));
    }
    for (kind, name, namespace) in [
        (DeliveringKind::Kustomization, labels::FLUX_KUSTOMIZATION, labels::FLUX_KUSTOMIZATION_NS),
        (DeliveringKind::HelmRelease, labels::FLUX_HELM, labels::FLUX_HELM_NS),
    ] {
        if let Some(name) = value(name) {
            found.push((kind, key(value(namespace), name)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_covers_what_lies_in_it_and_not_its_namesake_by_prefix() {
        let cases = [
            ("", "a/b.yaml", Some(PathMatch::Certain)),
            ("apps/pay", "apps/pay/x.yaml", Some(PathMatch::Certain)),
            ("apps/pay", "apps/payments/x.yaml", None),
            ("apps/pay", "clusters/eu/apps/pay/x.yaml", Some(PathMatch::Similar)),
            ("teams/*", "teams/pay/x.yaml", Some(PathMatch::Similar)),
            ("*", "x.yaml", Some(PathMatch::Similar)),
            ("other", "x.yaml", None),
        ];
        for (path, place, expected) in cases {
            assert!(match_path(path, &place.into()) == expected, "{path:?} {place:?}");
        }
    }
}
