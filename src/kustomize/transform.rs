//! What a kustomization makes of the objects it is handed, in the order of kustomize 5
//! (`kusttarget_configplugin.go`).

use std::collections::HashSet;
use std::sync::Arc;

use super::field_spec::{TransformerConfig, mapping};
use super::fields::{
    BuildError, FieldSpec, FileSpan, KustomizationSpec, LabelSet, Patch, PatchSelector, Reach,
    ReplicaCount, UnmodelledField, Written,
};
use super::images;
use super::json_patch;
use super::node::{BuildSource, BuiltContent, BuiltNode, BuiltScalar, BuiltValue, Origin};
use super::object::{BuiltId, BuiltObject};
use super::patch_text::PatchText;
use super::strategic_merge::{MergeRoute, merge};
use crate::flink::names::field;

/// The objects that are built so far, and what counts for those to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accumulated {
    /// The objects; shared until one is changed.
    pub objects: Vec<Arc<BuiltObject>>,
    /// The places of `configurations`.
    pub(crate) config: TransformerConfig,
    /// What adds objects that cannot be seen.
    pub unseen: Vec<UnmodelledField>,
}

impl Accumulated {
    /// Two objects of one id are refused.
    pub(crate) fn check_ids(&self, by: &FileSpan) -> Result<(), BuildError> {
        let mut seen: HashSet<&BuiltId> = HashSet::new();
        match self.objects.iter().find(|object| !seen.insert(&object.id)) {
            None => Ok(()),
            Some(twin) => {
                let id = &twin.id;
                let reason = format!("builds {} {}/{} twice", id.kind, id.namespace, id.name);
                Err(BuildError::refused(reason, by))
            }
        }
    }
}

/// The patches of a kustomization as their files and scalars hold them, in the order of its entries;
/// nothing for one that concerns no object that is built here.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatchTexts {
    pub(crate) strategic_merge: Vec<Option<PatchText>>,
    pub(crate) patches: Vec<Option<PatchText>>,
    pub(crate) json6902: Vec<Option<PatchText>>,
}

/// Runs the transformers of a kustomization over everything that is built so far.
pub(crate) fn transform(
    spec: &KustomizationSpec,
    texts: &PatchTexts,
    built: &mut Accumulated,
) -> Result<(), BuildError> {
    check_known(spec, built)?;
    for patch in texts.strategic_merge.iter().flatten() {
        patch_by_id(patch, MergeRoute::Copied, built)?;
    }
    for (entry, patch) in spec.patches.iter().zip(&texts.patches) {
        if let Some(patch) = patch {
            run_patch(entry, patch, built)?;
        }
    }
    if let Some(namespace) = &spec.namespace {
        set_namespace(namespace, built)?;
    }
    let prefix = |name: &str, added: &str| format!("{added}{name}");
    let suffix = |name: &str, added: &str| format!("{name}{added}");
    rename(spec.name_prefix.as_ref(), prefix, built);
    rename(spec.name_suffix.as_ref(), suffix, built);
    set_labels(spec, built)?;
    for (entry, patch) in spec.patches_json6902.iter().zip(&texts.json6902) {
        let Some(target) = entry.target.as_ref().filter(|target| !target.name.is_empty()) else {
            return Err(BuildError::refused(
                "has a patch without the name of its target",
                &entry.place,
            ));
        };
        if let Some(PatchText::Operations(operations)) = patch {
            for at in selected(target, built, &entry.place)? {
                json_patch::apply(Arc::make_mut(&mut built.objects[at]), operations, &entry.place)?;
            }
        }
    }
    for replica in &spec.replicas {
        set_replicas(replica, built)?;
    }
    for image in &spec.images {
        for object in &mut built.objects {
            images::change(image, &built.config.images, object)?;
        }
    }
    Ok(())
}

/// What the model does not know and could change one of the objects is an error.
fn check_known(spec: &KustomizationSpec, built: &mut Accumulated) -> Result<(), BuildError> {
    for field in &spec.unmodelled {
        let reaches = match &field.reach {
            Reach::Adds => {
                built.unseen.push(field.clone());
                false
            }
            Reach::Every => !built.objects.is_empty(),
            Reach::Variables => built.objects.iter().any(|object| object.has_variable()),
            Reach::Selected(selectors) => {
                let selectors = selectors.iter();
                let found = selectors.map(|it| Ok(!selected(it, built, &field.place)?.is_empty()));
                found.collect::<Result<Vec<bool>, BuildError>>()?.contains(&true)
            }
        };
        if reaches {
            return Err(BuildError::unmodelled(&*field.reason, &field.place));
        }
    }
    let renames = spec.name_prefix.is_some() || spec.name_suffix.is_some();
    for (name, spec, place) in &built.config.unmodelled {
        let reaches = |object: &BuiltObject| match &**name {
            "varReference" => object.has_variable(),
            "nameReference" => spec.renames_judged_field_of(object, renames),
            _ => true,
        };
        let mut objects = built.objects.iter();
        if objects.any(|object| spec.applies_to(&object.id) && reaches(object)) {
            let reason = format!("has `{name}` in `configurations`, which is not read");
            return Err(BuildError::unmodelled(reason, place));
        }
    }
    Ok(())
}

/// The numbers of the objects that a selector means.
fn selected(
    target: &PatchSelector,
    built: &Accumulated,
    by: &FileSpan,
) -> Result<Vec<usize>, BuildError> {
    let mut found = Vec::new();
    for (at, object) in built.objects.iter().enumerate() {
        if target.selects(object, by)? {
            found.push(at);
        }
    }
    Ok(found)
}

fn run_patch(entry: &Patch, patch: &PatchText, built: &mut Accumulated) -> Result<(), BuildError> {
    let by = &entry.place;
    let Some(target) = &entry.target else {
        return match patch {
            PatchText::Objects(_) => patch_by_id(patch, MergeRoute::ById, built),
            PatchText::Operations(_) => {
                Err(BuildError::refused("has a patch without a target", by))
            }
        };
    };
    let found = selected(target, built, by)?;
    match patch {
        PatchText::Objects(patches) if patches.len() > 1 => {
            Err(BuildError::refused("has a patch of several objects with a target", by))
        }
        PatchText::Objects(patches) => {
            for patch in patches {
                for at in &found {
                    let object = Arc::make_mut(&mut built.objects[*at]);
                    merge(object, &patch.root, MergeRoute::Copied, by)?;
                }
                built.check_ids(by)?;
            }
            Ok(())
        }
        PatchText::Operations(operations) => {
            for at in found {
                let object = Arc::make_mut(&mut built.objects[at]);
                object.store_id();
                json_patch::apply(object, operations, by)?;
            }
            Ok(())
        }
    }
}

/// Applies strategic merge patches to the one object that each names.
fn patch_by_id(
    patch: &PatchText,
    route: MergeRoute,
    built: &mut Accumulated,
) -> Result<(), BuildError> {
    let PatchText::Objects(patches) = patch else { return Ok(()) };
    for patch in patches {
        let by = &patch.place();
        let mut found = (0..built.objects.len()).filter(|at| built.objects[*at].was(&patch.id));
        let (at, another) = (found.next(), found.next());
        let id = &patch.id;
        let name = format!("{}/{} {} {}", id.group, id.version, id.kind, id.name);
        let Some(at) = at else {
            // What adds objects may add this one.
            return Err(match built.unseen.first() {
                Some(field) => BuildError::unmodelled(&*field.reason, &field.place),
                None => BuildError::refused(format!("patches {name}, which is not there"), by),
            });
        };
        if another.is_some() {
            return Err(BuildError::refused(format!("patches {name}, of which there are two"), by));
        }
        merge(Arc::make_mut(&mut built.objects[at]), &patch.root, route, by)?;
        if route == MergeRoute::Copied {
            built.check_ids(by)?;
        }
    }
    Ok(())
}

fn origin(written: &Written) -> Origin {
    origin_of(&written.place)
}

pub(crate) fn origin_of(place: &FileSpan) -> Origin {
    let source = BuildSource { file: place.file.clone(), document: 0, inline: None };
    Origin { source: Arc::new(source), span: place.span }
}

fn set_namespace(namespace: &Written, built: &mut Accumulated) -> Result<(), BuildError> {
    let value = BuiltNode::of_text(&namespace.text, origin(namespace));
    let known = [FieldSpec::of_metadata(field::NAMESPACE)];
    for object in &mut built.objects {
        let object = Arc::make_mut(object);
        object.store_id();
        let id = object.id.clone();
        for spec in known.iter().chain(&built.config.namespace).filter(|it| it.applies_to(&id)) {
            spec.visit(&mut object.root, Some(&value), &namespace.place, &mut |node| {
                *node = value.clone();
                Ok(())
            })?;
        }
        object.touch(&namespace.place);
    }
    built.check_ids(&namespace.place)
}

fn rename(added: Option<&Written>, name: impl Fn(&str, &str) -> String, built: &mut Accumulated) {
    let Some(added) = added else { return };
    for object in &mut built.objects {
        let object = Arc::make_mut(object);
        object.store_id();
        let new = name(&object.id.name, &added.text);
        if let Some(node) =
            object.root.get_mut(field::METADATA).and_then(|it| it.get_mut(field::NAME))
        {
            *node = BuiltNode::of_text(&new, node.origin.clone());
        }
        object.touch(&added.place);
    }
}

fn set_labels(spec: &KustomizationSpec, built: &mut Accumulated) -> Result<(), BuildError> {
    let metadata = FieldSpec::of_metadata("labels");
    let common: Vec<FieldSpec> =
        std::iter::once(metadata.clone()).chain(built.config.common_labels.clone()).collect();
    for LabelSet { pairs, includes_selectors, fields } in &spec.labels {
        let base = if *includes_selectors { common.clone() } else { vec![metadata.clone()] };
        let specs: Vec<FieldSpec> = fields.iter().cloned().chain(base).collect();
        add_pairs(pairs, &specs, built)?;
    }
    add_pairs(&spec.common_labels, &common, built)?;
    let annotations = FieldSpec::of_metadata("annotations");
    let specs: Vec<FieldSpec> =
        std::iter::once(annotations).chain(built.config.common_annotations.clone()).collect();
    add_pairs(&spec.common_annotations, &specs, built)
}

/// Sets labels or annotations in the mappings at these places.
fn add_pairs(
    pairs: &[(String, Written)],
    specs: &[FieldSpec],
    built: &mut Accumulated,
) -> Result<(), BuildError> {
    let Some((_, first)) = pairs.first() else { return Ok(()) };
    let new = mapping(&origin(first));
    for object in &mut built.objects {
        let object = Arc::make_mut(object);
        let id = object.id.clone();
        for spec in specs.iter().filter(|spec| spec.applies_to(&id)) {
            let by = &first.place;
            spec.visit(&mut object.root, Some(&new), by, &mut |node| {
                if !matches!(node.content, BuiltContent::Mapping(_)) {
                    let reason = format!("sets `{}`, which is no mapping", spec.keys);
                    return Err(BuildError::refused(reason, by));
                }
                for (key, value) in pairs {
                    node.set(key, BuiltNode::of_text(&value.text, origin(value)));
                }
                Ok(())
            })?;
        }
        object.touch(&first.place);
    }
    Ok(())
}

/// Sets the count of the objects of a name, at the places of `configurations`: those that kustomize knows
/// are in other kinds.
fn set_replicas(replica: &ReplicaCount, built: &mut Accumulated) -> Result<(), BuildError> {
    let by = &replica.place;
    let count = BuiltValue::Number(replica.count.clone());
    let value = BuiltNode::of_value(count, origin_of(by));
    for object in &mut built.objects {
        let named = object.id.name == replica.name
            || object.previous.iter().any(|id| id.name == replica.name);
        let specs =
            built.config.replicas.iter().filter(|spec| named && spec.applies_to(&object.id));
        for spec in specs.collect::<Vec<_>>() {
            let object = Arc::make_mut(object);
            spec.visit(&mut object.root, Some(&value), by, &mut |node| {
                set_scalar(node, &value, by)
            })?;
            object.touch(by);
        }
    }
    Ok(())
}

/// Gives a scalar another value.
pub(crate) fn set_scalar(
    node: &mut BuiltNode,
    value: &BuiltNode,
    by: &FileSpan,
) -> Result<(), BuildError> {
    match node.content {
        BuiltContent::Scalar(BuiltScalar { .. }) => {
            *node = value.clone();
            Ok(())
        }
        _ => Err(BuildError::refused("sets a field that is no scalar", by)),
    }
}
