//! The starts in a log, put together from its lines.

use std::collections::HashMap;

use super::log::{Log, LogEvent};
use super::log_stream::LogStream;

/// How a job started, or was to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StartedFrom {
    /// From a savepoint or checkpoint that it was told of.
    Location(String),
    /// From one that no line told it of: high availability had kept it, its tasks began anew, or the
    /// beginning of the log is missing.
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
    /// The name of the job, if any line of the start gives it.
    pub(crate) name: Option<&'l str>,
    /// The line by which it read its state; of a start without state, by which the job came to run.
    pub(crate) read: Option<&'l LogEvent>,
    /// The line by which its tasks run, if none says since that they ended.
    pub(crate) running: Option<&'l LogEvent>,
    /// Its tasks ended, and none was seen to run since.
    pub(crate) is_restarting: bool,
    /// The number of what it read among the checkpoints of the job.
    pub(crate) checkpoint: Option<u64>,
    /// The line by which a part of the state was left out.
    pub(crate) skipped: Option<&'l LogEvent>,
    /// What says that it came to nothing, or that its job failed for good.
    pub(crate) failed: Option<StartFailure<'l>>,
}

/// The line by which a start came to nothing or its job failed: that of the failure, or that of another
/// process, where the one that was starting was not seen to get further.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StartFailure<'l> {
    pub(crate) file_name: &'l str,
    pub(crate) event: &'l LogEvent,
}

impl JobStart<'_> {
    /// True if it was told of a location, and nothing says what came of it.
    pub(crate) fn is_unresolved(&self) -> bool {
        matches!(self.from, StartedFrom::Location(_))
            && self.read.is_none()
            && self.failed.is_none()
    }

    /// Its tasks end.
    pub(crate) fn restart(&mut self) {
        (self.running, self.is_restarting) = (None, true);
    }

    /// True if it failed before it had read its state.
    pub(crate) fn came_to_nothing(&self) -> bool {
        self.failed.is_some() && self.read.is_none()
    }
}

/// The starts of all streams of the log, in the order of their lines.
pub(crate) fn read_starts(log: &Log) -> Vec<JobStart<'_>> {
    let mut streams: HashMap<&str, LogStream<'_>> = HashMap::new();
    for event in &log.events {
        let new = || LogStream::new(&log.name);
        streams.entry(&event.stream).or_insert_with(new).take(event);
    }
    let mut starts: Vec<JobStart<'_>> = streams.into_values().flat_map(LogStream::finish).collect();
    starts.sort_by_key(|start| start.event.line);
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::log::LogReader;

    const ID: &str = "00000000000000000000000000000000";
    const NONE: &str = "No checkpoint found during restore.\n";
    const READ: &str = "Restoring job ID from Savepoint 1 @ 0 for ID located at file:/a.\n";

    fn log(text: &str) -> Log {
        let mut reader = LogReader::new("x.log");
        reader.feed(text.replace("ID", ID).as_bytes());
        reader.finish()
    }

    fn parse(text: &str) -> Vec<(StartedFrom, bool, bool)> {
        let log = log(text);
        let starts = read_starts(&log);
        starts.into_iter().map(|s| (s.from, s.read.is_some(), s.failed.is_some())).collect()
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
        let fails = "Job x (ID) switched from state RUNNING to FAILED.\n";
        assert_eq!(parse(&format!("{start}{READ}{fails}")), [(at("/a"), true, true)]);
        assert_eq!(parse(&format!("{start}{READ}{cannot}")), [(at("/a"), true, false)]);
        let drained = "RECEIVED SIGNAL 15: SIGTERM. Shutting down as requested.\n";
        assert_eq!(parse(&format!("{start}{READ}{drained}{fails}")), [(at("/a"), true, false)]);
    }

    #[test]
    fn a_job_runs_with_what_it_has_read_once_a_task_does() {
        let runs = |text: &str| {
            let log = log(text);
            read_starts(&log).iter().map(|start| start.running.is_some()).collect::<Vec<_>>()
        };
        let start = "Starting job ID from savepoint /a ()\n";
        let job = "Job x (ID) switched from state CREATED to RUNNING.\n";
        let task = "Source: x (1/2) (a_0_0) switched from INITIALIZING to RUNNING.\n";
        let restarts = "Job x (ID) switched from state RUNNING to RESTARTING.\n";
        let other = format!("Job y ({}) switched from state CREATED to RUNNING.\n", "1".repeat(32));
        let completed = "Completed checkpoint 8 for job ID (1 bytes).\n";
        for (more, does_run) in [
            (job.to_string(), false),
            (task.to_string(), true),
            (completed.to_string(), true),
            (format!("{task}{restarts}"), false),
            (format!("{completed}{restarts}"), false),
            (format!("{restarts}{task}"), true),
            (format!("{task}{restarts}{READ}"), false),
            (format!("{other}{task}"), false),
            (format!("{other}{completed}"), true),
            (completed.replace("ID", &"1".repeat(32)), false),
        ] {
            assert_eq!(runs(&format!("{start}{READ}{more}")), [does_run], "{more}");
        }
        assert_eq!(runs(&format!("{start}{task}{completed}")), [false], "nothing was read");
        let next = "Starting KubernetesApplicationClusterEntrypoint.\n";
        assert_eq!(runs(&format!("{start}{READ}{next}{task}{completed}")), [false]);
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
        assert_eq!(parse(&format!("{bare}{runs}{boot}")), [(at("/a"), false, true)]);
        assert_eq!(parse(&format!("{bare}{READ}{boot}")), [(at("/a"), true, false)]);
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
