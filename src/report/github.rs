//! Findings as workflow commands, which the runner of GitHub Actions turns into annotations.
//!
//! The runner keeps ten annotations of each kind per step and drops the others without a word, so
//! the gravest are chosen here and the others counted.

use std::fmt;

use super::plain_diagnostic::{PlainDiagnostic, ci_word};
use super::printable;
use crate::plan::Changeset;

/// Annotations of one kind that a step may have.
const LIMIT: usize = 10;

/// The word of a severity, and the command for it.
const KINDS: [(&str, &str); 3] = [("error", "error"), ("warning", "warning"), ("note", "notice")];

/// `::error file=…,line=…,col=…,title=…::message`, the gravest first, at most [`LIMIT`] of a kind;
/// then, if any are left out, one line that counts them and is no command.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let all = PlainDiagnostic::worst_first(changeset);
    let mut left = Vec::new();
    for (word, command) in KINDS {
        let mut of_kind = all.iter().filter(|diagnostic| ci_word(diagnostic.severity()) == word);
        of_kind
            .by_ref()
            .take(LIMIT)
            .try_for_each(|diagnostic| annotate(command, *diagnostic, out))?;
        match of_kind.count() {
            0 => {}
            1 => left.push(format!("1 {command}")),
            count => left.push(format!("{count} {command}s")),
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    writeln!(out, "flink-migrate: not annotated, since a step has {LIMIT} of a kind: {}", {
        left.join(", ")
    })
}

fn annotate(
    command: &str,
    diagnostic: PlainDiagnostic<'_>,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let located = diagnostic.located;
    let title = format!("{}[{}]", diagnostic.word(), diagnostic.rule());
    let mut message = diagnostic.message();
    if let Some(help) = diagnostic.help() {
        message += &format!("\nhelp: {help}");
    }
    writeln!(
        out,
        "::{command} file={},line={},col={},title={}::{}",
        property(&printable::escaped(diagnostic.path())),
        located.location.position.line,
        located.location.position.column,
        property(&title),
        data(&message),
    )
}

/// A message, escaped as `ActionCommand.cs` of the runner takes it back.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, escaped likewise: there, a colon could end it and a comma begin another.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
