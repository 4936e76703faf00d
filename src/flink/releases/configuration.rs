//! Keys of `flinkConfiguration`: which are forbidden, overwritten or filled in, and their shape.

use super::row::Effect::{Accepts, Changes, Drops, Ignores, Refuses};
use super::row::{ALWAYS, Row, between, since, until};

/// A third key is forbidden.
pub const HA_CLUSTER_ID: Row = Row::new(
    "forbidden-keys",
    since(4),
    Refuses,
    "`high-availability.cluster-id` may not be set",
    "DefaultValidator.java (1.4.0 to 1.15.0); FLINK-27273, 895d9f12",
)
.says("Forbidden Flink config key: high-availability.cluster-id")
.rule("operator-refuses");

/// The block may be nested.
pub const NESTED_CONFIGURATION: Row = Row::new(
    "configuration-shape",
    since(13),
    Accepts,
    "`flinkConfiguration` may be nested YAML with values of any type, which the operator \
     flattens; session jobs alike",
    "flinkdeployments.flink.apache.org-v1.yml:34-35 (1.13.0), ConfigObjectNode.java:62-106 \
     (1.15.0); FLINK-37406",
);

pub(super) const ROWS: &[Row] = &[
    Row::new(
        "forbidden-keys",
        ALWAYS,
        Refuses,
        "`kubernetes.namespace` and `kubernetes.cluster-id` may not be set, as in 0.1.0",
        "DefaultDeploymentValidator.java:49-52 (0.1.0), DefaultValidator.java (1.0.0 to 1.15.0)",
    )
    .says("Forbidden Flink config key: %s"),
    HA_CLUSTER_ID,
    Row::new(
        "configuration-shape",
        until(12),
        Refuses,
        "every value of `flinkConfiguration` must be a string under its full key, so numbers \
         and truth values stand in quotes",
        "flinkdeployments.flink.apache.org-v1.yml:34-37 (1.12.1)",
    ),
    NESTED_CONFIGURATION,
    Row::new(
        "overwritten-keys",
        ALWAYS,
        Ignores,
        "what a field of the spec says overwrites the key: image and its pull policy, \
         `kubernetes.service-account`, `kubernetes.jobmanager.replicas`, cpu, \
         `*.memory.process.size`, `parallelism.default`, `pipeline.jars` and \
         `execution.target`; with an `ingress` also `kubernetes.rest-service.exposed.type`",
        "FlinkConfigBuilder.java:189-219 (0.1.0), :277-295 (1.0.0), FlinkConfigBuilder.java \
         (1.15.0)",
    ),
    Row::new(
        "savepoint-key",
        ALWAYS,
        Drops,
        "`execution.savepoint.path` is taken out when the operator has no savepoint of its own \
         to start from; `job.initialSavepointPath` is the field for it",
        "JobReconciler.java:144-148 (0.1.0), ApplicationReconciler.java:260-264 (1.0.0)",
    ),
    Row::new(
        "default-configuration",
        ALWAYS,
        Accepts,
        "what the operator's default configuration says counts when a manifest is validated; \
         0.1.0 looked at the manifest alone",
        "DefaultValidator.java:73-76 (1.0.0); FLINK-27029",
    ),
    Row::new(
        "high-availability",
        between(0, 2),
        Refuses,
        "where high availability is asked for, only the full class name of Kubernetes' own \
         counts, `org.apache.flink.kubernetes.highavailability.KubernetesHaServicesFactory`",
        "FlinkUtils.java:267-271 (0.1.0)",
    ),
    Row::new(
        "high-availability",
        since(3),
        Accepts,
        "the short `high-availability: kubernetes` counts as high availability",
        "FlinkUtils.java (1.3.0)",
    ),
    Row::new(
        "high-availability",
        since(4),
        Accepts,
        "any means of high availability counts, ZooKeeper's too",
        "DefaultValidator.java:402 (1.15.0)",
    ),
    Row::new(
        "rollback",
        until(3),
        Refuses,
        "`kubernetes.operator.deployment.rollback.enabled` needs high availability by Kubernetes",
        "DefaultValidator.java:135-138 (1.0.0)",
    )
    .says("Kubernetes HA must be enabled for rollback support."),
    Row::new(
        "rollback",
        since(4),
        Refuses,
        "`kubernetes.operator.deployment.rollback.enabled` needs high availability, by \
         whatever means",
        "DefaultValidator.java:206 (1.15.0)",
    )
    .says("HA must be enabled for rollback support."),
    Row::new(
        "health-check",
        since(3),
        Refuses,
        "the cluster health check needs the recovery of JobManager deployments to be on",
        "DefaultValidator.java:211-223 (1.15.0)",
    )
    .says("Deployment recovery (%s) must be enabled for job health check (%s) support."),
    Row::new(
        "autoscaler",
        since(7),
        Refuses,
        "options of the autoscaler must lie in their ranges: scale factors not below 0, \
         utilisations between 0 and 1 and in order",
        "AutoscalerValidator.java:42-56 (1.15.0)",
    )
    .says("The AutoScalerOption %s is invalid, it should be a value within the range [%s, %s]"),
    Row::new(
        "autoscaler",
        since(11),
        Accepts,
        "`job.autoscalerResetNonce`, for session jobs too",
        "flinkdeployments.flink.apache.org-v1.yml and flinksessionjobs.flink.apache.org-v1.yml \
         (1.11.0)",
    ),
    Row::new(
        "effective-defaults",
        ALWAYS,
        Changes,
        "`web.cancel.enable` is false unless it is set, so that no job is cancelled by accident",
        "FlinkConfigBuilder.java:126-150 (1.0.0); FLINK-27154, FLINK-27261",
    ),
    Row::new(
        "effective-defaults",
        ALWAYS,
        Changes,
        "an application that has ended keeps its cluster: \
         `execution.shutdown-on-application-finish` is false, whatever is set",
        "FlinkConfigBuilder.java:126-150 (1.0.0)",
    ),
    Row::new(
        "effective-defaults",
        ALWAYS,
        Changes,
        "with high availability, `execution.submit-failed-job-on-application-error` is true \
         unless it is set",
        "FlinkConfigBuilder.java:126-150 (1.0.0)",
    ),
    Row::new(
        "effective-defaults",
        ALWAYS,
        Changes,
        "the checkpoints of an application are kept when it is cancelled, unless it is set \
         otherwise",
        "FlinkConfigBuilder.java:147-149 (1.0.0)",
    ),
    Row::new(
        "effective-defaults",
        ALWAYS,
        Changes,
        "in mode `last-state`, `execution.checkpointing.interval` is 5 minutes unless it is set",
        "FlinkConfigBuilder.java:126-150 (1.0.0); FLINK-26893",
    ),
    Row::new(
        "effective-defaults",
        since(2),
        Changes,
        "`pipeline.name` of an application is the name of the resource unless it is set",
        "FlinkConfigBuilder.java (1.2.0)",
    ),
];
