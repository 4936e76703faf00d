//! Memory, slots, cpu and replicas: what must be said, and what the chart's defaults no longer say.

use super::row::Effect::{Accepts, Changes, Drops, Refuses};
use super::row::{ALWAYS, Row, since, until};

/// The operator's chart no longer sets the memory of clusters.
pub const MEMORY_DEFAULTS_GONE: Row = Row::new(
    "memory-defaults",
    since(2),
    Drops,
    "the chart's default configuration no longer has `jobmanager.memory.process.size: 1600m` \
     and `taskmanager.memory.process.size: 1728m`, as 0.1.0, 1.0 and 1.1 had it; a cluster \
     that relied on them fails at deployment in 1.2 and 1.3",
    "helm/flink-kubernetes-operator/conf/flink-conf.yaml (1.2.0); c84f923f",
)
.rule("operator-defaults");

/// The operator's chart sets one slot and parallelism 1, where it set 2.
pub const SLOTS_DEFAULT: Row = Row::new(
    "slots-default",
    since(3),
    Changes,
    "the chart's default configuration says `taskmanager.numberOfTaskSlots: 1` and \
     `parallelism.default: 1`, both 2 up to 1.2; a TaskManager without cpu gets as much as it \
     has slots, so 1 instead of 2",
    "helm/flink-kubernetes-operator/conf/flink-conf.yaml (1.3.0); 772a2a4d",
)
.rule("operator-defaults");

/// The validator wants memory that can be derived.
pub const MEMORY_REQUIRED: Row = Row::new(
    "memory",
    since(4),
    Refuses,
    "the memory of JobManager and TaskManager must follow from `resource.memory`, from \
     `flinkConfiguration` or from the operator's default configuration",
    "DefaultValidator.java:387,431 (1.15.0); FLINK-30411",
)
.says("resource memory must be defined using `spec.%s.resource.memory`")
.rule("operator-defaults");

/// Quantities as Kubernetes writes them are errors.
pub const MEMORY_UNITS: Row = Row::new(
    "memory-units",
    until(6),
    Refuses,
    "memory in units of Kubernetes, such as `2Gi`, `512Mi` or `1.5g`, is a parse error; \
     `2048m` and `2g` are read as Flink reads them",
    "DefaultValidator.java:245 (1.0.0); FLINK-31871 allowed them in 1.7.0",
)
.says("%s resource memory parse error: %s");

/// Quantities as Kubernetes writes them are understood.
pub const MEMORY_UNITS_ACCEPTED: Row = Row::new(
    "memory-units",
    since(7),
    Accepts,
    "memory in units of Kubernetes, such as `2Gi`; what Flink can read is read as Flink reads \
     it, so `2048m` stays 2048 mebibytes",
    "FlinkConfigBuilder.java:438-456 (1.15.0); FLINK-31871",
);

pub(super) const ROWS: &[Row] = &[
    MEMORY_DEFAULTS_GONE,
    Row::new(
        "port-defaults",
        since(2),
        Drops,
        "the chart's default configuration no longer fixes ports 6122 to 6125",
        "helm/flink-kubernetes-operator/conf/flink-conf.yaml (1.2.0); c84f923f",
    ),
    SLOTS_DEFAULT,
    Row::new(
        "memory",
        ALWAYS,
        Refuses,
        "`resource.memory` must be an amount of memory",
        "DefaultValidator.java:245 (1.0.0), :457 (1.15.0)",
    )
    .says("%s resource memory parse error: %s"),
    Row::new(
        "memory",
        until(3),
        Refuses,
        "a `resource` block of JobManager or TaskManager must have `memory`",
        "DefaultValidator.java:241 (1.0.0); FLINK-30411 replaced it in 1.4.0",
    )
    .says("%s resource memory must be defined."),
    MEMORY_REQUIRED,
    MEMORY_UNITS,
    MEMORY_UNITS_ACCEPTED,
    Row::new(
        "ephemeral-storage",
        since(5),
        Accepts,
        "`resource.ephemeralStorage` of JobManager and TaskManager",
        "flinkdeployments.flink.apache.org-v1.yml (1.5.0)",
    ),
    Row::new(
        "ephemeral-storage",
        since(5),
        Refuses,
        "`resource.ephemeralStorage` must be a quantity of Kubernetes",
        "DefaultValidator.java:466 (1.15.0)",
    )
    .says("%s resource ephemeral storage parse error: %s"),
    Row::new(
        "jobmanager-cpu",
        ALWAYS,
        Changes,
        "a JobManager whose `resource` has no `cpu` gets `kubernetes.jobmanager.cpu` of \
         `flinkConfiguration`, else 1.0; in 0.1.0 it got 0, a request and limit of nothing",
        "FlinkConfigBuilder.java:205-219 (0.1.0), :277-295 (1.0.0); FLINK-27329",
    )
    .rule("jobmanager-cpu"),
    Row::new(
        "taskmanager-cpu",
        ALWAYS,
        Changes,
        "a TaskManager whose `resource` has no `cpu` gets `kubernetes.taskmanager.cpu` of \
         `flinkConfiguration`, which 0.1.0 overwrote; without the key it still gets as much as \
         it has slots",
        "FlinkConfigBuilder.java:205-219 (0.1.0), :277-295 (1.0.0)",
    ),
    Row::new(
        "jobmanager-replicas",
        ALWAYS,
        Changes,
        "a `jobManager` block without `replicas` has 1, which overrides \
         `kubernetes.jobmanager.replicas` of `flinkConfiguration`; 0.1.0 rejected it",
        "JobManagerSpec.java:37 and FlinkConfigBuilder.java:202-206 (1.0.0); FLINK-27329",
    )
    .rule("jobmanager-replicas"),
    Row::new(
        "jobmanager-replicas",
        ALWAYS,
        Refuses,
        "`jobManager.replicas` must be at least 1",
        "DefaultValidator.java:217 (1.0.0), :400 (1.15.0)",
    )
    .says("JobManager replicas should not be configured less than one."),
    Row::new(
        "jobmanager-replicas",
        until(3),
        Refuses,
        "more than one JobManager needs high availability by Kubernetes",
        "DefaultValidator.java:219 (1.0.0)",
    )
    .says("Kubernetes High availability should be enabled when starting standby JobManagers."),
    Row::new(
        "jobmanager-replicas",
        since(4),
        Refuses,
        "more than one JobManager needs high availability, by whatever means",
        "DefaultValidator.java:402 (1.15.0)",
    )
    .says("High availability should be enabled when starting standby JobManagers."),
    Row::new(
        "taskmanager-replicas",
        since(1),
        Accepts,
        "`spec.taskManager.replicas`, with which `job.parallelism` no longer counts, and the \
         `scale` subresource",
        "flinkdeployments.flink.apache.org-v1.yml (1.1.0)",
    ),
    Row::new(
        "taskmanager-replicas",
        since(1),
        Refuses,
        "`taskManager.replicas` of a FlinkDeployment with a job must be at least 1",
        "DefaultValidator.java:292 (1.15.0)",
    )
    .says("TaskManager replicas must be larger than 0"),
    Row::new(
        "taskmanager-replicas",
        since(1),
        Refuses,
        "`taskManager.replicas` of a session cluster must be at least 1",
        "DefaultValidator.java:441 (1.15.0)",
    )
    .says("TaskManager replicas should not be configured less than one."),
    Row::new(
        "parallelism",
        ALWAYS,
        Refuses,
        "`job.parallelism` must be at least 1 and has no default; from 1.1 on not where \
         `taskManager.replicas` is set",
        "DefaultValidator.java:163 (1.0.0), :294 (1.15.0)",
    )
    .says("Job parallelism must be larger than 0"),
];
