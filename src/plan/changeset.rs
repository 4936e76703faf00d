//! What a run decided: everything a report or a write needs, and no text of any file.

use crate::finding::{Change, Level, Placed};
use crate::text::{Digest, EditSet};

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

/// What was decided about one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentPlan {
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
    /// Its changes, paths from the root of the document. Empty unless `outcome` is `Changed`.
    pub changes: Vec<Change>,
}

/// What was decided about one file.
#[derive(Clone, Debug)]
pub struct FilePlan {
    /// As shown to people: relative to the working directory, with `/`.
    pub path: String,
    /// What was read.
    pub digest: Digest,
    /// What is to be written. Empty if nothing changes, or if a document of the file is held or failed.
    pub edits: EditSet,
    /// The edits of every document that is to change, whatever becomes of its neighbours: what a
    /// stream is converted with, where the unit is the document.
    pub document_edits: EditSet,
    /// `edits` as a unified diff; empty without edits.
    pub diff: String,
    /// What the file would become if every open question of it were answered by what is there:
    /// the edits of a held file as a diff. Never to be applied.
    pub held_diff: String,
    /// Its documents that concern us, in order.
    pub documents: Vec<DocumentPlan>,
    /// What is to be said, in order of place.
    pub findings: Vec<Placed>,
}

impl FilePlan {
    /// The worst outcome of its documents; nothing if none concerns us.
    pub fn outcome(&self) -> Option<Outcome> {
        self.documents.iter().map(|document| document.outcome).max()
    }

    /// True if `write` has something to do.
    pub fn changes(&self) -> bool {
        !self.edits.is_empty()
    }
}

/// What a whole run decided.
#[derive(Clone, Debug, Default)]
pub struct Changeset {
    /// The files that concern us, sorted by path.
    pub files: Vec<FilePlan>,
    /// Number of files that were looked at.
    pub files_read: usize,
}

impl Changeset {
    /// The worst outcome of the run; `AlreadyRight` if nothing concerned us.
    pub fn outcome(&self) -> Outcome {
        self.files.iter().filter_map(FilePlan::outcome).max().unwrap_or(Outcome::AlreadyRight)
    }

    /// Number of documents that ended so.
    pub fn documents(&self, outcome: Outcome) -> usize {
        self.files
            .iter()
            .flat_map(|file| &file.documents)
            .filter(|document| document.outcome == outcome)
            .count()
    }

    /// Number of findings of a level.
    pub fn findings(&self, level: Level) -> usize {
        let all = self.files.iter().flat_map(|file| &file.findings);
        all.filter(|placed| placed.finding.level() == level).count()
    }
}
