//! What the cluster has and the tree has not, and the other way round.
//!
//! Deleting the CRD of a resource deletes every resource of its kind, in every namespace. So everything that
//! the tree does not have at v1alpha1 blocks the runbook.

use std::collections::{HashMap, HashSet};

use super::checklist::get_all_deployments;
use super::{
    ChecklistItem, CommandCheck, DEFAULT_FOLDER, ExpectedOutput, INPUT_OPTIONS, Prose,
    RunbookBuilder, RunbookInput, RunbookKind, RunbookStep,
};
use crate::cluster::LiveResource;
use crate::flink::names::{ApiVersion, FlinkKind, state};
use crate::flink::workload::{ExpectedStart, Mode};
use crate::k8s::ObjectKey;
use crate::plan::PlannedWorkload;

/// A resource of the cluster that is not to be deleted, and would be.
pub(crate) struct BlockingResource {
    pub(crate) key: ObjectKey,
    pub(crate) kind: &'static str,
    /// Where in the dump: `path:line:col`.
    pub(crate) place: String,
    /// Why it blocks, and what to do.
    reason: Prose,
}

impl BlockingResource {
    pub(crate) fn message(&self) -> Prose {
        Prose::format("{} {} ({}): ", &[self.kind, &self.key.to_string(), &self.place])
            .then(self.reason.clone())
            .then(".")
    }
}

/// Something in which the cluster and the tree differ.
pub(crate) struct Difference {
    pub(crate) key: ObjectKey,
    pub(crate) message: Prose,
}

/// True if the resource is this workload. One without a namespace may be any of its name.
pub(crate) fn is_same_workload(live: &LiveResource, key: &ObjectKey, kind: FlinkKind) -> bool {
    let has_namespace = key.namespace.is_none() || key.namespace == live.key.namespace;
    live.kind == kind && live.key.name == key.name && has_namespace
}

/// Compares the dumps with the tree; finds nothing where there are none.
pub(crate) fn compare(
    input: &RunbookInput,
    kind: RunbookKind,
) -> (Vec<BlockingResource>, Vec<Difference>) {
    let (mut blocking, mut differences) = (Vec::new(), Vec::new());
    let mut cluster: Vec<&LiveResource> =
        input.cluster.iter().flatten().filter(|live| live.kind.is_workload()).collect();
    cluster.sort_by_key(|live| (live.key.clone(), live.kind));
    cluster.dedup_by(|b, a| b.kind == a.kind && b.key == a.key);
    let tree = || input.workloads.iter().map(|deployed| &deployed.item);
    let live_by_name = by_name(cluster.iter().copied(), |live| &live.key.name);
    let manifests_by_name = by_name(tree(), |manifest| &manifest.key.name);
    for &live in &cluster {
        let namesakes = manifests_by_name.get(live.key.name.as_str()).into_iter().flatten();
        let manifests: Vec<&PlannedWorkload> = namesakes
            .copied()
            .filter(|manifest| is_same_workload(live, &manifest.key, live.kind))
            .collect();
        let is_ambiguous = live_by_name[live.key.name.as_str()].iter().any(|other| {
            let is_same = |it: &&PlannedWorkload| is_same_workload(other, &it.key, other.kind);
            other.key.namespace != live.key.namespace && manifests.iter().any(is_same)
        });
        let Some(reason) = blocking_reason(live, &manifests, is_ambiguous, kind) else {
            let manifest = manifests.first().filter(|_| kind == RunbookKind::Migration);
            let messages = differing(live, manifest.copied()).into_iter();
            let key = || live.key.clone();
            differences.extend(messages.map(|message| Difference { key: key(), message }));
            continue;
        };
        let file = manifests.first().map(|manifest| input.names.display(&manifest.summary.file));
        blocking.push(BlockingResource {
            key: live.key.clone(),
            kind: live.kind.name(),
            place: live.place.to_string(),
            reason: Prose::format(reason, &[&file.unwrap_or_default()]),
        });
    }
    let mut seen = HashSet::new();
    for manifest in tree().filter(|_| input.cluster.is_some()) {
        let mut namesakes = live_by_name.get(manifest.key.name.as_str()).into_iter().flatten();
        let is_live =
            namesakes.any(|live| is_same_workload(live, &manifest.key, manifest.summary.kind));
        if !is_live && seen.insert(&manifest.key) {
            let message =
                "it is in the tree but not on the cluster: nothing is stopped or deleted for it";
            differences.push(Difference { key: manifest.key.clone(), message: message.into() });
        }
    }
    (blocking, differences)
}

fn by_name<'t, T>(
    all: impl Iterator<Item = &'t T>,
    name: impl Fn(&'t T) -> &'t str,
) -> HashMap<&'t str, Vec<&'t T>> {
    let mut map: HashMap<&str, Vec<&T>> = HashMap::new();
    for one in all {
        map.entry(name(one)).or_default().push(one);
    }
    map
}

/// Why a resource blocks the runbook, if it does; `{}` is the file of its manifest.
fn blocking_reason(
    live: &LiveResource,
    manifests: &[&PlannedWorkload],
    is_ambiguous: bool,
    kind: RunbookKind,
) -> Option<&'static str> {
    Some(match kind {
        RunbookKind::Upgrade if live.version == Ok(ApiVersion::Preview) => {
            "the cluster still has it at `v1alpha1`, and the tree has nothing left at that \
             version: this runbook is not for that cluster"
        }
        RunbookKind::Upgrade | RunbookKind::Unknown => return None,
        _ if live.version == Ok(ApiVersion::Stable) => {
            "the cluster has it at `v1beta1`: that cluster is migrated already, and this runbook would \
             delete its jobs"
        }
        RunbookKind::NoWorkloads => {
            "the tree has no workload at all: add its manifest to the tree, or give its folder"
        }
        RunbookKind::Migration if manifests.is_empty() => {
            "the tree has no such workload: add its manifest to the run, or stop it with a \
             savepoint and delete it by hand"
        }
        RunbookKind::Migration if is_ambiguous => {
            "the manifest of its name has no namespace, and the cluster has more than one of that \
             name: say which with `--namespace`"
        }
        RunbookKind::Migration
            if manifests.iter().all(|it| it.summary.version == ApiVersion::Stable) =>
        {
            "the tree has it at `v1beta1` already, in {}: set it back to `v1alpha1`, so that its job \
             is stopped with a savepoint like the others"
        }
        RunbookKind::Migration => return None,
    })
}

/// In what the resource and its manifest differ.
fn differing(live: &LiveResource, manifest: Option<&PlannedWorkload>) -> Vec<Prose> {
    let mut found = Vec::new();
    if live.deleted.is_some() {
        let deleted = Prose::from("it has been deleted, but is not gone");
        found.push(if live.finalizers.is_empty() {
            deleted
        } else {
            deleted.then("; it waits for ").then(Prose::names(&live.finalizers))
        });
    }
    let Some(manifest) = manifest else { return found };
    match (&live.job, manifest.start != ExpectedStart::NoJob) {
        (None, true) => {
            found.push("the cluster runs it without a job, but the tree has one".into());
        }
        (None, false) => {}
        (Some(_), false) => {
            found.push("the cluster runs it with a job, but the tree has none".into());
        }
        (Some(job), true) => {
            let now = job.state.as_deref().unwrap_or(state::RUNNING);
            if now != manifest.summary.state {
                found.push(Prose::format(
                    "its state is {} on the cluster, and {} in the tree",
                    &[now, &manifest.summary.state],
                ));
            }
            let mode = job.upgrade_mode.as_deref().map_or(Mode::Absent, Mode::parse);
            let written = &manifest.summary.written_mode;
            // An absent mode is stateless (`JobSpec.java`, 0.1.0).
            let keeps_nothing = |mode: &Mode| matches!(mode, Mode::Absent | Mode::Stateless);
            if mode != *written && !(keeps_nothing(&mode) && keeps_nothing(written)) {
                found.push(Prose::format(
                    "its mode is {} on the cluster, and {} in the tree",
                    &[&mode.to_string(), &written.to_string()],
                ));
            }
        }
    }
    found
}

impl RunbookBuilder<'_> {
    pub(crate) fn compare_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Compare the cluster with the tree",
            "Deleting the CRD in step 8 deletes every `FlinkDeployment` of every namespace, also \
             those that are not stopped.",
        );
        step.extend(self.blocking_items());
        step.extend(self.fresh_comparison());
        if self.input.cluster.is_some() && self.blocking.is_empty() {
            step.note(
                "When this was made, the cluster had nothing that the tree does not have. Check \
                 again, since workloads may have been added.",
            );
        }
        step.troubleshooting = vec![
            "With status 3 the new runbook lists what only the cluster has. Add its manifest to \
             the tree and start again at step 2, or stop it with a savepoint of its own and \
             delete it.",
        ];
        step
    }

    pub(crate) fn blocking_items(&self) -> impl Iterator<Item = ChecklistItem> {
        self.blocking.iter().map(|blocking| ChecklistItem::Stop(blocking.message()))
    }

    /// A fresh dump, and this runbook made again from it: its status is 3 if the cluster has more than
    /// the tree.
    pub(crate) fn fresh_comparison(&self) -> [ChecklistItem; 2] {
        let dump = self.window_file("before-delete.json");
        let compared = self.window_file("compared.md");
        let mut args = vec!["runbook", "--cluster", &dump, "--output", &compared];
        let input = self.input;
        for (option, value) in [
            ("--release", input.release.as_deref()),
            ("--operator-namespace", input.operator_namespace.as_deref()),
            ("--chart", input.chart.as_deref()),
            ("--window", Some(input.window.as_str()).filter(|window| *window != DEFAULT_FOLDER)),
            ("--map", input.map.as_deref()),
            ("--answers", input.answers.as_ref().map(|answers| answers.file.as_str())),
            ("--savepoints-dir", input.savepoints_dir.as_deref()),
        ] {
            args.extend(value.into_iter().flat_map(|value| [option, value]));
        }
        let claim = "the cluster has no workload that is not in the tree";
        let rerun = self.rerun(&args, &INPUT_OPTIONS);
        [
            get_all_deployments("--output=json").output_to(&dump).into(),
            CommandCheck::new(claim, rerun, ExpectedOutput::Success).into(),
        ]
    }
}
