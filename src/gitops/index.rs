//! What the whole tree says that a single document cannot know.

mod built;

use std::collections::{BTreeSet, HashMap};

use super::builds::Builds;
use super::kustomize::Kustomization;
use crate::flink::defaults::ChartDefault;
use crate::flink::operator::OperatorConfig;
use crate::k8s::ObjectKey;

/// A workload somewhere in the tree, as far as others ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Independent answers to independent questions.
pub struct Known {
    /// What its document calls it.
    pub key: ObjectKey,
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
    /// Its checkpoint directory, and the key that names it.
    pub checkpoints_dir: Option<(&'static str, String)>,
    /// It is at v1alpha1.
    pub preview: bool,
    /// v1beta1 rejects it without a checkpoint directory.
    pub must_have_checkpoints_dir: bool,
    /// The defaults of operator 0.1.0's chart that its manifest does not speak of.
    pub chart_defaults: Vec<ChartDefault>,
    /// Its `initialSavepointPath`.
    pub path: Option<String>,
}

/// What one file contributes to the index.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Its workloads.
    pub workloads: Vec<Known>,
    /// What it says as a kustomization.
    pub kustomization: Option<Kustomization>,
    /// The file, if some document of it that concerns us cannot be read.
    pub unread: Option<String>,
    /// What it says as values of the operator's chart, if some of it only operator 0.1.0 understood.
    pub old_values: Option<OperatorConfig>,
}

/// Everything the rules may ask about the rest of the tree.
#[derive(Clone, Debug, Default)]
pub struct Index {
    whole_tree: bool,
    workloads: Vec<Known>,
    /// By the name that a document gives.
    by_name: HashMap<String, Vec<usize>>,
    /// By each name that a workload has as built.
    by_built_name: HashMap<String, Vec<usize>>,
    by_file: HashMap<String, Vec<usize>>,
    by_savepoints_dir: HashMap<String, Vec<usize>>,
    by_checkpoints_dir: HashMap<String, Vec<usize>>,
    builds: Builds,
    /// Files of which something cannot be read, as they are compared and as they are shown.
    unread: HashMap<String, String>,
    old_values: Vec<OperatorConfig>,
    /// Jobs whose built name is decided later, as their documents call them.
    renamed_later: Vec<String>,
    /// Number of complete jobs whose documents do not name them yet.
    unnamed_jobs: usize,
}

impl Index {
    /// The index of these files, whose names are seen from the folder `home`. `whole_tree` is false
    /// when only single files or a stream were read: then no name can be called unique.
    pub fn of(surveys: Vec<Survey>, whole_tree: bool, home: &str) -> Index {
        Index::of_linked(surveys, &[], whole_tree, home)
    }

    /// The same where symbolic links lead from some files and folders to others.
    pub fn of_linked(
        surveys: Vec<Survey>,
        links: &[(String, String)],
        whole_tree: bool,
        home: &str,
    ) -> Index {
        let mut index = Index { whole_tree, ..Index::default() };
        let mut kustomizations = Vec::new();
        let (mut workloads, mut unread) = (Vec::new(), Vec::new());
        for survey in surveys {
            workloads.extend(survey.workloads);
            kustomizations.extend(survey.kustomization);
            unread.extend(survey.unread);
            index.old_values.extend(survey.old_values);
        }
        index.builds = Builds::of(kustomizations, links, home);
        let named = unread.into_iter().map(|file| (index.builds.normalised(&file), file));
        index.unread = named.collect();
        index.grow(workloads);
        index
    }

    /// Takes in files that were read for the sake of others.
    pub fn grow_by(&mut self, surveys: Vec<Survey>) {
        for survey in surveys {
            let unread = survey.unread.map(|file| (self.builds.normalised(&file), file));
            self.unread.extend(unread);
            self.grow(survey.workloads);
        }
    }

    fn grow(&mut self, workloads: Vec<Known>) {
        for mut known in workloads {
            let i = self.workloads.len();
            known.partial |= self.builds.is_patch(&known.file);
            let is_unnamed = known.has_job && !known.partial && known.key.name.is_empty();
            self.unnamed_jobs += usize::from(is_unnamed);
            match self.names(&known.key.name, &known.file) {
                Some(names) => {
                    for name in names {
                        self.by_built_name.entry(name).or_default().push(i);
                    }
                }
                None if known.has_job && !known.key.name.is_empty() => {
                    self.renamed_later.push(known.key.name.clone());
                }
                None => {}
            }
            self.by_name.entry(known.key.name.clone()).or_default().push(i);
            let file = self.builds.normalised(&known.file);
            self.by_file.entry(file).or_default().push(i);
            let checkpoints_dir = known.checkpoints_dir.as_ref().map(|(_, dir)| dir);
            for (by_dir, dir) in [
                (&mut self.by_savepoints_dir, known.savepoints_dir.as_ref()),
                (&mut self.by_checkpoints_dir, checkpoints_dir),
            ] {
                if let Some(dir) = dir {
                    by_dir.entry(directory(dir).to_string()).or_default().push(i);
                }
            }
            self.workloads.push(known);
        }
    }

    /// The files of patches that act on one of these files and that no survey has told of.
    pub fn unread_patches<'f>(&self, files: impl Iterator<Item = &'f str>) -> BTreeSet<String> {
        let acting = files.flat_map(|file| self.builds.acting(file));
        let listed = acting.flat_map(|kustomization| self.builds.patches_of(kustomization));
        listed.filter(|file| !self.by_file.contains_key(file)).collect()
    }

    /// A file's name as it is compared: from the root of the file system, without the first slash.
    pub fn normalised(&self, file: &str) -> String {
        self.builds.normalised(file)
    }

    /// True if both names are those of one file.
    pub fn is_one_file(&self, a: &str, b: &str) -> bool {
        self.normalised(a) == self.normalised(b)
    }

    /// True if the file is applied as a patch by some kustomization.
    pub fn is_patch(&self, file: &str) -> bool {
        self.builds.is_patch(file)
    }

    /// The kustomizations that act on this file and name the preview version.
    pub fn outdated_builders(&self, file: &str) -> Vec<&Kustomization> {
        self.builds
            .acting(file)
            .filter(|kustomization| !kustomization.mentions.is_empty())
            .collect()
    }

    /// The complete workloads with a job that are called so as built.
    pub fn jobs_named(&self, name: &str) -> impl Iterator<Item = &Known> {
        self.built_as(name).filter(|known| known.has_job && !known.partial)
    }

    /// The complete workloads with a job whose documents give exactly this key.
    pub fn jobs_written(&self, key: &ObjectKey) -> impl Iterator<Item = &Known> {
        let named = self.named(&key.name);
        named.filter(move |known| known.has_job && !known.partial && known.key == *key)
    }

    /// A patch somewhere of this name, in no other namespace, that decides what the rules judge.
    pub fn deciding_patch(&self, key: &ObjectKey) -> Option<&Known> {
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

    /// Values of the operator's chart in the tree of which only operator 0.1.0 understood some.
    pub fn old_values(&self) -> &[OperatorConfig] {
        &self.old_values
    }

    /// True if some job of the tree may be called like this once a prefix or suffix is filled in.
    pub fn may_be_renamed_to(&self, name: &str) -> bool {
        self.renamed_later.iter().any(|job| name.contains(job))
    }

    /// Number of complete jobs whose names are filled in later.
    pub fn unnamed_jobs(&self) -> usize {
        self.unnamed_jobs
    }

    /// True if a session cluster bears this name.
    pub fn has_session_cluster(&self, name: &str) -> bool {
        self.built_as(name).any(|known| !known.has_job)
    }

    /// True if every file was read in which a workload of the tree can stand.
    pub fn is_whole_tree(&self) -> bool {
        self.whole_tree
    }

    fn built_as(&self, name: &str) -> impl Iterator<Item = &Known> {
        self.by_built_name.get(name).into_iter().flatten().map(|&i| &self.workloads[i])
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Known> {
        self.by_name.get(name).into_iter().flatten().map(|&i| &self.workloads[i])
    }
}

/// A directory as it is compared: without slashes at its end.
pub fn directory(dir: &str) -> &str {
    dir.trim_end_matches('/')
}
