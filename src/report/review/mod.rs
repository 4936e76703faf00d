//! A changeset as somebody reads it before merging: what is open, when to merge, what changes in each
//! workload and what it risks. The Markdown and the HTML report show this.

mod field_change;
mod inline_markup;
mod masked_patch;
mod row;

use std::cmp::Reverse;

use super::diagnostic_groups::{self, DiagnosticGroup};
use super::printable::counted;
use super::{Look, explain, summary_line};
use crate::diagnostic::{Located, Severity};
use crate::plan::{Changeset, FileChange, FileOutcome, Outcome};
use crate::task::Step;
use crate::text::TextChange;

pub(crate) use field_change::{Field, FieldSide};
pub(crate) use inline_markup::{Piece, pieces};
pub use masked_patch::held;
pub(crate) use masked_patch::{MaskedHunk, MaskedPatch};
pub(crate) use row::{Markup, Risk, WorkloadRow};

/// What a reviewer sees, in the order in which it is shown.
pub(crate) struct Review<'c> {
    /// What it all comes to, in one sentence.
    pub(crate) summary: String,
    /// True if a write would change some file.
    pub(crate) changes: bool,
    /// How many files could not be read; nothing if all could.
    pub(crate) unreadable: Option<String>,
    /// What somebody has to decide, the gravest first.
    pub(crate) questions: Vec<DiagnosticGroup<'c>>,
    /// When to merge; nothing if nothing changes or is held, or if the runbook has no such step.
    pub(crate) merge: Option<&'static str>,
    /// The files with a workload that changes, is held or was not read: the riskiest first, then by
    /// path.
    pub(crate) files: Vec<ReviewedFile<'c>>,
    /// Number of workloads whose version alone changes, and of their files, if they share a row: none
    /// if there are fewer than two.
    pub(crate) version_only: (usize, usize),
    /// What could not be read or judged.
    pub(crate) unread: Vec<DiagnosticGroup<'c>>,
    /// What people should know.
    pub(crate) notes: Vec<DiagnosticGroup<'c>>,
}

/// What is said of the diff of a file that stays as it is.
pub(crate) const HELD: &str = "Held: the file stays as it is. This is what it would become as \
    far as is known; do not apply it.";

/// When to merge. The runbook alone orders the steps on the cluster.
const MERGE: &str = "Merge this when the runbook says so: `flink-migrate runbook` prints the steps on \
    the cluster, in order.";

/// One file of a review.
pub(crate) struct ReviewedFile<'c> {
    pub(crate) file: &'c FileOutcome,
    /// Its workloads. Never empty.
    pub(crate) rows: Vec<WorkloadRow<'c>>,
    /// That of its riskiest workload.
    pub(crate) risk: Risk,
    /// Length of its diff, in bytes.
    pub(crate) patch_len: usize,
}

impl ReviewedFile<'_> {
    /// True if the file stays as it is until somebody answers.
    pub(crate) fn is_held(&self) -> bool {
        !self.file.changes()
    }

    /// Its diff, or what it would become; without hunks where none is kept.
    pub(crate) fn patch(&self) -> MaskedPatch {
        MaskedPatch::new(self.change().map_or(&[], |change| &change.hunks))
    }

    /// What becomes of it, or would.
    fn change(&self) -> Option<&FileChange> {
        self.file.rewrite.as_ref().or(self.file.held.as_ref())
    }

    /// What becomes of the file as a whole, in front of a count; empty if it is there and stays.
    pub(crate) fn whole(&self) -> &'static str {
        match self.change().map(|change| &change.text) {
            Some(TextChange::Create { .. }) => "new file, ",
            Some(TextChange::Delete { .. }) => "deleted file, ",
            Some(TextChange::Edit { .. }) | None => "",
        }
    }

    /// True if there is something to show of what it becomes.
    pub(crate) fn has_something_to_show(&self) -> bool {
        self.patch_len > 0 || self.rows.iter().any(|row| !row.fields.is_empty())
    }
}

impl<'c> Review<'c> {
    /// The review of this changeset.
    pub(crate) fn new(changeset: &'c Changeset) -> Review<'c> {
        let asks = |located: &Located| Outcome::of(&located.diagnostic) == Outcome::Held;
        let grave = |located: &Located| located.diagnostic.severity >= Severity::Decision;
        let mut files: Vec<ReviewedFile<'c>> =
            changeset.files.iter().filter_map(reviewed_file).collect();
        files.sort_by_key(|reviewed| (Reverse(reviewed.risk), &reviewed.file.repo_path));
        let everything = Look { color: false, width: 0, notes: true, changes: false };
        let groups = diagnostic_groups::by_rule(changeset, &everything);
        let unread = |located: &Located| grave(located) && !asks(located);
        let note = |located: &Located| located.diagnostic.severity == Severity::Note;
        Review {
            summary: summary_line(changeset),
            changes: changeset.files.iter().any(FileOutcome::changes),
            unreadable: summary_line::unreadable(changeset),
            questions: filtered(&groups, asks),
            merge: merge(changeset.step, &files),
            version_only: version_only(&files),
            files,
            unread: filtered(&groups, unread),
            notes: filtered(&groups, note),
        }
    }

    /// What merging does to session clusters, as a sentence behind a blank; empty where there is none.
    pub(crate) fn jobs_end(&self) -> String {
        let ends = self.risks().into_iter().find(|(risk, _)| *risk == Risk::JobsEnd);
        ends.map_or_else(String::new, |(_, count)| {
            let clusters = counted(count, "session cluster");
            format!(" The jobs that run in {clusters} end: take savepoints of them first.")
        })
    }

    /// What a reader must know before all else, and what comes of it. `why_not_understood` says where
    /// to read on.
    pub(crate) fn warnings<'t>(&self, why_not_understood: &'t str) -> Vec<(String, &'t str)> {
        let (open, unread) = (Review::count(&self.questions), Review::count(&self.unread));
        let (are, were) =
            (if open == 1 { "is" } else { "are" }, if unread == 1 { "was" } else { "were" });
        [
            self.unreadable.clone().map(|files| (files, "Their content is unknown.")),
            (open > 0).then(|| {
                let decisions = format!("{} {are} open", counted(open, "decision"));
                (decisions, "A file with an open decision stays as it is.")
            }),
            (unread > 0).then(|| {
                let places = format!("{} {were} not understood", counted(unread, "place"));
                (places, why_not_understood)
            }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The workloads that are shown one by one, the riskiest first. Those whose version alone
    /// changes are not among them, unless it is a single one.
    pub(crate) fn rows(&self) -> Vec<(usize, &WorkloadRow<'c>)> {
        let all = self.files.iter().enumerate();
        let all = all.flat_map(|(at, reviewed)| reviewed.rows.iter().map(move |row| (at, row)));
        let is_version_only = self.version_only.0 > 0;
        let mut rows: Vec<_> =
            all.filter(|(_, row)| !is_version_only || row.risk > Risk::None).collect();
        rows.sort_by_key(|(at, row)| {
            (Reverse(row.risk), &self.files[*at].file.repo_path, row.line)
        });
        rows
    }

    /// Number of workloads of each risk that occurs, the greatest risk first.
    pub(crate) fn risks(&self) -> Vec<(Risk, usize)> {
        let rows = || self.files.iter().flat_map(|reviewed| &reviewed.rows);
        let count = |risk: Risk| (risk, rows().filter(|row| row.risk == risk).count());
        Risk::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
    }

    /// True for a file that is not one of many alike.
    pub(crate) fn has_own_entry(&self, file: &ReviewedFile<'_>) -> bool {
        file.risk > Risk::None || self.version_only.0 == 0
    }

    /// Number of questions, unread places or notes in these groups.
    pub(crate) fn count(groups: &[DiagnosticGroup<'_>]) -> usize {
        groups.iter().map(|group| group.diagnostics.len()).sum()
    }
}

fn merge(step: Step, files: &[ReviewedFile<'_>]) -> Option<&'static str> {
    let mut rows = files.iter().flat_map(|reviewed| &reviewed.rows);
    let is_in_runbook = !matches!(step, Step::Prepare | Step::Done);
    let acts = rows.any(|row| row.risk == Risk::Decide || !row.fields.is_empty());
    (is_in_runbook && acts).then_some(MERGE)
}

fn version_only(files: &[ReviewedFile<'_>]) -> (usize, usize) {
    let count = |reviewed: &ReviewedFile<'_>| {
        reviewed.rows.iter().filter(|row| row.risk == Risk::None).count()
    };
    let workloads: usize = files.iter().map(count).sum();
    let files = files.iter().filter(|reviewed| count(reviewed) > 0).count();
    if workloads > 1 { (workloads, files) } else { (0, 0) }
}

/// The groups with those findings alone that `is_kept` takes, without the groups that are then empty.
fn filtered<'c>(
    groups: &[DiagnosticGroup<'c>],
    is_kept: impl Fn(&Located) -> bool,
) -> Vec<DiagnosticGroup<'c>> {
    let part = |group: &DiagnosticGroup<'c>| {
        let kept =
            group.diagnostics.iter().copied().filter(|diagnostic| is_kept(diagnostic.located));
        let diagnostics: Vec<_> = kept.collect();
        (!diagnostics.is_empty()).then_some(DiagnosticGroup { diagnostics, ..*group })
    };
    groups.iter().filter_map(part).collect()
}

fn reviewed_file(file: &FileOutcome) -> Option<ReviewedFile<'_>> {
    let rows = row::rows(file);
    let risk = rows.iter().map(|row| row.risk).max()?;
    let changes = file.rewrite.iter().chain(&file.held);
    let patch_len = changes.map(|change| change.diff(&file.repo_path).len()).max().unwrap_or(0);
    Some(ReviewedFile { file, rows, risk, patch_len })
}

/// What a rule, or a problem with an input, is about; and how it is answered, if it has to be.
pub(crate) fn summary_and_answer(group: &DiagnosticGroup<'_>) -> (&'static str, &'static str) {
    let summary = explain::find(group.rule).map(|page| page.summary()).unwrap_or_default();
    (summary, diagnostic_groups::answer(group))
}

/// True for a document that a person has to look at before it can change.
fn is_open(outcome: Outcome) -> bool {
    outcome > Outcome::Changed
}
