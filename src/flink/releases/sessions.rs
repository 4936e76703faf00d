//! The kinds beside `FlinkDeployment`: session jobs, snapshots, blue and green deployments.

use super::row::Effect::{Accepts, Changes, Ignores, Refuses};
use super::row::{ALWAYS, Row, since, until};

/// Session jobs fetch their jar by https, unless other schemes are allowed.
pub const SESSION_SCHEMES: Row = Row::new(
    "session-job-jar",
    since(15),
    Refuses,
    "the scheme of `jarURI` must be on the operator's allowlist, which is `https` alone by \
     default: `local`, `s3` and `http` are rejected",
    "KubernetesOperatorConfigOptions.java:337-341 (1.15.0)",
)
.says("is not in the allowlist");

pub(super) const ROWS: &[Row] = &[
    Row::new(
        "session-job",
        ALWAYS,
        Refuses,
        "a FlinkSessionJob must have `spec.job`",
        "DefaultValidator.java (1.0.0 to 1.15.0)",
    )
    .says("The job spec should not be empty"),
    Row::new(
        "session-job",
        since(2),
        Refuses,
        "`deploymentName` of a FlinkSessionJob must match the pattern for the names of \
         FlinkDeployments",
        "DefaultValidator.java:590 (1.15.0)",
    )
    .says("The FlinkDeployment name: %s is invalid"),
    Row::new(
        "session-job",
        since(2),
        Refuses,
        "`deploymentName` of a deployed FlinkSessionJob cannot be changed",
        "DefaultValidator.java (1.2.0 to 1.15.0)",
    )
    .says("The deploymentName can't be changed"),
    Row::new(
        "session-job-state",
        until(6),
        Refuses,
        "a FlinkSessionJob that is new to the operator may not have `job.state: suspended`",
        "DefaultValidator.java (1.0.0 to 1.6.1); FLINK-32729 dropped it in 1.7.0",
    )
    .says("Job must start in running state"),
    Row::new(
        "session-job-state",
        since(7),
        Ignores,
        "a FlinkSessionJob that is new to the operator and has `job.state: suspended` is \
         accepted and not started until it is resumed",
        "AbstractFlinkResourceReconciler.java:113-119 (1.7.0); FLINK-32729",
    ),
    Row::new(
        "session-job-last-state",
        until(9),
        Refuses,
        "a FlinkSessionJob may not have `upgradeMode: last-state`",
        "DefaultValidator.java (1.0.0 to 1.9.0)",
    )
    .says("The LAST_STATE upgrade mode is not supported in session job now."),
    Row::new(
        "session-job-last-state",
        since(10),
        Accepts,
        "a FlinkSessionJob with `upgradeMode: last-state`",
        "DefaultValidator.java (1.10.0)",
    ),
    Row::new(
        "session-job-configuration",
        until(2),
        Refuses,
        "`flinkConfiguration` of a FlinkSessionJob may hold \
         `kubernetes.operator.user.artifacts.http.header` and no other key",
        "DefaultValidator.java (1.0.0 to 1.2.0); FLINK-27483",
    )
    .says("Invalid session job flinkConfiguration key: %s. Allowed keys are"),
    Row::new(
        "session-job-configuration",
        since(3),
        Accepts,
        "any key in `flinkConfiguration` of a FlinkSessionJob",
        "DefaultValidator.java (1.3.0)",
    ),
    Row::new(
        "session-job-cluster",
        ALWAYS,
        Refuses,
        "the FlinkDeployment that a FlinkSessionJob names must be a session cluster",
        "DefaultValidator.java (1.0.0 to 1.15.0)",
    )
    .says("Can not submit session job to application cluster"),
    Row::new(
        "session-job-cluster",
        ALWAYS,
        Refuses,
        "`deploymentName` of a FlinkSessionJob must be the name of its session cluster",
        "DefaultValidator.java (1.0.0 to 1.15.0)",
    )
    .says("The session job's cluster id is not match with the session cluster"),
    Row::new(
        "session-job-cluster",
        ALWAYS,
        Refuses,
        "what holds for the job of an application (parallelism, jar, checkpoint and savepoint \
         directories) holds for a FlinkSessionJob, judged by the configuration of the \
         operator, the session cluster and the job together",
        "DefaultValidator.java (1.0.0 to 1.15.0)",
    ),
    Row::new(
        "session-job-label",
        since(1),
        Changes,
        "the mutating webhook writes the label `target.session` on a FlinkSessionJob, and \
         nothing else",
        "the mutating webhook of the chart (1.1.0)",
    ),
    Row::new(
        "session-job-jar",
        since(15),
        Refuses,
        "`jarURI` of a FlinkSessionJob must have a scheme",
        "DefaultValidator.java (1.15.0)",
    )
    .says("jarURI must include a scheme"),
    SESSION_SCHEMES,
    Row::new(
        "session-job-jar",
        since(15),
        Refuses,
        "the host in `jarURI` of a FlinkSessionJob may not resolve to a private address",
        "DefaultValidator.java (1.15.0)",
    ),
    Row::new(
        "state-snapshot",
        since(10),
        Refuses,
        "a FlinkStateSnapshot must have either `checkpoint` or `savepoint`, not both",
        "DefaultValidator.java (1.10.0 to 1.15.0); FLINK-35265",
    )
    .says("Exactly one of checkpoint or savepoint configurations has to be set."),
    Row::new(
        "state-snapshot",
        since(10),
        Refuses,
        "a FlinkStateSnapshot must have `jobReference`, unless its `savepoint.alreadyExists` \
         is true",
        "DefaultValidator.java (1.10.0 to 1.15.0); FLINK-35265",
    )
    .says("Job reference must be supplied for this snapshot"),
    Row::new(
        "state-snapshot",
        since(10),
        Refuses,
        "the resource that a FlinkStateSnapshot refers to must exist",
        "DefaultValidator.java (1.10.0 to 1.15.0); FLINK-35265",
    )
    .says("Target for snapshot %s/%s was not found"),
    Row::new(
        "blue-green",
        since(14),
        Accepts,
        "a FlinkBlueGreenDeployment as such is looked at by no validator and no webhook; the \
         FlinkDeployments made from its `spec.template.spec` are",
        "FlinkValidator.java:66-74 (1.15.0); FLINK-37515",
    ),
];
