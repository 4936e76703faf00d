//! Which class wrote a line: what a job writes into its own log must not pass for the words of Flink.
//!
//! Layouts write the logger whole or abbreviated (`o.a.f.r.c.CheckpointCoordinator`). A line that names
//! none is believed.

use super::unwrap::Unwrapped;

/// `CheckpointCoordinator`: what it says of starts, Flink 1.14 to 2.0.
pub(crate) const COORDINATOR: &str = "org.apache.flink.runtime.checkpoint.CheckpointCoordinator";
/// The logger of `DefaultExecutionGraph`, by which a job changes its state, Flink 1.14 to 2.0.
pub(crate) const GRAPH: &str = "org.apache.flink.runtime.executiongraph.ExecutionGraph";
/// `GlobalConfiguration`, Flink 1.14 to 1.20.
pub(crate) const CONFIGURATION: &str = "org.apache.flink.configuration.GlobalConfiguration";
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

fn is_level(word: &str) -> bool {
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
