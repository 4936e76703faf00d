//! The cluster's side of a migration, as steps for exactly the workloads that were found.
//!
//! The order of the steps is what keeps state: a resource is deleted only when its job is stopped, its
//! savepoint is in the map, every manifest has an answer, and nothing would create it again.
//! `docs/operations/upgrade.md` of the operator has the core of it; what goes beyond is about GitOps.

mod checklist;
mod comparison;
mod convert;
mod delete;
mod helm_releases;
mod operator;
mod ownership;
mod suspend;
mod sync;
mod upgrade;
mod warnings;

use std::collections::BTreeMap;

pub(crate) use checklist::{
    ChecklistItem, CommandCheck, ExpectedOutput, Prose, ProsePart, RunbookStep, ShellCommand,
};
use checklist::{RecoveryProcedure, flink_migrate, kubectl_in};
use comparison::{BlockingResource, Difference};
pub(crate) use ownership::GitOpsOwner;
pub(crate) use warnings::RunbookRow;

use crate::cluster::LiveResource;
use crate::flink::names::{ApiVersion, FlinkKind, state};
use crate::flink::releases::Release;
use crate::flink::workload::ExpectedStart;
use crate::gitops::DeliveringObject;
use crate::k8s::ObjectKey;
use crate::path::{PathNames, RepoPath};
use crate::plan::PlannedWorkload;
use crate::project::WorkloadSummary;

/// The folder for backups, dumps and the map, unless another one is named.
pub const DEFAULT_FOLDER: &str = "flink-migration";

/// The options that are facts, of which each command takes its own.
const INPUT_OPTIONS: [&str; 3] = ["namespace", "operator-config", "target-operator"];

/// Stands for an unknown namespace. Kubernetes takes no capitals, so a command that still has it does
/// nothing.
const NAMESPACE: &str = "NAMESPACE";

/// Everything that a runbook is made of.
#[derive(Clone, Debug, Default)]
pub struct RunbookInput {
    /// The workloads of the tree, in the order of their files.
    pub workloads: Vec<Deployed<PlannedWorkload>>,
    /// The objects of Argo CD and Flux in the tree.
    pub delivering_objects: Vec<Deployed<DeliveringObject>>,
    /// Files that name the API group and could not be read: they may hold further workloads.
    pub unread: Vec<String>,
    /// Workloads whose name on the cluster cannot be told, and why.
    pub unnamed: Vec<(ObjectKey, String)>,
    /// The releases to be installed, one for each cluster that the files belong to.
    pub targets: Vec<Option<Release>>,
    /// Keys of the chart's values that have another name since 0.1.0: location, before, after.
    pub renamed: Vec<(String, String, String)>,
    /// The resources of the dumps, if there is a dump.
    pub cluster: Option<Vec<LiveResource>>,
    /// `--release`, the name of the operator's Helm release.
    pub release: Option<String>,
    /// `--operator-namespace`.
    pub operator_namespace: Option<String>,
    /// What the operator's values call its `Deployment`, if they do.
    pub operator_deployment: Option<String>,
    /// `--chart`.
    pub chart: Option<String>,
    /// The options with which a further run of this program reads the same tree, without dashes.
    pub options: Vec<(&'static str, Option<String>)>,
    /// How files are displayed.
    pub names: PathNames,
    /// The paths of the run, as they were typed.
    pub paths: Vec<String>,
    /// `--window`, the folder for backups, dumps and the map.
    pub window: String,
    /// `--map`, the savepoint map that step 3 writes, if it does not go into that folder.
    pub map: Option<String>,
    /// `--savepoints-dir`, for jobs whose manifest names no directory.
    pub savepoints_dir: Option<String>,
    /// `--answers`.
    pub answers: Option<Answers>,
}

/// The savepoint map with answers by hand, for jobs that are not stopped with a savepoint.
#[derive(Clone, Debug)]
pub struct Answers {
    /// The file, as it was typed.
    pub file: String,
    /// From where each job starts.
    pub locations: BTreeMap<ObjectKey, String>,
}

/// An object of a manifest.
#[derive(Clone, Debug)]
pub struct Deployed<T> {
    /// The object.
    pub item: T,
    /// Its file, and the kustomization that builds it.
    pub places: Vec<RepoPath>,
}

pub(crate) struct Runbook<'i> {
    pub(crate) input: &'i RunbookInput,
    pub(crate) kind: RunbookKind,
    pub(crate) rows: Vec<RunbookRow<'i>>,
    /// Parents before what they apply: the order in which they are paused.
    pub(crate) owners: Vec<GitOpsOwner>,
    /// What has to be known, or decided, before anybody begins.
    pub(crate) warnings: Vec<Prose>,
    /// Resources on the cluster that must not be deleted, and would be.
    pub(crate) blocking: Vec<BlockingResource>,
    pub(crate) differences: Vec<Difference>,
    pub(crate) steps: Vec<RunbookStep>,
    pub(crate) recovery: Vec<RecoveryProcedure>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum RunbookKind {
    /// From v1alpha1 to v1beta1, with workloads.
    Migration,
    /// The same without any.
    NoWorkloads,
    /// Everything is at v1beta1: a usual upgrade of the operator.
    Upgrade,
    /// Nothing in the tree can be read, so nothing says which operator runs.
    Unknown,
}

pub(crate) fn runbook(input: &RunbookInput) -> Runbook<'_> {
    let workloads = workloads(input);
    let kind = match &workloads[..] {
        [] if !input.unread.is_empty() => RunbookKind::Unknown,
        [] => RunbookKind::NoWorkloads,
        all if all.iter().any(RunbookWorkload::is_preview) => RunbookKind::Migration,
        _ => RunbookKind::Upgrade,
    };
    let (blocking, differences) = comparison::compare(input, kind);
    let builder =
        RunbookBuilder { input, workloads, owners: ownership::find_owners(input), blocking };
    let (steps, recovery) = match kind {
        RunbookKind::Migration => (builder.migration_steps(), builder.recovery_procedures()),
        RunbookKind::NoWorkloads => (builder.replacement_steps(), Vec::new()),
        RunbookKind::Upgrade => (builder.upgrade_steps(), vec![builder.rollback_procedure()]),
        RunbookKind::Unknown => (vec![upgrade::question_step()], Vec::new()),
    };
    Runbook {
        input,
        kind,
        rows: warnings::rows(&builder),
        warnings: warnings::warnings(&builder, kind),
        differences,
        steps,
        recovery,
        owners: builder.owners,
        blocking: builder.blocking,
    }
}

impl Runbook<'_> {
    /// True if some step runs this program.
    pub(crate) fn runs(&self, program: &str) -> bool {
        let mut commands = self.steps.iter().flat_map(|step| &step.checklist);
        commands.any(|item| item.command().is_some_and(|command| command.program == program))
    }
}

/// What the steps are built from.
struct RunbookBuilder<'i> {
    input: &'i RunbookInput,
    workloads: Vec<RunbookWorkload<'i>>,
    owners: Vec<GitOpsOwner>,
    blocking: Vec<BlockingResource>,
}

/// A workload of the tree, and how a cluster is asked about it.
struct RunbookWorkload<'i> {
    planned: &'i PlannedWorkload,
    manifest: &'i WorkloadSummary,
    /// [`NAMESPACE`] where it is unknown.
    namespace: String,
    name: &'i str,
    /// The dumps do not have it.
    is_absent: bool,
    /// From where it starts by an answer: it is not stopped with a savepoint.
    answer: Option<&'i str>,
}

/// Every workload once: two files that declare one have one resource on the cluster.
fn workloads<'i>(input: &'i RunbookInput) -> Vec<RunbookWorkload<'i>> {
    let mut all: Vec<&PlannedWorkload> =
        input.workloads.iter().map(|deployed| &deployed.item).collect();
    // What is at v1alpha1 speaks for what was copied and converted.
    all.sort_by_key(|it| {
        let PlannedWorkload { key, summary, .. } = it;
        (key.clone(), summary.kind.name(), summary.version != ApiVersion::Preview)
    });
    all.dedup_by(|b, a| a.key == b.key && a.summary.kind == b.summary.kind);
    let workload = |planned: &'i PlannedWorkload| {
        let PlannedWorkload { key, summary, .. } = planned;
        let is_same = |live: &LiveResource| comparison::is_same_workload(live, key, summary.kind);
        let answers = input.answers.as_ref();
        let answer = answers.and_then(|answers| answers.locations.get(key));
        RunbookWorkload {
            planned,
            manifest: summary,
            namespace: key.namespace.clone().unwrap_or_else(|| NAMESPACE.to_string()),
            name: &key.name,
            is_absent: input.cluster.as_ref().is_some_and(|cluster| !cluster.iter().any(is_same)),
            answer: answer.map(String::as_str),
        }
    };
    all.into_iter().map(workload).collect()
}

impl RunbookWorkload<'_> {
    fn is_preview(&self) -> bool {
        self.manifest.version == ApiVersion::Preview
    }

    fn key(&self) -> String {
        self.planned.key.to_string()
    }

    fn is_session_cluster(&self) -> bool {
        self.planned.start == ExpectedStart::NoJob
    }

    /// It was parked, and starts in step 9, as the configuration says.
    fn is_unparked(&self) -> bool {
        self.manifest.is_parked && self.planned.state_override.as_deref() == Some(state::RUNNING)
    }

    /// Step `suspend` stops its job with a savepoint.
    fn is_suspended_by_us(&self) -> bool {
        let WorkloadSummary { mode, kind, is_parked, .. } = self.manifest;
        let is_job = *kind == FlinkKind::Deployment && !self.is_session_cluster() && !is_parked;
        self.is_preview() && is_job && self.planned.savepoint_override.unwrap_or(mode.is_stateful())
    }

    /// `flinkdeployment/NAME`: a name after a slash is never taken for an option.
    fn resource(&self) -> String {
        format!("{}/{}", self.manifest.kind.name().to_lowercase(), self.name)
    }

    fn kubectl(&self, verb: &str, resource: &str, options: &[&str]) -> ShellCommand {
        kubectl_in(&self.namespace, verb, resource, options)
    }

    fn check(&self, claim: &str, command: ShellCommand, expected: ExpectedOutput) -> CommandCheck {
        CommandCheck { workload: Some(self.key()), ..CommandCheck::new(claim, command, expected) }
    }

    /// A check of what `kubectl get` prints of these fields, separated by blanks.
    fn check_fields(&self, claim: &str, fields: &[&str], expected: ExpectedOutput) -> CommandCheck {
        let fields: Vec<String> = fields.iter().map(|field| format!("{{{field}}}")).collect();
        let output = format!("--output=jsonpath={}", fields.join(" "));
        let get = self.kubectl("get", &self.resource(), &["--ignore-not-found", &output]);
        self.check(claim, get, expected)
    }
}

impl<'i> RunbookBuilder<'i> {
    fn preview_workloads(&self) -> impl Iterator<Item = &RunbookWorkload<'i>> {
        self.workloads.iter().filter(|workload| workload.is_preview())
    }

    /// Jobs to be stopped with a savepoint, as far as the cluster has them.
    fn jobs_to_suspend(&self) -> impl Iterator<Item = &RunbookWorkload<'i>> {
        self.workloads.iter().filter(|workload| {
            workload.is_suspended_by_us() && workload.answer.is_none() && !workload.is_absent
        })
    }

    /// A further run of this program over the same tree, with these of its facts.
    fn rerun(&self, args: &[&str], facts: &[&str]) -> ShellCommand {
        let paths = &self.input.paths;
        let separator = paths.iter().any(|path| path.starts_with('-')).then(|| "--".to_string());
        let args = args.iter().map(|arg| (*arg).to_string()).chain(self.options(facts));
        flink_migrate(args.chain(separator).chain(paths.iter().cloned()))
    }

    /// The options of this run that say where it looks, and those of these facts.
    fn options(&self, facts: &[&str]) -> impl Iterator<Item = String> {
        let options = self.input.options.iter();
        let options =
            options.filter(move |(name, _)| !INPUT_OPTIONS.contains(name) || facts.contains(name));
        options.flat_map(|(name, value)| {
            std::iter::once(format!("--{name}")).chain(value.iter().cloned())
        })
    }

    /// A file in the folder for backups, dumps and the map.
    fn window_file(&self, name: &str) -> String {
        format!("{}/{name}", self.input.window)
    }

    /// The savepoint map that step 3 writes.
    fn savepoint_map(&self) -> String {
        self.input.map.clone().unwrap_or_else(|| self.window_file("savepoints.yaml"))
    }

    fn migration_steps(&self) -> Vec<RunbookStep> {
        vec![
            self.backup_step(),
            self.suspend_step(),
            self.collect_step(),
            self.pause_step(),
            self.compare_step(),
            self.session_clusters_step(),
            self.delete_step(),
            self.replace_operator_step(),
            self.convert_step(),
            self.verify_step(),
            self.cleanup_step(),
        ]
    }
}
