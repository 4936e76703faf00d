//! The changes as RFC 6902 patches, one per document: `schema/jsonpatch-v1.schema.json`.
//!
//! This is data to be applied, so nothing is masked, and a file that is held is not in it.

use std::fmt;

use super::pretty::Json;
use crate::plan::{Changeset, DocumentPlan, FilePlan};
use crate::yaml::{Change, Value};

/// The patches of every document that changes, in the order of the files.
pub(super) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let changing = changeset.files.iter().filter(|file| file.changes());
    Json::list(changing.flat_map(documents)).write(out)
}

fn documents(file: &FilePlan) -> impl Iterator<Item = Json> {
    let changing = file.documents.iter().filter(|document| !document.changes.is_empty());
    changing.map(|document| patch(&file.path, document))
}

fn patch(path: &str, document: &DocumentPlan) -> Json {
    Json::object([
        ("path", Some(Json::text(path))),
        ("document", Some(Json::Count(document.index))),
        ("workloads", Some(Json::list(document.workloads.iter().map(Json::text)))),
        ("patch", Some(Json::list(document.changes.iter().map(operation)))),
    ])
}

fn operation(change: &Change) -> Json {
    let (op, value) = match change {
        Change::Set { value, .. } => ("replace", Some(value)),
        Change::Insert { value, .. } => ("add", Some(value)),
        Change::Remove { .. } => ("remove", None),
    };
    Json::object([
        ("op", Some(Json::text(op))),
        ("path", Some(Json::text(change.path().pointer()))),
        ("value", value.map(exact)),
    ])
}

fn exact(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::text(text),
        Value::Number(text) => Json::number(text),
        Value::Mapping(entries) => {
            Json::Object(entries.iter().map(|(key, value)| (key.clone(), exact(value))).collect())
        }
    }
}
