//! What the starts in the logs mean, in their order: the first one says where the job began, the last
//! one whether it runs, and one between them may have left its state.

use super::job_starts::{JobStart, StartFailure, StartedFrom};
use super::judge::DetailedVerdict;
use super::log::LogEventKind;
use super::{Evidence, Expectation, ExpectedWorkload, Observation, Verdict};
use crate::flink::location::same_location;
use crate::flink::workload::ExpectedStart;

/// A start in a log, with the number of the log and its line.
#[derive(Clone, Copy)]
struct SeenStart<'o, 's> {
    input: usize,
    start: &'o JobStart<'s>,
    evidence: &'o Evidence,
}

/// What the logs come to: in one order where each start has a time, and else in that of each log. `all` are
/// the workloads of the tree.
pub(crate) fn verdicts(
    observations: &[Observation<'_>],
    workload: &ExpectedWorkload,
    all: &[ExpectedWorkload],
) -> Vec<DetailedVerdict> {
    let mut starts: Vec<SeenStart<'_, '_>> = seen_starts(observations).collect();
    let is_ordered = starts.iter().all(|one| one.start.event.time.is_some());
    if is_ordered {
        starts.sort_by(|a, b| a.start.event.time.cmp(&b.start.event.time));
    } else {
        starts.sort_by_key(|one| one.input);
    }
    let mut verdicts = Vec::new();
    let has_begun = |one: &SeenStart<'_, '_>| {
        is_from(one.start, &workload.expected_start) && !one.start.came_to_nothing()
    };
    let is_begun = starts.iter().any(has_begun);
    for of_input in starts.chunk_by(|a, b| is_ordered || a.input == b.input) {
        let found = of_sequence(of_input, workload, all);
        // Another log then begins with a restart, which goes on from the last checkpoint.
        verdicts.extend(found.into_iter().filter(|one| !(is_begun && one.is_kept)));
    }
    verdicts
}

/// The starts in the logs.
fn seen_starts<'o, 's>(
    observations: &'o [Observation<'s>],
) -> impl DoubleEndedIterator<Item = SeenStart<'o, 's>> {
    observations.iter().filter_map(|observation| match observation {
        Observation::Start { input, start, evidence } => {
            Some(SeenStart { input: *input, start, evidence })
        }
        _ => None,
    })
}

/// True if it was told to start from where it is expected to.
fn is_from(start: &JobStart<'_>, expected: &ExpectedStart) -> bool {
    match (&start.from, expected) {
        (StartedFrom::Location(told), ExpectedStart::From(location)) => {
            same_location(told, location)
        }
        _ => false,
    }
}

/// What starts in a known order come to.
fn of_sequence(
    starts: &[SeenStart<'_, '_>],
    workload: &ExpectedWorkload,
    all: &[ExpectedWorkload],
) -> Vec<DetailedVerdict> {
    let expected = &workload.expected_start;
    let Some(last) = starts.last() else { return Vec::new() };
    let is_sound = |one: &&SeenStart<'_, '_>| !one.start.came_to_nothing();
    // What went on from a checkpoint before the job was told of its savepoint is of an earlier life.
    let told = |one: &&SeenStart<'_, '_>| !matches!(one.start.from, StartedFrom::Retained(_));
    let is_later_life =
        starts.iter().filter(is_sound).find(told).is_some_and(|one| is_from(one.start, expected));
    let mut sound = starts.iter().filter(is_sound).skip_while(|one| is_later_life && !told(one));
    let Some(first) = sound.next() else { return vec![failed_start(last)] };
    let mut verdicts = Vec::new();
    let ExpectedStart::From(location) = expected else {
        verdicts.push(start_verdict(first, expected));
        verdicts.extend(last.start.failed.map(|_| failed_start(last)));
        return verdicts;
    };
    let is_here = |one: &SeenStart<'_, '_>| {
        one.start.from.location().is_some_and(|from| same_location(from, location))
    };
    if !is_here(first) {
        verdicts.push(start_verdict(first, expected));
    }
    // From a checkpoint or from its savepoint again a job may go on as often as it likes; an empty start
    // after any other has lost what that one had, and one from another savepoint has left it.
    for later in sound {
        match &later.start.from {
            StartedFrom::Nothing => verdicts.push(DetailedVerdict {
                found: "started without state, after an earlier start of it".to_string(),
                ..DetailedVerdict::started_empty(expected, later.evidence)
            }),
            StartedFrom::Location(from) if !is_here(later) => {
                verdicts.push(left(from, later, first, workload, all));
            }
            _ => {}
        }
    }
    if last.start.failed.is_some() {
        verdicts.push(failed_start(last));
    } else if is_here(first) {
        verdicts.push(restored(starts, expected));
    }
    verdicts
}

/// How far the last start from the expected location has come.
fn restored(starts: &[SeenStart<'_, '_>], expected: &ExpectedStart) -> DetailedVerdict {
    let asked = starts.iter().rposition(|one| is_from(one.start, expected));
    let from_here = &starts[asked.unwrap_or(0)..];
    let first = &from_here[0];
    let is_same_place = |one: &&SeenStart<'_, '_>| {
        one.start.job == first.start.job
            && matches!((&one.start.from, expected),
                (StartedFrom::Retained(a), ExpectedStart::From(b)) if same_location(a, b))
    };
    let read = match first.start.read {
        Some(event) => Some((first, event)),
        None => from_here.iter().find(is_same_place).map(|one| (one, one.start.event)),
    };
    // Where a process ended, what it had come to stands, unless the next one is seen to restart in vain.
    let latest = from_here.iter().rev();
    let mut latest =
        latest.skip_while(|one| one.start.running.is_none() && !one.start.is_restarting);
    let running = latest.next().and_then(|one| Some((one, one.start.running?)));
    let running = running.filter(|_| read.is_some());
    let skipped = from_here.iter().find_map(|one| Some((one, one.start.skipped?)));
    let location = first.start.from.location().unwrap_or_default();
    let mut verdict = DetailedVerdict::started_from(location, expected, first.evidence);
    verdict.job = first.start.job.map(String::from);
    if read.is_none() {
        verdict.set_unknown(
            Verdict::Asked,
            "was told to start from its savepoint, and was not seen to read it",
        );
    } else if skipped.is_some() {
        let found = "restored a part of its savepoint only: what fits no operator was left out";
        verdict.set_unknown(Verdict::Read, found);
        verdict.is_last_word = true;
        verdict.job = None;
    } else if asked.is_none() {
        let found = "read its savepoint; the log does not show that it was told to start from it";
        verdict.set_unknown(Verdict::Read, found);
        verdict.job = None;
    } else if running.is_none() {
        verdict
            .set_unknown(Verdict::Read, "read its savepoint, and was not seen to run with it yet");
    }
    for (one, event) in [read, skipped, running].into_iter().flatten() {
        let evidence = line_of(one.evidence, &one.evidence.file_name, event);
        if !verdict.evidence.contains(&evidence) {
            verdict.evidence.push(evidence);
        }
    }
    verdict
}

/// It was started from another savepoint later on. That of an upgrade is a newer one; one that the tree
/// names, or that is older, is none of an upgrade.
fn left(
    from: &str,
    later: &SeenStart<'_, '_>,
    first: &SeenStart<'_, '_>,
    workload: &ExpectedWorkload,
    all: &[ExpectedWorkload],
) -> DetailedVerdict {
    let mut verdict = DetailedVerdict::started_from(from, &workload.expected_start, later.evidence);
    let of_other = all.iter().find(|other| {
        other.key != workload.key
            && matches!(&other.expected_start, ExpectedStart::From(its) if same_location(its, from))
    });
    let is_old_path =
        workload.written_path.as_deref().is_some_and(|written| same_location(written, from));
    let is_older = later.start.checkpoint.zip(first.start.checkpoint).is_some_and(|(a, b)| a < b);
    let what = match of_other {
        Some(other) => format!(", that of {}", other.key),
        None if is_old_path => ", the path in its manifest".to_string(),
        None if is_older => ", an older one".to_string(),
        None => String::new(),
    };
    verdict.found = format!("was started from another location later, {from}{what}");
    if what.is_empty() {
        verdict.expectation = Expectation::Unknown;
    }
    verdict
}

/// What else is to be said of the starts: one that came to an end where another one did not, and one that
/// went back to the savepoint.
pub(crate) fn notes(observations: &[Observation<'_>], expected: &ExpectedStart) -> Vec<String> {
    let mut notes = Vec::new();
    let failed = seen_starts(observations).rev().find_map(|one| one.start.failed);
    if let Some(failed) = failed
        && seen_starts(observations).any(|one| one.start.failed.is_none())
    {
        let end = if is_superseded(&failed) { "failed before another process" } else { "failed" };
        notes.push(format!("a start of it {end}: {}:{}", failed.file_name, failed.event.line));
    }
    let again = seen_starts(observations)
        .filter(|one| is_from(one.start, expected) && !one.start.came_to_nothing())
        .nth(1);
    if let Some(again) = again {
        notes.push(format!(
            "it was started from its savepoint again, {}:{}: without high availability each new \
             JobManager goes back to it",
            again.evidence.file_name, again.evidence.line
        ));
    }
    notes
}

fn start_verdict(seen: &SeenStart<'_, '_>, expected: &ExpectedStart) -> DetailedVerdict {
    let SeenStart { start, evidence, .. } = seen;
    let Some(location) = start.from.location() else {
        return DetailedVerdict::started_empty(expected, evidence);
    };
    let mut verdict = DetailedVerdict::started_from(location, expected, evidence);
    if matches!(start.from, StartedFrom::Retained(_)) {
        // To create a healthy job anew would rewind it, so nobody is told to.
        let found = format!(
            "went on from {location}: a restart after its first start, or high availability had \
             kept an old checkpoint, which Flink prefers to a savepoint"
        );
        verdict.set_unknown(Verdict::NotSeen, &found);
        // No dump shows that high availability had kept one.
        (verdict.is_kept, verdict.is_last_word) = (true, true);
    }
    verdict
}

fn failed_start(seen: &SeenStart<'_, '_>) -> DetailedVerdict {
    let SeenStart { start, evidence, .. } = seen;
    let end = match &start.failed {
        Some(failed) if is_superseded(failed) => "its process ended before it was seen to start",
        _ => "failed",
    };
    let found = match start.from.location() {
        Some(location) if start.came_to_nothing() => {
            format!("was to start from {location}, and {end}")
        }
        Some(location) => format!("started from {location}, and failed since"),
        None if start.came_to_nothing() => format!("was to start without state, and {end}"),
        None => "started without state, and failed since".to_string(),
    };
    let mut verdict = DetailedVerdict::failed(found, evidence);
    verdict.is_last_word = start.failed.is_some_and(|failed| !is_superseded(&failed));
    let failed = start.failed.iter();
    verdict.evidence.extend(failed.map(|one| line_of(evidence, one.file_name, one.event)));
    verdict
}

/// Another line of the same workload as evidence.
fn line_of(evidence: &Evidence, file_name: &str, event: &super::log::LogEvent) -> Evidence {
    let (file_name, line, text) = (file_name.to_string(), event.line, event.text.clone());
    Evidence { file_name, line, text, by: evidence.by }
}

/// True if nothing is known of the failure but that another process took its turn.
fn is_superseded(failed: &StartFailure<'_>) -> bool {
    failed.event.kind == LogEventKind::ProcessStarted
}
