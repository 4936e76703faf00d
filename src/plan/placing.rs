//! Where a change goes that the document of a workload cannot take: to the place where its value is written
//! now, or into a patch of the kustomization that is built.

use std::collections::BTreeMap;

use crate::diagnostic::{Change, Diagnostic, SymbolicLocation};
use crate::path::RepoPath;
use crate::project::{BuildTexts, BuiltManifest, FieldSource, Project};
use crate::rules::DocumentId;
use crate::text::Span;
use crate::yaml::{self, Document, FieldPath, Mark, NodeRef, PathSegment, Value};

/// A change of one workload as built that its document cannot take.
#[derive(Clone, Debug)]
pub(crate) struct UnplacedChange {
    /// The number of the workload among those that are built.
    pub(crate) built: usize,
    /// What is reported of it; its paths are those of the object.
    pub(crate) diagnostic: Diagnostic,
}

/// Where changes can go, in the order in which the places are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlacingTry {
    /// To the place where the value is written now; what is nowhere yet, into the last patch.
    Written,
    /// Into the last patch of the root that acts on this workload.
    LastPatch,
}

/// All of them.
pub(crate) const PLACING_TRIES: [PlacingTry; 2] = [PlacingTry::Written, PlacingTry::LastPatch];

/// What the documents take of this change in such a try; nothing if they cannot take it.
pub(crate) fn place_change(
    change: &UnplacedChange,
    wanted: PlacingTry,
    project: &Project,
    texts: &BuildTexts,
) -> Option<Vec<(DocumentId, Diagnostic)>> {
    let built = &project.built()[change.built];
    let mut taken: BTreeMap<DocumentId, Vec<Change>> = BTreeMap::new();
    for one in change.diagnostic.fix.as_ref()? {
        let written = match wanted {
            PlacingTry::Written => where_written(one, built, project, texts),
            PlacingTry::LastPatch => None,
        };
        let (document, one) = written.or_else(|| in_last_patch(one, built, project, texts))?;
        taken.entry(document).or_default().push(one);
    }
    let reported = taken.into_iter().map(|(document, changes)| {
        let location = SymbolicLocation::Field(changes[0].path().clone());
        (document, Diagnostic { location, fix: Some(changes), ..change.diagnostic.clone() })
    });
    Some(reported.collect())
}

/// The change of the value, where that is written.
fn where_written(
    change: &Change,
    built: &BuiltManifest,
    project: &Project,
    texts: &BuildTexts,
) -> Option<(DocumentId, Change)> {
    let path = change.path();
    let decided = match change {
        Change::Insert { .. } => built.decider(&path.split_last()?.0)?,
        _ => built.decider(path)?,
    };
    let FieldSource { file, document, span } = decided.source.as_ref()?;
    if project.listings(file) != 1 {
        return None;
    }
    let below = with_document(texts, file, *document, |doc| path_of(doc.root(), *span))??;
    let rest = &path.steps()[decided.path.steps().len()..];
    let target = rest.iter().fold(below, |path, step| path.then(step));
    Some(((file.clone(), *document), change.clone().at(target)))
}

/// The change in the last patch of the root that acts on this workload and on nothing else.
fn in_last_patch(
    change: &Change,
    built: &BuiltManifest,
    project: &Project,
    texts: &BuildTexts,
) -> Option<(DocumentId, Change)> {
    let (file, document) = project.last_patch_of(built)?;
    let change = with_document(texts, &file, document, |doc| merged(change, doc.root()))??;
    Some(((file, document), change))
}

/// What a strategic merge patch has to say so that this change comes out.
fn merged(change: &Change, root: NodeRef<'_>) -> Option<Change> {
    let (path, new) = match change {
        Change::Set { path, value, .. } | Change::Insert { path, value, .. } => (path, value),
        Change::Rename { .. } | Change::Remove { .. } => return None,
    };
    if root.at(path).is_some() {
        return match change {
            Change::Insert { .. } => None,
            _ => Some(change.clone()),
        };
    }
    // A mark says what stood in this very place.
    if let Change::Set { mark, .. } = change
        && *mark != Mark::Keep
    {
        return None;
    }
    let mut parent = FieldPath::default();
    let mut steps = path.steps().iter();
    let missing = steps.find(|step| {
        let next = parent.then(step);
        let is_there = root.at(&next).is_some_and(NodeRef::is_mapping);
        if is_there {
            parent = next;
        }
        !is_there
    })?;
    let rest: Vec<&PathSegment> = steps.collect();
    let value = rest.into_iter().rev().try_fold(new.clone(), |value, step| match step {
        PathSegment::Key(key) => Some(Value::Mapping(vec![(key.clone(), value)])),
        PathSegment::Index(_) => None,
    })?;
    let (position, mark) = match change {
        Change::Insert { position, mark, .. } => (position.clone(), mark.clone()),
        _ => (yaml::InsertPosition::Last, None),
    };
    Some(Change::Insert { path: parent.then(missing), value, position, mark })
}

/// What `work` makes of one document of a file.
fn with_document<R>(
    texts: &BuildTexts,
    file: &RepoPath,
    document: usize,
    work: impl FnOnce(&Document<'_>) -> R,
) -> Option<R> {
    let text = texts.get(file)?;
    let chunk = yaml::chunks(text).into_iter().find(|chunk| chunk.index == document)?;
    let doc = yaml::parse(&text[chunk.span.range()], chunk.span.start).ok()?;
    Some(work(&doc))
}

/// The path of the node that has these bytes of the file.
fn path_of(root: NodeRef<'_>, span: Span) -> Option<FieldPath> {
    let mut pending = vec![(FieldPath::default(), root)];
    while let Some((path, node)) = pending.pop() {
        if node.span_in_file() == span {
            return Some(path);
        }
        pending.extend(node.entries().into_iter().map(|(key, value)| (path.key(key), value)));
        pending.extend(node.items().enumerate().map(|(i, item)| (path.index(i), item)));
    }
    None
}
