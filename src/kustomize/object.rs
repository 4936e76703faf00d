//! An object that kustomize builds, with every name it has had on the way.

use std::sync::Arc;

use serde_json::Value as Json;

use super::fields::FileSpan;
use super::node::{BuildSource, BuiltContent, BuiltNode, BuiltValue};
use crate::flink::names::field;
use crate::yaml::FieldPath;

/// The namespace that kustomize gives to what has none, when it compares.
pub(crate) const DEFAULT_NAMESPACE: &str = "default";

/// What kustomize tells objects apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BuiltId {
    /// The API group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace; `default` if there is none.
    pub namespace: String,
}

impl BuiltId {
    /// The id of a tree.
    pub(crate) fn new(root: &BuiltNode) -> BuiltId {
        let text = |node: Option<&BuiltNode>| {
            node.and_then(BuiltNode::text).unwrap_or_default().to_string()
        };
        let version = text(root.get(field::API_VERSION));
        let (group, version) = version.split_once('/').unwrap_or(("", &version));
        let metadata = |key| text(root.get(field::METADATA).and_then(|it| it.get(key)));
        let namespace = Some(metadata(field::NAMESPACE)).filter(|it| !it.is_empty());
        BuiltId {
            group: group.to_string(),
            version: version.to_string(),
            kind: text(root.get(field::KIND)),
            name: metadata(field::NAME),
            namespace: namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.to_string()),
        }
    }
}

/// One object, as far as it is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltObject {
    /// The tree.
    pub root: BuiltNode,
    /// The document that it comes from; its own bytes there are those of the origin of `root`.
    pub source: Arc<BuildSource>,
    /// What it is called now.
    pub id: BuiltId,
    /// What it was called before, the oldest first; kind, name and namespace alone count.
    pub previous: Vec<BuiltId>,
    /// A JSON 6902 patch has acted on it, for which kustomize writes the whole of it as JSON.
    pub is_rewritten: bool,
    /// The entries of kustomizations and deliveries that have changed it, in their order.
    pub touched_by: Vec<FileSpan>,
}

impl BuiltObject {
    /// An object as its document has it.
    pub(crate) fn new(root: BuiltNode) -> BuiltObject {
        let (id, source) = (BuiltId::new(&root), Arc::clone(&root.origin.source));
        BuiltObject {
            root,
            source,
            id,
            previous: Vec::new(),
            is_rewritten: false,
            touched_by: Vec::new(),
        }
    }

    /// Remembers what it is called before that changes.
    pub(crate) fn store_id(&mut self) {
        self.previous.push(self.id.clone());
    }

    /// Takes note of a change.
    pub(crate) fn touch(&mut self, by: &FileSpan) {
        self.id = BuiltId::new(&self.root);
        self.touched_by.push(by.clone());
    }

    /// What it was called first.
    pub(crate) fn original_id(&self) -> &BuiltId {
        self.previous.first().unwrap_or(&self.id)
    }

    /// True if it is or was called so, at its present version.
    pub(crate) fn was(&self, id: &BuiltId) -> bool {
        let same = |own: &BuiltId| {
            own.kind == id.kind && own.name == id.name && own.namespace == id.namespace
        };
        self.id.group == id.group
            && self.id.version == id.version
            && (same(&self.id) || self.previous.iter().any(same))
    }

    /// True if an annotation is no string: kustomize makes one of it now and then.
    pub(crate) fn has_odd_annotation(&self) -> bool {
        let annotations = self.root.get(field::METADATA).and_then(|it| it.get("annotations"));
        let values = annotations.map(|it| it.below(&FieldPath::default())).unwrap_or_default();
        values.iter().any(|(_, value)| {
            !matches!(&value.content, BuiltContent::Scalar(it) if matches!(it.value, BuiltValue::Text(_)))
        })
    }

    /// True if it is only there for kustomize.
    pub(crate) fn is_local(&self) -> bool {
        let annotations = self.root.get(field::METADATA).and_then(|it| it.get("annotations"));
        let mark = annotations.and_then(|it| it.get("config.kubernetes.io/local-config"));
        mark.is_some_and(|mark| mark.text() != Some("false"))
    }

    /// True if a text in it may be a variable of kustomize.
    pub(crate) fn has_variable(&self) -> bool {
        fn has(node: &BuiltNode) -> bool {
            match &node.content {
                BuiltContent::Scalar(_) => node.text().is_some_and(|text| text.contains("$(")),
                BuiltContent::Mapping(entries) => entries.iter().any(|(_, value)| has(value)),
                BuiltContent::Sequence(items) => items.iter().any(has),
            }
        }
        has(&self.root)
    }

    /// It as one YAML document.
    pub fn render(&self) -> String {
        self.root.render()
    }

    /// It as JSON, numbers by their value.
    pub(crate) fn json(&self) -> Json {
        self.root.json()
    }
}
