//! How files are built: which kustomizations act on a file, and which of them a person builds.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::build_paths::{BuildPath, FoundPath, Listed, PathFinder, Resolver, resolve};
use super::deliveries::Deliveries;
use crate::kustomize::{FileRole, Kustomization, NamedFile, remote_folder};
use crate::path::{PathNames, RepoPath};
use crate::workspace::par_map;

/// The kustomizations of a tree and what they build.
#[derive(Clone, Debug, Default)]
pub(crate) struct BuildGraph {
    builders: Vec<Builder>,
    /// How each file is built: its number in `ways`.
    built: HashMap<RepoPath, usize>,
    /// How files are built. What one kustomization lists, and no other, is built in one way.
    ways: Vec<Built>,
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

/// How files are built.
#[derive(Clone, Debug, Default)]
struct Built {
    /// The paths that begin with a root.
    paths: Vec<BuildPath>,
    /// The kustomizations that build them and are not built by another that does, or are applied by
    /// themselves, ascending.
    roots: Vec<usize>,
    /// Every kustomization that acts on them, ascending.
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
        let resolver = Resolver::new(&kustomizations, links, names);
        let listed = par_map(&kustomizations, |one| resolver.listed(&kustomizations, one));
        let mut finder = PathFinder::new(&listed);
        for (start, kustomization) in kustomizations.iter().enumerate() {
            if !kustomization.is_component {
                finder.start(start);
            }
        }
        let PathFinder { found, is_cut, .. } = finder;
        let Resolver { folders, links, .. } = resolver;
        let is_delivered = |one: &Kustomization| {
            let of_folder =
                deliveries.of_folder(&one.file.folder(), |folder| folders.contains_key(folder));
            !one.is_component && !of_folder.is_empty()
        };
        let is_delivered: Vec<bool> = kustomizations.iter().map(is_delivered).collect();
        let (built, ways) = built_files(&listed, found, &is_delivered);
        let builders = kustomizations.into_iter().zip(listed);
        let builders: Vec<Builder> = builders
            .map(|(kustomization, Listed { patches, named_files, .. })| Builder {
                kustomization,
                patches,
                named_files,
            })
            .collect();
        let patches = builders.iter().flat_map(|builder| builder.patches.iter().cloned()).collect();
        BuildGraph { builders, built, ways, patches, folders, links, open, is_cut }
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

    /// How the file is built, if it is.
    fn built(&self, file: &RepoPath) -> Option<&Built> {
        self.built.get(file).map(|way| &self.ways[*way])
    }

    /// Every kustomization that acts on the file.
    pub(crate) fn acting(&self, file: &RepoPath) -> impl Iterator<Item = &Builder> {
        let acting = self.built(file).into_iter().flat_map(|built| &built.acting);
        acting.map(|&i| &self.builders[i])
    }

    /// Every kustomization that acts on the file when this root is built; all that act on it if no path from the
    /// root is known.
    pub(crate) fn acting_in(&self, root: &RepoPath, file: &RepoPath) -> Vec<&Builder> {
        let Some(built) = self.built(file) else { return Vec::new() };
        let is_of_root = |path: &&BuildPath| self.builders[path[0]].kustomization.file == *root;
        let of_root: BTreeSet<usize> =
            built.paths.iter().filter(is_of_root).flatten().copied().collect();
        if of_root.is_empty() {
            return self.acting(file).collect();
        }
        of_root.into_iter().map(|i| &self.builders[i]).collect()
    }

    /// The kustomizations that build them and are not built by another that does.
    pub(crate) fn roots(&self, file: &RepoPath) -> impl Iterator<Item = &Kustomization> {
        let roots = self.built(file).into_iter().flat_map(|built| &built.roots);
        roots.map(|&i| &self.builders[i].kustomization)
    }

    /// The kustomizations of each path from a root to the file, the root first.
    pub(crate) fn build_paths(
        &self,
        file: &RepoPath,
    ) -> impl Iterator<Item = impl DoubleEndedIterator<Item = &Builder>> {
        let paths = self.built(file).into_iter().flat_map(|built| &built.paths);
        paths.map(|path| path.iter().map(|&i| &self.builders[i]))
    }

    /// Why something that is built from this file may be built by paths that cannot be seen, if it may.
    pub(crate) fn unseen_builds(&self, file: &RepoPath) -> Option<UnseenBuilds<'_>> {
        self.built(file)?;
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

/// How the files that these kustomizations list are built: the number of the way for each, and the ways.
/// `found` are the paths to what each of them lists.
fn built_files(
    listed: &[Listed],
    found: Vec<Vec<FoundPath>>,
    is_delivered: &[bool],
) -> (HashMap<RepoPath, usize>, Vec<Built>) {
    let mut built = HashMap::with_capacity(listed.iter().map(|one| one.files.len()).sum());
    let mut by_several: BTreeMap<&RepoPath, Vec<usize>> = BTreeMap::new();
    let holders = listed.iter().enumerate().filter(|(holder, _)| !found[*holder].is_empty());
    for (holder, file) in holders.flat_map(|(i, one)| one.files.iter().map(move |it| (i, it))) {
        match built.entry(file.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(holder);
            }
            Entry::Occupied(entry) => {
                by_several.entry(file).or_insert_with(|| vec![*entry.get()]).push(holder);
            }
        }
    }
    let mut ways = Vec::with_capacity(found.len() + by_several.len());
    for (file, holders) in by_several {
        built.insert(file.clone(), found.len() + ways.len());
        let mut paths: Vec<&FoundPath> = holders.iter().flat_map(|one| &found[*one]).collect();
        paths.sort_by_key(|(number, _)| *number);
        let paths = paths.into_iter().map(|(_, path)| path.clone()).collect();
        ways.push(Built::new(paths, is_delivered));
    }
    let of_one = found.into_iter().map(|paths| paths.into_iter().map(|(_, path)| path).collect());
    let of_one = of_one.map(|paths| Built::new(paths, is_delivered));
    let ways = of_one.collect::<Vec<_>>().into_iter().chain(ways).collect();
    (built, ways)
}
