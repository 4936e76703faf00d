//! The starts that a log tells of, put together from its lines.

use super::log::{Event, Failure, Log, Said};

/// How a job started, or was to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// From a savepoint or checkpoint that it was told of.
    From(String),
    /// From a checkpoint that nobody told it of: high availability had kept it.
    Kept(String),
    /// Without state.
    Empty,
}

/// One start.
#[derive(Clone, Debug)]
pub(crate) struct Start<'l> {
    pub(crate) how: How,
    /// The line that says so.
    pub(crate) said: &'l Said,
    /// The id of the job, if any line of the start names one.
    pub(crate) job: Option<&'l str>,
    /// State was assigned, or the job ran.
    pub(crate) is_confirmed: bool,
    /// What says that it came to nothing.
    pub(crate) failed: Option<Failed<'l>>,
}

/// The line by which a start came to nothing: that of a failure, or that of another process, where the
/// one that was starting was not seen to get further.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed<'l> {
    pub(crate) file: &'l str,
    pub(crate) said: &'l Said,
}

impl Start<'_> {
    /// True if it was told of a location, and nothing says what came of it.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.how, How::From(_)) && !self.is_confirmed && self.failed.is_none()
    }
}

/// The starts of all streams of the log, in the order of their lines.
pub(crate) fn of(log: &Log) -> Vec<Start<'_>> {
    let mut streams: Vec<(&str, Stream<'_>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for said in &log.said {
        let at = *places.entry(said.stream.as_str()).or_insert_with(|| {
            let stream = Stream { file: &log.name, starts: Vec::new(), undecided: None };
            streams.push((said.stream.as_str(), stream));
            streams.len() - 1
        });
        streams[at].1.take(said);
    }
    let mut starts: Vec<Start<'_>> =
        streams.into_iter().flat_map(|(_, stream)| stream.ended()).collect();
    starts.sort_by_key(|start| start.said.line);
    starts
}

/// What happened in one stream so far.
struct Stream<'l> {
    file: &'l str,
    starts: Vec<Start<'l>>,
    /// There was no checkpoint; the next line of its kind says whether there was a savepoint.
    undecided: Option<&'l Said>,
}

impl<'l> Stream<'l> {
    fn take(&mut self, said: &'l Said) {
        let job = said.job.as_deref();
        let failed = Failed { file: self.file, said };
        match &said.event {
            Event::NoCheckpoint => {
                self.decide(None, true);
                self.undecided = Some(said);
            }
            Event::Starting(location) => {
                self.undecided = None;
                self.push(How::From(location.clone()), said, job, false);
            }
            Event::Restoring(location) => {
                self.decide(None, true);
                match self.attempt(job) {
                    Some(start) => start.is_confirmed = true,
                    None => self.push(How::Kept(location.clone()), said, job, true),
                }
            }
            Event::Running => {
                self.decide(job, true);
                if let Some(start) = self.attempt(job) {
                    start.is_confirmed = true;
                }
            }
            Event::Failed(failure) => {
                if *failure == Failure::Job {
                    self.decide(job, false);
                } else {
                    self.undecided = None;
                }
                if let Some(start) = self.attempt(job) {
                    start.failed = Some(failed);
                }
            }
            Event::Booted => {
                self.end_undecided();
                for start in self.starts.iter_mut().filter(|start| start.is_bare()) {
                    start.failed = Some(failed);
                }
            }
            Event::Configured(_)
            | Event::Registered(_)
            | Event::Deployed
            | Event::Refused(_)
            | Event::OfOperator => {}
        }
    }

    /// There was no savepoint either.
    fn decide(&mut self, job: Option<&'l str>, is_confirmed: bool) {
        if let Some(said) = self.undecided.take() {
            self.push(How::Empty, said, job, is_confirmed);
        }
    }

    fn push(&mut self, how: How, said: &'l Said, job: Option<&'l str>, is_confirmed: bool) {
        self.starts.push(Start { how, said, job, is_confirmed, failed: None });
    }

    /// The start of this job of which nobody knows yet what came of it.
    fn attempt(&mut self, job: Option<&str>) -> Option<&mut Start<'l>> {
        let is_of = |start: &Start<'_>| job.is_none() || start.job.is_none() || start.job == job;
        let last = self.starts.iter_mut().rev().find(|start| is_of(start))?;
        (!last.is_confirmed && last.failed.is_none()).then_some(last)
    }

    /// All of them.
    fn ended(mut self) -> Vec<Start<'l>> {
        self.end_undecided();
        self.starts
    }

    /// The process says no more. Where it ends right behind the words, nobody knows what would have
    /// come.
    fn end_undecided(&mut self) {
        if self.undecided.is_some_and(|said| said.goes_on) {
            self.decide(None, false);
        }
        self.undecided = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::LogReader;

    const ID: &str = "00000000000000000000000000000000";
    const NONE: &str = "No checkpoint found during restore.\n";

    fn told(text: &str) -> Vec<(How, bool, bool)> {
        let text = text.replace("ID", ID);
        let mut reader = LogReader::new("x.log");
        reader.feed(text.as_bytes());
        let log = reader.finish();
        let starts = of(&log);
        starts.into_iter().map(|s| (s.how, s.is_confirmed, s.failed.is_some())).collect()
    }

    fn from(location: &str) -> How {
        How::From(location.into())
    }

    #[test]
    fn that_there_is_no_checkpoint_stands_before_a_restore_as_well() {
        let restore = "Starting job ID from savepoint /a ()\n\
            Restoring job ID from Savepoint 1 @ 0 for ID located at file:/a.\n";
        assert_eq!(told(&format!("{NONE}{restore}")), [(from("/a"), true, false)]);
        let runs = "Job x (ID) switched from state CREATED to RUNNING.\n";
        assert_eq!(told(&format!("{NONE}{runs}")), [(How::Empty, true, false)]);
        assert_eq!(told(&format!("{NONE}more\n")), [(How::Empty, false, false)]);
        assert_eq!(told(NONE), []);
    }

    #[test]
    fn a_start_that_came_to_nothing_is_told_from_one_that_failed_later() {
        let start = "Starting job ID from savepoint /a ()\n";
        let cannot = "Cannot find checkpoint or savepoint file/directory '/a'\n";
        assert_eq!(told(&format!("{start}{cannot}")), [(from("/a"), false, true)]);
        assert_eq!(told(&format!("{start}{cannot}{start}")), {
            [(from("/a"), false, true), (from("/a"), false, false)]
        });
        let runs = "Job x (ID) switched from state CREATED to RUNNING.\n";
        let fails = "Job x (ID) switched from state RUNNING to FAILED.\n";
        assert_eq!(told(&format!("{start}{runs}{fails}")), [(from("/a"), true, false)]);
    }

    #[test]
    fn a_process_that_begins_ends_what_the_one_before_it_had_only_begun() {
        let boot = " Starting KubernetesApplicationClusterEntrypoint (Version: 1.16.0)\n";
        let bare = "Starting job ID from savepoint /a ()\n";
        assert_eq!(told(&format!("{boot}{bare}")), [(from("/a"), false, false)]);
        assert_eq!(told(&format!("{boot}{bare}{boot}")), [(from("/a"), false, true)]);
        assert_eq!(told(&format!("{bare}{boot}{NONE}more\n")), {
            [(from("/a"), false, true), (How::Empty, false, false)]
        });
        let runs = "Job x (ID) switched from state CREATED to RUNNING.\n";
        assert_eq!(told(&format!("{bare}{runs}{boot}")), [(from("/a"), true, false)]);
        assert_eq!(told(&format!("{NONE}{boot}")), [], "nobody knows what would have come");
        assert_eq!(told(&format!("{NONE}more\n{boot}")), [(How::Empty, false, false)]);
    }

    #[test]
    fn of_a_process_that_dies_at_every_start_no_start_is_taken_for_an_empty_one() {
        let boot = "Starting KubernetesApplicationClusterEntrypoint.\n";
        let again = format!("{boot}{NONE}Starting job ID from savepoint /a ()\n");
        let starts = told(&again.repeat(9));
        assert_eq!(starts.len(), 9);
        assert!(starts.iter().all(|(how, _, _)| *how == from("/a")));
    }

    #[test]
    fn a_later_restart_is_a_start_of_its_own() {
        let start = "Starting job ID from savepoint /a ()\n\
            Restoring job ID from Savepoint 1 @ 0 for ID located at file:/a.\n";
        let again = "Restoring job ID from Checkpoint 9 @ 0 for ID located at /c/chk-9.\n";
        let kept = How::Kept("/c/chk-9".into());
        assert_eq!(
            told(&format!("{start}{again}")),
            [(from("/a"), true, false), (kept.clone(), true, false)]
        );
        assert_eq!(told(again), [(kept, true, false)]);
    }
}
