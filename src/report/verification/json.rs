//! What became of every job, for programs: `schema/verify-v1.schema.json`, which is made of the types
//! below and of their comments.

use std::fmt;

use serde::Serialize;

use super::super::json_writer::{self, TOOL, Tool};
use super::super::printable::masked;
use crate::flink::workload::ExpectedStart;
use crate::verify::{Evidence, Expectation, Verification, WorkloadVerdict};

/// How every workload of a tree started, by `flink-migrate verify`. A new member keeps the version;
/// one that is removed or changes its meaning increases it. Credentials inside locations and texts
/// are replaced by ***.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "flink-migrate verification, version 1"))]
pub(crate) struct VerdictsReport<'v> {
    #[cfg_attr(test, schemars(extend("const" = 1)))]
    version: usize,
    tool: Tool,
    summary: Summary,
    /// The worst first.
    workloads: Vec<Workload<'v>>,
    operator: Operator,
    /// What could not be used, and why.
    notes: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Summary {
    workloads: usize,
    as_expected: usize,
    /// Workloads that started from another state than expected, or from none: with one of them the
    /// status is 1.
    wrong_state: usize,
    not_started: usize,
    /// Workloads whose start or expectation is unknown.
    open: usize,
    /// Starts, empty or from a location that no entry has, which may be of any workload: with one of
    /// them the status is 3 at least.
    unattributed: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Operator {
    /// The controllers of the operator whose start is in its log.
    reconcilers: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Workload<'v> {
    /// namespace/name as built, or name where no namespace is known.
    workload: String,
    /// Its manifest, as path:line.
    place: String,
    expected: Expected,
    /// How it ended, as far as it was seen; `as_expected` says whether that is right. asked: it
    /// was told to start from the expected location, and not seen to read it. read: it read the state
    /// there, and was not seen to run with all of it.
    #[cfg_attr(test, schemars(extend("enum" = crate::verify::Verdict::ALL.map(crate::verify::Verdict::word))))]
    outcome: &'static str,
    #[cfg_attr(test, schemars(extend("enum" = ["yes", "no", "open"])))]
    as_expected: &'static str,
    /// The location that was expected, spelled as in the savepoint map or the manifest, its
    /// credentials masked: to compare it with an entry, mask the entry too.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// The location that it was seen to start from, as the log or the status spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_from: Option<String>,
    /// What was found, as a sentence without its subject.
    found: String,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<String>,
    /// The deciding line first.
    evidence: Vec<EvidenceLine<'v>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Expected {
    #[cfg_attr(test, schemars(extend("enum" = ["from", "empty", "parked", "no-job", "open"])))]
    start: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// Why it is unknown what to expect.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EvidenceLine<'v> {
    file: &'v str,
    #[cfg_attr(test, schemars(range(min = 1)))]
    line: usize,
    text: String,
    /// How the line was attributed: by the pod, the file, the resource that the operator names, the
    /// id or the name of the job, the location, because the tree has one job only, or because it is in
    /// the status.
    #[cfg_attr(
        test,
        schemars(extend("enum" = ["pod", "file", "resource", "job", "name", "location", "only", "status"]))
    )]
    by: &'static str,
}

/// The whole verification as one object.
pub(crate) fn render(verification: &Verification, out: &mut dyn fmt::Write) -> fmt::Result {
    let count = |grade| verification.verdicts.iter().filter(|one| one.expectation == grade).count();
    let report = VerdictsReport {
        version: 1,
        tool: TOOL,
        summary: Summary {
            workloads: verification.verdicts.len(),
            as_expected: count(Expectation::Met),
            wrong_state: count(Expectation::Contradicted),
            not_started: count(Expectation::NotMet),
            open: count(Expectation::Unknown),
            unattributed: verification.unattributed,
        },
        workloads: verification.verdicts.iter().map(workload).collect(),
        operator: Operator { reconcilers: all_masked(&verification.reconcilers) },
        notes: all_masked(&verification.notes),
    };
    json_writer::write(&report, out)
}

fn workload(verified: &WorkloadVerdict) -> Workload<'_> {
    let awaited = &verified.workload;
    let expected = expected(&awaited.expected_start);
    Workload {
        workload: awaited.key.to_string(),
        place: format!("{}:{}", awaited.file_name, awaited.line),
        outcome: verified.verdict.word(),
        as_expected: match verified.expectation {
            Expectation::Met => "yes",
            Expectation::Contradicted | Expectation::NotMet => "no",
            Expectation::Unknown => "open",
        },
        location: expected.location.clone(),
        expected,
        started_from: verified.from.as_deref().map(masked),
        found: masked(&verified.found),
        notes: all_masked(&verified.notes),
        repair: verified.repair.as_deref().map(masked),
        evidence: verified.evidence.iter().map(evidence).collect(),
    }
}

fn expected(expected: &ExpectedStart) -> Expected {
    let (start, location, reason) = match expected {
        ExpectedStart::From(location) => ("from", Some(masked(location)), None),
        ExpectedStart::Empty => ("empty", None, None),
        ExpectedStart::Parked => ("parked", None, None),
        ExpectedStart::NoJob => ("no-job", None, None),
        ExpectedStart::Open(why) => ("open", None, Some(masked(why))),
    };
    Expected { start, location, reason }
}

fn evidence(evidence: &Evidence) -> EvidenceLine<'_> {
    EvidenceLine {
        file: &evidence.file_name,
        line: evidence.line,
        text: masked(&evidence.text),
        by: evidence.by.word(),
    }
}

fn all_masked(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| masked(text)).collect()
}
