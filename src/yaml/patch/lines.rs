//! Physical lines of a document: where they start and end, and how.

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
