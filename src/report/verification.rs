//! What became of every job, as text: for people, for a pull request, for programs.
//!
//! What a log says is as hostile as a manifest: it goes through the same hands.

mod json;

use std::fmt;

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Paint};

#[cfg(test)]
pub(crate) use json::VerdictsReport;

use super::markdown::{MARKER, message, name, short};
use super::printable::{self, counted};
use super::{Look, shown_path};
use crate::flink::workload::ExpectedStart;
use crate::verify::{Evidence, Expectation, Verification, WorkloadVerdict};

/// The forms in which a verification can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationFormat {
    /// A few lines for each workload, and a summary; for a terminal.
    Human,
    /// One workload per line, `path:line: level: what is [outcome]`; for logs and grep.
    Concise,
    /// Everything, by `schema/verify-v1.schema.json`; for programs, and for step `cleanup`.
    Json,
    /// A table for a pull request.
    Markdown,
}

impl VerificationFormat {
    /// Every format with the name by which it is asked for, in the order in which they are listed.
    pub const BY_NAME: [(&'static str, VerificationFormat); 4] = [
        ("human", VerificationFormat::Human),
        ("concise", VerificationFormat::Concise),
        ("json", VerificationFormat::Json),
        ("markdown", VerificationFormat::Markdown),
    ];

    /// True if whoever reads it sees what else is said beside it.
    pub fn is_for_people(self) -> bool {
        matches!(self, VerificationFormat::Human | VerificationFormat::Concise)
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
        VerificationFormat::Human => human(verification, look, out),
        VerificationFormat::Concise => concise(verification, look, out),
        VerificationFormat::Json => json::render(verification, out),
        VerificationFormat::Markdown => markdown(verification, out),
    }
}

/// What it all comes to, in one sentence without a full stop, the worst first.
pub fn verification_verdict(verification: &Verification) -> String {
    let count = |grade: Expectation| {
        verification.verdicts.iter().filter(|verified| verified.expectation == grade).count()
    };
    let grades = [
        (Expectation::Contradicted, "started from the wrong state"),
        (Expectation::NotMet, "did not start"),
        (Expectation::Unknown, "unknown"),
        (Expectation::Met, "as expected"),
    ];
    let counts = grades.map(|(grade, words)| (count(grade), words)).into_iter();
    let counts = counts.filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = counts.map(|(count, words)| format!("{count} {words}")).collect();
    if verification.unattributed > 0 {
        let starts = counted(verification.unattributed, "start");
        parts.push(format!("{starts} of a workload that nothing names"));
    }
    format!("{}: {}", counted(verification.verdicts.len(), "workload"), parts.join(", "))
}

/// The word for a grade: the levels of findings, and one that says that nothing has to be done.
fn level(verified: &WorkloadVerdict) -> &'static str {
    match verified.expectation {
        Expectation::Contradicted | Expectation::NotMet => "error",
        Expectation::Unknown => "open",
        Expectation::Met => "ok",
    }
}

fn seen_at(evidence: &Evidence) -> String {
    format!("{}:{}", evidence.file_name, evidence.line)
}

/// What was expected, as the end of a sentence.
fn expected(expected: &ExpectedStart) -> String {
    match expected {
        ExpectedStart::From(location) => format!("to start from {location}"),
        ExpectedStart::Empty => "to start without state".to_string(),
        ExpectedStart::Parked => "not to start: it is parked".to_string(),
        ExpectedStart::NoJob => "nothing: it has no job".to_string(),
        ExpectedStart::Open(why) => format!("unknown: {why}"),
    }
}

/// Column in which what is said of a workload begins.
const INDENT: usize = 13;

/// A few lines for each workload, the worst first, and the verdict. What is as expected is one line.
fn human(verification: &Verification, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    for verified in &verification.verdicts {
        workload(verified, look, out)?;
    }
    if look.notes {
        for note in &verification.notes {
            writeln!(out, "note: {}", indented(note, "note: ".len(), look))?;
        }
        if !verification.reconcilers.is_empty() {
            let names = verification.reconcilers.join(", ");
            let started = format!("the operator has started {names}");
            writeln!(out, "note: {}", indented(&started, "note: ".len(), look))?;
        }
    }
    let worst = verification.worst().unwrap_or(Expectation::Unknown);
    let paint = if look.color { color(worst) } else { Paint::new() };
    let verdict = indented(&verification_verdict(verification), 0, look);
    writeln!(out, "{paint}{verdict}{paint:#}")
}

fn workload(verified: &WorkloadVerdict, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    let paint = if look.color { color(verified.expectation) } else { Paint::new() };
    let word = level(verified);
    let is_fine = verified.expectation == Expectation::Met;
    let mut text = format!("{} {}", verified.workload.key, verified.found);
    if is_fine && let Some(first) = verified.evidence.first() {
        text += &format!(" ({})", seen_at(first));
    }
    let text = indented(&text, word.len() + 2, look);
    writeln!(out, "{paint}{word}{paint:#}: {text}")?;
    let row = |out: &mut dyn fmt::Write, name: &str, text: &str| {
        writeln!(out, "  {name:0$}{1}", INDENT - 2, indented(text, INDENT, look))
    };
    if !is_fine {
        let place = format!("{}:{}", verified.workload.file_name, verified.workload.line);
        row(
            out,
            "expected",
            &format!("{} ({place})", expected(&verified.workload.expected_start)),
        )?;
        for evidence in &verified.evidence {
            row(out, "seen", &format!("{}: {}", seen_at(evidence), evidence.text))?;
        }
    }
    let notes = verified.notes.iter().filter(|_| look.notes || !is_fine);
    for note in notes {
        row(out, "note", note)?;
    }
    verified.repair.iter().try_for_each(|repair| row(out, "help", repair))
}

/// One line for each workload, the worst first.
fn concise(verification: &Verification, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    for verified in &verification.verdicts {
        let awaited = &verified.workload;
        let mut text = format!("{} {}", awaited.key, verified.found);
        if verified.expectation != Expectation::Met
            && let ExpectedStart::From(location) = &awaited.expected_start
        {
            text += &format!(", expected {location}");
        }
        // For what is as expected, one line of a log is enough; the others are in the report for programs.
        let is_met = verified.expectation == Expectation::Met;
        let evidence = verified.evidence.iter().take(if is_met { 1 } else { usize::MAX });
        let places: Vec<String> = evidence.map(seen_at).collect();
        if !places.is_empty() {
            text += &format!(" ({})", places.join(", "));
        }
        for more in verified.notes.iter().chain(&verified.repair) {
            text += &format!("; {more}");
        }
        let (path, line, level) = (shown_path(&awaited.file_name), awaited.line, level(verified));
        let text = printable::message(&text);
        writeln!(out, "{path}:{line}: {level}: {text} [{}]", verified.verdict.word())?;
    }
    if look.notes {
        for note in &verification.notes {
            writeln!(out, "note: {}", printable::message(note))?;
        }
    }
    Ok(())
}

/// The text, harmless, broken where it would pass the width, its later lines under its first.
fn indented(text: &str, indent: usize, look: &Look) -> String {
    printable::paragraph(text, indent, look.width).replace('\n', &format!("\n{:indent$}", ""))
}

fn color(grade: Expectation) -> Paint {
    let color = match grade {
        Expectation::Contradicted | Expectation::NotMet => AnsiColor::BrightRed,
        Expectation::Unknown => AnsiColor::Yellow,
        Expectation::Met => AnsiColor::BrightGreen,
    };
    color.on_default().effects(Effects::BOLD)
}

/// Rows of what is as expected that are shown: they are many, and say all the same.
const MARKDOWN_ROWS: usize = 200;
/// Longest place of evidence, in characters.
const LONGEST_PLACE: usize = 80;

/// The verdict, what is wrong or open with its repair, then the table.
fn markdown(verification: &Verification, out: &mut dyn fmt::Write) -> fmt::Result {
    writeln!(out, "{MARKER}\n### {}\n", message(&verification_verdict(verification)))?;
    let bad = verification.verdicts.iter().filter(|one| one.expectation != Expectation::Met);
    for verified in bad.clone().take(MARKDOWN_ROWS) {
        let key = name(&verified.workload.key.to_string());
        writeln!(out, "* **{}:** {key} {}", level(verified), message(&verified.found))?;
        writeln!(out, "  * expected {}", message(&expected(&verified.workload.expected_start)))?;
        for more in verified.notes.iter().chain(&verified.repair) {
            writeln!(out, "  * {}", message(more))?;
        }
    }
    if bad.count() > 0 {
        out.write_char('\n')?;
    }
    writeln!(out, "| workload | outcome | seen at |\n|---|---|---|")?;
    for verified in verification.verdicts.iter().take(MARKDOWN_ROWS) {
        let key = name(&verified.workload.key.to_string());
        let seen = verified.evidence.first().map(|first| short(&seen_at(first), LONGEST_PLACE));
        let seen = seen.unwrap_or_else(|| "–".to_string());
        writeln!(out, "| {key} | {} | {seen} |", verified.verdict.word())?;
    }
    let left = verification.verdicts.len().saturating_sub(MARKDOWN_ROWS);
    if left > 0 {
        writeln!(out, "\n{left} more workloads are not shown here.")?;
    }
    for note in verification.notes.iter().take(MARKDOWN_ROWS) {
        writeln!(out, "\n{}", message(note))?;
    }
    Ok(())
}
