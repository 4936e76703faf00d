//! From diagnostics to edits: which document takes a change, one edit set per file or none, and the
//! proof before anything is written.

mod builds;
mod changeset;
mod document;
mod file;
mod group;
pub mod input;
mod place;
mod placing;
mod proof;
mod read;
mod root_patch;
mod unread;

pub use changeset::{
    Changeset, DocumentOutcome, FieldChange, FileChange, FileOutcome, Outcome, PlannedWorkload,
};
pub use file::{PlannedFile, Unit, plan_file};
pub(crate) use group::{group_decision, hold};
pub use input::add_input_diagnostics;
pub(crate) use placing::{PLACING_TRIES, PlacedRow, PlacingTree, UnplacedChange, place_row};
pub(crate) use proof::{Misbuilt, prove_builds};
pub(crate) use root_patch::{CreatedPatch, DeletedPatch};

/// What standard input is called where nothing else was said.
pub const STDIN: &str = "<stdin>";
