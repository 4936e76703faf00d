//! What became of every job, as a table for a pull request.

use std::fmt;

use super::escape::{message, name, short};
use crate::report::secret;
use crate::report::verification::{expected, level, verification_verdict};
use crate::verify::{Expectation, Verification, WorkloadVerdict};

/// Rows of what is as expected that are shown: they are many, and say all the same.
const MOST: usize = 200;
/// Longest place of evidence, in characters.
const LONGEST: usize = 80;

/// The verdict, what is wrong or open with its repair, then the table.
pub(crate) fn render(verification: &Verification, out: &mut dyn fmt::Write) -> fmt::Result {
    writeln!(out, "{}\n### {}\n", super::MARKER, message(&verification_verdict(verification)))?;
    let bad = verification.verdicts.iter().filter(|one| one.expectation != Expectation::Met);
    let mut any = false;
    for verified in bad.take(MOST) {
        any = true;
        let key = name(&verified.workload.key.to_string());
        writeln!(out, "* **{}:** {key} {}", level(verified), said(&verified.found))?;
        writeln!(out, "  * expected {}", said(&expected(&verified.workload.expected_start)))?;
        for note in &verified.notes {
            writeln!(out, "  * {}", said(note))?;
        }
        if let Some(repair) = &verified.repair {
            writeln!(out, "  * {}", said(repair))?;
        }
    }
    if any {
        out.write_char('\n')?;
    }
    writeln!(out, "| workload | outcome | seen at |\n|---|---|---|")?;
    for verified in verification.verdicts.iter().take(MOST) {
        row(verified, out)?;
    }
    let left = verification.verdicts.len().saturating_sub(MOST);
    if left > 0 {
        writeln!(out, "\n{left} more workloads are not shown here.")?;
    }
    for note in verification.notes.iter().take(MOST) {
        writeln!(out, "\n{}", said(note))?;
    }
    Ok(())
}

fn row(verified: &WorkloadVerdict, out: &mut dyn fmt::Write) -> fmt::Result {
    let key = name(&verified.workload.key.to_string());
    let seen = verified
        .evidence
        .first()
        .map(|evidence| short(&format!("{}:{}", evidence.file, evidence.line), LONGEST));
    let seen = seen.unwrap_or_else(|| "–".to_string());
    writeln!(out, "| {key} | {} | {seen} |", verified.verdict.word())
}

/// Words of a log among words of our own.
fn said(text: &str) -> String {
    message(&secret::masked(text))
}
