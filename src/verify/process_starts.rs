//! Processes that began in the place of others: a start that got no further than to be told of its
//! savepoint came to nothing once another pod of its deployment, or the next one, takes its turn.

use super::Source;
use super::attribution::{Attribution, Clues, Workloads};
use super::log::{Event, Said};
use super::starts::{Failed, Start};

/// A process that began.
pub(crate) struct ProcessStart<'s> {
    /// The log, by its place among the sources.
    source: usize,
    file: &'s str,
    said: &'s Said,
    /// The workload whose process it is, if anything says so.
    workload: Option<usize>,
}

/// All that the logs tell of.
pub(crate) fn of<'s>(sources: &'s [Source], workloads: &Workloads<'_>) -> Vec<ProcessStart<'s>> {
    let mut starts = Vec::new();
    for (source, read) in sources.iter().enumerate() {
        let Source::Log(log) = read else { continue };
        let file = log.name.as_str();
        for said in log.said.iter().filter(|said| said.event == Event::Booted) {
            let owner = said.owner.as_ref();
            let clues = Clues { file, owner, job: None, location: None };
            let workload = match workloads.attribute(&clues) {
                Attribution::To(at, _) => Some(at),
                _ => None,
            };
            starts.push(ProcessStart { source, file, said, workload });
        }
    }
    starts
}

/// Ends a start of the workload `at` if a process of another stream took its turn. What happens in
/// its own stream has been told by the order of the lines. Where no times tell which came later, the
/// other one may have, and the start is not taken for a good one.
pub(crate) fn end_bare<'s>(
    start: &mut Start<'s>,
    source: usize,
    at: usize,
    processes: &[ProcessStart<'s>],
) {
    if !start.is_bare() {
        return;
    }
    let (said, owner) = (start.said, start.said.owner.as_ref());
    let is_next = |process: &&ProcessStart<'_>| {
        let is_other = process.source != source || process.said.stream != said.stream;
        let is_same =
            process.workload == Some(at) || owner.is_some() && process.said.owner.as_ref() == owner;
        let is_later = match (&process.said.time, &said.time) {
            (Some(process_time), Some(start)) => process_time > start,
            _ => true,
        };
        is_other && is_same && is_later
    };
    let next = processes.iter().find(is_next);
    start.failed = next.map(|process| Failed { file: process.file, said: process.said });
}
