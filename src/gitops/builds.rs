//! How files are built: which kustomizations act on a file, and which of them a person builds.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::kustomize::{Kustomization, remote_folder};

/// One way in which a file is built: the kustomization that is built, then every one on the way to
/// the file, and the components that act there.
type Way = Vec<usize>;

/// How deep kustomizations may build on each other.
const MAX_DEPTH: usize = 64;
/// How many steps are taken on the ways from kustomizations to files: they can multiply without end.
const MAX_STEPS: usize = 200_000;

/// The kustomizations of a tree and what they build.
#[derive(Clone, Debug, Default)]
pub(super) struct Builds {
    /// The folder from which the names of files are seen.
    home: String,
    kustomizations: Vec<Kustomization>,
    /// By the normalised name of a file.
    ways: HashMap<String, Vec<Way>>,
    patches: HashSet<String>,
    /// Kustomizations that may build more than can be seen.
    open: Vec<usize>,
    /// Where symbolic links lead, by normalised names.
    links: HashMap<String, String>,
    /// True if there are more ways than are followed.
    is_cut: bool,
}

/// The ways while they are followed.
struct Following {
    /// Kustomizations by their folders.
    folders: HashMap<String, usize>,
    found: Vec<(String, Way)>,
    steps: usize,
    is_cut: bool,
}

impl Builds {
    /// What these kustomizations build.
    pub(super) fn of(
        kustomizations: Vec<Kustomization>,
        links: &[(String, String)],
        home: &str,
    ) -> Builds {
        let mut builds = Builds { home: home.to_string(), kustomizations, ..Builds::default() };
        let links = links.iter().map(|(link, to)| (builds.normalised(link), builds.normalised(to)));
        builds.links = links.collect();
        let all = builds.kustomizations.iter().enumerate();
        builds.open = all.filter(|(_, one)| one.open.is_some()).map(|(i, _)| i).collect();
        let all = builds.kustomizations.iter();
        let folders: HashMap<String, usize> =
            all.enumerate().map(|(i, kustomization)| (builds.folder(kustomization), i)).collect();
        let mut following = Following { folders, found: Vec::new(), steps: 0, is_cut: false };
        for (start, kustomization) in builds.kustomizations.iter().enumerate() {
            if !kustomization.is_component {
                builds.follow(start, &[], MAX_DEPTH, &mut following);
            }
        }
        builds.is_cut = following.is_cut;
        for (file, way) in following.found {
            builds.ways.entry(file).or_default().push(way);
        }
        let listed = builds.kustomizations.iter().flat_map(|k| builds.patches_of(k));
        builds.patches = listed.collect();
        builds
    }

    /// A file's name as it is compared.
    pub(super) fn normalised(&self, file: &str) -> String {
        normalised(&self.home, file)
    }

    /// True if the file is listed as a patch somewhere.
    pub(super) fn is_patch(&self, file: &str) -> bool {
        !self.patches.is_empty() && self.patches.contains(&self.normalised(file))
    }

    /// The files that a kustomization applies as patches.
    pub(super) fn patches_of(&self, kustomization: &Kustomization) -> impl Iterator<Item = String> {
        let folder = self.folder(kustomization);
        let paths = kustomization.patches.iter();
        paths.map(move |patch| self.resolved(&normalised(&folder, patch)))
    }

    /// Every kustomization that acts on the file.
    pub(super) fn acting(&self, file: &str) -> impl Iterator<Item = &Kustomization> {
        let acting: BTreeSet<usize> = self.ways(file).flatten().copied().collect();
        acting.into_iter().map(|i| &self.kustomizations[i])
    }

    /// The kustomizations that build the file and are not built by another that does.
    pub(super) fn roots(&self, file: &str) -> Vec<&Kustomization> {
        self.root_numbers(file).into_iter().map(|i| &self.kustomizations[i]).collect()
    }

    fn root_numbers(&self, file: &str) -> BTreeSet<usize> {
        let inner: BTreeSet<usize> = self.ways(file).flat_map(|way| &way[1..]).copied().collect();
        let starts: BTreeSet<usize> =
            self.ways(file).filter_map(|way| way.first()).copied().collect();
        starts.difference(&inner).copied().collect()
    }

    /// The names that something called so in the file has once it is built, one for each way; its own
    /// where nothing builds it. Nothing if one of them is decided later.
    pub(super) fn names(&self, name: &str, file: &str) -> Option<BTreeSet<String>> {
        let names = self.whole_ways(file).map(|way| {
            let mut inside_out = way.iter().rev();
            inside_out.try_fold(name.to_string(), |name, acting| acting.renamed(&name))
        });
        let names: Option<BTreeSet<String>> = names.collect();
        names.map(|names| if names.is_empty() { BTreeSet::from([name.to_string()]) } else { names })
    }

    /// The kustomizations of each way from a root to the file, the root first.
    pub(super) fn whole_ways(&self, file: &str) -> impl Iterator<Item = Vec<&Kustomization>> {
        let roots = self.root_numbers(file);
        let whole = move |way: &&Way| way.first().is_some_and(|first| roots.contains(first));
        let ways = self.ways(file).filter(whole);
        ways.map(|way| way.iter().map(|&i| &self.kustomizations[i]).collect())
    }

    /// Why something that is built from this file may be built in further ways, if it may.
    pub(super) fn further_ways(&self, file: &str) -> Option<String> {
        self.ways(file).next()?;
        if self.is_cut {
            return Some("there are too many ways in which it is built".to_string());
        }
        let open = self.open.first().map(|&i| &self.kustomizations[i])?;
        let why = open.open.as_deref().unwrap_or_default();
        Some(format!("{} {why}, and may build it too", open.file))
    }

    fn ways(&self, file: &str) -> impl Iterator<Item = &Way> {
        // Most trees have no kustomizations, and this is asked of every workload many times.
        let known = if self.ways.is_empty() { None } else { self.ways.get(&self.normalised(file)) };
        known.into_iter().flatten()
    }

    fn folder(&self, kustomization: &Kustomization) -> String {
        let file = self.normalised(&kustomization.file);
        file.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_string())
    }

    /// The files that a kustomization builds from and how it came to them.
    fn follow(&self, here: usize, way: &[usize], depth: usize, following: &mut Following) {
        following.steps += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| following.steps < MAX_STEPS) else {
            following.is_cut = true;
            return;
        };
        if way.contains(&here) {
            return;
        }
        let before: Way = way.iter().copied().chain([here]).collect();
        let components = self.components(here, &following.folders);
        for &component in &components {
            // What a component builds is changed by its siblings too.
            let siblings = components.iter().copied().filter(|one| *one != component);
            let way = self.including(&before, siblings, depth, &following.folders);
            self.follow(component, &way, depth, following);
        }
        let way = self.including(&before, components.iter().copied(), depth, &following.folders);
        let kustomization = &self.kustomizations[here];
        let folder = self.folder(kustomization);
        for path in &kustomization.resources {
            let local = self.resolved(&normalised(&folder, path));
            let remote = || {
                // It may be an earlier state of this very tree.
                let tail = remote_folder(path)?;
                let mut known = following.folders.iter();
                let same = |known: &str| {
                    known.strip_suffix(tail).is_some_and(|r| r.is_empty() || r.ends_with('/'))
                };
                known.find(|(known, _)| same(known)).map(|(_, &next)| next)
            };
            match following.folders.get(&local).copied().or_else(remote) {
                Some(next) => self.follow(next, &way, depth, following),
                None => following.found.push((local, way.clone())),
            }
        }
    }

    /// The way with these components and theirs, the one that acts last first.
    fn including(
        &self,
        way: &[usize],
        components: impl DoubleEndedIterator<Item = usize>,
        depth: usize,
        folders: &HashMap<String, usize>,
    ) -> Way {
        let mut way = way.to_vec();
        for component in components.rev() {
            self.include(component, folders, depth, &mut way);
        }
        way
    }

    /// A component acts on all that its holder builds, and so do its own components.
    fn include(
        &self,
        component: usize,
        folders: &HashMap<String, usize>,
        depth: usize,
        way: &mut Way,
    ) {
        let Some(depth) = depth.checked_sub(1).filter(|_| !way.contains(&component)) else {
            return;
        };
        way.push(component);
        for inner in self.components(component, folders).into_iter().rev() {
            self.include(inner, folders, depth, way);
        }
    }

    fn components(&self, holder: usize, folders: &HashMap<String, usize>) -> Vec<usize> {
        let holder = &self.kustomizations[holder];
        let folder = self.folder(holder);
        let paths = holder.components.iter().map(|path| self.resolved(&normalised(&folder, path)));
        paths.filter_map(|path| folders.get(&path).copied()).collect()
    }

    /// The path with the symbolic links on it followed.
    fn resolved(&self, path: &str) -> String {
        let mut path = path.to_string();
        for _ in 0..MAX_LINKS {
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            let link = ends.into_iter().find_map(|end| Some((end, self.links.get(&path[..end])?)));
            let Some((end, to)) = link else { break };
            path = format!("{to}{}", &path[end..]);
        }
        path
    }
}

/// How many symbolic links are followed on the way to one file.
const MAX_LINKS: usize = 16;

/// `path` as seen from `home`, without `.` and with `..` resolved as far as the text allows.
fn normalised(home: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let rooted = path.starts_with('/');
    let home = if rooted { "" } else { home };
    for part in home.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if rooted { format!("/{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_by_what_they_mean() {
        assert_eq!(normalised("overlays/prod", "../../base/./a.yaml"), "base/a.yaml");
        assert_eq!(normalised("", "../x/y.yaml"), "../x/y.yaml");
        assert_eq!(normalised("../x", "../../z"), "../../z");
    }
}
