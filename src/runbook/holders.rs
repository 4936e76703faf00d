//! Which objects of Argo CD and Flux hold the workloads, and the operator.
//!
//! Whoever is left running creates again what is deleted, and operator 0.1.0 starts that empty. So what
//! cannot be told counts as holding, and is called probable; and what holds a holder holds too, because
//! it would put back what pausing changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Placed, Prose, Situation};
use crate::cluster::LiveResource;
use crate::flink::chart::CHART;
use crate::gitops::{DeliveringKind, DeliveringObject, Syncing};
use crate::k8s::{ObjectKey, labels};
use crate::path::RepoPath;

/// An object that holds workloads or the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The object.
    pub keeper: DeliveringObject,
    /// What it holds, for people.
    pub reason: Reason,
    /// True if that is certain.
    pub is_certain: bool,
    /// True if it holds workloads, itself or through another.
    pub has_workloads: bool,
    /// True if it holds the operator, itself or through another.
    pub has_operator: bool,
}

/// Why it counts as holding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
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

impl Reason {
    /// The reason as a sentence without a capital.
    pub fn prose(&self) -> Prose {
        let of = |before: &str, names: &[String]| {
            let shown = names.iter().take(MOST).map(String::as_str);
            let more = names.len().saturating_sub(MOST);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Prose::from(before).and(Prose::list(shown)).then(&more)
        };
        match self {
            Reason::Operator => "it installs the operator".into(),
            Reason::Folder(keys) => of("its folder holds ", keys),
            Reason::SimilarFolder(keys) => of("a folder of that name holds ", keys),
            Reason::Namespace(keys) => of("it deploys into the namespace of ", keys),
            Reason::Unknown => "what it deploys cannot be told from here".into(),
            Reason::Parent(names) => of("it applies ", names),
            Reason::Cluster(keys) => of("the cluster says so of ", keys),
        }
    }
}

/// How many names are shown of a list of them.
const MOST: usize = 6;

/// How many levels of objects that apply objects are followed.
const MOST_LEVELS: usize = 8;

/// A holder on the way to be one.
struct Found {
    /// How many levels stand between it and what it holds.
    depth: usize,
    /// The number of its object; nothing for one that only a cluster spoke of.
    index: Option<usize>,
    holder: Holder,
}

/// What holds the workloads and the operator, those to be paused first standing first: parents before
/// what they would put back.
pub(crate) fn of(situation: &Situation) -> Vec<Holder> {
    let delivering_objects = situation.delivering_objects.iter().enumerate();
    let mut found: Vec<Found> = delivering_objects
        .filter_map(|(index, keeper)| {
            let holder = holder(keeper, situation)?;
            Some(Found { depth: 0, index: Some(index), holder })
        })
        .collect();
    parents(situation, &mut found);
    for holder in spoken_of(situation) {
        match found.iter_mut().find(|known| is_same(&known.holder.keeper, &holder.keeper)) {
            Some(known) => {
                known.holder.is_certain = true;
                known.holder.has_workloads = true;
            }
            None => found.push(Found { depth: 0, index: None, holder }),
        }
    }
    found.sort_by(|a, b| {
        let order = |found: &Found| {
            let keeper = &found.holder.keeper;
            (keeper.kind, keeper.key.clone(), keeper.file.clone())
        };
        b.depth.cmp(&a.depth).then_with(|| order(a).cmp(&order(b)))
    });
    found.into_iter().map(|found| found.holder).collect()
}

fn is_same(a: &DeliveringObject, b: &DeliveringObject) -> bool {
    a.kind == b.kind && a.key.may_be(&b.key)
}

fn holder(placed: &Placed<DeliveringObject>, situation: &Situation) -> Option<Holder> {
    let keeper = &placed.it;
    // A folder of that name is the chart itself for Argo CD; for Flux it is one of objects, which say
    // for themselves what they install.
    let is_chart = |path: &String| path.rsplit('/').next() == Some(CHART);
    let is_operator = keeper.chart.as_deref() == Some(CHART)
        || (keeper.kind != DeliveringKind::Kustomization && keeper.paths.iter().any(is_chart));
    let holds = |reason: Reason, is_certain: bool, has_workloads: bool| Holder {
        keeper: keeper.clone(),
        reason,
        is_certain,
        has_workloads,
        has_operator: is_operator,
    };
    if is_operator {
        return Some(holds(Reason::Operator, true, false));
    }
    let (mut in_folder, mut similar, mut in_namespace) = (vec![], vec![], vec![]);
    for workload in &situation.workloads {
        let key = workload.it.key.to_string();
        let files = &workload.places;
        let paths = keeper.paths.iter();
        let covers = paths.flat_map(|path| files.iter().filter_map(|file| covers(path, file)));
        match covers.max() {
            Some(Cover::Certain) => in_folder.push(key),
            Some(Cover::Similar) => similar.push(key),
            None if shares_namespace(keeper, &workload.it.key) => in_namespace.push(key),
            None => {}
        }
    }
    if !in_folder.is_empty() {
        return Some(holds(Reason::Folder(in_folder), true, true));
    }
    if !similar.is_empty() {
        return Some(holds(Reason::SimilarFolder(similar), false, true));
    }
    if !in_namespace.is_empty() {
        return Some(holds(Reason::Namespace(in_namespace), false, true));
    }
    // A chart that goes into another namespace is somebody else's.
    let is_open = keeper.is_open && keeper.destination.is_none() && keeper.chart.is_none();
    let is_open = is_open && !situation.workloads.is_empty();
    is_open.then(|| holds(Reason::Unknown, false, true))
}

/// True if what it deploys may go where the workload is.
fn shares_namespace(keeper: &DeliveringObject, key: &ObjectKey) -> bool {
    let Some(destination) = keeper.destination.as_deref() else { return false };
    key.namespace.as_deref().is_none_or(|namespace| namespace == destination)
}

/// How well a folder fits a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cover {
    /// A folder of the same name lies somewhere on the way.
    Similar,
    /// The place lies in it.
    Certain,
}

fn covers(applied: &str, place: &RepoPath) -> Option<Cover> {
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
        return Some(if is_whole { Cover::Certain } else { Cover::Similar });
    }
    let inner = place.match_indices('/').any(|(at, _)| below(&place[at + 1..]));
    inner.then_some(Cover::Similar)
}

/// Adds whatever applies the file of a holder, and so on upwards.
fn parents(situation: &Situation, found: &mut Vec<Found>) {
    for depth in 0..MOST_LEVELS {
        let at_depth = found.iter().filter(|one| one.depth == depth);
        let children: Vec<(usize, Holder)> =
            at_depth.filter_map(|one| Some((one.index?, one.holder.clone()))).collect();
        for (index, placed) in situation.delivering_objects.iter().enumerate() {
            let is_over = |child: usize| {
                let places = &situation.delivering_objects[child].places;
                let paths = placed.it.paths.iter();
                let mut pairs = paths.flat_map(|path| places.iter().map(move |at| (path, at)));
                pairs.any(|(path, at)| covers(path, at) == Some(Cover::Certain))
            };
            let applied: Vec<&Holder> = children
                .iter()
                .filter(|(child, _)| *child != index && is_over(*child))
                .map(|(_, holder)| holder)
                .collect();
            if applied.is_empty() {
                continue;
            }
            let has_workloads = applied.iter().any(|child| child.has_workloads);
            let has_operator = applied.iter().any(|child| child.has_operator);
            if let Some(known) = found.iter_mut().find(|known| known.index == Some(index)) {
                known.depth = known.depth.max(depth + 1);
                known.holder.is_certain = true;
                known.holder.has_workloads |= has_workloads;
                known.holder.has_operator |= has_operator;
                continue;
            }
            let names = applied.iter().map(|child| called(&child.keeper)).collect();
            let holder = Holder {
                keeper: placed.it.clone(),
                reason: Reason::Parent(names),
                is_certain: true,
                has_workloads,
                has_operator,
            };
            found.push(Found { depth: depth + 1, index: Some(index), holder });
        }
    }
}

fn called(keeper: &DeliveringObject) -> String {
    format!("{} {}", keeper.kind.name(), keeper.key.name)
}

/// What the resources of a dump say of who manages them.
fn spoken_of(situation: &Situation) -> Vec<Holder> {
    let mut found: BTreeMap<(DeliveringKind, ObjectKey), BTreeSet<String>> = BTreeMap::new();
    for one in situation.cluster.iter().flatten() {
        for name in marks(one) {
            found.entry(name).or_default().insert(one.key.to_string());
        }
    }
    let holders = found.into_iter().map(|((kind, key), keys)| Holder {
        keeper: DeliveringObject {
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
        reason: Reason::Cluster(keys.into_iter().collect()),
        is_certain: true,
        has_workloads: true,
        has_operator: false,
    });
    holders.collect()
}

/// The marks of Argo CD and Flux. The tracking id is `APP:GROUP/KIND:NAMESPACE/NAME`, and an application
/// outside the namespace of Argo CD is called `NAMESPACE_APP` in it
/// (`docs/user-guide/resource_tracking.md`, `docs/operator-manual/app-any-namespace.md` of Argo CD).
fn marks(one: &LiveResource) -> Vec<(DeliveringKind, ObjectKey)> {
    let value = |name: &str| one.owner_labels.get(name).filter(|value| !value.is_empty());
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
            ("", "a/b.yaml", Some(Cover::Certain)),
            ("apps/pay", "apps/pay/x.yaml", Some(Cover::Certain)),
            ("apps/pay", "apps/payments/x.yaml", None),
            ("apps/pay", "clusters/eu/apps/pay/x.yaml", Some(Cover::Similar)),
            ("teams/*", "teams/pay/x.yaml", Some(Cover::Similar)),
            ("*", "x.yaml", Some(Cover::Similar)),
            ("other", "x.yaml", None),
        ];
        for (path, place, expected) in cases {
            assert!(covers(path, &place.into()) == expected, "{path:?} {place:?}");
        }
    }
}
