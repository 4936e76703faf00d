//! How new texts are called until they take their places, and what becomes of those that a killed run has
//! left behind.
//!
//! Every run stages under a name of its own, and holds a lock on a file of that name as long as anything of
//! it is staged. The kernel gives a lock back when its process ends, however it ends. It means the same in
//! every container that sees the file, where a process number does not. So what is staged surely belongs to no run
//! exactly if its lock is free.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Hidden, and with an ending that no manifest has: `.flink-migrate-*.staged` in the form of `.gitignore`.
const PREFIX: &str = ".flink-migrate-";
const ENDING: &str = ".staged";
/// What the file that is locked has in front of the ending, behind the name of its run.
const LOCK: &str = "-lock";
/// Length of the name of a run, in characters, which are letters and digits.
const RUN_LENGTH: usize = 12;

/// A run that stages files. It must outlive them.
pub(crate) struct StagingRun {
    /// How its files begin.
    prefix: String,
    /// Held open, and removed at the end.
    _lock: NamedTempFile,
}

impl StagingRun {
    /// Begins in the first of these directories that takes a file.
    pub(crate) fn begin<'d>(
        directories: impl IntoIterator<Item = &'d Path>,
    ) -> io::Result<StagingRun> {
        let mut refused = io::Error::from(io::ErrorKind::NotFound);
        for directory in directories {
            match StagingRun::begin_in(directory) {
                Ok(run) => return Ok(run),
                Err(cause) => refused = cause,
            }
        }
        Err(refused)
    }

    fn begin_in(directory: &Path) -> io::Result<StagingRun> {
        let ending = format!("{LOCK}{ENDING}");
        loop {
            let mut builder = Builder::new();
            builder.prefix(PREFIX).rand_bytes(RUN_LENGTH).suffix(&ending);
            let file = builder.tempfile_in(directory)?;
            let locked = lock(file.as_file());
            // Before it was locked, another run could take it for one that was left behind.
            let is_taken = locked.as_ref().is_err_and(|it| it.kind() == io::ErrorKind::WouldBlock);
            if is_taken || !file.path().exists() {
                continue;
            }
            // Where a file system has no locks, what is left behind is for people.
            let name = file.path().file_name().unwrap_or_default().to_string_lossy();
            let prefix = format!("{}-", name.trim_end_matches(&ending));
            return Ok(StagingRun { prefix, _lock: file });
        }
    }

    /// A builder of files of this run.
    pub(crate) fn file_in(
        &self,
        directory: &Path,
        prepare: impl FnOnce(&mut Builder<'_, '_>),
    ) -> io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        builder.prefix(&self.prefix).suffix(ENDING);
        prepare(&mut builder);
        builder.tempfile_in(directory)
    }
}

/// What one run has left behind.
#[derive(Default)]
struct LeftRun {
    files: Vec<PathBuf>,
    lock: Option<PathBuf>,
}

/// The files in these directories that a run has staged and that surely belong to no run any more.
pub(crate) fn leftovers(directories: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let free = left_runs(directories).into_iter().filter(|run| run.free().is_some());
    free.flat_map(|run| run.files.into_iter().chain(run.lock)).collect()
}

/// Removes them; how many there were.
pub(crate) fn remove_leftovers(directories: &BTreeSet<PathBuf>) -> usize {
    let mut removed = 0;
    for run in left_runs(directories) {
        // Held until all is gone, so that a run that has just begun sees that its lock is.
        let Some(_held) = run.free() else { continue };
        let files = run.files.iter().chain(&run.lock);
        removed += files.filter(|file| fs::remove_file(file).is_ok()).count();
    }
    removed
}

impl LeftRun {
    /// The lock of the run, taken; nothing if the run is alive, or if it cannot be told.
    fn free(&self) -> Option<File> {
        let file = File::options().write(true).open(self.lock.as_ref()?).ok()?;
        lock(&file).is_ok().then_some(file)
    }
}

fn left_runs(directories: &BTreeSet<PathBuf>) -> Vec<LeftRun> {
    let mut runs: BTreeMap<String, LeftRun> = BTreeMap::new();
    let entries = directories.iter().filter_map(|directory| fs::read_dir(directory).ok()).flatten();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some((run, rest)) = name.to_str().and_then(staged_name) else { continue };
        let run = runs.entry(run.to_string()).or_default();
        if rest == LOCK {
            run.lock = Some(entry.path());
        } else {
            run.files.push(entry.path());
        }
    }
    runs.into_values().collect()
}

/// The run that has staged a file of this name, and the rest of the name.
fn staged_name(name: &str) -> Option<(&str, &str)> {
    let name = name.strip_prefix(PREFIX)?.strip_suffix(ENDING)?;
    let (run, rest) = name.split_at_checked(RUN_LENGTH)?;
    rest.starts_with('-').then_some((run, rest))
}

/// Locks the file for this process, if no other has.
fn lock(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    return Ok(rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?);
    #[cfg(not(unix))]
    return file.metadata().and(Err(io::ErrorKind::Unsupported.into()));
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staged_file_belongs_to_no_run_once_its_run_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let directories = BTreeSet::from([folder.path().to_path_buf()]);
        let run = StagingRun::begin([folder.path()]).unwrap();
        let staged = run.file_in(folder.path(), |_| {}).unwrap();
        let (_, staged) = staged.keep().unwrap();
        assert_eq!(leftovers(&directories), [] as [PathBuf; 0]);
        assert_eq!(remove_leftovers(&directories), 0);
        assert!(staged.exists());
        // As the kernel leaves it: the lock is given back, and its file stays.
        let StagingRun { _lock: lock, .. } = run;
        let (file, lock) = lock.keep().unwrap();
        drop(file);
        assert_eq!(leftovers(&directories), [staged, lock]);
        assert_eq!(remove_leftovers(&directories), 2);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in [
            ".flink-migrate-ignore",
            ".flink-migrate-.staged",
            "a.staged",
            ".flink-migrate-x-lock.staged",
        ] {
            assert_eq!(staged_name(name), None, "{name}");
        }
    }
}
