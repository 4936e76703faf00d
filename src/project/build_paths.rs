//! The paths from kustomizations to what they build from, and what kustomizations name on the way.

use std::collections::HashMap;

use crate::kustomize::{Kustomization, remote_folder};
use crate::path::{PathNames, RepoPath};

/// One path by which a file is built: the kustomization that is built, then every one down to the file,
/// and the components that act there.
pub(crate) type BuildPath = Vec<usize>;

/// A path, and how many steps were taken when it was found.
pub(crate) type FoundPath = (usize, BuildPath);

/// How deep kustomizations may build on each other.
const MAX_DEPTH: usize = 64;
/// How many steps are taken from kustomizations to files: the paths can multiply without end.
const MAX_STEPS: usize = 200_000;
/// How many symbolic links are followed on the way to one file.
const MAX_LINKS: usize = 16;

/// What a kustomization names, found in the tree.
pub(crate) struct Listed {
    /// The components that act on what it builds.
    pub(crate) components: Vec<usize>,
    /// The kustomizations that it builds from.
    pub(crate) kustomizations: Vec<usize>,
    /// The files that it builds from, and what is not there.
    pub(crate) files: Vec<RepoPath>,
    /// The files that it applies as patches.
    pub(crate) patches: Vec<RepoPath>,
    /// Where its named files are, in their order.
    pub(crate) named_files: Vec<RepoPath>,
}

/// Finds the file or folder that a kustomization names.
pub(crate) struct Resolver<'n> {
    names: &'n PathNames,
    pub(crate) links: HashMap<RepoPath, RepoPath>,
    /// Kustomizations by their folders.
    pub(crate) folders: HashMap<RepoPath, usize>,
    /// The same by the last parts of these folders.
    by_folder_name: HashMap<String, Vec<usize>>,
}

impl<'n> Resolver<'n> {
    pub(crate) fn new(
        kustomizations: &[Kustomization],
        links: &[(RepoPath, RepoPath)],
        names: &'n PathNames,
    ) -> Resolver<'n> {
        let mut by_folder_name: HashMap<String, Vec<usize>> = HashMap::new();
        let mut folders = HashMap::new();
        for (i, kustomization) in kustomizations.iter().enumerate() {
            let folder = kustomization.file.folder();
            let absolute = names.absolute(&folder);
            let name = absolute.rsplit('/').next().unwrap_or_default();
            by_folder_name.entry(name.to_string()).or_default().push(i);
            folders.insert(folder, i);
        }
        let links = links.iter().cloned().collect();
        Resolver { names, links, folders, by_folder_name }
    }

    /// What one of them names.
    pub(crate) fn listed(&self, kustomizations: &[Kustomization], one: &Kustomization) -> Listed {
        let folder = one.file.folder();
        let resolve = |name: &String| resolve(self.names, &self.links, &folder, name);
        let components = one.components.iter().map(resolve);
        let components = components.filter_map(|path| self.folders.get(&path).copied()).collect();
        let (mut inner, mut files) = (Vec::new(), Vec::new());
        for resource in &one.resources {
            let local = resolve(resource);
            let known = self.folders.get(&local).copied();
            match known.or_else(|| self.remote(kustomizations, resource)) {
                Some(next) => inner.push(next),
                None => files.push(local),
            }
        }
        Listed {
            components,
            kustomizations: inner,
            files,
            patches: one.patches.iter().map(resolve).collect(),
            named_files: one.named_files.iter().map(|file| resolve(&file.written)).collect(),
        }
    }

    /// A kustomization of this tree that a remote resource may name: it may be an earlier state of this
    /// very tree.
    fn remote(&self, kustomizations: &[Kustomization], url: &str) -> Option<usize> {
        let tail = format!("/{}", remote_folder(url)?);
        let name = tail.rsplit('/').next().unwrap_or_default();
        self.by_folder_name.get(name)?.iter().copied().find(|&i| {
            let folder = kustomizations[i].file.folder();
            self.names.absolute(&folder).ends_with(&tail)
        })
    }
}

/// The path of what a file in the folder calls by this name, symbolic links followed.
pub(crate) fn resolve(
    names: &PathNames,
    links: &HashMap<RepoPath, RepoPath>,
    folder: &RepoPath,
    name: &str,
) -> RepoPath {
    let mut path = names.resolve(folder, name);
    if links.is_empty() {
        return path;
    }
    for _ in 0..MAX_LINKS {
        let link = path
            .splits()
            .find_map(|(above, rest)| Some((links.get(above)?, rest.trim_start_matches('/'))));
        let Some((to, rest)) = link else { break };
        path = names.resolve(to, rest);
    }
    path
}

/// The search for all build paths.
pub(crate) struct PathFinder<'k> {
    /// What each kustomization names.
    listed: &'k [Listed],
    /// The paths to what each kustomization lists.
    pub(crate) found: Vec<Vec<FoundPath>>,
    steps: usize,
    /// True if there are more paths than are followed.
    pub(crate) is_cut: bool,
}

impl<'k> PathFinder<'k> {
    pub(crate) fn new(listed: &'k [Listed]) -> PathFinder<'k> {
        PathFinder { listed, found: vec![Vec::new(); listed.len()], steps: 0, is_cut: false }
    }

    /// Finds the paths that begin with a kustomization.
    pub(crate) fn start(&mut self, start: usize) {
        self.follow(start, &[], MAX_DEPTH);
    }

    /// Finds the paths to what a kustomization builds from.
    fn follow(&mut self, here: usize, path: &[usize], depth: usize) {
        self.steps += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| self.steps < MAX_STEPS) else {
            self.is_cut = true;
            return;
        };
        if path.contains(&here) {
            return;
        }
        let above: BuildPath = path.iter().copied().chain([here]).collect();
        let Listed { components, kustomizations, files, .. } = &self.listed[here];
        for &component in components {
            // What a component builds is changed by its siblings too.
            let siblings = components.iter().copied().filter(|one| *one != component);
            let path = self.including(&above, siblings, depth);
            self.follow(component, &path, depth);
        }
        let path = self.including(&above, components.iter().copied(), depth);
        for &next in kustomizations {
            self.follow(next, &path, depth);
        }
        if !files.is_empty() {
            self.found[here].push((self.steps, path));
        }
    }

    /// The path with these components and theirs, the one that acts last first.
    fn including(
        &self,
        path: &[usize],
        components: impl DoubleEndedIterator<Item = usize>,
        depth: usize,
    ) -> BuildPath {
        let mut path = path.to_vec();
        for component in components.rev() {
            self.include(component, depth, &mut path);
        }
        path
    }

    /// A component acts on all that its holder builds, and so do its own components.
    fn include(&self, component: usize, depth: usize, path: &mut BuildPath) {
        let Some(depth) = depth.checked_sub(1).filter(|_| !path.contains(&component)) else {
            return;
        };
        path.push(component);
        for &inner in self.listed[component].components.iter().rev() {
            self.include(inner, depth, path);
        }
    }
}
