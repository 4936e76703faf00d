//! Which files of a run are written together.

use std::collections::{BTreeMap, HashMap};

use crate::path::RepoPath;
use crate::plan::{self, Changeset, FileOutcome, Outcome};
use crate::rules::Context;

/// Files of a run that are written together: kustomize finds what is in one of them by the version of what is
/// in another.
pub(crate) struct VersionGroup {
    /// Their numbers.
    files: Vec<usize>,
    /// A file that belongs to them and is not in the run.
    outside: Option<String>,
}

impl VersionGroup {
    /// Holds all of them if one is held, or is not in the run; what changes with that, by its number, as it
    /// was before.
    pub(crate) fn hold(&self, changeset: &mut Changeset) -> Vec<(usize, FileOutcome)> {
        let mut before = Vec::new();
        let files = || self.files.iter().map(|i| &changeset.files[*i]);
        // Where no version changes, kustomize finds what it found before.
        if !files().any(FileOutcome::changes_version) {
            return before;
        }
        let held = files().find(|file| file.outcome() > Some(Outcome::Changed));
        let held = held.map(|file| format!("{}, which is held", file.path));
        if let Some(other) = held.as_ref().or(self.outside.as_ref()) {
            let why = plan::group_decision(other);
            for i in
                self.files.iter().filter(|i| changeset.files[**i].changes()).collect::<Vec<_>>()
            {
                before.push((*i, changeset.files[*i].clone()));
                plan::hold(&mut changeset.files[*i], None, &why);
            }
        }
        before
    }
}

/// The version groups of so many files that have these numbers.
pub(crate) fn version_groups(
    context: &Context<'_>,
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
    let project = context.project;
    let mut parents: Vec<usize> = (0..count).collect();
    let mut known: BTreeMap<usize, Option<String>> = BTreeMap::new();
    for site in project.version_sites() {
        let mut inside = site.files.iter().filter_map(|file| numbers.get(*file).copied());
        let Some(first) = inside.next() else { continue };
        for other in inside {
            let (one, other) = (find(&parents, first), find(&parents, other));
            parents[one.max(other)] = one.min(other);
        }
        let display = |file: &RepoPath| project.names().display(file);
        let outside = match site.files.iter().find(|file| !numbers.contains_key(**file)) {
            _ if !context.takes(site.source()) => {
                Some(format!("{}, left out by `--scope`", display(site.source().file)))
            }
            missing => missing.map(|it| format!("{}, which is no part of this run", display(it))),
        };
        let outside = outside.filter(|_| site.are_of_preview());
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
