//! New items at the end of a sequence, and of what is null so far.

use super::super::document::{Document, Node, NodeId, NodeKind, NodeRef};
use super::block::{column, indentation};
use super::ends::{
    after_colon, break_like, close_block_scalar, dash, is_left_out, item_end, line_end,
    rest_is_comment,
};
use super::lines::{LineStyle, STEP, dash_offset};
use super::scalar::{self, ScalarContext};
use super::{EditRefusal, Parent, flow, insertion, refuse};
use crate::text::{Edit, Span};
use crate::yaml::Value;

/// The edits that add `values`, in their order, behind the items that stay.
pub(crate) fn append(
    doc: &Document<'_>,
    parent: &Parent,
    values: &[&Value],
    removed: &[NodeId],
) -> Result<Vec<Edit>, EditRefusal> {
    let node = doc.node(parent.id);
    match &node.kind {
        NodeKind::Sequence { flow: false, items } => behind(doc, node, items, values, removed),
        NodeKind::Sequence { flow: true, .. } => match lines_below(doc, parent, values) {
            Some(edits) => Ok(edits),
            None => flow::append(doc, parent, values, removed),
        },
        _ => fill_null(doc, parent, values),
    }
}

/// On lines of their own, behind the last item that stays and the comment on its line.
fn behind(
    doc: &Document<'_>,
    node: &Node<'_>,
    items: &[NodeId],
    values: &[&Value],
    removed: &[NodeId],
) -> Result<Vec<Edit>, EditRefusal> {
    let last = items.iter().rev().find(|item| !removed.contains(item));
    let Some((first, &last)) = items.first().zip(last) else {
        return Err(refuse(node.head, "the sequence would be emptied and filled at once"));
    };
    let (Some(dash), Some(end)) = (dash(doc, *first), item_end(doc, last, removed)) else {
        return Err(refuse(node.head, "the end of the sequence is ambiguous"));
    };
    let column = column(doc, dash)?;
    let at = line_end(doc.text, end);
    let closing =
        if at == doc.text.len() { close_block_scalar(doc, last, removed) } else { Ok(None) };
    let closing = closing.map_err(|at| refuse(at, "the block scalar ends with the text"))?;
    Ok(closing.into_iter().chain([lines(doc, at, values, column)]).collect())
}

/// The items as lines behind byte `at`, the end of a line, with their dashes in this column.
fn lines(doc: &Document<'_>, at: usize, values: &[&Value], column: usize) -> Edit {
    let lf = break_like(doc.text, at);
    let style = LineStyle { step: STEP, dash: dash_offset(doc), lf, rest: &doc.text[at..] };
    let pad = " ".repeat(column);
    let lines = values.iter().map(|value| format!("{lf}{pad}{}", style.item(value, column)));
    insertion(at, lines.collect())
}

/// In the place of a null or of `[]`, on lines below its key; nothing where that cannot be.
fn lines_below(doc: &Document<'_>, parent: &Parent, values: &[&Value]) -> Option<Vec<Edit>> {
    let (node, key) = (doc.node(parent.id), parent.key?);
    let colon = after_colon(doc, key)?;
    let end = if is_left_out(node) { colon } else { node.span.end };
    let written = &doc.text[colon..end];
    let is_bare = node.anchor.is_none() && node.tag.is_none() && !written.contains(['\n', '\r']);
    let holds_nothing =
        !node.kind.is_flow() || written.trim_matches(['[', ']', ' ', '\t']).is_empty();
    let ends_line = rest_is_comment(doc.text, end);
    if parent.in_flow || !is_bare || !holds_nothing || !ends_line {
        return None;
    }
    let column = indentation(doc, key).ok()? + dash_offset(doc);
    let emptied = Edit { span: Span::new(colon, end), text: String::new() };
    let lines = lines(doc, line_end(doc.text, end), values, column);
    Some(
        [emptied, lines]
            .into_iter()
            .filter(|edit| !edit.span.is_empty() || !edit.text.is_empty())
            .collect(),
    )
}

/// In the place of a null, on lines below its key or between brackets.
fn fill_null(
    doc: &Document<'_>,
    parent: &Parent,
    values: &[&Value],
) -> Result<Vec<Edit>, EditRefusal> {
    let node = doc.node(parent.id);
    if !(NodeRef { doc, id: parent.id }).is_null() {
        return Err(refuse(node.head, "an item can only be added to a sequence"));
    }
    if node.anchor.is_some() || node.tag.is_some() {
        return Err(refuse(node.head, "the null has an anchor or a tag"));
    }
    if let Some(edits) = lines_below(doc, parent, values) {
        return Ok(edits);
    }
    let json = parent.key.is_some_and(|key| scalar::is_json_key(doc, key));
    let context = ScalarContext { flow: true, json };
    let inline: Vec<String> = values.iter().map(|value| scalar::inline(value, context)).collect();
    let inline = format!("[{}]", inline.join(", "));
    if !is_left_out(node) {
        return Ok(vec![Edit { span: node.span, text: inline }]);
    }
    match parent.key.and_then(|key| after_colon(doc, key)) {
        Some(colon) if parent.in_flow => Ok(vec![insertion(colon, format!(" {inline}"))]),
        _ => Err(refuse(node.head, "the null is left out")),
    }
}
