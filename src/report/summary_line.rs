//! The outcome of a run in one sentence.

use super::printable::counted;
use crate::diagnostic::Severity;
use crate::plan::{Changeset, DocumentOutcome, FileChange, FileOutcome, Outcome};
use crate::rules::{OPERATOR_VALUES, SAVEPOINT_MAP};
use crate::task::Step;

/// What a run comes to, in plain words and without a final full stop: the files that would change,
/// the files that are no manifests and need a decision, then every document that is not among the
/// changes of a file.
///
/// "3 files would change, 1 document is held for a decision, 2 are already right".
pub fn summary_line(changeset: &Changeset) -> String {
    let parts: Vec<String> = parts(changeset).into_iter().map(|(_, part)| part).collect();
    parts.join(", ")
}

/// The parts of the sentence and how grave each is; nothing where it says that nothing is.
pub(crate) fn parts(changeset: &Changeset) -> Vec<(Option<Severity>, String)> {
    let unreadable = unreadable(changeset).map(|words| (Some(Severity::Error), words));
    if changeset.files.is_empty() {
        let nothing = match changeset.files_read {
            0 if unreadable.is_some() => None,
            0 => Some("no file was read".to_string()),
            1 if changeset.is_selection => {
                Some("no workload of the 1 file that was read is selected".to_string())
            }
            read if changeset.is_selection => {
                Some(format!("no workload of the {read} files that were read is selected"))
            }
            1 => Some("nothing to migrate in the 1 file that was read".to_string()),
            read => Some(format!("nothing to migrate in the {read} files that were read")),
        };
        let nothing = nothing.map(|words| (None, words)).into_iter();
        return nothing.chain(unreadable).chain(unread(changeset)).collect();
    }
    let mut parts: Vec<_> =
        written(changeset.changes(), ["would change", "would be created", "would be deleted"])
            .map(|words| (Some(Severity::Change), words))
            .collect();
    if parts.is_empty() {
        parts.push((None, "no file would change".to_string()));
    }
    parts.extend(open_inputs(changeset).map(|words| (Some(Severity::Decision), words)));
    let mut named = false;
    for (level, count, one, many) in documents(changeset) {
        let noun = match (named, count) {
            (_, 0) => continue,
            (true, _) => "",
            (false, 1) => "document ",
            (false, _) => "documents ",
        };
        named = true;
        parts.push((level, format!("{count} {noun}{}", if count == 1 { one } else { many })));
    }
    parts.extend(unreadable.into_iter().chain(unread(changeset)));
    parts
}

/// How many of these files are edited, created and deleted, in these words; nothing of what none is.
pub(crate) fn written<'c>(
    changes: impl Iterator<Item = &'c FileChange>,
    words: [&str; 3],
) -> impl Iterator<Item = String> {
    let mut counts = [0; 3];
    for change in changes {
        counts[usize::from(change.creates()) + 2 * usize::from(change.deletes())] += 1;
    }
    let some = counts.into_iter().zip(words).filter(|(count, _)| *count > 0).enumerate();
    some.map(|(i, (count, words))| match i {
        0 => format!("{} {words}", counted(count, "file")),
        _ => format!("{count} {words}"),
    })
}

/// How many files name the old version and are not read; nothing if none does.
fn unread(changeset: &Changeset) -> Option<(Option<Severity>, String)> {
    let words = match changeset.unread {
        0 => return None,
        1 => "1 file that is not read names the old version".to_string(),
        count => format!("{count} files that are not read name the old version"),
    };
    Some(((changeset.is_left).then_some(Severity::Decision), words))
}

/// How many files could not be read; nothing if all could.
pub(crate) fn unreadable(changeset: &Changeset) -> Option<String> {
    let count = changeset.unreadable;
    (count > 0).then(|| format!("{} could not be read", counted(count, "file")))
}

/// What remarks can hold, and how people call one and several.
const OTHER_FILES: [(&str, &str, &str); 2] = [
    (SAVEPOINT_MAP, "savepoint map", "savepoint maps"),
    (OPERATOR_VALUES, "file of operator values", "files of operator values"),
];

/// How many of them need a decision; nothing of those of which none does.
pub(crate) fn open_inputs(changeset: &Changeset) -> impl Iterator<Item = String> {
    OTHER_FILES.into_iter().filter_map(|(kind, one, many)| {
        match held(changeset, |document| is(document, kind)) {
            0 => None,
            1 => Some(format!("1 {one} needs a decision")),
            count => Some(format!("{count} {many} need a decision")),
        }
    })
}

/// The worst outcome of the manifests in the file; nothing if there is none.
pub(crate) fn manifest_outcome(file: &FileOutcome) -> Option<Outcome> {
    let manifests = file.documents.iter().filter(|document| is_manifest(document));
    manifests.map(|document| document.outcome).max()
}

fn is(document: &DocumentOutcome, kind: &str) -> bool {
    document.kind.as_deref() == Some(kind)
}

/// True for what represents a manifest, and not for a file that a remark is about.
fn is_manifest(document: &DocumentOutcome) -> bool {
    OTHER_FILES.iter().all(|(kind, ..)| !is(document, kind))
}

/// Number of those that are held.
fn held(changeset: &Changeset, is_counted: impl Fn(&DocumentOutcome) -> bool) -> usize {
    let documents = changeset.files.iter().flat_map(|file| &file.documents);
    documents.filter(|document| document.outcome == Outcome::Held && is_counted(document)).count()
}

type Counted = (Option<Severity>, usize, &'static str, &'static str);

fn documents(changeset: &Changeset) -> [Counted; 5] {
    let count = |outcome| changeset.documents(outcome);
    let open = Some(Severity::Decision);
    let right = match changeset.step {
        Step::Cleanup => ["has nothing to clean up", "have nothing to clean up"],
        _ => ["is already right", "are already right"],
    };
    [
        (
            open,
            waiting(changeset),
            "waits for another in its file",
            "wait for others in their files",
        ),
        (open, held(changeset, is_manifest), "is held for a decision", "are held for a decision"),
        (open, count(Outcome::NotUnderstood), "is not understood", "are not understood"),
        (Some(Severity::Error), count(Outcome::Failed), "failed", "failed"),
        (None, count(Outcome::AlreadyRight), right[0], right[1]),
    ]
}

/// How many notes there are, for a report that leaves them out; nothing if there are none.
pub(crate) fn unseen_notes(changeset: &Changeset) -> Option<String> {
    let count = changeset.of_severity(Severity::Note);
    (count > 0).then(|| format!("{} not shown", counted(count, "note")))
}

/// Documents that are ready to change, in a file that another document holds.
fn waiting(changeset: &Changeset) -> usize {
    let still = changeset.files.iter().filter(|file| !file.changes());
    let documents = still.flat_map(|file| &file.documents);
    documents.filter(|document| document.outcome == Outcome::Changed).count()
}
