//! Logs: what a JobManager or the operator said about starts.
//!
//! A log is read as it comes, in bounded memory: lines of any length, wrapped by kubectl or by
//! a container runtime, or written as JSON. What is kept is what decides how a job
//! started, and where it stands.

mod logger;
mod operator;
mod patterns;
mod split_lines;
mod unwrap;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

pub use patterns::{FailureKind, LogEventKind};

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

/// What a log event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The file, as shown to people.
    pub name: String,
    /// Number of lines.
    pub lines: usize,
    /// A process of Flink wrote it, whether it says anything of a job or not.
    pub is_flink: bool,
    /// What counts, in the order of the log.
    pub events: Vec<LogEvent>,
}

/// What one line event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
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
    pub kind: LogEventKind,
    /// Its message.
    pub text: String,
    /// Where it says that there was no checkpoint: whether its stream went on. What is cut off right
    /// behind it may have been the savepoint.
    pub is_continued: bool,
}

/// Reads a log.
pub struct LogReader {
    splitter: split_lines::LineSplitter,
    collector: EventCollector,
}

#[derive(Default)]
struct EventCollector {
    log: Log,
    counts: HashMap<u64, u16>,
    /// How many attempts each stream has made.
    attempts: HashMap<String, u16>,
    /// Streams whose last line so far said that there was no checkpoint, and its place.
    unresolved: HashMap<String, usize>,
}

impl LogReader {
    /// A reader of the log of this name.
    pub fn new(name: &str) -> LogReader {
        let log = Log { name: name.to_string(), ..Log::default() };
        LogReader {
            splitter: split_lines::LineSplitter::default(),
            collector: EventCollector { log, ..EventCollector::default() },
        }
    }

    /// Takes more of it.
    pub fn feed(&mut self, bytes: &[u8]) {
        let collector = &mut self.collector;
        self.splitter.feed(bytes, |line| collector.line(line));
    }

    /// What it event.
    pub fn finish(mut self) -> Log {
        let collector = &mut self.collector;
        self.splitter.finish(|line| collector.line(line));
        self.collector.log
    }
}

impl EventCollector {
    fn line(&mut self, bytes: &[u8]) {
        self.log.lines += 1;
        // Nearly no line of a log says anything, so that it is looked at before it is made a text.
        // What a terminal is told in the middle of a word would hide that word.
        let may_match = patterns::may_match(bytes) || memchr::memchr(ESCAPE, bytes).is_some();
        if self.unresolved.is_empty() && !may_match {
            return;
        }
        let line = unwrap::unwrap(&split_lines::text(bytes));
        let stream = line.pod.clone().unwrap_or_default();
        let is_flink = patterns::is_flink(&line);
        if !line.text.is_empty()
            && let Some(at) = self.unresolved.remove(&stream)
        {
            // A process that begins is not the one that spoke before.
            self.log.events[at].is_continued = !is_flink;
        }
        self.log.is_flink |= is_flink;
        let Some((kind, job, owner)) = patterns::parse(&line) else { return };
        let owner = owner.or_else(|| line.pod.as_deref().map(Owner::from_pod));
        if !self.is_worth_keeping(&stream, owner.as_ref(), job.as_ref(), &kind) {
            return;
        }
        if kind == LogEventKind::NoCheckpoint {
            self.unresolved.insert(stream.clone(), self.log.events.len());
        }
        self.log.events.push(LogEvent {
            line: self.log.lines,
            stream,
            owner,
            job,
            time: line.time,
            kind,
            text: patterns::without_header(&line.text).chars().take(LONGEST).collect(),
            is_continued: false,
        });
    }

    fn is_worth_keeping(
        &mut self,
        stream: &str,
        owner: Option<&Owner>,
        job: Option<&String>,
        kind: &LogEventKind,
    ) -> bool {
        if !self.attempts.contains_key(stream) {
            self.attempts.insert(stream.to_string(), 0);
        }
        let attempt = self.attempts.get_mut(stream).map_or(0, |attempts| {
            let begins = matches!(kind, LogEventKind::NoCheckpoint | LogEventKind::ProcessStarted);
            *attempts = attempts.saturating_add(u16::from(begins));
            *attempts
        });
        let mut hasher = DefaultHasher::new();
        (stream, owner, job, kind, attempt).hash(&mut hasher);
        let count = self.counts.entry(hasher.finish()).or_default();
        *count = count.saturating_add(1);
        *count <= SAME && attempt <= ATTEMPTS && self.log.events.len() < MOST
    }
}

impl Log {
    /// The controllers of the operator that have started, each once.
    pub fn reconcilers(&self) -> impl Iterator<Item = &str> {
        let mut names_so_far = HashSet::new();
        let names = self.events.iter().filter_map(|event| match &event.kind {
            LogEventKind::Registered(name) => Some(name.as_str()),
            _ => None,
        });
        names.filter(move |name| names_so_far.insert(*name))
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
        let lines: Vec<_> =
            log.events.iter().map(|event| (event.line, event.is_continued)).collect();
        assert_eq!(lines, [(2, true), (3, false)]);
        assert!(log.events.iter().all(|event| event.stream == "orders-6c9f7b5d8d-x2x4z"));
        assert_eq!(log.events[0].time.as_deref(), Some("2022-05-27 16:13:00.417"));
        assert_eq!(log.events[1].job.as_deref(), Some(ID));
    }

    #[test]
    fn how_the_bytes_come_makes_no_difference() {
        let text = format!(
            "No checkpoint found during restore.\r\nStarting job {ID} from savepoint /a ()\n\
             [INFO ][prod/orders] Deploying application cluster\nüx"
        );
        let whole = log(&text);
        assert_eq!(whole.lines, 4);
        for at in 0..text.len() {
            let mut reader = LogReader::new("x.log");
            let (before, after) = text.as_bytes().split_at(at);
            reader.feed(before);
            reader.feed(after);
            assert_eq!(reader.finish(), whole, "{at}");
        }
    }

    #[test]
    fn another_stream_does_not_continue_one() {
        let log = log("[pod/a-6c9f7b5d8d-x2x4z/c] No checkpoint found during restore.\n\
             [pod/b-6c9f7b5d8d-x2x4z/c] No checkpoint found during restore.\n\
             [pod/b-6c9f7b5d8d-x2x4z/c] more\n");
        let lines: Vec<_> = log.events.iter().map(|event| event.is_continued).collect();
        assert_eq!(lines, [false, true]);
    }

    #[test]
    fn a_job_that_restarts_for_ever_takes_no_memory() {
        let text =
            format!("Restoring job {ID} from Checkpoint 1 @ 0 for {ID} located at /c/chk-1.\n");
        let log = log(&text.repeat(10_000));
        assert_eq!((log.lines, log.events.len()), (10_000, usize::from(SAME)));
        let text = format!(
            "Starting KubernetesApplicationClusterEntrypoint.\nNo checkpoint found during restore.\n\
             Starting job {ID} from savepoint /a ()\nCannot find checkpoint or savepoint file/directory\n"
        );
        let log = self::log(&text.repeat(10_000));
        assert_eq!((log.lines, log.events.len()), (40_000, 2 * usize::from(ATTEMPTS)));
        let last = log.events.last().map(|event| &event.kind);
        assert_eq!(
            last,
            Some(&LogEventKind::Failed(FailureKind::Restore)),
            "no attempt is kept by halves"
        );
    }
}
