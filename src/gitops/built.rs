//! What a delivery does to an object after kustomize has built it.

use super::root_edits::RootEdits;
use super::substitutions::{SUBSTITUTE, Substitutions};
use crate::flink::names::field;
use crate::kustomize::{
    BuiltContent, BuiltNode, BuiltObject, BuiltScalar, BuiltValue, Written, origin_of,
};
use crate::yaml::patch::text_token;
use crate::yaml::{FieldPath, Scalar, resolve};

impl RootEdits {
    /// Makes what was built what the cluster gets: Flux replaces variables and then adds its labels, Argo CD
    /// puts what has no namespace into that of its destination (`NormalizeTargetObjects`).
    pub(crate) fn finish(&self, object: &mut BuiltObject) {
        if !self.substitutions.is_empty() && Substitutions::apply_to(&object.root) {
            self.substitutions.replace_in(&mut object.root);
        }
        let maps = [("labels", &self.applied_labels), ("annotations", &self.applied_annotations)];
        for (map, pairs) in maps {
            for (key, value) in pairs {
                set_metadata(object, &[map, key], value);
            }
        }
        let metadata = object.root.get(field::METADATA);
        let has_namespace = metadata.and_then(|it| it.get(field::NAMESPACE)?.text());
        if let Some(namespace) = &self.default_namespace
            && has_namespace.is_none_or(str::is_empty)
        {
            set_metadata(object, &[field::NAMESPACE], namespace);
        }
    }

    /// The fields of what was built in which it replaces variables.
    pub(crate) fn replaced(&self, root: &BuiltNode) -> Vec<FieldPath> {
        let (mut found, mut pending) = (Vec::new(), vec![(FieldPath::default(), root)]);
        while let Some((path, node)) = pending.pop().filter(|_| !self.substitutions.is_empty()) {
            pending.extend(node.below(&path));
            if node.text().is_some_and(|text| text.contains("${")) {
                found.push(path);
            }
        }
        found
    }
}

/// Sets a text at this path below `metadata`.
fn set_metadata(object: &mut BuiltObject, keys: &[&str], value: &Written) {
    let origin = origin_of(&value.place);
    let Some((last, above)) = keys.split_last() else { return };
    let mut here = &mut object.root;
    for key in std::iter::once(&field::METADATA).chain(above) {
        if here.get(key).is_none_or(BuiltNode::is_null) {
            let content = BuiltContent::Mapping(Vec::new());
            here.set(key, BuiltNode { content, origin: origin.clone() });
        }
        let Some(below) = here.get_mut(key) else { return };
        here = below;
    }
    here.set(last, BuiltNode::of_text(&value.text, origin));
    object.touch(&value.place);
}

impl Substitutions {
    /// True if an object takes part.
    fn apply_to(object: &BuiltNode) -> bool {
        let metadata = object.get(field::METADATA);
        ["labels", "annotations"].iter().all(|map| {
            let mark = metadata.and_then(|it| it.get(map)?.get(SUBSTITUTE)?.text());
            mark != Some("disabled")
        })
    }

    /// Replaces variables in the keys and scalars of a tree. A scalar without quotes is read once more: the
    /// value of a variable may be a number.
    fn replace_in(&self, node: &mut BuiltNode) {
        match &mut node.content {
            BuiltContent::Mapping(entries) => {
                for (key, value) in entries {
                    key.text = self.substitute(&key.text);
                    self.replace_in(value);
                }
            }
            BuiltContent::Sequence(items) => {
                for item in items {
                    self.replace_in(item);
                }
            }
            BuiltContent::Scalar(scalar) => {
                let BuiltValue::Text(text) = &scalar.value else { return };
                let replaced = self.substitute(text);
                if replaced != *text {
                    let is_quoted = text_token(text).starts_with(['"', '\'', '|']);
                    let value = match resolve(&replaced) {
                        _ if is_quoted => BuiltValue::Text(replaced),
                        Scalar::Null => BuiltValue::Null,
                        Scalar::Bool(is) => BuiltValue::Bool(is),
                        Scalar::Number(number) => BuiltValue::Number(number.to_string()),
                        Scalar::Text(text) => BuiltValue::Text(text.to_string()),
                    };
                    *scalar = BuiltScalar { value, token: None, comment: None };
                }
            }
        }
    }
}
