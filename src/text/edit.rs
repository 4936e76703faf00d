//! Edits as values: disjoint byte ranges of an original text and the text that replaces them, and what
//! becomes of a file as a whole.

use std::ops::Range;

use super::Digest;

/// A half-open range of byte offsets, `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to, but not including, `end`.
    pub fn new(start: usize, end: usize) -> Span {
        debug_assert!(start <= end, "a span never runs backwards");
        Span { start, end }
    }

    /// The place between two bytes.
    pub fn empty(at: usize) -> Span {
        Span { start: at, end: at }
    }

    /// True if no byte lies in the span.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The same bytes, seen from a text that begins `by` bytes earlier.
    #[must_use]
    pub fn shifted(self, by: usize) -> Span {
        Span { start: self.start + by, end: self.end + by }
    }

    /// For slicing.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// One replacement. An empty span inserts; an empty text removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes of the original that go.
    pub span: Span,
    /// The text that comes in their place.
    pub text: String,
}

/// Two edits claimed the same bytes. Always a bug of whoever planned them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Where the second edit begins inside the first.
    pub at: usize,
}

/// Disjoint edits in the order of the original text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditSet {
    edits: Vec<Edit>,
}

impl EditSet {
    /// Sorts the edits; refuses two that touch the same byte or insert at the same place.
    pub fn new(mut edits: Vec<Edit>) -> Result<EditSet, Overlap> {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        for pair in edits.windows(2) {
            let both_insert_here = pair[0].span == pair[1].span;
            if pair[0].span.end > pair[1].span.start || both_insert_here {
                return Err(Overlap { at: pair[1].span.start });
            }
        }
        Ok(EditSet { edits })
    }

    /// The edits, first byte first.
    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter()
    }

    /// True if applying changes nothing.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The same edits, for a text in which the original begins at byte `by`.
    #[must_use]
    pub fn shifted(mut self, by: usize) -> EditSet {
        for edit in &mut self.edits {
            edit.span = edit.span.shifted(by);
        }
        self
    }

    /// The text after the edits.
    ///
    /// # Panics
    /// If an edit lies outside `original` or cuts a character: the set was made for another text.
    pub fn apply(&self, original: &str) -> String {
        self.apply_within(original, Span::new(0, original.len()))
    }

    /// What these bytes of the text are after the edits, all of which lie within.
    ///
    /// # Panics
    /// As [`EditSet::apply`].
    pub fn apply_within(&self, original: &str, span: Span) -> String {
        let grown: usize = self.edits.iter().map(|edit| edit.text.len()).sum();
        let mut after = String::with_capacity(span.end - span.start + grown);
        let mut done = span.start;
        for edit in &self.edits {
            after.push_str(&original[done..edit.span.start]);
            after.push_str(&edit.text);
            done = edit.span.end;
        }
        after.push_str(&original[done..span.end]);
        after
    }
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextChange {
    /// It is there, and stays.
    Edit {
        /// What was read.
        digest: Digest,
        /// What changes in it. Never empty.
        edits: EditSet,
    },
    /// It is not there yet.
    Create {
        /// All of it. Never empty.
        text: String,
    },
    /// It goes.
    Delete {
        /// What was read.
        digest: Digest,
    },
}

impl TextChange {
    /// The text after the change of the one before; nothing where there is no file.
    ///
    /// # Panics
    /// As [`EditSet::apply`].
    pub fn apply(&self, before: Option<&str>) -> Option<String> {
        match self {
            TextChange::Edit { edits, .. } => before.map(|text| edits.apply(text)),
            TextChange::Create { text } => Some(text.clone()),
            TextChange::Delete { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(start, end), text: text.into() }
    }

    #[test]
    fn edits_apply_in_the_order_of_the_text() {
        let set = EditSet::new(vec![edit(4, 4, "!"), edit(0, 1, "J")]).unwrap();
        assert_eq!(set.apply("hell"), "Jell!");
    }

    #[test]
    fn an_insertion_may_stand_right_before_or_after_a_replacement() {
        let set = EditSet::new(vec![edit(1, 2, "B"), edit(1, 1, "<"), edit(2, 2, ">")]).unwrap();
        assert_eq!(set.apply("abc"), "a<B>c");
    }

    #[test]
    fn two_edits_of_one_byte_are_refused() {
        assert_eq!(EditSet::new(vec![edit(0, 3, ""), edit(2, 4, "")]), Err(Overlap { at: 2 }));
        assert_eq!(EditSet::new(vec![edit(2, 2, "a"), edit(2, 2, "b")]), Err(Overlap { at: 2 }));
    }
}
