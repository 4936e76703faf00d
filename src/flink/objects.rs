//! The objects of ours in a document.

use super::names::{ApiVersion, FlinkKind, GROUP, field, is_placeholder, is_variable, is_version};
use super::prefilter::names_object;
use super::workload::{MODE, PATH, STATE, Workload, anchor};
use crate::k8s::is_dns_name;
use crate::path::RepoPath;
use crate::text::Span;
use crate::yaml::{Document, FieldPath, NodeRef, Scalar};

/// One of our objects within a document.
#[derive(Clone, Debug)]
pub enum Object<'d> {
    /// A workload that can be judged.
    Workload(Workload<'d>),
    /// A typed list (`FlinkDeploymentList`), which has a version of its own.
    List {
        /// The list.
        node: NodeRef<'d>,
        /// Where it is in its document.
        root: FieldPath,
        /// Its version.
        version: ApiVersion,
    },
    /// Ours, but not to be judged as it is.
    Unclear {
        /// Where it is.
        span: Span,
        /// Why.
        reason: String,
    },
}

/// How deep lists may hold lists.
const MAX_LISTS: usize = 4;

/// Every object of ours in a document of the file.
pub fn objects<'d>(doc: &'d Document<'d>, file: &RepoPath) -> Vec<Object<'d>> {
    let mut found = Vec::new();
    collect(doc.root(), &FieldPath::default(), file, None, MAX_LISTS, &mut found);
    let is_preview = |item: &_| {
        matches!(identify(*item), Identity::Flink(_, ApiVersion::Preview) | Identity::Unclear(_))
    };
    // JSON behind a comment is one plain scalar.
    let is_object = |text: &str| text.contains(field::API_VERSION) && names_object(text);
    if doc.root().text().is_some_and(is_object) {
        let reason = "the document is one string, which kubectl does not read".to_string();
        found.push(Object::Unclear { span: Span::empty(doc.root().span_in_file().start), reason });
    }
    found.extend(doc.root().items().filter(is_preview).map(|item| {
        let reason = "it is in a list without a kind, which kubectl does not read".to_string();
        Object::Unclear { span: anchor(item), reason }
    }));
    found
}

/// The workloads among them that are manifests, and not what a cluster printed.
pub(crate) fn workloads<'o, 'd>(
    objects: &'o [Object<'d>],
) -> impl Iterator<Item = &'o Workload<'d>> {
    objects.iter().filter_map(|object| match object {
        Object::Workload(workload) if !workload.is_dump() => Some(workload),
        _ => None,
    })
}

fn collect<'d>(
    node: NodeRef<'d>,
    root: &FieldPath,
    file: &RepoPath,
    implied: Option<(FlinkKind, ApiVersion)>,
    depth: usize,
    found: &mut Vec<Object<'d>>,
) {
    let unmarked = node.is_mapping() && node.get(field::API_VERSION).is_none();
    let identity = match (identify(node), implied) {
        (Identity::Other, Some((kind, version))) if unmarked => Identity::Flink(kind, version),
        (identity, _) => identity,
    };
    match identity {
        Identity::Other => {}
        Identity::Unclear(reason) => found.push(Object::Unclear { span: anchor(node), reason }),
        Identity::Flink(kind, version) => {
            let workload = Workload::new(node, root.clone(), kind, version, file);
            let unclear = if version == ApiVersion::Preview { opaque(&workload) } else { None };
            found.push(match unclear {
                Some((span, reason)) => Object::Unclear { span, reason },
                None => Object::Workload(workload),
            });
        }
        Identity::List { items: implied } => {
            if let Some((_, version)) = implied {
                found.push(Object::List { node, root: root.clone(), version });
            }
            let Some(depth) = depth.checked_sub(1) else { return };
            let items = node.get(field::ITEMS).into_iter().flat_map(NodeRef::items);
            for (i, item) in items.enumerate() {
                collect(item, &root.key(field::ITEMS).index(i), file, implied, depth, found);
            }
        }
    }
}

/// A part of an object that is filled in later as a whole, so that nothing is known of it; why.
pub(crate) fn opaque(workload: &Workload<'_>) -> Option<(Span, String)> {
    let spec = workload.node.get(field::SPEC)?;
    let block_names = [
        field::JOB,
        field::FLINK_CONFIGURATION,
        field::POD_TEMPLATE,
        field::JOB_MANAGER,
        field::TASK_MANAGER,
    ];
    let blocks = block_names.into_iter().filter_map(|name| Some((name, spec.get(name)?)));
    for (name, block) in std::iter::once((field::SPEC, spec)).chain(blocks) {
        if !block.is_null() && !block.is_mapping() {
            return Some((block.span_in_file(), format!("`{name}` is not a mapping")));
        }
        if let Some((key, value)) = key_of_later(block) {
            let reason = format!("a key of `{name}` is filled in later: `{key}`");
            return Some((value.span_in_file(), reason));
        }
    }
    if workload.configuration.is_truncated() {
        let span = spec.get(field::FLINK_CONFIGURATION)?.span_in_file();
        return Some((
            span,
            "aliases expand `flinkConfiguration` to more than can be read".to_string(),
        ));
    }
    let scalars: [&[&str]; 7] = [
        &MODE,
        &STATE,
        &PATH,
        &[field::SPEC, field::SERVICE_ACCOUNT],
        &[field::SPEC, field::FLINK_VERSION],
        &[field::SPEC, field::JOB_MANAGER, field::REPLICAS],
        &[field::SPEC, field::JOB_MANAGER, field::RESOURCE, field::CPU],
    ];
    scalars.into_iter().find_map(|keys| {
        let value = workload.get(keys).filter(|value| value.scalar().is_none())?;
        Some((value.span_in_file(), format!("`{}` is not a string", keys.last()?)))
    })
}

/// A key of the mapping that becomes other keys later, and its value.
fn key_of_later(node: NodeRef<'_>) -> Option<(&str, NodeRef<'_>)> {
    let mut entries = node.entries().into_iter();
    // Under ytt, the value of `_` becomes further keys; that of `<<` is a mapping.
    let merged = node.own_entry("<<").map(|entry| NodeRef { doc: node.doc, id: entry.value });
    let merged = merged.filter(|merged| merged.scalar().is_some_and(|it| it != Scalar::Null));
    let is_later = |(key, value): &(&str, NodeRef<'_>)| {
        is_variable(key) || (*key == "_" && value.comment_as_value().is_some())
    };
    entries.find(is_later).or(merged.map(|merged| ("<<", merged)))
}

/// What an object says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// One of our resources.
    Flink(FlinkKind, ApiVersion),
    /// A list whose items are to be looked at. `items` is set for the typed lists of the raw API,
    /// whose items need not say what they are.
    List {
        /// Kind and version of every item that does not say otherwise.
        items: Option<(FlinkKind, ApiVersion)>,
    },
    /// It is ours, but cannot be judged as it is; why.
    Unclear(String),
    /// Not ours.
    Other,
}

/// What the object at `node` says it is.
pub(crate) fn identify(node: NodeRef<'_>) -> Identity {
    let text = |name| node.get(name).and_then(NodeRef::text);
    let filled_in_later = |what: &str, text: &str| {
        Identity::Unclear(format!("the {what} is filled in later: `{text}`"))
    };
    let kind = text(field::KIND).unwrap_or_default();
    let workload = workload_kind(kind);
    let Some(api_version) = text(field::API_VERSION) else {
        return if workload.is_some() { without_version(node) } else { Identity::Other };
    };
    let version = match api_version.split_once('/') {
        Some((GROUP, version)) => version,
        Some((group, _)) if !is_dns_name(group) && workload.is_some() => {
            return filled_in_later("API group", api_version);
        }
        None if api_version == GROUP => "",
        None if api_version.is_empty() && workload.is_some() => return without_version(node),
        None if !is_version(api_version) && workload.is_some() => {
            return filled_in_later("API version", api_version);
        }
        Some(_) if kind == "ResourceList" => return Identity::List { items: None },
        None if kind == "List" => return Identity::List { items: None },
        _ => return Identity::Other,
    };
    let is_ours = FlinkKind::from_name(kind.strip_suffix("List").unwrap_or(kind)).is_some();
    let api = match ApiVersion::from_name(version) {
        Some(api) => api,
        None if is_placeholder(version) => return filled_in_later("API version", api_version),
        None if is_ours || !is_version(version) => {
            return Identity::Unclear(format!("no release serves `{api_version}`"));
        }
        None => return Identity::Other,
    };
    if let Some(kind) = workload {
        return Identity::Flink(kind, api);
    }
    if let Some(kind) = kind.strip_suffix("List").and_then(workload_kind) {
        return Identity::List { items: Some((kind, api)) };
    }
    match api {
        ApiVersion::Stable => Identity::Other,
        ApiVersion::Preview if kind.is_empty() => {
            Identity::Unclear("the object has no `kind`".into())
        }
        ApiVersion::Preview if is_placeholder(kind) => filled_in_later("kind", kind),
        ApiVersion::Preview => {
            Identity::Unclear(format!("`{GROUP}/{version}` never had a kind `{kind}`"))
        }
    }
}

/// What an object with a kind of ours is whose `apiVersion` has no text. Patches and values of charts
/// need not have one.
fn without_version(node: NodeRef<'_>) -> Identity {
    match (node.get(field::API_VERSION), key_of_later(node)) {
        (Some(_), _) => {
            Identity::Unclear("`apiVersion` has no value, or one that is filled in later".into())
        }
        (None, Some((key, _))) => Identity::Unclear(format!(
            "`apiVersion` may come with a key that is filled in later: `{key}`"
        )),
        (None, None) => Identity::Other,
    }
}

fn workload_kind(name: &str) -> Option<FlinkKind> {
    FlinkKind::from_name(name).filter(|kind| kind.is_workload())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn identity(text: &str) -> Identity {
        identify(yaml::parse(text, 0).unwrap().root())
    }

    #[test]
    fn similar_groups_are_not_ours() {
        let ours = Identity::Flink(FlinkKind::Deployment, ApiVersion::Preview);
        assert_eq!(
            identity("kind: FlinkDeployment\napiVersion: flink.apache.org/v1alpha1\n"),
            ours
        );
        for other in [
            "flink.k8s.io/v1alpha1",
            "flinkoperator.k8s.io/v1beta1",
            "argoproj.io/v1alpha1",
            "v1alpha1",
        ] {
            assert_eq!(
                identity(&format!("kind: FlinkDeployment\napiVersion: {other}\n")),
                Identity::Other
            );
        }
    }

    #[test]
    fn what_is_filled_in_later_is_unclear() {
        for text in [
            "kind: FlinkDeployment\napiVersion: flink.apache.org/${V}\n",
            "kind: ${KIND}\napiVersion: flink.apache.org/v1alpha1\n",
            "kind: FlinkDeployment\napiVersion: ${API}\n",
            "kind: FlinkCluster\napiVersion: flink.apache.org/v1alpha1\n",
            "kind: FlinkDeployment\napiVersion:\n",
            "kind: FlinkDeployment\napiVersion: ''\n",
            "kind: FlinkSessionJob\napiVersion: {{ .Values.api }}\n",
            "kind: FlinkSessionJob\n<<: ${COMMON}\n",
        ] {
            assert!(matches!(identity(text), Identity::Unclear(_)), "{text}");
        }
        assert_eq!(identity("kind: FlinkDeployment\nspec: {}\n"), Identity::Other);
    }
}
