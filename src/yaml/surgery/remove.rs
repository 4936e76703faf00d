//! Taking a key out, with its value, its line and its own trailing comment.

use super::super::document::{Document, Entry, Kind, NodeRef};
use super::ends::entry_end;
use super::lines::{line_end, line_start, next_line};
use super::{Refusal, Target, refuse};
use crate::text::{Edit, Span};

/// The edit that removes the field.
pub(super) fn edit(doc: &Document<'_>, target: &Target) -> Result<Edit, Refusal> {
    let entries = NodeRef { doc, id: target.mapping }.own_entries();
    let head = doc.node(target.entry.key).head;
    if entries.len() == 1 {
        return Err(refuse(head, "the mapping would be left empty"));
    }
    let position = entries.iter().position(|entry| *entry == target.entry).unwrap_or(0);
    let flow = matches!(doc.node(target.mapping).kind, Kind::Mapping { flow: true, .. });
    let span =
        if flow { flow_span(doc, entries, position) } else { block_span(doc, entries, position)? };
    Ok(Edit { span, text: String::new() })
}

fn flow_span(doc: &Document<'_>, entries: &[Entry], position: usize) -> Span {
    let head = doc.node(entries[position].key).head;
    let end_of = |entry: Entry| doc.node(entry.value).span.end.max(doc.node(entry.key).span.end);
    match position.checked_sub(1) {
        None => Span::new(head, doc.node(entries[1].key).head),
        Some(before) => Span::new(end_of(entries[before]), end_of(entries[position])),
    }
}

fn block_span(doc: &Document<'_>, entries: &[Entry], position: usize) -> Result<Span, Refusal> {
    let text = doc.text;
    let head = doc.node(entries[position].key).head;
    let start = line_start(text, head);
    if !text[start..head].bytes().all(|b| b == b' ') {
        return Err(refuse(head, "the key shares its line with what stands before it"));
    }
    let Some(end) = entry_end(doc, entries[position]) else {
        return Err(refuse(head, "the end of the value cannot be told"));
    };
    let line_end = line_end(text, end);
    let after = next_line(text, line_end);
    if after == line_end && start > 0 {
        // The last line of a file without a final line break: the break before it goes instead.
        let before = text[..start].trim_end_matches('\n').trim_end_matches('\r').len();
        let before = before.max(start - "\r\n".len().min(start));
        return Ok(Span::new(before, line_end));
    }
    Ok(Span::new(start, after))
}
