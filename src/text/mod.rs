//! Text as bytes: spans, positions, edits and diffs. Knows nothing of YAML.

mod diff;
mod edit;
mod nearest;
mod pattern;
mod source;

pub use diff::{ChangedSpan, Hunk, Sign, diff, hunks, unified};
pub use edit::{Edit, EditSet, Span, TextChange};
pub use nearest::{did_you_mean, distance};
pub use pattern::matches_whole;
pub use source::{Digest, Excerpt, LineIndex, Position, SourceFile};
