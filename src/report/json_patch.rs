//! The changes alone as RFC 6902 patches: `schema/jsonpatch-v1.schema.json`, which is made of the types
//! below and of their comments.
//!
//! They are data to be applied: no option leaves anything out of them, nothing is masked, and a file that
//! is held is not in them.

use std::fmt;

use serde::Serialize;

use super::json_writer::{self, ManifestValue, Pointer, Secrets};
use crate::plan::{Changeset, DocumentOutcome, FieldChange, FileOutcome};
use crate::yaml::{Change, Value};

/// The planned changes of every file that a write would change, as one RFC 6902 patch per document.
/// Nothing is masked.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "flink-migrate JSON patches, version 1"))]
pub(crate) struct Patches<'c>(Vec<DocumentPatch<'c>>);

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DocumentPatch<'c> {
    /// The file, relative to the root of the repository, with /.
    path: &'c str,
    /// Number of the document in its file, from 0.
    document: usize,
    /// namespace/name, or name where no namespace is known.
    workloads: &'c [String],
    #[cfg_attr(test, schemars(length(min = 1)))]
    patch: Vec<Operation<'c>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "op", rename_all = "lowercase")]
enum Operation<'c> {
    Add { path: Pointer, value: ManifestValue<'c> },
    Replace { path: Pointer, value: ManifestValue<'c> },
    Remove { path: Pointer },
}

/// The patches of every document that changes, in the order of the files.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let changing = changeset.files.iter().filter(|file| file.changes());
    json_writer::write(&Patches(changing.flat_map(patches).collect()), out)
}

fn patches(file: &FileOutcome) -> impl Iterator<Item = DocumentPatch<'_>> {
    let changing = file.documents.iter().filter(|document| !document.changes().is_empty());
    changing.map(|document: &DocumentOutcome| DocumentPatch {
        path: &file.repo_path,
        document: document.index,
        workloads: &document.workloads,
        patch: document.changes().iter().flat_map(operations).collect(),
    })
}

/// What a null is before items are added to it.
static EMPTY_LIST: Value = Value::Sequence(Vec::new());

fn operations(FieldChange { change, old }: &FieldChange) -> Vec<Operation<'_>> {
    let path = Pointer::new(change.path());
    let exact = |value| ManifestValue { value, secrets: Secrets::Kept };
    match change {
        Change::Set { value, .. } => vec![Operation::Replace { path, value: exact(value) }],
        Change::Insert { value, .. } => vec![Operation::Add { path, value: exact(value) }],
        Change::Append { path: list, value } => {
            let end = Pointer::new(&list.key("-"));
            let empty = ManifestValue { value: &EMPTY_LIST, secrets: Secrets::Kept };
            let begun = old.as_ref().map(|_| Operation::Replace { path, value: empty });
            let add = Operation::Add { path: end, value: exact(value) };
            begun.into_iter().chain([add]).collect()
        }
        Change::Remove { .. } => vec![Operation::Remove { path }],
        Change::Rename { path: old, to, value } => {
            let parent = old.split_last().map(|(parent, _)| parent);
            let new = parent.map(|parent| Pointer::new(&parent.key(to)));
            let add = new.map(|path| Operation::Add { path, value: exact(value) });
            std::iter::once(Operation::Remove { path }).chain(add).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::FieldPath;

    #[test]
    fn an_item_is_added_behind_the_others_and_a_null_is_a_list_first() {
        let patch = |old: Option<&str>| {
            let value = Value::Mapping(vec![("path".into(), Value::Text("a.yaml".into()))]);
            let change = Change::Append { path: FieldPath::from_keys(["patches"]), value };
            let change = FieldChange { change, old: old.map(String::from) };
            serde_json::to_value(operations(&change)).unwrap()
        };
        let value = serde_json::json!({"path": "a.yaml"});
        let add = serde_json::json!({"op": "add", "path": "/patches/-", "value": value});
        let begin = serde_json::json!({"op": "replace", "path": "/patches", "value": []});
        assert_eq!(patch(None), serde_json::json!([add]));
        assert_eq!(patch(Some("null")), serde_json::json!([begin, add]));
    }
}
