//! Reads and writes the files, the streams and the clock of this machine.

mod discovery;
mod git_diff;
mod git_index;
mod read;
mod run_dirs;
mod scan_collector;
mod staging;
mod system;
mod terminal;
mod walk;
mod write;

use std::io;

pub use discovery::{ScanRequest, is_manifest};
pub use git_diff::GitDiff;
pub use run_dirs::{ExcludeGlob, RunDirs, is_excluded};
pub use system::{OsSystem, Replacement, System, WritableWorkspace, now, with_threads};
pub use terminal::{DEFAULT_WIDTH, Output, Stream};
pub use walk::is_ignore_file;
pub use write::{IfUnwritable, WriteError};

use crate::workspace::FileError;

impl FileError {
    /// The operating system refused what was being done (`cannot be read`).
    pub fn io(name: impl Into<String>, doing: &str, cause: &io::Error) -> FileError {
        FileError::new(name, format!("{doing}: {}", reason(cause)))
    }
}

/// The cause in the words of the operating system, without its number.
fn reason(cause: &io::Error) -> String {
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_the_file_and_the_cause() {
        let cause = io::Error::from_raw_os_error(13);
        let shown = FileError::io("a/b.yaml", "cannot be read", &cause).to_string();
        assert_eq!(shown, "a/b.yaml: error: cannot be read: permission denied");
    }
}
