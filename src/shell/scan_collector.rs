//! What the walks of one scan find, and what of the tree they could not see.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::discovery::{DiskFile, is_always_read, is_kustomization_name};
use super::git_index::{self, EntryKind, IndexEntry};
use super::read::FileReader;
use super::run_dirs::DOT_GIT;
use super::walk::{IGNORE_FILE, builder, ignores};
use super::{ScanRequest, is_excluded, is_manifest};
use crate::workspace::{FileError, FileId, Gap, Progress, Role, Scan, ScannedFile, Visit};

/// Why a file of a sparse checkout is a gap.
const SPARSE: &str = "is not checked out (sparse checkout)";
/// Why what cannot be opened is one.
const UNREADABLE: &str = "cannot be read";
/// Why the folder of a submodule is one.
const UNINITIALISED: &str = "is not checked out (submodule)";

/// What is wrong with a file that cannot be named.
const NOT_UTF8: &str = "its name is not UTF-8, so it is skipped; rename it";

/// Where the threads of a scan put what they find.
pub(crate) struct ScanCollector<'a> {
    pub(crate) request: &'a ScanRequest<'a>,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) is_relevant: fn(&[u8]) -> bool,
    pub(crate) visit: &'a Visit<'a>,
    pub(crate) visited: AtomicUsize,
    /// How many files to be judged were opened.
    pub(crate) read: AtomicUsize,
    pub(crate) found: Mutex<Found>,
    /// What Git tracks, by the roots of the repositories that were met.
    pub(crate) indexes: Mutex<BTreeMap<PathBuf, Vec<IndexEntry>>>,
}

/// What was found so far.
#[derive(Default)]
pub(crate) struct Found {
    files: Vec<DiskFile>,
    pub(crate) scan: Scan,
    /// True if a walk came by an ignore file of this program.
    pub(crate) has_own_ignores: bool,
    /// True if a file of the run names the API group.
    pub(crate) concerns_us: bool,
    /// The roots of repositories that walks came by.
    pub(crate) nested: BTreeSet<PathBuf>,
}

impl ScanCollector<'_> {
    /// A reader for one thread, which looks for what this scan is after.
    pub(crate) fn reader(&self) -> FileReader {
        FileReader::new(self.is_relevant)
    }

    pub(crate) fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn indexes(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<IndexEntry>>> {
        self.indexes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what Git tracks in the repository around a walk and in those that it came by.
    pub(crate) fn read_indexes(&self, enclosing: Option<&Path>) {
        let mut repositories = std::mem::take(&mut self.found().nested);
        repositories.extend(enclosing.map(Path::to_path_buf));
        for repository in repositories {
            if self.indexes().contains_key(&repository) {
                continue;
            }
            let entries = git_index::read(&repository).unwrap_or_else(|reason| {
                let name = self.request.run_dirs.display(&repository.join(DOT_GIT));
                let help = "what Git tracks is read only where no ignore file names it";
                self.note(format!("{name}: the index cannot be read: {reason}; {help}"));
                self.gap(&repository.join(DOT_GIT).join("*"), UNREADABLE);
                Vec::new()
            });
            self.indexes().insert(repository, entries);
        }
    }

    /// Notes what Git tracks below the directories `seen` and the working tree does not have. All manifests
    /// of `tree` were looked for, elsewhere kustomizations alone.
    pub(crate) fn find_gaps(&self, tree: &[PathBuf], seen: &[PathBuf]) {
        let is_below = |path: &Path, dirs: &[PathBuf]| dirs.iter().any(|dir| path.starts_with(dir));
        let mut missing: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
        for (repository, entries) in &*self.indexes() {
            let root = std::slice::from_ref(repository);
            let mut own = builder(root, self.request.run_dirs, &[IGNORE_FILE]).build_matchers();
            for entry in entries.iter().filter(|it| it.is_sparse || it.kind != EntryKind::File) {
                let path = repository.join(&entry.path);
                let is_there = match entry.kind {
                    EntryKind::File => path.symlink_metadata().is_ok() || !is_manifest_path(&path),
                    _ => fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some()),
                };
                let (file, reason) = match entry.kind {
                    EntryKind::File => (path, SPARSE),
                    EntryKind::SparseFolder => (path.join("*"), SPARSE),
                    EntryKind::Submodule => (path.join("*"), UNINITIALISED),
                };
                let is_left_out = is_excluded(self.request.exclude, &file)
                    || own.iter_mut().any(|own| ignores(own, &file, false));
                let is_seen = is_below(&file, tree)
                    || is_below(&file, seen)
                        && (entry.kind == EntryKind::SparseFolder || is_kustomization_path(&file));
                if !is_there && !is_left_out && is_seen {
                    self.gap(&file, reason);
                    missing.entry(reason).or_default().push(file);
                }
            }
        }
        let run_dirs = self.request.run_dirs;
        for gap in &mut self.found().scan.gaps {
            gap.is_in_tree = is_below(&run_dirs.disk_path(&gap.file), tree);
        }
        for (reason, files) in missing {
            let first = self.request.run_dirs.display(&files[0]);
            let more = match files.len() {
                1 => String::new(),
                count => format!(", nor are {} more", count - 1),
            };
            self.note(format!("{first} {reason}{more}: what it holds is not known"));
        }
    }

    /// Remembers that this file, or all in a folder (`FOLDER/*`), could not be seen.
    pub(crate) fn gap(&self, path: &Path, reason: &'static str) {
        let run_dirs = self.request.run_dirs;
        let name = || run_dirs.names().parse(&run_dirs.display(path));
        let file = run_dirs.repo_path(path).unwrap_or_else(name);
        let file_name = path.file_name().unwrap_or_default();
        let may_build = file_name == "*" || is_kustomization_name(file_name);
        self.found().scan.gaps.push(Gap { file, reason, may_build, is_in_tree: true });
    }

    /// Reads the file, and shows it to the visitor if it may concern the run.
    pub(crate) fn read(
        &self,
        reader: &mut FileReader,
        path: &Path,
        role: Role,
        write_roots: &Arc<[PathBuf]>,
    ) {
        self.progress.file_done();
        let always = path.file_name().is_some_and(is_always_read);
        let read = reader.read(path, always);
        if role == Role::Judged && read.is_ok() {
            self.read.fetch_add(1, Ordering::Relaxed);
        }
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return,
            Err(cause) => return self.unreadable(path, &cause),
        };
        if role == Role::Judged && (!always || (self.is_relevant)(bytes)) {
            self.found().concerns_us = true;
        }
        let run_dirs = self.request.run_dirs;
        let name = run_dirs.display(path);
        let (file, role) = match run_dirs.repo_path(path) {
            Some(file) => (file, role),
            // It is neither judged nor written, but what it builds or patches is held by it.
            None if role == Role::Excluded => (run_dirs.names().parse(&name), role),
            None => {
                let is_kustomization = path.file_name().is_some_and(is_kustomization_name);
                if is_kustomization || (self.is_relevant)(bytes) {
                    self.problem(FileError::new(name.clone(), NOT_UTF8));
                }
                (run_dirs.names().parse(&name), Role::Context)
            }
        };
        let id = FileId(self.visited.fetch_add(1, Ordering::Relaxed));
        (self.visit)(id, &file, &name, bytes);
        let (path, write_roots) = (path.to_path_buf(), Arc::clone(write_roots));
        let scanned = ScannedFile { id, file, name, role };
        self.found().files.push(DiskFile { scanned, path, write_roots });
    }

    /// Remembers where a symbolic link leads, if it leads anywhere.
    pub(crate) fn link(&self, link: &Path) {
        if let Ok(target) = link.canonicalize()
            && let Some(link) = self.request.run_dirs.repo_path(link)
            && let Some(target) = self.request.run_dirs.repo_path(&target)
        {
            self.found().scan.links.push((link, target));
        }
    }

    fn unreadable(&self, path: &Path, cause: &io::Error) {
        let is_dir = path.is_dir();
        self.gap(&if is_dir { path.join("*") } else { path.to_path_buf() }, UNREADABLE);
        let name = self.request.run_dirs.display(path);
        self.problem(FileError::io(name, "cannot be read", cause));
    }

    pub(crate) fn walk_error(&self, error: &ignore::Error) {
        match (error_path(error), error.io_error()) {
            (Some(path), Some(cause)) => self.unreadable(path, cause),
            (path, _) => {
                let display = |path| self.request.run_dirs.display(path);
                let name = path.map_or_else(|| ".".into(), display);
                self.problem(FileError::new(name, error.to_string()));
            }
        }
    }

    fn problem(&self, problem: FileError) {
        self.found().scan.problems.push(problem);
    }

    pub(crate) fn note(&self, note: String) {
        self.found().scan.notes.push(note);
    }

    /// Everything in an order that does not depend on the threads; a file that was reached twice
    /// counts once.
    pub(crate) fn into_scan(self) -> (Scan, Vec<DiskFile>) {
        let found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Found { mut files, mut scan, .. } = found;
        scan.read = self.read.into_inner();
        files.sort_by(|a, b| a.path.cmp(&b.path).then(a.scanned.role.cmp(&b.scanned.role)));
        files.dedup_by(|second, first| second.path == first.path);
        files.sort_by(|a, b| a.scanned.name.cmp(&b.scanned.name).then_with(|| a.path.cmp(&b.path)));
        scan.files = files.iter().map(|file| file.scanned.clone()).collect();
        scan.links.sort();
        scan.gaps.sort();
        scan.gaps.dedup();
        scan.problems.sort();
        scan.problems.dedup();
        scan.unread.sort();
        scan.unread.dedup();
        scan.notes.sort();
        scan.notes.dedup();
        (scan, files)
    }
}

fn is_kustomization_path(path: &Path) -> bool {
    path.file_name().is_some_and(is_kustomization_name)
}

fn is_manifest_path(path: &Path) -> bool {
    path.file_name().is_some_and(is_manifest)
}

/// The path that an error of the walker speaks of.
fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(error_path),
        _ => None,
    }
}
