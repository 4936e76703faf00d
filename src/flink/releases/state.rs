//! A job and its state: whether it starts, from what, and where checkpoints and savepoints go.

use super::row::Effect::{Accepts, Changes, Ignores, Refuses};
use super::row::{ALWAYS, Row, between, since, until};

/// A new resource may not be suspended.
pub const SUSPENDED_REFUSED: Row = Row::new(
    "job-state",
    until(6),
    Refuses,
    "a FlinkDeployment that is new to the operator may not have `job.state: suspended`",
    "DefaultValidator.java:263-264 (1.0.0), :398-400 (1.6.1); FLINK-32729 dropped it in 1.7.0",
)
.says("Job must start in running state")
.rule("job-state");

/// A new resource may be suspended.
pub const SUSPENDED_WAITS: Row = Row::new(
    "job-state",
    since(7),
    Ignores,
    "a FlinkDeployment that is new to the operator and has `job.state: suspended` is accepted \
     and not deployed until it is resumed; it then starts from `initialSavepointPath`",
    "AbstractFlinkResourceReconciler.java:113-119 (1.7.0); FLINK-32729",
)
.rule("job-state");

/// A stateful job needs a checkpoint directory.
pub const CHECKPOINTS_DIR_REQUIRED: Row = Row::new(
    "checkpoint-dir",
    ALWAYS,
    Refuses,
    "with `upgradeMode` `savepoint` or `last-state` there must be `state.checkpoints.dir`, in \
     `flinkConfiguration` or in the operator's default configuration; 0.1.0 did not ask",
    "DefaultValidator.java:178-186 (1.0.0), :251 (1.15.0); FLINK-27495",
)
.says("must be defined for last-state and savepoint upgrade modes")
.rule("checkpoint-dir");

/// The checkpoint directory has a second, newer name.
pub const CHECKPOINTING_DIR: Row = Row::new(
    "checkpoint-dir",
    since(11),
    Accepts,
    "`execution.checkpointing.dir` counts as the checkpoint directory; up to 1.10 it is an \
     unknown key, and only `state.checkpoints.dir` and the older \
     `state.backend.fs.checkpointdir` are known",
    "the key came with Flink 1.20; pom.xml: Flink 1.19.1 (1.10.0), 1.20.1 (1.11.0)",
)
.rule("checkpoint-dir");

/// Applications no longer share one job id.
pub const RANDOM_JOB_IDS: Row = Row::new(
    "job-ids",
    since(2),
    Changes,
    "applications get random job ids, so that checkpoints of two jobs in one directory no \
     longer collide; on 1.0 and 1.1, applications on Flink 1.14 and 1.15 with high \
     availability all have the id 0…0",
    "ApplicationReconciler.java:203-206 (1.15.0); FLINK-29109, 6f0914bb",
)
.rule("checkpoint-dir");

pub(super) const ROWS: &[Row] = &[
    SUSPENDED_REFUSED,
    SUSPENDED_WAITS,
    CHECKPOINTS_DIR_REQUIRED,
    CHECKPOINTING_DIR,
    RANDOM_JOB_IDS,
    Row::new(
        "savepoint-dir",
        ALWAYS,
        Refuses,
        "with `upgradeMode: savepoint` there must be `state.savepoints.dir`",
        "DefaultValidator.java:190 (1.0.0), :263 (1.15.0)",
    )
    .says("Job could not be upgraded with savepoint while config key[%s] is not set"),
    Row::new(
        "savepoint-dir",
        ALWAYS,
        Refuses,
        "with `job.savepointTriggerNonce` there must be `state.savepoints.dir`",
        "DefaultValidator.java:195 (1.0.0), :268 (1.15.0)",
    )
    .says("Savepoint could not be manually triggered"),
    Row::new(
        "savepoint-dir",
        since(1),
        Refuses,
        "with periodic savepoints there must be `state.savepoints.dir`",
        "DefaultValidator.java:273 (1.15.0)",
    )
    .says("Periodic savepoints cannot be enabled when config key[%s] is not set"),
    Row::new(
        "savepoint-dir",
        since(5),
        Refuses,
        "with a greatest age of the checkpoint in mode `last-state` there must be \
         `state.savepoints.dir`",
        "DefaultValidator.java:279 (1.15.0)",
    )
    .says("In order to use max-checkpoint age functionality"),
    Row::new(
        "last-state",
        until(3),
        Refuses,
        "`upgradeMode: last-state` needs high availability by Kubernetes",
        "DefaultValidator.java:172 (1.0.0)",
    )
    .says("Job could not be upgraded with last-state while Kubernetes HA disabled"),
    Row::new(
        "last-state",
        until(9),
        Refuses,
        "a running job without high availability is not changed to `last-state` unless \
         `state.savepoints.dir` is set",
        "DefaultValidator.java:292 (1.0.0)",
    )
    .says("Job could not be upgraded to last-state while config key[%s] is not set"),
    Row::new(
        "last-state",
        between(4, 9),
        Refuses,
        "`upgradeMode: last-state` needs high availability, by whatever means",
        "DefaultValidator.java:172 (1.0.0); any means from 1.4.0 on, dropped in 1.10.0",
    )
    .says("Job could not be upgraded with last-state while HA disabled"),
    Row::new(
        "last-state",
        since(10),
        Accepts,
        "`upgradeMode: last-state` without high availability",
        "DefaultValidator.java (1.10.0)",
    ),
    Row::new(
        "savepoint-restore",
        between(0, 0),
        Refuses,
        "a job that was suspended in mode `savepoint` is not resumed if its status names no \
         savepoint; 1.0.1 no longer refuses it",
        "DefaultValidator.java:284 (1.0.0); ae6e6716",
    )
    .says("Cannot perform savepoint restore without a valid savepoint"),
    Row::new(
        "savepoint-redeploy",
        since(8),
        Accepts,
        "`job.savepointRedeployNonce`: a new value starts the job again from \
         `initialSavepointPath`; session jobs too",
        "flinkdeployments.flink.apache.org-v1.yml and flinksessionjobs.flink.apache.org-v1.yml \
         (1.8.0); FLINK-33763",
    ),
    Row::new(
        "savepoint-redeploy",
        since(8),
        Refuses,
        "a new `job.savepointRedeployNonce` needs an `initialSavepointPath`",
        "DefaultValidator.java:524 (1.15.0); FLINK-33763",
    )
    .says("InitialSavepointPath must not be empty for savepoint redeployment"),
    Row::new(
        "checkpoint-trigger",
        since(7),
        Accepts,
        "`job.checkpointTriggerNonce`, for session jobs too",
        "flinkdeployments.flink.apache.org-v1.yml and flinksessionjobs.flink.apache.org-v1.yml \
         (1.7.0)",
    ),
    Row::new(
        "non-restored-state",
        ALWAYS,
        Accepts,
        "`job.allowNonRestoredState`, which overrides \
         `execution.savepoint.ignore-unclaimed-state` of `flinkConfiguration`; 0.1.0 had only \
         the key",
        "flinkdeployments.flink.apache.org-v1.yml:9075 (1.0.0); FLINK-27458",
    ),
    Row::new(
        "jar-uri",
        until(1),
        Refuses,
        "a job must have `jarURI`",
        "DefaultValidator.java:167 (1.0.0); FLINK-29288 dropped it in 1.2.0",
    )
    .says("Jar URI must be defined"),
    Row::new(
        "jar-uri",
        since(2),
        Accepts,
        "a job without `jarURI`",
        "DefaultValidator.java (1.2.0); FLINK-29288",
    ),
];
