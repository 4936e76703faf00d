//! Findings as a code quality report of GitLab, which shows them in a merge request.

use std::fmt;

use serde_json::{Value as Json, json};

use super::fingerprint::Fingerprints;
use super::json_writer::{self, LazyArray};
use super::said::Said;
use crate::diagnostic::Severity;
use crate::plan::Changeset;

/// An array of findings in order of place; empty if there are none, which GitLab needs as well: it
/// compares with the report of the target branch.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let issues = LazyArray(|| {
        let mut fingerprints = Fingerprints::default();
        Said::all(changeset).map(move |said| issue(said, &fingerprints.next(said)))
    });
    json_writer::write(&issues, out)
}

fn issue(said: Said<'_>, fingerprint: &str) -> Json {
    json!({
        "description": said.line(),
        "check_name": said.rule(),
        "fingerprint": fingerprint,
        "severity": severity(said.severity()),
        "location": {
            "path": said.path(),
            "lines": {"begin": said.located.location.position.line},
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
