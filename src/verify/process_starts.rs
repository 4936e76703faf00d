//! The processes that begin in logs. A start that was only asked to use its savepoint came to
//! nothing once another process of its deployment takes its turn.

use super::attribution::{Attribution, Clues, Workloads};
use super::job_starts::{JobStart, StartFailure};
use super::log::{Log, LogEventKind};

/// A process that began.
pub(crate) struct ProcessStart<'s> {
    /// The number of the log.
    input: usize,
    /// The start that it ends, if it does.
    failure: StartFailure<'s>,
    /// The workload whose process it is, if anything says so.
    workload: Option<usize>,
}

/// The processes that began in these logs.
pub(crate) fn process_starts<'s>(
    logs: &[&'s Log],
    workloads: &Workloads<'_>,
) -> Vec<ProcessStart<'s>> {
    let mut starts = Vec::new();
    for (input, log) in logs.iter().enumerate() {
        let file_name = log.name.as_str();
        for event in log.events.iter().filter(|one| one.kind == LogEventKind::ProcessStarted) {
            let owner = event.owner.as_ref();
            let clues = Clues { file_name, owner, ..Clues::default() };
            let workload = match workloads.attribute(&clues) {
                Attribution::To(at, _) => Some(at),
                _ => None,
            };
            starts.push(ProcessStart {
                input,
                failure: StartFailure { file_name, event },
                workload,
            });
        }
    }
    starts
}

/// Ends a start of the workload `at` if a process of another stream took its turn. What happens in
/// its own stream has been told by the order of the lines. Where no times tell which came later, the
/// other one may have, and the start is not taken for a good one.
pub(crate) fn fail_superseded<'s>(
    start: &mut JobStart<'s>,
    input: usize,
    at: usize,
    processes: &[ProcessStart<'s>],
) {
    if !start.is_unresolved() {
        return;
    }
    let (event, owner) = (start.event, start.event.owner.as_ref());
    let is_next = |process: &&ProcessStart<'_>| {
        let next = process.failure.event;
        let is_other = process.input != input || next.stream != event.stream;
        let is_same =
            process.workload == Some(at) || owner.is_some() && next.owner.as_ref() == owner;
        let is_later = match (&next.time, &event.time) {
            (Some(process_time), Some(start)) => process_time > start,
            _ => true,
        };
        is_other && is_same && is_later
    };
    start.failed = processes.iter().find(is_next).map(|process| process.failure);
}
