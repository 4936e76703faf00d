//! Cutting a stream into documents.
//!
//! The cut is textual, at lines that begin with `---`, as `k8s.io/apimachinery` (`util/yaml`) cuts
//! for kubectl; `...` ends a document too. A broken document can therefore not hide its neighbours,
//! and each is read on its own.

use crate::text::Span;

/// One piece of a stream: a document with its marker and its directives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes of the piece within the stream. The first piece does not hold the byte order mark.
    pub span: Span,
    /// Number of the document in the stream, from 0.
    pub index: usize,
    /// What stands behind `---` on its line if it is neither blank nor a comment: kubectl refuses
    /// such a stream.
    pub after_marker: Option<Span>,
}

/// The documents of `text` in order. Empty ones are counted in the numbers, and left out.
pub fn chunks(text: &str) -> Vec<Chunk> {
    let mut found = Found::default();
    let mut piece =
        Piece::begin(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    for line in lines(text, piece.start) {
        let content = &text[line.range()];
        let marks = |marker: &str| {
            content
                .strip_prefix(marker)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']))
        };
        if marks("---") {
            if !piece.only_directives() {
                piece.finish(line.start, &mut found);
                piece = Piece::begin(line.start);
            }
            piece.mark(text, line);
        } else if marks("...") {
            piece.finish(line.end, &mut found);
            piece = Piece::begin(line.end);
        } else if content.starts_with('%') && !piece.content {
            piece.directives = true;
        } else {
            let trimmed = content.trim();
            piece.content |= !trimmed.is_empty() && !trimmed.starts_with('#');
        }
    }
    piece.finish(text.len(), &mut found);
    found.chunks
}

#[derive(Default)]
struct Found {
    chunks: Vec<Chunk>,
    documents: usize,
}

/// A document being collected.
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

    fn finish(self, end: usize, found: &mut Found) {
        let index = found.documents;
        found.documents += usize::from(self.content || self.marked);
        if self.content {
            let span = Span::new(self.start, end);
            found.chunks.push(Chunk { span, index, after_marker: self.after_marker });
        }
    }
}

/// The lines from byte `from` on, each with its end (LF, CRLF or a lone CR).
fn lines(text: &str, from: usize) -> impl Iterator<Item = Span> + '_ {
    let mut start = from;
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let bytes = text.as_bytes();
        let end = match memchr::memchr2(b'\n', b'\r', &bytes[start..]) {
            None => text.len(),
            Some(at) if bytes[start + at..].starts_with(b"\r\n") => start + at + 2,
            Some(at) => start + at + 1,
        };
        let line = Span::new(start, end);
        start = end;
        Some(line)
    })
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
