//! One input: its name, its text, and where in it a byte lies.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Span;

/// What was read, for telling later whether the file is still the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    len: usize,
    hash: u64,
}

impl Digest {
    /// The digest of these bytes. Stable within one run of one binary only.
    pub fn of(bytes: &[u8]) -> Digest {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        Digest { len: bytes.len(), hash: hasher.finish() }
    }
}

/// A place as people and editors count: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line number, from 1. LF, CRLF and a lone CR end a line.
    pub line: usize,
    /// Column in characters, from 1. A byte order mark is not counted.
    pub column: usize,
}

/// The line a finding speaks of, kept so that the file need not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The text of the line, without its end; cut to a window in very long lines.
    pub text: String,
    /// The bytes of `text` that are meant.
    pub highlight: Span,
}

/// A text and the name under which people know it.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'t> {
    /// As shown to people: relative to the working directory, with `/`.
    pub name: &'t str,
    /// The whole text.
    pub text: &'t str,
}

/// Longest line kept whole in an excerpt, in bytes; longer ones are cut around the highlight.
const EXCERPT_LIMIT: usize = 300;

impl<'t> SourceFile<'t> {
    /// Where the byte at `offset` lies. Past the end counts as the end. Counts from the start of the
    /// text: whoever asks often asks [`SourceFile::counted`].
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let line_start = self.line_start(offset);
        let before = &self.text.as_bytes()[..line_start];
        let mut line = 1;
        for (i, &byte) in before.iter().enumerate() {
            let ends_line = byte == b'\n' || (byte == b'\r' && before.get(i + 1) != Some(&b'\n'));
            line += usize::from(ends_line);
        }
        Position { line, column: self.column(line_start, offset) }
    }

    /// The column of `offset` in the line that begins at `line_start`.
    fn column(&self, line_start: usize, offset: usize) -> usize {
        self.text[line_start..offset].chars().filter(|c| *c != '\u{feff}').count() + 1
    }

    /// The same file with its lines counted once, for asking often.
    pub fn counted(self) -> Lines<'t> {
        let bytes = self.text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
        let ends = ends.filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
        let starts = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
        Lines { file: self, starts }
    }

    /// The line around `span`, with what of the span lies in it.
    pub fn excerpt(&self, span: Span) -> Excerpt {
        let start = self.floor(span.start);
        let line_start = self.line_start(start);
        let line_end = self.line_end(start);
        let from = self.floor(start.saturating_sub(EXCERPT_LIMIT / 2).max(line_start));
        let from = if line_end - line_start <= EXCERPT_LIMIT { line_start } else { from };
        let to = self.floor(line_end.min(from + EXCERPT_LIMIT));
        let end = self.floor(span.end.clamp(start, to.max(start))).min(to.max(start));
        Excerpt {
            text: self.text[from..to.max(start)].trim_start_matches('\u{feff}').to_string(),
            highlight: {
                let mark =
                    usize::from(self.text[from..].starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
                Span::new((start - from).saturating_sub(mark), (end - from).saturating_sub(mark))
            },
        }
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1)
    }

    fn line_end(&self, offset: usize) -> usize {
        self.text[offset..].find(['\n', '\r']).map_or(self.text.len(), |at| offset + at)
    }

    /// The nearest character boundary at or before `offset`.
    fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// A file whose lines are counted.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    /// The file.
    pub file: SourceFile<'t>,
    starts: Vec<usize>,
}

impl Lines<'_> {
    /// Where the byte at `offset` lies. Past the end counts as the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.file.floor(offset);
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        Position { line, column: self.file.column(self.starts[line - 1], offset) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_every_kind_of_line_end_and_characters_not_bytes() {
        let file = SourceFile { name: "t", text: "\u{feff}a\r\nb\rä: ö\n" };
        let at = |needle: &str| file.position(file.text.find(needle).unwrap());
        assert_eq!(at("a"), Position { line: 1, column: 1 });
        assert_eq!(at("b"), Position { line: 2, column: 1 });
        assert_eq!(at("ö"), Position { line: 3, column: 4 });
        let lines = file.counted();
        let inside_crlf = file.text.find("\r\n").map(|at| at + 1);
        for offset in (0..=file.text.len()).filter(|&offset| Some(offset) != inside_crlf) {
            assert_eq!(lines.position(offset), file.position(offset), "{offset}");
        }
    }

    #[test]
    fn an_excerpt_of_a_giant_line_is_a_window() {
        let text = format!("{}HERE{}", "ä".repeat(10_000), "b".repeat(10_000));
        let file = SourceFile { name: "t", text: &text };
        let start = text.find("HERE").unwrap();
        let excerpt = file.excerpt(Span::new(start, start + 4));
        assert!(excerpt.text.len() <= EXCERPT_LIMIT);
        assert_eq!(&excerpt.text[excerpt.highlight.range()], "HERE");
    }
}
