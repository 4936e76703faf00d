//! What the lines of a JobManager say, each with the source that writes it.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::super::attribution::Owner;
use super::line::{self, Unwrapped, may_be_by};
use super::operator;

/// What a line says about a start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogEventKind {
    /// The job is being started from this location. `CheckpointCoordinator.restoreSavepoint`, Flink
    /// 1.14 to 2.0: `Starting job ID from savepoint PATH (…)`; the line of the upgrade guide.
    Starting(String),
    /// State was assigned. `CheckpointCoordinator.restoreLatestCheckpointedStateInternal`, Flink 1.14
    /// to 2.0: `Restoring job ID from …`, and `CompletedCheckpoint.toString`: `Savepoint 7 @ TIME for
    /// ID located at PATH`. Follows on `Starting`, and stands alone where high availability had a
    /// checkpoint, which Flink prefers to a savepoint.
    Restoring(String),
    /// There was no checkpoint to go on from. The same method: `No checkpoint found during restore.`
    /// It stands before every first start: what follows says whether there was a savepoint.
    NoCheckpoint,
    /// The job runs. `DefaultExecutionGraph.transitionState`, Flink 1.14 to 2.0: `Job NAME (ID)
    /// switched from state A to RUNNING.`
    Running,
    /// The job could not be started, or failed: `Job NAME (ID) switched from state A to FAILED`, `Could
    /// not start the JobMaster` of `DefaultJobMasterServiceProcess`, Flink 1.14 to 2.0, and what `AbstractFsCheckpointStorageAccess.resolveCheckpointPointer` and `Checkpoints`, Flink
    /// 1.14 to 2.0, say of a location from which nothing can be restored.
    Failed(FailureKind),
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

/// How a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// There is nothing at the location, or it does not fit the job.
    Restore,
    /// The job has failed.
    Job,
}

/// Some of these stand in every line that says something.
const PATTERNS: [&str; 20] = [
    ENTRYPOINT,
    STANDALONE_ENTRYPOINT,
    "Starting job ",
    "Restoring job ",
    "No checkpoint found during restore",
    " switched from state ",
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
const ENTRYPOINT: &str = "ClusterEntrypoint";

/// The same in `StandaloneApplicationClusterEntryPoint`, which is spelled in its own way.
const STANDALONE_ENTRYPOINT: &str = "ClusterEntryPoint";

const CANNOT_FIND: &str = "Cannot find checkpoint or savepoint file/directory";
const CANNOT_FIND_METADATA: &str = "Cannot find meta data file '_metadata' in directory";
const DOES_NOT_FIT: &str = "Failed to rollback to checkpoint/savepoint";

const DID_NOT_START: &str = "Could not start the JobMaster";

/// What stands behind the location of a start.
const IN_BRACKETS: [&str; 2] = ["()", "(allowing non restored state)"];

/// The keys under which a location to start from stands: up to Flink 1.19, and from then on.
const SAVEPOINT_KEYS: [&str; 2] = ["execution.savepoint.path", "execution.state-recovery.path"];

/// Digits of the id of a job.
const ID_DIGITS: usize = 32;

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
    if let Some((job, event)) = job_event(line) {
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
    } else if has(&[DID_NOT_START]) {
        FailureKind::Job
    } else {
        return None;
    };
    Some((LogEventKind::Failed(failure), None, None))
}

/// What a JobManager says, and of which job.
fn job_event(line: &Unwrapped) -> Option<(Option<String>, LogEventKind)> {
    let text = line.text.as_str();
    if let Some(rest) = message_by(line, line::COORDINATOR, "Starting job ") {
        let (id, rest) = rest.split_once(" from savepoint ").filter(|(id, _)| is_id(id))?;
        // In brackets stands whether state may be left over, even if nothing is to be said.
        let rest = rest.trim_end();
        let location = IN_BRACKETS.iter().find_map(|brackets| rest.strip_suffix(brackets));
        let location = location.unwrap_or(rest).trim_end();
        return Some((Some(id.into()), LogEventKind::Starting(location.into())));
    }
    if let Some(rest) = message_by(line, line::COORDINATOR, "Restoring job ") {
        let (id, rest) = rest.split_once(" from ").filter(|(id, _)| is_id(id))?;
        let (_, location) = rest.split_once(" located at ")?;
        let location = location.trim_end();
        let location = location.strip_suffix('.').unwrap_or(location);
        return Some((Some(id.into()), LogEventKind::Restoring(location.into())));
    }
    if message_by(line, line::COORDINATOR, "No checkpoint found during restore").is_some() {
        return Some((None, LogEventKind::NoCheckpoint));
    }
    if let Some(rest) = message_by(line, line::GRAPH, "Job ") {
        let (job, states) = rest.rsplit_once(" switched from state ")?;
        let id = job.strip_suffix(')').and_then(|job| job.rsplit_once('(')).map(|(_, id)| id);
        let id = id.filter(|id| is_id(id)).map(String::from);
        let (_, state) = states.split_once(" to ")?;
        let state = state.split(|c: char| !c.is_ascii_alphabetic()).next()?;
        return match state {
            "RUNNING" => Some((id, LogEventKind::Running)),
            "FAILED" | "FAILING" => Some((id, LogEventKind::Failed(FailureKind::Job))),
            _ => None,
        };
    }
    if begins_process(line) {
        return Some((None, LogEventKind::ProcessStarted));
    }
    let (header, property) = text.split_once("Loading configuration property: ")?;
    if !may_be_by(line, header, line::CONFIGURATION) {
        return None;
    }
    let location =
        SAVEPOINT_KEYS.iter().find_map(|key| property.strip_prefix(key)?.strip_prefix(", "));
    location.map(|location| (None, LogEventKind::Configured(location.trim().into())))
}

/// What follows this prefix, if the message begins with them and nothing says that another class wrote
/// it.
fn message_by<'l>(line: &'l Unwrapped, class: &str, prefix: &str) -> Option<&'l str> {
    let rest = message_after(&line.text, prefix)?;
    let header = &line.text[..line.text.len() - rest.len() - prefix.len()];
    may_be_by(line, header, class).then_some(rest)
}

/// True if a process says with this line that it begins.
fn begins_process(line: &Unwrapped) -> bool {
    // One of both lines has a blank in front.
    let message_by_entrypoint = |prefix| message_by(line, line::ENTRYPOINT, prefix);
    let rest = message_by_entrypoint(" Starting ").or_else(|| message_by_entrypoint("Starting "));
    let Some(rest) = rest else { return false };
    let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())];
    let behind = &rest[name.len()..];
    [ENTRYPOINT, STANDALONE_ENTRYPOINT].iter().any(|end| name.ends_with(end))
        && (behind.starts_with(" (Version") || behind == ".")
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

fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit())
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
                LogEventKind::Running | LogEventKind::Failed(_) => {
                    "o.a.f.r.executiongraph.ExecutionGraph"
                }
                LogEventKind::Configured(_) => "o.a.f.configuration.GlobalConfiguration",
                LogEventKind::ProcessStarted => "o.a.f.r.entrypoint.ClusterEntrypoint",
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
                LogEventKind::Restoring("s3://b/x".into())
            }),
            ("No checkpoint found during restore.".into(), LogEventKind::NoCheckpoint),
            (format!("Job a (b) - c ({ID}) switched from state CREATED to RUNNING."), {
                LogEventKind::Running
            }),
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
        ] {
            assert_eq!(event(&line), None, "{line}");
        }
    }
}
