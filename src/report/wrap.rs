//! Messages in lines that fit a terminal.

use std::borrow::Cow;

use super::{secret, visible};

/// Longest message shown whole, in characters; of a longer one the middle is left out.
const LONGEST: usize = 1_000;

/// Narrowest column a message is broken into.
const NARROWEST: usize = 30;

/// Stands where something was left out.
const GAP: &str = "...";

/// A message that begins in column `indent`, without secrets, broken between words where it would
/// pass `width`; never broken if that is 0. The lines behind the first do not stand in.
pub(crate) fn prose(text: &str, indent: usize, width: usize) -> String {
    let masked = secret::masked(text);
    let text = shortened(&no_command(&visible::line(&masked)));
    if width == 0 { text } else { broken(&text, width.saturating_sub(indent).max(NARROWEST)) }
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
pub(crate) fn broken(text: &str, room: usize) -> String {
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
pub(crate) fn beginning(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_string();
    }
    let kept: String = text.chars().take(room.saturating_sub(GAP.len())).collect();
    kept + GAP
}

/// The text with its beginning left out where it would pass `room` columns.
pub(crate) fn end(text: &str, room: usize) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_broken_or_left_out_visibly() {
        assert_eq!(broken("one two three", 7), "one two\nthree");
        assert_eq!(beginning("orders", 6), "orders");
        assert_eq!(beginning("payments", 6), "pay...");
        assert_eq!(end("ö/payments:1:1", 8), "...s:1:1");
        assert_eq!(
            sentences("One. Not 1.5 `a. b`. (Two.) 3", "  "),
            "One.\n  Not 1.5 `a. b`.\n  (Two.)\n  3"
        );
        assert_eq!(prose("a\nb", 0, 0), "a\\nb");
        assert_eq!(prose("::a b::c ::d", 0, 0), "\\u{3a}:a b::c \\u{3a}:d");
    }
}
