//! Text from manifests inside Markdown. It stands in code spans and fences alone, where nothing is
//! a mention, a link, an element or a cell.

use crate::report::printable;
use crate::report::review::{MaskedHunk, Piece, pieces};

/// Longest name or path shown whole, in characters; of a longer one the end is shown.
const LONGEST: usize = 300;

/// The text as a code span, in a table too: a pipe is spelled out, since no renderer agrees with
/// the next one on how a backslash before it is read.
pub(crate) fn code(text: &str) -> String {
    let text = printable::escaped(text).replace('|', "\\u{7c}");
    if text.is_empty() {
        return "(empty)".to_string();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A name or a path as a code span.
pub(crate) fn name(text: &str) -> String {
    code(&printable::truncate_start(&printable::escaped(text), LONGEST))
}

/// The same, of at most so many characters.
pub(crate) fn short(text: &str, longest: usize) -> String {
    code(&printable::truncate_start(&printable::escaped(text), longest))
}

/// The text inside an element.
pub(crate) fn html(text: &str) -> String {
    let text = printable::truncate_start(&printable::escaped(text), LONGEST);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A message of a rule, or words of our own.
pub(crate) fn message(text: &str) -> String {
    let text = printable::message(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut after_code = false;
    for piece in pieces(&text) {
        match piece {
            Piece::Plain(words) => {
                out += &words;
                after_code = false;
            }
            Piece::Code(text) => {
                // Two spans side by side would be read as one.
                out += if after_code { " " } else { "" };
                out += &code(text);
                after_code = true;
            }
        }
    }
    out.trim_end().to_string()
}

/// The hunks as a fenced block of a diff without the names of the files, so that no tool applies
/// it; no final newline.
pub(crate) fn fenced(hunks: &[MaskedHunk]) -> String {
    let mut body = String::new();
    for hunk in hunks {
        body += &format!("{}\n", hunk.header);
        for (sign, text) in &hunk.lines {
            body += &format!("{}{text}\n", sign.mark());
        }
    }
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    format!("{fence}diff\n{body}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_longer_than_any_backtick_in_it() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a|b\n"), "`a\\u{7c}b\\n`");
        assert_eq!(code(""), "(empty)");
    }

    #[test]
    fn a_message_keeps_its_words_and_spells_its_names() {
        assert_eq!(message("ask @team about `a``b`"), "ask `@team` about `a` `b`");
        assert_eq!(message("an odd ` one"), "an odd `` ` `` one");
    }
}
