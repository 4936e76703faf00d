//! What the starts in the logs come to: the first one counts, and a later one that lost what it had.

use super::job_starts::{JobStart, StartFailure, StartedFrom};
use super::judge::DetailedVerdict;
use super::log::LogEventKind;
use super::{Evidence, Expectation, Observation, Verdict};
use crate::flink::location::same_location;
use crate::flink::workload::ExpectedStart;

/// What the logs come to: the first start of all that did not come to nothing, or of each log where
/// nothing tells their order, and a later one that lost the state.
pub(crate) fn verdicts(
    observations: &[Observation<'_>],
    expected: &ExpectedStart,
) -> Vec<DetailedVerdict> {
    let (mut good, failed): (Vec<_>, Vec<_>) =
        starts(observations).partition(|(_, start, _)| start.failed.is_none());
    if good.is_empty() {
        let last = failed.last().map(|(_, start, evidence)| failed_start(start, evidence));
        return last.into_iter().collect();
    }
    let mut empty = good.clone();
    empty.retain(|(_, start, _)| start.from == StartedFrom::Nothing);
    if good.iter().all(|(_, start, _)| start.event.time.is_some()) {
        good.sort_by(|(_, a, _), (_, b, _)| a.event.time.cmp(&b.event.time));
        good.truncate(1);
    } else {
        let mut inputs = Vec::new();
        good.retain(|(input, _, _)| {
            let is_first = !inputs.contains(input);
            inputs.push(*input);
            is_first
        });
    }
    let is_right = good.iter().any(|(_, start, _)| match (&start.from, expected) {
        (StartedFrom::Location(location), ExpectedStart::From(expected)) => {
            same_location(location, expected)
        }
        _ => false,
    });
    if is_right {
        // Another log then begins with a restart, which goes on from the last checkpoint.
        good.retain(|(_, start, _)| !matches!(start.from, StartedFrom::Retained(_)));
    }
    let first = good.iter().map(|(_, start, evidence)| start_verdict(start, expected, evidence));
    let mut verdicts: Vec<DetailedVerdict> = first.collect();
    // From a checkpoint or from its savepoint again a job may go on as often as it likes; an empty start
    // after any other has lost what that one had.
    empty.retain(|(_, start, _)| !good.iter().any(|(_, one, _)| std::ptr::eq(*one, *start)));
    if let (Some((_, _, evidence)), ExpectedStart::From(_)) = (empty.first(), expected) {
        verdicts.push(DetailedVerdict {
            found: "started without state, after an earlier start of it".to_string(),
            ..DetailedVerdict::started_empty(expected, evidence)
        });
    }
    verdicts
}

/// The starts in the logs, with the number of the log and the line.
fn starts<'o, 's>(
    observations: &'o [Observation<'s>],
) -> impl DoubleEndedIterator<Item = (usize, &'o JobStart<'s>, &'o Evidence)> {
    observations.iter().filter_map(|observation| match observation {
        Observation::Start { input, start, evidence } => Some((*input, start, evidence)),
        _ => None,
    })
}

/// A start that came to an end, where another one did not.
pub(crate) fn failure_note(observations: &[Observation<'_>]) -> Option<String> {
    let failed = starts(observations).rev().find_map(|(_, start, _)| start.failed)?;
    if starts(observations).all(|(_, start, _)| start.failed.is_some()) {
        return None;
    }
    let end = if is_superseded(&failed) { "failed before another process" } else { "failed" };
    Some(format!("a start of it {end}: {}:{}", failed.file_name, failed.event.line))
}

fn start_verdict(
    start: &JobStart<'_>,
    expected: &ExpectedStart,
    evidence: &Evidence,
) -> DetailedVerdict {
    let Some(location) = start.from.location() else {
        return DetailedVerdict::started_empty(expected, evidence);
    };
    let mut verdict = DetailedVerdict::started_from(location, expected, evidence);
    let is_retained = matches!(start.from, StartedFrom::Retained(_));
    if is_retained && verdict.verdict == Verdict::RestoredElsewhere {
        // To create a healthy job anew would rewind it, so nobody is told to.
        verdict.verdict = Verdict::NotSeen;
        verdict.expectation = Expectation::Unknown;
        verdict.is_kept = true;
        verdict.found = format!(
            "went on from {location}: a restart after its first start, or high availability had \
             kept an old checkpoint, which Flink prefers to a savepoint"
        );
    }
    verdict
}

fn failed_start(start: &JobStart<'_>, evidence: &Evidence) -> DetailedVerdict {
    let end = match &start.failed {
        Some(failed) if is_superseded(failed) => "its process ended before it was seen to start",
        _ => "failed",
    };
    let found = match start.from.location() {
        Some(location) => format!("was to start from {location}, and {end}"),
        None => format!("was to start without state, and {end}"),
    };
    let mut verdict = DetailedVerdict::failed(found, evidence);
    verdict.evidence.extend(start.failed.map(|failed| Evidence {
        file_name: failed.file_name.to_string(),
        line: failed.event.line,
        text: failed.event.text.clone(),
        ..evidence.clone()
    }));
    verdict
}

/// True if nothing is known of the failure but that another process took its turn.
fn is_superseded(failed: &StartFailure<'_>) -> bool {
    failed.event.kind == LogEventKind::ProcessStarted
}
