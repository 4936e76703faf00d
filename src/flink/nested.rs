//! What stands in a document beside the objects that it is or lists: manifests inside other objects, and
//! every other node.

use memchr::memmem;

use super::names::{ApiVersion, FlinkKind, GROUP, PREVIEW, STABLE, field};
use super::objects::{Identity, identify, objects, opaque, workloads};
use super::prefilter::names_kind;
use super::workload::Workload;
use crate::k8s::ObjectKey;
use crate::path::RepoPath;
use crate::yaml::{self, Document, FieldPath, NodeKind, NodeRef, Style};

/// Shows `see` every node that may name one of our objects, with its path: but for the objects of the
/// document itself and of its lists, and their `apiVersion`s. Aliases are not followed.
pub(crate) fn visit_others<'d>(
    doc: &'d Document<'d>,
    see: &mut dyn FnMut(NodeRef<'d>, &FieldPath),
) {
    let is_list = matches!(doc.root().node().kind, NodeKind::Sequence { .. });
    visit(doc.root(), &mut Vec::new(), !is_list, is_list, see);
}

/// A step of a path on the way down, where nothing is copied yet.
#[derive(Clone, Copy)]
enum Step<'d> {
    Key(&'d str),
    Index(usize),
}

/// `listed` is true for what `objects` looks at, `lists` for a list of that.
fn visit<'d>(
    node: NodeRef<'d>,
    path: &mut Vec<Step<'d>>,
    listed: bool,
    lists: bool,
    see: &mut dyn FnMut(NodeRef<'d>, &FieldPath),
) {
    let identity = if listed { identify(node) } else { Identity::Other };
    let is_list = matches!(identity, Identity::List { .. });
    let is_object = identity != Identity::Other;
    if !is_object {
        show(node, path, see);
    }
    for entry in node.own_entries() {
        let [key, value] = [entry.key, entry.value].map(|id| NodeRef { doc: node.doc, id });
        let name = key.text().unwrap_or_default();
        path.push(Step::Key(name));
        if !(is_object && name == field::API_VERSION) {
            show(key, path, see);
            visit(value, path, false, is_list && name == field::ITEMS, see);
        }
        path.pop();
    }
    if let NodeKind::Sequence { items, .. } = &node.node().kind {
        for (i, &id) in items.iter().enumerate() {
            path.push(Step::Index(i));
            visit(NodeRef { doc: node.doc, id }, path, lists, false, see);
            path.pop();
        }
    }
}

/// Keys of which a mapping has one that says which version of a kind it means; a merge may bring any.
const VERSION_KEYS: [&str; 5] = [field::API_VERSION, "apiVersions", "version", "versions", "<<"];

fn show<'d>(node: NodeRef<'d>, path: &[Step<'d>], see: &mut dyn FnMut(NodeRef<'d>, &FieldPath)) {
    let may_name_ours = match &node.node().kind {
        NodeKind::Scalar { text, .. } => text.contains(GROUP),
        _ => VERSION_KEYS.iter().any(|key| node.own_entry(key).is_some()),
    };
    if may_name_ours {
        let path = path.iter().fold(FieldPath::default(), |path, step| match step {
            Step::Key(key) => path.key(key),
            Step::Index(i) => path.index(*i),
        });
        see(node, &path);
    }
}

/// The workload that this mapping, nested in another object, is the manifest of; nothing if it only
/// refers to one. Of what is filled in later, the version counts as the old one.
pub(crate) fn nested_workload<'d>(
    node: NodeRef<'d>,
    path: &FieldPath,
    file: &RepoPath,
) -> Option<Workload<'d>> {
    node.get(field::API_VERSION)?;
    node.get(field::SPEC).filter(|spec| !spec.is_null())?;
    let (kind, version) = match identify(node) {
        Identity::Flink(kind, version) => (kind, version),
        Identity::Unclear(_) => {
            (FlinkKind::from_name(node.get(field::KIND)?.text()?)?, ApiVersion::Preview)
        }
        Identity::List { .. } | Identity::Other => return None,
    };
    Some(Workload::new(node, path.clone(), kind, version, file))
}

/// How deep texts may hold texts with manifests in them.
const MAX_TEXTS: usize = 3;

/// Shows `see` every workload at v1beta1 whose manifest is in this text of a document: the entry of a
/// `ConfigMap`, or values of a chart. Each has the path of the text. True if the text may hold one that
/// cannot be read.
pub(crate) fn visit_stable_in_text(
    text: &str,
    path: &FieldPath,
    file: &RepoPath,
    see: &mut dyn FnMut(&Workload<'_>),
) -> bool {
    visit_text(text, path, file, MAX_TEXTS, see)
}

fn visit_text(
    text: &str,
    path: &FieldPath,
    file: &RepoPath,
    depth: usize,
    see: &mut dyn FnMut(&Workload<'_>),
) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    let mut is_unread = false;
    for chunk in yaml::chunks(text) {
        let slice = &text[chunk.span.range()];
        let (has_version, has_kind) =
            (slice.contains(STABLE) && slice.contains(GROUP), names_kind(slice));
        if !(has_version && has_kind) {
            continue;
        }
        let Ok(doc) = yaml::parse(slice, 0) else {
            is_unread = true;
            continue;
        };
        let mut see_one = |workload: &Workload<'_>| {
            if workload.version == ApiVersion::Stable {
                see(&Workload { root: path.clone(), ..workload.clone() });
            }
        };
        workloads(&objects(&doc, file)).for_each(&mut see_one);
        visit_others(&doc, &mut |node, inner| match &node.node().kind {
            NodeKind::Mapping { .. } => {
                nested_workload(node, inner, file).iter().for_each(&mut see_one);
            }
            NodeKind::Scalar { text, style } if *style != Style::Plain => {
                is_unread |= visit_text(text, path, file, depth, &mut see_one);
            }
            _ => {}
        });
    }
    is_unread
}

/// A workload that has a job or may get one, and whose manifest is nested in another object.
#[derive(Clone, Debug)]
pub struct NestedJob {
    /// What its manifest calls it.
    pub key: ObjectKey,
    /// The file of its manifest.
    pub file: RepoPath,
    /// The manifest is only a part of one, as a patch is.
    pub is_partial: bool,
}

/// What a document holds for others beside its own objects.
#[derive(Clone, Debug, Default)]
pub struct NestedManifests {
    /// The workloads with a job whose manifests are nested in other objects.
    pub jobs: Vec<NestedJob>,
    /// Number of strings that hold a manifest.
    pub strings: usize,
}

impl NestedManifests {
    /// Adds what this document holds.
    pub(crate) fn add(&mut self, doc: &Document<'_>, file: &RepoPath) {
        visit_others(doc, &mut |node, path| match &node.node().kind {
            NodeKind::Mapping { .. } => {
                let workload = nested_workload(node, path, file);
                self.jobs.extend(workload.as_ref().and_then(nested_job));
            }
            NodeKind::Scalar { text, .. } => {
                let is_unread = visit_stable_in_text(text, path, file, &mut |workload| {
                    self.jobs.extend(nested_job(workload));
                });
                self.strings += usize::from(is_unread || holds_manifest(text));
            }
            _ => {}
        });
    }
}

/// The job of a nested workload; nothing if it is a session cluster.
fn nested_job(workload: &Workload<'_>) -> Option<NestedJob> {
    // A specification that is filled in later may have one.
    let is_later = opaque(workload).is_some();
    let is_partial = workload.is_partial() && !is_later;
    let has_job = workload.job().is_some() || is_later;
    has_job.then(|| NestedJob {
        key: workload.key.clone(),
        file: workload.file.clone(),
        is_partial,
    })
}

/// True if the text says `apiVersion: flink.apache.org/v1alpha1`, quoted or not.
pub(crate) fn holds_manifest(text: &str) -> bool {
    let mut found = memmem::find_iter(text.as_bytes(), GROUP.as_bytes());
    found.any(|at| {
        let after = text[at + GROUP.len()..].strip_prefix('/');
        if !after.is_some_and(|version| version.starts_with(PREVIEW)) {
            return false;
        }
        let before = text[..at].trim_end_matches(['"', '\'', '\\']).trim_end();
        let key = before.strip_suffix(':').map(str::trim_end);
        let key = key.map(|key| key.trim_end_matches(['"', '\'', '\\']));
        key.is_some_and(|key| key.ends_with(field::API_VERSION))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_told_from_a_mention() {
        for manifest in [
            "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\n",
            "{\"apiVersion\":\"flink.apache.org/v1alpha1\"}",
            "{\\\"apiVersion\\\": \\\"flink.apache.org/v1alpha1\\\"}",
            "- apiVersion: 'flink.apache.org/v1alpha1'",
        ] {
            assert!(holds_manifest(manifest), "{manifest}");
        }
        for mention in
            ["we left flink.apache.org/v1alpha1 behind", "apiVersion: flink.apache.org/v1beta1"]
        {
            assert!(!holds_manifest(mention), "{mention}");
        }
    }
}
