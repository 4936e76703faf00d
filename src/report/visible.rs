//! Text from manifests, made harmless for logs and terminals.

use std::borrow::Cow;

/// The text on one line, with every character that could break the line, move the cursor, turn the
/// reading direction or hide itself written as an escape such as `\n` or `\u{1b}`.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(unsafe_to_show) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push(&mut out, c);
    }
    Cow::Owned(out)
}

/// Appends one character, escaped if it has to be.
pub(crate) fn push(out: &mut String, c: char) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_spelled_out_and_the_rest_is_left() {
        assert_eq!(line("größe 'a' \"b\" \\d ✓"), "größe 'a' \"b\" \\d ✓");
        assert_eq!(line("a\r\n\u{1b}[31mb\u{9b}\u{2028}\u{202e}"), {
            "a\\r\\n\\u{1b}[31mb\\u{9b}\\u{2028}\\u{202e}"
        });
    }
}
