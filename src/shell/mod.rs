//! Reads and writes the files, the streams and the clock of this machine.

mod clock;
mod discovery;
mod disk;
mod exclude;
mod output;
mod problem;
mod progress;
mod read;
mod run_dirs;
mod stdin;
mod system;
mod terminal;
mod threads;
mod through;
mod walk;
mod write;

pub use clock::now;
pub use discovery::{ScanRequest, is_manifest};
pub use exclude::ExcludeGlobs;
pub use output::Output;
pub use run_dirs::RunDirs;
pub use system::{OsSystem, Replacement, System, WritableWorkspace};
pub use terminal::{DEFAULT_WIDTH, Stream};
pub use threads::with_threads;
pub use write::{FileRewrite, WriteError, replace_all};
