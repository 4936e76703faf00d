//! How files are built: which kustomizations act on a file, and which of them a person builds.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::kustomize::Kustomization;

/// One way in which a file is built: the kustomization that is built, then every one on the way to
/// the file, and the components that act there.
type Way = Vec<usize>;

/// How deep kustomizations may build on each other.
const MAX_DEPTH: usize = 16;

/// The kustomizations of a tree and what they build.
#[derive(Clone, Debug, Default)]
pub(super) struct Builds {
    /// The folder from which the names of files are seen.
    home: String,
    kustomizations: Vec<Kustomization>,
    /// By the normalised name of a file.
    ways: HashMap<String, Vec<Way>>,
    patches: HashSet<String>,
}

impl Builds {
    /// What these kustomizations build.
    pub(super) fn of(kustomizations: Vec<Kustomization>, home: &str) -> Builds {
        let mut builds = Builds { home: home.to_string(), kustomizations, ..Builds::default() };
        let all = builds.kustomizations.iter();
        let folders: HashMap<String, usize> =
            all.enumerate().map(|(i, kustomization)| (builds.folder(kustomization), i)).collect();
        let mut found = Vec::new();
        for (start, kustomization) in builds.kustomizations.iter().enumerate() {
            if !kustomization.is_component {
                builds.follow(start, &[], &folders, MAX_DEPTH, &mut found);
            }
        }
        for (file, way) in found {
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
        kustomization.patches.iter().map(move |patch| normalised(&folder, patch))
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
    fn follow(
        &self,
        here: usize,
        way: &[usize],
        folders: &HashMap<String, usize>,
        depth: usize,
        found: &mut Vec<(String, Way)>,
    ) {
        let Some(depth) = depth.checked_sub(1).filter(|_| !way.contains(&here)) else { return };
        let before: Way = way.iter().copied().chain([here]).collect();
        let mut way = before.clone();
        let components = self.components(here, folders);
        for &component in &components {
            self.include(component, folders, depth, &mut way);
        }
        for component in components {
            self.follow(component, &before, folders, depth, found);
        }
        let kustomization = &self.kustomizations[here];
        let folder = self.folder(kustomization);
        for path in kustomization.resources.iter().map(|path| normalised(&folder, path)) {
            match folders.get(&path) {
                Some(&next) => self.follow(next, &way, folders, depth, found),
                None => found.push((path, way.clone())),
            }
        }
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
        for inner in self.components(component, folders) {
            self.include(inner, folders, depth, way);
        }
    }

    fn components(&self, holder: usize, folders: &HashMap<String, usize>) -> Vec<usize> {
        let holder = &self.kustomizations[holder];
        let folder = self.folder(holder);
        let paths = holder.components.iter().map(|path| normalised(&folder, path));
        paths.filter_map(|path| folders.get(&path).copied()).collect()
    }
}

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
