//! Findings in the diagnostic format of reviewdog, which brings them into reviews of many hosts.
//!
//! A code carries no address, since the pages of the rules have none of their own.

use std::fmt;

use super::pretty::Json;
use super::region::{self, Region};
use super::said::Said;
use crate::diagnostic::Severity;
use crate::plan::Changeset;
use crate::text::Span;

/// One object: the source, the gravest severity, and a diagnostic for each finding in order of
/// place.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let all = Said::all(changeset);
    let gravest = all.iter().map(|said| said.severity()).max().unwrap_or(Severity::Note);
    let source = Json::object([("name", Some(Json::text(env!("CARGO_PKG_NAME"))))]);
    let report = Json::object([
        ("source", Some(source)),
        ("severity", Some(Json::text(word(gravest)))),
        ("diagnostics", Some(Json::list(all.into_iter().map(diagnostic)))),
    ]);
    report.write(out)
}

fn diagnostic(said: Said<'_>) -> Json {
    let location = Json::object([
        ("path", Some(Json::text(said.path()))),
        ("range", Some(range(Region::of(said.located)))),
    ]);
    let code = Json::object([("value", Some(Json::text(said.rule())))]);
    Json::object([
        ("message", Some(Json::text(said.line()))),
        ("location", Some(location)),
        ("severity", Some(Json::text(word(said.severity())))),
        ("code", Some(code)),
        ("suggestions", suggestion(said).map(|suggestion| Json::list([suggestion]))),
    ])
}

/// What a write would do, if that is one replacement at a known place.
fn suggestion(said: Said<'_>) -> Option<Json> {
    let replacement = region::replacement(said.file, said.located)?;
    replacement.region.bytes?;
    Some(Json::object([
        ("range", Some(range(replacement.region))),
        ("text", Some(Json::text(replacement.text))),
    ]))
}

/// Columns are bytes here; without them the whole line is meant.
fn range(Region { line, bytes, .. }: Region) -> Json {
    let at = |column: Option<usize>| {
        Json::object([("line", Some(Json::Count(line))), ("column", column.map(Json::Count))])
    };
    let end = bytes.filter(|bytes: &Span| !bytes.is_empty()).map(|bytes| at(Some(bytes.end)));
    Json::object([("start", Some(at(bytes.map(|bytes| bytes.start)))), ("end", end)])
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "INFO",
        Severity::Change => "WARNING",
        Severity::Decision | Severity::Error => "ERROR",
    }
}
