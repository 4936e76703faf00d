//! Where changes go that the document of a workload cannot take: to the place where their values are written
//! now, or to the kustomization that is built.

use std::collections::{BTreeMap, BTreeSet};

use super::root_patch::{self, CreatedPatch, DeletedPatch};
use crate::diagnostic::{Change, Diagnostic, SymbolicLocation};
use crate::flink::names::{SUSPEND_MARK, SUSPEND_MARK_ADDED, field};
use crate::path::RepoPath;
use crate::project::{BuildTexts, BuiltManifest, FieldSource, Project};
use crate::rules::DocumentId;
use crate::text::Span;
use crate::yaml::{self, Document, FieldPath, InsertPosition, Mark, NodeRef, PathSegment, Value};

/// A change of one workload as built that its document cannot take.
#[derive(Clone, Debug)]
pub(crate) struct UnplacedChange {
    /// The number of the workload among those that are built.
    pub(crate) built: usize,
    /// The API version of its document once that is written.
    pub(crate) api_version: String,
    /// What is reported of it; its paths are those of the object.
    pub(crate) diagnostic: Diagnostic,
}

/// A way to place the changes of one workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlacingTry {
    /// A value that is written somewhere is changed there.
    changes_written: bool,
    /// Where all else goes, but for the version.
    rest: RootPlace,
    /// The field of the kustomization that lists operations.
    operations: &'static str,
}

/// A place in the kustomization that is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RootPlace {
    /// The last patch file of other people that acts on this workload and on nothing else.
    LastPatch,
    /// The patch file that was created for it, else a new one, listed last.
    NewPatch,
    /// Operations of JSON 6902, in the last entry.
    Operations,
}

/// The ways, in the order in which they are tried: as a person would write it first.
pub(crate) const PLACING_TRIES: [PlacingTry; 8] = [
    way(true, RootPlace::LastPatch, root_patch::PATCHES),
    way(true, RootPlace::NewPatch, root_patch::PATCHES),
    way(false, RootPlace::LastPatch, root_patch::PATCHES),
    way(false, RootPlace::NewPatch, root_patch::PATCHES),
    way(true, RootPlace::Operations, root_patch::PATCHES),
    way(true, RootPlace::NewPatch, root_patch::PATCHES_JSON6902),
    way(true, RootPlace::Operations, root_patch::PATCHES_JSON6902),
    way(false, RootPlace::Operations, root_patch::PATCHES_JSON6902),
];

const fn way(changes_written: bool, rest: RootPlace, operations: &'static str) -> PlacingTry {
    PlacingTry { changes_written, rest, operations }
}

/// What the changes of one workload come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlacedRow {
    /// What documents that are there take.
    pub(crate) taken: Vec<(DocumentId, Diagnostic)>,
    /// The patch file that is created.
    pub(crate) created: Option<CreatedPatch>,
    /// The patch file that is deleted, since nothing is left in it.
    pub(crate) deleted: Option<DeletedPatch>,
    /// The root gets the version, and not the document.
    pub(crate) has_version: bool,
}

impl PlacedRow {
    /// True if something takes the changes.
    pub(crate) fn is_placed(&self) -> bool {
        self.files().next().is_some()
    }

    /// The files that change, come or go.
    pub(crate) fn files(&self) -> impl Iterator<Item = &RepoPath> {
        let taken = self.taken.iter().map(|((file, _), _)| file);
        let created = self.created.iter().map(|patch| &patch.file);
        taken.chain(created).chain(self.deleted.iter().map(|patch| &patch.file))
    }
}

/// The tree as it is, for placing.
pub(crate) struct PlacingTree<'t> {
    pub(crate) project: &'t Project,
    pub(crate) texts: &'t BuildTexts,
    /// True if no file of this text can be created at this path.
    pub(crate) is_taken: &'t dyn Fn(&RepoPath, &str) -> bool,
}

/// What these changes of one workload come to if they are placed in this way; nothing if they cannot be.
pub(crate) fn place_row(
    changes: &[UnplacedChange],
    way: PlacingTry,
    tree: &PlacingTree<'_>,
) -> Option<PlacedRow> {
    let PlacingTree { project, texts, .. } = *tree;
    let built = &project.built()[changes.first()?.built];
    let mut row = PlacedRow::default();
    let mut rest: Vec<(&Diagnostic, Vec<Change>)> = Vec::new();
    let mut operations: Vec<(&Diagnostic, Vec<Change>)> = Vec::new();
    for UnplacedChange { diagnostic, .. } in changes {
        let mut taken: BTreeMap<DocumentId, Vec<Change>> = BTreeMap::new();
        let (mut unwritten, mut versions) = (Vec::new(), Vec::new());
        for one in diagnostic.fix.as_ref()? {
            if *one.path() == FieldPath::from_keys([field::API_VERSION]) {
                versions.push(one.clone());
                row.has_version = true;
                continue;
            }
            let written = Some(one).filter(|_| way.changes_written);
            let written = written.and_then(|one| where_written(one, built, project, texts));
            let last = |is_created| in_last_patch(one, is_created, built, project, texts);
            let found = written.or_else(|| match way.rest {
                RootPlace::LastPatch => last(false),
                RootPlace::NewPatch => last(true),
                RootPlace::Operations => None,
            });
            match found {
                Some((document, one)) => taken.entry(document).or_default().push(one),
                None if way.rest == RootPlace::LastPatch => return None,
                None => unwritten.push(one.clone()),
            }
        }
        row.taken.extend(taken.into_iter().map(|(document, changes)| {
            let location = SymbolicLocation::Field(changes[0].path().clone());
            (document, Diagnostic { location, fix: Some(changes), ..diagnostic.clone() })
        }));
        if way.rest == RootPlace::Operations {
            versions.splice(..0, unwritten);
        } else if !unwritten.is_empty() {
            rest.push((diagnostic, unwritten));
        }
        if !versions.is_empty() {
            operations.push((diagnostic, versions));
        }
    }
    if way.rest == RootPlace::NewPatch && !rest.is_empty() {
        let (created, listing) = root_patch::create(&rest, &changes[0].api_version, built, tree)?;
        row.created = Some(created);
        row.taken.push(listing);
    }
    if !operations.is_empty() {
        row.taken.push(root_patch::operate(&operations, way.operations, built, tree)?);
    }
    root_patch::delete_emptied(&mut row, built, tree)?;
    Some(row)
}

/// The same changes of a document, where everything in a mapping or a list goes, without that mapping or list.
pub(crate) fn without_emptied(root: NodeRef<'_>, changes: &mut Vec<Change>) {
    let is_kept = |change: &Change| !matches!(change, Change::Remove { .. });
    loop {
        let removed: BTreeSet<&FieldPath> =
            changes.iter().filter(|it| !is_kept(it)).map(Change::path).collect();
        let emptied = removed.iter().find_map(|path| {
            let (parent, _) = path.split_last()?;
            // Brackets can be left empty, as they were perhaps before.
            let is_block = |node: &NodeRef<'_>| node.is_mapping() || !node.node().kind.is_flow();
            let node = root.at(&parent).filter(is_block)?;
            if parent.steps().is_empty() {
                return None;
            }
            let span = node.node().span.range();
            let is_mark = |comment: &Span| root.doc.slice(*comment).contains(SUSPEND_MARK);
            let mut comments = root.doc.comments().iter().filter(|it| span.contains(&it.start));
            if !comments.all(is_mark) {
                return None;
            }
            let is_within = |it: &Change| it.path().steps().starts_with(parent.steps());
            let keys = node.entries().into_iter().map(|(key, _)| parent.key(key));
            let items = node.items().enumerate().map(|(i, _)| parent.index(i));
            let is_emptied = keys.chain(items).all(|path| removed.contains(&path));
            (is_emptied && !changes.iter().any(|it| is_kept(it) && is_within(it))).then_some(parent)
        });
        let Some(emptied) = emptied else { return };
        changes.retain(|it| !it.path().steps().starts_with(emptied.steps()));
        changes.push(Change::Remove { path: emptied });
    }
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
    let change = with_document(texts, file, *document, |doc| {
        let below = path_of(doc.root(), *span)?;
        let rest = &path.steps()[decided.path.steps().len()..];
        let target = rest.iter().fold(below, |path, step| path.then(step));
        Some(
            if matches!(change, Change::Set { mark: Mark::Take(_), .. }) && is_added(doc, &target) {
                Change::Remove { path: target }
            } else {
                change.clone().at(target)
            },
        )
    })??;
    Some(((file.clone(), *document), change))
}

/// True if step `suspend` has added this line of a patch, over a value that is written elsewhere.
pub(crate) fn is_added(doc: &Document<'_>, path: &FieldPath) -> bool {
    let comment = doc.root().at(path).and_then(|node| doc.comment_after(node.node().span.end));
    comment.is_some_and(|comment| doc.slice(comment).trim_end().ends_with(SUSPEND_MARK_ADDED))
}

/// The change in the last patch of the root that acts on this workload and on nothing else: in one that was
/// created, or in one of other people.
fn in_last_patch(
    change: &Change,
    is_created: bool,
    built: &BuiltManifest,
    project: &Project,
    texts: &BuildTexts,
) -> Option<(DocumentId, Change)> {
    let is_wanted = |file: &RepoPath| root_patch::is_created(file) == is_created;
    let (file, document) = project.last_patch_of(built, &is_wanted)?;
    let merged = |doc: &Document<'_>| merged(change, doc.root(), is_created);
    let change = with_document(texts, &file, document, merged)??;
    Some(((file, document), change))
}

/// What a strategic merge patch has to say so that this change comes out; nothing if it cannot. A patch that was
/// created has its keys in the order of the alphabet, whatever is written first.
pub(crate) fn merged(change: &Change, root: NodeRef<'_>, is_created: bool) -> Option<Change> {
    let (path, new) = match change {
        Change::Set { path, value, .. } | Change::Insert { path, value, .. } => (path, value),
        Change::Remove { path } => (path, &Value::Null),
        Change::Rename { .. } | Change::Append { .. } => return None,
    };
    if root.at(path).is_some() {
        return match change {
            Change::Insert { .. } => None,
            _ => Some(change.clone()),
        };
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
    let (position, mark) = match change {
        Change::Insert { position, mark, .. } => (position.clone(), mark.clone()),
        Change::Set { mark: Mark::Leave(mark), .. } => {
            (InsertPosition::Last, Some(format!("{mark}{SUSPEND_MARK_ADDED}")))
        }
        // The mark is where the value is written.
        Change::Set { mark: Mark::Take(_), .. } => return None,
        _ => (InsertPosition::Last, None),
    };
    let (value, mark) = match mark {
        Some(mark) if !rest.is_empty() => (Value::Marked(Box::new(new.clone()), mark), None),
        mark => (new.clone(), mark),
    };
    let value = rest.into_iter().rev().try_fold(value, |value, step| match step {
        PathSegment::Key(key) => Some(Value::Mapping(vec![(key.clone(), value)])),
        PathSegment::Index(_) => None,
    })?;
    let position = match position {
        _ if is_created => InsertPosition::Sorted,
        // It is the place of the field in a mapping that is not there.
        _ if parent.steps().len() + 1 < path.steps().len() => InsertPosition::Last,
        position => position,
    };
    Some(Change::Insert { path: parent.then(missing), value, position, mark })
}

/// What `work` makes of one document of a file.
pub(crate) fn with_document<R>(
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
