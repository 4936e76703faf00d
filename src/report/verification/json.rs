//! What became of every job, for programs: `schema/verify-v1.schema.json`. What is secret in a
//! location is masked, so whoever compares one with an entry masks that alike.

use std::fmt;

use super::super::pretty::Json;
use super::super::secret;
use crate::flink::workload::ExpectedStart;
use crate::verify::{Evidence, Expectation, Verification, WorkloadVerdict};

/// Grows when a member changes its meaning or goes; a new member leaves it.
const VERSION: usize = 1;

/// The whole verification as one object.
pub(crate) fn render(verification: &Verification, out: &mut dyn fmt::Write) -> fmt::Result {
    let tool = Json::object([
        ("name", Some(Json::text(env!("CARGO_PKG_NAME")))),
        ("version", Some(Json::text(env!("CARGO_PKG_VERSION")))),
    ]);
    let operator = Json::object([("reconcilers", Some(texts(&verification.reconcilers)))]);
    let report = Json::object([
        ("version", Some(Json::Count(VERSION))),
        ("tool", Some(tool)),
        ("summary", Some(summary(verification))),
        ("workloads", Some(Json::list(verification.verdicts.iter().map(workload)))),
        ("operator", Some(operator)),
        ("notes", Some(texts(&verification.notes))),
    ]);
    report.write(out)
}

fn summary(verification: &Verification) -> Json {
    let count = |grades: &[Expectation]| {
        let verdicts = verification.verdicts.iter();
        Some(Json::Count(verdicts.filter(|one| grades.contains(&one.expectation)).count()))
    };
    Json::object([
        ("workloads", Some(Json::Count(verification.verdicts.len()))),
        ("as_expected", count(&[Expectation::Met])),
        ("wrong_state", count(&[Expectation::Contradicted])),
        ("not_started", count(&[Expectation::NotMet])),
        ("open", count(&[Expectation::Unknown])),
    ])
}

fn workload(verified: &WorkloadVerdict) -> Json {
    let awaited = &verified.workload;
    let location = match &awaited.expected_start {
        ExpectedStart::From(location) => Some(masked(location)),
        _ => None,
    };
    let as_expected = match verified.expectation {
        Expectation::Met => "yes",
        Expectation::Contradicted | Expectation::NotMet => "no",
        Expectation::Unknown => "open",
    };
    Json::object([
        ("workload", Some(Json::text(awaited.key.to_string()))),
        ("place", Some(Json::text(format!("{}:{}", awaited.file, awaited.line)))),
        ("expected", Some(expected(&awaited.expected_start))),
        ("outcome", Some(Json::text(verified.verdict.word()))),
        ("as_expected", Some(Json::text(as_expected))),
        ("location", location),
        ("started_from", verified.from.as_deref().map(masked)),
        ("found", Some(masked(&verified.found))),
        ("notes", Some(texts(&verified.notes))),
        ("repair", verified.repair.as_deref().map(masked)),
        ("evidence", Some(Json::list(verified.evidence.iter().map(evidence)))),
    ])
}

fn expected(expected: &ExpectedStart) -> Json {
    let (start, more) = match expected {
        ExpectedStart::From(location) => ("from", Some(("location", masked(location)))),
        ExpectedStart::Empty => ("empty", None),
        ExpectedStart::Parked => ("parked", None),
        ExpectedStart::NoJob => ("no-job", None),
        ExpectedStart::Open(why) => ("open", Some(("reason", masked(why)))),
    };
    let more = more.map(|(name, value)| (name, Some(value)));
    Json::object([("start", Some(Json::text(start)))].into_iter().chain(more))
}

fn evidence(evidence: &Evidence) -> Json {
    Json::object([
        ("file", Some(Json::text(&evidence.file))),
        ("line", Some(Json::Count(evidence.line))),
        ("text", Some(masked(&evidence.text))),
        ("by", Some(Json::text(evidence.by.word()))),
    ])
}

fn texts(texts: &[String]) -> Json {
    Json::list(texts.iter().map(|text| masked(text)))
}

fn masked(text: &str) -> Json {
    Json::text(secret::masked(text))
}
