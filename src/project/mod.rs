//! What the whole tree says that a single document cannot know.

mod build_graph;
mod built_keys;
mod lookup;
mod near;

use std::collections::{BTreeSet, HashMap, HashSet};

use self::build_graph::BuildGraph;
use crate::flink::chart::ChartDefault;
use crate::flink::operator::OperatorConfig;
use crate::k8s::ObjectKey;
use crate::kustomize::Kustomization;
use crate::path::{PathNames, RepoPath};

pub use lookup::{Ambiguity, Lookup, LookupScope, look_up, look_up_answer};
pub use near::nearest_key;

/// A workload somewhere in the tree, as far as others ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Independent answers to independent questions.
pub struct WorkloadSummary {
    /// What its document calls it.
    pub key: ObjectKey,
    /// Its file.
    pub file: RepoPath,
    /// Line of its manifest, from 1.
    pub line: usize,
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
    pub initial_savepoint: Option<String>,
}

/// What one file contributes to the project.
#[derive(Clone, Debug, Default)]
pub struct FileIndex {
    /// Its workloads.
    pub workloads: Vec<WorkloadSummary>,
    /// What it says as a kustomization.
    pub kustomization: Option<Kustomization>,
    /// The file, if some document of it that concerns us cannot be read.
    pub unread: Option<RepoPath>,
    /// What it says as values of the operator's chart, if some of it only operator 0.1.0 understood.
    pub old_values: Option<OperatorConfig>,
}

/// Everything the rules may ask about the rest of the tree.
#[derive(Clone, Debug, Default)]
pub struct Project {
    whole_tree: bool,
    workloads: Vec<WorkloadSummary>,
    /// By the name that a document gives.
    by_name: HashMap<String, Vec<usize>>,
    /// By each name that a workload has as built.
    by_built_name: HashMap<String, Vec<usize>>,
    by_file: HashMap<RepoPath, Vec<usize>>,
    by_savepoints_dir: HashMap<String, Vec<usize>>,
    by_checkpoints_dir: HashMap<String, Vec<usize>>,
    builds: BuildGraph,
    names: PathNames,
    /// Files of which something cannot be read.
    unread: HashSet<RepoPath>,
    old_values: Vec<OperatorConfig>,
    /// Jobs whose built name is decided later, as their documents call them.
    renamed_later: Vec<String>,
    /// Number of complete jobs whose documents do not name them yet.
    unnamed_jobs: usize,
}

impl Project {
    /// The project of these files. `whole_tree` is false when only single files or a stream were read:
    /// then no name can be called unique.
    pub fn of(surveys: Vec<FileIndex>, whole_tree: bool, names: PathNames) -> Project {
        Project::of_linked(surveys, &[], whole_tree, names)
    }

    /// The same where symbolic links lead from some files and folders to others.
    pub fn of_linked(
        surveys: Vec<FileIndex>,
        links: &[(RepoPath, RepoPath)],
        whole_tree: bool,
        names: PathNames,
    ) -> Project {
        let mut project = Project { whole_tree, ..Project::default() };
        let mut kustomizations = Vec::new();
        let mut workloads = Vec::new();
        for survey in surveys {
            workloads.extend(survey.workloads);
            kustomizations.extend(survey.kustomization);
            project.unread.extend(survey.unread);
            project.old_values.extend(survey.old_values);
        }
        project.builds = BuildGraph::new(kustomizations, links, &names);
        project.names = names;
        project.grow(workloads);
        project
    }

    /// Takes in files that were read for the sake of others.
    pub fn grow_by(&mut self, surveys: Vec<FileIndex>) {
        for survey in surveys {
            self.unread.extend(survey.unread);
            self.grow(survey.workloads);
        }
    }

    fn grow(&mut self, workloads: Vec<WorkloadSummary>) {
        for mut known in workloads {
            let i = self.workloads.len();
            known.partial |= self.builds.is_patch(&known.file);
            let is_unnamed = known.has_job && !known.partial && known.key.name.is_empty();
            self.unnamed_jobs += usize::from(is_unnamed);
            match self.built_names(&known.key.name, &known.file) {
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
            self.by_file.entry(known.file.clone()).or_default().push(i);
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
    pub fn unread_patches<'f>(
        &self,
        files: impl Iterator<Item = &'f RepoPath>,
    ) -> BTreeSet<RepoPath> {
        let acting = files.flat_map(|file| self.builds.acting(file));
        let listed = acting.flat_map(|layer| &layer.patches);
        listed.filter(|file| !self.by_file.contains_key(*file)).cloned().collect()
    }

    /// What people call the files.
    pub fn names(&self) -> &PathNames {
        &self.names
    }

    /// Where a workload is, for people: `path:line`.
    pub fn location(&self, known: &WorkloadSummary) -> String {
        self.names.display_line(&known.file, known.line)
    }

    /// True if the file is applied as a patch by some kustomization.
    pub fn is_patch(&self, file: &RepoPath) -> bool {
        self.builds.is_patch(file)
    }

    /// The kustomizations that act on this file and name the preview version.
    pub fn outdated_builders(&self, file: &RepoPath) -> Vec<&Kustomization> {
        let acting = self.builds.acting(file).map(|layer| &layer.kustomization);
        acting.filter(|kustomization| !kustomization.mentions.is_empty()).collect()
    }

    /// The complete workloads with a job that are called so as built.
    pub fn jobs_named(&self, name: &str) -> impl Iterator<Item = &WorkloadSummary> {
        self.built_as(name).filter(|known| known.has_job && !known.partial)
    }

    /// The complete workloads with a job whose documents give exactly this key.
    pub fn jobs_written(&self, key: &ObjectKey) -> impl Iterator<Item = &WorkloadSummary> {
        let named = self.named(&key.name);
        named.filter(move |known| known.has_job && !known.partial && known.key == *key)
    }

    /// A patch somewhere of this name, in no other namespace, that decides what the rules judge.
    pub fn deciding_patch(&self, key: &ObjectKey) -> Option<&WorkloadSummary> {
        self.named(&key.name).find(|known| {
            let elsewhere =
                matches!((&known.key.namespace, &key.namespace), (Some(a), Some(b)) if a != b);
            known.partial && known.touches_judged_fields && !elsewhere && !key.name.is_empty()
        })
    }

    /// The workloads that keep their savepoints in this directory.
    pub fn with_savepoints_in(&self, dir: &str) -> impl Iterator<Item = &WorkloadSummary> {
        self.by_savepoints_dir
            .get(directory(dir))
            .into_iter()
            .flatten()
            .map(|&i| &self.workloads[i])
    }

    /// The workloads whose manifests keep their checkpoints in this directory.
    pub fn with_checkpoints_in(&self, dir: &str) -> impl Iterator<Item = &WorkloadSummary> {
        self.by_checkpoints_dir
            .get(directory(dir))
            .into_iter()
            .flatten()
            .map(|&i| &self.workloads[i])
    }

    /// Every workload of the tree.
    pub fn workloads(&self) -> &[WorkloadSummary] {
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

    fn built_as(&self, name: &str) -> impl Iterator<Item = &WorkloadSummary> {
        self.by_built_name.get(name).into_iter().flatten().map(|&i| &self.workloads[i])
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &WorkloadSummary> {
        self.by_name.get(name).into_iter().flatten().map(|&i| &self.workloads[i])
    }
}

/// A directory as it is compared: without slashes at its end.
pub fn directory(dir: &str) -> &str {
    dir.trim_end_matches('/')
}
