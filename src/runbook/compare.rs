//! What the cluster has and the tree has not, and the other way round.
//!
//! Deleting the CRD of a resource deletes every resource of its kind, in every namespace. So
//! whatever the tree does not have at v1alpha1 stops the runbook.

use std::collections::{HashMap, HashSet};

use super::{Check, Expect, Item};
use super::{FACTS, Prose, Scene, Situation, Step, Way, command, step};
use crate::cluster::LiveResource;
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::flink::names::{ApiVersion, FlinkKind, state};
use crate::flink::workload::{ExpectedStart, Mode};
use crate::k8s::ObjectKey;
use crate::path::PathNames;
use crate::plan::PlannedWorkload;

/// Something on the cluster that is not to be deleted, and would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// Its key.
    pub key: ObjectKey,
    /// What it is.
    pub kind: &'static str,
    /// Where in the dump: `path:line:col`.
    pub place: String,
    /// Why it counts as extra, and what to do.
    pub why: Prose,
}

/// Something in which the cluster and the tree differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its key.
    pub key: ObjectKey,
    /// In what.
    pub what: Prose,
}

/// What a comparison came to.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) extras: Vec<Extra>,
    pub(crate) differences: Vec<Difference>,
}

/// True if the resource is this workload. One whose namespace nobody gave may be any of its name.
pub(crate) fn is_this(one: &LiveResource, key: &ObjectKey, kind: FlinkKind) -> bool {
    let is_there = key.namespace.is_none() || key.namespace == one.key.namespace;
    one.kind == kind && one.key.name == key.name && is_there
}

/// Compares the dumps with the tree; finds nothing where there are none.
pub(crate) fn compare(situation: &Situation, way: Way) -> Compared {
    let mut compared = Compared::default();
    let Some(observed) = &situation.cluster else { return compared };
    let mut observed: Vec<&LiveResource> =
        observed.iter().filter(|one| one.kind.is_workload()).collect();
    observed.sort_by_key(|one| (one.key.clone(), one.kind));
    observed.dedup_by(|b, a| b.kind == a.kind && b.key == a.key);
    // Only what has one name can be one workload.
    let mut there: HashMap<&str, Vec<&LiveResource>> = HashMap::new();
    for one in &observed {
        there.entry(&one.key.name).or_default().push(one);
    }
    let mut here: HashMap<&str, Vec<&PlannedWorkload>> = HashMap::new();
    for placed in &situation.workloads {
        here.entry(&placed.it.key.name).or_default().push(&placed.it);
    }
    for &one in &observed {
        let namesakes = here.get(one.key.name.as_str()).into_iter().flatten().copied();
        let same: Vec<&PlannedWorkload> =
            namesakes.filter(|it| is_this(one, &it.key, one.kind)).collect();
        let mut others = there.get(one.key.name.as_str()).into_iter().flatten();
        let has_rivals = others.any(|other| {
            let is_other = other.key.namespace != one.key.namespace;
            is_other && same.iter().any(|it| is_this(other, &it.key, other.kind))
        });
        match extra(&situation.names, one, &same, has_rivals, way) {
            Some(why) => compared.extras.push(Extra {
                key: one.key.clone(),
                kind: one.kind.name(),
                place: one.place.to_string(),
                why,
            }),
            None => compared.differences.extend(differences(one, &same, way)),
        }
    }
    let mut told = HashSet::new();
    for it in situation.workloads.iter().map(|placed| &placed.it) {
        let mut namesakes = there.get(it.key.name.as_str()).into_iter().flatten();
        if !namesakes.any(|one| is_this(one, &it.key, it.summary.kind)) && told.insert(&it.key) {
            let what =
                "it is in the tree and not on the cluster: nothing is stopped or deleted for it";
            compared.differences.push(Difference { key: it.key.clone(), what: what.into() });
        }
    }
    compared
}

/// Why a resource stops the runbook, if it does.
fn extra(
    names: &PathNames,
    one: &LiveResource,
    same: &[&PlannedWorkload],
    has_rivals: bool,
    way: Way,
) -> Option<Prose> {
    let is_preview = one.version == Ok(ApiVersion::Preview);
    match way {
        Way::Upgrade if is_preview => Some(
            "the cluster still has it at `v1alpha1`, and the tree has nothing at that version any more: \
             make the runbook from the commit before the conversion"
                .into(),
        ),
        Way::Upgrade => None,
        _ if one.version == Ok(ApiVersion::Stable) => Some(
            "the cluster has it at `v1beta1`: that cluster is migrated already, and this runbook would \
             delete its jobs"
                .into(),
        ),
        Way::NoWorkloads => Some(
            "the tree has no workload at all: add its manifest to the tree, or give the folder it \
             stands in"
                .into(),
        ),
        Way::Migration => match same {
            [] => Some(
                "the tree has no such workload: add its manifest to the run, or stop it with a \
                 savepoint and delete it by hand"
                    .into(),
            ),
            _ if has_rivals => Some(
                "the manifest of its name has no namespace, and the cluster has more than one of that \
                 name: say which with `--namespace`"
                    .into(),
            ),
            [it, ..] if same.iter().all(|it| it.summary.version == ApiVersion::Stable) => Some(Prose::of(
                "the tree has it at `v1beta1` already, in {}: set it back to `v1alpha1`, so that its job \
                 is stopped with a savepoint like the others",
                &[&names.display(&it.summary.file)],
            )),
            _ => None,
        },
    }
}

fn differences(one: &LiveResource, same: &[&PlannedWorkload], way: Way) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut say = |what: Prose| found.push(Difference { key: one.key.clone(), what });
    if one.deleted.is_some() {
        let held = Prose::list(one.finalizers.iter().map(String::as_str));
        let what = Prose::from("somebody has deleted it, and it is not gone");
        say(if one.finalizers.is_empty() { what } else { what.then("; it waits for ").and(held) });
    }
    let Some(it) = same.first().filter(|_| way == Way::Migration) else { return found };
    match &one.job {
        None if has_job(it) => say("the cluster runs it without a job, the tree has one".into()),
        Some(_) if !has_job(it) => {
            say("the cluster runs it with a job, and the tree has none".into());
        }
        Some(job) => {
            let now = job.state.as_deref().unwrap_or(state::RUNNING);
            if now != it.summary.state {
                say(Prose::of(
                    "its state is {} on the cluster, and {} in the tree",
                    &[now, &it.summary.state],
                ));
            }
            let mode = job.upgrade_mode.as_deref().map_or(Mode::Absent, Mode::parse);
            // Who says nothing is stateless (`JobSpec.java`, 0.1.0).
            let keeps_nothing = |mode: &Mode| matches!(mode, Mode::Absent | Mode::Stateless);
            if mode != it.summary.written_mode
                && !(keeps_nothing(&mode) && keeps_nothing(&it.summary.written_mode))
            {
                say(Prose::of(
                    "its mode is {} on the cluster, and {} in the tree",
                    &[&mode.to_string(), &it.summary.written_mode.to_string()],
                ));
            }
        }
        None => {}
    }
    found
}

/// True if it has a job at all.
fn has_job(it: &PlannedWorkload) -> bool {
    it.start != ExpectedStart::NoJob
}

impl Scene<'_> {
    pub(crate) fn compare(&self) -> Step {
        let mut items: Vec<Item> = self.extras.iter().map(stop).collect();
        items.extend(self.look_again());
        let mut step = step(
            "Compare the cluster with the tree",
            "Deleting the CRD in step 8 deletes every `FlinkDeployment` of every namespace, also \
             those that nobody has stopped.",
            items,
        );
        if self.situation.cluster.is_some() && self.extras.is_empty() {
            step.notes.push(
                "Compared when this was made: the cluster had nothing that the tree has \
                not. Look again, since then somebody may have added something."
                    .into(),
            );
        }
        step.wrong.push(
            "With status 3 the new runbook lists what only the cluster has. Add its manifest to the tree \
             and begin again with step 2, or stop it with a savepoint of its own and delete it."
                .into(),
        );
        step
    }

    /// A fresh dump, and this runbook made again from it: its status is 3 if the cluster has more than
    /// the tree.
    pub(crate) fn look_again(&self) -> [Item; 2] {
        let dump = self.file("before-delete.json");
        let compared = self.file("compared.md");
        let mut words = vec!["runbook", "--cluster", &dump, "--output", &compared];
        let situation = self.situation;
        let answers = situation.answers.as_ref().map(|answers| answers.file.clone());
        let window = Some(situation.window.clone()).filter(|window| window != super::FOLDER);
        for (option, value) in [
            ("--release", &situation.release),
            ("--operator-namespace", &situation.operator_namespace),
            ("--chart", &situation.chart),
            ("--window", &window),
            ("--map", &situation.map),
            ("--answers", &answers),
            ("--savepoints-dir", &situation.savepoints_dir),
        ] {
            words.extend(value.iter().flat_map(|value| [option, value]));
        }
        let again = self.again(&words, &FACTS);
        [
            Item::Run(
                command::kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=json"])
                    .into(&dump),
            ),
            Item::See(Check::new(
                "the cluster has no workload that the tree has not",
                again,
                Expect::Success,
            )),
        ]
    }
}

/// What stops the runbook, as an item.
pub(crate) fn stop(extra: &Extra) -> Item {
    let place = Prose::of("{} {} ({}): ", &[extra.kind, &extra.key.to_string(), &extra.place]);
    Item::Stop(place.and(extra.why.clone()).then("."))
}
