//! The changes as RFC 6902 patches, one per document: `schema/jsonpatch-v1.schema.json`, which is
//! made of the types below and of their comments.
//!
//! This is data to be applied, so nothing is masked, and a file that is held is not in it.

use std::fmt;

use serde::Serialize;

use super::json_writer::{self, ManifestValue, Pointer, Secrets};
use crate::plan::{Changeset, DocumentOutcome, FieldChange, FileOutcome};
use crate::yaml::Change;

/// The planned changes of every file that a write would change, as one RFC 6902 patch per document.
/// Nothing is masked.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "flink-migrate JSON patches, version 1"))]
pub(crate) struct Patches<'c>(Vec<DocumentPatch<'c>>);

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DocumentPatch<'c> {
    /// The file, relative to the working directory, with /.
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
        path: &file.path,
        document: document.index,
        workloads: &document.workloads,
        patch: document.changes().iter().flat_map(operations).collect(),
    })
}

fn operations(FieldChange { change, .. }: &FieldChange) -> Vec<Operation<'_>> {
    let path = Pointer::new(change.path());
    let exact = |value| ManifestValue { value, secrets: Secrets::Kept };
    match change {
        Change::Set { value, .. } => vec![Operation::Replace { path, value: exact(value) }],
        Change::Insert { value, .. } => vec![Operation::Add { path, value: exact(value) }],
        Change::Remove { .. } => vec![Operation::Remove { path }],
        Change::Rename { path: old, to, value } => {
            let parent = old.split_last().map(|(parent, _)| parent);
            let new = parent.map(|parent| Pointer::new(&parent.key(to)));
            let add = new.map(|path| Operation::Add { path, value: exact(value) });
            std::iter::once(Operation::Remove { path }).chain(add).collect()
        }
    }
}
