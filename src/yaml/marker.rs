//! The lines that part documents.

use memchr::memchr2;
use memchr::memmem::Finder;

use crate::text::Span;

/// How `---` and `...` begin a line.
const BEGIN: &[u8] = b"---";
const END: &[u8] = b"...";

/// A line that parts documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The line with its end.
    pub(crate) line: Span,
    /// True for `---`, false for `...`.
    pub(crate) begins: bool,
}

/// The markers of a text, searched for the marks and not line by line.
pub(crate) struct Markers<'t> {
    text: &'t [u8],
    marks: [Finder<'static>; 2],
    /// The next `---` and the next `...`; the end of the text if there is none.
    next: [usize; 2],
}

impl<'t> Markers<'t> {
    /// Those of `text`, whose first line begins at `begin`.
    pub(crate) fn new(text: &'t [u8], begin: usize) -> Markers<'t> {
        let marks = [Finder::new(BEGIN), Finder::new(END)];
        let next = [0, 1].map(|which| {
            let leads = text[begin..].starts_with([BEGIN, END][which]);
            let first = leads && stands_alone(&text[begin..]);
            if first { begin } else { behind_line_end(&marks[which], text, begin) }
        });
        Markers { text, marks, next }
    }

    /// The first marker at or after `from`, where a line begins. Never goes back.
    pub(crate) fn next_from(&mut self, from: usize) -> Option<Marker> {
        for (mark, next) in self.marks.iter().zip(&mut self.next) {
            if *next < from {
                *next = behind_line_end(mark, self.text, from);
            }
        }
        let [begin, end] = self.next;
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
pub(crate) fn line_end(text: &[u8], start: usize) -> usize {
    match memchr2(b'\n', b'\r', &text[start..]) {
        None => text.len(),
        Some(at) if text[start + at..].starts_with(b"\r\n") => start + at + 2,
        Some(at) => start + at + 1,
    }
}
