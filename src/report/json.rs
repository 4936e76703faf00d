//! Everything that was decided, for programs: `schema/report-v1.schema.json`.
//!
//! Nothing is left out by the look of a report; what is secret is masked.

use std::fmt;

use super::pretty::Json;
use super::secret;
use crate::diagnostic::{Located, Severity};
use crate::plan::{Changeset, DocumentOutcome, FieldChange, FileOutcome, Outcome};
use crate::yaml::{Change, Value};

/// Grows when a member changes its meaning or goes; a new member leaves it.
const VERSION: usize = 1;

const OUTCOMES: [Outcome; 5] = [
    Outcome::AlreadyRight,
    Outcome::Changed,
    Outcome::Held,
    Outcome::NotUnderstood,
    Outcome::Failed,
];

/// The whole changeset as one object.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let tool = Json::object([
        ("name", Some(Json::text(env!("CARGO_PKG_NAME")))),
        ("version", Some(Json::text(env!("CARGO_PKG_VERSION")))),
    ]);
    let report = Json::object([
        ("version", Some(Json::Count(VERSION))),
        ("tool", Some(tool)),
        ("summary", Some(summary(changeset))),
        ("files", Some(Json::list(changeset.files.iter().map(file)))),
    ]);
    report.write(out)
}

fn summary(changeset: &Changeset) -> Json {
    let changed = changeset.files.iter().filter(|file| file.changes()).count();
    let files = Json::object([
        ("read", Some(Json::Count(changeset.files_read))),
        ("concerned", Some(Json::Count(changeset.files.len()))),
        ("changed", Some(Json::Count(changed))),
        ("unreadable", Some(Json::Count(changeset.unreadable))),
    ]);
    let documents = OUTCOMES.map(|outcome| {
        let count = changeset.documents(outcome);
        (outcome.word(), Some(Json::Count(count)))
    });
    let findings = Severity::ALL
        .map(|severity| (severity.word(), Some(Json::Count(changeset.of_severity(severity)))));
    Json::object([
        ("outcome", Some(Json::text(changeset.outcome().word()))),
        ("files", Some(files)),
        ("documents", Some(Json::object(documents))),
        ("findings", Some(Json::object(findings))),
    ])
}

fn file(file: &FileOutcome) -> Json {
    Json::object([
        ("path", Some(Json::text(&file.path))),
        ("outcome", file.outcome().map(|outcome| Json::text(outcome.word()))),
        ("changes", Some(Json::Flag(file.changes()))),
        ("documents", Some(Json::list(file.documents.iter().map(document)))),
        ("findings", Some(Json::list(file.diagnostics.iter().map(diagnostic)))),
    ])
}

fn document(document: &DocumentOutcome) -> Json {
    Json::object([
        ("index", Some(Json::Count(document.index))),
        ("line", Some(Json::Count(document.line))),
        ("kind", document.kind.as_ref().map(Json::text)),
        ("workloads", Some(Json::list(document.workloads.iter().map(Json::text)))),
        ("outcome", Some(Json::text(document.outcome.word()))),
        ("changes", Some(Json::list(document.changes().iter().map(change)))),
    ])
}

fn change(FieldChange { change, .. }: &FieldChange) -> Json {
    let path = change.path();
    let (op, value) = match change {
        Change::Set { value, .. } => ("set", Some(value)),
        Change::Insert { value, .. } => ("insert", Some(value)),
        Change::Rename { value, .. } => ("rename", Some(value)),
        Change::Remove { .. } => ("remove", None),
    };
    let to = match change {
        Change::Rename { to, .. } => Some(Json::text(*to)),
        _ => None,
    };
    let masked = secret::field(path)
        || matches!(change, Change::Rename { to, .. } if secret::is_secret_key(to));
    Json::object([
        ("op", Some(Json::text(op))),
        ("path", Some(Json::text(path.to_string()))),
        ("pointer", Some(Json::text(path.pointer()))),
        ("to", to),
        ("value", value.map(|value| shown(value, masked))),
    ])
}

/// The value without what is secret in it.
fn shown(value: &Value, secret: bool) -> Json {
    match value {
        Value::Mapping(entries) => Json::Object(
            entries
                .iter()
                .map(|(key, value)| {
                    (key.clone(), shown(value, secret || secret::is_secret_key(key)))
                })
                .collect(),
        ),
        _ if secret => Json::text(secret::MASK),
        Value::Text(text) => Json::text(secret::masked(text)),
        Value::Number(text) => Json::number(text),
    }
}

fn diagnostic(located: &Located) -> Json {
    let Located { diagnostic, location, .. } = located;
    let span = Json::object([
        ("start", Some(Json::Count(diagnostic.span.start))),
        ("end", Some(Json::Count(diagnostic.span.end))),
    ]);
    Json::object([
        ("rule", Some(Json::text(diagnostic.id))),
        ("level", Some(Json::text(diagnostic.severity.word()))),
        ("message", Some(Json::text(secret::masked(&diagnostic.message)))),
        ("help", diagnostic.help.as_ref().map(|help| Json::text(secret::masked(help)))),
        ("line", Some(Json::Count(location.position.line))),
        ("column", Some(Json::Count(location.position.column))),
        ("span", Some(span)),
        ("document", Some(Json::Count(location.document))),
        ("workload", diagnostic.workload.as_ref().map(Json::text)),
        ("origin", location.template.as_ref().map(|origin| Json::text(secret::masked(origin)))),
    ])
}
