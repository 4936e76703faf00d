//! New keys in flow mappings: `{…}`, JSON among them.

use super::super::document::{Document, MappingEntry, NodeId, NodeKind, NodeRef};
use super::ends::{
    break_before, flow_entry_end, is_left_out, line_end, line_start, rest_is_comment, skip_blanks,
};
use super::scalar::{self, ScalarContext};
use super::{EditRefusal, New, Parent, insertion, refuse};
use crate::text::Edit;
use crate::yaml::InsertPosition;

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
            InsertPosition::Last => None,
        };
        let anchor = anchor.unwrap_or(entries[entries.len() - 1]);
        match behind.iter_mut().find(|(entry, _)| *entry == anchor) {
            Some((_, texts)) => texts.push(text(new)),
            None => behind.push((anchor, vec![text(new)])),
        }
    }
    for (anchor, texts) in behind {
        out.extend(after(doc, open, anchor, &texts));
    }
    Ok(out)
}

/// The edits that put `texts` behind an entry, on lines of their own if the entry has one.
fn after(doc: &Document<'_>, open: usize, entry: MappingEntry, texts: &[String]) -> Vec<Edit> {
    let text = doc.text;
    let end = flow_entry_end(doc, entry);
    // libyaml wants a blank between a colon with nothing behind it and a comma.
    let pad =
        if text[..end].ends_with(':') && is_left_out(doc.node(entry.value)) { " " } else { "" };
    let comma = skip_blanks(text, end);
    let has_comma = text[comma..].starts_with(',');
    let Some(layout) = own_line(doc, open, entry.key) else {
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

/// Line break and indentation of an entry that begins its line; nothing for one that does not.
fn own_line(doc: &Document<'_>, open: usize, key: NodeId) -> Option<String> {
    let head = doc.node(key).head;
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
