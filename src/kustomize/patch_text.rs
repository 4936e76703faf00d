//! What the text of a patch is: objects to merge, or operations of JSON 6902. Kustomize tries both, and
//! refuses what is neither, or both.

use std::sync::Arc;

use super::fields::{BuildError, FileSpan, InlineText};
use super::node::{BuildSource, BuiltContent, BuiltNode, Origin};
use super::object::BuiltObject;
use super::tree_reader::{TreeReader, YamlReader};
use crate::flink::names::field;
use crate::path::RepoPath;
use crate::text::Span;
use crate::yaml::{self, Document, NodeRef};

/// A patch that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchText {
    /// Strategic merge patches.
    Objects(Vec<BuiltObject>),
    /// The operations of a JSON 6902 patch: a list.
    Operations(BuiltNode),
}

/// Where a kustomization names a patch, which decides how its text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchField {
    Patches,
    StrategicMerge,
    Json6902,
}

/// The text of a patch: a file, or inside a scalar of one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PatchInput<'t> {
    File(&'t RepoPath, &'t str),
    Inline(&'t InlineText),
}

impl PatchInput<'_> {
    fn text(&self) -> &str {
        match self {
            PatchInput::File(_, text) => text,
            PatchInput::Inline(inline) => &inline.text,
        }
    }

    fn source(&self, document: usize) -> Arc<BuildSource> {
        Arc::new(match self {
            PatchInput::File(file, _) => {
                BuildSource { file: (*file).clone(), document, inline: None }
            }
            PatchInput::Inline(inline) => BuildSource {
                file: inline.place.file.clone(),
                document,
                inline: Some((*inline).clone()),
            },
        })
    }

    pub(crate) fn place(&self) -> FileSpan {
        match self {
            PatchInput::File(file, text) => {
                FileSpan { file: (*file).clone(), span: Span::new(0, text.len()) }
            }
            PatchInput::Inline(inline) => inline.place.clone(),
        }
    }

    /// Reads the patch.
    pub(crate) fn read(&self, named_by: PatchField) -> Result<PatchText, BuildError> {
        let text = self.text();
        let is_inline = matches!(self, PatchInput::Inline(_)) && named_by == PatchField::Patches;
        let begin = if is_inline { text.len() - text.trim_start().len() } else { 0 };
        let refused = |reason: &str| Err(BuildError::refused(reason, &self.place()));
        if named_by == PatchField::StrategicMerge {
            return match self.objects()? {
                Some(objects) if !objects.is_empty() => Ok(PatchText::Objects(objects)),
                Some(_) => refused("is an empty patch"),
                None => refused("is no strategic merge patch"),
            };
        }
        if text[begin..].starts_with('[') {
            return self.json();
        }
        match (self.operations()?, named_by) {
            (First::Operations(operations), _) => match &operations.content {
                BuiltContent::Sequence(items) if items.is_empty() => refused("is an empty patch"),
                _ => Ok(PatchText::Operations(operations)),
            },
            (First::Object, PatchField::Json6902) => refused("is no list of operations"),
            (First::Nothing, PatchField::Json6902) => refused("is an empty patch"),
            (First::Nothing, _) if !text.is_empty() => {
                if self.objects()?.is_some() {
                    refused("is an empty patch")
                } else {
                    let source = self.source(0);
                    let origin = Origin { source, span: self.place().span };
                    let content = BuiltContent::Sequence(Vec::new());
                    Ok(PatchText::Operations(BuiltNode { content, origin }))
                }
            }
            (_, _) => match self.objects()? {
                Some(objects) => Ok(PatchText::Objects(objects)),
                None => refused("is neither a strategic merge patch nor a JSON 6902 patch"),
            },
        }
    }

    /// A patch in JSON, which has to be JSON to the letter.
    fn json(&self) -> Result<PatchText, BuildError> {
        let text = self.text();
        let refused = |reason: &str| Err(BuildError::refused(reason, &self.place()));
        if text.contains("\\ud") || text.contains("\\uD") {
            return Err(BuildError::unmodelled("has an escape of two parts", &self.place()));
        }
        let Ok(operations) =
            serde_json::from_str::<Vec<serde_json::Map<String, serde_json::Value>>>(text)
        else {
            return refused("begins with `[` and is not JSON");
        };
        if operations.is_empty() {
            return refused("is an empty patch");
        }
        match self.operations()? {
            First::Operations(operations) => Ok(PatchText::Operations(operations)),
            _ => refused("is no list of operations"),
        }
    }

    fn operations(&self) -> Result<First, BuildError> {
        let text = self.text();
        let Some(chunk) = yaml::chunks(text).into_iter().next().filter(|it| it.index == 0) else {
            return Ok(First::Nothing);
        };
        let Ok(doc) = yaml::parse(&text[chunk.span.range()], chunk.span.start) else {
            return Err(BuildError::refused("cannot be read", &self.place()));
        };
        if doc.root().is_null() {
            return Ok(First::Nothing);
        }
        if doc.root().is_mapping() || doc.root().text().is_some() {
            return Ok(First::Object);
        }
        let reader = TreeReader { source: self.source(0), yaml: YamlReader::Json6902 };
        let operations = reader.read(doc.root())?;
        let BuiltContent::Sequence(items) = &operations.content else { return Ok(First::Object) };
        let is_operation = |item: &BuiltNode| matches!(item.content, BuiltContent::Mapping(_));
        if !items.iter().all(is_operation) {
            return Err(BuildError::refused("has an operation that is no mapping", &self.place()));
        }
        Ok(First::Operations(operations))
    }

    /// The objects of all documents; nothing if one of them is none.
    fn objects(&self) -> Result<Option<Vec<BuiltObject>>, BuildError> {
        let text = self.text();
        let mut found = Vec::new();
        for chunk in yaml::chunks(text) {
            let Ok(doc) = yaml::parse(&text[chunk.span.range()], chunk.span.start) else {
                return Ok(None);
            };
            match objects_in(&doc, &self.source(chunk.index), |_| true)? {
                Some(objects) => found.extend(objects),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }
}

/// What the first document of a patch is.
enum First {
    Operations(BuiltNode),
    Object,
    Nothing,
}

/// How deep lists may hold lists.
const MAX_LISTS: usize = 16;

/// The objects of a document that are wanted, those of lists too; nothing if one of them is without a name or
/// a kind, which kustomize refuses.
pub(crate) fn objects_in(
    doc: &Document<'_>,
    source: &Arc<BuildSource>,
    is_wanted: impl Fn(&NodeRef<'_>) -> bool,
) -> Result<Option<Vec<BuiltObject>>, BuildError> {
    let mut nodes = Vec::new();
    if !flatten(doc.root(), MAX_LISTS, &mut nodes) {
        return Ok(None);
    }
    let reader = TreeReader { source: Arc::clone(source), yaml: YamlReader::Resource };
    let wanted = nodes.into_iter().filter(is_wanted);
    let objects = wanted.map(|node| Ok(BuiltObject::new(reader.read(node)?)));
    objects.collect::<Result<_, _>>().map(Some)
}

/// Collects the objects of a node; false if one is without a name or a kind.
fn flatten<'d>(node: NodeRef<'d>, depth: usize, found: &mut Vec<NodeRef<'d>>) -> bool {
    let text = |node: Option<NodeRef<'d>>| node.and_then(NodeRef::text).unwrap_or_default();
    let kind = text(node.get(field::KIND));
    if node.is_null() || node.is_mapping() && node.entries().is_empty() {
        return true;
    }
    if kind.is_empty() || depth == 0 {
        return false;
    }
    if kind.ends_with("List") {
        let mut items = node.get(field::ITEMS).into_iter().flat_map(NodeRef::items);
        return items.all(|item| flatten(item, depth - 1, found));
    }
    found.push(node);
    !text(node.get(field::METADATA).and_then(|it| it.get(field::NAME))).is_empty()
}

impl BuiltObject {
    /// Where it is in its file.
    pub fn place(&self) -> FileSpan {
        FileSpan { file: self.source.file.clone(), span: self.root.origin.span }
    }
}
