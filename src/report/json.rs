//! Everything that was decided, for programs: `schema/report-v1.schema.json`, which is made of the types
//! below and of their comments. No option leaves anything out of it. What is secret is masked.

use std::fmt;

use serde::Serialize;

use super::json_writer::{self, ManifestValue, Pointer, Secrets, TOOL, Tool};
use super::printable;
use crate::diagnostic::{Located, Severity};
use crate::plan::{Changeset, DocumentOutcome, FieldChange, FileOutcome, Outcome};
use crate::text::{Span, TextChange};
use crate::yaml::{Change, FieldPath};

/// What `flink-migrate` decided about every file and document that concerns the migration. Values
/// that look secret are masked.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "flink-migrate report, version 1"))]
pub(crate) struct ChangesetReport<'c> {
    /// Increases when a member changes its meaning or is removed.
    #[cfg_attr(test, schemars(extend("const" = 1)))]
    version: usize,
    tool: Tool,
    summary: Summary,
    /// The files that concern the migration, sorted by path.
    files: Vec<File<'c>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Summary {
    /// That of the worst document: the values are listed from the least to the most severe.
    #[cfg_attr(test, schemars(extend("enum" = OUTCOMES)))]
    outcome: &'static str,
    files: FileCounts,
    documents: DocumentCounts,
    findings: FindingCounts,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FileCounts {
    /// Files that were read.
    read: usize,
    /// Files with a document of the Flink operator, or with a problem.
    concerned: usize,
    /// Files that a write would change, those that it would create or delete included.
    changed: usize,
    /// Files that it would create.
    // They came later, so a report of version 1 may lack them.
    #[cfg_attr(test, schemars(default))]
    created: usize,
    /// Files that it would delete.
    #[cfg_attr(test, schemars(default))]
    deleted: usize,
    /// Files and directories that could not be read. If there is one, the outcome is failed.
    // It came later, so a report of version 1 may lack it.
    #[cfg_attr(test, schemars(default))]
    unreadable: usize,
    /// Files that name v1alpha1 and are not read. If the migration is done, the outcome is held.
    #[cfg_attr(test, schemars(default))]
    unread: usize,
}

/// Documents by outcome, those in held files included. A savepoint map or a file of operator values
/// that needs a decision counts as one that is held.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
struct DocumentCounts {
    already_right: usize,
    changed: usize,
    held: usize,
    not_understood: usize,
    failed: usize,
}

/// Findings by level.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FindingCounts {
    note: usize,
    change: usize,
    decision: usize,
    error: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct File<'c> {
    /// Relative to the root of the repository, with /.
    path: &'c str,
    /// That of its worst document; missing if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(extend("enum" = OUTCOMES)))]
    outcome: Option<&'static str>,
    /// True if a write would change it; false if one of its documents holds it.
    changes: bool,
    /// What a write would do with the file as a whole; missing if it is there and stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(extend("enum" = ["create", "delete"])))]
    whole: Option<&'static str>,
    documents: Vec<Document<'c>>,
    /// In order of position.
    findings: Vec<Finding<'c>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<'c> {
    /// Number of the document in its file, from 0.
    index: usize,
    /// Line on which it begins, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    line: usize,
    /// Missing where it could not be read; the kind of file where it is not a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'c str>,
    /// namespace/name, or name where no namespace is known.
    workloads: &'c [String],
    #[cfg_attr(test, schemars(extend("enum" = OUTCOMES)))]
    outcome: &'static str,
    changes: Vec<Edit<'c>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "op", rename_all = "lowercase")]
enum Edit<'c> {
    Set {
        #[serde(flatten)]
        field: EditedField,
        /// What is written; *** where its key looks secret.
        value: ManifestValue<'c>,
    },
    Insert {
        #[serde(flatten)]
        field: EditedField,
        /// What is written; *** where its key looks secret.
        value: ManifestValue<'c>,
    },
    /// The field is a list, or null; it becomes a list, and the value its last item.
    Append {
        #[serde(flatten)]
        field: EditedField,
        /// What is written; *** where its key looks secret.
        value: ManifestValue<'c>,
    },
    Rename {
        #[serde(flatten)]
        field: EditedField,
        /// The new name of the field; it keeps its value and its place.
        to: &'static str,
        value: ManifestValue<'c>,
    },
    Remove {
        #[serde(flatten)]
        field: EditedField,
    },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EditedField {
    /// The field in dotted form, from the root of the document.
    path: String,
    pointer: Pointer,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Finding<'c> {
    rule: &'static str,
    /// The level, from the least to the most severe.
    #[cfg_attr(test, schemars(extend("enum" = Severity::ALL.map(Severity::word))))]
    level: &'static str,
    /// What was found.
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// From 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    line: usize,
    /// In characters, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    column: usize,
    span: Bytes,
    /// Number of the document in its file, from 0.
    document: usize,
    /// namespace/name, or name where no namespace is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<&'c str>,
    /// The chart's template that Helm rendered the document from, if it is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
}

/// The range of bytes in the file, half open, from 0.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Bytes {
    start: usize,
    end: usize,
}

#[cfg(test)]
const OUTCOMES: [&str; 5] = ["already-right", "changed", "held", "not-understood", "failed"];

/// The whole changeset as one object.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let files = changeset.files.iter().map(file).collect();
    let summary = Summary {
        outcome: changeset.outcome().word(),
        files: FileCounts {
            read: changeset.files_read,
            concerned: changeset.files.len(),
            changed: changeset.files.iter().filter(|file| file.changes()).count(),
            created: changeset.changes().filter(|change| change.creates()).count(),
            deleted: changeset.changes().filter(|change| change.deletes()).count(),
            unreadable: changeset.unreadable,
            unread: changeset.unread,
        },
        documents: DocumentCounts {
            already_right: changeset.documents(Outcome::AlreadyRight),
            changed: changeset.documents(Outcome::Changed),
            held: changeset.documents(Outcome::Held),
            not_understood: changeset.documents(Outcome::NotUnderstood),
            failed: changeset.documents(Outcome::Failed),
        },
        findings: FindingCounts {
            note: changeset.of_severity(Severity::Note),
            change: changeset.of_severity(Severity::Change),
            decision: changeset.of_severity(Severity::Decision),
            error: changeset.of_severity(Severity::Error),
        },
    };
    json_writer::write(&ChangesetReport { version: 1, tool: TOOL, summary, files }, out)
}

fn file(file: &FileOutcome) -> File<'_> {
    File {
        path: &file.repo_path,
        outcome: file.outcome().map(Outcome::word),
        changes: file.changes(),
        whole: file.rewrite.as_ref().and_then(|change| match change.text {
            TextChange::Create { .. } => Some("create"),
            TextChange::Delete { .. } => Some("delete"),
            TextChange::Edit { .. } => None,
        }),
        documents: file.documents.iter().map(document).collect(),
        findings: file.diagnostics.iter().map(finding).collect(),
    }
}

fn document(document: &DocumentOutcome) -> Document<'_> {
    Document {
        index: document.index,
        line: document.line,
        kind: document.kind.as_deref(),
        workloads: &document.workloads,
        outcome: document.outcome.word(),
        changes: document.changes().iter().map(edit).collect(),
    }
}

fn edit(FieldChange { change, .. }: &FieldChange) -> Edit<'_> {
    let field =
        |path: &FieldPath| EditedField { path: path.to_string(), pointer: Pointer::new(path) };
    let value = |value, is_secret| {
        let secrets = if is_secret { Secrets::All } else { Secrets::Masked };
        ManifestValue { value, secrets }
    };
    match change {
        Change::Set { path, value: new, .. } => {
            Edit::Set { field: field(path), value: value(new, printable::is_secret_path(path)) }
        }
        Change::Insert { path, value: new, .. } => {
            Edit::Insert { field: field(path), value: value(new, printable::is_secret_path(path)) }
        }
        Change::Append { path, value: new } => {
            Edit::Append { field: field(path), value: value(new, printable::is_secret_path(path)) }
        }
        Change::Rename { path, to, value: kept } => {
            let is_secret = printable::is_secret_path(path) || printable::is_secret_key(to);
            Edit::Rename { field: field(path), to, value: value(kept, is_secret) }
        }
        Change::Remove { path, .. } => Edit::Remove { field: field(path) },
    }
}

fn finding(Located { diagnostic, location, .. }: &Located) -> Finding<'_> {
    let Span { start, end } = location.span;
    Finding {
        rule: diagnostic.id,
        level: diagnostic.severity.word(),
        message: printable::masked(&diagnostic.message),
        help: diagnostic.help.as_deref().map(printable::masked),
        line: location.position.line,
        column: location.position.column,
        span: Bytes { start, end },
        document: location.document,
        workload: diagnostic.workload.as_deref(),
        origin: location.template.as_deref().map(printable::masked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Value;

    #[test]
    fn the_value_of_a_field_is_masked_if_its_old_or_its_new_name_is_secret() {
        let renamed = |path, to| {
            let value = Value::Text("hunter2".into());
            let change = Change::Rename { path: FieldPath::from_keys(["spec", path]), to, value };
            serde_json::to_value(edit(&FieldChange { change, old: None })).unwrap()
        };
        let [plain, to_secret, from_secret] =
            [("old", "new"), ("old", "password"), ("password", "new")]
                .map(|(path, to)| renamed(path, to));
        assert_eq!(
            plain,
            serde_json::json!({
                "op": "rename", "path": "spec.old", "pointer": "/spec/old", "to": "new",
                "value": "hunter2",
            })
        );
        assert_eq!([&to_secret["value"], &from_secret["value"]], [printable::MASK; 2]);
    }
}
