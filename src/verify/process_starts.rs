//! Processes that began in the place of others: a start that got no further than to be told of its
//! savepoint came to nothing once another pod of its deployment, or the next one, takes its turn.

use super::VerifyInput;
use super::attribution::{Attribution, Clues, Workloads};
use super::job_starts::{JobStart, StartFailure};
use super::log::{LogEvent, LogEventKind};

/// A process that began.
pub(crate) struct ProcessStart<'s> {
    /// The log, by its place among the inputs.
    input: usize,
    file: &'s str,
    event: &'s LogEvent,
    /// The workload whose process it is, if anything says so.
    workload: Option<usize>,
}

/// All that the logs tell of.
pub(crate) fn find<'s>(
    inputs: &'s [VerifyInput],
    workloads: &Workloads<'_>,
) -> Vec<ProcessStart<'s>> {
    let mut starts = Vec::new();
    for (input, read) in inputs.iter().enumerate() {
        let VerifyInput::Log(log) = read else { continue };
        let file = log.name.as_str();
        for event in log.events.iter().filter(|event| event.kind == LogEventKind::ProcessStarted) {
            let owner = event.owner.as_ref();
            let clues = Clues { file, owner, job: None, location: None };
            let workload = match workloads.attribute(&clues) {
                Attribution::To(at, _) => Some(at),
                _ => None,
            };
            starts.push(ProcessStart { input, file, event, workload });
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
        let is_other = process.input != input || process.event.stream != event.stream;
        let is_same = process.workload == Some(at)
            || owner.is_some() && process.event.owner.as_ref() == owner;
        let is_later = match (&process.event.time, &event.time) {
            (Some(process_time), Some(start)) => process_time > start,
            _ => true,
        };
        is_other && is_same && is_later
    };
    let next = processes.iter().find(is_next);
    start.failed = next.map(|process| StartFailure { file: process.file, event: process.event });
}
