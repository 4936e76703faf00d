//! What the steps are written for: each workload once, and what a cluster is asked about it.

use super::command::{self, ShellCommand};
use super::ownership::GitOpsOwner;
use super::{BlockingResource, ChecklistItem, Prose, RunbookInput, RunbookStep, comparison};
use crate::flink::names::{ApiVersion, FlinkKind, state};
use crate::flink::workload::{ExpectedStart, Mode};
use crate::plan::PlannedWorkload;

/// What the steps are written for.
pub(crate) struct RunbookBuilder<'s> {
    pub(crate) input: &'s RunbookInput,
    pub(crate) workloads: Vec<RunbookWorkload<'s>>,
    pub(crate) owners: Vec<GitOpsOwner>,
    pub(crate) blocking: Vec<BlockingResource>,
}

/// A workload and what a cluster is asked about it.
pub(crate) struct RunbookWorkload<'s> {
    pub(crate) manifest: &'s PlannedWorkload,
    /// What it is called in commands; in capitals where that is to be filled in.
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The cluster was asked and does not have it.
    pub(crate) is_absent: bool,
    /// From where it starts, as somebody answered by hand: it is not stopped with a savepoint.
    pub(crate) answer: Option<&'s str>,
}

/// Stands for a namespace that nobody gave. Kubernetes takes no capitals, so no command that still
/// has it does anything.
const NAMESPACE: &str = "NAMESPACE";

/// Every workload once: two files that declare one have one resource on the cluster.
pub(crate) fn workloads(input: &RunbookInput) -> Vec<RunbookWorkload<'_>> {
    let mut found: Vec<RunbookWorkload<'_>> = Vec::new();
    let mut all: Vec<&PlannedWorkload> =
        input.workloads.iter().map(|placed| &placed.item).collect();
    // What is at v1alpha1 speaks for what was copied and converted.
    all.sort_by_key(|workload| {
        (
            workload.key.clone(),
            workload.summary.kind.name(),
            workload.summary.version != ApiVersion::Preview,
        )
    });
    all.dedup_by(|b, a| a.key == b.key && a.summary.kind == b.summary.kind);
    for it in all {
        let answers = input.answers.as_ref();
        let answer = answers.and_then(|answers| answers.locations.get(&it.key));
        found.push(RunbookWorkload {
            manifest: it,
            answer: answer.map(String::as_str),
            namespace: it.key.namespace.clone().unwrap_or_else(|| NAMESPACE.to_string()),
            name: it.key.name.clone(),
            is_absent: input.cluster.as_ref().is_some_and(|observed| {
                !observed.iter().any(|workload| {
                    comparison::is_same_workload(workload, &it.key, it.summary.kind)
                })
            }),
        });
    }
    found
}

impl RunbookWorkload<'_> {
    pub(crate) fn is_preview(&self) -> bool {
        self.manifest.summary.version == ApiVersion::Preview
    }

    pub(crate) fn key(&self) -> String {
        self.manifest.key.to_string()
    }

    pub(crate) fn is_session(&self) -> bool {
        self.manifest.start == ExpectedStart::NoJob
    }

    pub(crate) fn is_parked(&self) -> bool {
        self.manifest.summary.is_parked
    }

    /// It was parked, and starts in step 9, since somebody said so.
    pub(crate) fn is_unparked(&self) -> bool {
        self.is_parked() && self.manifest.state_override.as_deref() == Some(state::RUNNING)
    }

    /// Its job is to be stopped with a savepoint.
    pub(crate) fn is_suspended_now(&self) -> bool {
        let is_wanted =
            self.manifest.savepoint_override.unwrap_or(self.manifest.summary.mode.is_stateful());
        let is_cluster = self.manifest.summary.kind == FlinkKind::Deployment;
        self.is_preview() && is_cluster && !self.is_session() && !self.is_parked() && is_wanted
    }

    /// `flinkdeployment/NAME`: a name after a slash is never taken for an option.
    pub(crate) fn resource(&self) -> String {
        format!("{}/{}", self.manifest.summary.kind.name().to_lowercase(), self.name)
    }

    pub(crate) fn in_namespace(&self) -> String {
        format!("--namespace={}", self.namespace)
    }

    /// What `kubectl get` prints of these fields.
    pub(crate) fn fields(&self, fields: &[&str]) -> ShellCommand {
        let template: Vec<String> = fields.iter().map(|field| format!("{{{field}}}")).collect();
        command::kubectl([
            "get".to_string(),
            self.resource(),
            self.in_namespace(),
            "--ignore-not-found".to_string(),
            format!("--output=jsonpath={}", template.join(" ")),
        ])
    }
}

impl RunbookBuilder<'_> {
    pub(crate) fn preview_workloads(&self) -> impl Iterator<Item = &RunbookWorkload<'_>> {
        self.workloads.iter().filter(|workload| workload.is_preview())
    }

    /// Jobs that are stopped with a savepoint, as far as the cluster has them.
    pub(crate) fn jobs_to_suspend(&self) -> impl Iterator<Item = &RunbookWorkload<'_>> {
        let is_stopped = |workload: &&RunbookWorkload<'_>| {
            workload.is_suspended_now() && workload.answer.is_none()
        };
        self.preview_workloads().filter(move |workload| is_stopped(workload) && !workload.is_absent)
    }

    /// Jobs that start from where somebody answered, as far as the cluster has them.
    pub(crate) fn answered_jobs(&self) -> impl Iterator<Item = &RunbookWorkload<'_>> {
        self.preview_workloads().filter(|workload| workload.answer.is_some() && !workload.is_absent)
    }

    pub(crate) fn session_clusters(&self) -> impl Iterator<Item = &RunbookWorkload<'_>> {
        self.preview_workloads().filter(|workload| workload.is_session())
    }

    /// A further run of this program over the same tree, with those of its facts that it takes.
    pub(crate) fn rerun(&self, words: &[&str], takes: &[&str]) -> ShellCommand {
        let input = self.input;
        let words = words.iter().map(|word| (*word).to_string());
        let options = self.options(takes);
        let guard = input.paths.iter().any(|path| path.starts_with('-'));
        let guard = guard.then(|| "--".to_string());
        let paths = guard.into_iter().chain(input.paths.iter().cloned());
        command::flink_migrate(words.chain(options).chain(paths))
    }

    /// A file of the folder that takes what is kept.
    pub(crate) fn window_file(&self, name: &str) -> String {
        format!("{}/{name}", self.input.window)
    }

    /// The savepoint map that step 3 writes.
    pub(crate) fn savepoint_map(&self) -> String {
        self.input.map.clone().unwrap_or_else(|| self.window_file("savepoints.yaml"))
    }

    /// The options of this run that say where it looks, and those of its facts.
    pub(crate) fn options<'a>(&'a self, facts: &'a [&str]) -> impl Iterator<Item = String> + 'a {
        let options = self.input.options.iter();
        let options =
            options.filter(|(name, _)| !INPUT_OPTIONS.contains(name) || facts.contains(name));
        options.flat_map(|(name, value)| {
            std::iter::once(format!("--{name}")).chain(value.iter().cloned())
        })
    }

    /// The eleven steps.
    pub(crate) fn migration_steps(&self) -> Vec<RunbookStep> {
        let steps = [
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
        ];
        let numbered = steps.into_iter().enumerate();
        numbered.map(|(i, step)| RunbookStep { number: i + 1, ..step }).collect()
    }
}

/// The options that are facts, of which each step takes its own.
pub(crate) const INPUT_OPTIONS: [&str; 3] = ["namespace", "operator-config", "target-operator"];

/// A step without a number, and without anything particular.
pub(crate) fn step(
    title: &'static str,
    why: impl Into<Prose>,
    items: Vec<ChecklistItem>,
) -> RunbookStep {
    RunbookStep {
        number: 0,
        title,
        why: why.into(),
        notes: Vec::new(),
        items,
        alternatives: Vec::new(),
        troubleshooting: Vec::new(),
    }
}

/// True if the mode was not written, so that nothing says whether the job keeps state.
pub(crate) fn is_mode_absent(mode: &Mode) -> bool {
    matches!(mode, Mode::Absent)
}
