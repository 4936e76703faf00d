//! The files of a run as names and bytes, wherever they are. Which files a scan returns is decided by
//! whoever makes the workspace: `shell` for a disk, the caller for a [`MemoryWorkspace`].

mod memory;
mod parallel;
mod problem;

pub use memory::{MemoryFile, MemoryWorkspace};
pub use parallel::{in_pool, par_map};
pub use problem::{CHANGED_MEANWHILE, FileError, escape_controls};

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

/// What a scan found besides the bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The visited files, sorted by name, each once.
    pub files: Vec<ScannedFile>,
    /// Symbolic links and what they lead to, sorted.
    pub links: Vec<(RepoPath, RepoPath)>,
    /// Number of files under PATH that were looked at.
    pub read: usize,
    /// True if every document of the tree was seen.
    pub is_whole_tree: bool,
    /// True if all that was seen lies under PATH.
    pub is_within_paths: bool,
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

    /// The name and the bytes of a file that a manifest names; nothing if there is none or if it cannot
    /// concern us.
    fn read(&self, file: &RepoPath) -> Option<(String, Vec<u8>)>;
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
