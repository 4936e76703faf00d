//! How files are built: which kustomizations act on a file, and which of them a person builds.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::deliveries::Deliveries;
use crate::kustomize::{FileRole, Kustomization, NamedFile, remote_folder};
use crate::path::{PathNames, RepoPath};

/// One path by which a file is built: the kustomization that is built, then every one down to the file,
/// and the components that act there.
type BuildPath = Vec<usize>;

/// How deep kustomizations may build on each other.
const MAX_DEPTH: usize = 64;
/// How many steps are taken from kustomizations to files: the paths can multiply without end.
const MAX_STEPS: usize = 200_000;
/// How many symbolic links are followed on the way to one file.
const MAX_LINKS: usize = 16;

/// The kustomizations of a tree and what they build.
#[derive(Clone, Debug, Default)]
pub(crate) struct BuildGraph {
    builders: Vec<Builder>,
    built: HashMap<RepoPath, Built>,
    patches: HashSet<RepoPath>,
    /// Kustomizations by their folders.
    folders: HashMap<RepoPath, usize>,
    /// Symbolic links, and what they lead to.
    links: HashMap<RepoPath, RepoPath>,
    /// The first kustomization that may build more than can be seen.
    open: Option<usize>,
    /// True if there are more paths than are followed.
    is_cut: bool,
}

/// One kustomization, and the files that it applies as patches.
#[derive(Clone, Debug)]
pub(crate) struct Builder {
    pub(crate) kustomization: Kustomization,
    pub(crate) patches: Vec<RepoPath>,
    /// Where the named files of the kustomization are, in their order.
    named_files: Vec<RepoPath>,
}

impl Builder {
    /// The files beside manifests that it names, each as its kustomization names it.
    pub(crate) fn named_files(&self) -> impl Iterator<Item = (&RepoPath, &NamedFile)> {
        self.named_files.iter().zip(&self.kustomization.named_files)
    }
}

/// How one file is built.
#[derive(Clone, Debug, Default)]
struct Built {
    /// The paths that begin with a root.
    paths: Vec<BuildPath>,
    /// The kustomizations that build the file and are not built by another that does, or are applied by
    /// themselves, ascending.
    roots: Vec<usize>,
    /// Every kustomization that acts on the file, ascending.
    acting: Vec<usize>,
}

impl Built {
    fn new(mut paths: Vec<BuildPath>, is_delivered: &[bool]) -> Built {
        let inner: BTreeSet<usize> = paths.iter().flat_map(|path| &path[1..]).copied().collect();
        let starts: BTreeSet<usize> = paths.iter().map(|path| path[0]).collect();
        let acting = starts.union(&inner).copied().collect();
        let is_root = |start: &usize| is_delivered[*start] || !inner.contains(start);
        let roots: Vec<usize> = starts.iter().copied().filter(is_root).collect();
        paths.retain(|path| roots.binary_search(&path[0]).is_ok());
        Built { paths, roots, acting }
    }
}

impl BuildGraph {
    /// What these kustomizations build, where symbolic links lead from some places to others.
    pub(crate) fn new(
        kustomizations: Vec<Kustomization>,
        links: &[(RepoPath, RepoPath)],
        deliveries: &Deliveries,
        names: &PathNames,
    ) -> BuildGraph {
        let open = kustomizations.iter().position(|one| one.unseen_resources.is_some());
        let resolver = Resolver { names, links: links.iter().cloned().collect() };
        let mut finder = PathFinder::new(&kustomizations, &resolver);
        for (start, kustomization) in kustomizations.iter().enumerate() {
            if !kustomization.is_component {
                finder.follow(start, &[], MAX_DEPTH);
            }
        }
        let PathFinder { found, folders, is_cut, .. } = finder;
        let is_delivered = |one: &Kustomization| {
            let of_folder =
                deliveries.of_folder(&one.file.folder(), |folder| folders.contains_key(folder));
            !one.is_component && !of_folder.is_empty()
        };
        let is_delivered: Vec<bool> = kustomizations.iter().map(is_delivered).collect();
        let built = found.into_iter();
        let built = built.map(|(file, paths)| (file, Built::new(paths, &is_delivered))).collect();
        let builders: Vec<Builder> = kustomizations
            .into_iter()
            .map(|kustomization| {
                let folder = kustomization.file.folder();
                let written = kustomization.patches.iter();
                let patches = written.map(|patch| resolver.resolve(&folder, patch)).collect();
                let written = kustomization.named_files.iter().map(|file| &file.written);
                let named_files = written.map(|it| resolver.resolve(&folder, it)).collect();
                Builder { kustomization, patches, named_files }
            })
            .collect();
        let patches = builders.iter().flat_map(|builder| builder.patches.iter().cloned()).collect();
        let links = resolver.links;
        BuildGraph { builders, built, patches, folders, links, open, is_cut }
    }

    /// True if the folder has a kustomization.
    pub(crate) fn has_kustomization(&self, folder: &RepoPath) -> bool {
        self.folders.contains_key(folder)
    }

    /// The path of what a file in the folder calls by this name, symbolic links followed.
    pub(crate) fn resolve(&self, folder: &RepoPath, name: &str, names: &PathNames) -> RepoPath {
        resolve(names, &self.links, folder, name)
    }

    /// The kustomization of this folder.
    pub(crate) fn of_folder(&self, folder: &RepoPath) -> Option<&Builder> {
        self.folders.get(folder).map(|&i| &self.builders[i])
    }

    /// The kustomization in this file.
    pub(crate) fn builder(&self, file: &RepoPath) -> Option<&Builder> {
        self.of_folder(&file.folder()).filter(|builder| builder.kustomization.file == *file)
    }

    /// Every kustomization.
    pub(crate) fn builders(&self) -> &[Builder] {
        &self.builders
    }

    /// The resources that are no kustomization of this tree and no file that was read, and the files that do
    /// not exist, each behind the file that names it. A resource from elsewhere may be an earlier state of
    /// a folder of this tree.
    pub(crate) fn unread_resources(
        &self,
        is_read: impl Fn(&RepoPath) -> bool,
        exists: impl Fn(&RepoPath) -> bool,
    ) -> impl Iterator<Item = (&RepoPath, &RepoPath, &NamedFile)> {
        let is_folder = move |folder: &str| {
            let tail = format!("/{folder}");
            self.folders.keys().any(|it| it.as_str() == folder || it.as_str().ends_with(&tail))
        };
        let unread = move |file: &RepoPath, named: &NamedFile| match named.role {
            FileRole::Resource => !self.has_kustomization(file) && !is_read(file),
            FileRole::Remote => !remote_folder(&named.written).is_some_and(is_folder),
            _ => !exists(file),
        };
        let named = self.builders.iter().flat_map(|builder| {
            let holder = &builder.kustomization.file;
            builder.named_files().map(move |(file, named)| (holder, file, named))
        });
        named.filter(move |(_, file, named)| unread(file, named))
    }

    /// True if the file is listed as a patch somewhere.
    pub(crate) fn is_patch(&self, file: &RepoPath) -> bool {
        self.patches.contains(file)
    }

    /// Every kustomization that acts on the file.
    pub(crate) fn acting(&self, file: &RepoPath) -> impl Iterator<Item = &Builder> {
        let acting = self.built.get(file).into_iter().flat_map(|built| &built.acting);
        acting.map(|&i| &self.builders[i])
    }

    /// The kustomizations that build the file and are not built by another that does.
    pub(crate) fn roots(&self, file: &RepoPath) -> impl Iterator<Item = &Kustomization> {
        let roots = self.built.get(file).into_iter().flat_map(|built| &built.roots);
        roots.map(|&i| &self.builders[i].kustomization)
    }

    /// The kustomizations of each path from a root to the file, the root first.
    pub(crate) fn build_paths(
        &self,
        file: &RepoPath,
    ) -> impl Iterator<Item = impl DoubleEndedIterator<Item = &Builder>> {
        let paths = self.built.get(file).into_iter().flat_map(|built| &built.paths);
        paths.map(|path| path.iter().map(|&i| &self.builders[i]))
    }

    /// Why something that is built from this file may be built by paths that cannot be seen, if it may.
    pub(crate) fn unseen_builds(&self, file: &RepoPath) -> Option<UnseenBuilds<'_>> {
        self.built.get(file)?;
        if self.is_cut {
            return Some(UnseenBuilds::TooMany);
        }
        let open = &self.builders[self.open?].kustomization;
        Some(UnseenBuilds::Open(open, open.unseen_resources.as_deref().unwrap_or_default()))
    }
}

/// Why a file may be built by paths that cannot be seen.
pub(crate) enum UnseenBuilds<'b> {
    TooMany,
    /// By this kustomization, for this reason.
    Open(&'b Kustomization, &'b str),
}

/// Finds the file or folder that a kustomization names.
struct Resolver<'n> {
    names: &'n PathNames,
    links: HashMap<RepoPath, RepoPath>,
}

impl Resolver<'_> {
    fn resolve(&self, folder: &RepoPath, name: &str) -> RepoPath {
        resolve(self.names, &self.links, folder, name)
    }
}

/// The path of what a file in the folder calls by this name, symbolic links followed.
fn resolve(
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
struct PathFinder<'k> {
    kustomizations: &'k [Kustomization],
    resolver: &'k Resolver<'k>,
    /// Kustomizations by their folders.
    folders: HashMap<RepoPath, usize>,
    /// The same by the last parts of these folders.
    by_folder_name: HashMap<String, Vec<usize>>,
    found: BTreeMap<RepoPath, Vec<BuildPath>>,
    steps: usize,
    is_cut: bool,
}

impl<'k> PathFinder<'k> {
    fn new(kustomizations: &'k [Kustomization], resolver: &'k Resolver<'k>) -> PathFinder<'k> {
        let mut by_folder_name: HashMap<String, Vec<usize>> = HashMap::new();
        let mut folders = HashMap::new();
        for (i, kustomization) in kustomizations.iter().enumerate() {
            let folder = kustomization.file.folder();
            let absolute = resolver.names.absolute(&folder);
            let name = absolute.rsplit('/').next().unwrap_or_default();
            by_folder_name.entry(name.to_string()).or_default().push(i);
            folders.insert(folder, i);
        }
        let found = BTreeMap::new();
        PathFinder {
            kustomizations,
            resolver,
            folders,
            by_folder_name,
            found,
            steps: 0,
            is_cut: false,
        }
    }

    /// Finds the files that a kustomization builds from.
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
        let components = self.components(here);
        for &component in &components {
            // What a component builds is changed by its siblings too.
            let siblings = components.iter().copied().filter(|one| *one != component);
            let path = self.including(&above, siblings, depth);
            self.follow(component, &path, depth);
        }
        let path = self.including(&above, components.iter().copied(), depth);
        let kustomization = &self.kustomizations[here];
        let folder = kustomization.file.folder();
        for resource in &kustomization.resources {
            let local = self.resolver.resolve(&folder, resource);
            match self.folders.get(&local).copied().or_else(|| self.remote(resource)) {
                Some(next) => self.follow(next, &path, depth),
                None => self.found.entry(local).or_default().push(path.clone()),
            }
        }
    }

    /// A kustomization of this tree that a remote resource may name: it may be an earlier state of this
    /// very tree.
    fn remote(&self, url: &str) -> Option<usize> {
        let tail = format!("/{}", remote_folder(url)?);
        let name = tail.rsplit('/').next().unwrap_or_default();
        self.by_folder_name.get(name)?.iter().copied().find(|&i| {
            let folder = self.kustomizations[i].file.folder();
            self.resolver.names.absolute(&folder).ends_with(&tail)
        })
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
        for inner in self.components(component).into_iter().rev() {
            self.include(inner, depth, path);
        }
    }

    fn components(&self, holder: usize) -> Vec<usize> {
        let holder = &self.kustomizations[holder];
        let folder = holder.file.folder();
        let paths = holder.components.iter().map(|path| self.resolver.resolve(&folder, path));
        paths.filter_map(|path| self.folders.get(&path).copied()).collect()
    }
}
