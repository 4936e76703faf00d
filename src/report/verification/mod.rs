//! What became of every job, as text: one file per format.
//!
//! What a log says is as hostile as a manifest: it goes through the same hands.

mod json;
mod text;

use std::fmt;

#[cfg(test)]
pub(crate) use json::VerdictsReport;

use super::Look;
use super::markdown::verification as markdown;
use crate::flink::workload::ExpectedStart;
use crate::verify::{Expectation, Verification, WorkloadVerdict};

/// The forms in which a verification can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationFormat {
    /// A few lines for each workload, and a verdict; for a terminal.
    Human,
    /// One workload per line, `path:line: level: what is [outcome]`; for logs and grep.
    Concise,
    /// Everything, by `schema/verify-v1.schema.json`; for programs, and for step `cleanup`.
    Json,
    /// A table for a pull request.
    Markdown,
}

impl VerificationFormat {
    /// Every format, in the order in which they are listed to people.
    pub const ALL: [VerificationFormat; 4] = [
        VerificationFormat::Human,
        VerificationFormat::Concise,
        VerificationFormat::Json,
        VerificationFormat::Markdown,
    ];

    /// True if whoever reads it sees what else is said beside it.
    pub fn is_for_people(self) -> bool {
        matches!(self, VerificationFormat::Human | VerificationFormat::Concise)
    }

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            VerificationFormat::Human => "human",
            VerificationFormat::Concise => "concise",
            VerificationFormat::Json => "json",
            VerificationFormat::Markdown => "markdown",
        }
    }

    /// The format of that name; nothing if there is none.
    pub fn from_name(name: &str) -> Option<VerificationFormat> {
        VerificationFormat::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Writes the verification in this format. Fails only if `out` does.
pub fn verification(
    format: VerificationFormat,
    verification: &Verification,
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    match format {
        VerificationFormat::Human => text::human(verification, look, out),
        VerificationFormat::Concise => text::concise(verification, look, out),
        VerificationFormat::Json => json::render(verification, out),
        VerificationFormat::Markdown => markdown::render(verification, out),
    }
}

/// What it all comes to, in one sentence without a full stop, the worst first.
pub fn verification_verdict(verification: &Verification) -> String {
    let count = |grade: Expectation| {
        verification.verdicts.iter().filter(|verified| verified.expectation == grade).count()
    };
    let all = verification.verdicts.len();
    let said: Vec<String> = [
        (Expectation::Contradicted, "started from the wrong state"),
        (Expectation::NotMet, "did not start"),
        (Expectation::Unknown, "cannot be told"),
        (Expectation::Met, "as expected"),
    ]
    .into_iter()
    .map(|(grade, words)| (count(grade), words))
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    let workloads = if all == 1 { "1 workload".to_string() } else { format!("{all} workloads") };
    format!("{workloads}: {}", said.join(", "))
}

/// The word for a grade: the levels of findings, and one that says that nothing has to be done.
pub(crate) fn level(verified: &WorkloadVerdict) -> &'static str {
    match verified.expectation {
        Expectation::Contradicted | Expectation::NotMet => "error",
        Expectation::Unknown => "open",
        Expectation::Met => "ok",
    }
}

/// What was expected, as the end of a sentence.
pub(crate) fn expected(expected: &ExpectedStart) -> String {
    match expected {
        ExpectedStart::From(location) => format!("to start from {location}"),
        ExpectedStart::Empty => "to start without state".to_string(),
        ExpectedStart::Parked => "not to start: it is parked".to_string(),
        ExpectedStart::NoJob => "nothing: it has no job".to_string(),
        ExpectedStart::Open(why) => format!("unknown: {why}"),
    }
}
