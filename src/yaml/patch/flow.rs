//! New keys in flow mappings and new items in flow sequences: `{…}` and `[…]`, JSON among them.

use super::super::document::{Document, MappingEntry, NodeId, NodeKind, NodeRef};
use super::ends::{
    break_before, comma_after, flow_entry_end, flow_item_end, is_left_out, line_end, line_start,
    rest_is_comment, skip_blanks,
};
use super::scalar::{self, ScalarContext};
use super::{EditRefusal, New, Parent, insertion, refuse};
use crate::text::Edit;
use crate::yaml::{InsertPosition, Value};

/// The edits that insert `news`, in their order, into a mapping written with braces.
pub(crate) fn insert(
    doc: &Document<'_>,
    parent: &Parent,
    news: &[New<'_>],
    removed: &[NodeId],
) -> Result<Vec<Edit>, EditRefusal> {
    let mapping = doc.node(parent.id);
    let open = mapping.span.start;
    if !doc.text[open..].starts_with('{') {
        return Err(refuse(open, "the pair is in brackets without braces of its own"));
    }
    let all = NodeRef { doc, id: parent.id }.own_entries();
    let entries: Vec<MappingEntry> =
        all.iter().copied().filter(|entry| !removed.contains(&entry.key)).collect();
    let explicit = |entry: &&MappingEntry| {
        let key = doc.node(entry.key);
        doc.text[key.floor..key.head].contains('?')
    };
    if let Some(entry) = all.iter().find(explicit) {
        let at = doc.node(entry.key).head;
        return Err(refuse(at, "the mapping has an explicit key (`?`)"));
    }
    let json =
        all.first().map_or_else(|| is_json(doc), |entry| scalar::is_json_key(doc, entry.key));
    let context = ScalarContext { flow: true, json };
    let text = |new: &New<'_>| scalar::entry(new.key, new.value, context);
    if entries.is_empty() && !all.is_empty() {
        return Err(refuse(open, "the mapping would be emptied and filled at once"));
    }
    let Some(first) = entries.first() else {
        let joined: Vec<String> = news.iter().map(text).collect();
        return Ok(vec![insertion(open + 1, joined.join(", "))]);
    };
    let mut out = Vec::new();
    let mut behind: Vec<(MappingEntry, Vec<String>)> = Vec::new();
    for new in news {
        let anchor = match new.position {
            InsertPosition::First => {
                let layout = own_line(doc, open, first.key).unwrap_or_else(|| " ".to_string());
                out.push(insertion(doc.node(first.key).head, format!("{},{layout}", text(new))));
                continue;
            }
            InsertPosition::After(sibling) => {
                entries.iter().copied().find(|entry| doc.scalar_text(entry.key) == Some(sibling))
            }
            InsertPosition::Last | InsertPosition::Sorted => None,
        };
        let anchor = anchor.unwrap_or(entries[entries.len() - 1]);
        match behind.iter_mut().find(|(entry, _)| *entry == anchor) {
            Some((_, texts)) => texts.push(text(new)),
            None => behind.push((anchor, vec![text(new)])),
        }
    }
    for (anchor, texts) in behind {
        let end = flow_entry_end(doc, anchor);
        let is_left_out = is_left_out(doc.node(anchor.value));
        // libyaml wants a blank between a colon with nothing behind it and a comma.
        let pad = if doc.text[..end].ends_with(':') && is_left_out { " " } else { "" };
        out.extend(after(doc, own_line(doc, open, anchor.key), end, pad, &texts));
    }
    Ok(out)
}

/// The edits that add `values`, in their order, to a sequence written with brackets.
pub(crate) fn append(
    doc: &Document<'_>,
    parent: &Parent,
    values: &[&Value],
    removed: &[NodeId],
) -> Result<Vec<Edit>, EditRefusal> {
    let node = doc.node(parent.id);
    let NodeKind::Sequence { items, .. } = &node.kind else { return Ok(Vec::new()) };
    let open = node.span.start;
    let of_key = parent.key.is_some_and(|key| parent.in_flow && scalar::is_json_key(doc, key));
    let json = of_key || is_json(doc) || items.first().is_some_and(|item| is_json_item(doc, *item));
    let context = ScalarContext { flow: true, json };
    let texts: Vec<String> = values.iter().map(|value| scalar::inline(value, context)).collect();
    let Some(&last) = items.last() else {
        let gap = if doc.text[open + 1..].starts_with('#') { " " } else { "" };
        return Ok(vec![insertion(open + 1, texts.join(", ") + gap)]);
    };
    if removed.contains(&last) {
        return Err(refuse(open, "the last item would be removed and another one added"));
    }
    let Some(end) = flow_item_end(doc, last) else {
        return Err(refuse(doc.node(last).head, "the end of the last item is ambiguous"));
    };
    match comma_after(doc.text, end).filter(|&comma| comma > line_end(doc.text, end)) {
        Some(comma) => {
            let inline = texts.iter().map(|text| format!(" {text},"));
            Ok(vec![insertion(comma + 1, inline.collect())])
        }
        None => Ok(after(doc, own_line(doc, open, last), end, "", &texts)),
    }
}

/// True for an item that is written as JSON writes it, and that YAML can write in another way.
fn is_json_item(doc: &Document<'_>, item: NodeId) -> bool {
    let first = NodeRef { doc, id: item }.own_entries().first().map_or(item, |entry| entry.key);
    scalar::is_json_key(doc, first)
}

/// The edits that put `texts` behind what ends at byte `end`, on lines of their own if that begins one
/// with this `layout`.
fn after(
    doc: &Document<'_>,
    layout: Option<String>,
    end: usize,
    pad: &str,
    texts: &[String],
) -> Vec<Edit> {
    let text = doc.text;
    let comma = skip_blanks(text, end);
    let has_comma = text[comma..].starts_with(',');
    let Some(layout) = layout else {
        let inline: String = texts.iter().map(|t| format!(", {t}")).collect();
        return vec![insertion(end, format!("{pad}{inline}"))];
    };
    let rest = if has_comma { comma + 1 } else { end };
    let line = line_end(text, rest);
    if !rest_is_comment(text, rest) {
        let layout = if has_comma { " " } else { &layout };
        let inline: String = texts.iter().map(|t| format!(",{layout}{t}")).collect();
        return vec![insertion(end, format!("{pad}{inline}"))];
    }
    if has_comma {
        let lines: String = texts.iter().map(|t| format!("{layout}{t},")).collect();
        return vec![insertion(line, lines)];
    }
    let lines: Vec<String> = texts.iter().map(|t| format!("{layout}{t}")).collect();
    vec![insertion(end, format!("{pad},")), insertion(line, lines.join(","))]
}

/// Line break and indentation of an entry or item that begins its line; nothing for one that does not.
fn own_line(doc: &Document<'_>, open: usize, first: NodeId) -> Option<String> {
    let head = doc.node(first).head;
    let start = line_start(doc.text, head);
    let indent = &doc.text[start..head];
    let begins_line = start > open && indent.chars().all(|c| c == ' ' || c == '\t');
    begins_line.then(|| format!("{}{indent}", break_before(doc.text, start)))
}

/// True if the document's outermost mapping is written as JSON writes it.
fn is_json(doc: &Document<'_>) -> bool {
    doc.root().own_entries().first().is_some_and(|entry| {
        matches!(doc.root().node().kind, NodeKind::Mapping { flow: true, .. })
            && scalar::is_json_key(doc, entry.key)
    })
}
