//! A workload as a build root builds it.
//!
//! It belongs to its root: the kustomization is its file, so that its scope, its key and its namesakes are
//! those of what is deployed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::build::{BuildFiles, BuildMemo};
use super::{Builder, FileRole, Project, WorkloadSummary};
use crate::flink::names::FlinkKind;
use crate::flink::objects::{objects, workloads};
use crate::flink::prefilter::has_manifest_extension;
use crate::flink::workload::Workload;
use crate::gitops::RootEdits;
use crate::kustomize::{
    Accumulated, BuildError, BuiltObject, FileSpan, PatchBody, is_kustomization,
};
use crate::path::RepoPath;
use crate::yaml::{self, FieldPath};

/// A workload as one build root builds it.
#[derive(Clone, Debug)]
pub(crate) struct BuiltManifest {
    /// The kustomization that is built.
    pub(crate) root: RepoPath,
    /// The file of the document that the workload comes from.
    pub(crate) file: RepoPath,
    /// Number of that document in its file, from 0.
    pub(crate) document: usize,
    /// The byte of the file at which the workload begins.
    pub(crate) start: usize,
    /// The manifest that the root builds.
    pub(crate) text: String,
    /// Fields that something else than the document has decided, each with what that is. What is below
    /// such a field is decided there too.
    pub(crate) decided: Vec<(FieldPath, String)>,
    /// The files that kustomize matches by their API version on the way to this workload.
    pub(crate) version_sites: Vec<RepoPath>,
}

impl BuiltManifest {
    /// What `work` makes of the workload that is built; nothing if the root builds something else.
    pub(crate) fn with_workload<R>(&self, work: impl FnOnce(&Workload<'_>) -> R) -> Option<R> {
        let doc = yaml::parse(&self.text, 0).ok()?;
        let objects = objects(&doc, &self.root);
        let workload = workloads(&objects).next();
        workload.map(work)
    }

    /// What decided the field, or one around it, if it was not the document.
    pub(crate) fn decider(&self, path: &FieldPath) -> Option<&str> {
        let found =
            self.decided.iter().find(|(decided, _)| path.steps().starts_with(decided.steps()));
        found.map(|(_, by)| &**by)
    }

    /// The summary of the workload that is built.
    pub(crate) fn summary(workload: &Workload<'_>) -> WorkloadSummary {
        WorkloadSummary::new(workload, 0, 1, false)
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
        files.extend(workloads.cloned());
        files
    }

    /// Builds every root that builds a workload of ours, and puts what is built in the place of the documents
    /// that it is built from, if all their roots can be built.
    pub(crate) fn build_roots(&mut self, texts: &BuildTexts) {
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
        let mut builder = RootBuilder::new(self, texts);
        for (root, files) in by_root {
            match builder.build(&root) {
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
            let acting = self.builds.acting(file).flat_map(|one| one.patches.iter().cloned());
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
        all.sort_by(|a, b| {
            (&a.file, a.document, &a.root, a.start).cmp(&(&b.file, b.document, &b.root, b.start))
        });
        let mut by_document: HashMap<_, Range<usize>> = HashMap::new();
        for (i, one) in all.iter().enumerate() {
            by_document.entry((one.file.clone(), one.document)).or_insert(i..i).end = i + 1;
        }
        let mut rows: Vec<WorkloadSummary> =
            all.iter().filter_map(|one| one.with_workload(BuiltManifest::summary)).collect();
        rows.sort_by(|a, b| a.file.cmp(&b.file));
        let roots = all.iter().map(|one| one.root.clone()).collect();
        let is_plain =
            |it: &WorkloadSummary| !by_document.contains_key(&(it.file.clone(), it.document));
        let plain = self.clear_workloads().into_iter().filter(is_plain);
        let workloads = plain.chain(rows).collect();
        self.built = BuiltManifests { all, by_document, roots, patches, unbuilt };
        self.add_workloads(workloads);
    }

    /// Every workload that is built, in the order of their documents.
    pub(crate) fn built(&self) -> &[BuiltManifest] {
        &self.built.all
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

    /// True for the file of a kustomization that is built, and of which the result is known.
    pub(crate) fn is_built_root(&self, file: &RepoPath) -> bool {
        self.built.roots.contains(file)
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

/// The files of a project, for a build.
struct ProjectFiles<'p> {
    project: &'p Project,
    texts: &'p BuildTexts,
}

impl BuildFiles for ProjectFiles<'_> {
    fn resolve(&self, folder: &RepoPath, written: &str) -> RepoPath {
        self.project.builds.resolve(folder, written, &self.project.names)
    }

    fn text(&self, file: &RepoPath) -> Option<Arc<str>> {
        // What is there and was not read holds nothing of ours.
        let is_other = || {
            has_manifest_extension(file.as_str().as_bytes())
                && !is_kustomization(file.file_name())
                && !self.project.unread.contains(file)
        };
        self.texts.get(file).cloned().or_else(|| is_other().then(|| Arc::from("")))
    }
}

/// Builds the roots of a project from these texts, each kustomization once.
pub(crate) struct RootBuilder<'p> {
    files: ProjectFiles<'p>,
    memo: BuildMemo,
    /// The files that are edited, selectors of the preview version among them.
    changed: BTreeSet<RepoPath>,
}

impl<'p> RootBuilder<'p> {
    pub(crate) fn new(project: &'p Project, texts: &'p BuildTexts) -> RootBuilder<'p> {
        RootBuilder {
            files: ProjectFiles { project, texts },
            memo: BuildMemo::default(),
            changed: BTreeSet::new(),
        }
    }

    /// The same, once these files are edited; the texts are those after the edits.
    pub(crate) fn after(self, changed: &BTreeSet<RepoPath>) -> RootBuilder<'p> {
        RootBuilder { changed: changed.clone(), ..self }
    }

    /// The workloads that a kustomization builds, in the order of their documents: once for each object of Argo
    /// CD or Flux that delivers it, unless two make the same of it.
    ///
    /// # Errors
    /// If kustomize refuses to build it, or if what it builds is not known.
    pub(crate) fn build(&mut self, root: &RepoPath) -> Result<Vec<BuiltManifest>, BuildError> {
        let (project, folder) = (self.files.project, root.folder());
        let deliveries = project.deliveries_of(&folder);
        let mut found: Vec<BuiltManifest> = Vec::new();
        if deliveries.is_empty() {
            let built = self.memo.build(&self.files, &folder, None)?;
            found.extend(self.manifests(root, &built, None));
        }
        for (object, delivery) in deliveries {
            let edits = &delivery.root_edits.converted(&self.changed);
            let edited = edits.edit(&*self.memo.spec(&self.files, &folder)?);
            let built = self.memo.build(&self.files, &folder, Some(&edited))?;
            for one in self.manifests(root, &built, Some((&object, edits))) {
                let is_twin = |known: &BuiltManifest| {
                    (&known.file, known.document, known.start, &known.text)
                        == (&one.file, one.document, one.start, &one.text)
                };
                if !found.iter().any(is_twin) {
                    found.push(one);
                }
            }
        }
        found.sort_by(|a, b| (&a.file, a.document, a.start).cmp(&(&b.file, b.document, b.start)));
        Ok(found)
    }

    /// The workloads among what is built; `delivery` is what delivers it, with its name.
    fn manifests(
        &self,
        root: &RepoPath,
        built: &Accumulated,
        delivery: Option<(&str, &RootEdits)>,
    ) -> Vec<BuiltManifest> {
        let is_workload =
            |kind: &str| FlinkKind::from_name(kind).is_some_and(FlinkKind::is_workload);
        let workloads = built.objects.iter().filter(|object| is_workload(&object.id.kind));
        workloads.map(|object| self.manifest(root, object, delivery)).collect()
    }

    fn manifest(
        &self,
        root: &RepoPath,
        built: &BuiltObject,
        delivery: Option<(&str, &RootEdits)>,
    ) -> BuiltManifest {
        let ProjectFiles { project, texts } = self.files;
        let (source, mut object) = (&built.source, built.clone());
        let mut decided = Vec::new();
        if let Some((name, edits)) = delivery {
            edits.finish(&mut object);
            let replaced = edits.replaced(&built.root).into_iter();
            decided.extend(replaced.map(|path| (path, name.to_string())));
        }
        let mut pending = vec![(FieldPath::default(), &object.root)];
        while let Some((path, node)) = pending.pop() {
            if node.origin.source == *source {
                pending.extend(node.below(&path));
            } else {
                let (file, span) = (&node.origin.source.file, node.origin.span);
                let text = texts.get(file).map_or("", |text| &text[..span.start.min(text.len())]);
                let line = line_of(text, text.len());
                decided.push((path, project.names.display_line(file, line)));
            }
        }
        let names: BTreeSet<&str> =
            object.previous.iter().chain([&object.id]).map(|id| &*id.name).collect();
        let is_patched = |file: &&RepoPath| {
            project.workloads_in(file).iter().any(|patch| names.contains(&*patch.key.name))
        };
        let patches = project.builds.acting(&source.file).flat_map(|builder| &builder.patches);
        let by_version = delivery.into_iter().flat_map(|(_, edits)| edits.preview_patches());
        let by_version = by_version.map(|patch| &patch.place.file);
        let sites = [&source.file].into_iter().chain(patches.filter(is_patched));
        let version_sites = sites.chain(by_version).cloned().collect();
        BuiltManifest {
            root: root.clone(),
            file: source.file.clone(),
            document: source.document,
            start: object.root.origin.span.start,
            text: object.root.render(),
            decided,
            version_sites,
        }
    }
}
