//! What a run decided: everything a report or a write needs, and no text of any file.

use super::{STDIN, input};
use crate::diagnostic::{Change, Diagnostic, Located, Severity};
use crate::flink::names::field;
use crate::flink::workload::ExpectedStart;
use crate::k8s::ObjectKey;
use crate::path::PathNames;
use crate::project::WorkloadSummary;
use crate::task::Step;
use crate::text::{self, ChangedSpan, Digest, Hunk, Span, TextChange};
use crate::yaml::PathSegment;

/// How one document ends. The order is that of gravity: the worst one speaks for its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Already as it should be.
    AlreadyRight,
    /// It changes, unless another document holds the file.
    Changed,
    /// Held for a decision.
    Held,
    /// Recognised, but not readable as it stands.
    NotUnderstood,
    /// Broken, unreadable, or refused by a law.
    Failed,
}

impl Outcome {
    /// How a document ends if this is all that is reported about it. A document whose reading asks for
    /// a person is not understood; one that was read and cannot be written is held.
    pub fn of(diagnostic: &Diagnostic) -> Outcome {
        match diagnostic.severity {
            Severity::Note => Outcome::AlreadyRight,
            Severity::Change => Outcome::Changed,
            Severity::Decision if input::is_unread(diagnostic.id) => Outcome::NotUnderstood,
            Severity::Decision => Outcome::Held,
            Severity::Error => Outcome::Failed,
        }
    }

    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::AlreadyRight => "already-right",
            Outcome::Changed => "changed",
            Outcome::Held => "held",
            Outcome::NotUnderstood => "not-understood",
            Outcome::Failed => "failed",
        }
    }
}

/// One change, and what its field was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The path of the field, and what is to become of it.
    pub change: Change,
    /// The scalar that the field had; `null` for any null, nothing if it was not
    /// there, a mapping or a list.
    pub old: Option<String>,
}

/// What was decided about one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentOutcome {
    /// Number of the document in its file, from 0.
    pub index: usize,
    /// Line on which it begins, from 1.
    pub line: usize,
    /// `FlinkDeployment`, `FlinkSessionJob`, `List` …; nothing where it could not be read.
    pub kind: Option<String>,
    /// The workloads in it, `namespace/name` or `name`: one, or those of a list.
    pub workloads: Vec<String>,
    /// How it ends.
    pub outcome: Outcome,
    /// What its fixes change, sorted by path, from the root of the document. They are made only if
    /// `outcome` is `Changed`.
    pub fields: Vec<FieldChange>,
}

impl DocumentOutcome {
    /// The changes that are made, unless another document holds the file.
    pub fn changes(&self) -> &[FieldChange] {
        if self.outcome == Outcome::Changed { &self.fields } else { &[] }
    }
}

/// What becomes of a file: a new text, a new file, or no file any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// For writing.
    pub text: TextChange,
    /// The same, line by line.
    pub hunks: Vec<Hunk>,
}

impl FileChange {
    /// A new file of this text, which is not empty.
    pub fn create(text: String) -> FileChange {
        let all = ChangedSpan { span: Span::empty(0), after: text.clone() };
        FileChange { text: TextChange::Create { text }, hunks: text::hunks("", &[all], 0) }
    }

    /// The end of the file of this text, which is not empty.
    pub fn delete(before: &str) -> FileChange {
        let digest = Digest::new(before.as_bytes());
        let all = ChangedSpan { span: Span::new(0, before.len()), after: String::new() };
        FileChange { text: TextChange::Delete { digest }, hunks: text::hunks(before, &[all], 0) }
    }

    /// True if the file is not there yet.
    pub fn creates(&self) -> bool {
        matches!(self.text, TextChange::Create { .. })
    }

    /// True if the file goes.
    pub fn deletes(&self) -> bool {
        matches!(self.text, TextChange::Delete { .. })
    }

    /// Its unified diff, with this path from the root of the repository.
    pub fn diff(&self, path: &str) -> String {
        let [old, new] = [self.creates(), self.deletes()].map(|none| (!none).then_some(path));
        text::diff(old, new, &self.hunks)
    }
}

/// What was decided about one file.
#[derive(Clone, Debug)]
pub struct FileOutcome {
    /// As shown to people: relative to the working directory, with `/`.
    pub path: String,
    /// As programs and reviewers read it: relative to the root of the repository.
    pub repo_path: String,
    /// What is to be written; nothing if nothing changes, or if the file is written as a whole and one
    /// of its documents is held or failed.
    pub rewrite: Option<FileChange>,
    /// What the held file, or its held documents, would become if every open question were answered by
    /// what is there. Never to be applied.
    pub held: Option<FileChange>,
    /// Its documents that concern us, in order.
    pub documents: Vec<DocumentOutcome>,
    /// What is reported about it, in order of place.
    pub diagnostics: Vec<Located>,
    /// Diagnostics about it that a waiver answers.
    pub waived: Vec<Diagnostic>,
}

impl FileOutcome {
    /// A plan that changes nothing and reports nothing.
    pub fn new(path: &str) -> FileOutcome {
        FileOutcome {
            path: path.to_string(),
            repo_path: path.to_string(),
            rewrite: None,
            held: None,
            documents: Vec::new(),
            diagnostics: Vec::new(),
            waived: Vec::new(),
        }
    }

    /// The worst outcome of its documents; nothing if none concerns us.
    pub fn outcome(&self) -> Option<Outcome> {
        self.documents.iter().map(|document| document.outcome).max()
    }

    /// True if this document is held, whatever becomes of its neighbours.
    pub fn is_held(&self, document: usize) -> bool {
        let at = self.documents.binary_search_by_key(&document, |document| document.index);
        at.is_ok_and(|at| self.documents[at].outcome > Outcome::Changed)
    }

    /// True if a version is to be written by which kustomize finds something.
    pub(crate) fn changes_version(&self) -> bool {
        let mut changes = self.documents.iter().flat_map(|document| &document.fields);
        changes.any(|FieldChange { change, .. }| {
            let last = change.path().steps().last();
            let version = [field::API_VERSION, "version"];
            matches!(last, Some(PathSegment::Key(key)) if version.contains(&&**key))
        })
    }

    /// True if `write` has something to do.
    pub fn changes(&self) -> bool {
        self.rewrite.is_some()
    }
}

/// A workload that a complete manifest declares, as it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedWorkload {
    /// What its manifest says.
    pub summary: WorkloadSummary,
    /// Its key as built, or as written where that is unknown.
    pub key: ObjectKey,
    /// The state that the configuration gives a parked job.
    pub state_override: Option<String>,
    /// Whether the configuration wants it stopped with a savepoint; nothing if its mode decides.
    pub savepoint_override: Option<bool>,
    /// From where it is to start.
    pub start: ExpectedStart,
}

/// What a whole run decided.
#[derive(Clone, Debug, Default)]
pub struct Changeset {
    /// The files that concern us, sorted by their paths from the root of the repository.
    pub files: Vec<FileOutcome>,
    /// The selected workloads of the judged files, in the order of the files; patches are none.
    pub workloads: Vec<PlannedWorkload>,
    /// Number of files that were looked at.
    pub files_read: usize,
    /// Number of files that name the preview version and are not read.
    pub unread: usize,
    /// True if the run was for a selection of the workloads.
    pub is_selection: bool,
    /// Number of files and directories that could not be read; their contents are unknown.
    pub unreadable: usize,
    /// A file that is not read names the preview version where nothing may: the migration is done there.
    pub is_left: bool,
    /// The step that it takes; scopes may have others.
    pub step: Step,
}

impl Changeset {
    /// The worst outcome of the run; `AlreadyRight` if nothing concerned us. A file that could not be
    /// read fails it, because nothing can be said of what it holds.
    pub fn outcome(&self) -> Outcome {
        if self.unreadable > 0 {
            return Outcome::Failed;
        }
        // Once the migration is done, nothing may name the preview version.
        let least = if self.is_left { Outcome::Held } else { Outcome::AlreadyRight };
        self.files.iter().filter_map(FileOutcome::outcome).fold(least, Outcome::max)
    }

    /// What becomes of the files that a write changes.
    pub fn changes(&self) -> impl Iterator<Item = &FileChange> {
        self.files.iter().filter_map(|file| file.rewrite.as_ref())
    }

    /// Number of documents that ended so.
    pub fn documents(&self, outcome: Outcome) -> usize {
        self.files
            .iter()
            .flat_map(|file| &file.documents)
            .filter(|document| document.outcome == outcome)
            .count()
    }

    /// Number of notes that ask for somebody's eye: those on what somebody has accepted do not.
    pub fn open_notes(&self) -> usize {
        self.count(|diagnostic| {
            diagnostic.severity == Severity::Note && diagnostic.waived_by.is_none()
        })
    }

    /// Number of diagnostics of this severity.
    pub fn of_severity(&self, severity: Severity) -> usize {
        self.count(|diagnostic| diagnostic.severity == severity)
    }

    /// Gives the files the names that they have in this run for programs, and their order.
    pub(crate) fn name_for_programs(&mut self, names: &PathNames) {
        for file in self.files.iter_mut().filter(|file| file.path != STDIN) {
            file.repo_path = names.for_programs(&file.path);
        }
        self.files.sort_by(|a, b| a.repo_path.cmp(&b.repo_path));
    }

    /// Takes the waived diagnostics out of the files, and with them the files that have nothing else.
    pub(crate) fn take_waived(&mut self) -> Vec<Diagnostic> {
        let waived = self.files.iter_mut().flat_map(|file| std::mem::take(&mut file.waived));
        let waived = waived.collect();
        self.files.retain(|file| !file.documents.is_empty() || !file.diagnostics.is_empty());
        waived
    }

    /// Everything that is reported, in the order of the files.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Located> {
        self.files.iter().flat_map(|file| &file.diagnostics)
    }

    fn count(&self, wanted: impl Fn(&Diagnostic) -> bool) -> usize {
        self.diagnostics().filter(|located| wanted(&located.diagnostic)).count()
    }
}
