//! The files of a run, cut into documents. Only here is a manifest parsed; what is done twice with a
//! document asks twice for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use memchr::memmem;

use crate::flink::nested::NestedManifests;
use crate::flink::objects::{Object, objects, workloads};
use crate::flink::operator::{self, OperatorConfig};
use crate::flink::prefilter::{concerns_us, concerns_us_unread, decode_wide, names_object};
use crate::gitops::{self, DeliveringObject, names_delivering_object};
use crate::helm::{is_values, template_source};
use crate::kustomize::{BuildSettings, FileRole, Kustomization, is_kustomization};
use crate::path::RepoPath;
use crate::project::WorkloadSummary;
use crate::text::{Digest, SourceFile};
use crate::workspace::Gap;
use crate::yaml::{self, Chunk, Chunks, Document, KeptDocument, ParseError};

/// Largest document of ours that is read, in bytes. The cluster's own store takes 1.5 MiB.
pub const MAX_DOCUMENT: usize = 16 << 20;
/// How much text the documents may have that are kept between the two times a file is read, in bytes:
/// those of a few thousand manifests. What lies beyond is parsed twice.
pub const MAX_KEPT: usize = 8 << 20;

/// What one file contributes to the project.
#[derive(Clone, Debug, Default)]
pub struct FileIndex {
    /// Its workloads.
    pub workloads: Vec<WorkloadSummary>,
    /// What it says as a kustomization.
    pub kustomization: Option<Kustomization>,
    /// The file, if some document of it that concerns us cannot be read.
    pub unread: Option<RepoPath>,
    /// The file and the line of the first workload in it, from 1, that cannot be read.
    pub unread_workload: Option<(RepoPath, usize)>,
    /// What it says as values of the operator's chart, if some of it only operator 0.1.0 understood.
    pub old_values: Option<OperatorConfig>,
    /// The manifests inside its other objects.
    pub nested: NestedManifests,
    /// Its objects of Argo CD and Flux.
    pub delivering_objects: Vec<DeliveringObject>,
    /// That it could not be seen.
    pub gap: Option<Gap>,
}

impl From<Gap> for FileIndex {
    fn from(gap: Gap) -> FileIndex {
        let kustomization = gap.may_build.then(|| Kustomization {
            file: gap.file.clone(),
            unseen_resources: Some(gap.reason.to_string()),
            ..Kustomization::default()
        });
        let gap = gap.is_in_tree.then_some(gap);
        FileIndex { kustomization, gap, ..FileIndex::default() }
    }
}

/// A file of the run, without its text.
#[derive(Debug)]
pub struct CatalogFile {
    /// Its path.
    pub file: RepoPath,
    /// Its path as shown to people.
    pub name: String,
    digest: Digest,
    /// Parsed documents, by the byte at which they begin.
    kept: Vec<(usize, KeptDocument)>,
}

impl CatalogFile {
    /// Reads a file for the first time; parsed documents are kept if `is_kept`. Never fails: what cannot
    /// be read contributes nothing, nor does a panic; both are reported when the file is judged.
    pub fn read(
        file: &RepoPath,
        name: &str,
        bytes: &[u8],
        is_kept: bool,
    ) -> (CatalogFile, FileIndex) {
        let found = catch_unwind(AssertUnwindSafe(|| {
            let mut kept = Vec::new();
            let index = index(file, name, bytes, |begin, doc| {
                if is_kept {
                    kept.push((begin, doc.into_kept()));
                }
            });
            (kept, index)
        }));
        let (kept, index) = found.unwrap_or_default();
        let (file, name, digest) = (file.clone(), name.to_string(), Digest::new(bytes));
        (CatalogFile { file, name, digest, kept }, index)
    }

    /// Reads a file that a kustomization names: what it contributes as a manifest, and what it says about
    /// how to build if that is what it is for.
    pub(crate) fn read_named(
        file: &RepoPath,
        name: &str,
        bytes: &[u8],
        role: FileRole,
    ) -> (FileIndex, BuildSettings) {
        if role == FileRole::TargetedPatch {
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            return (FileIndex::default(), BuildSettings::of_patch(text));
        }
        if role != FileRole::Setting {
            return (CatalogFile::read(file, name, bytes, false).1, BuildSettings::default());
        }
        let names_any = BuildSettings::WORDS.iter().any(|word| memmem::find(bytes, word).is_some());
        let text = std::str::from_utf8(bytes).ok().filter(|_| names_any).unwrap_or_default();
        let slices = Chunks::new(text).map(|chunk| &text[chunk.span.range()]);
        let mut settings = BuildSettings::default();
        for doc in slices.filter_map(|slice| yaml::parse(slice, 0).ok()) {
            let one = BuildSettings::read(doc.root());
            settings.names_preview_only |= one.names_preview_only;
            settings.renames_accounts |= one.renames_accounts;
        }
        (FileIndex::default(), settings)
    }

    /// True if the file had these very bytes when it was read first.
    pub fn is_same(&self, bytes: &[u8]) -> bool {
        Digest::new(bytes) == self.digest
    }

    /// A document of the file, whose whole text this is.
    ///
    /// # Errors
    /// If it is not YAML.
    pub(crate) fn document<'t>(
        &self,
        text: &'t str,
        chunk: &Chunk,
    ) -> Result<Document<'t>, ParseError> {
        let (slice, begin) = (&text[chunk.span.range()], chunk.span.start);
        match self.kept.binary_search_by_key(&begin, |(begin, _)| *begin) {
            Ok(at) => Ok(self.kept[at].1.with(slice, begin)),
            Err(_) => yaml::parse(slice, begin),
        }
    }
}

fn index(
    file: &RepoPath,
    name: &str,
    bytes: &[u8],
    mut keep: impl FnMut(usize, Document<'_>),
) -> FileIndex {
    let mut index = FileIndex::default();
    let is_kustomization = is_kustomization(file.file_name());
    let unread = || is_kustomization.then(|| Kustomization::unread(file, bytes));
    let Ok(text) = std::str::from_utf8(bytes) else {
        let kustomization = unread();
        let is_ours = concerns_us_unread(bytes);
        let unread = (is_kustomization || is_ours).then(|| file.clone());
        let text = decode_wide(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes).into());
        let unread_workload = (is_ours && names_object(&text)).then(|| (file.clone(), 1));
        return FileIndex { kustomization, unread, unread_workload, ..index };
    };
    let source = SourceFile { name, text }.line_index();
    if is_values(name, bytes) {
        let values = operator::read(name, text).ok();
        index.old_values = values.filter(|values| !values.renamed().is_empty());
    }
    if text.len() <= MAX_DOCUMENT && yaml::unrendered_line(text).is_some() {
        index.unread = Some(file.clone());
    }
    let mut unread_workload = None;
    let mut unread_at = |offset: usize| {
        unread_workload.get_or_insert((file.clone(), source.position(offset).line));
    };
    for chunk in Chunks::new(text) {
        let slice = &text[chunk.span.range()];
        let concerns_us = is_kustomization || concerns_us(slice.as_bytes());
        let delivers = names_delivering_object(slice.as_bytes());
        if !concerns_us && !delivers {
            continue;
        }
        let is_small = slice.len() <= MAX_DOCUMENT;
        let parsed = is_small.then(|| yaml::parse(slice, chunk.span.start).ok()).flatten();
        if let Some(doc) = parsed.as_ref().filter(|_| delivers) {
            index.delivering_objects.extend(gitops::delivering_objects(doc, file, &source));
        }
        if !concerns_us {
            continue;
        }
        let is_template = |doc: &Document<'_>| {
            let is_template =
                || doc.collection_key().is_some() || yaml::unrendered_comment(doc).is_some();
            is_kustomization && is_template()
        };
        let is_later = |name: &str, text: &str| {
            yaml::is_commented_json(text) || yaml::unrendered_text(name, text).is_some()
        };
        let Some(doc) = parsed.filter(|doc| !is_template(doc)) else {
            index.kustomization = unread().or(index.kustomization);
            if !is_kustomization && !concerns_us_unread(slice.as_bytes()) {
                continue;
            }
            if !is_small || names_object(slice) || !is_later(name, slice) {
                index.unread = Some(file.clone());
            }
            if names_object(slice) {
                unread_at(chunk.span.start);
            }
            continue;
        };
        if let Some((at, _)) = yaml::unrendered_comment(&doc) {
            index.unread = Some(file.clone());
            unread_at(doc.base + at);
        }
        if is_kustomization && index.kustomization.is_none() {
            index.kustomization = Some(Kustomization::read(file, doc.root()));
        }
        if !is_kustomization {
            index.nested.add(&doc, file);
        }
        let is_rendered = template_source(slice).is_some();
        let objects = objects(&doc, file);
        for object in &objects {
            if let Object::Unclear { span, .. } = object {
                unread_at(span.start);
            }
        }
        index.workloads.extend(workloads(&objects).map(|workload| {
            let line = source.position(workload.node.span_in_file().start).line;
            WorkloadSummary::new(workload, chunk.index, line, is_rendered)
        }));
        drop(objects);
        keep(chunk.span.start, doc);
    }
    index.unread_workload = unread_workload;
    index
}
