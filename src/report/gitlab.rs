//! Findings as a code quality report of GitLab, which shows them in a merge request.

use std::fmt;

use serde_json::{Value as Json, json};

use super::json_writer::{self, LazyArray};
use super::plain_diagnostic::Fingerprints;
use super::plain_diagnostic::PlainDiagnostic;
use crate::diagnostic::Severity;
use crate::plan::Changeset;

/// An array of findings in order of place; empty if there are none, which GitLab needs as well: it
/// compares with the report of the target branch.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
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
        "severity": severity(diagnostic.severity()),
        "location": {
            "path": diagnostic.path(),
            "lines": {"begin": diagnostic.located.location.position.line},
        },
    })
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
