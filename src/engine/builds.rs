//! What build roots make of the tree, before the rules judge it, and again once the edits are known.

use std::collections::{BTreeSet, HashMap};

use crate::flink::names::ApiVersion;
use crate::flink::workload::Workload;
use crate::path::RepoPath;
use crate::plan::{self, Changeset, Outcome};
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

/// Holds what can only be written together with something that is held, and proves that each root which reads
/// a changed file then builds what was meant.
pub(crate) fn settle(changeset: &mut Changeset, context: &Context<'_>, texts: &BuildTexts) {
    let project = context.project;
    if project.built().is_empty() {
        return;
    }
    let names = project.names();
    let paths = changeset.files.iter().map(|file| names.parse(&file.path));
    let numbers: HashMap<RepoPath, usize> = paths.enumerate().map(|(i, path)| (path, i)).collect();
    let number = |file: &RepoPath| numbers.get(file).copied();
    let mut groups = VersionGroups::new(changeset.files.len());
    let mut held: Vec<(usize, String)> = Vec::new();
    for built in project.built() {
        let (inside, outside): (Vec<_>, Vec<_>) =
            built.version_sites.iter().partition(|site| numbers.contains_key(*site));
        let mut sites = inside.into_iter().filter_map(number);
        let Some(first) = sites.next() else { continue };
        sites.for_each(|other| groups.join(first, other));
        let is_preview = |workload: &Workload<'_>| workload.version == ApiVersion::Preview;
        if let Some(outside) =
            outside.first().filter(|_| built.with_workload(is_preview) == Some(true))
        {
            held.push((first, format!("{}, which is no part of this run", names.display(outside))));
        }
    }
    let files = changeset.files.iter().enumerate();
    let unsound = files.filter(|(_, file)| file.outcome().is_some_and(|it| it > Outcome::Changed));
    held.extend(unsound.map(|(i, file)| (i, format!("{}, which is held", file.path))));
    for (file, other) in held {
        for member in groups.members(file) {
            plan::hold(&mut changeset.files[member], &other);
        }
    }
    let rewritten = changeset.files.iter().filter(|file| file.rewrite.is_some());
    let changed: BTreeSet<RepoPath> = rewritten.map(|file| names.parse(&file.path)).collect();
    let mut edited = texts.clone();
    for (file, text) in &mut edited {
        let change = number(file).and_then(|i| changeset.files[i].rewrite.as_ref());
        if let Some(change) = change {
            *text = change.edits.apply(text).into();
        }
    }
    for (file, what) in plan::prove_builds(context, &edited, &changed) {
        for member in number(&file).map_or_else(Vec::new, |i| groups.members(i)) {
            plan::fail(&mut changeset.files[member], &what);
        }
    }
}

/// Files that are written together: kustomize finds what is in one of them by the version of what is in
/// another.
struct VersionGroups {
    /// For each file another one of its group, until one names itself.
    parents: Vec<usize>,
}

impl VersionGroups {
    fn new(files: usize) -> VersionGroups {
        VersionGroups { parents: (0..files).collect() }
    }

    fn root(&self, mut file: usize) -> usize {
        while self.parents[file] != file {
            file = self.parents[file];
        }
        file
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
    }

    fn members(&self, file: usize) -> Vec<usize> {
        let root = self.root(file);
        (0..self.parents.len()).filter(|other| self.root(*other) == root).collect()
    }
}
