//! A changeset as somebody reads it before merging: what is open, when to merge, what changes in each
//! workload and what it risks. The Markdown and the HTML report show this.

mod field;
mod patch;
mod row;
mod words;

use std::cmp::Reverse;

use super::groups::{self, Findings};
use super::{Look, explain, table, verdict};
use crate::diagnostic::{Located, Severity};
use crate::plan::{Changeset, FileOutcome, Outcome};
use crate::task::Step;
use crate::text::diff;

pub(crate) use field::{Field, Side};
pub(crate) use patch::{MaskedHunk, Patch};
pub(crate) use row::{Risk, Row, Savepoint};
pub(crate) use words::{Piece, pieces, plain};

/// What a reviewer sees, in the order in which it is shown.
pub(crate) struct Review<'c> {
    /// What it all comes to, in one sentence.
    pub(crate) verdict: String,
    /// True if a write would change some file.
    pub(crate) changes: bool,
    /// How many files could not be read; nothing if all could.
    pub(crate) unreadable: Option<String>,
    /// What somebody has to decide, the gravest first.
    pub(crate) questions: Vec<Findings<'c>>,
    /// When to merge; nothing if nothing changes or is held, or if the runbook has no such step.
    pub(crate) merge: Option<&'static str>,
    /// The files with a workload that changes, is held or was not read: the riskiest first, then by
    /// path.
    pub(crate) files: Vec<Reviewed<'c>>,
    /// Number of workloads whose version alone changes, and of their files, if they share a row: none
    /// if there are fewer than two.
    pub(crate) alike: (usize, usize),
    /// What could not be read or judged.
    pub(crate) unread: Vec<Findings<'c>>,
    /// What people should know.
    pub(crate) notes: Vec<Findings<'c>>,
}

/// When to merge. The runbook alone orders the steps on the cluster.
const MERGE: &str = "Merge this when the runbook says so: `flink-migrate runbook` prints the steps on \
    the cluster, in order.";

/// One file of a review.
pub(crate) struct Reviewed<'c> {
    pub(crate) file: &'c FileOutcome,
    /// Its workloads. Never empty.
    pub(crate) rows: Vec<Row<'c>>,
    /// That of its riskiest workload.
    pub(crate) risk: Risk,
    /// Length of its diff, in bytes.
    pub(crate) patch_len: usize,
}

impl Reviewed<'_> {
    /// True if the file stays as it is until somebody answers.
    pub(crate) fn is_held(&self) -> bool {
        !self.file.changes()
    }

    /// Its diff, or what it would become; without hunks where none is kept.
    pub(crate) fn patch(&self) -> Patch {
        let rewrite = self.file.rewrite.as_ref();
        Patch::of(rewrite.map_or(&self.file.held, |rewrite| &rewrite.hunks))
    }

    /// True if there is something to show of what it becomes.
    pub(crate) fn becomes_something(&self) -> bool {
        self.patch_len > 0 || self.rows.iter().any(|row| !row.fields.is_empty())
    }
}

impl<'c> Review<'c> {
    /// The review of this changeset.
    pub(crate) fn of(changeset: &'c Changeset) -> Review<'c> {
        let asks = |located: &Located| Outcome::of(&located.diagnostic) == Outcome::Held;
        let grave = |located: &Located| located.diagnostic.severity >= Severity::Decision;
        let mut files: Vec<Reviewed<'c>> = changeset.files.iter().filter_map(reviewed).collect();
        files.sort_by_key(|reviewed| (Reverse(reviewed.risk), &reviewed.file.path));
        let everything = Look { color: false, width: 0, notes: true, changes: false };
        let groups = groups::of(changeset, &everything);
        let unread = |located: &Located| grave(located) && !asks(located);
        let note = |located: &Located| located.diagnostic.severity == Severity::Note;
        Review {
            verdict: verdict(changeset),
            changes: changeset.files.iter().any(FileOutcome::changes),
            unreadable: verdict::unreadable(changeset),
            questions: only(&groups, asks),
            merge: merge(changeset.step, &files),
            alike: alike(&files),
            files,
            unread: only(&groups, unread),
            notes: only(&groups, note),
        }
    }

    /// The workloads that are shown one by one, the riskiest first. Those whose version alone
    /// changes are not among them, unless it is a single one.
    pub(crate) fn rows(&self) -> Vec<(usize, &Row<'c>)> {
        let all = self.files.iter().enumerate();
        let all = all.flat_map(|(at, reviewed)| reviewed.rows.iter().map(move |row| (at, row)));
        let alike = self.alike.0 > 0;
        let mut rows: Vec<_> = all.filter(|(_, row)| !alike || row.risk > Risk::None).collect();
        rows.sort_by_key(|(at, row)| (Reverse(row.risk), &self.files[*at].file.path, row.line));
        rows
    }

    /// True for a file that is not one of many alike.
    pub(crate) fn stands_alone(&self, file: &Reviewed<'_>) -> bool {
        file.risk > Risk::None || self.alike.0 == 0
    }

    /// Number of questions, unread places or notes in these groups.
    pub(crate) fn count(groups: &[Findings<'_>]) -> usize {
        groups.iter().map(|group| group.found.len()).sum()
    }
}

fn merge(step: Step, files: &[Reviewed<'_>]) -> Option<&'static str> {
    let mut rows = files.iter().flat_map(|reviewed| &reviewed.rows);
    let is_in_runbook = !matches!(step, Step::Prepare | Step::Done);
    let acts = rows.any(|row| row.risk == Risk::Decide || !row.fields.is_empty());
    (is_in_runbook && acts).then_some(MERGE)
}

fn alike(files: &[Reviewed<'_>]) -> (usize, usize) {
    let of =
        |reviewed: &Reviewed<'_>| reviewed.rows.iter().filter(|row| row.risk == Risk::None).count();
    let workloads: usize = files.iter().map(of).sum();
    let files = files.iter().filter(|reviewed| of(reviewed) > 0).count();
    if workloads > 1 { (workloads, files) } else { (0, 0) }
}

/// The groups with those findings alone that are meant, without the groups that are then empty.
fn only<'c>(groups: &[Findings<'c>], meant: impl Fn(&Located) -> bool) -> Vec<Findings<'c>> {
    let part = |group: &Findings<'c>| {
        let found = group.found.iter().copied().filter(|(_, located)| meant(located));
        Findings::new(group.rule, group.severity, group.word, found)
    };
    groups.iter().filter_map(part).collect()
}

fn reviewed(file: &FileOutcome) -> Option<Reviewed<'_>> {
    let rows = row::of(file);
    let risk = rows.iter().map(|row| row.risk).max()?;
    let len = |hunks| diff(&file.path, hunks).len();
    let rewritten = file.rewrite.as_ref().map_or(0, |rewrite| len(&rewrite.hunks));
    let patch_len = rewritten.max(len(&file.held));
    Some(Reviewed { file, rows, risk, patch_len })
}

/// What a rule, or a problem with an input, is about; and how it is answered, if it has to be.
pub(crate) fn about(group: &Findings<'_>) -> (&'static str, &'static str) {
    let summary = explain::find(group.rule).map(|page| page.summary()).unwrap_or_default();
    (summary, table::answer(group))
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// True for a document that a person has to look at before it can change.
fn is_open(outcome: Outcome) -> bool {
    outcome > Outcome::Changed
}
