//! New keys in block mappings, and in places where there is only null so far.

use super::super::document::{Document, MappingEntry, NodeId, NodeRef};
use super::ends::{
    after_colon, break_like, ends_in_block_scalar, entry_end, is_left_out, line_end, line_start,
};
use super::scalar::{self, ScalarContext};
use super::{EditRefusal, MARK_GAP, New, Parent, insertion, refuse};
use crate::text::Edit;
use crate::yaml::{InsertPosition, Value};

/// Default indentation where the document shows none.
const STEP: usize = 2;

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
    let step = step(doc, parent, indent);
    let mut out = Vec::new();
    for new in news {
        let entry = |lf: &str| render(new, indent, step, lf);
        out.push(match place(doc, entries, new.position, removed) {
            Some(at) => {
                let lf = break_like(doc.text, at);
                insertion(at, format!("{lf}{}{}", " ".repeat(indent), entry(lf)))
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
    let lines = news.iter().map(|new| format!("{lf}{pad}{}", render(new, indent, STEP, lf)));
    Ok(vec![insertion(end, lines.collect())])
}

/// The end of the line behind which the new key goes; nothing if it must go before the first key.
fn place(
    doc: &Document<'_>,
    entries: &[MappingEntry],
    position: &InsertPosition,
    removed: &[NodeId],
) -> Option<usize> {
    let anchor = match position {
        InsertPosition::First => return None,
        InsertPosition::After(sibling) => {
            let is_sibling = |entry: &MappingEntry| doc.scalar_text(entry.key) == Some(sibling);
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
    entry: impl Fn(&str) -> String,
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
        return insertion(end, format!("{lf}{pad}{}", entry(lf)));
    }
    let lf = break_like(doc.text, head);
    insertion(head, format!("{}{lf}{pad}", entry(lf)))
}

/// True unless the mapping's anchor or tag is on a line of its own.
fn properties_stay_on_line(doc: &Document<'_>, parent: &Parent) -> bool {
    let node = doc.node(parent.id);
    let has_properties = node.anchor.is_some() || node.tag.is_some();
    let key_line = parent.key.map(|key| line_end(doc.text, doc.node(key).span.end));
    !has_properties || key_line.is_some_and(|end| node.head < end)
}

/// Number of columns before the key; only blanks and `- ` may be there.
fn indentation(doc: &Document<'_>, key: NodeId) -> Result<usize, EditRefusal> {
    let head = doc.node(key).head;
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

/// `key: value`, the lines of a nested mapping indented by `step` more.
fn render(new: &New<'_>, indent: usize, step: usize, lf: &str) -> String {
    let context = ScalarContext { flow: false, json: false };
    let Value::Mapping(nested) = new.value else {
        let mark = new.mark.map(|mark| format!("{MARK_GAP}{mark}")).unwrap_or_default();
        return scalar::entry(new.key, new.value, context) + &mark;
    };
    let mut out = format!("{}:", scalar::text(new.key, context));
    for (key, value) in nested {
        let inner = New { key, value, position: new.position, mark: None };
        let indent = indent + step;
        out.push_str(&format!("{lf}{}{}", " ".repeat(indent), render(&inner, indent, step, lf)));
    }
    out
}
