//! Building a kustomization: paths are followed here, and what a kustomization makes of what it finds is
//! asked of `kustomize`.
//!
//! Only objects of ours and those of Argo CD and Flux that deliver are built; what kustomize would refuse in
//! other objects is not seen.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::build_inputs::{read_objects, read_patch};
use crate::kustomize::{
    Accumulated, BuildError, BuiltId, BuiltObject, FILE_NAMES, FileSpan, InlineText,
    KustomizationSpec, Patch, PatchBody, PatchField, PatchInput, PatchText, PatchTexts,
    TransformerConfig, Written, transform,
};
use crate::path::RepoPath;
use crate::text::Span;
use crate::yaml::{self};

/// How deep kustomizations may build on each other.
const MAX_BUILD_DEPTH: usize = 64;
/// How many times kustomizations and components may act for one root.
const MAX_BUILD_STEPS: usize = 100_000;

/// Where a build finds its files.
pub(crate) trait BuildFiles {
    /// The path of what a file in `folder` calls by this name, links followed.
    fn resolve(&self, folder: &RepoPath, written: &str) -> RepoPath;
    /// The text of a file; nothing if there is no such file.
    fn text(&self, file: &RepoPath) -> Option<Arc<str>>;
}

/// What has been built and read before: each file is read once, and each kustomization without edits is
/// built once.
#[derive(Clone, Debug, Default)]
pub(crate) struct BuildMemo {
    folders: HashMap<RepoPath, Result<Arc<BuiltFolder>, BuildError>>,
    files: HashMap<RepoPath, Result<Vec<Arc<BuiltObject>>, BuildError>>,
    specs: HashMap<RepoPath, Result<Arc<KustomizationSpec>, BuildError>>,
}

/// What a kustomization builds, and the folders that it builds from.
#[derive(Clone, Debug, Default)]
struct BuiltFolder {
    built: Accumulated,
    folders: BTreeSet<RepoPath>,
}

impl BuildMemo {
    /// The kustomization of a folder.
    pub(crate) fn spec(
        &mut self,
        files: &dyn BuildFiles,
        folder: &RepoPath,
    ) -> Result<Arc<KustomizationSpec>, BuildError> {
        if let Some(known) = self.specs.get(folder) {
            return known.clone();
        }
        let spec = read_spec(files, folder).map(Arc::new);
        self.specs.insert(folder.clone(), spec.clone());
        spec
    }

    /// What the kustomization of a folder builds by itself; `edited` is read in its place, if there is one.
    pub(crate) fn build(
        &mut self,
        files: &dyn BuildFiles,
        folder: &RepoPath,
        edited: Option<&KustomizationSpec>,
    ) -> Result<Accumulated, BuildError> {
        let mut builder = FolderBuilder { files, memo: self, stack: Vec::new(), steps: 0 };
        let mut built = if let Some(spec) = edited {
            builder.run(folder, spec)?.built
        } else {
            let spec = builder.memo.spec(files, folder)?;
            if spec.is_component {
                builder.run(folder, &spec)?.built
            } else {
                builder.folder(folder)?.built.clone()
            }
        };
        built.objects.retain(|object| !object.is_local());
        if let Some(odd) = built.objects.iter().find(|object| object.has_odd_annotation()) {
            let reason = "has an annotation that is no string";
            return Err(BuildError::unmodelled(reason, &top(&odd.source.file)));
        }
        Ok(built)
    }
}

/// The beginning of a file.
fn top(file: &RepoPath) -> FileSpan {
    FileSpan { file: file.clone(), span: Span::empty(0) }
}

fn read_spec(files: &dyn BuildFiles, folder: &RepoPath) -> Result<KustomizationSpec, BuildError> {
    let paths = FILE_NAMES.map(|name| files.resolve(folder, name));
    let mut found = paths.iter().filter_map(|path| Some((path, files.text(path)?)));
    let Some((file, text)) = found.next() else {
        let written = folder.as_str().to_string();
        return Err(BuildError::Missing { written, place: top(folder) });
    };
    if let Some((another, _)) = found.next() {
        return Err(BuildError::refused(
            "is one of two kustomizations of its folder",
            &top(another),
        ));
    }
    let doc = first_document(&text, file)?;
    KustomizationSpec::read(file, doc.root())
}

/// The first document of a file of which kustomize reads no other.
fn first_document<'t>(text: &'t str, file: &RepoPath) -> Result<yaml::Document<'t>, BuildError> {
    let chunk = yaml::chunks(text).into_iter().next().filter(|chunk| chunk.index == 0);
    let Some(chunk) = chunk else { return Err(BuildError::refused("is empty", &top(file))) };
    yaml::parse(&text[chunk.span.range()], chunk.span.start).map_err(|error| {
        let span = Span::empty(chunk.span.start + error.at);
        let place = FileSpan { file: file.clone(), span };
        BuildError::refused(format!("cannot be read: {}", error.message), &place)
    })
}

/// One build: the kustomizations above the one that is built now, the root first.
struct FolderBuilder<'b> {
    files: &'b dyn BuildFiles,
    memo: &'b mut BuildMemo,
    stack: Vec<RepoPath>,
    steps: usize,
}

impl FolderBuilder<'_> {
    /// What the kustomization of a folder builds, without what another makes of it.
    fn folder(&mut self, folder: &RepoPath) -> Result<Arc<BuiltFolder>, BuildError> {
        if let Some(known) = self.memo.folders.get(folder) {
            return known.clone();
        }
        let spec = self.memo.spec(self.files, folder)?;
        let built = if spec.is_component {
            Err(BuildError::refused("is a component, not a kustomization", &top(&spec.file)))
        } else {
            self.run(folder, &spec).map(Arc::new)
        };
        self.memo.folders.insert(folder.clone(), built.clone());
        built
    }

    fn run(
        &mut self,
        folder: &RepoPath,
        spec: &KustomizationSpec,
    ) -> Result<BuiltFolder, BuildError> {
        self.accumulate(folder, spec, Accumulated::default())
    }

    /// What a kustomization makes of what is built before it, and of its own resources.
    fn accumulate(
        &mut self,
        folder: &RepoPath,
        spec: &KustomizationSpec,
        built: Accumulated,
    ) -> Result<BuiltFolder, BuildError> {
        self.steps += 1;
        if self.stack.len() >= MAX_BUILD_DEPTH || self.steps > MAX_BUILD_STEPS {
            return Err(BuildError::unmodelled("is built in too many steps", &top(&spec.file)));
        }
        if self.stack.contains(folder) {
            return Err(BuildError::refused("builds from itself", &top(&spec.file)));
        }
        self.stack.push(folder.clone());
        let result = self.accumulate_entries(folder, spec, built);
        self.stack.pop();
        result
    }

    fn accumulate_entries(
        &mut self,
        folder: &RepoPath,
        spec: &KustomizationSpec,
        built: Accumulated,
    ) -> Result<BuiltFolder, BuildError> {
        let mut whole = BuiltFolder { built, folders: BTreeSet::from([folder.clone()]) };
        let built = &mut whole.built;
        let mut seen: HashSet<BuiltId> = built.objects.iter().map(|it| it.id.clone()).collect();
        for entry in spec.resources.iter().filter(|entry| !is_elsewhere(spec, entry)) {
            let path = self.files.resolve(folder, &entry.text);
            let objects = if let Some(objects) = self.objects(&path)? {
                objects
            } else {
                let inner = self.inner(folder, entry, &path)?;
                built.config.merge(&inner.built.config, &entry.place)?;
                built.unseen.extend(inner.built.unseen.iter().cloned());
                whole.folders.extend(inner.folders.iter().cloned());
                inner.built.objects.clone()
            };
            if let Some(twin) = objects.iter().find(|object| !seen.insert(object.id.clone())) {
                let id = &twin.id;
                let reason = format!("builds {} {}/{} twice", id.kind, id.namespace, id.name);
                return Err(BuildError::refused(reason, &entry.place));
            }
            built.objects.extend(objects);
        }
        for entry in &spec.configurations {
            let path = self.files.resolve(folder, &entry.text);
            let text = self.text(&path, entry)?;
            let config = TransformerConfig::read(&path, first_document(&text, &path)?.root())?;
            built.config.merge(&config, &entry.place)?;
        }
        for entry in spec.components.iter().filter(|entry| !is_elsewhere(spec, entry)) {
            let path = self.files.resolve(folder, &entry.text);
            let component = self.named_spec(&path, entry)?;
            if !component.is_component {
                return Err(BuildError::refused("includes what is no component", &entry.place));
            }
            let inner = self.accumulate(&path, &component, std::mem::take(&mut whole.built))?;
            check_folders(folder, &inner.folders, &entry.place)?;
            whole.built = inner.built;
            whole.built.check_ids(&entry.place)?;
            whole.folders.extend(inner.folders);
        }
        let texts = self.patch_texts(folder, spec, !whole.built.objects.is_empty())?;
        transform(spec, &texts, &mut whole.built)?;
        Ok(whole)
    }

    /// What a folder that a kustomization lists builds.
    fn inner(
        &mut self,
        folder: &RepoPath,
        entry: &Written,
        path: &RepoPath,
    ) -> Result<Arc<BuiltFolder>, BuildError> {
        self.named_spec(path, entry)?;
        if self.stack.contains(path) {
            return Err(BuildError::refused("builds from itself", &entry.place));
        }
        let inner = self.folder(path)?;
        check_folders(folder, &inner.folders, &entry.place)?;
        Ok(inner)
    }

    fn named_spec(
        &mut self,
        path: &RepoPath,
        entry: &Written,
    ) -> Result<Arc<KustomizationSpec>, BuildError> {
        self.memo.spec(self.files, path).map_err(|error| match error {
            BuildError::Missing { .. } => missing(entry),
            error => error,
        })
    }

    /// The objects of a file; nothing if there is no such file.
    fn objects(&mut self, path: &RepoPath) -> Result<Option<Vec<Arc<BuiltObject>>>, BuildError> {
        if let Some(known) = self.memo.files.get(path) {
            return known.clone().map(Some);
        }
        let Some(text) = self.files.text(path) else { return Ok(None) };
        let objects = read_objects(path, &text);
        self.memo.files.insert(path.clone(), objects.clone());
        objects.map(Some)
    }

    fn text(&self, path: &RepoPath, entry: &Written) -> Result<Arc<str>, BuildError> {
        self.files.text(path).ok_or_else(|| missing(entry))
    }

    /// The patches of a kustomization. One that cannot concern what is built is not read.
    fn patch_texts(
        &self,
        folder: &RepoPath,
        spec: &KustomizationSpec,
        has_objects: bool,
    ) -> Result<PatchTexts, BuildError> {
        let listed = |patches: &[Patch], named_by| -> Result<Vec<_>, BuildError> {
            let each = patches.iter();
            each.map(|patch| self.patch_text(folder, patch, named_by, has_objects)).collect()
        };
        let merged = spec.patches_strategic_merge.iter();
        Ok(PatchTexts {
            strategic_merge: merged
                .map(|text| self.merge_text(folder, text))
                .collect::<Result<_, _>>()?,
            patches: listed(&spec.patches, PatchField::Patches)?,
            json6902: listed(&spec.patches_json6902, PatchField::Json6902)?,
        })
    }

    fn patch_text(
        &self,
        folder: &RepoPath,
        patch: &Patch,
        named_by: PatchField,
        has_objects: bool,
    ) -> Result<Option<PatchText>, BuildError> {
        match &patch.body {
            None => {
                Err(BuildError::refused("has a patch without a text or with two", &patch.place))
            }
            Some(PatchBody::Inline(inline)) => {
                let input = PatchInput::Inline(inline);
                read_patch(&input, &inline.text, patch.target.is_some(), named_by, has_objects)
            }
            Some(PatchBody::File(entry)) => {
                let file = self.files.resolve(folder, &entry.text);
                let text = self.text(&file, entry)?;
                let input = PatchInput::File(&file, &text);
                read_patch(&input, &text, patch.target.is_some(), named_by, has_objects)
            }
        }
    }

    /// One entry of `patchesStrategicMerge`: the patch itself if it can be read so, else its file.
    fn merge_text(
        &self,
        folder: &RepoPath,
        entry: &InlineText,
    ) -> Result<Option<PatchText>, BuildError> {
        let named_by = PatchField::StrategicMerge;
        let first = yaml::chunks(&entry.text).into_iter().next();
        let doc = first.and_then(|chunk| yaml::parse(&entry.text[chunk.span.range()], 0).ok());
        if doc.is_some_and(|doc| doc.root().is_mapping()) {
            return read_patch(&PatchInput::Inline(entry), &entry.text, false, named_by, true);
        }
        let written = Written { text: entry.text.clone(), place: entry.place.clone() };
        let path = self.files.resolve(folder, &entry.text);
        let text = self.text(&path, &written)?;
        read_patch(&PatchInput::File(&path, &text), &text, false, named_by, true)
    }
}

fn missing(entry: &Written) -> BuildError {
    BuildError::Missing { written: entry.text.clone(), place: entry.place.clone() }
}

/// True for an entry that the model has named as fetched from elsewhere.
fn is_elsewhere(spec: &KustomizationSpec, entry: &Written) -> bool {
    spec.unmodelled.iter().any(|field| field.place == entry.place)
}

/// Kustomize refuses a folder that holds one from which it is built.
fn check_folders(
    folder: &RepoPath,
    inner: &BTreeSet<RepoPath>,
    by: &FileSpan,
) -> Result<(), BuildError> {
    let above = folder.splits().map(|(above, _)| above).chain([""]);
    match above.into_iter().find(|above| inner.contains(*above)) {
        None => Ok(()),
        Some(_) => Err(BuildError::refused("builds from a folder that holds its own", by)),
    }
}
