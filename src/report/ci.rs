//! Findings for the programs that show them beside code: annotations of GitHub Actions, the code quality
//! report of GitLab, and the diagnostic format of reviewdog, which brings them into reviews of many hosts.

use std::fmt;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::json_writer::{self, LazyArray};
use super::plain_diagnostic::{Fingerprints, PlainDiagnostic, ci_word};
use super::printable;
use super::region::{self, Region};
use crate::diagnostic::Severity;
use crate::plan::Changeset;
use crate::text::Span;

/// Annotations of one kind that a step may have: the runner drops the others without a word, so the
/// gravest are chosen here and the others counted.
const LIMIT: usize = 10;

/// The word of a severity, and the command for it.
const KINDS: [(&str, &str); 3] = [("error", "error"), ("warning", "warning"), ("note", "notice")];

/// `::error file=…,line=…,col=…,title=…::message`, the gravest first, at most [`LIMIT`] of a kind;
/// then, if any are left out, one line that counts them and is no command.
pub(crate) fn github(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let all = PlainDiagnostic::worst_first(changeset);
    let mut left = Vec::new();
    for (word, command) in KINDS {
        let mut of_kind = all.iter().filter(|diagnostic| ci_word(diagnostic.severity()) == word);
        for diagnostic in of_kind.by_ref().take(LIMIT) {
            annotate(command, *diagnostic, out)?;
        }
        match of_kind.count() {
            0 => {}
            count => left.push(printable::counted(count, command)),
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    writeln!(out, "flink-migrate: not annotated, since a step shows {LIMIT} of a kind: {}", {
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

/// An array of findings in order of place; empty if there are none, which GitLab needs as well: it
/// compares with the report of the target branch.
pub(crate) fn gitlab(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let issues = LazyArray(|| {
        let mut fingerprints = Fingerprints::default();
        PlainDiagnostic::all(changeset)
            .map(move |diagnostic| issue(diagnostic, &fingerprints.next(diagnostic)))
    });
    json_writer::write(&issues, out)
}

fn issue(diagnostic: PlainDiagnostic<'_>, fingerprint: &str) -> Json {
    json!({
        "description": diagnostic.message_with_help(),
        "check_name": diagnostic.rule(),
        "fingerprint": fingerprint,
        "severity": gitlab_severity(diagnostic.severity()),
        "location": {
            "path": diagnostic.path(),
            "lines": {"begin": diagnostic.located.location.position.line},
        },
    })
}

/// GitLab has five severities, so that the four levels stay apart.
fn gitlab_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "info",
        Severity::Change => "minor",
        Severity::Decision => "critical",
        Severity::Error => "blocker",
    }
}

/// The whole report, by `DiagnosticResult` of reviewdog.
#[derive(Serialize)]
struct DiagnosticResult<D> {
    source: Json,
    severity: &'static str,
    diagnostics: D,
}

/// One object: the source, the gravest severity, and a diagnostic for each finding in order of
/// place.
pub(crate) fn rdjson(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let gravest = PlainDiagnostic::all(changeset)
        .map(PlainDiagnostic::severity)
        .max()
        .unwrap_or(Severity::Note);
    let report = DiagnosticResult {
        source: json!({"name": env!("CARGO_PKG_NAME")}),
        severity: rdjson_severity(gravest),
        diagnostics: LazyArray(|| PlainDiagnostic::all(changeset).map(rdjson_diagnostic)),
    };
    json_writer::write(&report, out)
}

fn rdjson_diagnostic(diagnostic: PlainDiagnostic<'_>) -> Json {
    let mut entry = json!({
        "message": diagnostic.message_with_help(),
        "location": {"path": diagnostic.path(), "range": range(Region::new(diagnostic.located))},
        "severity": rdjson_severity(diagnostic.severity()),
        "code": {"value": diagnostic.rule()},
    });
    // What a write would do, if that is one replacement at a known place.
    let suggestion = region::suggestion(diagnostic.file, diagnostic.located);
    if let Some(suggestion) = suggestion.filter(|found| found.region.bytes.is_some()) {
        let mut range = range(suggestion.region);
        // What is inserted replaces nothing, and its range still has to end.
        if range.get("end").is_none() {
            range["end"] = range["start"].clone();
        }
        entry["suggestions"] = json!([{"range": range, "text": suggestion.text}]);
    }
    entry
}

/// Columns are bytes here; without them the whole line is meant.
fn range(Region { line, bytes, .. }: Region) -> Json {
    match bytes {
        None => json!({"start": {"line": line}}),
        Some(Span { start, end }) if start == end => {
            json!({"start": {"line": line, "column": start}})
        }
        Some(Span { start, end }) => json!({
            "start": {"line": line, "column": start},
            "end": {"line": line, "column": end},
        }),
    }
}

fn rdjson_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "INFO",
        Severity::Change => "WARNING",
        Severity::Decision | Severity::Error => "ERROR",
    }
}
