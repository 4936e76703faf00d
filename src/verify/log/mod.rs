//! Logs: what a JobManager or the operator said about starts.
//!
//! A log is read as it comes, in bounded memory: lines of any length, wrapped by kubectl or by
//! a container runtime, or written as JSON. What is kept is what decides how a job
//! started, and where it stands.

mod lines;
mod logger;
mod operator;
mod patterns;
mod unwrap;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

pub use patterns::{Event, Failure};

use super::attribution::Owner;

/// Longest text of a line that is kept, in characters.
const LONGEST: usize = 500;
/// How often the same is kept of one pod and job within one attempt to start: the first tells what came
/// of it, the last is not needed.
const SAME: u16 = 3;
/// How many attempts are kept of one pod. A process that begins counts as one, and so does each start
/// behind it; of what comes later nothing is kept, since half an attempt would look like another one.
const ATTEMPTS: u16 = 3000;
/// Begins what is said to a terminal.
const ESCAPE: u8 = 0x1b;
/// How much is kept of one log.
const MOST: usize = 100_000;

/// What a log said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The file, as shown to people.
    pub name: String,
    /// Number of lines.
    pub lines: usize,
    /// A process of Flink wrote it, whether it says anything of a job or not.
    pub is_of_flink: bool,
    /// What counts, in the order of the log.
    pub said: Vec<Said>,
}

/// What one line said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its number, from 1.
    pub line: usize,
    /// What wrote it: a pod, or empty for all that comes without one. What happens in one stream
    /// happens in this order.
    pub stream: String,
    /// Whose it is, if the line says so.
    pub owner: Option<Owner>,
    /// The id of the job, if the line names one.
    pub job: Option<String>,
    /// When it was written, in a form that sorts.
    pub time: Option<String>,
    /// What it says.
    pub event: Event,
    /// Its message.
    pub text: String,
    /// Where it says that there was no checkpoint: whether its stream went on. What is cut off right
    /// behind it may have been the savepoint.
    pub goes_on: bool,
}

/// Reads a log.
pub struct LogReader {
    cutter: lines::Cutter,
    sink: Sink,
}

#[derive(Default)]
struct Sink {
    log: Log,
    seen: HashMap<u64, u16>,
    /// How many attempts each stream has made.
    attempts: HashMap<String, u16>,
    /// Streams whose last line so far said that there was no checkpoint, and its place.
    open: HashMap<String, usize>,
}

impl LogReader {
    /// A reader of the log of this name.
    pub fn new(name: &str) -> LogReader {
        let log = Log { name: name.to_string(), ..Log::default() };
        LogReader { cutter: lines::Cutter::default(), sink: Sink { log, ..Sink::default() } }
    }

    /// Takes more of it.
    pub fn feed(&mut self, bytes: &[u8]) {
        let sink = &mut self.sink;
        self.cutter.feed(bytes, |line| sink.line(line));
    }

    /// What it said.
    pub fn finish(mut self) -> Log {
        let sink = &mut self.sink;
        self.cutter.finish(|line| sink.line(line));
        self.sink.log
    }
}

impl Sink {
    fn line(&mut self, bytes: &[u8]) {
        self.log.lines += 1;
        // Nearly no line of a log says anything, so that it is looked at before it is made a text.
        // What a terminal is told in the middle of a word would hide that word.
        let may_say = patterns::may_say_something(bytes) || memchr::memchr(ESCAPE, bytes).is_some();
        if self.open.is_empty() && !may_say {
            return;
        }
        let line = unwrap::unwrap(&lines::text(bytes));
        let stream = line.pod.clone().unwrap_or_default();
        let is_of_flink = patterns::is_of_flink(&line);
        if !line.text.is_empty()
            && let Some(at) = self.open.remove(&stream)
        {
            // A process that begins is not the one that spoke before.
            self.log.said[at].goes_on = !is_of_flink;
        }
        self.log.is_of_flink |= is_of_flink;
        let Some((event, job, owner)) = patterns::said(&line) else { return };
        let owner = owner.or_else(|| line.pod.as_deref().map(Owner::from_pod));
        if !self.is_worth_keeping(&stream, owner.as_ref(), job.as_ref(), &event) {
            return;
        }
        if event == Event::NoCheckpoint {
            self.open.insert(stream.clone(), self.log.said.len());
        }
        self.log.said.push(Said {
            line: self.log.lines,
            stream,
            owner,
            job,
            time: line.time,
            event,
            text: patterns::without_header(&line.text).chars().take(LONGEST).collect(),
            goes_on: false,
        });
    }

    fn is_worth_keeping(
        &mut self,
        stream: &str,
        owner: Option<&Owner>,
        job: Option<&String>,
        event: &Event,
    ) -> bool {
        if !self.attempts.contains_key(stream) {
            self.attempts.insert(stream.to_string(), 0);
        }
        let attempt = self.attempts.get_mut(stream).map_or(0, |attempts| {
            let begins = matches!(event, Event::NoCheckpoint | Event::Booted);
            *attempts = attempts.saturating_add(u16::from(begins));
            *attempts
        });
        let mut hasher = DefaultHasher::new();
        (stream, owner, job, event, attempt).hash(&mut hasher);
        let seen = self.seen.entry(hasher.finish()).or_default();
        *seen = seen.saturating_add(1);
        *seen <= SAME && attempt <= ATTEMPTS && self.log.said.len() < MOST
    }
}

impl Log {
    /// The controllers of the operator that have started, each once.
    pub fn reconcilers(&self) -> impl Iterator<Item = &str> {
        let mut told = HashSet::new();
        let names = self.said.iter().filter_map(|said| match &said.event {
            Event::Registered(name) => Some(name.as_str()),
            _ => None,
        });
        names.filter(move |name| told.insert(*name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000000000000000000000000000";

    fn log(text: &str) -> Log {
        let mut reader = LogReader::new("x.log");
        reader.feed(text.as_bytes());
        reader.finish()
    }

    #[test]
    fn what_counts_is_kept_with_its_line_and_its_pod() {
        let pod = "[pod/orders-6c9f7b5d8d-x2x4z/flink-main-container]";
        let log = log(&format!(
            "hello\n{pod} 2022-05-27 16:13:00,417 INFO  o.a.f.r.c.CheckpointCoordinator [] - No checkpoint found during restore.\n\
             {pod} Starting job {ID} from savepoint /a ()\n"
        ));
        assert_eq!(log.lines, 3);
        let told: Vec<_> = log.said.iter().map(|said| (said.line, said.goes_on)).collect();
        assert_eq!(told, [(2, true), (3, false)]);
        assert!(log.said.iter().all(|said| said.stream == "orders-6c9f7b5d8d-x2x4z"));
        assert_eq!(log.said[0].time.as_deref(), Some("2022-05-27 16:13:00.417"));
        assert_eq!(log.said[1].job.as_deref(), Some(ID));
    }

    #[test]
    fn another_stream_does_not_continue_one() {
        let log = log("[pod/a-6c9f7b5d8d-x2x4z/c] No checkpoint found during restore.\n\
             [pod/b-6c9f7b5d8d-x2x4z/c] No checkpoint found during restore.\n\
             [pod/b-6c9f7b5d8d-x2x4z/c] more\n");
        let told: Vec<_> = log.said.iter().map(|said| said.goes_on).collect();
        assert_eq!(told, [false, true]);
    }

    #[test]
    fn a_job_that_restarts_for_ever_takes_no_memory() {
        let text =
            format!("Restoring job {ID} from Checkpoint 1 @ 0 for {ID} located at /c/chk-1.\n");
        let log = log(&text.repeat(10_000));
        assert_eq!((log.lines, log.said.len()), (10_000, usize::from(SAME)));
        let text = format!(
            "Starting KubernetesApplicationClusterEntrypoint.\nNo checkpoint found during restore.\n\
             Starting job {ID} from savepoint /a ()\nCannot find checkpoint or savepoint file/directory\n"
        );
        let log = self::log(&text.repeat(10_000));
        assert_eq!((log.lines, log.said.len()), (40_000, 2 * usize::from(ATTEMPTS)));
        let last = log.said.last().map(|said| &said.event);
        assert_eq!(last, Some(&Event::Failed(Failure::Restore)), "no attempt is kept by halves");
    }
}
