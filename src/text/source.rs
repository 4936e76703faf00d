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
    pub fn new(bytes: &[u8]) -> Digest {
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

/// The line a finding is about, kept so that the file need not be.
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
    /// text: whoever asks often asks [`SourceFile::line_index`].
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let line_start = self.line_start(offset);
        let bytes = self.text.as_bytes();
        let line = count_ends(bytes, 0, line_start) + 1;
        Position { line, column: count_characters(bytes, line_start, offset) + 1 }
    }

    /// The same file with its lines counted once, for asking often.
    pub fn line_index(self) -> LineIndex<'t> {
        let bytes = self.text.as_bytes();
        let mut strides = Vec::with_capacity(bytes.len() / STRIDE + 1);
        let mut here = Stride { ended: 0, characters: 0, line_start: 0 };
        for start in (0..bytes.len()).step_by(STRIDE) {
            strides.push(here);
            let end = (start + STRIDE).min(bytes.len());
            here.ended += count_ends(bytes, start, end);
            here.characters += count_characters(bytes, start, end);
            here.line_start = line_start(bytes, start, end).unwrap_or(here.line_start);
        }
        strides.push(here);
        LineIndex { file: self, strides }
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
        line_start(self.text.as_bytes(), 0, offset).unwrap_or(0)
    }

    fn line_end(&self, offset: usize) -> usize {
        let behind = &self.text.as_bytes()[offset..];
        memchr::memchr2(b'\n', b'\r', behind).map_or(self.text.len(), |at| offset + at)
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

/// The number of lines whose last byte, that of LF, CRLF or a lone CR, lies in `from..to`.
fn count_ends(bytes: &[u8], from: usize, to: usize) -> usize {
    let here = &bytes[from..to];
    let feeds = memchr::memchr_iter(b'\n', here).count();
    let alone = |at: &usize| bytes.get(from + at + 1) != Some(&b'\n');
    feeds + memchr::memchr_iter(b'\r', here).filter(alone).count()
}

/// The number of characters that begin in `from..to`, byte order marks left out.
fn count_characters(bytes: &[u8], from: usize, to: usize) -> usize {
    if bytes[from..to].is_ascii() {
        return to - from;
    }
    let begin = bytes[from..to].iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    let marks = memchr::memchr_iter(BYTE_ORDER_MARK[0], &bytes[from..to]);
    begin - marks.filter(|at| bytes[from + at..].starts_with(BYTE_ORDER_MARK)).count()
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Just past the last line end in `from..to`; nothing if there is none.
fn line_start(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    memchr::memrchr2(b'\n', b'\r', &bytes[from..to]).map(|at| from + at + 1)
}

/// How far apart the places are up to which lines are counted beforehand, in bytes.
const STRIDE: usize = 4096;

/// What lies before a place that was counted up to.
#[derive(Clone, Copy, Debug)]
struct Stride {
    /// Lines that have ended.
    ended: usize,
    /// Characters before it.
    characters: usize,
    /// Where the line of the place begins.
    line_start: usize,
}

/// A file whose lines and characters are counted: a place is found at once, even in a line that is
/// the whole file.
#[derive(Clone, Debug)]
pub struct LineIndex<'t> {
    /// The file.
    pub file: SourceFile<'t>,
    strides: Vec<Stride>,
}

impl LineIndex<'_> {
    /// Where the byte at `offset` lies. Past the end counts as the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.file.floor(offset);
        let bytes = self.file.text.as_bytes();
        let (from, before) = self.stride(offset);
        let line_start = line_start(bytes, from, offset).unwrap_or(before.line_start);
        let column = self.characters(offset) - self.characters(line_start) + 1;
        Position { line: before.ended + count_ends(bytes, from, offset) + 1, column }
    }

    /// The last place before `offset` that was counted up to.
    fn stride(&self, offset: usize) -> (usize, Stride) {
        let at = (offset / STRIDE).min(self.strides.len() - 1);
        (at * STRIDE, self.strides[at])
    }

    /// The number of characters before the byte.
    fn characters(&self, offset: usize) -> usize {
        let (from, before) = self.stride(offset);
        before.characters + count_characters(self.file.text.as_bytes(), from, offset)
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
        let lines = file.line_index();
        let inside_crlf = file.text.find("\r\n").map(|at| at + 1);
        for offset in (0..=file.text.len()).filter(|&offset| Some(offset) != inside_crlf) {
            assert_eq!(lines.position(offset), file.position(offset), "{offset}");
        }
    }

    #[test]
    fn lines_are_counted_across_strides() {
        let ends = ["\n", "\r", "\r\n", "x\n"];
        let text: String = (0..3 * STRIDE).map(|i| ends[i * i % 7 % 4]).collect();
        let lines = SourceFile { name: "t", text: &text }.line_index();
        for stride in [0, 1, 2, 3] {
            for at in (stride * STRIDE).saturating_sub(3)..stride * STRIDE + 3 {
                let before = &text.as_bytes()[..at];
                if before.last() != Some(&b'\r') || text.as_bytes()[at] != b'\n' {
                    let ended = count_ends(before, 0, at);
                    assert_eq!(lines.position(at).line, ended + 1, "{at}");
                }
            }
        }
    }

    #[test]
    fn columns_are_counted_across_strides() {
        let text = format!("a\n{}\u{feff}{}", "ä".repeat(STRIDE), "-ö".repeat(STRIDE));
        let file = SourceFile { name: "t", text: &text };
        let lines = file.line_index();
        let ends = (0..text.len()).rev().step_by(97).filter(|at| text.is_char_boundary(*at));
        ends.for_each(|at| assert_eq!(lines.position(at), file.position(at), "{at}"));
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
