//! The facts a run was given: what the rules may know besides the manifests.

use crate::flink::savepoints::SavepointMap;
use crate::gitops::Index;

/// What to do about a default that changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Defaults {
    /// Write down what v1beta1 will use.
    #[default]
    Explicit,
    /// Write down what v1alpha1 used.
    Preserve,
    /// Write nothing; say it.
    Leave,
}

/// Where a stateful job without a checkpoint directory gets one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointsDir {
    /// The operator's own configuration has it: nothing is written.
    Operator,
    /// Beside the savepoint directory: `…/savepoints` gives `…/checkpoints`.
    Sibling,
    /// A location that may hold `{namespace}` and `{name}`.
    Template(String),
}

/// What the configuration says about one workload (`[workload."namespace/name"]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its key, matched like one of a savepoint map.
    pub key: String,
    /// It may start without state.
    pub fresh: bool,
    /// `running` or `suspended`: the answer to a job that was parked.
    pub state: Option<String>,
    /// The upgrade mode it is to have.
    pub upgrade_mode: Option<String>,
    /// Its service account.
    pub service_account: Option<String>,
    /// Its checkpoint directory.
    pub checkpoints_dir: Option<String>,
    /// Rules whose decision is accepted for it.
    pub accept: Vec<String>,
}

/// A rule whose decision is accepted: the document is written as if the rule had said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// Id of the rule.
    pub rule: String,
    /// The workload it is accepted for; every one if absent.
    pub workload: Option<String>,
}

/// Everything the rules are given.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Where the savepoints lie.
    pub savepoints: SavepointMap,
    /// The rest of the tree.
    pub index: Index,
    /// About changed defaults.
    pub defaults: Defaults,
    /// The service account of jobs that ran under `default`.
    pub service_account: Option<String>,
    /// About missing checkpoint directories; nothing was said if absent.
    pub checkpoints_dir: Option<CheckpointsDir>,
    /// The namespace of documents that name none.
    pub namespace: Option<String>,
    /// Per workload.
    pub answers: Vec<Answer>,
    /// Accepted decisions.
    pub accept: Vec<Accept>,
    /// Only workloads that match are judged; every one if absent.
    pub select: Option<globset::GlobMatcher>,
}
