//! What the operator's chart installs, as the cluster calls it, and the defaults that it gave.

use super::names::{field, key};
use super::releases::{MEMORY_DEFAULTS_GONE, Release, ReleaseRange, SLOTS_DEFAULT};

/// The chart, and in every release the usual name of what Helm installs from it.
pub const CHART: &str = "flink-kubernetes-operator";
/// The `Deployment` of the operator, and its container: named after the chart, not after the release
/// (`_helpers.tpl` and `flink-operator.yaml` of the chart, 0.1.0; `controller/deployment.yaml`, 1.15.0).
pub const OPERATOR_DEPLOYMENT: &str = "flink-kubernetes-operator";
/// What the log of the operator calls the controller of `FlinkDeployment` once it is registered
/// (`docs/operations/upgrade.md`, 1.0.0).
pub const CONTROLLER: &str = "flinkdeploymentcontroller";
/// The `CustomResourceDefinition` whose version changes.
pub const DEPLOYMENTS_CRD: &str = "flinkdeployments.flink.apache.org";

/// Every `CustomResourceDefinition` with the first release whose chart has it (`crds/`, 1.0.0 to
/// 1.15.0); the file of each is its name and `-v1.yml`.
const CRDS: [(&str, Release); 4] = [
    (DEPLOYMENTS_CRD, Release::new(0)),
    ("flinksessionjobs.flink.apache.org", Release::new(0)),
    ("flinkstatesnapshots.flink.apache.org", Release::new(10)),
    ("flinkbluegreendeployments.flink.apache.org", Release::new(14)),
];

/// The definitions that the chart of this release has, the oldest first.
pub fn crds(release: Release) -> impl Iterator<Item = &'static str> {
    CRDS.into_iter().filter(move |(_, since)| *since <= release).map(|(name, _)| name)
}

/// The labels by which the `ConfigMap`s of a job's high availability are found
/// (`KubernetesUtils.getConfigMapLabels`, Flink 1.14; `FlinkUtils.java`, operator 0.1.0). They outlive
/// a job that is not deleted by the operator, and what they point at comes before a savepoint.
pub fn high_availability_labels(name: &str) -> String {
    format!("app={name},configmap-type=high-availability")
}

/// What the chart of operator 0.1.0 put into every cluster's configuration, and later charts do not
/// (`conf/flink-default-config/flink-conf.yaml`, 0.1.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartDefault {
    /// The JobManager's memory.
    JobManagerMemory,
    /// The TaskManagers' memory.
    TaskManagerMemory,
    /// How many slots a TaskManager has.
    Slots,
}

impl ChartDefault {
    /// Every one of them.
    pub const ALL: [ChartDefault; 3] =
        [ChartDefault::JobManagerMemory, ChartDefault::TaskManagerMemory, ChartDefault::Slots];

    /// The keys of which any says the same: the chart's own first, the spellings of old last (Flink's
    /// `JobManagerProcessUtils` and `TaskExecutorProcessUtils`, 1.14 to 1.20).
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            ChartDefault::JobManagerMemory => &[
                key::JOB_MANAGER_MEMORY,
                "jobmanager.memory.flink.size",
                "jobmanager.memory.heap.size",
                "jobmanager.heap.size",
                "jobmanager.heap.mb",
            ],
            ChartDefault::TaskManagerMemory => &[
                key::TASK_MANAGER_MEMORY,
                "taskmanager.memory.flink.size",
                "taskmanager.memory.task.heap.size",
                "taskmanager.heap.size",
                "taskmanager.heap.mb",
            ],
            ChartDefault::Slots => &[key::SLOTS],
        }
    }

    /// The key that the chart sets, and its value.
    pub fn setting(self) -> (&'static str, &'static str) {
        match self {
            ChartDefault::JobManagerMemory => (key::JOB_MANAGER_MEMORY, "1600m"),
            ChartDefault::TaskManagerMemory => (key::TASK_MANAGER_MEMORY, "1728m"),
            ChartDefault::Slots => (key::SLOTS, "2"),
        }
    }

    /// The block of the spec whose `resource.memory` says the same; nothing for slots.
    pub fn component(self) -> Option<&'static str> {
        match self {
            ChartDefault::JobManagerMemory => Some(field::JOB_MANAGER),
            ChartDefault::TaskManagerMemory => Some(field::TASK_MANAGER),
            ChartDefault::Slots => None,
        }
    }

    /// The releases whose chart no longer has it.
    pub fn gone(self) -> ReleaseRange {
        match self {
            ChartDefault::JobManagerMemory | ChartDefault::TaskManagerMemory => {
                MEMORY_DEFAULTS_GONE
            }
            ChartDefault::Slots => SLOTS_DEFAULT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_brings_the_definitions_that_came_until_then() {
        assert_eq!(crds(Release::new(9)).count(), 2);
        assert_eq!(crds(Release::new(10)).count(), 3);
        assert_eq!(crds(Release::LAST).count(), 4);
    }
}
