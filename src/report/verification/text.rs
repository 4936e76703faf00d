//! The verification for people: at a terminal, and one line each for logs.

use std::fmt;

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Paint};

use super::super::{Look, printable, shown_path};
use super::{expected, level, verification_verdict};
use crate::flink::workload::ExpectedStart;
use crate::verify::{Expectation, Verification, WorkloadVerdict};

/// Column in which what is said of a workload begins.
const INDENT: usize = 13;

/// A few lines for each workload, the worst first, and the verdict. What is as expected is one line.
pub(crate) fn human(
    verification: &Verification,
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    for verified in &verification.verdicts {
        workload(verified, look, out)?;
    }
    if look.notes {
        for note in &verification.notes {
            writeln!(out, "note: {}", indented(note, "note: ".len(), look))?;
        }
        if !verification.reconcilers.is_empty() {
            let names = verification.reconcilers.join(", ");
            let text = format!("the operator has started {names}");
            writeln!(out, "note: {}", indented(&text, "note: ".len(), look))?;
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
    let key = verified.workload.key.to_string();
    let is_fine = verified.expectation == Expectation::Met;
    let mut said = format!("{key} {}", verified.found);
    if is_fine && let Some(first) = verified.evidence.first() {
        said += &format!(" ({}:{})", first.file, first.line);
    }
    let said = indented(&said, word.len() + 2, look);
    writeln!(out, "{paint}{word}{paint:#}: {said}")?;
    let row = |out: &mut dyn fmt::Write, name: &str, text: &str| {
        writeln!(out, "  {name:0$}{1}", INDENT - 2, indented(text, INDENT, look))
    };
    if !is_fine {
        let place = format!("{}:{}", verified.workload.file, verified.workload.line);
        row(
            out,
            "expected",
            &format!("{} ({place})", expected(&verified.workload.expected_start)),
        )?;
        for evidence in &verified.evidence {
            row(out, "seen", &format!("{}:{}: {}", evidence.file, evidence.line, evidence.text))?;
        }
    }
    if look.notes || !is_fine {
        for note in &verified.notes {
            row(out, "note", note)?;
        }
    }
    match &verified.repair {
        Some(repair) => row(out, "help", repair),
        None => Ok(()),
    }
}

/// One line for each workload, the worst first.
pub(crate) fn concise(
    verification: &Verification,
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    for verified in &verification.verdicts {
        let awaited = &verified.workload;
        let mut said = format!("{} {}", awaited.key, verified.found);
        if verified.expectation != Expectation::Met
            && let ExpectedStart::From(location) = &awaited.expected_start
        {
            said += &format!(", expected {location}");
        }
        let places: Vec<String> = verified
            .evidence
            .iter()
            .map(|evidence| format!("{}:{}", evidence.file, evidence.line))
            .collect();
        if !places.is_empty() {
            said += &format!(" ({})", places.join(", "));
        }
        for more in verified.notes.iter().chain(&verified.repair) {
            said += &format!("; {more}");
        }
        let (path, line, level) = (shown_path(&awaited.file), awaited.line, level(verified));
        let said = printable::message(&said);
        writeln!(out, "{path}:{line}: {level}: {said} [{}]", verified.verdict.word())?;
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
