//! The cluster's side of a migration, as steps for exactly the workloads that were found.
//!
//! The order of the steps is what keeps state: a resource is deleted only when its job is stopped, its
//! savepoint stands in the map, every manifest has an answer, and nothing would create it again.
//! `docs/operations/upgrade.md` of the operator has the core of it; what goes beyond is about GitOps.

mod command;
mod comparison;
mod context;
mod convert;
mod delete;
mod helm_releases;
mod operator;
mod operator_gitops;
mod ownership;
mod pause;
mod prose;
mod recovery;
mod replacement;
mod resume;
mod suspend;
mod upgrade;
mod warnings;

pub use command::{CommandCheck, ExpectedOutput, ShellCommand};
pub use comparison::{BlockingResource, Difference};
pub use ownership::{GitOpsOwner, OwnershipReason};
pub use prose::{Prose, ProsePart};

use std::collections::BTreeMap;

use context::{INPUT_OPTIONS, RunbookBuilder, RunbookWorkload, is_mode_absent, step, workloads};

use crate::cluster::LiveResource;
use crate::flink::releases::Release;
use crate::gitops::DeliveringObject;
use crate::k8s::ObjectKey;
use crate::path::{PathNames, RepoPath};
use crate::plan::PlannedWorkload;

/// The folder that takes backups, dumps and the map, unless another one was named.
pub const DEFAULT_FOLDER: &str = "flink-migration";

/// Everything that a runbook is made of.
#[derive(Clone, Debug, Default)]
pub struct RunbookInput {
    /// The workloads of the tree, in the order of their files.
    pub workloads: Vec<Deployed<PlannedWorkload>>,
    /// What keeps the cluster as Git says.
    pub delivering_objects: Vec<Deployed<DeliveringObject>>,
    /// Files that name the API group and could not be read, with the reason: nothing is known of the
    /// workloads in them.
    pub unread: Vec<String>,
    /// Workloads of which it cannot be told what they are called on the cluster, and why.
    pub unnamed: Vec<(ObjectKey, String)>,
    /// The releases that are to be installed, one for each cluster that the files belong to.
    pub targets: Vec<Option<Release>>,
    /// Keys of the chart's values that have another name since 0.1.0: place, before, after.
    pub renamed: Vec<(String, String, String)>,
    /// What the cluster said, if it was asked.
    pub cluster: Option<Vec<LiveResource>>,
    /// The name of the operator's release of Helm, if that was said.
    pub release: Option<String>,
    /// The namespace of the operator, if that was said.
    pub operator_namespace: Option<String>,
    /// What the values call the operator's `Deployment`, if they do.
    pub operator_called: Option<String>,
    /// The chart to install, if that was said.
    pub chart: Option<String>,
    /// The options that a further run of this program needs to see the same, without dashes, each with
    /// its value if it has one.
    pub options: Vec<(&'static str, Option<String>)>,
    /// What people call the files.
    pub names: PathNames,
    /// The paths of the run, as they were typed.
    pub paths: Vec<String>,
    /// The folder that takes what is kept.
    pub window: String,
    /// The savepoint map that step 3 writes, if it does not go into that folder.
    pub map: Option<String>,
    /// Where jobs that name no directory put the savepoint they are stopped with.
    pub savepoints_dir: Option<String>,
    /// Answers that people gave by hand, if they did.
    pub answers: Option<Answers>,
}

/// From where jobs start that are not stopped with a savepoint, as people said it.
#[derive(Clone, Debug)]
pub struct Answers {
    /// The file, as it was typed.
    pub file: String,
    /// Keys and locations.
    pub locations: BTreeMap<ObjectKey, String>,
}

/// Something that stands in a file.
#[derive(Clone, Debug)]
pub struct Deployed<T> {
    /// What.
    pub item: T,
    /// Where that is deployed from: its file, and the kustomization that builds it.
    pub places: Vec<RepoPath>,
}

/// What is to be done on the cluster.
#[derive(Clone, Debug)]
pub struct Runbook {
    /// Which way it goes.
    pub kind: RunbookKind,
    /// The workloads, as a table shows them.
    pub rows: Vec<RunbookRow>,
    /// What holds them, those to be paused first standing first.
    pub owners: Vec<GitOpsOwner>,
    /// What has to be known, or decided, before anybody begins.
    pub warnings: Vec<Prose>,
    /// What the cluster has and the tree has not: its deletion was never meant.
    pub blocking: Vec<BlockingResource>,
    /// What else differs between the cluster and the tree.
    pub differences: Vec<Difference>,
    /// True if a cluster was compared.
    pub is_compared: bool,
    /// What people call the files.
    pub names: PathNames,
    /// The folder that takes what is kept.
    pub window: String,
    /// The steps, in order.
    pub steps: Vec<RunbookStep>,
    /// What to do when it does not go well: when, what, and the commands.
    pub recovery: Vec<RecoveryProcedure>,
}

/// Which of the guide's ways is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunbookKind {
    /// From v1alpha1 to v1beta1, with workloads.
    Migration,
    /// The same without any.
    NoWorkloads,
    /// Everything is at v1beta1: the operator is upgraded as usual.
    Upgrade,
}

/// A workload, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunbookRow {
    /// Its key.
    pub key: ObjectKey,
    /// What it is.
    pub what: Prose,
    /// Its file.
    pub file: RepoPath,
    /// Line of its manifest, from 1.
    pub line: usize,
    /// What becomes of it.
    pub effect: Prose,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunbookStep {
    /// Its number, from 1.
    pub number: usize,
    /// What it is called.
    pub title: &'static str,
    /// Why it is needed.
    pub why: Prose,
    /// What is particular here.
    pub notes: Vec<Prose>,
    /// What is to be done and seen, in order.
    pub items: Vec<ChecklistItem>,
    /// The same by other means.
    pub alternatives: Vec<Alternative>,
    /// What to do if it does not go so.
    pub troubleshooting: Vec<Prose>,
}

/// Something to do or to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChecklistItem {
    /// Only a person can do it, or decide it.
    Manual(Prose),
    /// Nobody goes on from here: what has to be settled first, and then another runbook.
    Stop(Prose),
    /// To be run.
    Run(ShellCommand),
    /// To be so.
    Check(CommandCheck),
}

/// Commands that take the place of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// When.
    pub when: Prose,
    /// The commands.
    pub commands: Vec<ShellCommand>,
}

/// Something that went wrong, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryProcedure {
    /// When this is the way.
    pub when: Prose,
    /// What to do, in order.
    pub what: Vec<Prose>,
    /// The commands for it.
    pub commands: Vec<ShellCommand>,
}

/// The runbook of a situation.
pub fn runbook(input: &RunbookInput) -> Runbook {
    let workloads = workloads(input);
    let kind = match &workloads[..] {
        [] => RunbookKind::NoWorkloads,
        all if all.iter().any(RunbookWorkload::is_preview) => RunbookKind::Migration,
        _ => RunbookKind::Upgrade,
    };
    let owners = ownership::find_owners(input);
    let compared = comparison::compare(input, kind);
    let builder = RunbookBuilder { input, workloads, owners, blocking: compared.blocking };
    let steps = match kind {
        RunbookKind::Migration => builder.migration_steps(),
        RunbookKind::NoWorkloads => builder.short_steps(),
        RunbookKind::Upgrade => builder.upgrade_steps(),
    };
    Runbook {
        kind,
        rows: warnings::rows(&builder),
        warnings: warnings::warnings(&builder, kind),
        differences: compared.differences,
        is_compared: input.cluster.is_some(),
        names: input.names.clone(),
        window: input.window.clone(),
        recovery: if kind == RunbookKind::Migration {
            builder.recovery_procedures()
        } else {
            Vec::new()
        },
        steps,
        owners: builder.owners,
        blocking: builder.blocking,
    }
}

impl Runbook {
    /// True if some step calls this program.
    pub fn calls(&self, program: &str) -> bool {
        let items = self.steps.iter().flat_map(|step| &step.items);
        let mut commands = items.filter_map(|item| match item {
            ChecklistItem::Run(command) => Some(command),
            ChecklistItem::Check(check) => Some(&check.command),
            ChecklistItem::Manual(_) | ChecklistItem::Stop(_) => None,
        });
        commands.any(|command| command.program == program)
    }
}
