//! The files of a run as names and bytes, wherever they are. Which files a scan returns is decided by
//! whoever makes the workspace: `shell` for a disk, the caller for a [`MemoryWorkspace`].

mod memory_workspace;

use std::fmt;

pub use memory_workspace::{MemoryFile, MemoryWorkspace};
use rayon::prelude::*;

use crate::path::{PathNames, RepoPath};

/// One file of a workspace. It means nothing to another workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub usize);

/// What a file is read for. The first of two roles of the same file counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// To be judged and, by `write`, rewritten.
    Judged,
    /// To be known.
    Context,
    /// To be known, although it is left out.
    Excluded,
}

/// Called with each file that may concern us: its path, its name as shown to people, and its bytes.
/// Threads call it at once.
pub type Visit<'v> = dyn Fn(FileId, &RepoPath, &str, &[u8]) + Sync + 'v;

/// A file that a scan has visited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedFile {
    /// Its number.
    pub id: FileId,
    /// Its path.
    pub file: RepoPath,
    /// Its name as shown to people: relative to the working directory, with `/`.
    pub name: String,
    /// What it is read for.
    pub role: Role,
}

/// A part of the tree that a scan could not read; its contents are unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The file, or `*` in the folder.
    pub file: RepoPath,
    /// Why, as what is said of it: `is not checked out`.
    pub reason: &'static str,
    /// True if it may be a kustomization that builds from the rest of the tree.
    pub may_build: bool,
    /// True if it lies in the tree whose names must be unique, and not elsewhere in the repository.
    pub is_in_tree: bool,
}

/// What a scan found besides the bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The visited files, sorted by name, each once.
    pub files: Vec<ScannedFile>,
    /// Symbolic links and what they lead to, sorted.
    pub links: Vec<(RepoPath, RepoPath)>,
    /// Number of files under PATH that were looked at.
    pub read: usize,
    /// Files under PATH that name the preview version and are not read, as shown to people, sorted:
    /// excluded manifests, and text of other names.
    pub unread: Vec<String>,
    /// True if every document of the tree was seen.
    pub is_whole_tree: bool,
    /// True if all that was seen lies under PATH.
    pub is_within_paths: bool,
    /// True if PATH names single files alone.
    pub is_of_files: bool,
    /// What of the tree could not be seen, sorted.
    pub gaps: Vec<Gap>,
    /// What could not be read, sorted.
    pub problems: Vec<FileError>,
    /// What was left out and why, sorted.
    pub notes: Vec<String>,
}

/// The files of a run.
pub trait Workspace: Sync {
    /// The spellings of the paths of this run.
    fn names(&self) -> &PathNames;

    /// Walks, reads and searches in one parallel pass, and calls `visit` for each file whose bytes
    /// `concerns` accepts, and for kustomizations and chart values always.
    ///
    /// # Errors
    /// If a path that was typed does not exist.
    fn scan(
        &self,
        is_relevant: fn(&[u8]) -> bool,
        progress: &dyn Progress,
        visit: &Visit<'_>,
    ) -> Result<Scan, Vec<FileError>>;

    /// Reads a scanned file that is to be judged once more.
    ///
    /// # Errors
    /// If it cannot be read.
    fn read_again(&self, file: FileId) -> Result<Vec<u8>, FileError>;

    /// The name and the bytes of a file that a manifest names; nothing if there is none.
    fn read(&self, file: &RepoPath) -> Option<(String, Vec<u8>)>;

    /// Whether there is a file or folder of each of these paths.
    fn exist(&self, files: &[&RepoPath]) -> Vec<bool>;

    /// True if there is a folder at this path.
    fn is_folder(&self, path: &RepoPath) -> bool;
}

/// Shows how far a long run is.
pub trait Progress: Sync {
    /// One more file was read; after `start_judging`, judged.
    fn file_done(&self);

    /// All files were read, and this many of them will be judged.
    fn start_judging(&self, files: usize);
}

/// Shows nothing.
impl Progress for () {
    fn file_done(&self) {}

    fn start_judging(&self, _: usize) {}
}

/// What `work` makes of each item, in the order of the items. A single item is not worth a thread.
pub fn par_map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.iter().map(work).collect();
    }
    items.par_iter().map(work).collect()
}

/// What `work` returns on a thread of a pool, which it may share its work with.
pub fn in_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}

/// What is wrong with a file that is no longer what was read.
pub const CHANGED_MEANWHILE: &str =
    "changed while being read; run again when nothing else writes to it";

/// A file or directory that could not be handled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileError {
    /// As shown to people.
    pub name: String,
    /// What is, and what to do about it.
    pub message: String,
}

impl FileError {
    /// A problem with the file of this name.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> FileError {
        FileError { name: name.into(), message: message.into() }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: error: {}", escape_controls(&self.name), escape_controls(&self.message))
    }
}

/// The text with control characters escaped: the name of a file must not move the cursor.
pub fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor() {
        let shown = FileError::new("a\u{1b}[2J\nb", "gone").to_string();
        assert_eq!(shown, "a\\u{1b}[2J\\nb: error: gone");
    }
}
