//! What the lines of a JobManager say, and of which job; `LogEventKind` names the source of each.

use super::line::{self, Unwrapped, may_be_by};
use super::patterns::{ENTRYPOINT, STANDALONE_ENTRYPOINT, message_after};
use super::{FailureKind, LogEventKind, Restored};

/// What stands behind the location of a start.
const IN_BRACKETS: [&str; 2] = ["()", "(allowing non restored state)"];

/// The keys under which a location to start from stands: up to Flink 1.19, and from then on.
const SAVEPOINT_KEYS: [&str; 2] = ["execution.savepoint.path", "execution.state-recovery.path"];

/// Digits of the id of a job.
const ID_DIGITS: usize = 32;

/// The exit code of an application that failed, and of a process that failed at its start or later
/// (`ApplicationStatus` and `ClusterEntrypoint`, Flink 1.14 to 2.1).
const FAILURE_CODES: [&str; 4] = ["1443", "1", "2", "239"];

/// What a JobManager says, and the id of the job, if the line names one.
pub(crate) fn parse(line: &Unwrapped) -> Option<(Option<String>, LogEventKind)> {
    let job_event = checkpoint_event(line).or_else(|| graph_event(line));
    if let Some(event) = job_event.or_else(|| dispatcher_event(line)) {
        return Some(event);
    }
    if let Some(event) = process_event(line) {
        return Some((None, event));
    }
    let (header, property) = line.text.split_once("Loading configuration property: ")?;
    if !may_be_by(line, header, line::CONFIGURATION) {
        return None;
    }
    let location =
        SAVEPOINT_KEYS.iter().find_map(|key| property.strip_prefix(key)?.strip_prefix(", "));
    location.map(|location| (None, LogEventKind::Configured(location.trim().into())))
}

/// What is said of checkpoints and savepoints.
fn checkpoint_event(line: &Unwrapped) -> Option<(Option<String>, LogEventKind)> {
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
        let (what, location) = rest.split_once(" located at ")?;
        let location = location.trim_end();
        let location = location.strip_suffix('.').unwrap_or(location).to_string();
        // `Savepoint 7 @ 0 for ID`; Flink 1.14 writes it in upper case.
        let (kind, number) = what.split_once(" @ ").map_or((what, None), |(what, _)| {
            what.rsplit_once(' ').map_or((what, None), |(kind, number)| (kind, number.parse().ok()))
        });
        let is_savepoint = kind.to_ascii_lowercase().starts_with("savepoint");
        let restored = Restored { location, is_savepoint, checkpoint: number };
        return Some((Some(id.into()), LogEventKind::Restoring(restored)));
    }
    if let Some(rest) = message_by(line, line::COORDINATOR, "Completed checkpoint ") {
        let id = rest.split_once(" for job ")?.1.get(..ID_DIGITS).filter(|id| is_id(id))?;
        return Some((Some(id.into()), LogEventKind::CheckpointCompleted));
    }
    let skipped = "Skipping savepoint state for operator";
    if message_by(line, line::CHECKPOINTS, skipped).is_some() {
        return Some((None, LogEventKind::Skipped));
    }
    message_by(line, line::COORDINATOR, "No checkpoint found during restore")?;
    Some((None, LogEventKind::NoCheckpoint))
}

/// What is said of the states of jobs and tasks.
fn graph_event(line: &Unwrapped) -> Option<(Option<String>, LogEventKind)> {
    if let Some((before, _)) = line.text.split_once(" switched from INITIALIZING to RUNNING") {
        // `TASK (1/2) (ATTEMPT)`; a TaskManager writes `TASK (1/2)#0 (ATTEMPT)`.
        let (task, _) = before.strip_suffix(')')?.rsplit_once(" (")?;
        let (_, number) = task.strip_suffix(')')?.rsplit_once(" (")?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        number.split_once('/').filter(|(one, all)| is_number(one) && is_number(all))?;
        let header = before.split_once(" - ").map_or("", |(header, _)| header);
        let is_header = header.split_whitespace().any(line::is_level);
        let header = if is_header { header } else { "" };
        return may_be_by(line, header, line::GRAPH).then_some((None, LogEventKind::TaskRunning));
    }
    let (job, states) =
        message_by(line, line::GRAPH, "Job ")?.rsplit_once(" switched from state ")?;
    let (name, id) = job.strip_suffix(')').and_then(|job| job.rsplit_once(" ("))?;
    let id = is_id(id).then(|| id.to_string());
    let (before, state) = states.split_once(" to ")?;
    let event = match state.split(|c: char| !c.is_ascii_alphabetic()).next()? {
        "RUNNING" => LogEventKind::Running((before == "CREATED").then(|| name.to_string())),
        "RESTARTING" | "FAILING" => LogEventKind::Restarting,
        "FAILED" => LogEventKind::Failed(FailureKind::Job),
        _ => return None,
    };
    Some((id, event))
}

/// What is said of jobs that come and go.
fn dispatcher_event(line: &Unwrapped) -> Option<(Option<String>, LogEventKind)> {
    let by_dispatcher = |prefix| {
        let by = |class| message_by(line, class, prefix);
        line::DISPATCHERS.into_iter().find_map(by)
    };
    let submitted = by_dispatcher("Submitting job '")
        .or_else(|| message_by(line, line::JOB_MASTER, "Initializing job '"));
    if let Some(rest) = submitted {
        let (name, id) = rest.rsplit_once("' (")?;
        let id = id.get(..ID_DIGITS).filter(|id| is_id(id))?;
        return Some((Some(id.into()), LogEventKind::Submitted(name.into())));
    }
    let (id, state) = by_dispatcher("Job ")?.split_once(" reached terminal state ")?;
    let has_failed = is_id(id) && state.starts_with("FAILED");
    has_failed.then(|| (Some(id.to_string()), LogEventKind::Failed(FailureKind::Job)))
}

/// What is said of the process as a whole.
fn process_event(line: &Unwrapped) -> Option<LogEventKind> {
    if begins_process(line) {
        return Some(LogEventKind::ProcessStarted);
    }
    let by_entrypoint = |prefix| message_by(line, line::ENTRYPOINT, prefix);
    if by_entrypoint("RECEIVED SIGNAL ").is_some() {
        return Some(LogEventKind::Stopped);
    }
    if by_entrypoint("Fatal error occurred in the cluster entrypoint").is_some() {
        return Some(LogEventKind::Failed(FailureKind::Job));
    }
    let has_failed = if let Some(rest) = by_entrypoint("Shutting ") {
        rest.split_once(" down with application status ")?.1.starts_with("FAILED")
    } else {
        let rest = by_entrypoint("Terminating cluster entrypoint process ")?;
        let code = rest.split_once(" with exit code ")?.1.trim_end_matches(['.', ' ']);
        FAILURE_CODES.contains(&code)
    };
    Some(if has_failed { LogEventKind::Failed(FailureKind::Job) } else { LogEventKind::Stopped })
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

fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit())
}
