//! The only writer of YAML syntax: changes of fields become edits of bytes.
//!
//! All changes of one document are placed in one call, so that two of them that land at one byte
//! know of each other. What cannot be changed without touching something else is refused by name.

mod block;
mod ends;
mod flow;
mod lines;
mod remove;
mod render;
mod scalar;
mod sequence;

pub(crate) use ends::dash;
pub(crate) use render::{BlockNode, document, text_token};
pub use scalar::line;

use std::collections::BTreeMap;

use super::document::{Document, MappingEntry, NodeId, NodeKind, NodeRef};
use super::{Change, FieldPath, InsertPosition, Mark, PathSegment, Value};
use crate::text::{Edit, EditSet, Span};
use remove::{Member, Removal};

/// Why a change cannot be made without touching more than it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditRefusal {
    /// Where, in bytes from the start of the document's text.
    pub at: usize,
    /// What forbids it.
    pub reason: String,
}

/// The edits, within the document's text, that make exactly these changes.
pub fn edits(doc: &Document<'_>, changes: &[Change]) -> Result<EditSet, EditRefusal> {
    let mut plan = Plan::default();
    let removals = changes.iter().filter_map(|change| match change {
        Change::Remove { path } => Some(removal(doc, path)),
        _ => None,
    });
    let removals = removals.collect::<Result<Vec<Removal>, EditRefusal>>()?;
    let filled = changes.iter().filter(|change| matches!(change, Change::Insert { .. }));
    let filled = filled.filter_map(|change| parent(doc, change.path()).ok());
    let filled: Vec<NodeId> = filled.map(|parent| parent.id).collect();
    plan.edits.extend(remove::edits(doc, &removals, &filled)?);
    let removed: Vec<NodeId> = removals.iter().map(|removal| removal.member.first()).collect();
    for change in changes {
        match change {
            Change::Set { path, value, mark } => {
                let target = target(doc, path)?;
                plan.take(scalar::set(doc, &target, value)?);
                match mark {
                    Mark::Keep => {}
                    // It belongs to its line, and so comes before whatever follows that.
                    Mark::Leave(mark) => {
                        plan.pieces.push((MARK_DEPTH, scalar::mark(doc, &target, mark)?));
                    }
                    Mark::Take(mark) => plan.edits.extend(scalar::unmark(doc, &target, mark)),
                }
            }
            Change::Insert { path, value, position, mark } => {
                let (parent, Some((_, PathSegment::Key(key)))) =
                    (parent(doc, path)?, path.split_last())
                else {
                    return Err(refuse(0, "only a key can be inserted"));
                };
                let new = New { key, value, position, mark: mark.as_deref() };
                let mapping = plan.inserts.entry((parent.id, path.steps().len()));
                mapping.or_default().push((parent, new));
            }
            Change::Append { path, value } => {
                let sequence = walk(doc, path)?;
                unshared(doc, sequence.id)?;
                let depth = path.steps().len() + 1;
                let appended = plan.appends.entry((sequence.id, depth));
                appended.or_insert((sequence, Vec::new())).1.push(value);
            }
            Change::Rename { path, to, .. } => {
                let target = target(doc, path)?;
                plan.edits.push(scalar::rename(doc, &target, to)?);
            }
            Change::Remove { .. } => {}
        }
    }
    for ((mapping, depth), group) in plan.inserts {
        let Some((parent, _)) = group.first().cloned() else { continue };
        let news: Vec<New<'_>> = group.into_iter().map(|(_, new)| new).collect();
        let pieces = match &doc.node(mapping).kind {
            NodeKind::Mapping { flow: false, .. } => block::insert(doc, &parent, &news, &removed)?,
            _ if news.iter().any(New::has_mark) => {
                return Err(refuse(doc.node(mapping).head, NO_MARK));
            }
            NodeKind::Mapping { flow: true, .. } => flow::insert(doc, &parent, &news, &removed)?,
            _ => block::fill_null(doc, &parent, &news)?,
        };
        plan.pieces.extend(pieces.into_iter().map(|piece| (depth, piece)));
    }
    for ((_, depth), (sequence, values)) in plan.appends {
        let pieces = sequence::append(doc, &sequence, &values, &removed)?;
        plan.pieces.extend(pieces.into_iter().map(|piece| (depth, piece)));
    }
    plan.edits.extend(joined(plan.pieces));
    EditSet::new(plan.edits)
        .map_err(|overlap| refuse(overlap.at, "two changes touch the same bytes"))
}

/// Deeper than any mapping: a value that is filled in follows its colon before all else.
const VALUE_DEPTH: usize = usize::MAX;

/// The mark of a line follows its value.
const MARK_DEPTH: usize = VALUE_DEPTH - 1;

/// What is written before a mark: the distance that yamllint asks for by default.
const MARK_GAP: &str = "  ";

/// Why a mark cannot be left.
const NO_MARK: &str = "no comment can follow a field here";

/// A key to be inserted.
#[derive(Clone, Copy)]
struct New<'c> {
    key: &'c str,
    value: &'c Value,
    position: &'c InsertPosition,
    mark: Option<&'c str>,
}

impl New<'_> {
    /// True if some line of it gets a mark.
    fn has_mark(&self) -> bool {
        self.mark.is_some() || self.value.has_mark()
    }
}

/// The mapping, sequence or null that receives new keys or items.
#[derive(Clone)]
struct Parent {
    id: NodeId,
    /// The key whose value it is; nothing at the root and for items of a sequence.
    key: Option<NodeId>,
    /// It is inside braces or brackets.
    in_flow: bool,
}

/// An existing field: the mapping that holds it, and its entry there.
struct Target {
    mapping: NodeId,
    entry: MappingEntry,
}

#[derive(Default)]
struct Plan<'c> {
    edits: Vec<Edit>,
    inserts: BTreeMap<(NodeId, usize), Vec<(Parent, New<'c>)>>,
    appends: BTreeMap<(NodeId, usize), (Parent, Vec<&'c Value>)>,
    pieces: Vec<(usize, Edit)>,
}

impl Plan<'_> {
    /// A value written where none stood is an insertion, and may meet others at its byte: the mark of
    /// its line, and lines that come behind that.
    fn take(&mut self, edit: Edit) {
        if edit.span.is_empty() {
            self.pieces.push((VALUE_DEPTH, edit));
        } else {
            self.edits.push(edit);
        }
    }
}

/// Pieces that land at one byte become one edit, those of the deeper mapping first: they still
/// belong to the line they follow.
fn joined(mut pieces: Vec<(usize, Edit)>) -> Vec<Edit> {
    pieces.sort_by_key(|(depth, piece)| (piece.span, std::cmp::Reverse(*depth)));
    let mut out: Vec<Edit> = Vec::new();
    for (_, piece) in pieces {
        match out.last_mut() {
            Some(last) if last.span == piece.span && piece.span.is_empty() => {
                last.text.push_str(&piece.text);
            }
            _ => out.push(piece),
        }
    }
    out
}

fn refuse(at: usize, reason: impl Into<String>) -> EditRefusal {
    EditRefusal { at, reason: reason.into() }
}

fn insertion(at: usize, text: String) -> Edit {
    Edit { span: Span::empty(at), text }
}

/// The node that `path` leads to, through nothing that is shared.
fn walk(doc: &Document<'_>, path: &FieldPath) -> Result<Parent, EditRefusal> {
    let mut here = Parent { id: doc.root().id, key: None, in_flow: false };
    for step in path.steps() {
        unshared(doc, here.id)?;
        let node = doc.node(here.id);
        let in_flow = here.in_flow || node.kind.is_flow();
        let found = match (step, &node.kind) {
            (PathSegment::Key(key), NodeKind::Mapping { .. }) => NodeRef { doc, id: here.id }
                .own_entry(key)
                .map(|entry| Parent { id: entry.value, key: Some(entry.key), in_flow }),
            (PathSegment::Index(index), NodeKind::Sequence { items, .. }) => {
                items.get(*index).map(|&id| Parent { id, key: None, in_flow })
            }
            _ => None,
        };
        here = found.ok_or_else(|| {
            let reason = format!("{path} is not written here: it comes from a merge key");
            refuse(node.span.start, reason)
        })?;
    }
    Ok(here)
}

fn parent(doc: &Document<'_>, path: &FieldPath) -> Result<Parent, EditRefusal> {
    let Some((parent_path, _)) = path.split_last() else {
        return Err(refuse(0, "the root itself cannot be inserted"));
    };
    let parent = walk(doc, &parent_path)?;
    unshared(doc, parent.id)?;
    Ok(parent)
}

fn target(doc: &Document<'_>, path: &FieldPath) -> Result<Target, EditRefusal> {
    let mapping = parent(doc, path)?.id;
    let field = walk(doc, path)?;
    let Some(key) = field.key else {
        let at = doc.node(field.id).span.start;
        return Err(refuse(at, "an item of a sequence cannot be changed"));
    };
    unshared(doc, field.id)?;
    Ok(Target { mapping, entry: MappingEntry { key, value: field.id } })
}

fn removal(doc: &Document<'_>, path: &FieldPath) -> Result<Removal, EditRefusal> {
    let holder = parent(doc, path)?.id;
    let field = walk(doc, path)?;
    unshared(doc, field.id)?;
    let entry = |key| Member::Entry(MappingEntry { key, value: field.id });
    Ok(Removal { holder, member: field.key.map_or(Member::Item(field.id), entry) })
}

/// Refuses a node whose change would show in a second place.
fn unshared(doc: &Document<'_>, id: NodeId) -> Result<(), EditRefusal> {
    let at = doc.node(id).head;
    match doc.node(id).kind {
        NodeKind::Alias { .. } => {
            Err(refuse(at, "the value is an alias, and its anchor is used elsewhere too"))
        }
        _ if doc.is_shared(id) => Err(refuse(at, "the value has an anchor that is used elsewhere")),
        _ => Ok(()),
    }
}
