//! Findings as a code quality report of GitLab, which shows them in a merge request.

use std::fmt;

use super::fingerprint::Fingerprints;
use super::pretty::Json;
use super::said::Said;
use crate::diagnostic::Severity;
use crate::plan::Changeset;

/// An array of findings in order of place; empty if there are none, which GitLab needs as well: it
/// compares with the report of the target branch.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut fingerprints = Fingerprints::default();
    let issues = Said::all(changeset).into_iter().map(|said| issue(said, &fingerprints.next(said)));
    Json::list(issues).write(out)
}

fn issue(said: Said<'_>, fingerprint: &str) -> Json {
    let lines = Json::object([("begin", Some(Json::Count(said.located.location.position.line)))]);
    let location = Json::object([("path", Some(Json::text(said.path()))), ("lines", Some(lines))]);
    Json::object([
        ("description", Some(Json::text(said.line()))),
        ("check_name", Some(Json::text(said.rule()))),
        ("fingerprint", Some(Json::text(fingerprint))),
        ("severity", Some(Json::text(severity(said.severity())))),
        ("location", Some(location)),
    ])
}

/// GitLab has five severities, so that the four levels stay apart.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "info",
        Severity::Change => "minor",
        Severity::Decision => "critical",
        Severity::Error => "blocker",
    }
}
