//! Taking a key or an item out, with its value, its line and its own trailing comment.

use super::super::document::{Document, MappingEntry, NodeId, NodeKind};
use super::ends::{
    breaks_block_scalar, comma_after, dash, entry_end, flow_entry_end, flow_item_end, item_end,
    line_end, line_start, next_line, rest_is_comment, skip_blanks,
};
use super::{EditRefusal, refuse};
use crate::text::{Edit, Span};

/// An entry of a mapping or an item of a sequence.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    Entry(MappingEntry),
    Item(NodeId),
}

impl Member {
    /// The node that begins it, and that stands for it among what is removed.
    pub(crate) fn first(self) -> NodeId {
        match self {
            Member::Entry(entry) => entry.key,
            Member::Item(item) => item,
        }
    }

    fn value(self) -> NodeId {
        match self {
            Member::Entry(entry) => entry.value,
            Member::Item(item) => item,
        }
    }

    fn all(doc: &Document<'_>, holder: NodeId) -> Vec<Member> {
        match &doc.node(holder).kind {
            NodeKind::Mapping { entries, .. } => {
                entries.iter().copied().map(Member::Entry).collect()
            }
            NodeKind::Sequence { items, .. } => items.iter().copied().map(Member::Item).collect(),
            NodeKind::Scalar { .. } | NodeKind::Alias { .. } => Vec::new(),
        }
    }
}

/// What goes, and the collection that holds it.
pub(crate) struct Removal {
    pub(crate) holder: NodeId,
    pub(crate) member: Member,
}

/// The edits of these removals. The `filled` mappings get other keys.
pub(crate) fn edits(
    doc: &Document<'_>,
    removals: &[Removal],
    filled: &[NodeId],
) -> Result<Vec<Edit>, EditRefusal> {
    let mut spans = Vec::new();
    for removal in removals {
        let going = removals.iter().filter(|other| other.holder == removal.holder).count();
        let is_filled = filled.contains(&removal.holder);
        spans.extend(removal_spans(doc, removal, going, is_filled)?);
    }
    Ok(joined(doc, spans).into_iter().map(|span| Edit { span, text: String::new() }).collect())
}

/// Lines that follow one another go as one. Where that leaves the last line of a text without a final
/// line break, the break before them goes instead of one behind, unless it is part of a value.
fn joined(doc: &Document<'_>, mut spans: Vec<Span>) -> Vec<Span> {
    let text = doc.text;
    spans.sort();
    spans.dedup();
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
            let before = before.strip_suffix('\r').unwrap_or(before).len();
            if !breaks_block_scalar(doc, before) {
                span.start = before;
            }
        }
    }
    out
}

/// What goes with a member. So many members of its collection go altogether, which is then filled anew or not.
fn removal_spans(
    doc: &Document<'_>,
    removal: &Removal,
    going: usize,
    is_filled: bool,
) -> Result<Vec<Span>, EditRefusal> {
    let members = Member::all(doc, removal.holder);
    let holder = doc.node(removal.holder);
    let head = doc.node(removal.member.first()).head;
    if holds_shared(doc, removal.member.value()) {
        return Err(refuse(head, "the value has an anchor that is used elsewhere"));
    }
    if members.len() == going && !is_filled {
        let is_flow_list = matches!(holder.kind, NodeKind::Sequence { flow: true, .. });
        if is_flow_list && !holds_comment(doc, holder.span) {
            return Ok(vec![Span::new(holder.span.start + 1, holder.span.end - 1)]);
        }
        let is_mapping = matches!(holder.kind, NodeKind::Mapping { .. });
        let what = if is_mapping { "mapping" } else { "sequence" };
        return Err(refuse(head, format!("the {what} would be left empty")));
    }
    let position = members.iter().position(|member| *member == removal.member).unwrap_or(0);
    if holder.kind.is_flow() {
        flow_spans(doc, &members, position)
    } else {
        Ok(vec![block_span(doc, members[position])?])
    }
}

fn holds_comment(doc: &Document<'_>, span: Span) -> bool {
    doc.comments().iter().any(|comment| span.range().contains(&comment.start))
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

/// Between braces or brackets a comma goes too: the one behind the member, or the one before the last.
fn flow_spans(
    doc: &Document<'_>,
    members: &[Member],
    position: usize,
) -> Result<Vec<Span>, EditRefusal> {
    let text = doc.text;
    let head = doc.node(members[position].first()).head;
    let Some(end) = flow_end(doc, members[position]) else {
        return Err(refuse(head, "the end of the item is ambiguous"));
    };
    let line = line_start(text, head);
    let begins_line = text[line..head].trim().is_empty();
    let own_comma = comma_after(text, end);
    let stop = own_comma.map_or(end, |comma| comma + 1);
    let one_line = line_end(text, head) >= stop;
    let after_blanks = text[..head].trim_end_matches([' ', '\t']).len();
    // A line of its own goes as a whole, with the comment on it.
    let ends_line = rest_is_comment(text, stop) && next_line(text, line_end(text, stop)) > stop;
    let is_line = begins_line && ends_line && one_line;
    let own = if is_line {
        Span::new(line, next_line(text, line_end(text, stop)))
    } else if own_comma.is_some() && position + 1 < members.len() {
        Span::new(head, skip_blanks(text, stop).min(line_end(text, stop)))
    } else {
        Span::new(after_blanks, stop)
    };
    if own_comma.is_some() {
        return Ok(vec![own]);
    }
    let before = position.checked_sub(1).and_then(|before| flow_end(doc, members[before]));
    let Some(comma) = before.and_then(|end| comma_after(text, end)) else {
        return Err(refuse(head, "the comma of the entry is ambiguous"));
    };
    if !is_line && text[comma + 1..head].trim().is_empty() {
        return Ok(vec![Span::new(comma, end)]);
    }
    Ok(vec![Span::new(comma, comma + 1), own])
}

fn flow_end(doc: &Document<'_>, member: Member) -> Option<usize> {
    match member {
        Member::Entry(entry) => Some(flow_entry_end(doc, entry)),
        Member::Item(item) => flow_item_end(doc, item),
    }
}

fn block_span(doc: &Document<'_>, member: Member) -> Result<Span, EditRefusal> {
    let text = doc.text;
    let (head, end) = match member {
        Member::Entry(entry) => (Some(doc.node(entry.key).head), entry_end(doc, entry, &[])),
        Member::Item(item) => (dash(doc, item), item_end(doc, item, &[])),
    };
    let (Some(head), Some(end)) = (head, end) else {
        let head = doc.node(member.first()).head;
        return Err(refuse(head, "the end of the value is ambiguous"));
    };
    let start = line_start(text, head);
    if !text[start..head].bytes().all(|b| b == b' ') {
        let what = if matches!(member, Member::Entry(_)) { "key" } else { "item" };
        return Err(refuse(head, format!("the {what} is not the first on its line")));
    }
    Ok(Span::new(start, next_line(text, line_end(text, end))))
}
