//! Where on its line a finding stands, as far as the excerpt tells, and what would stand there.

use super::printable;
use crate::diagnostic::Located;
use crate::plan::FileOutcome;
use crate::text::{Span, TextChange};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A part of one line. A finding that goes on behind its line ends with it here, so that a review
/// can show it as soon as its first line is in the diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// The line, from 1.
    pub(crate) line: usize,
    /// Its columns in characters, from 1, the end not included; empty where the end is not known.
    pub(crate) columns: Span,
    /// The same in bytes of UTF-8. Nothing where the beginning of the line is not known.
    pub(crate) bytes: Option<Span>,
}

impl Region {
    /// Where the finding stands.
    pub(crate) fn new(located: &Located) -> Region {
        Region::around(located, 0..highlighted_text(located).map_or(0, str::len))
    }

    /// Where these bytes of what the finding means stand.
    fn around(located: &Located, part: std::ops::Range<usize>) -> Region {
        let text = highlighted_text(located).unwrap_or_default();
        let column = located.location.position.column + characters(&text[..part.start]);
        let columns = Span::new(column, column + characters(&text[part.clone()]));
        let bytes = bytes_before(located)
            .map(|before| Span::new(before + part.start + 1, before + part.end + 1));
        Region { line: located.location.position.line, columns, bytes }
    }
}

/// The text the finding means, as far as it lies on its line; nothing if that is not known: the
/// masked line of a secret is not the line.
pub(crate) fn highlighted_text(located: &Located) -> Option<&str> {
    let (excerpt, span) = (&located.excerpt, located.location.span);
    let highlight = excerpt.highlight;
    let is_line = !excerpt.text.contains(printable::MASK);
    let fits = highlight.end - highlight.start <= span.end - span.start;
    excerpt.text.get(highlight.range()).filter(|_| is_line && fits)
}

/// How many bytes stand on the line before the finding; nothing if the excerpt does not begin where
/// the line does.
fn bytes_before(located: &Located) -> Option<usize> {
    highlighted_text(located)?;
    let before = located.excerpt.text.get(..located.excerpt.highlight.start)?;
    let is_whole = characters(before) + 1 == located.location.position.column;
    // An excerpt leaves out the byte order mark of the file.
    let mark = BYTE_ORDER_MARK.len_utf8();
    let marked =
        located.location.position.line == 1 && located.location.span.start == before.len() + mark;
    is_whole.then_some(before.len() + if marked { mark } else { 0 })
}

/// Characters as columns count them.
fn characters(text: &str) -> usize {
    text.chars().filter(|c| *c != BYTE_ORDER_MARK).count()
}

/// A part of a line, and what comes in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion<'f> {
    /// What goes.
    pub(crate) region: Region,
    /// What comes.
    pub(crate) text: &'f str,
}

/// The suggestion that makes of the file what a write would make of it. Nothing unless the file
/// has this one change and it lies within what the finding means: whoever takes a suggestion takes
/// it alone, and a new version without the savepoint beside it starts a job empty.
pub(crate) fn suggestion<'f>(file: &'f FileOutcome, located: &Located) -> Option<Suggestion<'f>> {
    let changes = located.diagnostic.fix.as_ref()?;
    let planned: usize = file.documents.iter().map(|document| document.changes().len()).sum();
    let mut edits = match &file.rewrite.as_ref()?.text {
        TextChange::Edit { edits, .. } => edits.iter(),
        TextChange::Create { text } => {
            let region = Region { line: 1, columns: Span::empty(1), bytes: Some(Span::empty(1)) };
            let is_shown = text.lines().all(|line| printable::masked_line(line) == line);
            let is_all = changes.len() == 1 && planned == 1 && is_shown;
            return is_all.then_some(Suggestion { region, text });
        }
        TextChange::Delete { .. } => return None,
    };
    let (edit, None) = (edits.next()?, edits.next()) else { return None };
    let span = located.location.span;
    let within = span.start <= edit.span.start && edit.span.end <= span.end;
    let is_all = changes.len() == 1 && planned == 1 && within;
    let text =
        highlighted_text(located).filter(|text| is_all && text.len() == span.end - span.start)?;
    let part = edit.span.start - span.start..edit.span.end - span.start;
    text.get(part.clone())?;
    let is_shown =
        !edit.text.contains(['\n', '\r']) && printable::masked_line(&edit.text) == edit.text;
    is_shown.then(|| Suggestion { region: Region::around(located, part), text: &edit.text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostic, Location};
    use crate::text::SourceFile;

    fn located(text: &str, needle: &str) -> Located {
        let file = SourceFile { name: "a.yaml", text };
        let start = text.find(needle).unwrap();
        let span = Span::new(start, start + needle.len());
        let diagnostic = Diagnostic::decision("partial", span, "");
        let located = Located::without_line(diagnostic, "a.yaml", file.position(start));
        let location = Location { span, ..located.location };
        Located { location, excerpt: file.excerpt(span), ..located }
    }

    fn region(text: &str, needle: &str) -> (usize, (usize, usize), Option<(usize, usize)>) {
        let Region { line, columns, bytes } = Region::new(&located(text, needle));
        (line, (columns.start, columns.end), bytes.map(|bytes| (bytes.start, bytes.end)))
    }

    #[test]
    fn columns_count_characters_and_bytes() {
        assert_eq!(region("a: 1\nb: ö€x y\n", "x"), (2, (6, 7), Some((9, 10))));
        assert_eq!(region("a: ö\r\nb: 1", "ö"), (1, (4, 5), Some((4, 6))));
        assert_eq!(region("\u{feff}a: x\n", "x"), (1, (4, 5), Some((7, 8))));
        assert_eq!(region("\u{feff}a: x\n", "a"), (1, (1, 2), Some((4, 5))));
    }

    #[test]
    fn what_goes_on_ends_with_its_line() {
        assert_eq!(region("a: [1,\n 2]\n", "[1,\n 2]"), (1, (4, 7), Some((4, 7))));
    }

    #[test]
    fn a_long_line_has_characters_and_no_bytes() {
        let text = format!("a: [{} x, {}]\n", "ö".repeat(400), "y".repeat(400));
        assert_eq!(region(&text, "x"), (1, (406, 407), None));
    }

    #[test]
    fn a_masked_line_has_a_place_and_no_extent() {
        let mut found = located("a: s3://***@b x\n", "x");
        found.excerpt.highlight = Span::new(0, found.excerpt.text.len());
        let Region { columns, bytes, .. } = Region::new(&found);
        assert_eq!((columns, bytes), (Span::empty(15), None));
    }
}
