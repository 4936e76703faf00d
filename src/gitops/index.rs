//! What the whole tree says that a single document cannot know.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::kustomize::{Kustomization, SelectedPatch, is_kustomization};
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
    whole_tree: bool,
    workloads: Vec<Known>,
    by_name: HashMap<String, Vec<usize>>,
    by_savepoints_dir: HashMap<String, Vec<usize>>,
    by_checkpoints_dir: HashMap<String, Vec<usize>>,
    /// The files that hold a workload.
    files: HashSet<String>,
    patches: HashSet<String>,
    /// Per file: the kustomizations that build from it, directly or through others.
    builders: HashMap<String, Vec<usize>>,
    kustomizations: Vec<Kustomization>,
}

impl Index {
    /// The index of these files. `whole_tree` is false when only single files or a stream were
    /// read: then no name can be called unique.
    pub fn of(surveys: Vec<Survey>, whole_tree: bool) -> Index {
        let mut index = Index { whole_tree, ..Index::default() };
        for survey in surveys {
            index.workloads.extend(survey.workloads);
            index.kustomizations.extend(survey.kustomization);
        }
        for (i, known) in index.workloads.iter().enumerate() {
            index.by_name.entry(known.key.name.clone()).or_default().push(i);
            for (by_dir, dir) in [
                (&mut index.by_savepoints_dir, &known.savepoints_dir),
                (&mut index.by_checkpoints_dir, &known.checkpoints_dir),
            ] {
                if let Some(dir) = dir {
                    by_dir.entry(directory(dir).to_string()).or_default().push(i);
                }
            }
            index.files.insert(normalised("", &known.file));
        }
        index.connect();
        for known in &mut index.workloads {
            known.partial |= index.patches.contains(&normalised("", &known.file));
        }
        index
    }

    /// True if the file is applied as a patch by some kustomization.
    pub fn is_patch(&self, file: &str) -> bool {
        self.patches.contains(&normalised("", file))
    }

    /// The kustomizations that name the preview version and build from this file.
    pub fn outdated_builders(&self, file: &str) -> Vec<&Kustomization> {
        self.builders(file).filter(|kustomization| !kustomization.mentions.is_empty()).collect()
    }

    /// A kustomization that builds from this file and patches by selector what the rules judge.
    pub fn deciding_builder(&self, file: &str) -> Option<&Kustomization> {
        self.builders(file).find(|kustomization| {
            kustomization.selected_patches.iter().any(|patch| match patch {
                SelectedPatch::Inline => true,
                SelectedPatch::File(path) => {
                    let path = normalised(&folder(&kustomization.file), path);
                    !self.files.contains(&path)
                }
            })
        })
    }

    /// The key as kustomize builds it: its `namespace` wins over the document's. An error says why
    /// the built key cannot be told in this release.
    pub fn built_key(&self, key: &Key, file: &str, fallback: Option<&str>) -> Result<Key, Doubt> {
        if let Some(renaming) = self.builders(file).find(|kustomization| kustomization.renames) {
            return Err(Doubt::new(
                format!("{} changes its name by a prefix or suffix", renaming.file),
                BUILD,
            ));
        }
        let built: BTreeSet<&str> = self
            .builders(file)
            .filter_map(|kustomization| kustomization.namespace.as_deref())
            .collect();
        let mut built = built.into_iter();
        let namespace = match (built.next(), built.next()) {
            (Some(one), Some(other)) => {
                let reason = format!(
                    "overlays build it into several namespaces, `{one}` and `{other}` among them"
                );
                return Err(Doubt::new(reason, BUILD));
            }
            (Some(only), None) => Some(only),
            (None, _) => match (key.namespace.as_deref(), fallback) {
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

    fn builders(&self, file: &str) -> impl Iterator<Item = &Kustomization> {
        let found = self.builders.get(&normalised("", file));
        found.into_iter().flatten().map(|&i| &self.kustomizations[i])
    }

    /// Finds, for every kustomization, the files it builds from.
    fn connect(&mut self) {
        let folders: HashMap<String, usize> =
            self.kustomizations.iter().enumerate().map(|(i, k)| (folder(&k.file), i)).collect();
        for (builder, kustomization) in self.kustomizations.iter().enumerate() {
            let home = folder(&kustomization.file);
            self.patches.extend(kustomization.patches.iter().map(|patch| normalised(&home, patch)));
            let mut seen = HashSet::from([builder]);
            let mut open = vec![builder];
            while let Some(current) = open.pop() {
                let current = &self.kustomizations[current];
                let home = folder(&current.file);
                for path in current.resources.iter().chain(&current.patches) {
                    let path = normalised(&home, path);
                    match folders.get(&path) {
                        Some(&next) if seen.insert(next) => open.push(next),
                        Some(_) => {}
                        None => self.builders.entry(path).or_default().push(builder),
                    }
                }
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

/// The folder of a file, normalised; empty for the working directory.
fn folder(file: &str) -> String {
    let file = normalised("", file);
    debug_assert!(is_kustomization(&file));
    file.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_string())
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
        );
        let key = Key::parse("orders");
        assert!(index.built_key(&key, "base/orders.yaml", None).is_err());
        assert_eq!(
            index.built_key(&key, "other.yaml", Some("x")).map(|k| k.to_string()),
            Ok("x/orders".into())
        );
    }
}
