//! Text as bytes: spans, positions, edits and diffs. Knows nothing of YAML.

mod diff;
mod edit;
mod hunks;
mod nearest;
mod source;
mod span;

pub use diff::{diff, unified};
pub use edit::{Edit, EditSet, Overlap};
pub use hunks::{ChangedSpan, Hunk, Sign, hunks};
pub use nearest::{did_you_mean, distance, nearest};
pub use source::{Digest, Excerpt, LineIndex, Position, SourceFile};
pub use span::Span;
