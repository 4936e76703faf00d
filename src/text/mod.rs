//! Text as bytes: spans, positions, edits and diffs. Knows nothing of YAML.

mod diff;
mod edit;
mod nearest;
mod source;
mod span;

pub use diff::unified;
pub use edit::{Edit, EditSet, Overlap};
pub use nearest::{did_you_mean, nearest};
pub use source::{Digest, Excerpt, Lines, Position, SourceFile};
pub use span::Span;
