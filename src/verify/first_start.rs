//! What the starts in the logs come to: the first one counts, and a later one that lost what it had.

use super::judge::{Finding, empty_start, from, not_started};
use super::log::Event;
use super::starts::{Failed, How, Start};
use super::{AsExpected, Evidence, Outcome, Seen};
use crate::flink::location::same;
use crate::flink::workload::ExpectedStart;

/// What the logs come to: the first start of all that did not come to nothing, or of each log where
/// nothing tells their order, and a later one that lost the state.
pub(crate) fn of(seen: &[Seen<'_>], expected: &ExpectedStart) -> Vec<Finding> {
    let starts: Vec<(usize, &Start<'_>, &Evidence)> = seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Start { source, start, evidence } => Some((*source, start, evidence)),
            _ => None,
        })
        .collect();
    let mut good: Vec<_> =
        starts.iter().filter(|(_, start, _)| start.failed.is_none()).copied().collect();
    if good.is_empty() {
        let last = starts.last();
        return last.map(|(_, start, evidence)| failed(start, evidence)).into_iter().collect();
    }
    let empty: Vec<_> = good.iter().filter(|(_, one, _)| one.how == How::Empty).copied().collect();
    if good.iter().all(|(_, start, _)| start.said.time.is_some()) {
        good.sort_by(|(_, a, _), (_, b, _)| a.said.time.cmp(&b.said.time));
        good.truncate(1);
    } else {
        let mut sources = Vec::new();
        good.retain(|(source, _, _)| {
            let is_first = !sources.contains(source);
            sources.push(*source);
            is_first
        });
    }
    let is_right = |(_, start, _): &(usize, &Start<'_>, &Evidence)| match (&start.how, expected) {
        (How::From(location), ExpectedStart::From(expected)) => same(location, expected),
        _ => false,
    };
    if good.iter().any(is_right) {
        // Another log then begins with a restart, which goes on from the last checkpoint.
        good.retain(|(_, start, _)| !matches!(start.how, How::Kept(_)));
    }
    // From a checkpoint or from its savepoint again a job may go on as often as it likes; an empty start
    // after any other has lost what that one had.
    let is_first = |start: &Start<'_>| good.iter().any(|(_, one, _)| std::ptr::eq(*one, start));
    let lost = empty.iter().find(|(_, start, _)| !is_first(start)).map(|(_, _, evidence)| {
        let mut finding = empty_start(expected, vec![(*evidence).clone()]);
        finding.found = "started without state, after an earlier start of it".to_string();
        finding
    });
    let lost = lost.filter(|_| matches!(expected, ExpectedStart::From(_)));
    let first = good.iter().map(|(_, start, evidence)| of_start(start, expected, evidence));
    first.chain(lost).collect()
}

/// A start that was right and came to an end.
pub(crate) fn failure(seen: &[Seen<'_>]) -> Option<String> {
    let mut failed = seen.iter().rev().filter_map(|seen| match seen {
        Seen::Start { start, .. } => start.failed,
        _ => None,
    });
    let good =
        |seen: &Seen<'_>| matches!(seen, Seen::Start { start, .. } if start.failed.is_none());
    let failed = failed.next().filter(|_| seen.iter().any(good))?;
    let what = if is_boot(&failed) { "came to nothing before another process" } else { "failed" };
    Some(format!("a start of it {what}: {}:{}", failed.file, failed.said.line))
}

fn of_start(start: &Start<'_>, expected: &ExpectedStart, evidence: &Evidence) -> Finding {
    let evidence = vec![evidence.clone()];
    match &start.how {
        How::Empty => empty_start(expected, evidence),
        How::From(location) => from(location, expected, evidence),
        How::Kept(location) => {
            let mut finding = from(location, expected, evidence);
            if finding.outcome == Outcome::RestoredElsewhere {
                // To create a healthy job anew would rewind it, so nobody is told to.
                finding.outcome = Outcome::NotSeen;
                finding.as_expected = AsExpected::Open;
                finding.is_kept = true;
                finding.found = format!(
                    "went on from {location}: a restart after its first start, or high availability had \
                     kept an old checkpoint, which Flink prefers to a savepoint"
                );
            }
            finding
        }
    }
}

fn failed(start: &Start<'_>, evidence: &Evidence) -> Finding {
    let how = match &start.failed {
        Some(failed) if is_boot(failed) => "its process ended before it was seen to",
        _ => "failed",
    };
    let found = match &start.how {
        How::From(location) | How::Kept(location) => {
            format!("was to start from {location}, and {how}")
        }
        How::Empty => format!("was to start without state, and {how}"),
    };
    let mut all = vec![evidence.clone()];
    all.extend(start.failed.map(|failed| Evidence {
        file: failed.file.to_string(),
        line: failed.said.line,
        text: failed.said.text.clone(),
        ..evidence.clone()
    }));
    not_started(found, AsExpected::No, all)
}

/// True if nothing is known of the failure but that another process took its turn.
fn is_boot(failed: &Failed<'_>) -> bool {
    failed.said.event == Event::Booted
}
