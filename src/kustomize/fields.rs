//! Every field of a kustomization, as plain data.
//!
//! A delivery (Argo CD, Flux) edits the kustomization of a root before it is built, so the fields can be
//! replaced and appended to. What the model does not know is kept with its reach, so that it counts
//! only where it could change something.

use std::fmt;

use crate::path::RepoPath;
use crate::text::Span;

/// A text that a file says, and where it says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text, escapes undone.
    pub text: String,
    /// Where it is.
    pub place: FileSpan,
}

/// Bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSpan {
    /// The file.
    pub file: RepoPath,
    /// The bytes.
    pub span: Span,
}

/// One kustomization, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KustomizationSpec {
    /// The file.
    pub file: RepoPath,
    /// It is a `Component`: it acts on what includes it.
    pub is_component: bool,
    /// `resources`, then `bases`.
    pub resources: Vec<Written>,
    /// `components`.
    pub components: Vec<Written>,
    /// `namespace`, if it is not empty.
    pub namespace: Option<Written>,
    /// `namePrefix`, if it is not empty.
    pub name_prefix: Option<Written>,
    /// `nameSuffix`, if it is not empty.
    pub name_suffix: Option<Written>,
    /// `labels`.
    pub labels: Vec<LabelSet>,
    /// `commonLabels`.
    pub common_labels: Vec<(String, Written)>,
    /// `commonAnnotations`.
    pub common_annotations: Vec<(String, Written)>,
    /// `patches`.
    pub patches: Vec<Patch>,
    /// `patchesStrategicMerge`; each entry is the patch itself, or else the path of its file.
    pub patches_strategic_merge: Vec<InlineText>,
    /// `patchesJson6902`.
    pub patches_json6902: Vec<Patch>,
    /// `images`, then `imageTags`.
    pub images: Vec<ImageChange>,
    /// `replicas`.
    pub replicas: Vec<ReplicaCount>,
    /// `configurations`.
    pub configurations: Vec<Written>,
    /// What the model does not know.
    pub unmodelled: Vec<UnmodelledField>,
}

/// One entry of `patches` or `patchesJson6902`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// What it patches; a patch without one says so itself.
    pub target: Option<PatchSelector>,
    /// The patch, or where it is; nothing if the entry has neither, or both.
    pub body: Option<PatchBody>,
    /// The whole entry.
    pub place: FileSpan,
}

/// The text of a patch, or its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchBody {
    /// The path of its file, from the folder of the kustomization that is built.
    File(Written),
    /// The patch itself.
    Inline(InlineText),
}

/// A text that stands inside a scalar of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineText {
    /// The text.
    pub text: String,
    /// The scalar.
    pub place: FileSpan,
    /// Lines of the text that stand in the file byte by byte: where each begins in the text, its length,
    /// and where it begins in the file. Ascending.
    pub lines: Vec<(usize, usize, usize)>,
}

impl InlineText {
    /// The text of a scalar of a file whose bytes from `place` on are `raw`.
    pub fn new(text: &str, place: FileSpan, raw: &str) -> InlineText {
        let (mut lines, mut at, mut begin) = (Vec::new(), 0, 0);
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            let found = Some(content).filter(|it| !it.is_empty()).and_then(|it| raw[at..].find(it));
            if let Some(found) = found {
                lines.push((begin, content.len(), place.span.start + at + found));
                at += found + content.len();
            }
            begin += line.len();
        }
        InlineText { text: text.to_string(), place, lines }
    }

    /// The bytes of the file behind bytes of the text; nothing if they do not stand there as they are.
    pub fn span_in_file(&self, span: Span) -> Option<Span> {
        let after = self.lines.partition_point(|(begin, _, _)| *begin <= span.start);
        let (begin, len, file) = *self.lines.get(after.checked_sub(1)?)?;
        (span.end <= begin + len)
            .then(|| Span::new(span.start - begin + file, span.end - begin + file))
    }
}

/// What an entry of `patches` selects: each text is a regular expression for the whole of the field; an
/// empty one selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchSelector {
    /// The API group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The name, now or as the resource calls itself.
    pub name: String,
    /// The namespace, now or as the resource calls itself; `default` is that of what has none.
    pub namespace: String,
    /// As `kubectl get -l` takes it.
    pub label_selector: String,
    /// The same for annotations.
    pub annotation_selector: String,
}

/// One entry of `labels`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelSet {
    /// The labels.
    pub pairs: Vec<(String, Written)>,
    /// `includeSelectors`: the labels go where `commonLabels` go.
    pub includes_selectors: bool,
    /// `fields`: further places.
    pub fields: Vec<FieldSpec>,
}

/// A field of objects, by which a transformer finds its places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSpec {
    /// The API group; empty for every one.
    pub group: String,
    /// The version; empty for every one.
    pub version: String,
    /// The kind; empty for every one.
    pub kind: String,
    /// The keys that lead to it, with `/`; `[]` behind a key is a list.
    pub keys: String,
    /// `create`: the field is made if it is missing.
    pub creates: bool,
}

/// One entry of `images`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageChange {
    /// The name of the image, a regular expression.
    pub name: String,
    /// `newName`.
    pub new_name: String,
    /// `newTag`.
    pub new_tag: String,
    /// `tagSuffix`.
    pub tag_suffix: String,
    /// `digest`.
    pub digest: String,
    /// The whole entry.
    pub place: FileSpan,
}

/// One entry of `replicas`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaCount {
    /// The name of the object.
    pub name: String,
    /// How many.
    pub count: String,
    /// The whole entry.
    pub place: FileSpan,
}

/// A field that the model does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmodelledField {
    /// What it is, as the end of a sentence that begins with the kustomization.
    pub reason: String,
    /// Where it is.
    pub place: FileSpan,
    /// What it could change.
    pub reach: Reach,
}

/// What an unknown field could change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every object that is built here.
    Every,
    /// The objects that one of these selects.
    Selected(Vec<PatchSelector>),
    /// Objects with a `$(…)` somewhere.
    Variables,
    /// It adds objects that cannot be seen, and changes none.
    Adds,
}

/// Why something is not built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// Kustomize refuses it too.
    Refused {
        /// Why, as the end of a sentence that begins with the file.
        reason: String,
        /// Where.
        place: FileSpan,
    },
    /// Kustomize may build it; what comes out is not known here.
    Unmodelled {
        /// Why, as the end of a sentence that begins with the file.
        reason: String,
        /// Where.
        place: FileSpan,
    },
    /// A file or folder that is named is not there.
    Missing {
        /// Its path as it is written.
        written: String,
        /// Where it is named.
        place: FileSpan,
    },
}

impl BuildError {
    /// Kustomize refuses it too.
    pub(crate) fn refused(reason: impl Into<String>, place: &FileSpan) -> BuildError {
        BuildError::Refused { reason: reason.into(), place: place.clone() }
    }

    /// What comes out is not known here.
    pub(crate) fn unmodelled(reason: impl Into<String>, place: &FileSpan) -> BuildError {
        BuildError::Unmodelled { reason: reason.into(), place: place.clone() }
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &FileSpan {
        let (BuildError::Refused { place, .. }
        | BuildError::Unmodelled { place, .. }
        | BuildError::Missing { place, .. }) = self;
        place
    }

    /// What is wrong there, as the end of a sentence that begins with the file.
    pub(crate) fn reason(&self) -> String {
        match self {
            BuildError::Refused { reason, .. } | BuildError::Unmodelled { reason, .. } => {
                reason.clone()
            }
            BuildError::Missing { written, .. } => format!("names `{written}`, which is not there"),
        }
    }
}

/// Shown as what is wrong, beginning with the file.
impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place().file.as_str(), self.reason())
    }
}
