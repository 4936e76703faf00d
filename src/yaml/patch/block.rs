//! New keys in block mappings, and in places where there is only null so far.

use super::super::document::{Document, MappingEntry, NodeId, NodeRef};
use super::ends::{
    after_colon, break_like, ends_in_block_scalar, entry_end, is_left_out, line_end, line_start,
};
use super::lines::{LineStyle, STEP, dash_offset};
use super::scalar::{self, ScalarContext};
use super::{EditRefusal, MARK_GAP, New, Parent, insertion, refuse};
use crate::text::Edit;
use crate::yaml::{InsertPosition, Value};

/// The edits that insert `news`, in their order, into a block mapping with at least one key.
pub(crate) fn insert(
    doc: &Document<'_>,
    parent: &Parent,
    news: &[New<'_>],
    removed: &[NodeId],
) -> Result<Vec<Edit>, EditRefusal> {
    let entries = NodeRef { doc, id: parent.id }.own_entries();
    let Some(first) = entries.first() else {
        return Err(refuse(doc.node(parent.id).span.start, "the mapping has no keys"));
    };
    let indent = indentation(doc, first.key)?;
    let (step, dash) = (step(doc, parent, indent), dash_offset(doc));
    let mut out = Vec::new();
    for new in news {
        let entry = |lf: &str, at: usize| {
            let rest = &doc.text[at..];
            render(new, LineStyle { step, dash, lf, rest }, indent)
        };
        out.push(match place(doc, entries, new, removed) {
            Some(at) => {
                let lf = break_like(doc.text, at);
                insertion(at, format!("{lf}{}{}", " ".repeat(indent), entry(lf, at)))
            }
            None => before_first(doc, parent, first.key, indent, entry),
        });
    }
    Ok(out)
}

/// The edits that turn a null into a mapping of `news`.
pub(crate) fn fill_null(
    doc: &Document<'_>,
    parent: &Parent,
    news: &[New<'_>],
) -> Result<Vec<Edit>, EditRefusal> {
    let node = doc.node(parent.id);
    let at = node.span.start;
    let (Some(key), true) = (parent.key, NodeRef { doc, id: parent.id }.is_null()) else {
        return Err(refuse(at, "a key can only be inserted into a mapping"));
    };
    if node.anchor.is_some() || node.tag.is_some() {
        return Err(refuse(node.head, "the null has an anchor or a tag"));
    }
    let context = ScalarContext { flow: true, json: scalar::is_json_key(doc, key) };
    let inline = news.iter().map(|new| scalar::entry(new.key, new.value, context));
    let inline = format!("{{{}}}", inline.collect::<Vec<_>>().join(", "));
    if !is_left_out(node) {
        return Ok(vec![Edit { span: node.span, text: inline }]);
    }
    let Some(colon) = after_colon(doc, key) else {
        return Err(refuse(at, "the key has no colon"));
    };
    if parent.in_flow {
        return Ok(vec![insertion(colon, format!(" {inline}"))]);
    }
    let indent = indentation(doc, key)? + STEP;
    let end = line_end(doc.text, colon);
    let lf = break_like(doc.text, end);
    let pad = " ".repeat(indent);
    let style = LineStyle { step: STEP, dash: dash_offset(doc), lf, rest: &doc.text[end..] };
    let lines = news.iter().map(|new| format!("{lf}{pad}{}", render(new, style, indent)));
    Ok(vec![insertion(end, lines.collect())])
}

/// The end of the line behind which the new key goes; nothing if it must go before the first key.
fn place(
    doc: &Document<'_>,
    entries: &[MappingEntry],
    new: &New<'_>,
    removed: &[NodeId],
) -> Option<usize> {
    let key = |entry: &MappingEntry| doc.scalar_text(entry.key);
    let anchor = match new.position {
        InsertPosition::First => return None,
        InsertPosition::Sorted => entries.iter().rposition(|it| key(it) < Some(new.key))?,
        InsertPosition::After(sibling) => {
            let is_sibling = |entry: &MappingEntry| key(entry) == Some(sibling);
            entries.iter().position(is_sibling).unwrap_or(entries.len() - 1)
        }
        InsertPosition::Last => entries.len() - 1,
    };
    let staying = entries[..=anchor].iter().filter(|entry| !removed.contains(&entry.key));
    staying.rev().find_map(|entry| {
        let at = line_end(doc.text, entry_end(doc, *entry, removed)?);
        let open_ended = at == doc.text.len() && ends_in_block_scalar(doc, entry.value, removed);
        (!open_ended).then_some(at)
    })
}

/// Before every key: on the line after the key that holds the mapping, so that a comment above the
/// first key stays above it; right at the first key where no such line is.
fn before_first(
    doc: &Document<'_>,
    parent: &Parent,
    first: NodeId,
    indent: usize,
    entry: impl Fn(&str, usize) -> String,
) -> Edit {
    let head = doc.node(first).head;
    let holder_line = parent
        .key
        .and_then(|key| after_colon(doc, key))
        .map(|colon| line_end(doc.text, colon))
        .filter(|&end| end < line_start(doc.text, head) && properties_stay_on_line(doc, parent));
    let pad = " ".repeat(indent);
    if let Some(end) = holder_line {
        let lf = break_like(doc.text, end);
        return insertion(end, format!("{lf}{pad}{}", entry(lf, end)));
    }
    let lf = break_like(doc.text, head);
    insertion(head, format!("{}{lf}{pad}", entry(lf, head)))
}

/// True unless the mapping's anchor or tag is on a line of its own.
fn properties_stay_on_line(doc: &Document<'_>, parent: &Parent) -> bool {
    let node = doc.node(parent.id);
    let has_properties = node.anchor.is_some() || node.tag.is_some();
    let key_line = parent.key.map(|key| line_end(doc.text, doc.node(key).span.end));
    !has_properties || key_line.is_some_and(|end| node.head < end)
}

/// Number of columns before the key; only blanks and `- ` may be there.
pub(crate) fn indentation(doc: &Document<'_>, key: NodeId) -> Result<usize, EditRefusal> {
    column(doc, doc.node(key).head)
}

/// Number of columns before byte `head`, a key or a dash; only blanks and `- ` may be there.
pub(crate) fn column(doc: &Document<'_>, head: usize) -> Result<usize, EditRefusal> {
    let before = &doc.text[line_start(doc.text, head)..head];
    let mut rest = before.trim_start_matches(' ');
    while let Some(after_dash) = rest.strip_prefix('-').filter(|after| after.starts_with(' ')) {
        rest = after_dash.trim_start_matches(' ');
    }
    if rest.is_empty() {
        return Ok(before.len());
    }
    let what =
        if rest.starts_with('?') { "an explicit key (`?`)" } else { "something other than blanks" };
    Err(refuse(head, format!("found {what} before the first key of the mapping")))
}

/// How much deeper than its holder a mapping is indented in this document.
fn step(doc: &Document<'_>, parent: &Parent, indent: usize) -> usize {
    let holder = parent.key.and_then(|key| indentation(doc, key).ok());
    holder.and_then(|outer| indent.checked_sub(outer)).filter(|&step| step > 0).unwrap_or(STEP)
}

/// `key: value` in this column, the mark behind a value that is no collection.
fn render(new: &New<'_>, style: LineStyle<'_>, column: usize) -> String {
    match (new.mark, new.value) {
        (Some(mark), Value::Text(_) | Value::Number(_) | Value::Null) => {
            let context = ScalarContext { flow: false, json: false };
            format!("{}{MARK_GAP}{mark}", scalar::entry(new.key, new.value, context))
        }
        _ => style.entry(new.key, new.value, column),
    }
}
