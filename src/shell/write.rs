//! Writing: everything is staged beside its target and synced before the first file is replaced,
//! so that a crash leaves each file old or new and a second run finishes the job.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::Replacement;
use super::read::read_again;
use super::staging::{StagingRun, remove_leftovers};
use crate::workspace::{FileError, par_map};

/// One file that is to be replaced, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileRewrite<'p> {
    pub(crate) replacement: &'p Replacement<'p>,
    /// The file, or a link to it.
    pub(crate) path: &'p Path,
    /// The directories of which one must hold it, free of symbolic links.
    pub(crate) write_roots: &'p [PathBuf],
}

/// A new text beside its target.
struct StagedFile<'p> {
    name: &'p str,
    target: PathBuf,
    before: Metadata,
    text: TempPath,
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

/// Replaces these files, and returns why some of them could not be. Until the last one is staged and
/// synced nothing is replaced; after that only the file system itself can fail, and the error says how
/// far it came. A file that has changed since it was read stops all of it.
pub(crate) fn replace_files(
    rewrites: &[FileRewrite<'_>],
    if_unwritable: IfUnwritable,
) -> Result<Vec<FileError>, WriteError> {
    if rewrites.is_empty() {
        return Ok(Vec::new());
    }
    let run = StagingRun::begin(rewrites.iter().map(|rewrite| directory_of(rewrite.path)));
    let (staged, unwritable) = stage_all(rewrites, run.as_ref())?;
    if if_unwritable == IfUnwritable::WriteNothing && !unwritable.is_empty() {
        return Err(unwritable.into());
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

fn replace(staged: Vec<StagedFile<'_>>) -> Result<(), WriteError> {
    sync(&staged)?;
    for file in &staged {
        check_unchanged(file).map_err(|problem| vec![problem])?;
    }
    let directories: BTreeSet<PathBuf> =
        staged.iter().filter_map(|file| file.target.parent()).map(Path::to_path_buf).collect();
    for (replaced, file) in staged.into_iter().enumerate() {
        file.text.persist(&file.target).map_err(|error| WriteError {
            problems: vec![FileError::io(file.name, "cannot be replaced", &error.error)],
            replaced,
        })?;
    }
    sync_directories(&directories);
    Ok(())
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
        let mut staged = run.file_in(directory, |staged| {
            // A new file gets the mode that the umask leaves of this one.
            #[cfg(unix)]
            staged.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        })?;
        staged.write_all(text.as_bytes())?;
        if let Ok(before) = before {
            copy_permissions(staged.as_file(), &before)?;
        }
        staged.persist(&target)?;
        Ok(())
    };
    write().map_err(|cause| FileError::io(path.to_string_lossy(), "cannot be written", &cause))
}

fn stage<'p>(
    rewrite: &FileRewrite<'p>,
    run: Result<&StagingRun, &io::Error>,
) -> Result<StagedFile<'p>, StageError> {
    let Replacement { name, digest, edits, .. } = *rewrite.replacement;
    let unwritable = |message: &str| Err(StageError::Unwritable(FileError::new(name, message)));
    let cannot = |cause: io::Error| {
        StageError::Unwritable(FileError::io(name, "cannot be rewritten", &cause))
    };
    let target = rewrite.path.canonicalize().map_err(cannot)?;
    if !rewrite.write_roots.iter().any(|root| target.starts_with(root)) {
        return unwritable("the link leaves the tree; name the file it leads to");
    }
    let before = fs::metadata(&target).map_err(cannot)?;
    let directory = directory_of(&target);
    // The superuser may write anywhere, but the file is marked as read-only on purpose.
    if before.permissions().readonly() {
        return unwritable("the file is read-only; give it write permission");
    }
    OpenOptions::new().write(true).open(&target).map_err(cannot)?;
    if fs::metadata(directory).map_err(cannot)?.permissions().readonly() {
        return unwritable("its directory is read-only; give it write permission");
    }

    let bytes = read_again(&target, name, digest).map_err(StageError::Changed)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        StageError::Changed(FileError::new(name, "cannot be rewritten: it is not UTF-8"))
    })?;
    let staged = || -> io::Result<TempPath> {
        let run = run.map_err(|cause| io::Error::new(cause.kind(), cause.to_string()))?;
        let mut staged = run.file_in(directory, |_| {})?;
        staged.write_all(edits.apply(text).as_bytes())?;
        copy_permissions(staged.as_file(), &before)?;
        // The handle is closed: a run may stage more files than a process may hold open.
        Ok(staged.into_temp_path())
    };
    let text = staged().map_err(|cause| {
        StageError::Unwritable(FileError::io(name, "cannot be staged in its directory", &cause))
    })?;
    Ok(StagedFile { name, target, before, text })
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
        let synced = OpenOptions::new().write(true).open(&file.text).and_then(|f| f.sync_all());
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
    let by_device: BTreeMap<u64, &StagedFile<'_>> =
        staged.iter().map(|file| (file.before.dev(), file)).collect();
    by_device.values().all(|file| {
        let opened = File::open(&file.text);
        opened.is_ok_and(|opened| rustix::fs::syncfs(&opened).is_ok())
    })
}

#[cfg(not(target_os = "linux"))]
fn sync_file_systems(_: &[StagedFile<'_>]) -> bool {
    false
}

/// Between staging and replacing lies the sync, which can take seconds.
fn check_unchanged(file: &StagedFile<'_>) -> Result<(), FileError> {
    let now = fs::metadata(&file.target)
        .map_err(|cause| FileError::io(file.name, "cannot be read again", &cause))?;
    let same_time = now.modified().ok() == file.before.modified().ok();
    if same_time && now.len() == file.before.len() {
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
mod tests {
    use super::*;
    use crate::text::{Digest, Edit, EditSet, Span};
    use crate::workspace::FileId;

    fn edits() -> EditSet {
        EditSet::new(vec![Edit { span: Span::new(0, 1), text: "X".into() }]).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_changed_since_it_was_read_stops_the_whole_write() {
        let folder = tempfile::tempdir().unwrap();
        let root = [folder.path().canonicalize().unwrap()];
        let (a, b, edits) = (root[0].join("a"), root[0].join("b"), edits());
        fs::write(&a, "1 one\n").unwrap();
        fs::write(&b, "2 two, and more\n").unwrap();
        let replacement = |name: &'static str, before: &[u8]| {
            let (file, digest, edits) = (FileId(0), Digest::new(before), &edits);
            Replacement { file, name, digest, edits }
        };
        let changed = [replacement("a", b"1 one\n"), replacement("b", b"2 two\n")];
        let same = [replacement("a", b"1 one\n"), replacement("b", b"2 two, and more\n")];
        let rewrite = |replacement, path| FileRewrite { replacement, path, write_roots: &root };
        for if_unwritable in [IfUnwritable::WriteNothing, IfUnwritable::WriteTheRest] {
            let stale = [rewrite(&changed[0], &*a), rewrite(&changed[1], &*b)];
            let unwritten = replace_files(&stale, if_unwritable).unwrap_err();
            let problems = &unwritten.problems;
            assert_eq!((problems.len(), unwritten.replaced), (1, 0));
            assert!(problems[0].to_string().starts_with("b: error: changed while being read"));
            assert_eq!(fs::read_to_string(&a).unwrap(), "1 one\n");
            assert_eq!(names(&root[0]), ["a", "b"]);
        }
        let fresh = [rewrite(&same[0], &*a), rewrite(&same[1], &*b)];
        assert_eq!(replace_files(&fresh, IfUnwritable::WriteNothing).unwrap(), []);
        assert_eq!(fs::read_to_string(&a).unwrap(), "X one\n");
        assert_eq!(fs::read_to_string(&b).unwrap(), "X two, and more\n");
        assert_eq!(names(&root[0]), ["a", "b"]);
    }

    #[test]
    fn nothing_outside_the_tree_is_ever_replaced() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (link, target) = (inside.path().join("link"), outside.path().join("a"));
        fs::write(&target, "1\n").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let root = [inside.path().canonicalize().unwrap()];
        let (digest, edits) = (Digest::new(b"1\n"), edits());
        let replacement = Replacement { file: FileId(0), name: "link", digest, edits: &edits };
        let rewrite = FileRewrite { replacement: &replacement, path: &link, write_roots: &root };
        let unwritten = replace_files(&[rewrite], IfUnwritable::WriteNothing).unwrap_err();
        assert!(unwritten.problems[0].message.contains("leaves the tree"), "{unwritten:?}");
        assert_eq!(fs::read_to_string(&target).unwrap(), "1\n");
    }
}
