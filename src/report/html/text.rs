//! Text from manifests inside HTML: always text, never an element or an attribute.

use crate::report::review::{Piece, pieces, plain};
use crate::report::visible;

/// The text, harmless in an element and in a quoted attribute.
pub(crate) fn text(text: &str) -> String {
    let text = visible::line(text);
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push(&mut out, c);
    }
    out
}

/// The same for a line of a file, which keeps its tabs.
pub(crate) fn line(line: &str) -> String {
    line.split('\t').map(text).collect::<Vec<_>>().join("\t")
}

fn push(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        c => out.push(c),
    }
}

/// The text as code.
pub(crate) fn code(text: &str) -> String {
    format!("<code>{}</code>", self::text(text))
}

/// A message of a rule, or words of our own.
pub(crate) fn message(message: &str) -> String {
    let message = plain(message);
    let piece = |piece: Piece<'_>| match piece {
        Piece::Plain(words) => text(&words),
        Piece::Code(words) => code(words),
    };
    pieces(&message).into_iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_an_element() {
        assert_eq!(
            text("<b a=\"x\" c='y'>&amp;"),
            "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;"
        );
        assert_eq!(line("a\t<\u{1b}"), "a\t&lt;\\u{1b}");
        assert_eq!(message("ask `<b>` & me"), "ask <code>&lt;b&gt;</code> <code>&amp;</code> me");
    }
}
