//! The strings of the outside world, each once, and the kinds and versions that they name.

pub use crate::yaml::{is_placeholder, is_variable};

/// The API group of every resource of the operator.
pub const GROUP: &str = "flink.apache.org";
/// The preview version: operator 0.1.0 alone served it.
pub const PREVIEW: &str = "v1alpha1";
/// The stable version: operator 1.0 and later.
pub const STABLE: &str = "v1beta1";

/// A Flink cluster, with a job or (session cluster) without one.
pub const DEPLOYMENT: &str = "FlinkDeployment";
/// A job of a session cluster; at `v1alpha1` only in snapshots of the spring of 2022.
pub const SESSION_JOB: &str = "FlinkSessionJob";
/// One savepoint or checkpoint as a resource; from operator 1.10 on.
pub const STATE_SNAPSHOT: &str = "FlinkStateSnapshot";
/// Two deployments in turn; from operator 1.14 on.
pub const BLUE_GREEN_DEPLOYMENT: &str = "FlinkBlueGreenDeployment";

/// Fields of the resources, as paths are built from them.
pub mod field {
    #![allow(missing_docs)] // The names say what they are.

    pub const API_VERSION: &str = "apiVersion";
    pub const KIND: &str = "kind";
    pub const METADATA: &str = "metadata";
    pub const NAME: &str = "name";
    pub const NAMESPACE: &str = "namespace";
    pub const UID: &str = "uid";
    pub const STATUS: &str = "status";
    pub const ITEMS: &str = "items";
    pub const SPEC: &str = "spec";
    pub const FLINK_VERSION: &str = "flinkVersion";
    pub const FLINK_CONFIGURATION: &str = "flinkConfiguration";
    pub const SERVICE_ACCOUNT: &str = "serviceAccount";
    pub const SERVICE_ACCOUNT_NAME: &str = "serviceAccountName";
    pub const POD_TEMPLATE: &str = "podTemplate";
    pub const JOB_MANAGER: &str = "jobManager";
    pub const TASK_MANAGER: &str = "taskManager";
    pub const REPLICAS: &str = "replicas";
    pub const RESOURCE: &str = "resource";
    pub const CPU: &str = "cpu";
    pub const MEMORY: &str = "memory";
    pub const JOB: &str = "job";
    pub const STATE: &str = "state";
    pub const UPGRADE_MODE: &str = "upgradeMode";
    pub const INITIAL_SAVEPOINT_PATH: &str = "initialSavepointPath";
}

/// Keys of `flinkConfiguration`.
pub mod key {
    #![allow(missing_docs)] // The names say what they are.

    pub const CHECKPOINTS_DIR: &str = "state.checkpoints.dir";
    pub const OLD_CHECKPOINTS_DIR: &str = "state.backend.fs.checkpointdir";
    pub const CHECKPOINTING_DIR: &str = "execution.checkpointing.dir";
    /// Who owns what a job starts from (Flink 1.15 to 1.19).
    pub const RESTORE_MODE: &str = "execution.savepoint-restore-mode";
    /// The same from Flink 1.20 on.
    pub const CLAIM_MODE: &str = "execution.state-recovery.claim-mode";
    pub const SAVEPOINTS_DIR: &str = "state.savepoints.dir";
    pub const CHECKPOINTING_SAVEPOINTS_DIR: &str = "execution.checkpointing.savepoint-dir";
    pub const HIGH_AVAILABILITY: &str = "high-availability";
    pub const SERVICE_ACCOUNT: &str = "kubernetes.service-account";
    pub const JOB_MANAGER_SERVICE_ACCOUNT: &str = "kubernetes.jobmanager.service-account";
    pub const TASK_MANAGER_SERVICE_ACCOUNT: &str = "kubernetes.taskmanager.service-account";
    pub const JOB_MANAGER_CPU: &str = "kubernetes.jobmanager.cpu";
    pub const JOB_MANAGER_REPLICAS: &str = "kubernetes.jobmanager.replicas";
    pub const TASK_MANAGER_CPU: &str = "kubernetes.taskmanager.cpu";
    pub const TASK_MANAGER_CORES: &str = "taskmanager.cpu.cores";
    pub const SLOTS: &str = "taskmanager.numberOfTaskSlots";
    pub const HA_CLUSTER_ID: &str = "high-availability.cluster-id";
    pub const JOB_MANAGER_MEMORY: &str = "jobmanager.memory.process.size";
    pub const TASK_MANAGER_MEMORY: &str = "taskmanager.memory.process.size";
}

/// Values of `spec.job.state`; the enum is the same in every release (CRD 0.1.0 to 1.15.0).
pub mod state {
    /// The job runs.
    pub const RUNNING: &str = "running";
    /// The job is stopped and keeps its resource.
    pub const SUSPENDED: &str = "suspended";
}

/// Values of `spec.job.upgradeMode`; the enum is the same in every release (CRD 0.1.0 to 1.15.0).
pub mod mode {
    /// Stop with a savepoint, start from it.
    pub const SAVEPOINT: &str = "savepoint";
    /// Start from the last checkpoint that the high-availability metadata know.
    pub const LAST_STATE: &str = "last-state";
    /// Start empty. The default (`JobSpec.java`, 0.1.0 to 1.15.0).
    pub const STATELESS: &str = "stateless";
}

/// The label of a `FlinkStateSnapshot` that says why it was taken (1.10 and later).
pub const TRIGGER_TYPE: &str = "snapshot.trigger-type";

/// How the comment begins that step `suspend` leaves at the end of a line it changed.
pub const SUSPEND_MARK: &str = "# flink-migrate: was ";
/// What the mark says of a line that was not there.
pub const SUSPEND_MARK_ABSENT: &str = "absent";
/// How the mark ends of a line that was not there, in a patch of what has the value that it names.
pub const SUSPEND_MARK_ADDED: &str = ", absent here";

/// A kind of the operator's API group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlinkKind {
    /// A Flink cluster, with a job or (session cluster) without one.
    Deployment,
    /// A job of a session cluster.
    SessionJob,
    /// One savepoint or checkpoint as a resource (operator 1.10 and later).
    StateSnapshot,
    /// Two deployments in turn (operator 1.14 and later).
    BlueGreenDeployment,
}

impl FlinkKind {
    /// All of them.
    pub const ALL: [FlinkKind; 4] = [
        FlinkKind::Deployment,
        FlinkKind::SessionJob,
        FlinkKind::StateSnapshot,
        FlinkKind::BlueGreenDeployment,
    ];

    /// The text of the field `kind`.
    pub fn name(self) -> &'static str {
        match self {
            FlinkKind::Deployment => DEPLOYMENT,
            FlinkKind::SessionJob => SESSION_JOB,
            FlinkKind::StateSnapshot => STATE_SNAPSHOT,
            FlinkKind::BlueGreenDeployment => BLUE_GREEN_DEPLOYMENT,
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<FlinkKind> {
        FlinkKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// True for the kinds that run jobs and that a migration moves. The CRDs of the other two came
    /// later, at `v1beta1`.
    pub fn is_workload(self) -> bool {
        matches!(self, FlinkKind::Deployment | FlinkKind::SessionJob)
    }
}

/// A version of the operator's API group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiVersion {
    /// `v1alpha1`: operator 0.1.0.
    Preview,
    /// `v1beta1`: operator 1.0 and later.
    Stable,
}

impl ApiVersion {
    /// The version of this name; nothing for one that no release serves.
    pub fn from_name(name: &str) -> Option<ApiVersion> {
        match name {
            PREVIEW => Some(ApiVersion::Preview),
            STABLE => Some(ApiVersion::Stable),
            _ => None,
        }
    }
}

/// True for what Kubernetes takes for a version: `v1`, `v2alpha3`.
pub fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    text.strip_prefix('v').is_some_and(|rest| {
        let parts = rest.split_once("alpha").or_else(|| rest.split_once("beta"));
        parts.map_or_else(|| digits(rest), |(major, minor)| digits(major) && digits(minor))
    })
}
