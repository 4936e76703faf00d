//! What the manifest of a workload alone says, read once.

use crate::flink::chart::ChartDefault;
use crate::flink::names::{ApiVersion, FlinkKind};
use crate::flink::names::{field, state};
use crate::flink::workload::{MODE, Mode, PATH, STATE, Workload};
use crate::k8s::ObjectKey;
use crate::path::{RepoPath, WorkloadSource};

/// A workload of the tree as its manifest has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Independent answers to independent questions.
pub struct WorkloadSummary {
    /// The key that its document gives.
    pub key: ObjectKey,
    /// `FlinkDeployment` or `FlinkSessionJob`.
    pub kind: FlinkKind,
    /// Its API version.
    pub version: ApiVersion,
    /// Its file.
    pub file: RepoPath,
    /// See [`WorkloadSource::delivering_file`].
    pub delivering_file: Option<RepoPath>,
    /// Number of its document in the file, from 0.
    pub document: usize,
    /// Line of its manifest, from 1.
    pub line: usize,
    /// The upgrade mode before step `suspend`.
    pub mode: Mode,
    /// The upgrade mode that its manifest says now.
    pub written_mode: Mode,
    /// What its `state` says; `running` where it says nothing, as in every release.
    pub state: String,
    /// `suspended` was written by step `suspend`.
    pub suspended_for_migration: bool,
    /// It was suspended before, and not for the migration.
    pub is_parked: bool,
    /// It has a job: session clusters have none.
    pub has_job: bool,
    /// It cannot be judged alone: it lacks what every complete manifest has, or is listed as a patch.
    pub partial: bool,
    /// It sets a field on which the judgement of a complete manifest depends.
    pub touches_judged_fields: bool,
    /// Its `flinkVersion`.
    pub flink_version: Option<String>,
    /// Its `state.savepoints.dir`.
    pub savepoints_dir: Option<String>,
    /// Its checkpoint directory, and the key that names it.
    pub checkpoints_dir: Option<(&'static str, String)>,
    /// v1beta1 rejects it without a checkpoint directory.
    pub must_have_checkpoints_dir: bool,
    /// The defaults of operator 0.1.0's chart that its manifest does not speak of.
    pub chart_defaults: Vec<ChartDefault>,
    /// Its `initialSavepointPath`.
    pub initial_savepoint: Option<String>,
    /// A comment says that Helm rendered it.
    pub is_rendered: bool,
}

impl WorkloadSummary {
    /// The summary of a workload in this document, whose manifest begins on this line.
    pub(crate) fn new(
        workload: &Workload<'_>,
        document: usize,
        line: usize,
        is_rendered: bool,
    ) -> WorkloadSummary {
        let mode = workload.mode();
        let flink_version = workload.text(&[field::SPEC, field::FLINK_VERSION]);
        WorkloadSummary {
            key: workload.key.clone(),
            kind: workload.kind,
            version: workload.version,
            file: workload.file.clone(),
            delivering_file: workload.delivering_file.clone(),
            document,
            line,
            written_mode: workload.text(&MODE).map_or(Mode::Absent, Mode::parse),
            state: workload.text(&STATE).unwrap_or(state::RUNNING).to_string(),
            suspended_for_migration: workload.suspend_mark(&STATE).is_some(),
            is_parked: workload.is_parked(),
            has_job: workload.job().is_some(),
            partial: workload.is_partial(),
            touches_judged_fields: workload.touches_judged_fields(),
            flink_version: flink_version.map(String::from),
            savepoints_dir: workload.savepoints_dir().map(String::from),
            checkpoints_dir: workload.checkpoints_dir().map(|(key, dir)| (key, dir.to_string())),
            must_have_checkpoints_dir: workload.must_have_checkpoints_dir(&mode),
            chart_defaults: workload.chart_defaults().collect(),
            initial_savepoint: workload.text(&PATH).map(String::from),
            is_rendered,
            mode,
        }
    }

    /// Where it is deployed from.
    pub fn source(&self) -> WorkloadSource<'_> {
        WorkloadSource { file: &self.file, delivering_file: self.delivering_file.as_ref() }
    }
}
