//! One line: what kubectl, a container runtime or a JSON layout puts around it is taken off, and the class
//! that wrote it is found out, since what a job writes into its own log must not pass for the words of
//! Flink.
//!
//! Layouts write the logger whole or abbreviated (`o.a.f.r.c.CheckpointCoordinator`). A line that names
//! none is believed.

use serde_json::{Map, Value};

use super::collector;

/// A line without its wrapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unwrapped {
    /// The pod that wrote it.
    pub(crate) pod: Option<String>,
    /// When it was written, in a form that sorts. Of several times the innermost counts.
    pub(crate) time: Option<String>,
    /// The class that wrote it, if a JSON layout says so.
    pub(crate) logger: Option<String>,
    /// What Flink or the operator wrote.
    pub(crate) text: String,
}

/// Members that hold the class that wrote the line: log4j's JSON layout, ECS, and others.
const LOGGERS: [&str; 4] = ["loggerName", "log.logger", "logger_name", "logger"];

/// How often a line may be wrapped.
const MOST_WRAPPINGS: usize = 4;

/// Takes off the prefix of `kubectl logs --prefix`, the time that `--timestamps` and a runtime put in
/// front, what a collector puts around a line if it names the pod, and the JSON layout of log4j. The
/// text of any other JSON is empty: what it is about is not known.
pub(crate) fn unwrap(line: &str) -> Unwrapped {
    unwrap_within(line, MOST_WRAPPINGS)
}

fn unwrap_within(line: &str, wrappings: usize) -> Unwrapped {
    let mut found = Unwrapped::default();
    let mut text = line.trim();
    if let Some(rest) = text.strip_prefix("[pod/")
        && let Some((source, rest)) = rest.split_once(']')
    {
        found.pod = Some(source.split('/').next().unwrap_or(source).to_string());
        text = rest.trim_start();
    }
    // The layouts of Flink and the operator write a blank between date and time.
    if let Some((stamp, rest)) = time(text)
        && text.as_bytes()[10] == b'T'
        && let Some(rest) = rest.strip_prefix(' ')
    {
        found.time = Some(stamp);
        text = rest.strip_prefix("stdout F ").or(rest.strip_prefix("stderr F ")).unwrap_or(rest);
    }
    if text.starts_with('{') {
        if let Ok(Value::Object(members)) = serde_json::from_str(text) {
            match collector::pod_of(&members).filter(|_| wrappings > 0) {
                Some(pod) => found.read_collected(&members, pod, wrappings - 1),
                None => found.read_json(&members),
            }
        }
        return found;
    }
    found.time = time(text).map(|(time, _)| time).or(found.time);
    found.text = text.to_string();
    found
}

impl Unwrapped {
    /// What this pod wrote, out of what a collector put around it.
    fn read_collected(&mut self, members: &Map<String, Value>, pod: String, wrappings: usize) {
        let Some((entry, line)) = collector::line_of(members) else { return };
        let inner = unwrap_within(line, wrappings);
        // A collector that knows the layout puts its members beside its own.
        let mut beside = Unwrapped::default();
        beside.read_json(entry);
        self.time = inner.time.or(beside.time).or(self.time.take());
        self.logger = inner.logger.or(beside.logger);
        let is_whole = beside.text.starts_with(&inner.text) && !inner.text.is_empty();
        self.text = if is_whole { beside.text } else { inner.text };
        self.pod = Some(pod);
    }

    fn read_json(&mut self, members: &Map<String, Value>) {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        self.text = text("message").unwrap_or_default().trim().to_string();
        self.logger = LOGGERS.iter().find_map(|name| text(name)).map(String::from);
        self.time = text("@timestamp").and_then(time).map(|(time, _)| time).or(self.time.take());
        // A failure may be named by the exception alone.
        for name in ["thrown", "error.message"] {
            if let Some(exception) = members.get(name) {
                self.text.push(' ');
                self.text.push_str(&exception.to_string());
            }
        }
    }
}

/// The time at the beginning of a text, to milliseconds and without its zone, and the rest. The
/// layouts of Flink and the operator write none, and clusters run in UTC.
fn time(text: &str) -> Option<(String, &str)> {
    let bytes = text.as_bytes();
    let form = b"0000-00-00 00:00:00";
    let fits = |(i, of): (usize, &u8)| match (of, bytes.get(i)) {
        (b'0', Some(digit)) => digit.is_ascii_digit(),
        (b' ', Some(between)) => matches!(between, b' ' | b'T'),
        (of, here) => Some(of) == here,
    };
    if !form.iter().enumerate().all(fits) {
        return None;
    }
    let fraction = &text[form.len()..];
    let digits = fraction.strip_prefix([',', '.']).unwrap_or_default();
    let digits = &digits[..digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len())];
    let rest = &fraction[digits.len() + usize::from(!digits.is_empty())..];
    let zone = rest.strip_prefix('Z').or_else(|| {
        let zone = rest.get(..6).filter(|zone| zone.starts_with(['+', '-']))?;
        zone[1..].bytes().all(|b| b.is_ascii_digit() || b == b':').then(|| &rest[6..])
    });
    let millis = format!("{digits:0<3}");
    let time = format!("{} {}.{}", &text[..10], &text[11..form.len()], &millis[..3]);
    Some((time, zone.unwrap_or(rest)))
}

/// `CheckpointCoordinator`: what it says of starts, Flink 1.14 to 2.0.
pub(crate) const COORDINATOR: &str = "org.apache.flink.runtime.checkpoint.CheckpointCoordinator";
/// The logger of `DefaultExecutionGraph`, by which a job changes its state, Flink 1.14 to 2.0.
pub(crate) const GRAPH: &str = "org.apache.flink.runtime.executiongraph.ExecutionGraph";
/// `GlobalConfiguration`, Flink 1.14 to 1.20.
pub(crate) const CONFIGURATION: &str = "org.apache.flink.configuration.GlobalConfiguration";
/// `Checkpoints`: what it says of state that fits no operator, Flink 1.14 to 2.1.
pub(crate) const CHECKPOINTS: &str = "org.apache.flink.runtime.checkpoint.Checkpoints";
/// The dispatchers, each under its own name, Flink 1.14 to 2.1.
pub(crate) const DISPATCHERS: [&str; 2] = [
    "org.apache.flink.runtime.dispatcher.StandaloneDispatcher",
    "org.apache.flink.runtime.dispatcher.MiniDispatcher",
];
/// `JobMaster`, Flink 1.14 to 2.1.
pub(crate) const JOB_MASTER: &str = "org.apache.flink.runtime.jobmaster.JobMaster";
/// `ClusterEntrypoint`, whose logger all entry points use, Flink 1.14 to 2.0.
pub(crate) const ENTRYPOINT: &str = "org.apache.flink.runtime.entrypoint.ClusterEntrypoint";

/// False if the line names a logger, in front of its message or in a field of JSON, that is not this
/// class. `header` is the part in front of the message.
pub(crate) fn may_be_by(line: &Unwrapped, header: &str, class: &str) -> bool {
    let named = [line.logger.as_deref(), in_header(header)];
    named.into_iter().flatten().all(|logger| fits(logger.trim(), class))
}

/// The logger in front of a message; nothing if there is none. It is the last name outside brackets
/// that is no time and no level, else a class in brackets, where other layouts put the thread.
fn in_header(header: &str) -> Option<&str> {
    let is_logger = |word: &&str| is_name(word) && !is_level(word);
    outside_brackets(header).into_iter().rfind(is_logger).or_else(|| {
        let mut words = header.rsplit(SEPARATORS);
        words.find(|word| word.contains('.') && is_name(word) && is_class(word))
    })
}

const SEPARATORS: [char; 9] = ['[', ']', '(', ')', '{', '}', ' ', '|', ','];

/// The words of a header that are not in brackets.
fn outside_brackets(header: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut words = Vec::new();
    for piece in header.split_inclusive(SEPARATORS) {
        let word = piece.trim_end_matches(SEPARATORS).trim_end_matches(':');
        if depth == 0 && !word.is_empty() {
            words.push(word);
        }
        if piece.ends_with(['[', '(', '{']) {
            depth += 1;
        } else if piece.ends_with([']', ')', '}']) {
            depth = depth.saturating_sub(1);
        }
    }
    words
}

/// True for parts of letters, digits, `_` and `$`, none of which begins with a digit.
fn is_name(word: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    };
    word.split('.').all(is_part)
}

/// True for `INFO` and the like.
pub(crate) fn is_level(word: &str) -> bool {
    const LEVELS: [&str; 6] = ["INFO", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL"];
    LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word))
}

/// True for the name of a class rather than that of a host, a program or a thread.
fn is_class(word: &str) -> bool {
    let last = word.rsplit('.').next().unwrap_or(word);
    last.starts_with(char::is_uppercase) && last.contains(char::is_lowercase)
}

/// True if the logger is the class, with or without its package, whose parts may be abbreviated.
fn fits(logger: &str, class: &str) -> bool {
    let (mut logger, mut class) = (logger.rsplit('.'), class.rsplit('.'));
    if logger.next() != class.next() {
        return false;
    }
    logger.all(|part| class.next().is_some_and(|whole| whole.starts_with(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: &str = "2022-05-27 16:13:00,417 INFO  o.a.f.X [] - Starting job";

    #[test]
    fn the_wrapping_is_taken_off() {
        let pod = "orders-6c9f7b5d8d-x2x4z";
        for (line, is_of_pod) in [
            (INNER.to_string(), false),
            (format!("[pod/{pod}/flink-main-container] {INNER}"), true),
            (format!("[pod/{pod}/flink-main-container] 2022-05-27T16:13:00.5Z {INNER}"), true),
            (format!("2022-05-27T16:13:00.417123456Z stdout F {INNER}"), false),
            (format!("2022-05-27T16:13:00.417123456+02:00 {INNER}"), false),
        ] {
            let found = unwrap(&line);
            assert_eq!(found.text, INNER, "{line}");
            assert_eq!(found.time.as_deref(), Some("2022-05-27 16:13:00.417"), "{line}");
            assert_eq!(found.pod.as_deref(), is_of_pod.then_some(pod), "{line}");
        }
    }

    #[test]
    fn the_json_layout_is_read() {
        let line = r#"{"level":"ERROR","loggerName":"x","message":"No","thrown":{"message":"Cannot find"}}"#;
        let found = unwrap(line);
        assert!(found.text.starts_with("No ") && found.text.contains("Cannot find"));
        assert_eq!(found.logger.as_deref(), Some("x"));
        let ecs = r#"{"@timestamp":"2022-05-27T16:13:00.417Z","log.logger":"x","message":"m"}"#;
        let found = unwrap(ecs);
        assert_eq!((found.text.as_str(), found.logger.as_deref()), ("m", Some("x")));
        assert_eq!(found.time.as_deref(), Some("2022-05-27 16:13:00.417"));
    }

    #[test]
    fn other_json_says_nothing() {
        for line in
            [r#"{"log":"2022-05-27 16:13:00,417 INFO  X [] - a"}"#, "{}", "{\"message\": 1}", "{"]
        {
            assert_eq!(unwrap(line), Unwrapped::default(), "{line}");
        }
    }

    #[test]
    fn a_line_that_only_looks_wrapped_is_left() {
        for line in ["[pod/", "[pod/x", "2022-05-27T16:13:00Z", "a b c", "é[pod/x] y"] {
            assert_eq!(unwrap(line).text, line);
        }
    }

    fn may_be(header: &str) -> bool {
        may_be_by(&Unwrapped::default(), header, COORDINATOR)
    }

    #[test]
    fn the_class_is_known_in_every_layout() {
        for header in [
            "2022-05-27 16:13:00,417 INFO  org.apache.flink.runtime.checkpoint.CheckpointCoordinator    [] - ",
            "2022-05-27 16:13:00,417 INFO  o.a.f.r.checkpoint.CheckpointCoordinator [] - ",
            "INFO  o.a.f.r.c.CheckpointCoordinator [] - ",
            "INFO  c.CheckpointCoordinator [{flink-job-id=1}] - ",
            "INFO  CheckpointCoordinator [] - ",
            "16:13:00.417 [jobmanager-io-thread-1] INFO  o.a.f.r.c.CheckpointCoordinator - ",
            "16:13:00.417 [flink-akka.actor.default-dispatcher-4] INFO o.a.f.r.c.CheckpointCoordinator : ",
            "2022-05-27 16:13:00,417 o.a.f.r.c.CheckpointCoordinator [INFO ] ",
            "[main] [org.apache.flink.runtime.checkpoint.CheckpointCoordinator] INFO ",
        ] {
            assert!(may_be(header), "{header}");
        }
    }

    #[test]
    fn another_class_is_not_taken_for_it() {
        for header in [
            "2022-05-27 16:13:00,417 INFO  com.acme.Main                                [] - ",
            "INFO  com.acme.CheckpointCoordinator [] - ",
            "INFO  x.CheckpointCoordinator [] - ",
            "INFO  MyCheckpointCoordinator [] - ",
            "INFO  org.apache.flink.runtime.checkpoint.CheckpointCoordinator2 [] - ",
            "INFO  x [] - ",
            "INFO  r [] - ",
            "INFO  Main [] - ",
            "INFO  org.apache.flink.runtime.jobmaster.JobMaster [] - ",
            "16:13:00.417 [main] INFO  c.a.Main - ",
            "2022-05-27 16:13:00,417 c.a.Main      [INFO ] ",
            "[main] [com.acme.Main] INFO ",
            "INFO|com.acme.Main|",
            "INFO  ointCoordinator [] - ",
            "INFO  nt.CheckpointCoordinator [] - ",
            "Nov 26 08:01:14 node-1.example.com flink[12]: ",
            "INFO com.acme.Main: ",
        ] {
            assert!(!may_be(header), "{header}");
        }
    }

    #[test]
    fn where_no_logger_stands_nobody_can_tell() {
        for header in [
            "",
            "INFO  ",
            "2022-05-27 16:13:00,417 INFO  ",
            "2022-05-27 16:13:00,417 INFO - ",
            "2022-05-27T16:13:00Z [main] INFO - ",
            "16:13:00 [flink-akka.actor.default-dispatcher-4] INFO - ",
        ] {
            assert!(may_be(header), "{header}");
        }
    }
}
