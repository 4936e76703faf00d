//! The lines that part documents, and where a stream that is not wholly here may be cut.
//!
//! Everything here looks at bytes, so that a stream need not be UTF-8 to be passed on.

use memchr::memmem::Finder;
use memchr::{memchr2, memrchr2, memrchr2_iter};

use crate::text::Span;

/// How `---` and `...` begin a line.
const BEGIN: &[u8] = b"---";
const END: &[u8] = b"...";

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A line that parts documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// The line with its end.
    pub(super) line: Span,
    /// True for `---`, false for `...`.
    pub(super) begins: bool,
}

/// The markers of a text, searched for the marks and not line by line.
pub(super) struct Markers<'t> {
    text: &'t [u8],
    marks: [Finder<'static>; 2],
    /// The next `---` and the next `...`; the end of the text if there is none.
    known: [usize; 2],
}

impl<'t> Markers<'t> {
    /// Those of `text`, whose first line begins at `begin`.
    pub(super) fn of(text: &'t [u8], begin: usize) -> Markers<'t> {
        let marks = [Finder::new(BEGIN), Finder::new(END)];
        let known = [0, 1].map(|which| {
            let leads = text[begin..].starts_with([BEGIN, END][which]);
            let first = leads && stands_alone(&text[begin..]);
            if first { begin } else { behind_line_end(&marks[which], text, begin) }
        });
        Markers { text, marks, known }
    }

    /// The first marker at or after `from`, where a line begins. Never goes back.
    pub(super) fn next_from(&mut self, from: usize) -> Option<Marker> {
        for (mark, known) in self.marks.iter().zip(&mut self.known) {
            if *known < from {
                *known = behind_line_end(mark, self.text, from);
            }
        }
        let [begin, end] = self.known;
        let start = begin.min(end);
        let line = (start < self.text.len()).then(|| Span::new(start, line_end(self.text, start)));
        line.map(|line| Marker { line, begins: begin < end })
    }
}

/// Where, from byte `from` on, the next line begins that this mark leads, the first byte of the text
/// not counted; the end of the text if there is none.
fn behind_line_end(mark: &Finder<'_>, text: &[u8], from: usize) -> usize {
    let mut from = from;
    while let Some(at) = text.get(from..).and_then(|rest| mark.find(rest)) {
        let start = from + at;
        let leads = start > 0 && matches!(text[start - 1], b'\n' | b'\r');
        if leads && stands_alone(&text[start..]) {
            return start;
        }
        // Within a ruler, each place would be another find.
        from = start + text[start..].iter().take_while(|byte| **byte == text[start]).count();
    }
    text.len()
}

/// True if nothing but a blank or the end of the line follows the mark at the start of `text`.
fn stands_alone(text: &[u8]) -> bool {
    matches!(text.get(3), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

/// Just past the line that begins at `start`, its end included.
pub(super) fn line_end(text: &[u8], start: usize) -> usize {
    match memchr2(b'\n', b'\r', &text[start..]) {
        None => text.len(),
        Some(at) if text[start + at..].starts_with(b"\r\n") => start + at + 2,
        Some(at) => start + at + 1,
    }
}

/// The last place within these bytes, the beginning of a stream or of a document in it, at which
/// what stands before is whole documents, whatever follows. Nothing if they hold no such place.
pub fn last_cut(bytes: &[u8]) -> Option<usize> {
    for newline in memrchr2_iter(b'\n', b'\r', bytes) {
        let start = newline + 1;
        let line = &bytes[start..];
        // What follows the mark decides, and so does whether LF follows CR.
        if line.len() < 4 || !stands_alone(line) {
            continue;
        }
        if line.starts_with(BEGIN) && !ends_in_directives(&bytes[..start]) {
            return Some(start);
        }
        if line.starts_with(END) {
            let end = line_end(bytes, start);
            let is_certain = bytes[end - 1] == b'\n' || end < bytes.len();
            if is_certain && matches!(bytes[end - 1], b'\n' | b'\r') {
                return Some(end);
            }
        }
    }
    None
}

/// Number of bytes that a marker and what decides about it take, the line end before it included:
/// those of a text that goes on may hold the beginning of one.
pub const MARKER_REACH: usize = 5;

/// The first place after byte `from` where a line begins that parts documents: what stands before it
/// ends there. Nothing if there is none. If more text follows, the last [`MARKER_REACH`] bytes must
/// not be counted on.
pub fn first_cut(bytes: &[u8], from: usize) -> Option<usize> {
    let next = |mark| behind_line_end(&Finder::new(mark), bytes, from + 1);
    let start = next(BEGIN).min(next(END));
    (start < bytes.len()).then_some(start)
}

/// True if the document at the end of these bytes is nothing but directives so far, which belong to
/// the marker that follows.
fn ends_in_directives(bytes: &[u8]) -> bool {
    let mut directives = false;
    let mut end = bytes.len();
    while end > 0 {
        let content = bytes[..end].strip_suffix(b"\n").unwrap_or(&bytes[..end]);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        // A lone CR before LF would have ended a line of its own; both are blank then.
        let start = memrchr2(b'\n', b'\r', content).map_or(0, |at| at + 1);
        let line = &content[start..];
        let line = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| start == 0).unwrap_or(line);
        match std::str::from_utf8(line).map_or(line, |line| line.trim().as_bytes()) {
            [] | [b'#', ..] => {}
            _ if line.starts_with(b"%") => directives = true,
            _ => return directives && line.starts_with(END) && stands_alone(line),
        }
        end = start;
    }
    directives
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Option<&str> {
        last_cut(text.as_bytes()).map(|at| &text[at..])
    }

    #[test]
    fn a_stream_is_cut_before_its_last_document_whatever_ends_its_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text = |text: &str| text.replace('\n', end);
            assert_eq!(cut(&text("a: 1\n---\nb: 2\n--- # c\nc")), Some(&text("--- # c\nc")[..]));
            assert_eq!(cut(&text("a: 1\n...\nb: 2\n")), Some(&text("b: 2\n")[..]));
        }
    }

    #[test]
    fn what_is_not_wholly_here_is_no_place_to_cut() {
        for text in ["", "---", "---\na: 1\n", "a\n---", "a\n--", "a\n...", "a\n... #", "a\n...\r"]
        {
            assert_eq!(cut(text), None, "{text:?}");
        }
        assert_eq!(cut("a\n---x\n ---\n|---\n"), None);
    }

    #[test]
    fn directives_are_not_cut_off_their_document() {
        assert_eq!(cut("a\n...\n%YAML 1.1\n# c\n\n---\nb\n"), Some("%YAML 1.1\n# c\n\n---\nb\n"));
        assert_eq!(cut("%YAML 1.1\r\n---\r\nb\n"), None);
        assert_eq!(cut("\u{feff}%YAML 1.1\n---\nb\n"), None);
        assert_eq!(cut("a\n%b\n---\nc\n"), Some("---\nc\n"));
        assert_eq!(cut("a\n---\n%b\n---\nc\n"), Some("---\nc\n"));
    }

    #[test]
    fn the_end_of_a_document_is_found_behind_a_place() {
        let text = b"---\na\n---\nb\n...\n";
        assert_eq!(first_cut(text, 0), Some(6));
        assert_eq!(first_cut(text, 6), Some(12));
        assert_eq!(first_cut(text, 12), None);
        assert_eq!(first_cut(b"# ------\n---- x\r---", 0), Some(16));
    }
}
