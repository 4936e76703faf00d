//! Writing: everything is staged beside its target and synced before the first file is replaced,
//! so that a crash leaves each file old or new and a second run finishes the job.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempPath};

use super::Replacement;
use super::read::read_again;
use super::staging::{StagingRun, remove_leftovers};
use crate::text::TextChange;
use crate::workspace::{FileError, par_map};

/// One file that is to be replaced, created or deleted, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct FileRewrite<'p> {
    pub(crate) replacement: &'p Replacement<'p>,
    /// The file, or a link to it.
    pub(crate) path: PathBuf,
    /// The directories of which one must hold it, free of symbolic links.
    pub(crate) write_roots: &'p [PathBuf],
}

/// A new text beside its target, or the end of a file.
struct StagedFile<'p> {
    name: &'p str,
    target: PathBuf,
    /// Nothing if the file is not there yet.
    before: Option<Metadata>,
    /// Nothing if the file goes.
    text: Option<TempPath>,
}

/// What becomes of the other files if the place of one takes no new text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfUnwritable {
    /// None of them is replaced.
    WriteNothing,
    /// They are replaced.
    WriteTheRest,
}

/// A write that could not be finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteError {
    /// Why, in the order of the files.
    pub problems: Vec<FileError>,
    /// Number of files that had been replaced by then: none, unless replacing itself failed.
    pub replaced: usize,
}

impl From<Vec<FileError>> for WriteError {
    fn from(problems: Vec<FileError>) -> WriteError {
        WriteError { problems, replaced: 0 }
    }
}

/// Why a file could not be staged.
enum StageError {
    /// Its place takes no new text.
    Unwritable(FileError),
    /// It is no longer what was read, and every decision of the run rests on what was.
    Changed(FileError),
}

/// Replaces, creates and deletes these files, and returns why some of them could not be. Until the last
/// one is staged and synced nothing is replaced; after that only the file system itself can fail, and the
/// error says how far it came. A file that has changed since it was read stops all of it, and so does one
/// that has come in the place of a new one.
pub(crate) fn replace_files(
    rewrites: &[FileRewrite<'_>],
    if_unwritable: IfUnwritable,
) -> Result<Vec<FileError>, WriteError> {
    if rewrites.is_empty() {
        return Ok(Vec::new());
    }
    let run = StagingRun::begin(rewrites.iter().map(|rewrite| directory_of(&rewrite.path)));
    let (mut staged, mut unwritable) = stage_all(rewrites, run.as_ref())?;
    if !unwritable.is_empty() {
        if if_unwritable == IfUnwritable::WriteNothing {
            return Err(unwritable.into());
        }
        leave_torn_directories(rewrites, &mut staged, &mut unwritable);
    }
    match replace(staged) {
        Ok(()) => Ok(unwritable),
        Err(unwritten) => {
            let problems = unwritable.into_iter().chain(unwritten.problems).collect();
            Err(WriteError { problems, ..unwritten })
        }
    }
}

/// The files that could be staged, and why others could not.
fn stage_all<'p>(
    rewrites: &[FileRewrite<'p>],
    run: Result<&StagingRun, &io::Error>,
) -> Result<(Vec<StagedFile<'p>>, Vec<FileError>), Vec<FileError>> {
    let (mut staged, mut unwritable, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for file in par_map(rewrites, |rewrite| stage(rewrite, run)) {
        match file {
            Ok(file) => staged.push(file),
            Err(StageError::Unwritable(problem)) => unwritable.push(problem),
            Err(StageError::Changed(problem)) => changed.push(problem),
        }
    }
    if changed.is_empty() {
        return Ok((staged, unwritable));
    }
    changed.extend(unwritable);
    changed.sort();
    Err(changed)
}

/// Leaves alone all of a directory where one file is created or deleted and another is unwritable: its
/// kustomization lists what is created there, and no longer what is deleted.
fn leave_torn_directories(
    rewrites: &[FileRewrite<'_>],
    staged: &mut Vec<StagedFile<'_>>,
    unwritable: &mut Vec<FileError>,
) {
    let directories = |wanted: &dyn Fn(&Replacement<'_>) -> bool| -> BTreeSet<PathBuf> {
        let wanted = rewrites.iter().filter(|rewrite| wanted(rewrite.replacement));
        wanted.filter_map(|rewrite| directory_of(&rewrite.path).canonicalize().ok()).collect()
    };
    let failed = directories(&|file| unwritable.iter().any(|problem| problem.name == file.name));
    let whole = directories(&|file| !matches!(file.change, TextChange::Edit { .. }));
    staged.retain(|file| {
        let directory = directory_of(&file.target);
        let is_torn = failed.contains(directory) && whole.contains(directory);
        if is_torn {
            let message = "is written together with another file of its directory, which is not";
            unwritable.push(FileError::new(file.name, message));
        }
        !is_torn
    });
    unwritable.sort();
}

/// What is created comes first and what is deleted last, so that at no moment a kustomization lists a file
/// that is not there.
fn replace(mut staged: Vec<StagedFile<'_>>) -> Result<(), WriteError> {
    sync(&staged)?;
    staged.sort_by_key(|file| (file.before.is_some(), file.text.is_none()));
    for file in &staged {
        check_unchanged(file).map_err(|problem| vec![problem])?;
    }
    let directories: BTreeSet<PathBuf> =
        staged.iter().filter_map(|file| file.target.parent()).map(Path::to_path_buf).collect();
    for (replaced, file) in staged.into_iter().enumerate() {
        put(file).map_err(|problem| WriteError { problems: vec![problem], replaced })?;
    }
    sync_directories(&directories);
    Ok(())
}

/// Brings one file into its last state.
fn put(file: StagedFile<'_>) -> Result<(), FileError> {
    let StagedFile { name, target, before, text } = file;
    let (done, doing) = match (text, before) {
        (Some(text), Some(_)) => (text.persist(target), "cannot be replaced"),
        (Some(text), None) => (text.persist_noclobber(target), "cannot be created"),
        (None, _) => {
            let removed = fs::remove_file(target);
            return removed.map_err(|cause| FileError::io(name, "cannot be deleted", &cause));
        }
    };
    done.map_err(|error| FileError::io(name, doing, &error.error))
}

/// Replaces or creates one file whose content is ours alone, such as a report. A path that is not
/// a regular file (a pipe, a terminal) is written to as it is.
pub(crate) fn replace_one(path: &Path, text: &str) -> Result<(), FileError> {
    let write = || -> io::Result<()> {
        let before = fs::metadata(path);
        if before.as_ref().is_ok_and(|before| !before.is_file()) {
            return OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
        }
        let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let directory = directory_of(&target);
        remove_leftovers(&BTreeSet::from([directory.to_path_buf()]));
        let run = StagingRun::begin([directory])?;
        let mut staged = run.file_in(directory, with_default_mode)?;
        staged.write_all(text.as_bytes())?;
        if let Ok(before) = before {
            copy_permissions(staged.as_file(), &before)?;
        }
        staged.persist(&target)?;
        Ok(())
    };
    write().map_err(|cause| FileError::io(path.to_string_lossy(), "cannot be written", &cause))
}

/// A new file gets the mode that the umask leaves of this one.
fn with_default_mode(staged: &mut Builder<'_, '_>) {
    #[cfg(unix)]
    staged.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
}

fn stage<'p>(
    rewrite: &FileRewrite<'p>,
    run: Result<&StagingRun, &io::Error>,
) -> Result<StagedFile<'p>, StageError> {
    let Replacement { name, change, .. } = *rewrite.replacement;
    let unwritable = |message: &str| Err(StageError::Unwritable(FileError::new(name, message)));
    let (digest, doing) = match change {
        TextChange::Edit { digest, .. } => (Some(*digest), "cannot be rewritten"),
        TextChange::Delete { digest } => (Some(*digest), "cannot be deleted"),
        TextChange::Create { .. } => (None, "cannot be created"),
    };
    let cannot = |cause: io::Error| StageError::Unwritable(FileError::io(name, doing, &cause));
    let target = if digest.is_some() {
        rewrite.path.canonicalize().map_err(cannot)?
    } else {
        let directory = directory_of(&rewrite.path).canonicalize().map_err(cannot)?;
        directory.join(rewrite.path.file_name().unwrap_or_default())
    };
    if !rewrite.write_roots.iter().any(|root| target.starts_with(root)) {
        return unwritable(match digest {
            Some(_) => "the link leaves the tree; name the file it leads to",
            None => "cannot be created: its directory is not in PATH; name that directory",
        });
    }
    let directory = directory_of(&target);
    let (before, text) = match digest {
        None => (None, String::new()),
        Some(digest) => {
            let before = fs::metadata(&target).map_err(cannot)?;
            // The superuser may write anywhere, but the file is marked as read-only on purpose.
            if before.permissions().readonly() {
                return unwritable("the file is read-only; give it write permission");
            }
            OpenOptions::new().write(true).open(&target).map_err(cannot)?;
            let bytes = read_again(&target, name, digest).map_err(StageError::Changed)?;
            let text = String::from_utf8(bytes).map_err(|_| {
                StageError::Changed(FileError::new(name, "cannot be rewritten: it is not UTF-8"))
            })?;
            (Some(before), text)
        }
    };
    if fs::metadata(directory).map_err(cannot)?.permissions().readonly() {
        return unwritable("its directory is read-only; give it write permission");
    }
    let staged = |after: String| -> io::Result<TempPath> {
        let run = run.map_err(|cause| io::Error::new(cause.kind(), cause.to_string()))?;
        let mut staged = match &before {
            Some(_) => run.file_in(directory, |_| {})?,
            None => run.file_in(directory, with_default_mode)?,
        };
        staged.write_all(after.as_bytes())?;
        if let Some(before) = &before {
            copy_permissions(staged.as_file(), before)?;
        }
        // The handle is closed: a run may stage more files than a process may hold open.
        Ok(staged.into_temp_path())
    };
    let text = change.apply(Some(&text)).map(staged).transpose().map_err(|cause| {
        StageError::Unwritable(FileError::io(name, "cannot be staged in its directory", &cause))
    })?;
    let staged = StagedFile { name, target, before, text };
    // Nothing is staged in the place of what has come meanwhile.
    if digest.is_none() {
        check_unchanged(&staged).map_err(StageError::Changed)?;
    }
    Ok(staged)
}

/// Gives the new file the mode and, where that is allowed, the owner of the old one.
fn copy_permissions(file: &File, before: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let now = file.metadata()?;
        if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
            // Only the superuser may give a file away; for others it becomes theirs.
            let _ = fchown(file, Some(before.uid()), Some(before.gid()))
                .or_else(|_| fchown(file, None, Some(before.gid())));
        }
    }
    file.set_permissions(before.permissions())
}

/// Brings every staged text to the disk.
fn sync(staged: &[StagedFile<'_>]) -> Result<(), Vec<FileError>> {
    if staged.len() >= SYNCFS_THRESHOLD && sync_file_systems(staged) {
        return Ok(());
    }
    let synced = par_map(staged, |file| {
        let Some(text) = &file.text else { return Ok(()) };
        let synced = OpenOptions::new().write(true).open(text).and_then(|f| f.sync_all());
        synced.map_err(|cause| FileError::io(file.name, "cannot be synced", &cause))
    });
    let problems: Vec<FileError> = synced.into_iter().filter_map(Result::err).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// From so many files on, one sync of the whole file system costs less than one for each file.
const SYNCFS_THRESHOLD: usize = 8;

/// Syncs each file system that holds a staged text, once; false where that cannot be done. Linux
/// waits until the data is written and says if it could not be (`syncfs(2)`, from Linux 5.8).
#[cfg(target_os = "linux")]
fn sync_file_systems(staged: &[StagedFile<'_>]) -> bool {
    use std::collections::BTreeMap;
    use std::os::unix::fs::MetadataExt;
    let texts = staged.iter().filter_map(|file| file.text.as_ref());
    let by_device: io::Result<BTreeMap<u64, &TempPath>> =
        texts.map(|text| Ok((fs::metadata(text)?.dev(), text))).collect();
    let synced = |text: &&TempPath| {
        let opened = File::open(text);
        opened.is_ok_and(|opened| rustix::fs::syncfs(&opened).is_ok())
    };
    by_device.is_ok_and(|texts| texts.values().all(synced))
}

#[cfg(not(target_os = "linux"))]
fn sync_file_systems(_: &[StagedFile<'_>]) -> bool {
    false
}

/// Between staging and replacing lies the sync, which can take seconds.
fn check_unchanged(file: &StagedFile<'_>) -> Result<(), FileError> {
    let Some(before) = &file.before else {
        // A link to nothing takes the name too.
        return match fs::symlink_metadata(&file.target) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(FileError::io(file.name, "cannot be created", &cause)),
            Ok(_) => Err(FileError::new(file.name, "was created meanwhile; run again")),
        };
    };
    let now = fs::metadata(&file.target)
        .map_err(|cause| FileError::io(file.name, "cannot be read again", &cause))?;
    let same_time = now.modified().ok() == before.modified().ok();
    if same_time && now.len() == before.len() {
        return Ok(());
    }
    Err(FileError::new(file.name, "changed while being rewritten; run again"))
}

/// Brings the new names to the disk. The files are complete by now, so that a file system that
/// cannot sync a directory is no reason to fail.
fn sync_directories(directories: &BTreeSet<PathBuf>) {
    if cfg!(unix) {
        let directories: Vec<&PathBuf> = directories.iter().collect();
        par_map(&directories, |directory| {
            let _ = File::open(directory).and_then(|directory| directory.sync_all());
        });
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
