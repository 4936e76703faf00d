//! The kinds and API versions of the operator's resources.

use super::names;

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
            FlinkKind::Deployment => names::DEPLOYMENT,
            FlinkKind::SessionJob => names::SESSION_JOB,
            FlinkKind::StateSnapshot => names::STATE_SNAPSHOT,
            FlinkKind::BlueGreenDeployment => names::BLUE_GREEN_DEPLOYMENT,
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
            names::PREVIEW => Some(ApiVersion::Preview),
            names::STABLE => Some(ApiVersion::Stable),
            _ => None,
        }
    }
}
