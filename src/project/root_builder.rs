//! Build roots, built from the texts of a project, and plain files that are deployed more than once.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Project;
use super::build::{BuildFiles, BuildMemo};
use super::build_inputs::read_objects;
use super::built_manifest::{
    BuildTexts, BuiltManifest, DecidedField, FieldSource, IdInRoot, line_of,
};
use crate::flink::names::FlinkKind;
use crate::flink::prefilter::has_manifest_extension;
use crate::gitops::{DeliveringObject, RootEdits};
use crate::kustomize::{
    BuildError, BuildSource, BuiltObject, DEFAULT_NAMESPACE, KustomizationSpec, is_kustomization,
};
use crate::path::RepoPath;
use crate::workspace::par_map;
use crate::yaml::FieldPath;

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

/// To which part of the tree belongs what an object in the second file deploys from the first.
pub(crate) type TreePart<'p> = &'p (dyn Fn(&RepoPath, Option<&RepoPath>) -> Option<usize> + Sync);

/// How many roots one builder builds. What they build from is built once; what is built is the same for any
/// number of threads.
const ROOTS_PER_BUILDER: usize = 32;

/// Builds roots of a project from these texts, each kustomization once.
pub(crate) struct RootBuilder<'p> {
    files: ProjectFiles<'p>,
    part: TreePart<'p>,
    memo: BuildMemo,
    /// The files that are edited, selectors of the preview version among them; the texts are those after the
    /// edits.
    changed: &'p BTreeSet<RepoPath>,
}

impl<'p> RootBuilder<'p> {
    /// What each of these roots builds, in their order, once the `changed` files are edited: the workloads in
    /// the order of their documents, or why it is not known.
    pub(crate) fn build_all(
        project: &'p Project,
        texts: &'p BuildTexts,
        part: TreePart<'p>,
        changed: &'p BTreeSet<RepoPath>,
        roots: &[&RepoPath],
    ) -> Vec<Result<Vec<BuiltManifest>, BuildError>> {
        let shares: Vec<&[&RepoPath]> = roots.chunks(ROOTS_PER_BUILDER).collect();
        let built = par_map(&shares, |roots| {
            let files = ProjectFiles { project, texts };
            let mut builder = RootBuilder { files, part, memo: BuildMemo::default(), changed };
            roots.iter().map(|root| builder.build(root)).collect::<Vec<_>>()
        });
        built.into_iter().flatten().collect()
    }

    /// The workloads that a kustomization builds, or those of a plain file, in the order of their documents:
    /// once for each object of Argo CD or Flux that delivers it, unless two of one part of the tree make the
    /// same of it.
    ///
    /// # Errors
    /// If kustomize refuses to build it, or if what it builds is not known.
    fn build(&mut self, root: &RepoPath) -> Result<Vec<BuiltManifest>, BuildError> {
        let (project, folder) = (self.files.project, root.folder());
        let mut found: Vec<BuiltManifest> = Vec::new();
        let deliveries = project.deliveries_of(&folder);
        let is_plain = project.builds.builder(root).is_none();
        if is_plain {
            let objects = read_objects(root, &self.files.text(root).unwrap_or_default())?;
            for file in project.delivering_files(root) {
                let mut built = self.manifests(root, &objects, 0, None);
                for one in &mut built {
                    one.delivering_file = file.cloned();
                }
                self.add(built, &mut found);
            }
        } else if deliveries.is_empty() {
            let built = self.memo.build(&self.files, &folder, None)?;
            let renames = renames(&*self.memo.spec(&self.files, &folder)?);
            found.extend(self.manifests(root, &built.objects, renames, None));
        }
        for (object, delivery) in deliveries.into_iter().filter(|_| !is_plain) {
            let edits = &delivery.root_edits.converted(self.changed);
            let spec = self.memo.spec(&self.files, &folder)?;
            let edited = edits.edit(&spec);
            let built = self.memo.build(&self.files, &folder, Some(&edited))?;
            let mut built =
                self.manifests(root, &built.objects, renames(&edited), Some((object, edits)));
            // By its own name, a patch finds the workload with and without this delivery.
            if !edits.fields.components.is_empty()
                && let Ok(plain) = self.memo.build(&self.files, &folder, None)
            {
                let plain = self.manifests(root, &plain.objects, renames(&spec), None);
                for one in &mut built {
                    let place = |it: &BuiltManifest| (it.file.clone(), it.document, it.start);
                    if let Some(own) = plain.iter().find(|own| place(own) == place(one)) {
                        one.id_in_root = own.id_in_root.clone();
                    }
                }
            }
            self.add(built, &mut found);
        }
        found.sort_by(|a, b| (&a.file, a.document, a.start).cmp(&(&b.file, b.document, b.start)));
        Ok(found)
    }

    /// Adds what is not there yet.
    fn add(&self, built: Vec<BuiltManifest>, found: &mut Vec<BuiltManifest>) {
        for one in built {
            let part = |it: &BuiltManifest| (self.part)(&it.root, it.delivering_file.as_ref());
            let is_twin = |known: &BuiltManifest| {
                (&known.file, known.document, known.start, &known.text)
                    == (&one.file, one.document, one.start, &one.text)
                    && part(known) == part(&one)
            };
            if !found.iter().any(is_twin) {
                found.push(one);
            }
        }
    }

    /// The workloads among what is built, which the root has renamed so often after its patches; `delivery` is
    /// what delivers it.
    fn manifests(
        &self,
        root: &RepoPath,
        built: &[Arc<BuiltObject>],
        renames: usize,
        delivery: Option<(&DeliveringObject, &RootEdits)>,
    ) -> Vec<BuiltManifest> {
        let is_workload =
            |kind: &str| FlinkKind::from_name(kind).is_some_and(FlinkKind::is_workload);
        let workloads = built.iter().filter(|object| is_workload(&object.id.kind));
        workloads.map(|object| self.manifest(root, object, renames, delivery)).collect()
    }

    fn manifest(
        &self,
        root: &RepoPath,
        built: &BuiltObject,
        renames: usize,
        delivery: Option<(&DeliveringObject, &RootEdits)>,
    ) -> BuiltManifest {
        let ProjectFiles { project, texts } = self.files;
        let (source, mut object) = (&built.source, built.clone());
        let mut decided = Vec::new();
        if let Some((by, edits)) = delivery {
            edits.finish(&mut object);
            let replaced = edits.replaced(&built.root).into_iter();
            let name = project.delivering_object_name(by);
            let by = |path| DecidedField { path, by: name.clone(), source: None };
            decided.extend(replaced.map(by));
        }
        let line = |file: &RepoPath, at| texts.get(file).map_or(1, |text| line_of(text, at));
        let mut pending = vec![(FieldPath::default(), &object.root, source)];
        while let Some((path, node, around)) = pending.pop() {
            let own = &node.origin.source;
            pending.extend(node.below(&path).into_iter().map(|(path, node)| (path, node, own)));
            if own != around {
                let (file, span) = (&node.origin.source.file, node.origin.span);
                let BuildSource { document, inline, .. } = &*node.origin.source;
                let source = FieldSource { file: file.clone(), document: *document, span };
                decided.push(DecidedField {
                    path,
                    by: project.names.display_line(file, line(file, span.start)),
                    source: inline.is_none().then_some(source),
                });
            }
        }
        let names: BTreeSet<&str> =
            object.previous.iter().chain([&object.id]).map(|id| &*id.name).collect();
        let is_patched = |file: &&RepoPath| {
            project.workloads_in(file).iter().any(|patch| names.contains(&*patch.key.name))
        };
        let acting = project.builds.acting_in(root, &source.file).into_iter();
        let patches = acting.flat_map(|builder| &builder.patches);
        let by_version = delivery.into_iter().flat_map(|(_, edits)| edits.preview_patches());
        let by_version = by_version.map(|patch| &patch.place.file);
        let sites = [&source.file].into_iter().chain(patches.filter(is_patched));
        let version_sites = sites.chain(by_version).cloned().collect();
        let start = object.root.origin.span.start;
        let is_plain = source.file == *root;
        BuiltManifest {
            root: root.clone(),
            delivering_file: delivery.and_then(|(by, _)| by.file.clone()),
            file: source.file.clone(),
            document: source.document,
            start,
            id_in_root: id_in_root(built, renames),
            position: if is_plain { (source.document, line(root, start)) } else { (0, 1) },
            text: object.root.render(),
            kept: None,
            decided,
            version_sites,
        }
    }
}

/// How often a kustomization renames an object, or gives it a namespace, after its patches.
fn renames(spec: &KustomizationSpec) -> usize {
    let fields = [&spec.namespace, &spec.name_prefix, &spec.name_suffix];
    fields.into_iter().filter(|field| field.is_some()).count()
}

/// What an object was called before it was renamed so often.
fn id_in_root(built: &BuiltObject, renames: usize) -> IdInRoot {
    let at = built.previous.len().checked_sub(renames);
    let id = at.and_then(|at| built.previous.get(at)).unwrap_or(&built.id);
    let namespace = Some(&id.namespace).filter(|namespace| *namespace != DEFAULT_NAMESPACE);
    IdInRoot { kind: id.kind.clone(), name: id.name.clone(), namespace: namespace.cloned() }
}
