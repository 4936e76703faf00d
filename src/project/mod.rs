//! What the whole tree says that a single document cannot know.

pub(crate) mod build;
mod build_graph;
mod build_inputs;
mod build_paths;
mod built_keys;
mod built_manifest;
mod catalog;
mod deliveries;
mod gaps;
mod lookup;
mod near;
mod patch_files;
mod root_builder;
mod version_sites;
mod workload_summary;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use self::build_graph::{BuildGraph, Builder};
use self::built_manifest::BuiltManifests;
use self::deliveries::Deliveries;
use self::gaps::{unread_gap, unseen_gap};
use crate::flink::location;
use crate::flink::names::ApiVersion;
use crate::flink::nested::NestedManifests;
use crate::flink::operator::OperatorConfig;
use crate::flink::prefilter::has_manifest_extension;
use crate::k8s::{ObjectKey, is_dns_name};
use crate::kustomize::{BuildSettings, FileRole, Kustomization, NamedFile};
use crate::path::{PathNames, RepoPath};

pub(crate) use built_keys::BuiltWorkload;
pub(crate) use built_manifest::{
    BuildTexts, BuiltManifest, DecidedField, FieldSource, IdInRoot, UnbuiltRoot,
};
pub use catalog::{CatalogFile, FileIndex, MAX_DOCUMENT, MAX_KEPT};
pub use lookup::{Ambiguity, Lookup, LookupScope, look_up, look_up_answer};
pub use near::nearest_key;
pub(crate) use root_builder::RootBuilder;
pub use workload_summary::WorkloadSummary;

/// Everything the rules may ask about the rest of the tree.
#[derive(Clone, Debug, Default)]
pub struct Project {
    whole_tree: bool,
    workloads: Vec<WorkloadSummary>,
    /// By the name that a document gives.
    by_name: HashMap<String, Vec<usize>>,
    /// By each name that a workload has as built.
    by_built_name: HashMap<String, Vec<usize>>,
    /// The workloads of a file are next to each other, in the order of its documents.
    by_file: HashMap<RepoPath, Range<usize>>,
    by_savepoints_dir: HashMap<String, Vec<usize>>,
    by_checkpoints_dir: HashMap<String, Vec<usize>>,
    builds: BuildGraph,
    /// Workloads as build roots build them.
    built: BuiltManifests,
    deliveries: Deliveries,
    /// The symbolic links to a file or folder.
    links_to: HashMap<RepoPath, Vec<RepoPath>>,
    names: PathNames,
    /// Files of which something cannot be read.
    unread: HashSet<RepoPath>,
    /// Files that kustomizations name, that ask for the preview version and that nothing converts.
    outdated_files: HashSet<RepoPath>,
    /// Files that make kustomize rename the account in pod templates.
    account_references: HashSet<RepoPath>,
    /// The `initialSavepointPath`s of patches with selectors, by their files.
    targeted_paths: HashMap<RepoPath, String>,
    old_values: Vec<OperatorConfig>,
    /// What keeps the tree from being whole: in each of these, a workload of any name may be.
    gaps: Vec<Ambiguity>,
    /// The same for workloads that get their names later.
    nameless: Vec<Ambiguity>,
    /// True if a part of the tree is not there or cannot be opened; `gaps` says which.
    has_unseen_part: bool,
    /// Jobs whose built name is decided later, as their documents call them.
    renamed_later: Vec<String>,
    /// Number of complete jobs whose documents do not name them yet.
    unnamed_jobs: usize,
    nested: NestedManifests,
    unread_resources: Vec<(RepoPath, NamedFile)>,
}

impl Project {
    /// The project of these files, where symbolic links lead from some files and folders to others.
    /// `whole_tree` is false when only single files or a stream were read: then no name can be called
    /// unique.
    pub fn new(
        files: Vec<FileIndex>,
        links: &[(RepoPath, RepoPath)],
        whole_tree: bool,
        names: PathNames,
    ) -> Project {
        let mut project = Project { whole_tree, ..Project::default() };
        let mut kustomizations = Vec::new();
        let (mut workloads, mut delivering_objects) = (Vec::new(), Vec::new());
        for file in files {
            delivering_objects.extend(file.delivering_objects);
            workloads.extend(file.workloads);
            kustomizations.extend(file.kustomization);
            project.gaps.extend(
                file.unread_workload.map(|at| unread_gap(&names.display_line(&at.0, at.1))),
            );
            project.unread.extend(file.unread);
            project.old_values.extend(file.old_values);
            project.nested.jobs.extend(file.nested.jobs);
            project.nested.strings += file.nested.strings;
            project.has_unseen_part |= file.gap.is_some();
            project.gaps.extend(file.gap.map(|gap| unseen_gap(&gap, &names)));
        }
        project.deliveries = Deliveries::new(delivering_objects);
        project.builds = BuildGraph::new(kustomizations, links, &project.deliveries, &names);
        for (link, target) in links {
            project.links_to.entry(target.clone()).or_default().push(link.clone());
        }
        project.names = names;
        project.add_workloads(workloads);
        project
    }

    /// Takes in files that were read because a kustomization names them.
    pub fn add_files(
        &mut self,
        files: Vec<(RepoPath, FileIndex, BuildSettings)>,
        exist: impl Fn(&[&RepoPath]) -> Vec<bool>,
    ) {
        if self.whole_tree {
            let read = files.iter().map(|(file, ..)| file).collect();
            self.add_unread_resources(&read, exist);
        }
        for (file, index, settings) in files {
            let is_preview = |it: &WorkloadSummary| it.version == ApiVersion::Preview;
            // A file that a run over the whole tree did not read is not converted.
            let is_left = self.whole_tree || !has_manifest_extension(file.as_str().as_bytes());
            if settings.names_preview_only || (is_left && index.workloads.iter().any(is_preview)) {
                self.outdated_files.insert(file.clone());
            }
            if settings.renames_accounts {
                self.account_references.insert(file.clone());
            }
            self.targeted_paths.extend(settings.savepoint_path.map(|path| (file, path)));
            self.unread.extend(index.unread);
            self.add_workloads(index.workloads);
        }
    }

    /// Forgets every workload.
    fn clear_workloads(&mut self) -> Vec<WorkloadSummary> {
        for index in [
            &mut self.by_name,
            &mut self.by_built_name,
            &mut self.by_savepoints_dir,
            &mut self.by_checkpoints_dir,
        ] {
            index.clear();
        }
        self.by_file.clear();
        self.nameless.clear();
        self.renamed_later.clear();
        self.unnamed_jobs = 0;
        std::mem::take(&mut self.workloads)
    }

    fn add_workloads(&mut self, workloads: Vec<WorkloadSummary>) {
        for mut workload in workloads {
            let i = self.workloads.len();
            workload.partial |= self.builds.is_patch(&workload.file);
            let is_unnamed = !is_dns_name(&workload.key.name);
            self.unnamed_jobs += usize::from(is_unnamed && !workload.partial && workload.has_job);
            if is_unnamed && !self.builds.is_patch(&workload.file) {
                let reason =
                    format!("the workload at {} gets its name later", self.location(&workload));
                let help = "render that manifest or leave it out with `--exclude`";
                self.nameless.push(Ambiguity::new(reason, help));
            }
            match self.built_names(&workload.key.name, &workload.file) {
                Some(names) => {
                    for name in names {
                        self.by_built_name.entry(name).or_default().push(i);
                    }
                }
                None if workload.has_job && !workload.key.name.is_empty() => {
                    self.renamed_later.push(workload.key.name.clone());
                }
                None => {}
            }
            self.by_name.entry(workload.key.name.clone()).or_default().push(i);
            self.by_file.entry(workload.file.clone()).or_insert(i..i).end = i + 1;
            let checkpoints_dir = workload.checkpoints_dir.as_ref().map(|(_, dir)| dir);
            for (by_dir, dir) in [
                (&mut self.by_savepoints_dir, workload.savepoints_dir.as_ref()),
                (&mut self.by_checkpoints_dir, checkpoints_dir),
            ] {
                if let Some(dir) = dir {
                    by_dir.entry(directory(dir)).or_default().push(i);
                }
            }
            self.workloads.push(workload);
        }
    }

    /// The files that kustomizations name and that were not read yet: what says how to build, what does not
    /// look like a manifest, and patches that act on one of these files.
    pub fn unread_files<'f>(
        &self,
        files: impl Iterator<Item = &'f RepoPath>,
    ) -> BTreeMap<RepoPath, FileRole> {
        let acting = files.flat_map(|file| self.builds.acting(file));
        let patches = acting.flat_map(|builder| &builder.patches);
        let patches = patches.map(|file| (file, FileRole::Patch));
        let named = self.builds.builders().iter().flat_map(Builder::named_files);
        let named = named.map(|(file, NamedFile { role, .. })| (file, *role));
        let named =
            named.filter(|(_, role)| !matches!(role, FileRole::Remote | FileRole::Manifest));
        let unread = |(file, role): &(&RepoPath, FileRole)| {
            let is_manifest = !matches!(role, FileRole::Setting | FileRole::TargetedPatch);
            !is_manifest || !self.by_file.contains_key(*file)
        };
        patches.chain(named).filter(unread).map(|(file, role)| (file.clone(), role)).collect()
    }

    /// What people call the files.
    pub fn names(&self) -> &PathNames {
        &self.names
    }

    /// Where a workload is, for people: `path:line`, with what delivers it if that is what sets it apart.
    pub fn location(&self, workload: &WorkloadSummary) -> String {
        let place = self.names.display_line(&workload.file, workload.line);
        let is_twin = |other: &WorkloadSummary| {
            other.key == workload.key && other.delivering_file != workload.delivering_file
        };
        match &workload.delivering_file {
            Some(by) if self.workloads_in(&workload.file).iter().any(is_twin) => {
                format!("{place} (delivered by {})", self.names.display(by))
            }
            _ => place,
        }
    }

    /// True if the file is applied as a patch by some kustomization.
    pub fn is_patch(&self, file: &RepoPath) -> bool {
        self.builds.is_patch(file)
    }

    /// A kustomization that acts on this file and asks for the preview version, itself or by a file that
    /// nothing converts.
    pub(crate) fn outdated_builder(
        &self,
        file: &RepoPath,
    ) -> Option<(&Kustomization, Option<&RepoPath>)> {
        self.builds.acting(file).find_map(|builder| {
            if !builder.kustomization.mentions.is_empty() {
                return Some((&builder.kustomization, None));
            }
            let named = builder.named_files().filter(|(_, it)| it.role != FileRole::Resource);
            let mut files = builder.patches.iter().chain(named.map(|(file, _)| file));
            let outdated = files.find(|file| self.outdated_files.contains(*file))?;
            Some((&builder.kustomization, Some(outdated)))
        })
    }

    /// The files that the kustomization in this file names, that ask for the preview version and that
    /// nothing converts.
    pub(crate) fn outdated_files(
        &self,
        file: &RepoPath,
    ) -> impl Iterator<Item = (&RepoPath, &NamedFile)> {
        let named = self.builds.builder(file).into_iter().flat_map(Builder::named_files);
        named.filter(|(file, _)| self.outdated_files.contains(*file))
    }

    /// The complete workloads that are called so as built.
    pub fn workloads_named(&self, name: &str) -> impl Iterator<Item = &WorkloadSummary> {
        self.found_in(&self.by_built_name, name).filter(|workload| !workload.partial)
    }

    /// Those of them that have a job.
    pub fn jobs_named(&self, name: &str) -> impl Iterator<Item = &WorkloadSummary> {
        self.workloads_named(name).filter(|workload| workload.has_job)
    }

    /// The complete workloads with a job whose documents give exactly this key.
    pub fn jobs_written(&self, key: &ObjectKey) -> impl Iterator<Item = &WorkloadSummary> {
        let named = self.found_in(&self.by_name, &key.name);
        named.filter(move |workload| workload.has_job && !workload.partial && workload.key == *key)
    }

    /// A patch somewhere of this name, in no other namespace, that decides what the rules judge of a
    /// workload with a job or without one.
    pub fn deciding_patch(&self, key: &ObjectKey, has_job: bool) -> Option<&WorkloadSummary> {
        self.found_in(&self.by_name, &key.name).find(|workload| {
            let elsewhere =
                matches!((&workload.key.namespace, &key.namespace), (Some(a), Some(b)) if a != b);
            let touches = workload.touches_judged_fields || (workload.has_job && !has_job);
            workload.partial && touches && !elsewhere && !key.name.is_empty()
        })
    }

    /// The workloads that keep their savepoints in this directory.
    pub fn with_savepoints_in(&self, dir: &str) -> impl Iterator<Item = &WorkloadSummary> {
        self.found_in(&self.by_savepoints_dir, &directory(dir))
    }

    /// The workloads whose manifests keep their checkpoints in this directory.
    pub fn with_checkpoints_in(&self, dir: &str) -> impl Iterator<Item = &WorkloadSummary> {
        self.found_in(&self.by_checkpoints_dir, &directory(dir))
    }

    /// Every workload of the tree.
    pub fn workloads(&self) -> &[WorkloadSummary] {
        &self.workloads
    }

    /// The workloads of a file, in the order of its documents.
    pub(crate) fn workloads_in(&self, file: &RepoPath) -> &[WorkloadSummary] {
        self.by_file.get(file).map_or(&[], |range| &self.workloads[range.clone()])
    }

    /// The workloads of one document, in order.
    pub(crate) fn workloads_of(&self, file: &RepoPath, document: usize) -> &[WorkloadSummary] {
        let all = self.workloads_in(file);
        let start = all.partition_point(|workload| workload.document < document);
        let end = all.partition_point(|workload| workload.document <= document);
        &all[start..end]
    }

    /// Values of the operator's chart in the tree of which only operator 0.1.0 understood some.
    pub fn old_values(&self) -> &[OperatorConfig] {
        &self.old_values
    }

    /// True if some job of the tree may be called like this once a prefix or suffix is filled in.
    pub fn may_be_renamed_to(&self, name: &str) -> bool {
        self.renamed_later.iter().any(|job| name.contains(job))
    }

    /// What kustomizations build from and is not in the tree, each with the file that names it.
    pub(crate) fn unread_resources(&self) -> &[(RepoPath, NamedFile)] {
        &self.unread_resources
    }

    /// Number of complete jobs whose names are filled in later.
    pub fn unnamed_jobs(&self) -> usize {
        self.unnamed_jobs
    }

    /// The manifests inside objects that are no workloads.
    pub fn nested(&self) -> &NestedManifests {
        &self.nested
    }

    /// True if a session cluster bears this name.
    pub fn has_session_cluster(&self, name: &str) -> bool {
        let mut named = self.found_in(&self.by_built_name, name);
        named.any(|workload| !workload.has_job && !self.may_get_job(workload))
    }

    /// True if a workload of this name, as built, has no job and may get one.
    pub(crate) fn has_future_job(&self, name: &str) -> bool {
        self.found_in(&self.by_built_name, name).any(|workload| self.may_get_job(workload))
    }

    /// True if a complete manifest gives this name and has no job.
    pub(crate) fn has_jobless(&self, name: &str) -> bool {
        self.found_in(&self.by_name, name).any(|workload| !workload.has_job && !workload.partial)
    }

    /// True if every file was there to be read in which a workload of the tree can stand.
    pub fn is_whole_tree(&self) -> bool {
        self.whole_tree && !self.has_unseen_part
    }

    fn found_in<'p>(
        &'p self,
        index: &'p HashMap<String, Vec<usize>>,
        name: &str,
    ) -> impl Iterator<Item = &'p WorkloadSummary> + use<'p> {
        index.get(name).into_iter().flatten().map(|&i| &self.workloads[i])
    }
}

/// A directory as it is compared, however it is spelt.
pub fn directory(dir: &str) -> String {
    let (scheme, path) = location::identity(dir);
    format!("{scheme}:{path}")
}
