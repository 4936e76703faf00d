//! Findings in the diagnostic format of reviewdog, which brings them into reviews of many hosts.
//!
//! A code carries no address, since the pages of the rules have none of their own.

use std::fmt;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::json_writer::{self, LazyArray};
use super::plain_diagnostic::PlainDiagnostic;
use super::region::{self, Region};
use crate::diagnostic::Severity;
use crate::plan::Changeset;
use crate::text::Span;

/// The whole report, by `DiagnosticResult` of reviewdog.
#[derive(Serialize)]
struct DiagnosticResult<D> {
    source: Json,
    severity: &'static str,
    diagnostics: D,
}

/// One object: the source, the gravest severity, and a diagnostic for each finding in order of
/// place.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let gravest = PlainDiagnostic::all(changeset)
        .map(PlainDiagnostic::severity)
        .max()
        .unwrap_or(Severity::Note);
    let report = DiagnosticResult {
        source: json!({"name": env!("CARGO_PKG_NAME")}),
        severity: word(gravest),
        diagnostics: LazyArray(|| PlainDiagnostic::all(changeset).map(diagnostic)),
    };
    json_writer::write(&report, out)
}

fn diagnostic(diagnostic: PlainDiagnostic<'_>) -> Json {
    let mut entry = json!({
        "message": diagnostic.message_with_help(),
        "location": {"path": diagnostic.path(), "range": range(Region::new(diagnostic.located))},
        "severity": word(diagnostic.severity()),
        "code": {"value": diagnostic.rule()},
    });
    // What a write would do, if that is one replacement at a known place.
    let replacement = region::replacement(diagnostic.file, diagnostic.located);
    if let Some(replacement) = replacement.filter(|found| found.region.bytes.is_some()) {
        let suggestion = json!({"range": range(replacement.region), "text": replacement.text});
        entry["suggestions"] = json!([suggestion]);
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

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "INFO",
        Severity::Change => "WARNING",
        Severity::Decision | Severity::Error => "ERROR",
    }
}
