//! From diagnostics to edits: which document takes a change, one edit set per file or none, and the
//! proof before anything is written.

mod changeset;
mod document;
mod file;
pub mod input;
mod inventory;
mod other_text;
mod parts;
mod place;
mod proof;
mod read;
mod remarks;
mod survey;

pub use changeset::{Changeset, DocumentOutcome, FieldChange, FileChange, FileOutcome, Outcome};
pub use file::{Unit, plan_file};
pub use inventory::{Declared, inventory};
pub use remarks::with_remarks;
pub use survey::{Readings, survey, survey_keeping};

/// What standard input is called where nothing else was said.
pub const STDIN: &str = "<stdin>";

/// Largest document of ours that is read, in bytes. The cluster's own store takes 1.5 MiB.
pub const MAX_DOCUMENT: usize = 16 << 20;
