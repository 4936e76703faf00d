//! Where lines begin and end, and where an entry of a block mapping really ends: the byte after its
//! last token.

use super::super::document::{Document, MappingEntry, Node, NodeId, NodeKind, Style};
use crate::text::{Edit, Span};

/// The byte just behind the colon of `key`; nothing for an explicit or solitary key.
pub(crate) fn after_colon(doc: &Document<'_>, key: NodeId) -> Option<usize> {
    let at = skip_blanks(doc.text, doc.node(key).span.end);
    doc.text[at..].starts_with(':').then_some(at + 1)
}

/// True for a value that is not written at all (`key:`).
pub(crate) fn is_left_out(node: &Node<'_>) -> bool {
    node.span.is_empty() && matches!(node.kind, NodeKind::Scalar { style: Style::Plain, .. })
}

/// The byte after the last token of the entry, entries inside it that are removed left out; nothing
/// where that is not clear.
pub(crate) fn entry_end(
    doc: &Document<'_>,
    entry: MappingEntry,
    removed: &[NodeId],
) -> Option<usize> {
    let value = doc.node(entry.value);
    if is_left_out(value) {
        let colon = after_colon(doc, entry.key)?;
        return Some(properties_end(doc, value, colon));
    }
    node_end(doc, entry.value, removed)
}

/// The byte after the last token of an item of a block sequence, as [`entry_end`].
pub(crate) fn item_end(doc: &Document<'_>, item: NodeId, removed: &[NodeId]) -> Option<usize> {
    let value = doc.node(item);
    if is_left_out(value) {
        return Some(properties_end(doc, value, dash(doc, item)? + 1));
    }
    node_end(doc, item, removed)
}

/// The byte after the last token of an item between brackets; nothing for one that is left out or is a
/// pair without braces.
pub(crate) fn flow_item_end(doc: &Document<'_>, item: NodeId) -> Option<usize> {
    let node = doc.node(item);
    let is_pair = matches!(node.kind, NodeKind::Mapping { .. })
        && !doc.text[node.span.start..].starts_with('{');
    (!is_left_out(node) && !is_pair).then_some(node.span.end)
}

/// The byte after the last token of an entry between braces, blanks behind a colon with nothing
/// behind it included.
pub(crate) fn flow_entry_end(doc: &Document<'_>, entry: MappingEntry) -> usize {
    let (key, value) = (doc.node(entry.key), doc.node(entry.value));
    if !is_left_out(value) {
        return value.span.end;
    }
    match after_colon(doc, entry.key) {
        None => key.span.end,
        Some(colon) => skip_blanks(doc.text, properties_end(doc, value, colon)),
    }
}

/// The dash of an item of a block sequence: the last one before it.
pub(crate) fn dash(doc: &Document<'_>, item: NodeId) -> Option<usize> {
    let (text, node) = (doc.text, doc.node(item));
    let mut found = None;
    let mut at = node.floor;
    while at < node.head {
        let rest = &text[at..];
        let word = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        match rest.as_bytes()[0] {
            b'#' => at = line_end(text, at),
            b'-' if word == 1 => (found, at) = (Some(at), at + 1),
            b'&' | b'!' => at += word,
            b'|' | b'>' => break,
            _ => at += rest.chars().next()?.len_utf8(),
        }
    }
    found
}

/// True if the node ends in a block scalar, whose text a further line break would lengthen if the
/// document stops right there.
pub(crate) fn ends_in_block_scalar(doc: &Document<'_>, id: NodeId, removed: &[NodeId]) -> bool {
    last_block_scalar(doc, id, removed).is_some()
}

/// The block scalar in which the node ends.
fn last_block_scalar(doc: &Document<'_>, id: NodeId, removed: &[NodeId]) -> Option<NodeId> {
    match &doc.node(id).kind {
        NodeKind::Scalar { style: Style::Block, .. } => Some(id),
        NodeKind::Mapping { flow: false, entries } => {
            last_block_scalar(doc, last_left(entries, removed)?.value, removed)
        }
        NodeKind::Sequence { flow: false, items } => {
            last_block_scalar(doc, last_item_left(items, removed)?, removed)
        }
        _ => None,
    }
}

/// The edit that keeps the text of the block scalar in which the node and the document end, once lines
/// follow: a line break behind it would be a part of it. The byte of its header where no edit can.
pub(crate) fn close_block_scalar(
    doc: &Document<'_>,
    id: NodeId,
    removed: &[NodeId],
) -> Result<Option<Edit>, usize> {
    let Some(scalar) = last_block_scalar(doc, id, removed) else { return Ok(None) };
    let node = doc.node(scalar);
    let header = block_header(doc.text, node.floor).ok_or(node.head)?;
    let length = doc.text[header..].find(|c: char| c.is_ascii_whitespace());
    let end = length.map_or(doc.text.len(), |length| header + length);
    let keep = doc.text[header..end].find('+').map(|at| Span::new(header + at, header + at + 1));
    if doc.text[header..end].contains('-') {
        return Ok(None);
    }
    // With line breaks at its end, the text would lose them all.
    if doc.scalar_text(scalar).is_some_and(|text| text.ends_with('\n')) {
        return Err(header);
    }
    Ok(Some(Edit { span: keep.unwrap_or(Span::empty(end)), text: "-".to_string() }))
}

/// The last entry that stays.
fn last_left(entries: &[MappingEntry], removed: &[NodeId]) -> Option<MappingEntry> {
    entries.iter().rev().find(|entry| !removed.contains(&entry.key)).copied()
}

/// The last item that stays.
fn last_item_left(items: &[NodeId], removed: &[NodeId]) -> Option<NodeId> {
    items.iter().rev().find(|item| !removed.contains(item)).copied()
}

fn node_end(doc: &Document<'_>, id: NodeId, removed: &[NodeId]) -> Option<usize> {
    let node = doc.node(id);
    match &node.kind {
        NodeKind::Scalar { style: Style::Block, .. } => block_scalar_end(doc, node),
        NodeKind::Scalar { .. } if is_left_out(node) => None,
        NodeKind::Mapping { flow: false, entries } => {
            entry_end(doc, last_left(entries, removed)?, removed)
        }
        NodeKind::Sequence { flow: false, items } => {
            item_end(doc, last_item_left(items, removed)?, removed)
        }
        _ => Some(node.span.end),
    }
}

/// Behind the anchor and tag of a value that has nothing else; `colon` if it has neither.
fn properties_end(doc: &Document<'_>, value: &Node<'_>, colon: usize) -> usize {
    if value.anchor.is_none() && value.tag.is_none() {
        return colon;
    }
    let mut end = colon;
    let mut at = value.head.max(colon);
    while doc.text[at..].starts_with(['&', '!']) {
        end = doc.text[at..].find([' ', '\t', '\n', '\r']).map_or(doc.text.len(), |n| at + n);
        at = skip_blanks(doc.text, end);
    }
    end
}

/// The end of the last line that belongs to a block scalar. With `+` the blank lines behind it
/// belong to it too.
fn block_scalar_end(doc: &Document<'_>, node: &Node<'_>) -> Option<usize> {
    let text = doc.text;
    let header = block_header(text, node.floor)?;
    let header_end = line_end(text, header);
    let indicators = text[header..header_end].split([' ', '\t', '#']).next()?;
    let keeps = indicators.contains('+');
    // Without content only blank lines can belong to it, however deep.
    let is_empty =
        matches!(&node.kind, NodeKind::Scalar { text, .. } if text.trim_matches('\n').is_empty());
    let content_start = node.span.start.max(header_end);
    let indent =
        if is_empty { usize::MAX } else { content_start - line_start(text, content_start) };
    let (mut end, mut end_with_blanks) = (header_end, header_end);
    let mut line = next_line(text, header_end);
    while line < text.len() {
        let stop = line_end(text, line);
        let spaces = text[line..stop].bytes().take_while(|&b| b == b' ').count();
        let blank = line + spaces == stop;
        if !blank && (spaces < indent || indent == 0) {
            break;
        }
        if stop - line > indent {
            end = stop;
        }
        end_with_blanks = stop;
        line = next_line(text, stop);
    }
    Some(if keeps { end_with_blanks.max(end) } else { end })
}

/// True if the line break at `at` is the last of the text of a block scalar.
pub(crate) fn breaks_block_scalar(doc: &Document<'_>, at: usize) -> bool {
    doc.nodes().any(|node| {
        let ends_in_break = matches!(
            &node.kind,
            NodeKind::Scalar { style: Style::Block, text } if text.ends_with('\n')
        );
        ends_in_break && block_scalar_end(doc, node) == Some(at)
    })
}

/// The `|` or `>` behind `floor`: only blanks, comments, an indicator (`:`, `-`, `?`), an anchor
/// and a tag may stand before it.
fn block_header(text: &str, floor: usize) -> Option<usize> {
    let mut at = floor;
    loop {
        at += text[at..].find(|c: char| !c.is_ascii_whitespace())?;
        match text.as_bytes()[at] {
            b'|' | b'>' => return Some(at),
            b':' | b'-' | b'?' | b',' => at += 1,
            b'#' => at = line_end(text, at),
            b'&' | b'!' => at += text[at..].find(|c: char| c.is_ascii_whitespace())?,
            _ => return None,
        }
    }
}

/// Start of the line that holds `at`.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |n| n + 1)
}

/// End of the line that holds `at`, before its line break.
pub(crate) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |n| at + n)
}

/// Start of the line after the one that ends at `end`.
pub(crate) fn next_line(text: &str, end: usize) -> usize {
    end + line_break(text, end).map_or(0, str::len)
}

/// The line break to write behind the line of `at`: the line's own, else that of the line before it,
/// else LF.
pub(crate) fn break_like(text: &str, at: usize) -> &str {
    let end = line_end(text, at);
    if let Some(own) = line_break(text, end) {
        return own;
    }
    break_before(text, line_start(text, at))
}

/// The line break that ends right before `start`, the start of a line; LF if there is none.
pub(crate) fn break_before(text: &str, start: usize) -> &str {
    match &text[..start] {
        before if before.ends_with("\r\n") => "\r\n",
        before if before.ends_with('\r') => "\r",
        _ => "\n",
    }
}

/// The line break at `at`, if one is there.
fn line_break(text: &str, at: usize) -> Option<&str> {
    let rest = &text[at..];
    ["\r\n", "\n", "\r"].into_iter().find(|lf| rest.starts_with(lf))
}

/// First byte at or after `at` that is neither blank nor tab.
pub(crate) fn skip_blanks(text: &str, at: usize) -> usize {
    text[at..].find(|c| c != ' ' && c != '\t').map_or(text.len(), |n| at + n)
}

/// True if only blanks and a comment stand between `at` and the end of its line.
pub(crate) fn rest_is_comment(text: &str, at: usize) -> bool {
    let next = skip_blanks(text, at);
    next == line_end(text, at) || (text[next..].starts_with('#') && next > at)
}

/// The comma behind `at`, past blanks, line breaks and comments.
pub(crate) fn comma_after(text: &str, at: usize) -> Option<usize> {
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
