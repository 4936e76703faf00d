//! How files are built: which kustomizations act on a file, and which of them a person builds.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::kustomize::{Kustomization, remote_folder};
use crate::path::{PathNames, RepoPath};

/// One way in which a file is built: the kustomization that is built, then every one on the way to
/// the file, and the components that act there.
type Way = Vec<usize>;

/// How deep kustomizations may build on each other.
const MAX_DEPTH: usize = 64;
/// How many steps are taken on the ways from kustomizations to files: they can multiply without end.
const MAX_STEPS: usize = 200_000;
/// How many symbolic links are followed on the way to one file.
const MAX_LINKS: usize = 16;

/// The kustomizations of a tree and what they build.
#[derive(Clone, Debug, Default)]
pub(crate) struct BuildGraph {
    layers: Vec<Layer>,
    built: HashMap<RepoPath, Built>,
    patches: HashSet<RepoPath>,
    /// The first kustomization that may build more than can be seen.
    open: Option<usize>,
    /// True if there are more ways than are followed.
    is_cut: bool,
}

/// One kustomization, and the files that it applies as patches.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) kustomization: Kustomization,
    pub(crate) patches: Vec<RepoPath>,
}

/// How one file is built.
#[derive(Clone, Debug, Default)]
struct Built {
    /// The ways that begin with a root.
    ways: Vec<Way>,
    /// The kustomizations that build the file and are not built by another that does, ascending.
    roots: Vec<usize>,
    /// Every kustomization that acts on the file, ascending.
    acting: Vec<usize>,
}

impl Built {
    fn new(mut ways: Vec<Way>) -> Built {
        let inner: BTreeSet<usize> = ways.iter().flat_map(|way| &way[1..]).copied().collect();
        let starts: BTreeSet<usize> = ways.iter().map(|way| way[0]).collect();
        let acting = starts.union(&inner).copied().collect();
        let roots: Vec<usize> = starts.difference(&inner).copied().collect();
        ways.retain(|way| roots.binary_search(&way[0]).is_ok());
        Built { ways, roots, acting }
    }
}

impl BuildGraph {
    /// What these kustomizations build, where symbolic links lead from some places to others.
    pub(crate) fn new(
        kustomizations: Vec<Kustomization>,
        links: &[(RepoPath, RepoPath)],
        names: &PathNames,
    ) -> BuildGraph {
        let open = kustomizations.iter().position(|one| one.open.is_some());
        let resolver = Resolver { names, links: links.iter().cloned().collect() };
        let mut following = Following::new(&kustomizations, &resolver);
        for (start, kustomization) in kustomizations.iter().enumerate() {
            if !kustomization.is_component {
                following.follow(start, &[], MAX_DEPTH);
            }
        }
        let Following { found, is_cut, .. } = following;
        let built = found.into_iter().map(|(file, ways)| (file, Built::new(ways))).collect();
        let layers: Vec<Layer> = kustomizations
            .into_iter()
            .map(|kustomization| {
                let folder = kustomization.file.folder();
                let written = kustomization.patches.iter();
                let patches = written.map(|patch| resolver.resolve(&folder, patch)).collect();
                Layer { kustomization, patches }
            })
            .collect();
        let patches = layers.iter().flat_map(|layer| layer.patches.iter().cloned()).collect();
        BuildGraph { layers, built, patches, open, is_cut }
    }

    /// True if the file is listed as a patch somewhere.
    pub(crate) fn is_patch(&self, file: &RepoPath) -> bool {
        self.patches.contains(file)
    }

    /// Every kustomization that acts on the file.
    pub(crate) fn acting(&self, file: &RepoPath) -> impl Iterator<Item = &Layer> {
        let acting = self.built.get(file).into_iter().flat_map(|built| &built.acting);
        acting.map(|&i| &self.layers[i])
    }

    /// The kustomizations that build the file and are not built by another that does.
    pub(crate) fn roots(&self, file: &RepoPath) -> impl Iterator<Item = &Kustomization> {
        let roots = self.built.get(file).into_iter().flat_map(|built| &built.roots);
        roots.map(|&i| &self.layers[i].kustomization)
    }

    /// The names that something called so in the file has once it is built, one for each way; its own
    /// where nothing builds it. Nothing if one of them is decided later.
    pub(crate) fn names(&self, name: &str, file: &RepoPath) -> Option<BTreeSet<String>> {
        let names = self.ways(file).map(|way| {
            let mut inside_out = way.iter().rev();
            inside_out
                .try_fold(name.to_string(), |name, &i| self.layers[i].kustomization.renamed(&name))
        });
        let names: Option<BTreeSet<String>> = names.collect();
        names.map(|names| if names.is_empty() { BTreeSet::from([name.to_string()]) } else { names })
    }

    /// The kustomizations of each way from a root to the file, the root first.
    pub(crate) fn whole_ways(
        &self,
        file: &RepoPath,
    ) -> impl Iterator<Item = impl Iterator<Item = &Layer>> {
        self.ways(file).map(|way| way.iter().map(|&i| &self.layers[i]))
    }

    /// Why something that is built from this file may be built in further ways, if it may.
    pub(crate) fn further_ways(&self, file: &RepoPath) -> Option<FurtherBuilds<'_>> {
        self.built.get(file)?;
        if self.is_cut {
            return Some(FurtherBuilds::TooMany);
        }
        let open = &self.layers[self.open?].kustomization;
        Some(FurtherBuilds::Open(open, open.open.as_deref().unwrap_or_default()))
    }

    fn ways(&self, file: &RepoPath) -> impl Iterator<Item = &Way> {
        self.built.get(file).into_iter().flat_map(|built| &built.ways)
    }
}

/// Why a file may be built in ways that cannot be seen.
pub(crate) enum FurtherBuilds<'b> {
    TooMany,
    /// By this kustomization, for this reason.
    Open(&'b Kustomization, &'b str),
}

/// Finds the place that a kustomization names.
struct Resolver<'n> {
    names: &'n PathNames,
    links: HashMap<RepoPath, RepoPath>,
}

impl Resolver<'_> {
    /// The place with the symbolic links on the way followed.
    fn resolve(&self, folder: &RepoPath, name: &str) -> RepoPath {
        let mut path = self.names.resolve(folder, name);
        if self.links.is_empty() {
            return path;
        }
        for _ in 0..MAX_LINKS {
            let link = path.splits().find_map(|(above, rest)| {
                Some((self.links.get(above)?, rest.trim_start_matches('/')))
            });
            let Some((to, rest)) = link else { break };
            path = self.names.resolve(to, rest);
        }
        path
    }
}

/// The ways while they are followed.
struct Following<'k> {
    kustomizations: &'k [Kustomization],
    resolver: &'k Resolver<'k>,
    /// Kustomizations by their folders.
    folders: HashMap<RepoPath, usize>,
    /// The same by the last parts of these folders.
    by_folder_name: HashMap<String, Vec<usize>>,
    found: BTreeMap<RepoPath, Vec<Way>>,
    steps: usize,
    is_cut: bool,
}

impl<'k> Following<'k> {
    fn new(kustomizations: &'k [Kustomization], resolver: &'k Resolver<'k>) -> Following<'k> {
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
        Following {
            kustomizations,
            resolver,
            folders,
            by_folder_name,
            found,
            steps: 0,
            is_cut: false,
        }
    }

    /// The files that a kustomization builds from and how it came to them.
    fn follow(&mut self, here: usize, way: &[usize], depth: usize) {
        self.steps += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| self.steps < MAX_STEPS) else {
            self.is_cut = true;
            return;
        };
        if way.contains(&here) {
            return;
        }
        let before: Way = way.iter().copied().chain([here]).collect();
        let components = self.components(here);
        for &component in &components {
            // What a component builds is changed by its siblings too.
            let siblings = components.iter().copied().filter(|one| *one != component);
            let way = self.including(&before, siblings, depth);
            self.follow(component, &way, depth);
        }
        let way = self.including(&before, components.iter().copied(), depth);
        let kustomization = &self.kustomizations[here];
        let folder = kustomization.file.folder();
        for path in &kustomization.resources {
            let local = self.resolver.resolve(&folder, path);
            match self.folders.get(&local).copied().or_else(|| self.remote(path)) {
                Some(next) => self.follow(next, &way, depth),
                None => self.found.entry(local).or_default().push(way.clone()),
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

    /// The way with these components and theirs, the one that acts last first.
    fn including(
        &self,
        way: &[usize],
        components: impl DoubleEndedIterator<Item = usize>,
        depth: usize,
    ) -> Way {
        let mut way = way.to_vec();
        for component in components.rev() {
            self.include(component, depth, &mut way);
        }
        way
    }

    /// A component acts on all that its holder builds, and so do its own components.
    fn include(&self, component: usize, depth: usize, way: &mut Way) {
        let Some(depth) = depth.checked_sub(1).filter(|_| !way.contains(&component)) else {
            return;
        };
        way.push(component);
        for inner in self.components(component).into_iter().rev() {
            self.include(inner, depth, way);
        }
    }

    fn components(&self, holder: usize) -> Vec<usize> {
        let holder = &self.kustomizations[holder];
        let folder = holder.file.folder();
        let paths = holder.components.iter().map(|path| self.resolver.resolve(&folder, path));
        paths.filter_map(|path| self.folders.get(&path).copied()).collect()
    }
}
