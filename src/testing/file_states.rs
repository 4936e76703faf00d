//! A run over files that are edited, created and deleted, whatever command decides so.

use std::collections::HashMap;
use std::path::Path;

use super::parse_value;
use crate::diagnostic::{Change, Diagnostic, Located};
use crate::plan::{Changeset, DocumentOutcome, FieldChange, FileChange, FileOutcome, Outcome};
use crate::report::{self, Format, Look};
use crate::shell::{IfUnwritable, OsSystem, Replacement, RunDirs, ScanRequest, System, WriteError};
use crate::text::{ChangedSpan, Digest, Edit, EditSet, Position, Span, TextChange, hunks};
use crate::workspace::FileError;
use crate::yaml::{FieldPath, InsertPosition};

/// A file before and after a run; nothing where it is not there. What is created is one document.
#[derive(Clone, Copy, Debug)]
pub struct FileStates<'t> {
    /// Its path from the root of the tree, with `/`.
    pub path: &'t str,
    /// Its text before.
    pub before: Option<&'t str>,
    /// Its text after.
    pub after: Option<&'t str>,
}

impl FileStates<'_> {
    fn change(&self) -> Option<FileChange> {
        match (self.before, self.after) {
            (None, after) => after.map(|text| FileChange::create(text.to_string())),
            (Some(before), None) => Some(FileChange::delete(before)),
            (Some(before), Some(after)) => {
                let (span, after) = (Span::new(0, before.len()), after.to_string());
                let changed = [ChangedSpan { span, after: after.clone() }];
                let edits = EditSet::new(vec![Edit { span, text: after }]).unwrap_or_default();
                let text = TextChange::Edit { digest: Digest::new(before.as_bytes()), edits };
                Some(FileChange { text, hunks: hunks(before, &changed, 3) })
            }
        }
    }

    /// What was decided about it. What is held is held as a whole.
    fn outcome(&self, is_held: bool) -> FileOutcome {
        let path = FieldPath::default();
        let value = self.after.and_then(|text| yaml_serde::from_str(text).ok());
        let change = match (self.before, value) {
            (None, Some(value)) => {
                let (value, position) = (parse_value(&value), InsertPosition::Last);
                Some(Change::Insert { path, value, position, mark: None })
            }
            (Some(_), None) => Some(Change::Remove { path }),
            _ => None,
        };
        let changes: Vec<Change> = change.into_iter().collect();
        let fields = changes.iter().map(|change| FieldChange { change: change.clone(), old: None });
        let document = DocumentOutcome {
            index: 0,
            line: 1,
            kind: None,
            workloads: Vec::new(),
            outcome: if is_held { Outcome::Held } else { Outcome::Changed },
            fields: fields.collect(),
        };
        let message = "the file is written as a whole";
        let found = Diagnostic::change("initial-savepoint", Span::empty(0), message, changes);
        let found = Located::without_line(found, self.path, Position { line: 1, column: 1 });
        let mut file = FileOutcome::new(self.path);
        file.documents.push(document);
        file.diagnostics.push(found);
        *(if is_held { &mut file.held } else { &mut file.rewrite }) = self.change();
        file
    }
}

fn changeset(files: &[FileStates<'_>], is_held: bool) -> Changeset {
    let files: Vec<FileOutcome> = files.iter().map(|file| file.outcome(is_held)).collect();
    Changeset { files_read: files.len(), files, ..Changeset::default() }
}

/// What is reported of these files, which are sorted by path, in a format of `check` or `diff`; nothing if
/// there is no such format.
pub fn report_states(files: &[FileStates<'_>], format: &str) -> Option<String> {
    let (_, format) = Format::BY_NAME.into_iter().find(|(name, _)| *name == format)?;
    let look = Look { color: false, width: 0, notes: true, changes: true };
    let mut out = String::new();
    report::render(format, &changeset(files, false), &look, &mut out).ok()?;
    Some(out)
}

/// What `diff` says of them if they are held.
pub fn held_states(files: &[FileStates<'_>]) -> String {
    let mut out = String::new();
    // Text in memory takes everything.
    let _ = report::held(&changeset(files, true), &mut out);
    out
}

/// Writes them as `write` does with these paths in this folder, with the names of its files, or as
/// `write --keep-going`; what could not be written.
///
/// # Errors
/// Why it was not finished.
pub fn write_states(
    folder: &Path,
    paths: &[&str],
    files: &[FileStates<'_>],
    keeps_going: bool,
) -> Result<Vec<String>, Vec<String>> {
    let run_dirs = RunDirs::new(folder.to_path_buf(), Some(folder.to_path_buf()));
    let paths: Vec<_> = paths.iter().map(|path| folder.join(path)).collect();
    let workspace = OsSystem.workspace(ScanRequest {
        run_dirs: &run_dirs,
        paths: &paths,
        root: None,
        exclude: &[],
        force_exclude: false,
        not_manifests: &[],
    });
    let said = |problems: Vec<FileError>| problems.iter().map(FileError::to_string).collect();
    let scan = workspace.scan(|_| true, &(), &|_, _, _, _| {}).map_err(said)?;
    let scanned: HashMap<_, _> = scan.files.into_iter().map(|file| (file.name, file.id)).collect();
    let changeset = changeset(files, false);
    let replacements = changeset.files.iter().filter_map(|file| {
        let change = &file.rewrite.as_ref()?.text;
        Some(Replacement { file: scanned.get(&file.path).copied(), name: &file.path, change })
    });
    let if_unwritable =
        if keeps_going { IfUnwritable::WriteTheRest } else { IfUnwritable::WriteNothing };
    let written = workspace.replace(&replacements.collect::<Vec<_>>(), if_unwritable);
    written.map(said).map_err(|WriteError { problems, .. }| said(problems))
}
