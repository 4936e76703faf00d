//! Which class wrote a line: what a job writes into its own log must not pass for the words of Flink.
//!
//! Layouts write the logger whole, abbreviated (`o.a.f.r.c.CheckpointCoordinator`) or cut off in
//! front, and padded. Where a line names none, nobody can tell.

use super::wrapped::Unwrapped;

/// `CheckpointCoordinator`: what it says of starts, Flink 1.14 to 2.0.
pub(super) const COORDINATOR: &str = "org.apache.flink.runtime.checkpoint.CheckpointCoordinator";
/// The logger of `DefaultExecutionGraph`, by which a job changes its state, Flink 1.14 to 2.0.
pub(super) const GRAPH: &str = "org.apache.flink.runtime.executiongraph.ExecutionGraph";
/// `GlobalConfiguration`, Flink 1.14 to 1.20.
pub(super) const CONFIGURATION: &str = "org.apache.flink.configuration.GlobalConfiguration";
/// `ClusterEntrypoint`, whose logger all entry points use, Flink 1.14 to 2.0.
pub(super) const ENTRYPOINT: &str = "org.apache.flink.runtime.entrypoint.ClusterEntrypoint";

/// So many letters at least are left of the name of a class that a layout cuts off in front.
const LEFT: usize = 8;

/// False if the line names a logger, in front of its message or in a field of JSON, that is not this
/// class. `header` is what stands in front of the message.
pub(super) fn may_be_by(line: &Unwrapped, header: &str, class: &str) -> bool {
    let named = [line.logger.as_deref(), in_header(header)];
    named.into_iter().flatten().all(|logger| fits(logger.trim(), class))
}

/// The logger in front of a message; nothing if none is to be seen. In the layouts of Flink it stands
/// before `[] - `, elsewhere last of all that is no time, no level and in no brackets.
fn in_header(header: &str) -> Option<&str> {
    let bare = header.trim_end();
    let bare = bare.strip_suffix('-').unwrap_or(bare).trim_end();
    let before = bare.strip_suffix(']').and_then(|_| bare.rfind('[')).map(|at| &bare[..at]);
    let of_flink = before.filter(|_| bare.len() < header.trim_end().len());
    let words =
        |text| without_brackets(text).filter(|word| is_name(word) && !is_level(word)).last();
    if let Some(logger) = of_flink.and_then(words) {
        return Some(logger);
    }
    if let Some(word) = words(bare) {
        return is_of_class(word).then_some(word);
    }
    // A layout may put the logger into brackets, as others do the thread.
    let mut within = bare.rsplit(['[', ']', '(', ')', ' ', '|', ':', ',']);
    within.find(|word| word.contains('.') && is_name(word) && is_of_class(word))
}

/// The words of a header that stand in no brackets.
fn without_brackets(header: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let outside = header.split(['[', '(', '{', '<']).flat_map(move |piece| {
        // Behind an opening bracket, what follows the closing one is outside again.
        let at = piece.rfind([']', ')', '}', '>']).map(|at| at + 1);
        let inside = std::mem::replace(&mut depth, 1) > 0;
        let piece = if inside { &piece[at.unwrap_or(piece.len())..] } else { piece };
        piece.split([' ', '|', ':', ','])
    });
    outside.filter(|word| !word.is_empty())
}

/// Parts of letters, digits, `_` and `$`, none of which begins with a digit.
fn is_name(word: &str) -> bool {
    let is_part = |part: &str| {
        !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_alphanumeric() || "_$~".contains(c))
    };
    word.contains(char::is_alphabetic) && word.split('.').all(is_part)
}

fn is_level(word: &str) -> bool {
    const LEVELS: [&str; 8] =
        ["INFO", "WARN", "WARNING", "ERROR", "DEBUG", "TRACE", "FATAL", "NOTICE"];
    LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word))
}

/// True for what is the name of a class rather than that of a host, a program or a thread.
fn is_of_class(word: &str) -> bool {
    let last = word.rsplit('.').next().unwrap_or(word);
    last.starts_with(char::is_uppercase) && last.contains(char::is_lowercase)
}

/// True if the logger is the class: as a whole, with parts of its package abbreviated, or cut off in
/// front.
fn fits(logger: &str, class: &str) -> bool {
    let mut of_logger = logger.rsplit('.');
    let mut of_class = class.rsplit('.');
    let (Some(last), Some(name)) = (of_logger.next(), of_class.next()) else { return false };
    let package: Vec<&str> = of_logger.collect();
    if last != name {
        return package.is_empty() && last.len() >= LEFT && name.ends_with(last);
    }
    let known: Vec<&str> = of_class.collect();
    let outermost = package.len().saturating_sub(1);
    let is_part = |(at, part): (usize, &&str)| {
        let whole = known.get(at).copied().unwrap_or_default();
        whole.starts_with(part) || *part == "~" || (at == outermost && whole.ends_with(part))
    };
    package.len() <= known.len() && package.iter().enumerate().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(header: &str) -> bool {
        may_be_by(&Unwrapped::default(), header, COORDINATOR)
    }

    #[test]
    fn the_class_is_known_in_every_layout() {
        for header in [
            "2022-05-27 16:13:00,417 INFO  org.apache.flink.runtime.checkpoint.CheckpointCoordinator    [] - ",
            "2022-05-27 16:13:00,417 INFO  o.a.f.r.checkpoint.CheckpointCoordinator [] - ",
            "INFO  o.a.f.r.c.CheckpointCoordinator [] - ",
            "INFO  nk.runtime.checkpoint.CheckpointCoordinator [] - ",
            "INFO  nt.CheckpointCoordinator [{flink-job-id=1}] - ",
            "INFO  CheckpointCoordinator [] - ",
            "INFO  ointCoordinator [] - ",
            "16:13:00.417 [jobmanager-io-thread-1] INFO  o.a.f.r.c.CheckpointCoordinator - ",
            "16:13:00.417 [flink-akka.actor.default-dispatcher-4] INFO o.a.f.r.c.CheckpointCoordinator : ",
            "2022-05-27 16:13:00,417 o.a.f.r.c.CheckpointCoordinator [INFO ] ",
            "[main] [org.apache.flink.runtime.checkpoint.CheckpointCoordinator] INFO ",
            "INFO|o.~.~.~.~.CheckpointCoordinator|",
        ] {
            assert!(told(header), "{header}");
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
            "INFO com.acme.Main: ",
        ] {
            assert!(!told(header), "{header}");
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
            "Nov 26 08:01:14 node-1.example.com flink[12]: ",
        ] {
            assert!(told(header), "{header}");
        }
    }
}
