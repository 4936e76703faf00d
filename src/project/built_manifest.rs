//! A workload as a build root builds it.
//!
//! It belongs to its root: the kustomization is its file, so that its scope, its key and its namesakes are
//! those of what is deployed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::root_builder::{RootBuilder, TreePart};
use super::{Builder, FileRole, MAX_KEPT, Project, WorkloadSummary};
use crate::flink::names::ApiVersion;
use crate::flink::objects::{Object, objects, workloads};
use crate::flink::workload::Workload;
use crate::kustomize::{BuildError, FileSpan, PatchBody};
use crate::path::{RepoPath, WorkloadSource};
use crate::text::Span;
use crate::workspace::par_map;
use crate::yaml::{self, Document, FieldPath, KeptDocument, ParseError};

/// A workload as one build root builds it.
#[derive(Clone, Debug)]
pub(crate) struct BuiltManifest {
    /// The kustomization that is built; the file of the document itself where it is deployed as it is.
    pub(crate) root: RepoPath,
    /// The file of the object that delivers it, if there is one.
    pub(crate) delivering_file: Option<RepoPath>,
    /// The file of the document that the workload comes from.
    pub(crate) file: RepoPath,
    /// Number of that document in its file, from 0.
    pub(crate) document: usize,
    /// The byte of the file at which the workload begins.
    pub(crate) start: usize,
    /// Where its summary says it is: number of the document, and line.
    pub(crate) position: (usize, usize),
    /// What its root calls it when it applies its patches.
    pub(crate) id_in_root: IdInRoot,
    /// The manifest that the root builds.
    pub(crate) text: String,
    /// It as a document, if it is kept.
    pub(crate) kept: Option<KeptDocument>,
    /// Fields that something else than the document has decided. What is below such a field is decided there
    /// too.
    pub(crate) decided: Vec<DecidedField>,
    /// The files that kustomize matches by their API version on the way to this workload.
    pub(crate) version_sites: Vec<RepoPath>,
}

/// By what a patch names a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdInRoot {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// Nothing where it has none.
    pub(crate) namespace: Option<String>,
}

/// A field that something else than the document of a workload has decided.
#[derive(Clone, Debug)]
pub(crate) struct DecidedField {
    /// The field.
    pub(crate) path: FieldPath,
    /// What has decided it, as people call it.
    pub(crate) by: String,
    /// Where its value is written, if that is a document of its own.
    pub(crate) source: Option<FieldSource>,
}

/// A node of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldSource {
    /// The file.
    pub(crate) file: RepoPath,
    /// The number of the document in the file, from 0.
    pub(crate) document: usize,
    /// Its bytes in the file.
    pub(crate) span: Span,
}

impl BuiltManifest {
    /// What `work` makes of the workload that is built; nothing if the root builds something else.
    pub(crate) fn with_workload<R>(&self, work: impl FnOnce(&Workload<'_>) -> R) -> Option<R> {
        self.with_workload_of(&self.document().ok()?, work)
    }

    /// The same for the document that was read before.
    pub(crate) fn with_workload_of<R>(
        &self,
        doc: &Document<'_>,
        work: impl FnOnce(&Workload<'_>) -> R,
    ) -> Option<R> {
        let mut objects = objects(doc, &self.root);
        for object in &mut objects {
            if let Object::Workload(workload) = object {
                workload.delivering_file.clone_from(&self.delivering_file);
            }
        }
        let workload = workloads(&objects).next();
        workload.map(work)
    }

    /// The document that is built.
    ///
    /// # Errors
    /// If it is not YAML.
    pub(crate) fn document(&self) -> Result<Document<'_>, ParseError> {
        match &self.kept {
            Some(kept) => Ok(kept.with(&self.text, 0)),
            None => yaml::parse(&self.text, 0),
        }
    }

    /// Where it is deployed from.
    pub(crate) fn source(&self) -> WorkloadSource<'_> {
        WorkloadSource { file: &self.root, delivering_file: self.delivering_file.as_ref() }
    }

    /// What decided the field, or one around it, if it was not the document.
    pub(crate) fn decider(&self, path: &FieldPath) -> Option<&DecidedField> {
        let around = |decided: &&DecidedField| path.steps().starts_with(decided.path.steps());
        self.decided.iter().filter(around).max_by_key(|decided| decided.path.steps().len())
    }

    /// True if some field of it comes from this file.
    pub(crate) fn reads(&self, file: &RepoPath) -> bool {
        let sources = self.decided.iter().filter_map(|field| field.source.as_ref());
        self.file == *file || sources.map(|source| &source.file).any(|it| it == file)
    }

    /// The order of what is built.
    fn place(&self) -> (&RepoPath, usize, &RepoPath, usize) {
        (&self.file, self.document, &self.root, self.start)
    }

    /// The summary of the workload that is built.
    pub(crate) fn summary(&self, workload: &Workload<'_>) -> WorkloadSummary {
        let (document, line) = self.position;
        WorkloadSummary::new(workload, document, line, false)
    }
}

/// The texts from which roots build, by their files.
pub(crate) type BuildTexts = BTreeMap<RepoPath, Arc<str>>;

/// The workloads that are built.
#[derive(Clone, Debug, Default)]
pub(crate) struct BuiltManifests {
    /// In the order of their documents; those of one document and root in the order of its objects.
    all: Vec<BuiltManifest>,
    by_document: HashMap<(RepoPath, usize), Range<usize>>,
    roots: BTreeSet<RepoPath>,
    /// The files that are patches of these workloads, and of no others.
    patches: HashSet<RepoPath>,
    /// The files by whose version kustomize finds a workload on the way to the stable version.
    pinned: HashSet<RepoPath>,
    /// For each file of which some root cannot be built, the first such root.
    unbuilt: HashMap<RepoPath, UnbuiltRoot>,
}

/// A root that builds from a file of ours, and of which nobody here knows what it builds.
#[derive(Clone, Debug)]
pub(crate) struct UnbuiltRoot {
    /// The kustomization.
    pub(crate) root: RepoPath,
    /// Why.
    pub(crate) error: BuildError,
    /// The line of the file to which the error points, from 1.
    pub(crate) line: usize,
}

impl Project {
    /// The files that are read to build workloads of ours: their kustomizations, every one that these build
    /// from, and what may hold something of ours.
    pub(crate) fn build_files(&self) -> BTreeSet<RepoPath> {
        let mut files = BTreeSet::new();
        let may_concern_us =
            |file: &&RepoPath| self.by_file.contains_key(*file) || self.unread.contains(*file);
        let workloads = self.by_file.keys().filter(|file| self.builds.roots(file).next().is_some());
        let mut pending: Vec<&Builder> =
            self.by_file.keys().flat_map(|file| self.builds.acting(file)).collect();
        while let Some(builder) = pending.pop() {
            let kustomization = &builder.kustomization;
            if !files.insert(kustomization.file.clone()) {
                continue;
            }
            let named = builder.named_files().filter(|(_, it)| it.role != FileRole::Manifest);
            let patches = builder.patches.iter().filter(may_concern_us);
            files.extend(named.map(|(file, _)| file).chain(patches).cloned());
            let folder = kustomization.file.folder();
            // Its text is where a link leads.
            let name = kustomization.file.file_name();
            files.insert(self.builds.resolve(&folder, name, &self.names));
            let deliveries = self.deliveries_of(&folder);
            let fields = deliveries.iter().map(|(_, delivery)| &delivery.root_edits.fields);
            let delivered = fields.clone().flat_map(|fields| &fields.components);
            let delivered = delivered.map(|component| &component.text);
            let resolve = |written: &String| self.builds.resolve(&folder, written, &self.names);
            let patches = fields.flat_map(|fields| &fields.patches);
            let patches = patches.filter_map(|patch| match &patch.body {
                Some(PatchBody::File(written)) => Some(resolve(&written.text)),
                _ => None,
            });
            files.extend(patches);
            let listed = kustomization.resources.iter().chain(&kustomization.components);
            let listed = listed.chain(delivered).map(resolve);
            pending.extend(listed.filter_map(|folder| self.builds.of_folder(&folder)));
        }
        let is_delivered_twice = |file: &&RepoPath| self.delivering_files(file).len() > 1;
        files.extend(workloads.chain(self.plain_files().filter(is_delivered_twice)).cloned());
        files
    }

    /// The files of workloads that nothing builds.
    fn plain_files(&self) -> impl Iterator<Item = &RepoPath> {
        let files = self.by_file.keys().filter(|file| !self.builds.is_patch(file));
        files.filter(|file| self.builds.roots(file).next().is_none())
    }

    /// Builds every root that builds a workload of ours, and puts what is built in the place of the documents
    /// that it is built from, if all their roots can be built. The same is done with a document that is
    /// deployed as it is and belongs to several parts of the tree.
    pub(crate) fn build_roots(&mut self, texts: &BuildTexts, part: TreePart<'_>) {
        let files = self.by_file.keys().filter(|file| !self.builds.is_patch(file));
        let mut by_root: BTreeMap<RepoPath, BTreeSet<RepoPath>> = BTreeMap::new();
        for file in files {
            for root in self.builds.roots(file) {
                by_root.entry(root.file.clone()).or_default().insert(file.clone());
            }
        }
        let mut unknown: BTreeSet<RepoPath> = BTreeSet::new();
        let mut unbuilt = HashMap::new();
        let mut all = Vec::new();
        let nothing = BTreeSet::new();
        let plain: Vec<&RepoPath> =
            self.plain_files().filter(|file| texts.contains_key(*file)).collect();
        let built = RootBuilder::build_all(self, texts, part, &nothing, &plain);
        for (file, built) in plain.into_iter().zip(built) {
            let built = built.unwrap_or_default();
            let parts = built.iter().map(|one| part(file, one.delivering_file.as_ref()));
            if parts.collect::<BTreeSet<_>>().len() > 1
                && self.workloads_in(file).iter().all(|one| !one.partial)
            {
                all.extend(built);
            }
        }
        let roots: Vec<&RepoPath> = by_root.keys().collect();
        let built = RootBuilder::build_all(self, texts, part, &nothing, &roots);
        for ((root, files), built) in by_root.into_iter().zip(built) {
            match built {
                Ok(built) => {
                    let is_built = |file: &RepoPath| built.iter().any(|one| one.file == *file);
                    unknown.extend(files.into_iter().filter(|file| !is_built(file)));
                    all.extend(built);
                }
                Err(error) => {
                    let FileSpan { file, span } = error.place();
                    let line = texts.get(file).map_or(1, |text| line_of(text, span.start));
                    unknown.extend(files.iter().cloned());
                    let why = UnbuiltRoot { root, error, line };
                    for file in files {
                        unbuilt.entry(file).or_insert_with(|| why.clone());
                    }
                }
            }
        }
        let unseen = all.iter().filter(|one| self.builds.unseen_builds(&one.file).is_some());
        unknown.extend(unseen.map(|one| one.file.clone()).collect::<Vec<_>>());
        all.retain(|one| !unknown.contains(&one.file));
        let patches_of = |file: &RepoPath| {
            let acting = self.builds.acting(file).flat_map(|one| {
                let targeted =
                    one.named_files().filter(|(_, it)| it.role == FileRole::TargetedPatch);
                one.patches.iter().chain(targeted.map(|(file, _)| file)).cloned()
            });
            acting.collect::<Vec<_>>()
        };
        let mut patches: HashSet<RepoPath> =
            all.iter().flat_map(|one| patches_of(&one.file)).collect();
        for file in unknown.iter().flat_map(patches_of) {
            patches.remove(&file);
        }
        self.set_built(all, patches, unbuilt);
    }

    /// Puts workloads as built in the place of the manifests that they are built from.
    fn set_built(
        &mut self,
        mut all: Vec<BuiltManifest>,
        patches: HashSet<RepoPath>,
        unbuilt: HashMap<RepoPath, UnbuiltRoot>,
    ) {
        all.sort_by(|a, b| a.place().cmp(&b.place()));
        let mut by_document: HashMap<_, Range<usize>> = HashMap::new();
        for (i, one) in all.iter().enumerate() {
            by_document.entry((one.file.clone(), one.document)).or_insert(i..i).end = i + 1;
        }
        let mut size = 0;
        let is_kept = all.iter().map(|one| {
            size += one.text.len();
            size <= MAX_KEPT
        });
        let is_kept: Vec<(&BuiltManifest, bool)> = all.iter().zip(is_kept).collect();
        let read = par_map(&is_kept, |(one, is_kept)| {
            let Ok(doc) = one.document() else { return (None, None) };
            let row = one.with_workload_of(&doc, |it| one.summary(it));
            (row, is_kept.then(|| doc.into_kept()))
        });
        let (rows, kept): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        let is_preview = |row: &Option<WorkloadSummary>| {
            row.as_ref().is_some_and(|row| row.version == ApiVersion::Preview)
        };
        let (preview, stable): (Vec<_>, Vec<_>) =
            all.iter().zip(&rows).partition(|(_, row)| is_preview(row));
        let sites = |built: Vec<(&BuiltManifest, _)>| {
            let sites = built.into_iter().flat_map(|(one, _)| &one.version_sites);
            sites.cloned().collect::<HashSet<RepoPath>>()
        };
        let (preview_sites, mut pinned) = (sites(preview), sites(stable));
        pinned.retain(|site| !preview_sites.contains(site));
        let mut rows: Vec<WorkloadSummary> = rows.into_iter().flatten().collect();
        for (one, kept) in all.iter_mut().zip(kept) {
            one.kept = kept;
        }
        rows.sort_by(|a, b| a.file.cmp(&b.file));
        let roots = all.iter().filter(|one| one.root != one.file);
        let roots = roots.map(|one| one.root.clone()).collect();
        let is_plain =
            |it: &WorkloadSummary| !by_document.contains_key(&(it.file.clone(), it.document));
        let plain = self.clear_workloads().into_iter().filter(is_plain);
        let workloads = plain.chain(rows).collect();
        self.built = BuiltManifests { all, by_document, roots, patches, pinned, unbuilt };
        self.add_workloads(workloads);
    }

    /// Every workload that is built, in the order of their documents.
    pub(crate) fn built(&self) -> &[BuiltManifest] {
        &self.built.all
    }

    /// The number of a workload among those that are built.
    pub(crate) fn number_of(&self, built: &BuiltManifest) -> usize {
        let range = self.built.by_document.get(&(built.file.clone(), built.document));
        let mut numbers = range.cloned().unwrap_or_default();
        numbers.find(|i| std::ptr::eq(&raw const self.built.all[*i], built)).unwrap_or_default()
    }

    /// What build roots make of the workloads of a document; empty if they are deployed as they are, or if
    /// what is built is not known.
    pub(crate) fn built_from(&self, file: &RepoPath, document: usize) -> &[BuiltManifest] {
        if self.built.all.is_empty() {
            return &[];
        }
        let range = self.built.by_document.get(&(file.clone(), document));
        range.map_or(&[], |range| &self.built.all[range.clone()])
    }

    /// A root that builds from this file and cannot be built here.
    pub(crate) fn unbuilt_root(&self, file: &RepoPath) -> Option<&UnbuiltRoot> {
        self.built.unbuilt.get(file)
    }

    /// True for a patch of roots of which the result is known.
    pub(crate) fn is_built_patch(&self, file: &RepoPath) -> bool {
        self.built.patches.contains(file)
    }

    /// True for a file by whose version kustomize finds only workloads that are built at the stable version.
    pub(crate) fn is_pinned(&self, file: &RepoPath) -> bool {
        self.built.pinned.contains(file)
    }

    /// True for the file of a kustomization that is built, and of which the result is known.
    pub(crate) fn is_built_root(&self, file: &RepoPath) -> bool {
        self.built.roots.contains(file)
    }
}

/// The line of a byte, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}
