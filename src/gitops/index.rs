//! What the whole tree says that a single document cannot know.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::kustomize::Kustomization;
use super::workload::Key;
use crate::flink::names::is_placeholder;

/// A workload somewhere in the tree, as far as others ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Independent answers to independent questions.
pub struct Known {
    /// What its document calls it.
    pub key: Key,
    /// `path:line`
    pub place: String,
    /// Its file.
    pub file: String,
    /// It has a job: session clusters have none.
    pub has_job: bool,
    /// It cannot be judged alone: it lacks what every complete manifest has.
    pub partial: bool,
    /// It sets a field on which the judgement of a complete manifest depends.
    pub touches_judged_fields: bool,
    /// Its `state.savepoints.dir`.
    pub savepoints_dir: Option<String>,
    /// Its checkpoint directory.
    pub checkpoints_dir: Option<String>,
    /// The rule `checkpoint-dir` looks for a directory for it.
    pub needs_checkpoints_dir: bool,
}

/// What one file contributes to the index.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Its workloads.
    pub workloads: Vec<Known>,
    /// What it says as a kustomization.
    pub kustomization: Option<Kustomization>,
}

/// What a lookup by name found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// Exactly one.
    Found(T),
    /// Nothing of that name.
    Nothing,
    /// Something of that name that cannot be told to belong to this workload.
    Ambiguous(Doubt),
}

/// Why a workload cannot be told from others, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What is.
    pub reason: String,
    /// What to do.
    pub help: String,
}

impl Doubt {
    fn new(reason: impl Into<String>, help: impl Into<String>) -> Doubt {
        Doubt { reason: reason.into(), help: help.into() }
    }
}

/// What to do about a base that becomes something else in each overlay.
const BUILD: &str =
    "write the path into each overlay by hand, or build the overlays and convert the result";

/// Everything the rules may ask about the rest of the tree.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// The working directory, from which the names of files are seen.
    home: String,
    whole_tree: bool,
    workloads: Vec<Known>,
    by_name: HashMap<String, Vec<usize>>,
    by_file: HashMap<String, Vec<usize>>,
    by_savepoints_dir: HashMap<String, Vec<usize>>,
    by_checkpoints_dir: HashMap<String, Vec<usize>>,
    patches: HashSet<String>,
    kustomizations: Vec<Kustomization>,
    /// Per file: the ways in which it is built.
    builds: HashMap<String, Vec<Build>>,
}

/// One way in which a file is built: the kustomization that is built, then every one on the way to
/// the file, and the components that act there.
type Build = Vec<usize>;

/// How deep kustomizations may build on each other.
const MAX_BUILD_DEPTH: usize = 16;

impl Index {
    /// The index of these files, whose names are seen from the folder `home`. `whole_tree` is false
    /// when only single files or a stream were read: then no name can be called unique.
    pub fn of(surveys: Vec<Survey>, whole_tree: bool, home: &str) -> Index {
        let mut index = Index { whole_tree, home: home.to_string(), ..Index::default() };
        for survey in surveys {
            index.workloads.extend(survey.workloads);
            index.kustomizations.extend(survey.kustomization);
        }
        for (i, known) in index.workloads.iter().enumerate() {
            index.by_name.entry(known.key.name.clone()).or_default().push(i);
            let file = normalised(&index.home, &known.file);
            index.by_file.entry(file).or_default().push(i);
            for (by_dir, dir) in [
                (&mut index.by_savepoints_dir, &known.savepoints_dir),
                (&mut index.by_checkpoints_dir, &known.checkpoints_dir),
            ] {
                if let Some(dir) = dir {
                    by_dir.entry(directory(dir).to_string()).or_default().push(i);
                }
            }
        }
        index.connect();
        for known in &mut index.workloads {
            known.partial |= index.patches.contains(&normalised(&index.home, &known.file));
        }
        index
    }

    /// The files of patches that act on one of these files and that no survey has told of.
    pub fn unread_patches<'f>(&self, files: impl Iterator<Item = &'f str>) -> BTreeSet<String> {
        let acting: BTreeSet<usize> =
            files.flat_map(|file| self.builds(file)).flatten().copied().collect();
        let listed = acting.into_iter().flat_map(|i| {
            let kustomization = &self.kustomizations[i];
            let folder = self.folder(&kustomization.file);
            kustomization.patches.iter().map(move |patch| normalised(&folder, patch))
        });
        listed.filter(|file| !self.by_file.contains_key(file)).collect()
    }

    /// True if the file is applied as a patch by some kustomization.
    pub fn is_patch(&self, file: &str) -> bool {
        self.patches.contains(&normalised(&self.home, file))
    }

    /// The kustomizations that act on this file and name the preview version.
    pub fn outdated_builders(&self, file: &str) -> Vec<&Kustomization> {
        self.acting(file).filter(|kustomization| !kustomization.mentions.is_empty()).collect()
    }

    /// What changes the judged fields of a workload on its way through kustomize, as far as it can
    /// be told or cannot be excluded: the kustomization, and what it does.
    pub fn deciding_builder(&self, key: &Key, file: &str) -> Option<(&Kustomization, String)> {
        let renamed = self.acting(file).any(|kustomization| kustomization.renames);
        self.acting(file).find_map(|kustomization| {
            if let Some(what) = &kustomization.unjudged {
                return Some((kustomization, what.clone()));
            }
            let folder = self.folder(&kustomization.file);
            let files = kustomization.patches.iter().map(|patch| normalised(&folder, patch));
            let known = files.flat_map(|file| self.by_file.get(&file).into_iter().flatten());
            let patch = known.map(|&i| &self.workloads[i]).find(|patch| {
                patch.touches_judged_fields && (renamed || patch.key.name == key.name)
            })?;
            Some((kustomization, format!("patches it with {}", patch.place)))
        })
    }

    /// The key as kustomize builds it: its `namespace` wins over the document's. An error says why
    /// the built key cannot be told in this release.
    pub fn built_key(&self, key: &Key, file: &str, fallback: Option<&str>) -> Result<Key, Doubt> {
        if let Some(renaming) = self.acting(file).find(|kustomization| kustomization.renames) {
            let reason = format!("{} changes its name by a prefix or suffix", renaming.file);
            return Err(Doubt::new(reason, BUILD));
        }
        let roots = self.roots(file);
        if let [one, other, ..] = roots[..] {
            let (one, other) = (&self.kustomizations[one].file, &self.kustomizations[other].file);
            return Err(Doubt::new(
                format!("it is built more than once, by {one} and {other}"),
                BUILD,
            ));
        }
        let outermost =
            roots.first().and_then(|&root| self.kustomizations[root].namespace.as_deref());
        let built: BTreeSet<&str> = self
            .acting(file)
            .filter_map(|kustomization| kustomization.namespace.as_deref())
            .collect();
        let mut built = built.into_iter();
        let namespace = match (outermost, built.next(), built.next()) {
            (Some(outermost), _, _) => Some(outermost),
            (_, Some(one), Some(other)) => {
                let reason = format!("kustomize puts it into `{one}` and into `{other}`");
                return Err(Doubt::new(reason, BUILD));
            }
            (_, Some(only), None) => Some(only),
            (_, None, _) => match (key.namespace.as_deref(), fallback) {
                (Some(later), None) if is_placeholder(later) => {
                    let reason = format!("its namespace is filled in later: `{later}`");
                    return Err(Doubt::new(reason, "give its namespace with `--namespace`"));
                }
                (Some(later), fallback) if is_placeholder(later) => fallback,
                (written, fallback) => written.or(fallback),
            },
        };
        Ok(Key { namespace: namespace.map(String::from), name: key.name.clone() })
    }

    /// The complete workloads with a job of this name.
    pub fn jobs_named(&self, name: &str) -> impl Iterator<Item = &Known> {
        self.named(name).filter(|known| known.has_job && !known.partial)
    }

    /// A patch somewhere of this name, in no other namespace, that decides what the rules judge.
    pub fn deciding_patch(&self, key: &Key) -> Option<&Known> {
        self.named(&key.name).find(|known| {
            let elsewhere =
                matches!((&known.key.namespace, &key.namespace), (Some(a), Some(b)) if a != b);
            known.partial && known.touches_judged_fields && !elsewhere && !key.name.is_empty()
        })
    }

    /// The workloads that keep their savepoints in this directory.
    pub fn with_savepoints_in(&self, dir: &str) -> impl Iterator<Item = &Known> {
        self.by_savepoints_dir
            .get(directory(dir))
            .into_iter()
            .flatten()
            .map(|&i| &self.workloads[i])
    }

    /// The workloads whose manifests keep their checkpoints in this directory.
    pub fn with_checkpoints_in(&self, dir: &str) -> impl Iterator<Item = &Known> {
        self.by_checkpoints_dir
            .get(directory(dir))
            .into_iter()
            .flatten()
            .map(|&i| &self.workloads[i])
    }

    /// Every workload of the tree.
    pub fn workloads(&self) -> &[Known] {
        &self.workloads
    }

    /// True if every file was read in which a workload of the tree can stand.
    pub fn is_whole_tree(&self) -> bool {
        self.whole_tree
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Known> {
        self.by_name.get(name).into_iter().flatten().map(|&i| &self.workloads[i])
    }

    fn builds(&self, file: &str) -> impl Iterator<Item = &Build> {
        self.builds.get(&normalised(&self.home, file)).into_iter().flatten()
    }

    /// Every kustomization that acts on the file.
    fn acting(&self, file: &str) -> impl Iterator<Item = &Kustomization> {
        let acting: BTreeSet<usize> = self.builds(file).flatten().copied().collect();
        acting.into_iter().map(|i| &self.kustomizations[i])
    }

    /// The kustomizations that build the file and are not built by another that does.
    fn roots(&self, file: &str) -> Vec<usize> {
        let inner: BTreeSet<usize> =
            self.builds(file).flat_map(|build| &build[1..]).copied().collect();
        let starts: BTreeSet<usize> =
            self.builds(file).filter_map(|build| build.first()).copied().collect();
        starts.difference(&inner).copied().collect()
    }

    fn folder(&self, file: &str) -> String {
        let file = normalised(&self.home, file);
        file.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_string())
    }

    /// Finds out how every file is built.
    fn connect(&mut self) {
        let folders: HashMap<String, usize> = self
            .kustomizations
            .iter()
            .enumerate()
            .map(|(i, k)| (self.folder(&k.file), i))
            .collect();
        for start in 0..self.kustomizations.len() {
            let folder = self.folder(&self.kustomizations[start].file);
            let listed = self.kustomizations[start].patches.iter();
            self.patches.extend(listed.map(|patch| normalised(&folder, patch)));
            if !self.kustomizations[start].is_component {
                let mut builds = Vec::new();
                self.follow(start, &[], &folders, MAX_BUILD_DEPTH, &mut builds);
                for (file, build) in builds {
                    self.builds.entry(file).or_default().push(build);
                }
            }
        }
    }

    /// The files that a kustomization builds from and how it came to them.
    fn follow(
        &self,
        here: usize,
        way: &[usize],
        folders: &HashMap<String, usize>,
        depth: usize,
        found: &mut Vec<(String, Build)>,
    ) {
        let Some(depth) = depth.checked_sub(1).filter(|_| !way.contains(&here)) else { return };
        let kustomization = &self.kustomizations[here];
        let folder = self.folder(&kustomization.file);
        let mut way: Build = way.iter().copied().chain([here]).collect();
        let components = kustomization.components.iter().map(|path| normalised(&folder, path));
        let components: Vec<usize> =
            components.filter_map(|path| folders.get(&path).copied()).collect();
        let before = way.clone();
        for &component in &components {
            self.add_component(component, folders, depth, &mut way);
        }
        for component in components {
            self.follow(component, &before, folders, depth, found);
        }
        for path in kustomization.resources.iter().map(|path| normalised(&folder, path)) {
            match folders.get(&path) {
                Some(&next) => self.follow(next, &way, folders, depth, found),
                None => found.push((path, way.clone())),
            }
        }
    }

    /// A component acts on all that its holder builds, and so do its own components.
    fn add_component(
        &self,
        component: usize,
        folders: &HashMap<String, usize>,
        depth: usize,
        way: &mut Build,
    ) {
        let Some(depth) = depth.checked_sub(1).filter(|_| !way.contains(&component)) else {
            return;
        };
        way.push(component);
        let kustomization = &self.kustomizations[component];
        let folder = self.folder(&kustomization.file);
        for path in kustomization.components.iter().map(|path| normalised(&folder, path)) {
            if let Some(&inner) = folders.get(&path) {
                self.add_component(inner, folders, depth, way);
            }
        }
    }
}

/// Finds among `keyed` the one that belongs to the workload: the same namespace and name, or the
/// same name where one side has no namespace and the name is unique on both sides of the whole tree
/// (`SPEC.md` 4).
pub fn look_up<T>(
    workload: &Key,
    file: &str,
    fallback: Option<&str>,
    index: &Index,
    candidates: impl Iterator<Item = (Key, T)>,
) -> Lookup<T> {
    let named: Vec<(Key, T)> =
        candidates.filter(|(key, _)| key.name == workload.name && !key.name.is_empty()).collect();
    let built = match index.built_key(workload, file, fallback) {
        Ok(built) => built,
        Err(_) if named.is_empty() => return Lookup::Nothing,
        Err(doubt) => {
            let reason = format!("{}, so that no entry can be told to be its own", doubt.reason);
            return Lookup::Ambiguous(Doubt { reason, ..doubt });
        }
    };
    let built_of = |other: &Known| index.built_key(&other.key, &other.file, fallback).ok();
    let (exact, by_name): (Vec<_>, Vec<_>) = named.into_iter().partition(|(key, _)| *key == built);
    if let Some((_, found)) = exact.into_iter().next() {
        let same = |other: &&Known| built_of(other).as_ref() == Some(&built);
        let mut twins = index.jobs_named(&workload.name).filter(same);
        if let (Some(one), Some(other)) = (twins.next(), twins.next()) {
            let reason = format!(
                "the tree has more than one `{built}`, at {} and {}",
                one.place, other.place
            );
            return Lookup::Ambiguous(Doubt::new(reason, "exclude one of them"));
        }
        // A plain entry may be meant for a namesake that has a namespace but no entry of its own.
        let has_own = |key: Key| key == built || by_name.iter().any(|(entry, _)| *entry == key);
        let served = |other: &Known| built_of(other).is_some_and(has_own);
        let all_served = built.namespace.is_some() || index.jobs_named(&built.name).all(served);
        let doubt = if all_served { None } else { unique_name(&built, index) };
        return doubt.map_or(Lookup::Found(found), Lookup::Ambiguous);
    }
    let unqualified = |key: &Key| key.namespace.is_none() || built.namespace.is_none();
    let mut loose = by_name.into_iter().filter(|(key, _)| unqualified(key));
    let Some((key, found)) = loose.next() else { return Lookup::Nothing };
    let doubt = if let Some((other, _)) = loose.next() {
        let reason = format!("the map has more than one entry of that name, `{key}` and `{other}`");
        Some(Doubt::new(reason, "give the document's namespace with `--namespace`"))
    } else if index.is_whole_tree() {
        unique_name(&built, index)
    } else {
        let reason = format!(
            "`{key}` has the name but not the namespace, and only the whole tree can tell whether the name is unique"
        );
        Some(Doubt::new(reason, "give `--namespace`, or run over the whole tree"))
    };
    doubt.map_or(Lookup::Found(found), Lookup::Ambiguous)
}

/// Why a name alone does not tell the workload: another one in the tree bears it too.
fn unique_name(built: &Key, index: &Index) -> Option<Doubt> {
    let mut bearers = index.jobs_named(&built.name);
    let (one, other) = (bearers.next()?, bearers.next()?);
    let name = &built.name;
    let reason =
        format!("several workloads are called `{name}`, at {} and {}", one.place, other.place);
    let help = format!(
        "write entries as `namespace/{name}` and give each document its namespace, or exclude one"
    );
    Some(Doubt::new(reason, help))
}

/// A directory as it is compared: without slashes at its end.
pub fn directory(dir: &str) -> &str {
    dir.trim_end_matches('/')
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

    #[test]
    fn a_base_knows_every_kustomization_that_builds_from_it() {
        let kustomization = |file: &str, resources: &[&str], namespace: Option<&str>| Survey {
            kustomization: Some(Kustomization {
                file: file.into(),
                resources: resources.iter().map(|r| (*r).to_string()).collect(),
                namespace: namespace.map(String::from),
                ..Kustomization::default()
            }),
            ..Survey::default()
        };
        let index = Index::of(
            vec![
                kustomization("base/kustomization.yaml", &["orders.yaml"], None),
                kustomization("overlays/prod/kustomization.yaml", &["../../base"], Some("prod")),
                kustomization("overlays/dev/kustomization.yaml", &["../../base/"], Some("dev")),
            ],
            true,
            "/repo",
        );
        let key = Key::parse("orders");
        assert!(index.built_key(&key, "base/orders.yaml", None).is_err());
        assert_eq!(
            index.built_key(&key, "other.yaml", Some("x")).map(|k| k.to_string()),
            Ok("x/orders".into())
        );
    }
}
