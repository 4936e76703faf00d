//! A half-open range of bytes.

use std::ops::Range;

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
