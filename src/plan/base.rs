//! What of a stream lies before the text at hand.

use crate::text::count_lines;

/// Where a text begins in the stream it is a piece of, and what the stream has told so far. That of
/// a file is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Base {
    /// Bytes before the text.
    pub(super) bytes: usize,
    /// Lines that ended before it.
    pub(super) lines: usize,
    /// Documents before it.
    pub(super) documents: usize,
    /// The line on which a template was met: from there on no document is taken literally.
    pub(super) template: Option<usize>,
    /// It was said that Helm has rendered this.
    pub(super) is_said_to_be_rendered: bool,
    /// The last byte before the text is a CR, which ended a line unless LF follows.
    after_cr: bool,
}

impl Base {
    /// The text has gone by, with so many documents.
    pub(super) fn pass(&mut self, text: &[u8], documents: usize) {
        let joined = self.after_cr && text.first() == Some(&b'\n');
        self.lines += count_lines(text) - usize::from(joined);
        self.bytes += text.len();
        self.documents += documents;
        self.after_cr = text.last().map_or(self.after_cr, |last| *last == b'\r');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_may_be_cut_in_two() {
        let mut base = Base::default();
        for text in ["a\r", "", "\nb\r", "\r", "\n\n"] {
            base.pass(text.as_bytes(), 1);
        }
        assert_eq!((base.bytes, base.lines, base.documents), (8, 4, 5));
    }
}
