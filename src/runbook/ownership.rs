//! Which objects of Argo CD and Flux apply the workloads, and the operator.
//!
//! Whatever goes on syncing creates again what is deleted, and operator 0.1.0 starts that empty. So what
//! cannot be told counts as an owner, and is called probable; and what applies an owner is one too,
//! because it would put back what pausing changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Deployed, Prose, RunbookInput};
use crate::cluster::LiveResource;
use crate::flink::chart::CHART;
use crate::gitops::{DeliveringKind, DeliveringObject};
use crate::k8s::{ObjectKey, labels};
use crate::path::RepoPath;

/// How many names a list shows.
const MAX_NAMES: usize = 6;

/// How many levels of objects that apply objects are followed.
const MAX_LEVELS: usize = 8;

const INSTALLS_OPERATOR: &str = "it installs the operator";

type Reason = (&'static str, Vec<String>);

/// An object that applies workloads or the operator, itself or through another.
#[derive(Clone)]
pub(crate) struct GitOpsOwner {
    pub(crate) object: DeliveringObject,
    /// Why it counts as an owner: the beginning of a sentence, and the names at its end.
    reason: Reason,
    pub(crate) is_certain: bool,
    pub(crate) has_workloads: bool,
    pub(crate) has_operator: bool,
    /// How many levels are between it and what it owns.
    depth: usize,
    /// Its index in [`RunbookInput::delivering_objects`]; nothing for one that only a cluster names.
    index: Option<usize>,
}

impl GitOpsOwner {
    fn new(object: DeliveringObject, reason: Reason, is_certain: bool) -> GitOpsOwner {
        let has_operator = reason.0 == INSTALLS_OPERATOR;
        let (has_workloads, depth, index) = (!has_operator, 0, None);
        GitOpsOwner { object, reason, is_certain, has_workloads, has_operator, depth, index }
    }

    pub(crate) fn installs_operator(&self) -> bool {
        self.reason.0 == INSTALLS_OPERATOR
    }

    /// It applies the object that installs the operator.
    pub(crate) fn is_operator_parent(&self) -> bool {
        self.has_operator && !self.installs_operator()
    }

    /// The reason, as a sentence without a capital.
    pub(crate) fn message(&self) -> Prose {
        let (message, names) = &self.reason;
        let message = Prose::from(*message).then(Prose::names(names.iter().take(MAX_NAMES)));
        match names.len().saturating_sub(MAX_NAMES) {
            0 => message,
            more => message.then(format!(" and {more} more").as_str()),
        }
    }
}

/// The owners of the workloads and the operator, parents before what they would put back.
pub(crate) fn find_owners(input: &RunbookInput) -> Vec<GitOpsOwner> {
    let mut owners: Vec<GitOpsOwner> = Vec::new();
    for (index, deployed) in input.delivering_objects.iter().enumerate() {
        if let Some((reason, is_certain)) = direct_ownership(&deployed.item, input) {
            let owner = GitOpsOwner::new(deployed.item.clone(), reason, is_certain);
            owners.push(GitOpsOwner { index: Some(index), ..owner });
        }
    }
    add_parents(input, &mut owners);
    for owner in owners_in_cluster(input) {
        let (kind, key) = (owner.object.kind, &owner.object.key);
        let mut known = owners.iter_mut();
        match known.find(|known| known.object.kind == kind && known.object.key.may_be(key)) {
            Some(known) => {
                known.is_certain = true;
                known.has_workloads = true;
            }
            None => owners.push(owner),
        }
    }
    owners.sort_by(|a, b| {
        let order = |owner: &GitOpsOwner| {
            let object = &owner.object;
            (object.kind, object.key.clone(), object.file.clone())
        };
        b.depth.cmp(&a.depth).then_with(|| order(a).cmp(&order(b)))
    });
    owners
}

/// Why the object is an owner, whatever it applies through others, and whether that is certain.
fn direct_ownership(object: &DeliveringObject, input: &RunbookInput) -> Option<(Reason, bool)> {
    // A folder of that name is the chart itself for Argo CD; for Flux it is one of objects, which say
    // for themselves what they install.
    let is_chart = |path: &String| path.rsplit('/').next() == Some(CHART);
    let is_kustomization = object.kind == DeliveringKind::Kustomization;
    if object.chart.as_deref() == Some(CHART)
        || (!is_kustomization && object.paths.iter().any(is_chart))
    {
        return Some(((INSTALLS_OPERATOR, Vec::new()), true));
    }
    let (mut in_folder, mut similar, mut in_namespace) = (vec![], vec![], vec![]);
    for Deployed { item, places } in &input.workloads {
        // What it deploys may go where the workload is.
        let shares_namespace = object.destination.as_ref().is_some_and(|destination| {
            item.key.namespace.as_ref().is_none_or(|namespace| namespace == destination)
        });
        let paths = object.paths.iter();
        let matches =
            paths.flat_map(|path| places.iter().filter_map(|file| match_path(path, file)));
        match matches.max() {
            Some(PathMatch::Certain) => in_folder.push(item.key.to_string()),
            Some(PathMatch::Similar) => similar.push(item.key.to_string()),
            None if shares_namespace => in_namespace.push(item.key.to_string()),
            None => {}
        }
    }
    let by_place = [
        ("its folder contains ", in_folder, true),
        ("a folder of that name contains ", similar, false),
        ("it deploys into the namespace of ", in_namespace, false),
    ];
    if let Some((message, keys, is_certain)) =
        by_place.into_iter().find(|(_, keys, _)| !keys.is_empty())
    {
        return Some(((message, keys), is_certain));
    }
    // A chart that goes into another namespace is somebody else's.
    let is_open = object.is_open && object.destination.is_none() && object.chart.is_none();
    (is_open && !input.workloads.is_empty())
        .then_some((("what it deploys is unknown", Vec::new()), false))
}

/// How well a folder fits a path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PathMatch {
    /// A folder of the same name is somewhere on the path.
    Similar,
    /// The folder contains the path.
    Certain,
}

fn match_path(applied: &str, path: &RepoPath) -> Option<PathMatch> {
    let path = path.as_str().trim_start_matches('/');
    let is_glob = |part: &str| part.contains(['*', '?', '[', '{', '$']);
    let literal: Vec<&str> = applied.split('/').take_while(|part| !is_glob(part)).collect();
    let literal = literal.join("/");
    let contains = |tail: &str| {
        let rest = tail.strip_prefix(&literal);
        literal.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if contains(path) && literal.len() == applied.len() {
        return Some(PathMatch::Certain);
    }
    let mut tails = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
    (contains(path) || tails.any(contains)).then_some(PathMatch::Similar)
}

/// Adds what applies the file of an owner, and so on upwards.
fn add_parents(input: &RunbookInput, owners: &mut Vec<GitOpsOwner>) {
    for depth in 0..MAX_LEVELS {
        let children: Vec<GitOpsOwner> =
            owners.iter().filter(|owner| owner.depth == depth).cloned().collect();
        for (index, Deployed { item: object, .. }) in input.delivering_objects.iter().enumerate() {
            let is_applied = |child: usize| {
                let files = &input.delivering_objects[child].places;
                let is_match = |path| {
                    files.iter().any(|file| match_path(path, file) == Some(PathMatch::Certain))
                };
                child != index && object.paths.iter().any(|path| is_match(path))
            };
            let below: Vec<&GitOpsOwner> =
                children.iter().filter(|child| child.index.is_some_and(is_applied)).collect();
            if below.is_empty() {
                continue;
            }
            let known = owners.iter().position(|known| known.index == Some(index));
            let position = known.unwrap_or_else(|| {
                let names = below
                    .iter()
                    .map(|child| format!("{} {}", child.object.kind.name(), child.object.key.name));
                let reason = ("it applies ", names.collect());
                let owner = GitOpsOwner::new(object.clone(), reason, true);
                owners.push(GitOpsOwner { index: Some(index), has_workloads: false, ..owner });
                owners.len() - 1
            });
            let owner = &mut owners[position];
            owner.depth = owner.depth.max(depth + 1);
            owner.is_certain = true;
            owner.has_workloads |= below.iter().any(|child| child.has_workloads);
            owner.has_operator |= below.iter().any(|child| child.has_operator);
        }
    }
}

/// What the resources of a dump say about who manages them.
fn owners_in_cluster(input: &RunbookInput) -> impl Iterator<Item = GitOpsOwner> {
    let mut found: BTreeMap<(DeliveringKind, ObjectKey), BTreeSet<String>> = BTreeMap::new();
    for live in input.cluster.iter().flatten() {
        for owner in labelled_owners(live) {
            found.entry(owner).or_default().insert(live.key.to_string());
        }
    }
    found.into_iter().map(|((kind, key), workloads)| {
        let object = DeliveringObject::unseen(kind, key);
        let reason = ("the cluster shows it for ", workloads.into_iter().collect());
        GitOpsOwner::new(object, reason, true)
    })
}

/// What the labels of Argo CD and Flux say. The tracking id is `APP:GROUP/KIND:NAMESPACE/NAME`, and an
/// application outside the namespace of Argo CD is called `NAMESPACE_APP` in it
/// (`docs/user-guide/resource_tracking.md`, `docs/operator-manual/app-any-namespace.md` of Argo CD).
fn labelled_owners(live: &LiveResource) -> Vec<(DeliveringKind, ObjectKey)> {
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
    fn a_folder_contains_its_files_and_not_those_of_a_longer_name() {
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
