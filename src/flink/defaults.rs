//! What the chart of operator 0.1.0 put into every cluster's configuration, and later charts do not
//! (`conf/flink-default-config/flink-conf.yaml`, 0.1.0).

use super::names::{field, key};
use super::releases::{MEMORY_DEFAULTS_GONE, ReleaseRange, SLOTS_DEFAULT};

/// A default of that chart which a later one drops.
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
