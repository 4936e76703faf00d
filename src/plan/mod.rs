//! From diagnostics to edits: which document takes a change, one edit set per file or none, and the
//! proof before anything is written.

mod changeset;
mod document;
mod file;
pub mod input;
mod place;
mod proof;
mod read;
mod unread;

pub use changeset::{
    Changeset, DocumentOutcome, FieldChange, FileChange, FileOutcome, Outcome, PlannedWorkload,
};
pub use file::{PlannedFile, Unit, plan_file};
pub use input::add_input_diagnostics;

/// What standard input is called where nothing else was said.
pub const STDIN: &str = "<stdin>";
