//! Logs: what a JobManager or the operator said about starts.
//!
//! A log is read as it comes, in bounded memory: lines of any length, wrapped by kubectl or by
//! a container runtime, or written as JSON. What is kept is what decides how a job
//! started, and where it stands.

mod collector;
mod jobmanager;
mod line;
mod operator;
mod patterns;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

pub use patterns::{FailureKind, LogEventKind, Restored};

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

/// What a log says.
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

/// What one line says.
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
    splitter: LineSplitter,
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
    /// What is too often said to be kept each time, as it was said last: how far a job has come.
    latest: HashMap<u64, LogEvent>,
}

impl LogReader {
    /// A reader of the log of this name.
    pub fn new(name: &str) -> LogReader {
        let log = Log { name: name.to_string(), ..Log::default() };
        LogReader {
            splitter: LineSplitter::default(),
            collector: EventCollector { log, ..EventCollector::default() },
        }
    }

    /// Takes more of it.
    pub fn feed(&mut self, bytes: &[u8]) {
        let collector = &mut self.collector;
        self.splitter.feed(bytes, |line| collector.line(line));
    }

    /// What it says.
    pub fn finish(mut self) -> Log {
        let collector = &mut self.collector;
        self.splitter.finish(|line| collector.line(line));
        collector.log.events.extend(collector.latest.drain().map(|(_, event)| event));
        collector.log.events.sort_by_key(|event| event.line);
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
        let line = line::unwrap(&clean_text(bytes));
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
        let event = LogEvent {
            line: self.log.lines,
            stream,
            owner,
            job,
            time: line.time,
            kind,
            text: patterns::without_header(&line.text).chars().take(LONGEST).collect(),
            is_continued: false,
        };
        let what = self.identity(&event);
        if self.is_worth_keeping(what, &event) {
            if event.kind == LogEventKind::NoCheckpoint {
                self.unresolved.insert(event.stream.clone(), self.log.events.len());
            }
            self.log.events.push(event);
        } else if event.kind.is_progress() && self.attempts[&event.stream] <= ATTEMPTS {
            self.latest.insert(what, event);
        }
    }

    /// What is said, of what, and in which attempt of its stream, which a line may begin.
    fn identity(&mut self, event: &LogEvent) -> u64 {
        let LogEvent { stream, owner, job, kind, .. } = event;
        let begins = matches!(kind, LogEventKind::NoCheckpoint | LogEventKind::ProcessStarted);
        let attempts = self.attempts.entry(stream.clone()).or_default();
        *attempts = attempts.saturating_add(u16::from(begins));
        let mut hasher = DefaultHasher::new();
        (stream, owner, job, kind, *attempts).hash(&mut hasher);
        hasher.finish()
    }

    fn is_worth_keeping(&mut self, what: u64, event: &LogEvent) -> bool {
        let count = self.counts.entry(what).or_default();
        *count = count.saturating_add(1);
        *count <= SAME && self.attempts[&event.stream] <= ATTEMPTS && self.log.events.len() < MOST
    }
}

/// How much of a line is kept, in bytes. What a log says of a start fits many times; what makes a
/// line longer are dumped configurations and class paths.
const LONGEST_LINE: usize = 64 * 1024;

/// Cuts bytes that come piece by piece into lines, and keeps the beginning of each.
#[derive(Default)]
struct LineSplitter {
    held: Vec<u8>,
    has_begun: bool,
}

impl LineSplitter {
    /// The lines that end in these bytes, without `\n` and `\r\n`.
    fn feed(&mut self, mut bytes: &[u8], mut line: impl FnMut(&[u8])) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            self.hold(&bytes[..end]);
            line(without_return(&self.held));
            self.held.clear();
            self.has_begun = false;
            bytes = &bytes[end + 1..];
        }
        self.has_begun |= !bytes.is_empty();
        self.hold(bytes);
    }

    /// The last line, if no newline ends it.
    fn finish(&mut self, line: impl FnOnce(&[u8])) {
        if self.has_begun {
            line(without_return(&self.held));
        }
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = LONGEST_LINE - self.held.len();
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The text of a line: invalid UTF-8 replaced, escape sequences of terminals and other controls taken
/// out, since colours come with many a log.
fn clean_text(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                // A sequence with parameters ends with a letter or `~`.
                Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                // A title ends with a bell or with `ESC \`.
                Some(']') => {
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                _ => {}
            },
            '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
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

    fn cut(pieces: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut splitter = LineSplitter::default();
        for piece in pieces {
            splitter.feed(piece, |line| found.push(clean_text(line)));
        }
        splitter.finish(|line| found.push(clean_text(line)));
        found
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_come() {
        let bytes = "a\r\n\nb\u{e4}\rc\n d".as_bytes();
        let whole = cut(&[bytes]);
        assert_eq!(whole, ["a", "", "b\u{e4}c", " d"]);
        for at in 0..bytes.len() {
            assert_eq!(cut(&[&bytes[..at], &bytes[at..]]), whole, "{at}");
        }
    }

    #[test]
    fn of_a_giant_line_the_beginning_is_kept() {
        let giant = vec![b'x'; 3 * LONGEST_LINE];
        let found = cut(&[&giant, &giant, b"\nnext"]);
        assert_eq!(found[0].len(), LONGEST_LINE);
        assert_eq!(found[1], "next");
    }

    #[test]
    fn colours_and_broken_bytes_do_no_harm() {
        let line =
            b"\x1b[36mStarting\x1b[0;1m job\x1b[K \xff\x00 \x1b]0;title\x07x\x1b]8;;a\x1b\\y\x1b";
        assert_eq!(clean_text(line), "Starting job \u{fffd} xy");
    }
}
