//! Reads and writes the files, the streams and the clock of this machine.

mod clock;
mod discover;
mod disk;
mod exclude;
mod ground;
mod output;
mod problem;
mod progress;
mod read;
mod stdin;
mod system;
mod terminal;
mod threads;
mod through;
mod walk;
mod write;

pub use clock::now;
pub use discover::{Search, is_manifest};
pub use exclude::Exclude;
pub use ground::Ground;
pub use output::Output;
pub use system::{Machine, Replacement, System, WritableWorkspace};
pub use terminal::{Stream, WIDTH};
pub use threads::with_threads;
pub use write::{Rewrite, Unwritten, replace_all};
