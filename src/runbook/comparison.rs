//! What the cluster has and the tree has not, and the other way round.
//!
//! Deleting the CRD of a resource deletes every resource of its kind, in every namespace. So
//! whatever the tree does not have at v1alpha1 stops the runbook.

use std::collections::{HashMap, HashSet};

use super::{ChecklistItem, CommandCheck, ExpectedOutput};
use super::{
    INPUT_OPTIONS, Prose, RunbookBuilder, RunbookInput, RunbookKind, RunbookStep, command, step,
};
use crate::cluster::LiveResource;
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::flink::names::{ApiVersion, FlinkKind, state};
use crate::flink::workload::{ExpectedStart, Mode};
use crate::k8s::ObjectKey;
use crate::path::PathNames;
use crate::plan::PlannedWorkload;

/// Something on the cluster that is not to be deleted, and would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockingResource {
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
pub(crate) struct ClusterComparison {
    pub(crate) blocking: Vec<BlockingResource>,
    pub(crate) differences: Vec<Difference>,
}

/// True if the resource is this workload. One whose namespace nobody gave may be any of its name.
pub(crate) fn is_same_workload(live: &LiveResource, key: &ObjectKey, kind: FlinkKind) -> bool {
    let is_there = key.namespace.is_none() || key.namespace == live.key.namespace;
    live.kind == kind && live.key.name == key.name && is_there
}

/// Compares the dumps with the tree; finds nothing where there are none.
pub(crate) fn compare(input: &RunbookInput, kind: RunbookKind) -> ClusterComparison {
    let mut compared = ClusterComparison::default();
    let Some(observed) = &input.cluster else { return compared };
    let mut observed: Vec<&LiveResource> =
        observed.iter().filter(|live| live.kind.is_workload()).collect();
    observed.sort_by_key(|live| (live.key.clone(), live.kind));
    observed.dedup_by(|b, a| b.kind == a.kind && b.key == a.key);
    // Only what has one name can be one workload.
    let mut there: HashMap<&str, Vec<&LiveResource>> = HashMap::new();
    for live in &observed {
        there.entry(&live.key.name).or_default().push(live);
    }
    let mut here: HashMap<&str, Vec<&PlannedWorkload>> = HashMap::new();
    for placed in &input.workloads {
        here.entry(&placed.item.key.name).or_default().push(&placed.item);
    }
    for &live in &observed {
        let namesakes = here.get(live.key.name.as_str()).into_iter().flatten().copied();
        let same: Vec<&PlannedWorkload> =
            namesakes.filter(|it| is_same_workload(live, &it.key, live.kind)).collect();
        let mut others = there.get(live.key.name.as_str()).into_iter().flatten();
        let has_rivals = others.any(|other| {
            let is_other = other.key.namespace != live.key.namespace;
            is_other && same.iter().any(|it| is_same_workload(other, &it.key, other.kind))
        });
        match blocking_resource(&input.names, live, &same, has_rivals, kind) {
            Some(why) => compared.blocking.push(BlockingResource {
                key: live.key.clone(),
                kind: live.kind.name(),
                place: live.place.to_string(),
                why,
            }),
            None => compared.differences.extend(differences(live, &same, kind)),
        }
    }
    let mut told = HashSet::new();
    for it in input.workloads.iter().map(|placed| &placed.item) {
        let mut namesakes = there.get(it.key.name.as_str()).into_iter().flatten();
        if !namesakes.any(|live| is_same_workload(live, &it.key, it.summary.kind))
            && told.insert(&it.key)
        {
            let what =
                "it is in the tree and not on the cluster: nothing is stopped or deleted for it";
            compared.differences.push(Difference { key: it.key.clone(), what: what.into() });
        }
    }
    compared
}

/// Why a resource stops the runbook, if it does.
fn blocking_resource(
    names: &PathNames,
    live: &LiveResource,
    same: &[&PlannedWorkload],
    has_rivals: bool,
    kind: RunbookKind,
) -> Option<Prose> {
    let is_preview = live.version == Ok(ApiVersion::Preview);
    match kind {
        RunbookKind::Upgrade if is_preview => Some(
            "the cluster still has it at `v1alpha1`, and the tree has nothing at that version any more: \
             make the runbook from the commit before the conversion"
                .into(),
        ),
        RunbookKind::Upgrade => None,
        _ if live.version == Ok(ApiVersion::Stable) => Some(
            "the cluster has it at `v1beta1`: that cluster is migrated already, and this runbook would \
             delete its jobs"
                .into(),
        ),
        RunbookKind::NoWorkloads => Some(
            "the tree has no workload at all: add its manifest to the tree, or give the folder it \
             stands in"
                .into(),
        ),
        RunbookKind::Migration => match same {
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

fn differences(
    live: &LiveResource,
    same: &[&PlannedWorkload],
    kind: RunbookKind,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut say = |what: Prose| found.push(Difference { key: live.key.clone(), what });
    if live.deleted.is_some() {
        let held = Prose::list(live.finalizers.iter().map(String::as_str));
        let what = Prose::from("somebody has deleted it, and it is not gone");
        say(if live.finalizers.is_empty() { what } else { what.then("; it waits for ").and(held) });
    }
    let Some(it) = same.first().filter(|_| kind == RunbookKind::Migration) else { return found };
    match &live.job {
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

impl RunbookBuilder<'_> {
    pub(crate) fn compare_step(&self) -> RunbookStep {
        let mut items: Vec<ChecklistItem> = self.blocking.iter().map(stop_item).collect();
        items.extend(self.fresh_comparison());
        let mut step = step(
            "Compare the cluster with the tree",
            "Deleting the CRD in step 8 deletes every `FlinkDeployment` of every namespace, also \
             those that nobody has stopped.",
            items,
        );
        if self.input.cluster.is_some() && self.blocking.is_empty() {
            step.notes.push(
                "Compared when this was made: the cluster had nothing that the tree has \
                not. Look again, since then somebody may have added something."
                    .into(),
            );
        }
        step.troubleshooting.push(
            "With status 3 the new runbook lists what only the cluster has. Add its manifest to the tree \
             and begin again with step 2, or stop it with a savepoint of its own and delete it."
                .into(),
        );
        step
    }

    /// A fresh dump, and this runbook made again from it: its status is 3 if the cluster has more than
    /// the tree.
    pub(crate) fn fresh_comparison(&self) -> [ChecklistItem; 2] {
        let dump = self.window_file("before-delete.json");
        let compared = self.window_file("compared.md");
        let mut words = vec!["runbook", "--cluster", &dump, "--output", &compared];
        let input = self.input;
        let answers = input.answers.as_ref().map(|answers| answers.file.clone());
        let window = Some(input.window.clone()).filter(|window| window != super::DEFAULT_FOLDER);
        for (option, value) in [
            ("--release", &input.release),
            ("--operator-namespace", &input.operator_namespace),
            ("--chart", &input.chart),
            ("--window", &window),
            ("--map", &input.map),
            ("--answers", &answers),
            ("--savepoints-dir", &input.savepoints_dir),
        ] {
            words.extend(value.iter().flat_map(|value| [option, value]));
        }
        let again = self.rerun(&words, &INPUT_OPTIONS);
        [
            ChecklistItem::Run(
                command::kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=json"])
                    .output_to(&dump),
            ),
            ChecklistItem::Check(CommandCheck::new(
                "the cluster has no workload that the tree has not",
                again,
                ExpectedOutput::Success,
            )),
        ]
    }
}

/// What stops the runbook, as an item.
pub(crate) fn stop_item(blocking_resource: &BlockingResource) -> ChecklistItem {
    let place = Prose::of(
        "{} {} ({}): ",
        &[blocking_resource.kind, &blocking_resource.key.to_string(), &blocking_resource.place],
    );
    ChecklistItem::Stop(place.and(blocking_resource.why.clone()).then("."))
}
