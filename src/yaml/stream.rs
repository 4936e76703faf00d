//! Cutting a stream into documents.
//!
//! The cut is textual, at lines that begin with `---`, as `k8s.io/apimachinery` (`util/yaml`) cuts
//! for kubectl; `...` ends a document too. A broken document can therefore not hide its neighbours,
//! and each is read on its own.

use memchr::memchr2;
use memchr::memmem::Finder;

use crate::text::Span;

/// One piece of a stream: a document with its marker and its directives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes of the piece within the stream. The first piece does not hold the byte order mark.
    pub span: Span,
    /// Number of the document in the stream, from 0.
    pub index: usize,
    /// What follows `---` on its line if it is neither blank nor a comment: kubectl refuses
    /// such a stream.
    pub after_marker: Option<Span>,
}

/// The documents of `text` in order. Empty ones are counted in the numbers, and left out.
pub fn chunks(text: &str) -> Vec<Chunk> {
    Chunks::new(text).collect()
}

/// The documents of a text, found as they are asked for.
pub struct Chunks<'t> {
    text: &'t str,
    markers: Markers<'t>,
    /// The document being collected; nothing behind the last one.
    piece: Option<Piece>,
    /// Where the lines begin that have not been looked at.
    at: usize,
    documents: usize,
}

impl<'t> Chunks<'t> {
    /// The documents of `text`, from the first one on.
    pub fn new(text: &'t str) -> Chunks<'t> {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let markers = Markers::new(text.as_bytes(), at);
        Chunks { text, markers, piece: Some(Piece::begin(at)), at, documents: 0 }
    }
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        while let Some(mut piece) = self.piece.take() {
            let marker = self.markers.next_from(self.at);
            let end = marker.as_ref().map_or(self.text.len(), |marker| marker.line.start);
            piece.look_at(self.text, Span::new(self.at, end));
            let found = match marker {
                None => piece.finish(self.text.len(), &mut self.documents),
                Some(Marker { line, begins: false }) => {
                    self.at = line.end;
                    self.piece = Some(Piece::begin(line.end));
                    piece.finish(line.end, &mut self.documents)
                }
                Some(Marker { line, begins: true }) => {
                    self.at = line.end;
                    let mut found = None;
                    if !piece.only_directives() {
                        found = piece.finish(line.start, &mut self.documents);
                        piece = Piece::begin(line.start);
                    }
                    piece.mark(self.text, line);
                    self.piece = Some(piece);
                    found
                }
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// A document being collected.
#[derive(Clone, Copy)]
struct Piece {
    start: usize,
    directives: bool,
    content: bool,
    marked: bool,
    after_marker: Option<Span>,
}

impl Piece {
    fn begin(start: usize) -> Piece {
        Piece { start, directives: false, content: false, marked: false, after_marker: None }
    }

    /// Takes note of lines without a marker. One line of content settles it.
    fn look_at(&mut self, text: &str, span: Span) {
        let mut lines = lines(&text[..span.end], span.start);
        while let Some(line) = lines.next().filter(|_| !self.content) {
            let line = &text[line.range()];
            if line.starts_with('%') {
                self.directives = true;
            } else {
                let trimmed = line.trim();
                self.content = !trimmed.is_empty() && !trimmed.starts_with('#');
            }
        }
    }

    /// Directives belong to the document whose marker follows them.
    fn only_directives(&self) -> bool {
        self.directives && !self.content && !self.marked
    }

    fn mark(&mut self, text: &str, line: Span) {
        self.marked = true;
        let rest = &text[line.start + 3..line.end];
        let value = rest.trim();
        if !value.is_empty() && !value.starts_with('#') {
            let start = line.start + 3 + (rest.len() - rest.trim_start().len());
            self.after_marker = Some(Span::new(start, start + value.len()));
            self.content = true;
        }
    }

    /// The document, if it is not empty. `documents` were there before it, and it is counted.
    fn finish(self, end: usize, documents: &mut usize) -> Option<Chunk> {
        let index = *documents;
        *documents += usize::from(self.content || self.marked);
        let span = Span::new(self.start, end);
        self.content.then_some(Chunk { span, index, after_marker: self.after_marker })
    }
}

/// The lines from byte `from` on, each with its end (LF, CRLF or a lone CR).
fn lines(text: &str, from: usize) -> impl Iterator<Item = Span> + '_ {
    let mut start = from;
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let line = Span::new(start, line_end(text.as_bytes(), start));
        start = line.end;
        Some(line)
    })
}

/// How `---` and `...` begin a line.
const BEGIN: &[u8] = b"---";
const END: &[u8] = b"...";

/// A line that parts documents.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Marker {
    /// The line with its end.
    line: Span,
    /// True for `---`, false for `...`.
    begins: bool,
}

/// The markers of a text, searched for the marks and not line by line.
struct Markers<'t> {
    text: &'t [u8],
    marks: [Finder<'static>; 2],
    /// The next `---` and the next `...`; the end of the text if there is none.
    next: [usize; 2],
}

impl<'t> Markers<'t> {
    /// Those of `text`, whose first line begins at `begin`.
    fn new(text: &'t [u8], begin: usize) -> Markers<'t> {
        let marks = [Finder::new(BEGIN), Finder::new(END)];
        let next = [0, 1].map(|which| {
            let leads = text[begin..].starts_with([BEGIN, END][which]);
            let first = leads && stands_alone(&text[begin..]);
            if first { begin } else { behind_line_end(&marks[which], text, begin) }
        });
        Markers { text, marks, next }
    }

    /// The first marker at or after `from`, where a line begins. Never goes back.
    fn next_from(&mut self, from: usize) -> Option<Marker> {
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
fn line_end(text: &[u8], start: usize) -> usize {
    match memchr2(b'\n', b'\r', &text[start..]) {
        None => text.len(),
        Some(at) if text[start + at..].starts_with(b"\r\n") => start + at + 2,
        Some(at) => start + at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        chunks(text).iter().map(|chunk| &text[chunk.span.range()]).collect()
    }

    #[test]
    fn streams_are_cut_at_marker_lines_only() {
        assert_eq!(
            cut("a: 1\n---\nb: 2\n--- # c\nc: 3\n"),
            ["a: 1\n", "---\nb: 2\n", "--- # c\nc: 3\n"]
        );
        assert_eq!(cut("a: |\n  ---\n  x\n---x: 1\n"), ["a: |\n  ---\n  x\n---x: 1\n"]);
        assert_eq!(cut("\u{feff}---\r\na: 1\r\n---\r\nb: 2"), ["---\r\na: 1\r\n", "---\r\nb: 2"]);
        assert_eq!(cut("a: 1\r---\rb: 2\r"), ["a: 1\r", "---\rb: 2\r"]);
    }

    #[test]
    fn pieces_without_content_are_no_documents() {
        assert_eq!(cut("# only a comment\n---\n\n---\na: 1\n...\n# bye\n"), ["---\na: 1\n...\n"]);
    }

    #[test]
    fn empty_documents_are_counted() {
        let found = chunks("# head\n---\n---\na: 1\n---\n# nothing\n---\nb: 2\n");
        assert_eq!(found.iter().map(|chunk| chunk.index).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn directives_stay_with_their_document() {
        assert_eq!(
            cut("%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 2\n"),
            ["%YAML 1.1\n---\na: 1\n...\n", "%YAML 1.1\n---\nb: 2\n"]
        );
    }

    #[test]
    fn content_on_the_marker_line_is_told() {
        let text = "--- {a: 1}\n--- # fine\nb: 2\n";
        let found = chunks(text);
        assert_eq!(found[0].after_marker.map(|span| &text[span.range()]), Some("{a: 1}"));
        assert_eq!(found[1].after_marker, None);
    }
}
