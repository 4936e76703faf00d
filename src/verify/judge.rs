//! What became of one workload, from all that was seen of it.

use super::first_start;
use super::repair;
use super::status::Known;
use super::{AsExpected, Awaited, Evidence, Outcome, Seen, Verified};
use crate::flink::location::same;
use crate::flink::workload::ExpectedStart;

/// What one thing that was seen comes to.
pub(crate) struct Finding {
    pub(crate) outcome: Outcome,
    pub(crate) as_expected: AsExpected,
    pub(crate) from: Option<String>,
    pub(crate) found: String,
    /// High availability had kept the state, or the log begins after the first start.
    pub(crate) is_kept: bool,
    pub(crate) evidence: Vec<Evidence>,
}

/// The verdict; `has_dump` says that a dump could have held the workload. Of what contradicts itself the
/// worse counts, unless a log says which came first.
pub(crate) fn judge(awaited: Awaited, seen: &[Seen<'_>], has_dump: bool) -> Verified {
    let expected = &awaited.expected;
    let mut findings: Vec<Finding> = first_start::of(seen, expected);
    findings.extend(seen.iter().filter_map(|seen| match seen {
        Seen::Status { known, evidence, .. } => Some(of_status(known, expected, evidence)),
        _ => None,
    }));
    if findings.iter().all(|finding| finding.outcome == Outcome::NotSeen) {
        findings.extend(of_signs(seen, expected));
    }
    let mut notes: Vec<String> = Vec::new();
    for seen in seen {
        if let Seen::Status { notes: more, .. } = seen {
            notes.extend(more.iter().cloned());
        }
    }
    if let Some(start) = first_start::failure(seen) {
        notes.push(start);
    }
    // What is right and seen counts before what is only open; what is wrong before everything.
    let grade = |finding: &Finding| match finding.as_expected {
        AsExpected::Wrong => 0,
        AsExpected::Yes => 1,
        AsExpected::No => 2,
        AsExpected::Open if finding.outcome == Outcome::Asked => 3,
        AsExpected::Open => 4,
    };
    findings.sort_by_key(grade);
    let mut findings = findings.into_iter();
    let mut worst = findings.next().unwrap_or_else(|| unseen(expected, has_dump));
    worst.evidence.extend(findings.flat_map(|finding| finding.evidence));
    if let ExpectedStart::Open(why) = expected {
        worst.as_expected = AsExpected::Open;
        notes.insert(0, format!("nothing says what to expect: {why}"));
    }
    let repair = repair::of(worst.outcome, worst.as_expected, worst.is_kept, expected);
    Verified {
        outcome: worst.outcome,
        as_expected: worst.as_expected,
        from: worst.from,
        found: worst.found,
        notes,
        repair,
        evidence: worst.evidence,
        awaited,
    }
}

pub(crate) fn from(location: &str, expected: &ExpectedStart, evidence: Vec<Evidence>) -> Finding {
    let is_expected = matches!(expected, ExpectedStart::From(expected) if same(location, expected));
    let (outcome, as_expected, found) = if is_expected {
        (Outcome::Restored, AsExpected::Yes, "restored from its savepoint".to_string())
    } else {
        let found = match expected {
            ExpectedStart::From(_) => format!("started from another location, {location}"),
            ExpectedStart::Parked => format!("is parked, and started from {location}"),
            ExpectedStart::Empty => {
                format!("was to start without state, and started from {location}")
            }
            ExpectedStart::NoJob | ExpectedStart::Open(_) => format!("started from {location}"),
        };
        (Outcome::RestoredElsewhere, AsExpected::Wrong, found)
    };
    Finding {
        outcome,
        as_expected,
        from: Some(location.to_string()),
        found,
        is_kept: false,
        evidence,
    }
}

pub(crate) fn empty_start(expected: &ExpectedStart, evidence: Vec<Evidence>) -> Finding {
    let (as_expected, found) = match expected {
        ExpectedStart::Empty => (AsExpected::Yes, "started without state"),
        ExpectedStart::Parked => (AsExpected::Wrong, "is parked, and started without state"),
        _ => (AsExpected::Wrong, "started without state"),
    };
    let found = found.to_string();
    Finding {
        outcome: Outcome::StartedEmpty,
        as_expected,
        from: None,
        found,
        is_kept: false,
        evidence,
    }
}

pub(crate) fn not_started(
    found: String,
    as_expected: AsExpected,
    evidence: Vec<Evidence>,
) -> Finding {
    Finding {
        outcome: Outcome::NotStarted,
        as_expected,
        from: None,
        found,
        is_kept: false,
        evidence,
    }
}

fn open(outcome: Outcome, found: String, evidence: Vec<Evidence>) -> Finding {
    Finding { outcome, as_expected: AsExpected::Open, from: None, found, is_kept: false, evidence }
}

fn of_status(known: &Known, expected: &ExpectedStart, evidence: &Evidence) -> Finding {
    let evidence = vec![evidence.clone()];
    match known {
        Known::From(location) => from(location, expected, evidence),
        Known::Empty => empty_start(expected, evidence),
        Known::Asked(location) => asked(location, expected, evidence, "was deployed"),
        Known::NotStarted(why) => {
            let is_right = matches!(expected, ExpectedStart::Parked | ExpectedStart::NoJob);
            let as_expected = if is_right { AsExpected::Yes } else { AsExpected::No };
            not_started(format!("did not start: {why}"), as_expected, evidence)
        }
        Known::Nothing(why) => open(Outcome::NotSeen, format!("was not seen: {why}"), evidence),
    }
}

/// It was told to start from here; what came of it was not seen.
fn asked(location: &str, expected: &ExpectedStart, evidence: Vec<Evidence>, how: &str) -> Finding {
    let mut finding = from(location, expected, evidence);
    if finding.as_expected == AsExpected::Yes {
        finding.outcome = Outcome::Asked;
        finding.as_expected = AsExpected::Open;
        finding.from = None;
        finding.found = format!(
            "{how} to start from its savepoint; whether it did stands in the log of its JobManager"
        );
    } else {
        finding.found = match expected {
            ExpectedStart::From(_) => format!("{how} to start from another location, {location}"),
            _ => format!("{how} to start from {location}"),
        };
    }
    finding
}

/// What is no start, but says something where nothing else does.
fn of_signs(seen: &[Seen<'_>], expected: &ExpectedStart) -> Vec<Finding> {
    let has_started = seen.iter().any(|seen| matches!(seen, Seen::Start { .. }));
    let seen_all = seen;
    let of = |seen: &Seen<'_>| match seen {
        Seen::Refused(text, evidence)
            if !has_started && !was_deployed_after(seen_all, evidence) =>
        {
            let found = format!("was not seen to start; the operator reports an error: {text}");
            Some(not_started(found, AsExpected::No, vec![evidence.clone()]))
        }
        Seen::Configured(location, evidence) => {
            Some(asked(location, expected, vec![evidence.clone()], "is configured"))
        }
        Seen::Runs(evidence) => {
            let found = "runs; from what it started does not stand in this log".to_string();
            Some(open(Outcome::NotSeen, found, vec![evidence.clone()]))
        }
        Seen::Deployed(evidence) => {
            let found = "was deployed; from what it started stands in the log of its JobManager";
            Some(open(Outcome::NotSeen, found.to_string(), vec![evidence.clone()]))
        }
        _ => None,
    };
    // One of a kind says as much as all of them.
    let mut found: Vec<Finding> = Vec::new();
    for finding in seen.iter().filter_map(of) {
        if !found.iter().any(|known| known.found == finding.found) {
            found.push(finding);
        }
    }
    found
}

/// True if the operator deployed it once the error was gone.
fn was_deployed_after(seen: &[Seen<'_>], error: &Evidence) -> bool {
    let is_later = |evidence: &Evidence| evidence.file == error.file && evidence.line > error.line;
    seen.iter().any(|seen| matches!(seen, Seen::Deployed(evidence) if is_later(evidence)))
}

/// What is said of a workload of which nothing was seen.
fn unseen(expected: &ExpectedStart, has_dump: bool) -> Finding {
    match expected {
        ExpectedStart::Parked => {
            not_started("is parked, and was not seen to start".into(), AsExpected::Yes, Vec::new())
        }
        ExpectedStart::NoJob => {
            not_started("has no job: a session cluster".into(), AsExpected::Yes, Vec::new())
        }
        _ if has_dump => {
            open(Outcome::NotSeen, "was not seen, and is in no dump".into(), Vec::new())
        }
        _ => open(Outcome::NotSeen, "was not seen".into(), Vec::new()),
    }
}
