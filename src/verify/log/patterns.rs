//! What the lines of a JobManager say, each with the source that writes it.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::super::attribution::Owner;
use super::line::Unwrapped;
use super::{jobmanager, operator};

/// What a line says about a start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogEventKind {
    /// The job is being started from this location. `CheckpointCoordinator.restoreSavepoint`, Flink
    /// 1.14 to 2.0: `Starting job ID from savepoint PATH (…)`; the line of the upgrade guide.
    Starting(String),
    /// State that fits no operator of the job was left out. `Checkpoints.loadAndValidateCheckpoint`, Flink
    /// 1.14 to 2.1: `Skipping savepoint state for operator ID.`, between `Starting` and `Restoring`.
    Skipped,
    /// State was read. `CheckpointCoordinator.restoreLatestCheckpointedStateInternal`, Flink 1.14
    /// to 2.1: `Restoring job ID from …`, and `CompletedCheckpoint.toString`: `Savepoint 7 @ TIME for
    /// ID located at PATH`. Follows on `Starting`, and stands alone where high availability had a
    /// checkpoint, which Flink prefers to a savepoint, and where tasks restart.
    Restoring(Restored),
    /// There was no checkpoint to go on from. The same method: `No checkpoint found during restore.`
    /// It stands before every first start: what follows says whether there was a savepoint.
    NoCheckpoint,
    /// The job is being scheduled, before a single task is deployed. `DefaultExecutionGraph.transitionState`,
    /// Flink 1.14 to 2.1: `Job NAME (ID) switched from state A to RUNNING.` Its name, where A is CREATED: a
    /// restart is no start.
    Running(Option<String>),
    /// A task runs: it has its state. `Execution.transitionState`, Flink 1.14 to 2.1: `TASK (1/2) (ATTEMPT)
    /// switched from INITIALIZING to RUNNING.`
    TaskRunning,
    /// All tasks run. `CheckpointCoordinator.logCheckpointInfo`, Flink 1.14 to 2.1: `Completed checkpoint 8
    /// for job ID (…)`.
    CheckpointCompleted,
    /// The tasks end and are to begin anew: a job that switches to RESTARTING or FAILING.
    Restarting,
    /// The job could not be started, or failed for good: `Job NAME (ID) switched from state A to FAILED`,
    /// `Job ID reached terminal state FAILED` of the dispatcher, `Could not start the JobMaster` of
    /// `DefaultJobMasterServiceProcess`, `the ExecutionGraph creation failed` of the adaptive scheduler, and
    /// the end of a process that is `FAILED`, fatal or has the exit code of a failure (`ClusterEntrypoint`);
    /// and what `AbstractFsCheckpointStorageAccess.resolveCheckpointPointer` and `Checkpoints` say of a
    /// location from which nothing can be restored. Flink 1.14 to 2.1.
    Failed(FailureKind),
    /// The process was told to end, or ended without a failure. `ClusterEntrypoint`, Flink 1.14 to 2.1:
    /// `RECEIVED SIGNAL 15: SIGTERM. …`, `Shutting … down with application status UNKNOWN. …`.
    Stopped,
    /// A job with this name was handed over. The dispatcher, Flink 1.14 to 2.1: `Submitting job 'NAME'
    /// (ID).`, and `JobMaster`: `Initializing job 'NAME' (ID).`
    Submitted(String),
    /// A process begins: what the one before it had begun and not brought to an end came to nothing.
    /// `EnvironmentInformation.logEnvironmentInfo`, called by every entry point, Flink 1.14 to 2.0:
    /// ` Starting KubernetesApplicationClusterEntrypoint (Version: …`, and `ClusterEntrypoint.startCluster`:
    /// `Starting KubernetesApplicationClusterEntrypoint.`
    ProcessStarted,
    /// The configuration names a location to start from. `GlobalConfiguration`, Flink 1.14 to 1.20:
    /// `Loading configuration property: execution.savepoint.path, PATH`.
    Configured(String),
    /// A controller of the operator has started. `Operator` of its SDK, operator 0.1.0 to 1.15.0:
    /// `Registered reconciler: 'NAME' for resource: …`.
    Registered(String),
    /// The operator has deployed the resource that the line names. `FlinkService`, later
    /// `AbstractFlinkService`, 1.0.0 to 1.15.0: `Deploying application cluster`, and in later releases
    /// `AuditUtils` with the event `SUBMIT`. From where does not stand in its log.
    Deployed,
    /// The operator has an error for the resource that the line names: its level is ERROR, or its
    /// status or event says so (`AuditUtils`, later releases).
    Refused(String),
    /// The operator or its SDK speaks, and not about a resource.
    OperatorMessage,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Restored {
    /// Where it lies, as Flink resolved it.
    pub location: String,
    /// It is a savepoint, or a checkpoint that the job was told to start from.
    pub is_savepoint: bool,
    /// Its number among the checkpoints of the job.
    pub checkpoint: Option<u64>,
}

impl LogEventKind {
    /// True for what tells how far a job has come: of many such lines the last counts as well.
    pub(crate) fn is_progress(&self) -> bool {
        use LogEventKind::{
            CheckpointCompleted, Failed, Restarting, Running, Stopped, TaskRunning,
        };
        matches!(
            self,
            Running(_) | TaskRunning | CheckpointCompleted | Restarting | Failed(_) | Stopped
        )
    }
}

/// How a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// There is nothing at the location, or it does not fit the job.
    Restore,
    /// The job has failed.
    Job,
}

/// Some of these stand in every line that says something.
const PATTERNS: [&str; 29] = [
    ENTRYPOINT,
    STANDALONE_ENTRYPOINT,
    "Starting job ",
    "Restoring job ",
    "No checkpoint found during restore",
    "Skipping savepoint state for operator",
    " switched from state ",
    "INITIALIZING to RUNNING",
    "Completed checkpoint ",
    " reached terminal state ",
    "RECEIVED SIGNAL ",
    "Fatal error occurred in the cluster entrypoint",
    "Submitting job '",
    "Initializing job '",
    GRAPH_NOT_CREATED,
    CANNOT_FIND,
    CANNOT_FIND_METADATA,
    DOES_NOT_FIT,
    DID_NOT_START,
    "execution.savepoint.path",
    "execution.state-recovery.path",
    "Registered reconciler: ",
    "Operator SDK ",
    "The client is using resource type ",
    "Deploying application cluster",
    "Deploying for the first time",
    ">>> ",
    "ERROR",
    "Error",
];

/// Stands in the name of the class with which every process of Flink begins its log
/// (`ClusterEntrypoint`, `KubernetesSessionClusterEntrypoint` and others, Flink 1.14 to 2.0).
pub(crate) const ENTRYPOINT: &str = "ClusterEntrypoint";

/// The same in `StandaloneApplicationClusterEntryPoint`, which is spelled in its own way.
pub(crate) const STANDALONE_ENTRYPOINT: &str = "ClusterEntryPoint";

const CANNOT_FIND: &str = "Cannot find checkpoint or savepoint file/directory";
const CANNOT_FIND_METADATA: &str = "Cannot find meta data file '_metadata' in directory";
const DOES_NOT_FIT: &str = "Failed to rollback to checkpoint/savepoint";

const DID_NOT_START: &str = "Could not start the JobMaster";
const GRAPH_NOT_CREATED: &str = "because the ExecutionGraph creation failed";

/// True if it is worth while to look at the line more closely.
pub(crate) fn may_match(line: &[u8]) -> bool {
    static FINDERS: LazyLock<Vec<Finder<'static>>> =
        LazyLock::new(|| PATTERNS.iter().map(|sign| Finder::new(*sign)).collect());
    FINDERS.iter().any(|finder| finder.find(line).is_some())
}

/// True if only a process of Flink writes such a line.
pub(crate) fn is_flink(line: &Unwrapped) -> bool {
    if line.logger.as_deref().is_some_and(|logger| logger.ends_with(ENTRYPOINT)) {
        return true;
    }
    let text = line.text.as_str();
    text.contains(ENTRYPOINT) || text.contains(STANDALONE_ENTRYPOINT)
}

/// What the line says; the id of the job, if it names one; and whose it is, if its text says so.
pub(crate) fn parse(line: &Unwrapped) -> Option<(LogEventKind, Option<String>, Option<Owner>)> {
    let text = line.text.as_str();
    if let Some((job, event)) = jobmanager::parse(line) {
        return Some((event, job, None));
    }
    // The operator repeats what JobManagers say.
    let resource = operator::resource(text);
    if let Some(event) = operator::parse(text, resource.is_some()) {
        return Some((event, None, resource));
    }
    let has = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
    let failure = if has(&[CANNOT_FIND, CANNOT_FIND_METADATA, DOES_NOT_FIT]) {
        FailureKind::Restore
    } else if has(&[DID_NOT_START, GRAPH_NOT_CREATED]) {
        FailureKind::Job
    } else {
        return None;
    };
    Some((LogEventKind::Failed(failure), None, None))
}

/// What follows this prefix, if the message begins with them. Where a layout puts ` - ` before the
/// message, as Flink's does, it begins there, and elsewhere with the first word that fits: what a job
/// writes into its own log must not pass for the words of Flink.
pub(crate) fn message_after<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let at = text.find(prefix)?;
    let before = &text[..at];
    let begins = match text.find(" - ") {
        Some(dash) if dash < at => dash + 3 == at,
        _ => before.is_empty() || before.ends_with([' ', ']', ':', '|']),
    };
    begins.then(|| &text[at + prefix.len()..])
}

/// What is left of a line where its time, level and class are left out: the layouts of Flink put ` - `
/// between them and the message (`log4j-console.properties`, Flink 1.14 to 2.0).
pub(crate) fn without_header(text: &str) -> &str {
    let has_header = text.starts_with(|c: char| c.is_ascii_digit());
    let message = text.split_once(" - ").filter(|_| has_header);
    message.map_or(text, |(_, message)| message)
}

#[cfg(test)]
mod tests {
    use super::super::line::unwrap;
    use super::*;

    const ID: &str = "00000000000000000000000000000000";

    fn parse_line(line: &str) -> Option<(LogEventKind, Option<String>, Option<Owner>)> {
        assert!(may_match(line.as_bytes()) || parse(&unwrap(line)).is_none(), "{line}");
        parse(&unwrap(line))
    }

    fn event(line: &str) -> Option<LogEventKind> {
        parse_line(line).map(|(event, _, _)| event)
    }

    #[test]
    fn the_lines_of_a_jobmanager_are_known() {
        let lead = |event: &LogEventKind| {
            let logger = match event {
                LogEventKind::Running(_)
                | LogEventKind::TaskRunning
                | LogEventKind::Restarting
                | LogEventKind::Failed(_) => "o.a.f.r.executiongraph.ExecutionGraph",
                LogEventKind::Submitted(_) => "o.a.f.r.jobmaster.JobMaster",
                LogEventKind::Skipped => "o.a.f.r.checkpoint.Checkpoints",
                LogEventKind::Configured(_) => "o.a.f.configuration.GlobalConfiguration",
                LogEventKind::ProcessStarted | LogEventKind::Stopped => {
                    "o.a.f.r.entrypoint.ClusterEntrypoint"
                }
                _ => "o.a.f.r.checkpoint.CheckpointCoordinator",
            };
            format!("2022-05-27 16:13:00,417 INFO  {logger} [] - ")
        };
        for (text, expected) in [
            (format!("Starting job {ID} from savepoint /sp/1/_metadat"), {
                LogEventKind::Starting("/sp/1/_metadat".into())
            }),
            (format!("Starting job {ID} from savepoint s3://b/a b ()"), {
                LogEventKind::Starting("s3://b/a b".into())
            }),
            (format!("Starting job {ID} from savepoint /a (b)"), {
                LogEventKind::Starting("/a (b)".into())
            }),
            (format!("Starting job {ID} from savepoint /a (allowing non restored state)"), {
                LogEventKind::Starting("/a".into())
            }),
            (format!("Restoring job {ID} from Savepoint 7 @ 0 for {ID} located at s3://b/x."), {
                let (location, checkpoint) = ("s3://b/x".into(), Some(7));
                LogEventKind::Restoring(Restored { location, is_savepoint: true, checkpoint })
            }),
            (format!("Restoring job {ID} from Checkpoint 9 @ 0 for {ID} located at /c/chk-9."), {
                let (location, checkpoint) = ("/c/chk-9".into(), Some(9));
                LogEventKind::Restoring(Restored { location, is_savepoint: false, checkpoint })
            }),
            ("No checkpoint found during restore.".into(), LogEventKind::NoCheckpoint),
            (format!("Job a (b) - c ({ID}) switched from state CREATED to RUNNING."), {
                LogEventKind::Running(Some("a (b) - c".into()))
            }),
            (format!("Job x ({ID}) switched from state RESTARTING to RUNNING."), {
                LogEventKind::Running(None)
            }),
            (format!("Job x ({ID}) switched from state RUNNING to RESTARTING."), {
                LogEventKind::Restarting
            }),
            (
                "Source: a - b -> c (1/2) (cf3a_0_0) switched from INITIALIZING to RUNNING.".into(),
                { LogEventKind::TaskRunning },
            ),
            (
                format!(
                    "Completed checkpoint 8 for job {ID} (123 bytes, checkpointDuration=5 ms)."
                ),
                { LogEventKind::CheckpointCompleted },
            ),
            (
                "Skipping savepoint state for operator cbc357ccb763df28.".into(),
                LogEventKind::Skipped,
            ),
            (format!("Initializing job 'a (b)' ({ID})."), LogEventKind::Submitted("a (b)".into())),
            ("RECEIVED SIGNAL 15: SIGTERM. Shutting down as requested.".into(), {
                LogEventKind::Stopped
            }),
            (
                "Shutting KubernetesApplicationClusterEntrypoint down with application status \
                 UNKNOWN. Diagnostics Cluster entrypoint has been closed externally.."
                    .into(),
                LogEventKind::Stopped,
            ),
            (format!("Job x ({ID}) switched from state INITIALIZING to FAILED."), {
                LogEventKind::Failed(FailureKind::Job)
            }),
            (
                "Starting KubernetesApplicationClusterEntrypoint.".into(),
                LogEventKind::ProcessStarted,
            ),
            (
                " Starting StandaloneApplicationClusterEntryPoint (Version: 1.16.0, Scala: 2.12)"
                    .into(),
                { LogEventKind::ProcessStarted },
            ),
            ("Loading configuration property: execution.savepoint.path, s3://b/x".into(), {
                LogEventKind::Configured("s3://b/x".into())
            }),
        ] {
            assert_eq!(event(&text), Some(expected.clone()), "{text}");
            let lead = lead(&expected);
            assert_eq!(event(&format!("{lead}{text}")), Some(expected), "{text}");
            let forged = format!("2022-05-27 16:13:00,417 INFO  com.acme.Main [] - {text}");
            assert_eq!(event(&forged), None);
            let json = serde_json::json!({"logger": "com.acme.X", "message": text}).to_string();
            assert_eq!(event(&json), None);
        }
    }

    #[test]
    fn failures_are_known() {
        let entrypoint = "INFO  o.a.f.r.entrypoint.ClusterEntrypoint [] -";
        for failed in [
            format!(
                "INFO  o.a.f.r.dispatcher.StandaloneDispatcher [] - Job {ID} reached terminal state \
                 FAILED."
            ),
            format!(
                "{entrypoint} Shutting A down with application status FAILED. Diagnostics null."
            ),
            format!("{entrypoint} Terminating cluster entrypoint process A with exit code 1443."),
            format!("{entrypoint} Fatal error occurred in the cluster entrypoint."),
            "Failed to go from CreatingExecutionGraph to CreatingExecutionGraph because the \
             ExecutionGraph creation failed."
                .to_string(),
        ] {
            assert_eq!(event(&failed), Some(LogEventKind::Failed(FailureKind::Job)), "{failed}");
        }
        let cause = "Caused by: java.io.FileNotFoundException: Cannot find checkpoint or savepoint \
            file/directory 's3://b/x' on file system 's3'.";
        assert_eq!(event(cause), Some(LogEventKind::Failed(FailureKind::Restore)));
    }

    #[test]
    fn the_lines_of_the_upgrade_guide_are_known() {
        let registered = "2022-04-13 06:09:40,761 i.j.o.Operator                 [INFO ] Registered \
            reconciler: 'flinkdeploymentcontroller' for resource: 'class \
            org.apache.flink.kubernetes.operator.crd.FlinkDeployment' for namespace(s): [all namespaces]";
        assert_eq!(
            event(registered),
            Some(LogEventKind::Registered("flinkdeploymentcontroller".into()))
        );
        for line in [
            "2022-04-13 06:09:40,943 i.f.k.c.i.VersionUsageUtils    [WARN ] The client is using \
             resource type 'flinksessionjobs' with unstable version 'v1beta1'",
            "2022-04-13 06:09:41,464 i.j.o.Operator                 [INFO ] Operator SDK 2.1.2 \
             (commit: a3a81ef) built on 2022-03-15T09:59:42.000+0000 starting...",
        ] {
            assert_eq!(event(line), Some(LogEventKind::OperatorMessage), "{line}");
        }
    }

    #[test]
    fn what_a_job_writes_does_not_pass_for_flink() {
        for line in [
            format!("INFO my.Job [] - got: Starting job {ID} from savepoint /x"),
            "Starting job 7 from savepoint /x".to_string(),
            format!("Restoring job {ID} from backup"),
            "Restoring job nightly from Savepoint located at /x".to_string(),
            "Job done switched from state A".to_string(),
            "[ERROR] something of a job".to_string(),
            "a][b/c] Deploying".to_string(),
            "Source: a (1/2)#0 (cf3a_0_0) switched from INITIALIZING to RUNNING.".to_string(),
            "Source: a switched from INITIALIZING to RUNNING.".to_string(),
            "INFO my.Job [] - a (1/2) (x) switched from INITIALIZING to RUNNING.".to_string(),
            format!("Job {ID} reached terminal state FINISHED."),
        ] {
            assert_eq!(event(&line), None, "{line}");
        }
    }
}
