//! What a build takes from a file: the objects and patches that concern us.

use std::sync::Arc;

use crate::flink::names::{GROUP, field};
use crate::flink::prefilter::concerns_us;
use crate::gitops::{ARGO, names_delivering_object};
use crate::kustomize::{
    BuildError, BuildSource, BuiltObject, FileSpan, PatchField, PatchInput, PatchText, objects_in,
};
use crate::path::RepoPath;
use crate::text::Span;
use crate::yaml::{self, NodeRef};

/// Reads a patch; nothing if it cannot concern what is built.
pub(crate) fn read_patch(
    input: &PatchInput<'_>,
    text: &str,
    is_targeted: bool,
    named_by: PatchField,
    has_objects: bool,
) -> Result<Option<PatchText>, BuildError> {
    if !is_targeted && !is_relevant(text) && are_operations(text) {
        return Err(BuildError::refused("has operations, and no target", &input.place()));
    }
    if !(is_targeted && has_objects || !is_targeted && is_relevant(text)) {
        return Ok(None);
    }
    let mut patch = input.read(named_by)?;
    if let PatchText::Objects(objects) = &mut patch
        && !is_targeted
    {
        objects.retain(|object| is_ours(&object.id.group, &object.id.kind));
    }
    Ok(Some(patch))
}

/// True for a list, which a patch without a target cannot be.
fn are_operations(text: &str) -> bool {
    let first = yaml::Chunks::new(text).next().map(|chunk| &text[chunk.span.range()]);
    let has_operation = |text: &&str| text.contains("op");
    let doc = first.filter(has_operation).and_then(|text| yaml::parse(text, 0).ok());
    doc.is_some_and(|doc| doc.root().items().next().is_some())
}

/// True if the text may hold an object that is built here.
pub(crate) fn is_relevant(text: &str) -> bool {
    concerns_us(text.as_bytes()) || names_delivering_object(text.as_bytes())
}

/// True for the kinds that are built here.
pub(crate) fn is_ours(group: &str, kind: &str) -> bool {
    match group {
        GROUP => true,
        ARGO => ["Application", "ApplicationSet"].contains(&kind),
        "kustomize.toolkit.fluxcd.io" => kind == "Kustomization",
        _ => false,
    }
}

pub(crate) fn read_objects(
    path: &RepoPath,
    text: &str,
) -> Result<Vec<Arc<BuiltObject>>, BuildError> {
    let mut found = Vec::new();
    for chunk in yaml::Chunks::new(text) {
        let slice = &text[chunk.span.range()];
        if !is_relevant(slice) {
            continue;
        }
        let doc = yaml::parse(slice, chunk.span.start).map_err(|error| {
            let span = Span::empty(chunk.span.start + error.at);
            let place = FileSpan { file: path.clone(), span };
            BuildError::refused(format!("cannot be read: {}", error.message), &place)
        })?;
        let source = BuildSource { file: path.clone(), document: chunk.index, inline: None };
        let wanted = |node: &NodeRef<'_>| {
            let text = |key| node.get(key).and_then(NodeRef::text).unwrap_or_default();
            let group = text(field::API_VERSION).split_once('/').map_or("", |(group, _)| group);
            is_ours(group, text(field::KIND))
        };
        let Some(objects) = objects_in(&doc, &Arc::new(source), wanted)? else {
            let place = FileSpan { file: path.clone(), span: chunk.span };
            return Err(BuildError::refused("has an object without a name or a kind", &place));
        };
        found.extend(objects.into_iter().map(Arc::new));
    }
    Ok(found)
}
