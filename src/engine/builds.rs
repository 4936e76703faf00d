//! What build roots make of the tree, before the rules judge it, and again once the edits are known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::path::RepoPath;
use crate::plan::{self, Changeset, Misbuilt, Outcome};
use crate::project::{BuildTexts, Project};
use crate::rules::Context;
use crate::workspace::Workspace;

/// The texts from which the build roots of this project build, as far as they can be read, with that of a
/// stream in the place of the file of its name.
pub(crate) fn texts(
    workspace: &dyn Workspace,
    stream: Option<&(RepoPath, &[u8])>,
    project: &Project,
) -> BuildTexts {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into();
    let read = |file: RepoPath| match stream {
        Some((path, bytes)) if *path == file => Some((file, text(bytes))),
        _ => workspace.read(&file).map(|(_, bytes)| (file, text(&bytes))),
    };
    project.build_files().into_iter().filter_map(read).collect()
}

/// Holds what can only be written together with something that is held, and what some root that reads it
/// would not build as it should, until every root builds what was meant.
pub(crate) fn settle(changeset: &mut Changeset, context: &Context<'_>, texts: &BuildTexts) {
    let project = context.project;
    let names = project.names();
    let paths = changeset.files.iter().map(|file| names.parse(&file.path));
    let numbers: HashMap<RepoPath, usize> = paths.enumerate().map(|(i, path)| (path, i)).collect();
    let groups = version_groups(project, changeset.files.len(), &numbers);
    if groups.is_empty() && project.built().is_empty() {
        return;
    }
    loop {
        for VersionGroup { files, outside } in &groups {
            // Where no version changes, kustomize finds what it found before.
            if !files.iter().any(|i| changeset.files[*i].changes_version()) {
                continue;
            }
            let is_held = |i: &&usize| changeset.files[**i].outcome() > Some(Outcome::Changed);
            let held = files.iter().find(is_held);
            let held = held.map(|i| format!("{}, which is held", changeset.files[*i].path));
            if let Some(other) = held.as_ref().or(outside.as_ref()) {
                let why = plan::group_decision(other);
                for i in files {
                    plan::hold(&mut changeset.files[*i], None, &why);
                }
            }
        }
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
        let misbuilt = plan::prove_builds(context, &edited, &written);
        if misbuilt.is_empty() {
            return;
        }
        for Misbuilt { built, files, diagnostic } in misbuilt {
            for (file, i) in files.into_iter().filter_map(|file| Some((file, *numbers.get(file)?)))
            {
                let document = Some(built.document).filter(|_| *file == built.file);
                plan::hold(&mut changeset.files[i], document, &diagnostic);
            }
        }
    }
}

/// Files of a run that are written together: kustomize finds what is in one of them by the version of what is
/// in another.
struct VersionGroup {
    /// Their numbers.
    files: Vec<usize>,
    /// A file that belongs to them and is not in the run.
    outside: Option<String>,
}

/// The version groups of so many files that have these numbers.
fn version_groups(
    project: &Project,
    count: usize,
    numbers: &HashMap<RepoPath, usize>,
) -> Vec<VersionGroup> {
    /// The number that stands for the group of a file; `parents` leads to it.
    fn find(parents: &[usize], mut file: usize) -> usize {
        while parents[file] != file {
            file = parents[file];
        }
        file
    }
    let mut parents: Vec<usize> = (0..count).collect();
    let mut known: BTreeMap<usize, Option<String>> = BTreeMap::new();
    for site in project.version_sites() {
        let mut inside = site.files.iter().filter_map(|file| numbers.get(*file).copied());
        let Some(first) = inside.next() else { continue };
        for other in inside {
            let (one, other) = (find(&parents, first), find(&parents, other));
            parents[one.max(other)] = one.min(other);
        }
        let missing = site.files.iter().find(|file| !numbers.contains_key(**file));
        let outside = missing
            .filter(|_| site.are_of_preview())
            .map(|file| format!("{}, which is no part of this run", project.names().display(file)));
        let entry = known.entry(first).or_default();
        *entry = entry.take().or(outside);
    }
    let mut groups: BTreeMap<usize, VersionGroup> = BTreeMap::new();
    for file in 0..parents.len() {
        let group = groups
            .entry(find(&parents, file))
            .or_insert_with(|| VersionGroup { files: Vec::new(), outside: None });
        group.files.push(file);
        if let Some(outside) = known.remove(&file) {
            group.outside = group.outside.take().or(outside);
        }
    }
    groups.into_values().filter(|group| group.files.len() > 1 || group.outside.is_some()).collect()
}
