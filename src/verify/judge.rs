//! What became of one workload, from all that was seen of it.

use super::first_start;
use super::live_status::LiveStatus;
use super::repair;
use super::{Evidence, Expectation, ExpectedWorkload, Observation, Verdict, WorkloadVerdict};
use crate::flink::location::same_location;
use crate::flink::workload::ExpectedStart;

/// What one thing that was seen comes to.
pub(crate) struct DetailedVerdict {
    pub(crate) verdict: Verdict,
    pub(crate) expectation: Expectation,
    pub(crate) from: Option<String>,
    pub(crate) found: String,
    /// High availability had kept the state, or the log begins after the first start.
    pub(crate) is_kept: bool,
    pub(crate) evidence: Vec<Evidence>,
}

/// The verdict; `has_dump` says that a dump could have held the workload. Of what contradicts itself the
/// worse counts, unless a log says which came first.
pub(crate) fn judge(
    workload: ExpectedWorkload,
    observations: &[Observation<'_>],
    has_dump: bool,
) -> WorkloadVerdict {
    let expected = &workload.expected_start;
    let mut verdicts: Vec<DetailedVerdict> = first_start::verdicts(observations, expected);
    verdicts.extend(observations.iter().filter_map(|observation| match observation {
        Observation::Status { status, evidence, .. } => {
            Some(from_status(status, expected, evidence))
        }
        _ => None,
    }));
    if verdicts.iter().all(|verdict| verdict.verdict == Verdict::NotSeen) {
        verdicts.extend(from_signs(observations, expected));
    }
    let mut notes: Vec<String> = Vec::new();
    for observation in observations {
        if let Observation::Status { notes: more, .. } = observation {
            notes.extend(more.iter().cloned());
        }
    }
    if let Some(start) = first_start::failure_note(observations) {
        notes.push(start);
    }
    // What is right and seen counts before what is only open; what is wrong before everything.
    let grade = |verdict: &DetailedVerdict| match verdict.expectation {
        Expectation::Contradicted => 0,
        Expectation::Met => 1,
        Expectation::NotMet => 2,
        Expectation::Unknown if verdict.verdict == Verdict::Asked => 3,
        Expectation::Unknown => 4,
    };
    verdicts.sort_by_key(grade);
    let mut verdicts = verdicts.into_iter();
    let mut worst = verdicts.next().unwrap_or_else(|| not_observed(expected, has_dump));
    worst.evidence.extend(verdicts.flat_map(|verdict| verdict.evidence));
    if let ExpectedStart::Open(why) = expected {
        worst.expectation = Expectation::Unknown;
        notes.insert(0, format!("nothing says what to expect: {why}"));
    }
    let repair = repair::suggest(worst.verdict, worst.expectation, worst.is_kept, expected);
    WorkloadVerdict {
        verdict: worst.verdict,
        expectation: worst.expectation,
        from: worst.from,
        found: worst.found,
        notes,
        repair,
        evidence: worst.evidence,
        workload,
    }
}

pub(crate) fn started_from(
    location: &str,
    expected: &ExpectedStart,
    evidence: Vec<Evidence>,
) -> DetailedVerdict {
    let is_expected =
        matches!(expected, ExpectedStart::From(expected) if same_location(location, expected));
    let (verdict, expectation, found) = if is_expected {
        (Verdict::Restored, Expectation::Met, "restored from its savepoint".to_string())
    } else {
        let found = match expected {
            ExpectedStart::From(_) => format!("started from another location, {location}"),
            ExpectedStart::Parked => format!("is parked, and started from {location}"),
            ExpectedStart::Empty => {
                format!("was to start without state, and started from {location}")
            }
            ExpectedStart::NoJob | ExpectedStart::Open(_) => format!("started from {location}"),
        };
        (Verdict::RestoredElsewhere, Expectation::Contradicted, found)
    };
    DetailedVerdict {
        verdict,
        expectation,
        from: Some(location.to_string()),
        found,
        is_kept: false,
        evidence,
    }
}

pub(crate) fn empty_start(expected: &ExpectedStart, evidence: Vec<Evidence>) -> DetailedVerdict {
    let (expectation, found) = match expected {
        ExpectedStart::Empty => (Expectation::Met, "started without state"),
        ExpectedStart::Parked => {
            (Expectation::Contradicted, "is parked, and started without state")
        }
        _ => (Expectation::Contradicted, "started without state"),
    };
    let found = found.to_string();
    DetailedVerdict {
        verdict: Verdict::StartedEmpty,
        expectation,
        from: None,
        found,
        is_kept: false,
        evidence,
    }
}

pub(crate) fn not_started(
    found: String,
    expectation: Expectation,
    evidence: Vec<Evidence>,
) -> DetailedVerdict {
    DetailedVerdict {
        verdict: Verdict::NotStarted,
        expectation,
        from: None,
        found,
        is_kept: false,
        evidence,
    }
}

fn unknown(verdict: Verdict, found: String, evidence: Vec<Evidence>) -> DetailedVerdict {
    DetailedVerdict {
        verdict,
        expectation: Expectation::Unknown,
        from: None,
        found,
        is_kept: false,
        evidence,
    }
}

fn from_status(
    status: &LiveStatus,
    expected: &ExpectedStart,
    evidence: &Evidence,
) -> DetailedVerdict {
    let evidence = vec![evidence.clone()];
    match status {
        LiveStatus::From(location) => started_from(location, expected, evidence),
        LiveStatus::Empty => empty_start(expected, evidence),
        LiveStatus::Asked(location) => requested(location, expected, evidence, "was deployed"),
        LiveStatus::NotStarted(why) => {
            let is_right = matches!(expected, ExpectedStart::Parked | ExpectedStart::NoJob);
            let expectation = if is_right { Expectation::Met } else { Expectation::NotMet };
            not_started(format!("did not start: {why}"), expectation, evidence)
        }
        LiveStatus::Nothing(why) => {
            unknown(Verdict::NotSeen, format!("was not seen: {why}"), evidence)
        }
    }
}

/// It was told to start from here; what came of it was not seen.
fn requested(
    location: &str,
    expected: &ExpectedStart,
    evidence: Vec<Evidence>,
    how: &str,
) -> DetailedVerdict {
    let mut verdict = started_from(location, expected, evidence);
    if verdict.expectation == Expectation::Met {
        verdict.verdict = Verdict::Asked;
        verdict.expectation = Expectation::Unknown;
        verdict.from = None;
        verdict.found = format!(
            "{how} to start from its savepoint; whether it did stands in the log of its JobManager"
        );
    } else {
        verdict.found = match expected {
            ExpectedStart::From(_) => format!("{how} to start from another location, {location}"),
            _ => format!("{how} to start from {location}"),
        };
    }
    verdict
}

/// What is no start, but says something where nothing else does.
fn from_signs(observations: &[Observation<'_>], expected: &ExpectedStart) -> Vec<DetailedVerdict> {
    let has_started =
        observations.iter().any(|observation| matches!(observation, Observation::Start { .. }));
    let all = observations;
    let verdict_of = |observation: &Observation<'_>| match observation {
        Observation::Refused(text, evidence)
            if !has_started && !was_deployed_after(all, evidence) =>
        {
            let found = format!("was not seen to start; the operator reports an error: {text}");
            Some(not_started(found, Expectation::NotMet, vec![evidence.clone()]))
        }
        Observation::Configured(location, evidence) => {
            Some(requested(location, expected, vec![evidence.clone()], "is configured"))
        }
        Observation::Runs(evidence) => {
            let found = "runs; from what it started does not stand in this log".to_string();
            Some(unknown(Verdict::NotSeen, found, vec![evidence.clone()]))
        }
        Observation::Deployed(evidence) => {
            let found = "was deployed; from what it started stands in the log of its JobManager";
            Some(unknown(Verdict::NotSeen, found.to_string(), vec![evidence.clone()]))
        }
        _ => None,
    };
    // One of a kind says as much as all of them.
    let mut found: Vec<DetailedVerdict> = Vec::new();
    for verdict in observations.iter().filter_map(verdict_of) {
        if !found.iter().any(|other| other.found == verdict.found) {
            found.push(verdict);
        }
    }
    found
}

/// True if the operator deployed it once the error was gone.
fn was_deployed_after(observations: &[Observation<'_>], error: &Evidence) -> bool {
    let is_later = |evidence: &Evidence| evidence.file == error.file && evidence.line > error.line;
    observations.iter().any(
        |observation| matches!(observation, Observation::Deployed(evidence) if is_later(evidence)),
    )
}

/// What is said of a workload of which nothing was seen.
fn not_observed(expected: &ExpectedStart, has_dump: bool) -> DetailedVerdict {
    match expected {
        ExpectedStart::Parked => {
            not_started("is parked, and was not seen to start".into(), Expectation::Met, Vec::new())
        }
        ExpectedStart::NoJob => {
            not_started("has no job: a session cluster".into(), Expectation::Met, Vec::new())
        }
        _ if has_dump => {
            unknown(Verdict::NotSeen, "was not seen, and is in no dump".into(), Vec::new())
        }
        _ => unknown(Verdict::NotSeen, "was not seen".into(), Vec::new()),
    }
}
