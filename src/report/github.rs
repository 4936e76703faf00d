//! Findings as workflow commands, which the runner of GitHub Actions turns into annotations.
//!
//! The runner keeps ten annotations of each kind per step and drops the others without a word, so
//! the gravest are chosen here and the others counted.

use std::fmt;

use super::said::{Said, Severity};
use super::visible;
use crate::plan::Changeset;

/// Annotations of one kind that a step may have.
const LIMIT: usize = 10;

/// `::error file=…,line=…,col=…,title=…::message`, the gravest first, at most [`LIMIT`] of a kind;
/// then, if any are left out, one line that counts them and is no command.
pub(super) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let all = Said::worst_first(changeset);
    let mut left = Vec::new();
    for severity in Severity::WORST_FIRST {
        let mut of_kind = all.iter().filter(|said| said.severity() == severity);
        of_kind.by_ref().take(LIMIT).try_for_each(|said| command(*said, out))?;
        let (one, many) = nouns(severity);
        match of_kind.count() {
            0 => {}
            1 => left.push(format!("1 {one}")),
            count => left.push(format!("{count} {many}")),
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    writeln!(out, "flink-migrate: not annotated, since a step has {LIMIT} of a kind: {}", {
        left.join(", ")
    })
}

fn command(said: Said<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let placed = said.placed;
    let title = format!("{}[{}]", super::word(said.file, placed), said.rule());
    let mut message = said.message();
    if let Some(help) = said.help() {
        message += &format!("\nhelp: {help}");
    }
    writeln!(
        out,
        "::{} file={},line={},col={},title={}::{}",
        name(said.severity()),
        property(&visible::line(said.path())),
        placed.position.line,
        placed.position.column,
        property(&title),
        data(&message),
    )
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

fn nouns(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("error", "errors"),
        Severity::Warning => ("warning", "warnings"),
        Severity::Note => ("notice", "notices"),
    }
}

/// A message, escaped as `ActionCommand.cs` of the runner takes it back.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, escaped likewise: there, a colon could end it and a comma begin another.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
