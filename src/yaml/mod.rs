//! YAML with exact byte spans, and the only writer of YAML syntax. Knows nothing of Kubernetes
//! beyond how its readers cut streams and read scalars.

mod change;
mod document;
mod json;
mod parse;
pub mod patch;
mod scalar;
mod stream;
mod template;

pub use change::{Change, FieldPath, InsertPosition, Mark, PathSegment, Value};
pub use document::{Document, KeptDocument, MappingEntry, NodeKind, NodeRef, Style};
pub(crate) use json::is_commented_json;
pub use parse::{ParseError, parse};
pub use scalar::{Scalar, resolve};
pub use stream::{Chunk, Chunks, chunks};
pub use template::{Unrendered, is_placeholder, is_variable, unrendered_line};
pub(crate) use template::{unrendered_comment, unrendered_text};

/// Deepest nesting that is read. An object in a cluster never comes near it.
pub const MAX_NESTING: usize = 128;

/// Characters that go-yaml and libyaml take for line breaks and YAML 1.2 readers do not.
/// Outside quotes a document means different things to different readers because of them.
pub const DISPUTED_LINE_BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];
