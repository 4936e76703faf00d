//! What a command line needs of the machine: files, the standard streams, the time.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use super::discovery::DiskWorkspace;
use super::git_diff::changed_files;
use super::read::{self, read_chunks};
use super::terminal::ProgressLine;
use super::{
    DEFAULT_WIDTH, GitDiff, IfUnwritable, Output, RunDirs, ScanRequest, Stream, WriteError, write,
};
use crate::text::TextChange;
use crate::workspace::{FileError, FileId, Progress, Workspace};

/// A machine that a command line runs on.
pub trait System: Sync {
    /// The working directory and the repository around it.
    ///
    /// # Errors
    /// If the working directory is gone.
    fn run_dirs(&self) -> io::Result<RunDirs>;

    /// The path without symbolic links; as it is where there is no such file.
    fn canonical(&self, path: &Path) -> PathBuf;

    /// True if there is a file or a directory.
    fn exists(&self, path: &Path) -> bool;

    /// True if there is a file.
    fn is_file(&self, path: &Path) -> bool;

    /// The bytes of a file.
    ///
    /// # Errors
    /// If it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Shows `visit` the bytes of the file, or of standard input if there is no path, one piece after
    /// the other. `name` is the file as shown to people.
    ///
    /// # Errors
    /// What cannot be read. A directory is not walked.
    fn read_chunks(
        &self,
        path: Option<&Path>,
        name: &str,
        visit: &mut dyn FnMut(&[u8]),
    ) -> Result<(), FileError>;

    /// All of standard input, which is shown to people as `name`.
    ///
    /// # Errors
    /// If it cannot be read or is larger than 1 GiB.
    fn read_stdin(&self, name: &str) -> Result<Vec<u8>, FileError>;

    /// The files of a run.
    fn workspace<'a>(&'a self, request: ScanRequest<'a>) -> Box<dyn WritableWorkspace + 'a>;

    /// The files of this repository, absolute, that differ between two of their states.
    ///
    /// # Errors
    /// If Git cannot say.
    fn changed_in_git(&self, repository: &Path, compared: GitDiff) -> io::Result<Vec<PathBuf>>;

    /// Replaces or creates one file whose content is ours alone, such as a report.
    ///
    /// # Errors
    /// If it cannot be written.
    fn replace_one(&self, path: &Path, text: &str) -> Result<(), FileError>;

    /// What shows how far a run is; nothing is shown if `quiet`.
    fn progress(&self, quiet: bool) -> Box<dyn Progress>;

    /// The stream, to be written to.
    fn stream(&self, stream: Stream) -> Box<dyn Write + '_>;

    /// True if a person sees this stream.
    fn is_terminal(&self, stream: Stream) -> bool;

    /// True if standard input is typed by a person, who would wait for us while we wait for them.
    fn is_stdin_terminal(&self) -> bool;

    /// True if this stream is to be coloured: what the user typed (`wanted`), then `NO_COLOR`,
    /// `CLICOLOR_FORCE` and `TERM=dumb`, then whether it is a terminal.
    fn color(&self, stream: Stream, wanted: Option<bool>) -> bool;

    /// Columns of the terminal behind this stream; a constant where there is none, so that files and
    /// pipes get the same text everywhere.
    fn width(&self, stream: Stream) -> usize;

    /// The value of a variable of the environment; nothing if it is not set.
    fn variable(&self, name: &OsStr) -> Option<OsString>;
}

/// A workspace whose files can be replaced.
pub trait WritableWorkspace: Workspace {
    /// What killed runs have left beside the files of the scan, by their names for people.
    fn leftovers(&self) -> Vec<String>;

    /// Removes it; how many files that were.
    fn remove_leftovers(&self) -> usize;

    /// Replaces, creates and deletes these files, and returns why some of them could not be. A new file
    /// lies beside one that was judged.
    ///
    /// # Errors
    /// If a file is not what was read, or cannot be replaced; how far it came.
    fn replace(
        &self,
        files: &[Replacement<'_>],
        if_unwritable: IfUnwritable,
    ) -> Result<Vec<FileError>, WriteError>;
}

/// One file that is to be replaced, created or deleted.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'p> {
    /// The file, which was judged; nothing if it is not there yet.
    pub file: Option<FileId>,
    /// Its name as shown to people.
    pub name: &'p str,
    /// What is to become of it.
    pub change: &'p TextChange,
}

impl dyn System + '_ {
    /// Standard output, for data.
    pub fn stdout(&self) -> Output<'_> {
        Output::new(self.stream(Stream::Stdout))
    }

    /// Standard error, for messages.
    pub fn stderr(&self) -> Output<'_> {
        Output::new(self.stream(Stream::Stderr))
    }

    /// The text of a file that people wrote for us: a savepoint map, a configuration.
    ///
    /// # Errors
    /// If it cannot be read or is not UTF-8.
    pub fn read_text(&self, path: &Path, name: &str) -> Result<String, FileError> {
        let bytes = self.read(path);
        let bytes = bytes.map_err(|cause| FileError::io(name, "cannot be read", &cause))?;
        read::text(bytes, name)
    }

    /// All of standard input as text.
    ///
    /// # Errors
    /// If it cannot be read, is larger than 1 GiB or is not UTF-8.
    pub fn read_stdin_text(&self, name: &str) -> Result<String, FileError> {
        read::text(self.read_stdin(name)?, name)
    }

    /// The nearest file of this name at or above the working directory, no higher than the root of
    /// the repository.
    pub fn nearest(&self, run_dirs: &RunDirs, file_name: &str) -> Option<PathBuf> {
        for dir in run_dirs.cwd().ancestors() {
            let candidate = dir.join(file_name);
            if self.is_file(&candidate) {
                return Some(candidate);
            }
            if Some(dir) == run_dirs.repository() {
                return None;
            }
        }
        None
    }
}

/// The machine of this process.
pub struct OsSystem;

impl System for OsSystem {
    fn run_dirs(&self) -> io::Result<RunDirs> {
        Ok(RunDirs::from_cwd(env::current_dir()?.canonicalize()?))
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn read_chunks(
        &self,
        path: Option<&Path>,
        name: &str,
        visit: &mut dyn FnMut(&[u8]),
    ) -> Result<(), FileError> {
        read_chunks(path, name, visit)
    }

    fn read_stdin(&self, name: &str) -> Result<Vec<u8>, FileError> {
        read::read_up_to(read::MAX_STDIN, io::stdin().lock(), name)
    }

    fn workspace<'a>(&'a self, request: ScanRequest<'a>) -> Box<dyn WritableWorkspace + 'a> {
        Box::new(DiskWorkspace { request, judged: Mutex::default(), directories: Mutex::default() })
    }

    fn changed_in_git(&self, repository: &Path, compared: GitDiff) -> io::Result<Vec<PathBuf>> {
        changed_files(repository, compared)
    }

    fn replace_one(&self, path: &Path, text: &str) -> Result<(), FileError> {
        write::replace_one(path, text)
    }

    fn progress(&self, quiet: bool) -> Box<dyn Progress> {
        Box::new(ProgressLine::new(quiet))
    }

    fn stream(&self, stream: Stream) -> Box<dyn Write + '_> {
        match stream {
            Stream::Stdout => Box::new(io::stdout().lock()),
            Stream::Stderr => Box::new(io::stderr().lock()),
        }
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => io::stdout().is_terminal(),
            Stream::Stderr => io::stderr().is_terminal(),
        }
    }

    fn is_stdin_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn color(&self, stream: Stream, wanted: Option<bool>) -> bool {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is = |name, what: &str| env::var_os(name).is_some_and(|value| value == what);
        if let Some(wanted) = wanted {
            return wanted;
        }
        if set("NO_COLOR") {
            return false;
        }
        if set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") {
            return true;
        }
        !is("TERM", "dumb") && !is("CLICOLOR", "0") && self.is_terminal(stream)
    }

    fn width(&self, stream: Stream) -> usize {
        if !self.is_terminal(stream) {
            return DEFAULT_WIDTH;
        }
        terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(columns, _)| usize::from(columns.0))
    }

    fn variable(&self, name: &OsStr) -> Option<OsString> {
        env::var_os(name)
    }
}

/// The time of this machine in milliseconds since 1970; nothing on one that thinks it is earlier. It
/// decides nothing but whether a clock elsewhere is far ahead.
pub fn now() -> Option<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

/// What `work` returns, on as many threads as are wanted; else on those of the process, as many as
/// the machine runs at once, which start when they are needed.
pub fn with_threads<R: Send>(wanted: Option<usize>, work: impl FnOnce() -> R + Send) -> R {
    let build = |count| rayon::ThreadPoolBuilder::new().num_threads(count).build().ok();
    match wanted.and_then(build) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// The number of threads of this run.
pub(crate) fn thread_count() -> usize {
    if rayon::current_thread_index().is_some() {
        return rayon::current_num_threads();
    }
    thread::available_parallelism().map_or(1, NonZero::get)
}
