//! Taking a key out, with its value, its line and its own trailing comment.

use super::super::document::{Document, MappingEntry, NodeId, NodeKind, NodeRef};
use super::ends::{
    entry_end, flow_entry_end, line_end, line_start, next_line, rest_is_comment, skip_blanks,
};
use super::{EditRefusal, Target, refuse};
use crate::text::{Edit, Span};

/// The edits that remove these fields.
pub(crate) fn edits(doc: &Document<'_>, targets: &[Target]) -> Result<Vec<Edit>, EditRefusal> {
    let mut spans = Vec::new();
    for target in targets {
        let going = targets.iter().filter(|other| other.mapping == target.mapping).count();
        spans.extend(removal_spans(doc, target, going)?);
    }
    Ok(joined(doc.text, spans).into_iter().map(|span| Edit { span, text: String::new() }).collect())
}

/// Lines that follow one another go as one. Where that leaves the last line of a text without a final
/// line break, the break before them goes instead of one behind.
fn joined(text: &str, mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    let mut out: Vec<Span> = Vec::new();
    for span in spans {
        match out.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => out.push(span),
        }
    }
    for span in &mut out {
        let takes_lines = line_start(text, span.start) == span.start;
        let ends_text = span.end == text.len() && !text.ends_with(['\n', '\r']);
        if takes_lines && ends_text && span.start > 0 {
            let before = &text[..span.start];
            let before = before.strip_suffix('\n').unwrap_or(before);
            span.start = before.strip_suffix('\r').unwrap_or(before).len();
        }
    }
    out
}

/// What goes with a field. So many fields of its mapping go altogether.
fn removal_spans(
    doc: &Document<'_>,
    target: &Target,
    going: usize,
) -> Result<Vec<Span>, EditRefusal> {
    let entries = NodeRef { doc, id: target.mapping }.own_entries();
    let head = doc.node(target.entry.key).head;
    if entries.len() == going {
        return Err(refuse(head, "the mapping would be left empty"));
    }
    if holds_shared(doc, target.entry.value) {
        return Err(refuse(head, "the value has an anchor that is used elsewhere"));
    }
    let position = entries.iter().position(|entry| *entry == target.entry).unwrap_or(0);
    let flow = matches!(doc.node(target.mapping).kind, NodeKind::Mapping { flow: true, .. });
    if flow {
        flow_spans(doc, entries, position)
    } else {
        Ok(vec![block_span(doc, entries, position)?])
    }
}

/// True if an alias elsewhere stands for this node or for one inside it.
fn holds_shared(doc: &Document<'_>, id: NodeId) -> bool {
    doc.is_shared(id)
        || match &doc.node(id).kind {
            NodeKind::Mapping { entries, .. } => entries
                .iter()
                .any(|entry| holds_shared(doc, entry.key) || holds_shared(doc, entry.value)),
            NodeKind::Sequence { items, .. } => items.iter().any(|&item| holds_shared(doc, item)),
            NodeKind::Scalar { .. } | NodeKind::Alias { .. } => false,
        }
}

/// Between braces a comma goes too: the one behind the entry, or the one before the last.
fn flow_spans(
    doc: &Document<'_>,
    entries: &[MappingEntry],
    position: usize,
) -> Result<Vec<Span>, EditRefusal> {
    let text = doc.text;
    let head = doc.node(entries[position].key).head;
    let end = flow_entry_end(doc, entries[position]);
    let line = line_start(text, head);
    let begins_line = text[line..head].trim().is_empty();
    let own_comma = comma_after(text, end);
    let stop = own_comma.map_or(end, |comma| comma + 1);
    let one_line = line_end(text, head) >= stop;
    // A line of its own goes as a whole, with the comment on it.
    let ends_line = rest_is_comment(text, stop) && next_line(text, line_end(text, stop)) > stop;
    let own = if begins_line && ends_line && one_line {
        Span::new(line, next_line(text, line_end(text, stop)))
    } else if own_comma.is_some() {
        Span::new(head, skip_blanks(text, stop).min(line_end(text, stop)))
    } else {
        Span::new(head - (text[..head].len() - text[..head].trim_end_matches(' ').len()), end)
    };
    if own_comma.is_some() {
        return Ok(vec![own]);
    }
    let before = position.checked_sub(1).map(|before| flow_entry_end(doc, entries[before]));
    let Some(comma) = before.and_then(|end| comma_after(text, end)) else {
        return Err(refuse(head, "the comma of the entry is ambiguous"));
    };
    Ok(vec![Span::new(comma, comma + 1), own])
}

/// The comma behind `at`, past blanks, line breaks and comments.
fn comma_after(text: &str, at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        at += text[at..].find(|c: char| !c.is_ascii_whitespace())?;
        match text.as_bytes()[at] {
            b',' => return Some(at),
            b'#' => at = line_end(text, at),
            _ => return None,
        }
    }
}

fn block_span(
    doc: &Document<'_>,
    entries: &[MappingEntry],
    position: usize,
) -> Result<Span, EditRefusal> {
    let text = doc.text;
    let head = doc.node(entries[position].key).head;
    let start = line_start(text, head);
    if !text[start..head].bytes().all(|b| b == b' ') {
        return Err(refuse(head, "the key is not the first on its line"));
    }
    let Some(end) = entry_end(doc, entries[position], &[]) else {
        return Err(refuse(head, "the end of the value is ambiguous"));
    };
    Ok(Span::new(start, next_line(text, line_end(text, end))))
}
