//! What the starts in the logs come to: the first one counts, and a later one that lost what it had.

use super::job_starts::{JobStart, StartFailure, StartedFrom};
use super::judge::{DetailedVerdict, empty_start, not_started, started_from};
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
    let starts: Vec<(usize, &JobStart<'_>, &Evidence)> = observations
        .iter()
        .filter_map(|observation| match observation {
            Observation::Start { input, start, evidence } => Some((*input, start, evidence)),
            _ => None,
        })
        .collect();
    let mut good: Vec<_> =
        starts.iter().filter(|(_, start, _)| start.failed.is_none()).copied().collect();
    if good.is_empty() {
        let last = starts.last();
        return last
            .map(|(_, start, evidence)| failed_start(start, evidence))
            .into_iter()
            .collect();
    }
    let empty: Vec<_> =
        good.iter().filter(|(_, one, _)| one.from == StartedFrom::Nothing).copied().collect();
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
    let is_right = |(_, start, _): &(usize, &JobStart<'_>, &Evidence)| match (&start.from, expected)
    {
        (StartedFrom::Location(location), ExpectedStart::From(expected)) => {
            same_location(location, expected)
        }
        _ => false,
    };
    if good.iter().any(is_right) {
        // Another log then begins with a restart, which goes on from the last checkpoint.
        good.retain(|(_, start, _)| !matches!(start.from, StartedFrom::Retained(_)));
    }
    // From a checkpoint or from its savepoint again a job may go on as often as it likes; an empty start
    // after any other has lost what that one had.
    let is_first = |start: &JobStart<'_>| good.iter().any(|(_, one, _)| std::ptr::eq(*one, start));
    let lost = empty.iter().find(|(_, start, _)| !is_first(start)).map(|(_, _, evidence)| {
        let mut verdict = empty_start(expected, vec![(*evidence).clone()]);
        verdict.found = "started without state, after an earlier start of it".to_string();
        verdict
    });
    let lost = lost.filter(|_| matches!(expected, ExpectedStart::From(_)));
    let first = good.iter().map(|(_, start, evidence)| start_verdict(start, expected, evidence));
    first.chain(lost).collect()
}

/// A start that was right and came to an end.
pub(crate) fn failure_note(observations: &[Observation<'_>]) -> Option<String> {
    let mut failed = observations.iter().rev().filter_map(|observation| match observation {
        Observation::Start { start, .. } => start.failed,
        _ => None,
    });
    let good = |observation: &Observation<'_>| matches!(observation, Observation::Start { start, .. } if start.failed.is_none());
    let failed = failed.next().filter(|_| observations.iter().any(good))?;
    let what =
        if is_superseded(&failed) { "came to nothing before another process" } else { "failed" };
    Some(format!("a start of it {what}: {}:{}", failed.file, failed.event.line))
}

fn start_verdict(
    start: &JobStart<'_>,
    expected: &ExpectedStart,
    evidence: &Evidence,
) -> DetailedVerdict {
    let evidence = vec![evidence.clone()];
    match &start.from {
        StartedFrom::Nothing => empty_start(expected, evidence),
        StartedFrom::Location(location) => started_from(location, expected, evidence),
        StartedFrom::Retained(location) => {
            let mut verdict = started_from(location, expected, evidence);
            if verdict.verdict == Verdict::RestoredElsewhere {
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
    }
}

fn failed_start(start: &JobStart<'_>, evidence: &Evidence) -> DetailedVerdict {
    let how = match &start.failed {
        Some(failed) if is_superseded(failed) => "its process ended before it was seen to",
        _ => "failed",
    };
    let found = match &start.from {
        StartedFrom::Location(location) | StartedFrom::Retained(location) => {
            format!("was to start from {location}, and {how}")
        }
        StartedFrom::Nothing => format!("was to start without state, and {how}"),
    };
    let mut all = vec![evidence.clone()];
    all.extend(start.failed.map(|failed| Evidence {
        file: failed.file.to_string(),
        line: failed.event.line,
        text: failed.event.text.clone(),
        ..evidence.clone()
    }));
    not_started(found, Expectation::NotMet, all)
}

/// True if nothing is known of the failure but that another process took its turn.
fn is_superseded(failed: &StartFailure<'_>) -> bool {
    failed.event.kind == LogEventKind::ProcessStarted
}
