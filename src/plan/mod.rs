//! From findings to edits: which document takes a change, one edit set per file or none, and the
//! proof before anything is written.

mod changeset;

pub use changeset::{Changeset, DocumentPlan, FilePlan, Outcome};

use crate::gitops::Survey;
use crate::rules::Facts;

/// What one file tells the rest of the run. Never fails: what cannot be read tells nothing.
pub fn survey(_name: &str, _bytes: &[u8]) -> Survey {
    Survey::default()
}

/// The plan for one file; nothing if it does not concern us. `name` is the path as shown to people,
/// `context` the number of unchanged lines around a change in its diff.
pub fn plan_file(_name: &str, _bytes: &[u8], _facts: &Facts, _context: usize) -> Option<FilePlan> {
    None
}
