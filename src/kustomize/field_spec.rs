//! The places that transformers change: those that kustomize knows by itself, as far as they reach kinds
//! that it does not know, and those of `configurations`.

use super::fields::{BuildError, FieldSpec, FileSpan};
use super::node::{BuiltContent, BuiltNode, Origin};
use super::object::{BuiltId, BuiltObject};
use super::reader::FieldReader;
use crate::flink::names::field;
use crate::path::RepoPath;
use crate::yaml::NodeRef;

/// The places of one build, of `configurations` alone. What stands in a base counts in its overlays too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransformerConfig {
    pub(crate) images: Vec<FieldSpec>,
    pub(crate) replicas: Vec<FieldSpec>,
    pub(crate) namespace: Vec<FieldSpec>,
    pub(crate) common_labels: Vec<FieldSpec>,
    pub(crate) common_annotations: Vec<FieldSpec>,
    /// Places whose transformers are not modelled, each with the field that names it.
    pub(crate) unmodelled: Vec<(String, FieldSpec, FileSpan)>,
}

/// The fields of such a file.
const FIELDS: &[&str] = &[
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "templateLabels",
    "commonAnnotations",
    "nameReference",
    "varReference",
    "images",
    "replicas",
];

impl TransformerConfig {
    /// Reads a file of `configurations`, of one document.
    pub(crate) fn read(
        file: &RepoPath,
        root: NodeRef<'_>,
    ) -> Result<TransformerConfig, BuildError> {
        let reader = FieldReader { file };
        let mut config = TransformerConfig::default();
        for (name, node) in reader.members(root, FIELDS)? {
            let list = match name {
                "images" => &mut config.images,
                "replicas" => &mut config.replicas,
                "namespace" => &mut config.namespace,
                "commonLabels" => &mut config.common_labels,
                "commonAnnotations" => &mut config.common_annotations,
                _ => {
                    let specs = if name == "nameReference" {
                        let references = node.items().filter_map(|item| item.get("fieldSpecs"));
                        let specs = references.map(|it| reader.items(it, FieldReader::field_spec));
                        specs.collect::<Result<Vec<_>, _>>()?.concat()
                    } else {
                        reader.items(node, FieldReader::field_spec)?
                    };
                    let place = reader.place(node);
                    let named = specs.into_iter().map(|it| (name.to_string(), it, place.clone()));
                    config.unmodelled.extend(named);
                    continue;
                }
            };
            *list = reader.items(node, FieldReader::field_spec)?;
        }
        Ok(config)
    }

    /// Adds the places of another; those that differ only in `create` are refused.
    pub(crate) fn merge(
        &mut self,
        other: &TransformerConfig,
        by: &FileSpan,
    ) -> Result<(), BuildError> {
        let lists = [
            (&mut self.images, &other.images),
            (&mut self.replicas, &other.replicas),
            (&mut self.namespace, &other.namespace),
            (&mut self.common_labels, &other.common_labels),
            (&mut self.common_annotations, &other.common_annotations),
        ];
        for (own, other) in lists {
            for spec in other {
                let same = |known: &&FieldSpec| {
                    FieldSpec { creates: spec.creates, ..(*known).clone() } == *spec
                };
                match own.iter().find(same) {
                    None => own.push(spec.clone()),
                    Some(known) if known.creates != spec.creates => {
                        let reason = format!("has `{}` twice in `configurations`", spec.keys);
                        return Err(BuildError::refused(reason, by));
                    }
                    Some(_) => {}
                }
            }
        }
        for place in &other.unmodelled {
            if !self.unmodelled.contains(place) {
                self.unmodelled.push(place.clone());
            }
        }
        Ok(())
    }
}

impl FieldSpec {
    /// True if a reference here can change what the rules judge: in a pod template that is the account alone,
    /// where none is set above it, and only if names change; `renames` says that they do now.
    pub(crate) fn renames_judged_field_of(&self, object: &BuiltObject, renames: bool) -> bool {
        let mut keys = self.keys.split('/');
        let is_account = matches!(keys.next_back(), Some("serviceAccount" | "serviceAccountName"));
        let is_in_pods = keys.any(|key| key == field::POD_TEMPLATE);
        let account = object.root.get(field::SPEC).and_then(|it| it.get(field::SERVICE_ACCOUNT));
        let is_settled = account.is_some_and(|account| !account.is_null());
        !is_in_pods || (is_account && !is_settled && (renames || !object.previous.is_empty()))
    }

    /// `metadata/KEY`, of every object.
    pub(crate) fn of_metadata(key: &str) -> FieldSpec {
        let keys = format!("{}/{key}", field::METADATA);
        FieldSpec { keys, creates: true, ..FieldSpec::default() }
    }

    /// True if it is about objects of this kind.
    pub(crate) fn applies_to(&self, id: &BuiltId) -> bool {
        let is = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        is(&self.group, &id.group) && is(&self.version, &id.version) && is(&self.kind, &id.kind)
    }

    /// Calls `set` for each node at the path. A missing one is made of `new`, if it says so.
    pub(crate) fn visit(
        &self,
        root: &mut BuiltNode,
        new: Option<&BuiltNode>,
        by: &FileSpan,
        set: &mut dyn FnMut(&mut BuiltNode) -> Result<(), BuildError>,
    ) -> Result<(), BuildError> {
        let mut steps: Vec<String> = Vec::new();
        for step in self.keys.split('/') {
            match steps.last_mut() {
                Some(last) if last.ends_with('\\') => {
                    last.pop();
                    last.push('/');
                    last.push_str(step);
                }
                _ => steps.push(step.to_string()),
            }
        }
        let new = new.filter(|_| self.creates);
        let visit = SpecVisit { keys: &self.keys, new, by };
        visit.walk(root, &steps, set)
    }
}

struct SpecVisit<'v> {
    keys: &'v str,
    new: Option<&'v BuiltNode>,
    by: &'v FileSpan,
}

impl SpecVisit<'_> {
    fn walk(
        &self,
        node: &mut BuiltNode,
        steps: &[String],
        set: &mut dyn FnMut(&mut BuiltNode) -> Result<(), BuildError>,
    ) -> Result<(), BuildError> {
        let Some((step, rest)) = steps.split_first() else { return set(node) };
        if let BuiltContent::Sequence(items) = &mut node.content {
            return items.iter_mut().try_for_each(|item| self.walk(item, steps, set));
        }
        if !matches!(node.content, BuiltContent::Mapping(_)) {
            let reason = format!("has the field `{}`, which leads through a scalar", self.keys);
            return Err(BuildError::refused(reason, self.by));
        }
        let (key, is_list) = step.strip_suffix("[]").map_or((&**step, false), |key| (key, true));
        let new = self.new.filter(|_| !is_list);
        let is_null = node.get(key).is_some_and(BuiltNode::is_null);
        if is_null && new.is_none() {
            let reason = format!("has the field `{}`, which leads through null", self.keys);
            return Err(BuildError::unmodelled(reason, self.by));
        }
        if is_null || node.get(key).is_none() {
            let Some(new) = new else { return Ok(()) };
            let made = if rest.is_empty() { new.clone() } else { mapping(&new.origin) };
            node.set(key, made);
        }
        match node.get_mut(key) {
            Some(next) => self.walk(next, rest, set),
            None => Ok(()),
        }
    }
}

/// An empty mapping.
pub(crate) fn mapping(origin: &Origin) -> BuiltNode {
    BuiltNode { content: BuiltContent::Mapping(Vec::new()), origin: origin.clone() }
}
