//! Text from manifests, made harmless for logs and terminals, without what a key calls secret, and as
//! short as its place allows. Diffs and JSON patches are the exception: they are the data itself.

use std::borrow::Cow;
use std::ops::Range;

pub(crate) use crate::flink::location::{MASK, is_secret_key, masked};
use crate::yaml::{FieldPath, PathSegment};

/// Longest message shown whole, in characters; of a longer one the middle is left out.
const LONGEST: usize = 1_000;

/// Narrowest column a message is broken into.
const NARROWEST: usize = 30;

/// Stands where something was left out.
const GAP: &str = "...";

/// A message on one line, without secrets.
pub(crate) fn message(text: &str) -> String {
    shortened(&no_command(&escaped(&masked(text))))
}

/// A message that begins in column `indent`, without secrets, broken between words where it would
/// pass `width`; never broken if that is 0. The lines behind the first do not stand in.
pub(crate) fn paragraph(text: &str, indent: usize, width: usize) -> String {
    let text = message(text);
    if width == 0 { text } else { wrap(&text, width.saturating_sub(indent).max(NARROWEST)) }
}

/// The text with every word changed that would be a command to the log of some CI systems if a line
/// began with it.
fn no_command(text: &str) -> Cow<'_, str> {
    if !text.contains("::") {
        return Cow::Borrowed(text);
    }
    let words = text.split(' ').map(|word| match word.trim_start().strip_prefix("::") {
        Some(command) => Cow::Owned(format!("\\u{{3a}}:{command}")),
        None => Cow::Borrowed(word),
    });
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}

/// The text with a line break instead of a blank wherever it would pass `room` columns.
pub(crate) fn wrap(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_string();
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut column = 0;
    for word in text.split(' ') {
        let len = word.chars().count();
        if column > 0 {
            let fits = column + 1 + len <= room;
            out.push(if fits { ' ' } else { '\n' });
            column = if fits { column + 1 } else { 0 };
        }
        out.push_str(word);
        column += len;
    }
    out
}

/// The text with its end left out where it would pass `room` columns.
pub(crate) fn truncate_end(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_string();
    }
    let kept: String = text.chars().take(room.saturating_sub(GAP.len())).collect();
    kept + GAP
}

/// The text with its beginning left out where it would pass `room` columns.
pub(crate) fn truncate_start(text: &str, room: usize) -> String {
    let count = text.chars().count();
    if count <= room {
        return text.to_string();
    }
    let kept = room.saturating_sub(GAP.len());
    GAP.chars().chain(text.chars().skip(count - kept)).collect()
}

/// The sentences of a text, each on a line of its own, the lines after the first indented by `inset`.
pub(crate) fn sentences(text: &str, inset: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut ended, mut in_code) = (false, false);
    for word in text.split(' ') {
        if !out.is_empty() {
            out += &if ended { format!("\n{inset}") } else { " ".to_string() };
        }
        out.push_str(word);
        in_code ^= word.matches('`').count() % 2 == 1;
        ended = !in_code && word.trim_end_matches([')', '"']).ends_with(['.', '?', '!']);
    }
    out
}

fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_string();
    }
    let head: String = text.chars().take(LONGEST * 3 / 4).collect();
    let tail: String = text.chars().skip(count - LONGEST / 4).collect();
    format!("{head} {GAP} {tail}")
}

/// The text on one line, with every character that could break the line, move the cursor, turn the
/// reading direction or hide itself written as an escape such as `\n` or `\u{1b}`.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(unsafe_to_show) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push_escaped(&mut out, c);
    }
    Cow::Owned(out)
}

/// The same for a line of a file, which keeps its tabs.
pub(crate) fn escaped_line(line: &str) -> String {
    line.split('\t').map(escaped).collect::<Vec<_>>().join("\t")
}

/// Appends one character, escaped if it has to be.
pub(crate) fn push_escaped(out: &mut String, c: char) {
    if unsafe_to_show(c) {
        out.extend(c.escape_default());
    } else {
        out.push(c);
    }
}

/// True for controls, line and paragraph separators, direction marks and invisible characters.
pub(crate) fn unsafe_to_show(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// True if the field at the end of this path looks secret.
pub(crate) fn is_secret_path(path: &FieldPath) -> bool {
    matches!(path.steps().last(), Some(PathSegment::Key(last)) if is_secret_key(last))
}

/// A line of a manifest without its secrets.
pub(crate) fn masked_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    for value in secret_values(line) {
        out.push_str(&line[done..value.start]);
        out.push_str(MASK);
        done = value.end;
    }
    out.push_str(&line[done..]);
    masked(&out)
}

/// Where in a line of a manifest values stand whose keys look secret: `key: value`, flow style and
/// JSON. The line is all that is known, so this errs on the side of hiding.
pub(crate) fn secret_values(line: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (colon, _) in line.match_indices(':') {
        let after_another = found.last().is_none_or(|last| last.end <= colon);
        let before = line[..colon].trim_end_matches(['"', '\'', ' ']);
        let word =
            before.rsplit(['{', '[', ',', ':', ' ', '"', '\'', '\t']).next().unwrap_or_default();
        if after_another && is_secret_key(word) {
            found.extend(value(line, colon + 1));
        }
    }
    found
}

/// The scalar that begins at or after `from`, without its quotes.
fn value(line: &str, from: usize) -> Option<Range<usize>> {
    let rest = line[from..].trim_start();
    let start = line.len() - rest.len();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let start = start + usize::from(quote.is_some());
    let text = &line[start..];
    let len = match quote {
        Some(quote) => closing(text, quote),
        None if rest.len() == line.len() - from => 0,
        None => text.find([',', '}', ']', '#']).unwrap_or(text.len()),
    };
    let len = text[..len].trim_end().len();
    (len > 0).then(|| start..start + len)
}

/// Where the quoted text ends; at the end of the line if its quote is not closed.
fn closing(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !escaped {
            return at;
        }
        escaped = c == '\\' && !escaped && quote == '"';
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_broken_or_left_out_visibly() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(truncate_end("orders", 6), "orders");
        assert_eq!(truncate_end("payments", 6), "pay...");
        assert_eq!(truncate_start("ö/payments:1:1", 8), "...s:1:1");
        assert_eq!(
            sentences("One. Not 1.5 `a. b`. (Two.) 3", "  "),
            "One.\n  Not 1.5 `a. b`.\n  (Two.)\n  3"
        );
        assert_eq!(message("a\nb"), "a\\nb");
        assert_eq!(message("::a b::c ::d"), "\\u{3a}:a b::c \\u{3a}:d");
    }

    #[test]
    fn what_moves_a_cursor_is_spelled_out_and_the_rest_is_left() {
        assert_eq!(escaped("größe 'a' \"b\" \\d ✓"), "größe 'a' \"b\" \\d ✓");
        assert_eq!(escaped("a\r\n\u{1b}[31mb\u{9b}\u{2028}\u{202e}"), {
            "a\\r\\n\\u{1b}[31mb\\u{9b}\\u{2028}\\u{202e}"
        });
    }

    fn hidden(line: &str) -> Vec<&str> {
        secret_values(line).into_iter().map(|range| &line[range]).collect()
    }

    #[test]
    fn values_of_secret_keys_are_found_in_every_style() {
        assert_eq!(hidden("    s3.secret-key: hunter2  # note"), ["hunter2"]);
        assert_eq!(hidden(r#"{"a": 1, "password": "x\"y", "b": 2}"#), [r#"x\"y"#]);
        assert_eq!(hidden("{token: a:b, c: d}"), ["a:b"]);
        assert_eq!(hidden("password: 'it"), ["it"]);
        assert_eq!(hidden("secret:"), [""; 0]);
        assert_eq!(hidden("name: flink-secret"), [""; 0]);
    }
}
