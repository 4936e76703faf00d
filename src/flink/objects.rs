//! The objects of ours in a document.

use super::workload::{Workload, anchor};
use crate::flink::detect::{Identity, identify};
use crate::flink::names::{ApiVersion, FlinkKind, field, is_placeholder};
use crate::path::RepoPath;
use crate::text::Span;
use crate::yaml::{Document, FieldPath, NodeRef};

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
    let bare = doc
        .root()
        .items()
        .filter(|item| matches!(identify(*item), Identity::Flink(_, ApiVersion::Preview)));
    found.extend(bare.map(|item| {
        let reason = "it stands in a list without a kind, which kubectl does not read".to_string();
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
fn opaque(workload: &Workload<'_>) -> Option<(Span, String)> {
    let spec = workload.node.get(field::SPEC)?;
    let block_names = [
        field::JOB,
        field::FLINK_CONFIGURATION,
        field::POD_TEMPLATE,
        field::JOB_MANAGER,
        field::TASK_MANAGER,
    ];
    let blocks = block_names.into_iter().filter_map(|name| Some((name, spec.get(name)?)));
    let blocks: Vec<_> = std::iter::once((field::SPEC, spec)).chain(blocks).collect();
    for (name, block) in blocks {
        if !block.is_null() && !block.is_mapping() {
            return Some((block.span_in_file(), format!("`{name}` is no mapping")));
        }
        let later = block.entries().into_iter().find(|(key, _)| is_placeholder(key));
        if let Some((key, value)) = later {
            return Some((
                value.span_in_file(),
                format!("a key of `{name}` is filled in later: `{key}`"),
            ));
        }
    }
    if workload.configuration.is_truncated() {
        let span = spec.get(field::FLINK_CONFIGURATION)?.span_in_file();
        return Some((span, "aliases repeat `flinkConfiguration` without end".to_string()));
    }
    let job = spec.get(field::JOB)?;
    let scalars = [field::UPGRADE_MODE, field::STATE, field::INITIAL_SAVEPOINT_PATH];
    scalars.into_iter().find_map(|name| {
        let value = job.get(name).filter(|value| value.scalar().is_none())?;
        Some((value.span_in_file(), format!("`{name}` is no text")))
    })
}
