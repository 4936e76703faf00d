//! What a run decided: everything a report or a write needs, and no text of any file.

use crate::finding::{Change, Level, Placed, Remedy};
use crate::rules::Step;
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
    /// The edits of every document that is to change, whatever becomes of its neighbours: what the
    /// file becomes as a stream. Those of a stream itself are not kept.
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
    /// What of a stream was counted as it went by, and is not kept. Nothing of a file.
    pub passed: Passed,
}

/// What was counted and not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Documents that were rewritten on the way.
    changing: usize,
    /// Findings that nobody asked to see, by level.
    findings: [usize; Level::COUNT],
}

impl Passed {
    /// So many documents were rewritten on the way.
    pub(super) fn rewritten(changing: usize) -> Passed {
        Passed { changing, ..Passed::default() }
    }
}

impl FilePlan {
    /// Takes in what came later in the same stream.
    pub fn append(&mut self, later: FilePlan) {
        self.documents.extend(later.documents);
        self.findings.extend(later.findings);
        self.passed.changing += later.passed.changing;
        for (count, more) in self.passed.findings.iter_mut().zip(later.passed.findings) {
            *count += more;
        }
    }

    /// Keeps what has to be said of these levels, and only counts the rest: for people who see no
    /// more than that. The changes of the documents go as well. What was accepted is kept: each
    /// was named, so there are few.
    pub fn forget_unless(&mut self, shown: impl Fn(Level) -> bool) {
        self.findings.retain(|placed| {
            let level = placed.finding.level();
            let is_kept = shown(level) || placed.finding.remedy == Remedy::Accepted;
            self.passed.findings[level as usize] += usize::from(!is_kept);
            is_kept
        });
        self.documents.iter_mut().for_each(|document| document.changes = Vec::new());
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

    /// True if `write` has something to do.
    pub fn changes(&self) -> bool {
        !self.edits.is_empty() || self.passed.changing > 0
    }
}

/// What a whole run decided.
#[derive(Clone, Debug, Default)]
pub struct Changeset {
    /// The files that concern us, sorted by path.
    pub files: Vec<FilePlan>,
    /// Number of files that were looked at.
    pub files_read: usize,
    /// Number of files and directories that could not be read: what they hold nobody knows.
    pub unreadable: usize,
    /// The step that it takes.
    pub step: Step,
}

impl Changeset {
    /// The worst outcome of the run; `AlreadyRight` if nothing concerned us. A file that could not be
    /// read fails it, because nothing can be said of what it holds.
    pub fn outcome(&self) -> Outcome {
        if self.unreadable > 0 {
            return Outcome::Failed;
        }
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

    /// Number of notes that ask for somebody's eye: those on what somebody has accepted do not.
    pub fn open_notes(&self) -> usize {
        let all = self.files.iter().flat_map(|file| &file.findings);
        let accepted = all.filter(|placed| placed.finding.remedy == Remedy::Accepted).count();
        self.findings(Level::Note) - accepted
    }

    /// Number of findings of a level.
    pub fn findings(&self, level: Level) -> usize {
        let of_file = |file: &FilePlan| {
            let kept = file.findings.iter().filter(|placed| placed.finding.level() == level);
            kept.count() + file.passed.findings[level as usize]
        };
        self.files.iter().map(of_file).sum()
    }
}
