//! Strategic merge patches, as kustomize applies them to resources without a schema: mappings are merged,
//! lists replaced, and `null` takes a field out.
//!
//! A mapping with a kind of Kubernetes inside such a resource, as a pod template may be, is merged by the
//! schema of that kind (`walk.go` of kyaml 0.18): its lists item by item.

use super::fields::{BuildError, FileSpan};
use super::node::{BuiltContent, BuiltNode, BuiltValue};
use super::object::BuiltObject;
use crate::flink::names::field;
use crate::yaml::FieldPath;

/// How a patch finds what it patches, which decides about the labels that it sets to null: kustomize copies
/// those of a patch with a selector once more, as texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeRoute {
    /// An entry of `patches` without a selector.
    ById,
    /// An entry of `patches` with a selector, or one of `patchesStrategicMerge`.
    Copied,
}

/// Applies a patch; true if the object stays.
pub(crate) fn merge(
    object: &mut BuiltObject,
    patch: &BuiltNode,
    route: MergeRoute,
    by: &FileSpan,
) -> Result<(), BuildError> {
    let mut patch = patch.clone();
    patch.remove(field::API_VERSION);
    patch.remove(field::KIND);
    if let Some(metadata) = patch.get_mut(field::METADATA) {
        metadata.remove(field::NAME);
        metadata.remove(field::NAMESPACE);
        if route == MergeRoute::Copied {
            copy_texts(metadata, "labels");
            copy_texts(metadata, "annotations");
        }
    }
    let merging = Merging { by, is_rewritten: object.is_rewritten };
    merge_mapping(&mut object.root, patch, false, merging)?;
    if let Some(metadata) = object.root.get_mut(field::METADATA)
        && metadata.get(field::NAMESPACE).is_some_and(|it| it.text().is_none_or(str::is_empty))
    {
        metadata.remove(field::NAMESPACE);
    }
    object.touch(by);
    Ok(())
}

/// Makes texts of the values of labels or annotations, and leaves them out if there are none.
fn copy_texts(metadata: &mut BuiltNode, key: &str) {
    let Some(labels) = metadata.get_mut(key) else { return };
    let mut is_empty = labels.is_null();
    if let BuiltContent::Mapping(entries) = &mut labels.content {
        is_empty = entries.is_empty();
        for (_, value) in entries {
            let text = value.text().unwrap_or("null").to_string();
            if let BuiltContent::Scalar(scalar) = &mut value.content {
                scalar.value = BuiltValue::Text(text);
            }
        }
    }
    if is_empty {
        metadata.remove(key);
    }
}

/// What holds for a whole merge.
#[derive(Clone, Copy)]
struct Merging<'b> {
    by: &'b FileSpan,
    /// The object was written as JSON in the meantime, so that it has no quotes but those that it needs.
    is_rewritten: bool,
}

fn merge_mapping(
    base: &mut BuiltNode,
    patch: BuiltNode,
    is_typed: bool,
    merging: Merging<'_>,
) -> Result<(), BuildError> {
    let BuiltContent::Mapping(entries) = patch.content else { return Ok(()) };
    let by = merging.by;
    // Whether such a null stays depends on what was done to the object before.
    if base.below(&FieldPath::default()).iter().any(|(_, value)| value.is_null()) {
        return Err(BuildError::unmodelled("merges into a mapping with a null", by));
    }
    for (key, value) in entries {
        if key.text.starts_with('$') {
            let reason = format!("has `{}` in a strategic merge patch", key.text);
            return Err(BuildError::unmodelled(reason, by));
        }
        let Some(known) = base.get_mut(&key.text).filter(|_| !value.is_null()) else {
            base.remove(&key.text);
            if let Some(value) = without_nulls(value, by)? {
                base.set(&key.text, value);
                if let BuiltContent::Mapping(entries) = &mut base.content
                    && let Some(last) = entries.last_mut()
                {
                    last.0 = key;
                }
            }
            continue;
        };
        match (&known.content, &value.content) {
            _ if known.is_null() => {
                if let Some(value) = without_nulls(value, by)? {
                    *known = value;
                }
            }
            (BuiltContent::Mapping(_), BuiltContent::Mapping(_)) => {
                let is_typed = is_typed || has_type(known) || has_type(&value);
                merge_mapping(known, value, is_typed, merging)?;
            }
            (BuiltContent::Sequence(_), BuiltContent::Sequence(_)) if is_typed => {
                let reason = format!("merges the list `{}` by the schema of Kubernetes", key.text);
                return Err(BuildError::unmodelled(reason, by));
            }
            (BuiltContent::Scalar(old), BuiltContent::Scalar(new))
                if old.is_respelt(new, merging.is_rewritten) =>
            {
                let reason = format!("gives `{}` a value that kustomize may spell anew", key.text);
                return Err(BuildError::unmodelled(reason, by));
            }
            (BuiltContent::Scalar(old), BuiltContent::Scalar(_))
                if old.is_in_quotes() || old.is_unspelt() =>
            {
                *known = in_quotes(value);
            }
            (BuiltContent::Sequence(_), BuiltContent::Sequence(_))
            | (BuiltContent::Scalar(_), BuiltContent::Scalar(_)) => *known = value,
            _ => {
                let reason = format!("gives `{}` a value of another kind", key.text);
                return Err(BuildError::refused(reason, by));
            }
        }
    }
    Ok(())
}

/// A scalar in the place of a quoted one, whose quotes stay, so that it is text.
fn in_quotes(mut value: BuiltNode) -> BuiltNode {
    if let BuiltContent::Scalar(scalar) = &mut value.content
        && !scalar.is_in_quotes()
        && let Some(token) = scalar.token.take()
    {
        scalar.value = BuiltValue::Text(token);
    }
    value
}

/// True for a mapping below the object that says of which kind it is.
fn has_type(node: &BuiltNode) -> bool {
    let text = |key| node.get(key).and_then(BuiltNode::text).is_some_and(|it| !it.is_empty());
    text(field::API_VERSION) && text(field::KIND)
}

/// What a patch adds: nulls in its mappings are left out; nothing for null itself.
fn without_nulls(mut node: BuiltNode, by: &FileSpan) -> Result<Option<BuiltNode>, BuildError> {
    if node.is_null() {
        return Ok(None);
    }
    if let BuiltContent::Mapping(entries) = node.content {
        let mut kept = Vec::new();
        for (key, value) in entries {
            if key.text.starts_with('$') {
                let reason = format!("has `{}` in a strategic merge patch", key.text);
                return Err(BuildError::unmodelled(reason, by));
            }
            kept.extend(without_nulls(value, by)?.map(|value| (key, value)));
        }
        node.content = BuiltContent::Mapping(kept);
    }
    Ok(Some(node))
}
