//! The starts that logs tell of, put together from their lines. A start that got no further than to be
//! told of its savepoint came to nothing once another process of its deployment takes its turn.

use std::collections::HashMap;

use super::attribution::{Attribution, Clues, Workloads};
use super::log::{FailureKind, Log, LogEvent, LogEventKind};

/// How a job started, or was to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StartedFrom {
    /// From a savepoint or checkpoint that it was told of.
    Location(String),
    /// From a checkpoint that nobody told it of: high availability had kept it.
    Retained(String),
    /// Without state.
    Nothing,
}

impl StartedFrom {
    pub(crate) fn location(&self) -> Option<&str> {
        match self {
            StartedFrom::Location(location) | StartedFrom::Retained(location) => Some(location),
            StartedFrom::Nothing => None,
        }
    }
}

/// One start.
#[derive(Clone, Debug)]
pub(crate) struct JobStart<'l> {
    pub(crate) from: StartedFrom,
    /// The line that says so.
    pub(crate) event: &'l LogEvent,
    /// The id of the job, if any line of the start names one.
    pub(crate) job: Option<&'l str>,
    /// State was assigned, or the job ran.
    pub(crate) is_confirmed: bool,
    /// What says that it came to nothing.
    pub(crate) failed: Option<StartFailure<'l>>,
}

/// The line by which a start came to nothing: that of a failure, or that of another process, where the
/// one that was starting was not seen to get further.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StartFailure<'l> {
    pub(crate) file_name: &'l str,
    pub(crate) event: &'l LogEvent,
}

impl JobStart<'_> {
    /// True if it was told of a location, and nothing says what came of it.
    pub(crate) fn is_unresolved(&self) -> bool {
        matches!(self.from, StartedFrom::Location(_)) && !self.is_confirmed && self.failed.is_none()
    }
}

/// The starts of all streams of the log, in the order of their lines.
pub(crate) fn read_starts(log: &Log) -> Vec<JobStart<'_>> {
    let mut streams: HashMap<&str, LogStream<'_>> = HashMap::new();
    for event in &log.events {
        let new = || LogStream { file_name: &log.name, starts: Vec::new(), undecided: None };
        streams.entry(&event.stream).or_insert_with(new).take(event);
    }
    let mut starts: Vec<JobStart<'_>> = streams.into_values().flat_map(LogStream::finish).collect();
    starts.sort_by_key(|start| start.event.line);
    starts
}

/// What happened in one stream so far.
struct LogStream<'l> {
    file_name: &'l str,
    starts: Vec<JobStart<'l>>,
    /// There was no checkpoint; the next line of its kind says whether there was a savepoint.
    undecided: Option<&'l LogEvent>,
}

impl<'l> LogStream<'l> {
    fn take(&mut self, event: &'l LogEvent) {
        let job = event.job.as_deref();
        let failure = StartFailure { file_name: self.file_name, event };
        match &event.kind {
            LogEventKind::NoCheckpoint => {
                self.decide(None, true);
                self.undecided = Some(event);
            }
            LogEventKind::Starting(location) => {
                self.undecided = None;
                self.push(StartedFrom::Location(location.clone()), event, job, false);
            }
            LogEventKind::Restoring(location) => {
                self.decide(None, true);
                match self.pending_start(job) {
                    Some(start) => start.is_confirmed = true,
                    None => self.push(StartedFrom::Retained(location.clone()), event, job, true),
                }
            }
            LogEventKind::Running => {
                self.decide(job, true);
                if let Some(start) = self.pending_start(job) {
                    start.is_confirmed = true;
                }
            }
            LogEventKind::Failed(kind) => {
                if *kind == FailureKind::Job {
                    self.decide(job, false);
                } else {
                    self.undecided = None;
                }
                if let Some(start) = self.pending_start(job) {
                    start.failed = Some(failure);
                }
            }
            LogEventKind::ProcessStarted => {
                self.finish_undecided();
                for start in self.starts.iter_mut().filter(|start| start.is_unresolved()) {
                    start.failed = Some(failure);
                }
            }
            LogEventKind::Configured(_)
            | LogEventKind::Registered(_)
            | LogEventKind::Deployed
            | LogEventKind::Refused(_)
            | LogEventKind::OperatorMessage => {}
        }
    }

    /// There was no savepoint either.
    fn decide(&mut self, job: Option<&'l str>, is_confirmed: bool) {
        if let Some(event) = self.undecided.take() {
            self.push(StartedFrom::Nothing, event, job, is_confirmed);
        }
    }

    fn push(
        &mut self,
        from: StartedFrom,
        event: &'l LogEvent,
        job: Option<&'l str>,
        is_confirmed: bool,
    ) {
        self.starts.push(JobStart { from, event, job, is_confirmed, failed: None });
    }

    /// The start of this job of which nobody knows yet what came of it.
    fn pending_start(&mut self, job: Option<&str>) -> Option<&mut JobStart<'l>> {
        let is_same_job =
            |start: &JobStart<'_>| job.is_none() || start.job.is_none() || start.job == job;
        let last = self.starts.iter_mut().rev().find(|start| is_same_job(start))?;
        (!last.is_confirmed && last.failed.is_none()).then_some(last)
    }

    /// All of them.
    fn finish(mut self) -> Vec<JobStart<'l>> {
        self.finish_undecided();
        self.starts
    }

    /// The process says no more. Where it ends right behind the words, nobody knows what would have
    /// come.
    fn finish_undecided(&mut self) {
        if self.undecided.is_some_and(|event| event.is_continued) {
            self.decide(None, false);
        }
        self.undecided = None;
    }
}

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
            let clues = Clues { file_name, owner, job: None, location: None };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::log::LogReader;

    const ID: &str = "00000000000000000000000000000000";
    const NONE: &str = "No checkpoint found during restore.\n";

    fn parse(text: &str) -> Vec<(StartedFrom, bool, bool)> {
        let text = text.replace("ID", ID);
        let mut reader = LogReader::new("x.log");
        reader.feed(text.as_bytes());
        let log = reader.finish();
        let starts = read_starts(&log);
        starts.into_iter().map(|s| (s.from, s.is_confirmed, s.failed.is_some())).collect()
    }

    fn at(location: &str) -> StartedFrom {
        StartedFrom::Location(location.into())
    }

    #[test]
    fn that_there_is_no_checkpoint_stands_before_a_restore_as_well() {
        let restore = "Starting job ID from savepoint /a ()\n\
            Restoring job ID from Savepoint 1 @ 0 for ID located at file:/a.\n";
        assert_eq!(parse(&format!("{NONE}{restore}")), [(at("/a"), true, false)]);
        let runs = "Job x (ID) switched from state CREATED to RUNNING.\n";
        assert_eq!(parse(&format!("{NONE}{runs}")), [(StartedFrom::Nothing, true, false)]);
        assert_eq!(parse(&format!("{NONE}more\n")), [(StartedFrom::Nothing, false, false)]);
        assert_eq!(parse(NONE), []);
    }

    #[test]
    fn a_start_that_came_to_nothing_is_told_from_one_that_failed_later() {
        let start = "Starting job ID from savepoint /a ()\n";
        let cannot = "Cannot find checkpoint or savepoint file/directory '/a'\n";
        assert_eq!(parse(&format!("{start}{cannot}")), [(at("/a"), false, true)]);
        assert_eq!(parse(&format!("{start}{cannot}{start}")), {
            [(at("/a"), false, true), (at("/a"), false, false)]
        });
        let runs = "Job x (ID) switched from state CREATED to RUNNING.\n";
        let fails = "Job x (ID) switched from state RUNNING to FAILED.\n";
        assert_eq!(parse(&format!("{start}{runs}{fails}")), [(at("/a"), true, false)]);
    }

    #[test]
    fn a_process_that_begins_ends_what_the_one_before_it_had_only_begun() {
        let boot = " Starting KubernetesApplicationClusterEntrypoint (Version: 1.16.0)\n";
        let bare = "Starting job ID from savepoint /a ()\n";
        assert_eq!(parse(&format!("{boot}{bare}")), [(at("/a"), false, false)]);
        assert_eq!(parse(&format!("{boot}{bare}{boot}")), [(at("/a"), false, true)]);
        assert_eq!(parse(&format!("{bare}{boot}{NONE}more\n")), {
            [(at("/a"), false, true), (StartedFrom::Nothing, false, false)]
        });
        let runs = "Job x (ID) switched from state CREATED to RUNNING.\n";
        assert_eq!(parse(&format!("{bare}{runs}{boot}")), [(at("/a"), true, false)]);
        assert_eq!(parse(&format!("{NONE}{boot}")), [], "nobody knows what would have come");
        assert_eq!(parse(&format!("{NONE}more\n{boot}")), [(StartedFrom::Nothing, false, false)]);
    }

    #[test]
    fn of_a_process_that_dies_at_every_start_no_start_is_taken_for_an_empty_one() {
        let boot = "Starting KubernetesApplicationClusterEntrypoint.\n";
        let again = format!("{boot}{NONE}Starting job ID from savepoint /a ()\n");
        let starts = parse(&again.repeat(9));
        assert_eq!(starts.len(), 9);
        assert!(starts.iter().all(|(from, _, _)| *from == at("/a")));
    }

    #[test]
    fn a_later_restart_is_a_start_of_its_own() {
        let start = "Starting job ID from savepoint /a ()\n\
            Restoring job ID from Savepoint 1 @ 0 for ID located at file:/a.\n";
        let again = "Restoring job ID from Checkpoint 9 @ 0 for ID located at /c/chk-9.\n";
        let kept = StartedFrom::Retained("/c/chk-9".into());
        assert_eq!(
            parse(&format!("{start}{again}")),
            [(at("/a"), true, false), (kept.clone(), true, false)]
        );
        assert_eq!(parse(again), [(kept, true, false)]);
    }
}
