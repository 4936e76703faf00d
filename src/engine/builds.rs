//! What build roots make of the tree, before the rules judge it, and again once the edits are known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::version_groups::version_groups;
use crate::diagnostic::Diagnostic;
use crate::path::RepoPath;
use crate::plan::{
    self, Changeset, FileOutcome, Misbuilt, Outcome, PLACING_TRIES, UnplacedChange, place_change,
};
use crate::project::{BuildTexts, BuiltManifest, Project};
use crate::rules::{Context, DocumentId};
use crate::workspace::{Workspace, par_map};

/// The texts from which the build roots of this project build, as far as they can be read, with that of a
/// stream in the place of the file of its name.
pub(crate) fn texts(
    workspace: &dyn Workspace,
    stream: Option<&(RepoPath, &[u8])>,
    project: &Project,
) -> BuildTexts {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into();
    let files: Vec<RepoPath> = project.build_files().into_iter().collect();
    let texts = par_map(&files, |file| match stream {
        Some((path, bytes)) if path == file => Some(text(bytes)),
        _ => workspace.read(file).map(|(_, bytes)| text(&bytes)),
    });
    files.into_iter().zip(texts).filter_map(|(file, text)| Some((file, text?))).collect()
}

/// Judges a file of the run again; nothing if it is not in the run, or nothing is said of it.
pub(crate) type Replan<'r> = dyn Fn(&Context<'_>, &RepoPath) -> Option<FileOutcome> + 'r;

/// Places what the documents of workloads cannot take, and holds what can only be written together with
/// something that is held, and what some root would not build as it should, until every root builds what was
/// meant.
pub(crate) fn settle(
    changeset: &mut Changeset,
    context: &mut Context<'_>,
    texts: &BuildTexts,
    unplaced: Vec<UnplacedChange>,
    replan: &Replan<'_>,
) {
    let project = context.project;
    let mut rows: BTreeMap<usize, UnplacedRow> = BTreeMap::new();
    for change in unplaced {
        rows.entry(change.built).or_default().changes.push(change);
    }
    let mut held: Vec<(RepoPath, Option<usize>, Diagnostic)> = Vec::new();
    loop {
        let mut stale: BTreeSet<RepoPath> = BTreeSet::new();
        stale.extend(context.placed.taken.drain().map(|((file, _), _)| file));
        let numbers = numbers(changeset, project);
        for (number, row) in &mut rows {
            row.taken.clear();
            let built = &project.built()[*number];
            if context.placed.refused.contains(number) {
                continue;
            }
            if !row.place(project, texts) {
                context.placed.refused.insert(*number);
                stale.insert(built.file.clone());
            } else if is_blocked(changeset, &numbers, built) {
                row.taken.clear();
            }
            for (document, diagnostic) in &row.taken {
                stale.insert(document.0.clone());
                let taken = context.placed.taken.entry(document.clone()).or_default();
                taken.push(diagnostic.clone());
            }
        }
        for file in stale {
            let outcome = replan(context, &file);
            match (numbers.get(&file), outcome) {
                (Some(i), Some(outcome)) => changeset.files[*i] = outcome,
                (Some(i), None) => {
                    changeset.files[*i] = FileOutcome::new(&changeset.files[*i].path);
                }
                (None, Some(outcome)) => changeset.files.push(outcome),
                (None, None) => {}
            }
        }
        let numbers = self::numbers(changeset, project);
        for (file, document, why) in &held {
            if let Some(i) = numbers.get(file) {
                plan::hold(&mut changeset.files[*i], *document, why);
            }
        }
        let groups = version_groups(context, changeset.files.len(), &numbers);
        if groups.is_empty() && project.built().is_empty() {
            return;
        }
        for group in &groups {
            group.hold(changeset);
        }
        let mut is_settled = true;
        for (number, row) in rows.iter_mut().filter(|(_, row)| !row.taken.is_empty()) {
            let is_written = |(file, _): &DocumentId| {
                numbers.get(file).is_some_and(|i| changeset.files[*i].changes())
            };
            let is_blocked = is_blocked(changeset, &numbers, &project.built()[*number]);
            if is_blocked || !row.taken.iter().all(|(document, _)| is_written(document)) {
                row.tried += usize::from(!is_blocked);
                is_settled = false;
            }
        }
        if !is_settled {
            continue;
        }
        let misbuilt = prove(changeset, context, texts, &numbers, &rows);
        if misbuilt.is_empty() {
            return;
        }
        for Misbuilt { built, files, diagnostic } in misbuilt {
            let concerned = rows.iter_mut().filter(|(number, row)| {
                let is_of_root = project.built()[**number].root == built.root;
                let mut taken = row.taken.iter();
                is_of_root && !row.taken.is_empty() || taken.any(|((file, _), _)| built.reads(file))
            });
            // Another place may be better; without any, it is the edits of the documents.
            if concerned.map(|(_, row)| row.tried += 1).count() > 0 {
                continue;
            }
            for file in files {
                let document = Some(built.document).filter(|_| *file == built.file);
                held.push((file.clone(), document, diagnostic.clone()));
            }
        }
    }
}

/// The changes of one built workload that its document cannot take.
#[derive(Default)]
struct UnplacedRow {
    changes: Vec<UnplacedChange>,
    /// How many ways of placing them have failed.
    tried: usize,
    /// Where they are placed now; nothing while they are not.
    taken: Vec<(DocumentId, Diagnostic)>,
}

impl UnplacedRow {
    /// Places the changes in the first way that has not failed yet; false if there is none.
    fn place(&mut self, project: &Project, texts: &BuildTexts) -> bool {
        while let Some(way) = PLACING_TRIES.get(self.tried) {
            let places = self.changes.iter().map(|it| place_change(it, *way, project, texts));
            if let Some(taken) = places.collect::<Option<Vec<_>>>() {
                self.taken = taken.concat();
                return true;
            }
            self.tried += 1;
        }
        false
    }
}

/// The numbers of the files of a run.
fn numbers(changeset: &Changeset, project: &Project) -> HashMap<RepoPath, usize> {
    let paths = changeset.files.iter().map(|file| project.names().parse(&file.path));
    paths.enumerate().map(|(i, path)| (path, i)).collect()
}

/// True if the document of a workload is held, or would change and is not written.
fn is_blocked(
    changeset: &Changeset,
    numbers: &HashMap<RepoPath, usize>,
    built: &BuiltManifest,
) -> bool {
    let file = numbers.get(&built.file).map(|i| &changeset.files[*i]);
    file.is_some_and(|file| {
        let document = file.documents.iter().find(|one| one.index == built.document);
        let outcome = document.map_or(Outcome::AlreadyRight, |one| one.outcome);
        outcome > Outcome::Changed || outcome == Outcome::Changed && !file.changes()
    })
}

/// What the roots would not build as they should from the files as they are to be written.
fn prove<'p>(
    changeset: &Changeset,
    context: &Context<'p>,
    texts: &BuildTexts,
    numbers: &HashMap<RepoPath, usize>,
    rows: &BTreeMap<usize, UnplacedRow>,
) -> Vec<Misbuilt<'p>> {
    let mut edited = texts.clone();
    let mut written = BTreeSet::new();
    for (path, file) in numbers.iter().map(|(path, i)| (path, &changeset.files[*i])) {
        let Some(change) = &file.rewrite else { continue };
        let documents = file.documents.iter().filter(|one| one.outcome == Outcome::Changed);
        written.extend(documents.map(|one| (path.clone(), one.index)));
        if let Some(text) = edited.get_mut(path) {
            *text = change.edits.apply(text).into();
        }
    }
    let placed = rows.iter().filter(|(_, row)| !row.taken.is_empty());
    let placed = placed.map(|(number, _)| *number).collect();
    plan::prove_builds(context, &edited, &written, &placed)
}
