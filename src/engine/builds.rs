//! What build roots make of the tree, before the rules judge it, and again once the edits are known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::version_groups::{VersionGroup, version_groups};
use crate::diagnostic::Diagnostic;
use crate::path::RepoPath;
use crate::plan::{
    self, Changeset, CreatedPatch, DeletedPatch, FileOutcome, Misbuilt, Outcome, PLACING_TRIES,
    PlacedRow, PlacingTree, UnplacedChange, place_row,
};
use crate::project::{BuildTexts, BuiltManifest, Project};
use crate::rules::Context;
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

/// The files of a run, while changes are placed.
pub(crate) struct RunFiles<'r> {
    /// Judges a file of the run again; nothing if it is not in the run, or nothing is said of it.
    pub(crate) replan: &'r dyn Fn(&Context<'_>, &RepoPath) -> Option<FileOutcome>,
    /// True if no file can be created at this path.
    pub(crate) is_taken: &'r dyn Fn(&RepoPath) -> bool,
}

/// Places what the documents of workloads cannot take, and holds what can only be written together with
/// something that is held, and what some root would not build as it should, until every root builds what was
/// meant.
pub(crate) fn settle(
    changeset: &mut Changeset,
    context: &mut Context<'_>,
    texts: &BuildTexts,
    unplaced: Vec<UnplacedChange>,
    files: &RunFiles<'_>,
) {
    let mut rows: BTreeMap<usize, UnplacedRow> = BTreeMap::new();
    for change in unplaced {
        rows.entry(change.built).or_default().changes.push(change);
    }
    let mut settling = Settling {
        rows,
        texts,
        files,
        misbuilt: Vec::new(),
        unheld: Vec::new(),
        created: BTreeMap::new(),
        deleted: BTreeMap::new(),
    };
    loop {
        settling.place(changeset, context);
        let numbers = numbers(changeset, context.project);
        let is_written = |file: &RepoPath| is_written(changeset, &numbers, file);
        let mut placed = settling.rows.values_mut().filter(|row| row.placed.is_placed());
        let failed: Vec<_> =
            placed.by_ref().filter(|row| !row.placed.files().all(is_written)).collect();
        if !failed.is_empty() {
            for row in failed {
                row.tried += 1;
            }
            settling.unblock();
            continue;
        }
        let groups = version_groups(context, changeset.files.len(), &numbers);
        if groups.is_empty() && context.project.built().is_empty() {
            return;
        }
        settling.hold(changeset, &groups, &numbers);
        if settling.block(changeset, context.project, &numbers) {
            continue;
        }
        let misbuilt = prove(changeset, context, texts, &numbers, &settling.rows);
        if misbuilt.is_empty() {
            return;
        }
        for one in misbuilt {
            settling.refuse(&one, context.project);
        }
        settling.unblock();
    }
}

/// How the changes of workloads find their places.
struct Settling<'s> {
    /// The workloads that have such changes, by their numbers.
    rows: BTreeMap<usize, UnplacedRow>,
    texts: &'s BuildTexts,
    files: &'s RunFiles<'s>,
    /// The files, or documents of files, from which some root would not build what was meant, and why.
    misbuilt: Vec<(RepoPath, Option<usize>, Diagnostic)>,
    /// The files that are held for now, as they were before.
    unheld: Vec<(usize, FileOutcome)>,
    created: BTreeMap<RepoPath, CreatedPatch>,
    deleted: BTreeMap<RepoPath, DeletedPatch>,
}

impl Settling<'_> {
    /// Places the changes of each row where they have not failed yet, and judges the files that are concerned.
    fn place(&mut self, changeset: &mut Changeset, context: &mut Context<'_>) {
        let project = context.project;
        for (i, file) in self.unheld.drain(..).rev() {
            changeset.files[i] = file;
        }
        let is_created = |name: &str| self.created.contains_key(&project.names().parse(name));
        changeset.files.retain(|file| !is_created(&file.path));
        self.created.clear();
        let mut stale: BTreeSet<RepoPath> = std::mem::take(&mut self.deleted).into_keys().collect();
        stale.extend(context.placed.taken.drain().map(|((file, _), _)| file));
        stale.extend(context.placed.pinned.drain());
        let numbers = numbers(changeset, project);
        for (number, row) in &mut self.rows {
            row.placed = PlacedRow::default();
            let built = &project.built()[*number];
            if row.is_blocked || context.placed.refused.contains(number) {
                continue;
            }
            if is_blocked(changeset, &numbers, built) {
                continue;
            }
            let is_taken = |file: &RepoPath, text: &str| match self.created.get(file) {
                Some(other) => other.text != text,
                None => (self.files.is_taken)(file),
            };
            let tree = PlacingTree { project, texts: self.texts, is_taken: &is_taken };
            if !row.place(&tree) {
                context.placed.refused.insert(*number);
                stale.insert(built.file.clone());
            }
            let PlacedRow { taken, created, deleted, .. } = &row.placed;
            for (document, diagnostic) in taken {
                stale.insert(document.0.clone());
                let taken = context.placed.taken.entry(document.clone()).or_default();
                taken.push(diagnostic.clone());
            }
            if row.placed.has_version {
                let patches = built.version_sites.iter().filter(|file| **file != built.file);
                context.placed.pinned.extend(patches.cloned());
            }
            self.created.extend(created.iter().map(|it| (it.file.clone(), it.clone())));
            self.deleted.extend(deleted.iter().map(|it| (it.file.clone(), it.clone())));
        }
        stale.extend(context.placed.pinned.iter().cloned());
        for file in stale {
            let outcome = (self.files.replan)(context, &file);
            match (numbers.get(&file), outcome) {
                (Some(i), Some(outcome)) => changeset.files[*i] = outcome,
                (Some(i), None) => {
                    changeset.files[*i] = FileOutcome::new(&changeset.files[*i].path);
                }
                (None, Some(outcome)) => changeset.files.push(outcome),
                (None, None) => {}
            }
        }
        changeset.files.extend(self.created.values().map(|it| it.outcome(project.names())));
        for (file, patch) in &self.deleted {
            if let (Some(i), Some(text)) = (numbers.get(file), self.texts.get(file)) {
                changeset.files[*i] = patch.outcome(text, project.names());
            }
        }
    }

    /// Holds what would not be built as it should, and each group of which a file is held.
    fn hold(
        &mut self,
        changeset: &mut Changeset,
        groups: &[VersionGroup],
        numbers: &HashMap<RepoPath, usize>,
    ) {
        for (file, document, why) in &self.misbuilt {
            if let Some(i) = numbers.get(file) {
                self.unheld.push((*i, changeset.files[*i].clone()));
                plan::hold(&mut changeset.files[*i], *document, why);
            }
        }
        for group in groups {
            self.unheld.extend(group.hold(changeset));
        }
    }

    /// Takes back what is placed together with something that is held; false if there is nothing.
    fn block(
        &mut self,
        changeset: &Changeset,
        project: &Project,
        numbers: &HashMap<RepoPath, usize>,
    ) -> bool {
        let mut is_any = false;
        for (number, row) in self.rows.iter_mut().filter(|(_, row)| row.placed.is_placed()) {
            let is_written = row.placed.files().all(|file| is_written(changeset, numbers, file));
            row.is_blocked =
                !is_written || is_blocked(changeset, numbers, &project.built()[*number]);
            is_any |= row.is_blocked;
        }
        is_any
    }

    /// Lets every row try again.
    fn unblock(&mut self) {
        self.rows.values_mut().for_each(|row| row.is_blocked = false);
    }

    /// Takes note of what a root would not build as it should.
    fn refuse(&mut self, Misbuilt { built, files, diagnostic }: &Misbuilt<'_>, project: &Project) {
        let concerned = self.rows.iter_mut().filter(|(number, row)| {
            let is_of_root = project.built()[**number].root == built.root;
            is_of_root && row.placed.is_placed() || row.placed.files().any(|it| built.reads(it))
        });
        // Another place may be better; without any, it is the edits of the documents.
        if concerned.map(|(_, row)| row.tried += 1).count() > 0 {
            return;
        }
        for file in files {
            let document = Some(built.document).filter(|_| **file == built.file);
            self.misbuilt.push(((*file).clone(), document, diagnostic.clone()));
        }
    }
}

/// The changes of one built workload that its document cannot take.
#[derive(Default)]
struct UnplacedRow {
    changes: Vec<UnplacedChange>,
    /// How many ways of placing them have failed.
    tried: usize,
    /// Something is held with which they would be written.
    is_blocked: bool,
    /// Where they are placed now; nothing while they are not.
    placed: PlacedRow,
}

impl UnplacedRow {
    /// Places the changes in the first way that has not failed yet; false if there is none.
    fn place(&mut self, tree: &PlacingTree<'_>) -> bool {
        while let Some(way) = PLACING_TRIES.get(self.tried) {
            if let Some(placed) = place_row(&self.changes, *way, tree) {
                self.placed = placed;
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

/// True if this file changes, comes or goes.
fn is_written(changeset: &Changeset, numbers: &HashMap<RepoPath, usize>, file: &RepoPath) -> bool {
    numbers.get(file).is_some_and(|i| changeset.files[*i].changes())
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
        match change.text.apply(edited.get(path).map(|text| &**text)) {
            Some(text) => edited.insert(path.clone(), text.into()),
            None => edited.remove(path),
        };
    }
    let placed = rows.iter().filter(|(_, row)| row.placed.is_placed());
    let placed = placed.map(|(number, _)| *number).collect();
    plan::prove_builds(context, &edited, &written, &placed)
}
