//! Writing scalars: the spelling of a new one, and another value for one that is there.

use super::super::document::{Document, NodeId, NodeKind, NodeRef, Style};
use super::super::scalar::is_retyped_somewhere;
use super::ends::{after_colon, is_left_out, line_end, skip_blanks};
use super::{EditRefusal, MARK_GAP, NO_MARK, Target, insertion, refuse};
use crate::text::{Edit, Span};
use crate::yaml::Value;

/// Where a scalar is to be written.
#[derive(Clone, Copy)]
pub(crate) struct ScalarContext {
    /// Inside braces or brackets.
    pub(crate) flow: bool,
    /// Among keys in double quotes, as JSON wants them.
    pub(crate) json: bool,
}

/// `key: value` on one line.
pub(crate) fn entry(key: &str, value: &Value, context: ScalarContext) -> String {
    format!("{}: {}", text(key, context), inline(value, context))
}

/// `key: value` as a line of a block mapping, without its end; `key: null` without a value.
pub fn line(key: &str, value: Option<&str>) -> String {
    let value = value.map_or(Value::Null, |text| Value::Text(text.into()));
    entry(key, &value, ScalarContext { flow: false, json: false })
}

/// A value on one line, its collections in braces and brackets.
pub(crate) fn inline(value: &Value, context: ScalarContext) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::Marked(value, _) => inline(value, context),
        Value::Number(number) => number.clone(),
        Value::Text(value) => text(value, context),
        Value::Mapping(entries) => {
            let context = ScalarContext { flow: true, ..context };
            let inner: Vec<String> =
                entries.iter().map(|(key, value)| entry(key, value, context)).collect();
            format!("{{{}}}", inner.join(", "))
        }
        Value::Sequence(items) => {
            let context = ScalarContext { flow: true, ..context };
            let inner: Vec<String> = items.iter().map(|item| inline(item, context)).collect();
            format!("[{}]", inner.join(", "))
        }
    }
}

/// Text, plain where every reader takes it for that same text, else in double quotes.
pub(crate) fn text(value: &str, context: ScalarContext) -> String {
    if !context.json && is_plain_safe(value, context.flow) {
        value.to_string()
    } else {
        double_quoted(value)
    }
}

/// True for a key in double quotes.
pub(crate) fn is_json_key(doc: &Document<'_>, key: NodeId) -> bool {
    matches!(&doc.node(key).kind, NodeKind::Scalar { style: Style::Double, .. })
}

/// The edit that gives an existing scalar, or a value left out, another value. Quotes stay.
pub(crate) fn set(doc: &Document<'_>, target: &Target, value: &Value) -> Result<Edit, EditRefusal> {
    let node = doc.node(target.entry.value);
    let at = node.head;
    let NodeKind::Scalar { text: old, style } = &node.kind else {
        return Err(refuse(at, "expected a scalar, found a mapping or a sequence"));
    };
    if let Some(comment) = (NodeRef { doc, id: target.entry.value }).comment_as_value() {
        return Err(refuse(at, format!("its value is filled in later by `{comment}`")));
    }
    if node.tag.as_deref().is_some_and(|tag| tag != "tag:yaml.org,2002:str") {
        return Err(refuse(at, "the value has a tag that changes its type"));
    }
    let flow = matches!(doc.node(target.mapping).kind, NodeKind::Mapping { flow: true, .. });
    let context = ScalarContext { flow, json: flow && is_json_key(doc, target.entry.key) };
    if is_left_out(node) {
        return fill(doc, target, &inline(value, context));
    }
    let raw = doc.slice(node.span);
    if *style == Style::Block || raw.contains(['\n', '\r']) {
        return Err(refuse(at, "the value is written over several lines"));
    }
    let (Style::Single | Style::Double, Value::Text(new)) = (style, value) else {
        if let (Style::Plain, Value::Text(new)) = (style, value)
            && !context.json
            && is_plain_safe(new, flow)
        {
            return Ok(tail_edit(node.span, raw, old, new));
        }
        if *style != Style::Plain {
            return Err(refuse(at, "a number cannot be written in quotes"));
        }
        return Ok(Edit { span: node.span, text: inline(value, context) });
    };
    let inner = Span::new(node.span.start + 1, node.span.end - 1);
    let raw = doc.slice(inner);
    let spelt = if *style == Style::Double {
        let quoted = double_quoted(new);
        quoted[1..quoted.len() - 1].to_string()
    } else {
        new.replace('\'', "''")
    };
    Ok(if spelt == *new {
        tail_edit(inner, raw, old, new)
    } else {
        Edit { span: inner, text: spelt }
    })
}

/// The edit that gives a key another name, which is plain in every context. Quotes stay.
pub(crate) fn rename(doc: &Document<'_>, target: &Target, to: &str) -> Result<Edit, EditRefusal> {
    let node = doc.node(target.entry.key);
    let NodeKind::Scalar { style, .. } = &node.kind else {
        return Err(refuse(node.head, "the key is not a string"));
    };
    let quoted = usize::from(matches!(style, Style::Single | Style::Double));
    let inner = Span::new(node.span.start + quoted, node.span.end - quoted);
    Ok(Edit { span: inner, text: to.to_string() })
}

/// The edit that leaves a mark at the end of the value's line, in front of the blanks that end it.
pub(crate) fn mark(doc: &Document<'_>, target: &Target, mark: &str) -> Result<Edit, EditRefusal> {
    let node = doc.node(target.entry.value);
    if matches!(doc.node(target.mapping).kind, NodeKind::Mapping { flow: true, .. }) {
        return Err(refuse(node.head, NO_MARK));
    }
    let end = after_colon(doc, target.entry.key).unwrap_or(node.span.end).max(node.span.end);
    let rest = &doc.text[end..line_end(doc.text, end)];
    // A value that is left out is written behind the blank after its colon, and the mark follows it.
    let rest = if is_left_out(node) { rest } else { rest.trim_end_matches([' ', '\t']) };
    Ok(insertion(end + rest.len(), format!("{MARK_GAP}{mark}")))
}

/// The edit that takes the mark away that was left on the value's line, and all blanks before it: a
/// formatter may have changed their number. Blanks behind it were there before.
pub(crate) fn unmark(doc: &Document<'_>, target: &Target, mark: &str) -> Option<Edit> {
    let comment = doc.comment_after(doc.node(target.entry.value).span.end)?;
    let start = comment.start + doc.slice(comment).rfind(mark)?;
    let start = doc.text[..start].trim_end_matches([' ', '\t']).len();
    // To YAML, other blanks than these are text: they would become part of the value.
    let written = doc.slice(comment).trim_end_matches(|c: char| c.is_ascii_whitespace());
    let end = comment.start + written.len();
    Some(Edit { span: Span::new(start, end), text: String::new() })
}

/// Replaces only what differs at the end, so that `flink.apache.org\/v1alpha1` keeps its escape.
fn tail_edit(span: Span, raw: &str, old: &str, new: &str) -> Edit {
    let common: usize =
        old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let old_tail = &old[common..];
    let escaped = raw.strip_suffix(old_tail).is_some_and(|head| head.ends_with(['\\', '\'']));
    if raw.ends_with(old_tail) && !old_tail.is_empty() && !escaped {
        let start = span.end - old_tail.len();
        return Edit { span: Span::new(start, span.end), text: new[common..].to_string() };
    }
    Edit { span, text: new.to_string() }
}

/// Writes a value behind the colon where there is none, keeping a blank that is there.
fn fill(doc: &Document<'_>, target: &Target, text: &str) -> Result<Edit, EditRefusal> {
    let node = doc.node(target.entry.value);
    if node.anchor.is_some() || node.tag.is_some() {
        return Err(refuse(node.head, "the empty value has an anchor or a tag"));
    }
    let Some(colon) = after_colon(doc, target.entry.key) else {
        return Err(refuse(node.span.start, "the key has no colon"));
    };
    let next = skip_blanks(doc.text, colon);
    let before_comment = next < line_end(doc.text, colon) && doc.text[next..].starts_with('#');
    let spare = next - colon - usize::from(before_comment && next > colon);
    Ok(if spare > 0 {
        insertion(colon + 1, text.to_string())
    } else {
        insertion(colon, format!(" {text}"))
    })
}

fn is_plain_safe(value: &str, flow: bool) -> bool {
    let Some(first) = value.chars().next() else { return false };
    let starts_like_syntax = "-?:,[]{}#&*!|>'\"%@`".contains(first) && {
        let dash = matches!(first, '-' | '?' | ':') && !flow;
        !(dash && value[1..].starts_with(|c: char| !c.is_whitespace()))
    };
    !starts_like_syntax
        && value.trim() == value
        && !value.contains(": ")
        && !value.contains(" #")
        && !value.ends_with(':')
        && !value.contains(needs_escape)
        && !(flow && value.contains([',', '[', ']', '{', '}', '"']))
        && !value.starts_with("---")
        && !is_retyped_somewhere(value)
}

/// True for a character that is written as an escape, and so only in double quotes.
pub(crate) fn needs_escape(c: char) -> bool {
    c.is_control() || c == '\u{feff}' || crate::yaml::DISPUTED_LINE_BREAKS.contains(&c)
}

/// In double quotes, with the escapes that JSON and YAML share.
fn double_quoted(value: &str) -> String {
    let mut out = String::from('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
