//! The changes as RFC 6902 patches, one per document: `schema/jsonpatch-v1.schema.json`.
//!
//! This is data to be applied, so nothing is masked, and a file that is held is not in it.

use std::fmt;

use super::pretty::Json;
use crate::plan::{Changeset, DocumentOutcome, FieldChange, FileOutcome};
use crate::yaml::{Change, FieldPath, Value};

/// The patches of every document that changes, in the order of the files.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let changing = changeset.files.iter().filter(|file| file.changes());
    Json::list(changing.flat_map(documents)).write(out)
}

fn documents(file: &FileOutcome) -> impl Iterator<Item = Json> {
    let changing = file.documents.iter().filter(|document| !document.changes().is_empty());
    changing.map(|document| patch(&file.path, document))
}

fn patch(path: &str, document: &DocumentOutcome) -> Json {
    Json::object([
        ("path", Some(Json::text(path))),
        ("document", Some(Json::Count(document.index))),
        ("workloads", Some(Json::list(document.workloads.iter().map(Json::text)))),
        ("patch", Some(Json::list(document.changes().iter().flat_map(operations)))),
    ])
}

fn operations(FieldChange { change, .. }: &FieldChange) -> Vec<Json> {
    let path = change.path();
    match change {
        Change::Set { value, .. } => vec![operation("replace", path, Some(value))],
        Change::Insert { value, .. } => vec![operation("add", path, Some(value))],
        Change::Remove { .. } => vec![operation("remove", path, None)],
        Change::Rename { to, value, .. } => {
            let renamed = path.split_last().map(|(parent, _)| parent.key(to));
            let added = renamed.map(|renamed| operation("add", &renamed, Some(value)));
            std::iter::once(operation("remove", path, None)).chain(added).collect()
        }
    }
}

fn operation(op: &str, path: &FieldPath, value: Option<&Value>) -> Json {
    Json::object([
        ("op", Some(Json::text(op))),
        ("path", Some(Json::text(path.pointer()))),
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
