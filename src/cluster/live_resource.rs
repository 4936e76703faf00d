//! One resource as a cluster printed it, as far as anybody asks.
//!
//! Every scalar is kept as it was written: what it has to mean is for the reader to say. Nothing is
//! kept as nothing, whether the field was left out or null. A field without a comment has the name of
//! its key.

use super::Clock;
use crate::diagnostic::FilePosition;
use crate::flink::names::{ApiVersion, FlinkKind};
use crate::k8s::ObjectKey;

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveResource {
    /// What it is.
    pub kind: FlinkKind,
    /// The version at which the cluster printed it; the text of one that no release serves.
    pub version: Result<ApiVersion, String>,
    /// Its key; whatever a cluster prints has a namespace.
    pub key: ObjectKey,
    /// Where it is.
    pub place: FilePosition,
    /// `metadata.creationTimestamp`.
    pub created: Option<Clock>,
    /// `metadata.deletionTimestamp`: somebody has deleted it, and something holds it.
    pub deleted: Option<Clock>,
    /// `metadata.finalizers`.
    pub finalizers: Vec<String>,
    /// The labels and annotations by which its owner is known.
    pub owner_labels: OwnerLabels,
    /// `spec.flinkVersion`.
    pub flink_version: Option<String>,
    /// `spec.job`; nothing for a session cluster.
    pub job: Option<Job>,
    /// What a `FlinkStateSnapshot` says; nothing for other kinds.
    pub snapshot: Option<Snapshot>,
    /// `status`; nothing if there is none or it is empty.
    pub status: Option<OperatorStatus>,
    /// Fields that hold something of another shape than the operator gives them, such as a list
    /// where a text belongs. Nothing that such a resource says is to be relied on.
    pub malformed: Vec<String>,
}

/// Labels and annotations with which Argo CD, Flux and Helm mark what they manage, and the
/// operator its snapshots; the keys are those of `k8s::labels` and `names::TRIGGER_TYPE`. Others are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerLabels {
    /// Key and value, in the order in which they were met.
    pub labels: Vec<(String, String)>,
    /// Key and value, in the order in which they were met.
    pub annotations: Vec<(String, String)>,
}

impl OwnerLabels {
    /// The value of this key, whether it is a label or an annotation.
    pub fn get(&self, key: &str) -> Option<&str> {
        let all = self.labels.iter().chain(&self.annotations);
        all.filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).next()
    }

    /// The value of this label.
    pub fn label(&self, key: &str) -> Option<&str> {
        let label = self.labels.iter().find(|(name, _)| name == key);
        label.map(|(_, value)| value.as_str())
    }
}

/// `spec.job`, of the resource or of what was reconciled last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    pub state: Option<String>,
    pub upgrade_mode: Option<String>,
    /// `savepointTriggerNonce`: a change of it asks for a manual savepoint.
    pub savepoint_trigger_nonce: Option<String>,
    /// `initialSavepointPath`: that of the first deployment, never the last savepoint.
    pub initial_savepoint_path: Option<String>,
}

/// `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatorStatus {
    pub job_manager_deployment_status: Option<String>,
    /// `lifecycleState` (operator 1.4 and later).
    pub lifecycle_state: Option<String>,
    /// `error` (operator 1.0 and later).
    pub error: Option<String>,
    pub job_status: JobStatus,
    /// `reconciliationStatus`.
    pub reconciliation: Reconciliation,
}

/// `status.jobStatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobStatus {
    pub state: Option<String>,
    pub job_id: Option<String>,
    pub update_time: Option<Clock>,
    pub start_time: Option<Clock>,
    /// `upgradeSavepointPath` (operator 1.10 and later).
    pub upgrade_savepoint_path: Option<String>,
    pub savepoint_info: SavepointInfo,
}

/// `status.jobStatus.savepointInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavepointInfo {
    pub last_savepoint: Option<Savepoint>,
    /// `triggerId`: a savepoint is being taken.
    pub trigger_id: Option<String>,
    pub trigger_timestamp: Option<String>,
    /// `lastPeriodicSavepointTimestamp` (operator 1.1 and later).
    pub last_periodic: Option<String>,
    /// `savepointHistory` (operator 1.0 and later).
    pub history: Vec<Savepoint>,
}

/// A savepoint that the operator has noted down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Savepoint {
    pub location: Option<String>,
    /// `timeStamp`.
    pub time: Option<Clock>,
    /// `triggerType` (operator 1.1 and later).
    pub trigger_type: Option<String>,
}

/// `status.reconciliationStatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// `success` (operator 0.1.0).
    pub success: Option<bool>,
    /// `error` (operator 0.1.0).
    pub error: Option<String>,
    /// `state` (operator 1.0 and later).
    pub state: Option<String>,
    /// `lastReconciledSpec`.
    pub last_spec: LastSpec,
}

/// `status.reconciliationStatus.lastReconciledSpec`: what the operator has achieved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LastSpec {
    /// Nothing was reconciled so far.
    #[default]
    Absent,
    /// An object, as operator 0.1.0 keeps it. Without a job it is that of a session cluster.
    Object(Option<Job>),
    /// A JSON text of the spec, as operator 1.0 keeps it.
    Text(Option<Job>),
    /// A JSON text with the spec in `spec`, which no operator 1.0 writes.
    Wrapped(Option<Job>),
    /// A text that is not such JSON, and why not.
    Unreadable(String),
}

impl LastSpec {
    /// The job in it.
    pub fn job(&self) -> Option<&Job> {
        match self {
            LastSpec::Object(job) | LastSpec::Text(job) | LastSpec::Wrapped(job) => job.as_ref(),
            LastSpec::Absent | LastSpec::Unreadable(_) => None,
        }
    }
}

/// What a `FlinkStateSnapshot` says (operator 1.10 and later).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// `spec.jobReference.kind`.
    pub job_kind: Option<String>,
    /// `spec.jobReference.name`: in its own namespace.
    pub job_name: Option<String>,
    /// `spec.savepoint` is there.
    pub is_savepoint: bool,
    /// `spec.savepoint.disposeOnDelete`.
    pub dispose_on_delete: Option<bool>,
    /// `spec.checkpoint` is there.
    pub is_checkpoint: bool,
    /// `status.state`.
    pub state: Option<String>,
    /// `status.path`.
    pub location: Option<String>,
    /// `status.triggerId`.
    pub trigger_id: Option<String>,
    /// `status.resultTimestamp`.
    pub result_time: Option<Clock>,
    /// `status.error`.
    pub error: Option<String>,
}
