//! One parallel walk: each thread reads what it finds and looks through it at once.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::ScanRequest;
use super::discovery::{DiskFile, is_always_read, is_kustomization_name, is_unread};
use super::read::FileReader;
use super::run_dirs::DOT_GIT;
use super::system::thread_count;
use crate::flink::objects::names_preview;
use crate::workspace::{FileError, FileId, Progress, Role, Scan, ScannedFile, Visit};

/// The file beside `.gitignore` that is meant for this program alone.
const IGNORE_FILE: &str = ".flink-migrate-ignore";

/// What is wrong with a file that cannot be named.
const NOT_UTF8: &str = "its name is not UTF-8, so it is skipped; rename it";

/// A walk through `roots` that honours the ignore files of the tree, inside a repository or not; those of
/// this program too unless it looks for what is left out.
pub(crate) fn builder(roots: &[PathBuf], cwd: &Path, role: Role, threads: usize) -> WalkBuilder {
    let mut builder = WalkBuilder::from_iter(roots);
    builder.current_dir(cwd).threads(threads).hidden(false).ignore(false).require_git(false);
    // What only one machine ignores would make a laptop and CI disagree.
    builder.git_global(false).git_exclude(false);
    if role != Role::Excluded {
        builder.add_custom_ignore_filename(IGNORE_FILE);
    }
    builder
}

/// What one walk is after.
pub(crate) struct Walk<'a> {
    pub(crate) role: Role,
    /// Directories that another walk has seen.
    pub(crate) prune: &'a [PathBuf],
    /// Asked about the name of every file.
    pub(crate) wanted: fn(&OsStr) -> bool,
    /// Where it begins: absolute, free of symbolic links. One of them must hold a file for it to be
    /// written.
    pub(crate) roots: Arc<[PathBuf]>,
    pub(crate) collector: &'a ScanCollector<'a>,
}

impl Walk<'_> {
    pub(crate) fn run(&self) {
        let run_dirs = self.collector.request.run_dirs;
        let builder = builder(&self.roots, run_dirs.cwd(), self.role, thread_count());
        builder.build_parallel().run(|| {
            let mut reader = self.collector.reader();
            Box::new(move |entry| match entry {
                Ok(entry) => self.enter(&entry, &mut reader),
                Err(error) => {
                    self.collector.walk_error(&error);
                    WalkState::Continue
                }
            })
        });
    }

    fn enter(&self, entry: &DirEntry, reader: &mut FileReader) -> WalkState {
        let path = entry.path();
        let is_kustomization = || is_kustomization_name(entry.file_name());
        if let Some(error) = entry.error() {
            self.collector.note(format!("invalid ignore file: {error}"));
        }
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        if kind.is_dir() {
            let is_seen = self.prune.iter().any(|dir| dir == path)
                || (entry.depth() > 0 && entry.file_name() == DOT_GIT);
            return if is_seen { WalkState::Skip } else { WalkState::Continue };
        }
        if kind.is_symlink() {
            self.collector.link(path);
        }
        if entry.file_name() == IGNORE_FILE {
            self.collector.found().has_own_ignores = true;
        }
        let is_excluded = entry.depth() > 0 && self.excludes(path);
        self.count_unread(path, is_excluded, reader);
        if !(self.wanted)(entry.file_name()) {
            return WalkState::Continue;
        }
        if is_excluded {
            // An overlay that is left out still builds from its base.
            if kind.is_file() && is_kustomization() {
                self.collector.read(reader, path, Role::Excluded, &self.roots);
            }
        } else if kind.is_symlink() {
            if is_kustomization() {
                // Kustomize finds it by the name of the link, and reads its paths from there.
                self.collector.read(reader, path, Role::Context, &self.roots);
            }
            self.follow(path, reader);
        } else if kind.is_file() && !self.collector.request.not_manifests.iter().any(|f| f == path)
        {
            self.collector.read(reader, path, self.role, &self.roots);
        }
        WalkState::Continue
    }

    /// A linked file is the file it leads to, as long as that lies under a root of the walk.
    fn follow(&self, link: &Path, reader: &mut FileReader) {
        let ScanRequest { run_dirs, not_manifests, .. } = self.collector.request;
        let name = || run_dirs.display(link);
        let Ok(target) = link.canonicalize() else {
            // A link that leads nowhere has no text.
            return self.collector.note(format!("{}: broken link", name()));
        };
        let is_file = fs::metadata(&target).is_ok_and(|target| target.is_file());
        if !is_file || self.excludes(&target) || not_manifests.contains(&target) {
            return;
        }
        if self.roots.iter().any(|root| target.starts_with(root)) {
            self.collector.read(reader, &target, self.role, &self.roots);
        } else if self.role == Role::Judged
            && reader.read(&target, false).is_ok_and(|text| text.is_some())
        {
            let (link, target) = (name(), run_dirs.display(&target));
            let note = format!("{link}: not followed: the link leaves the tree for {target}");
            self.collector.note(note);
        }
    }

    /// Counts the file if it is not read and names the preview version all the same.
    fn count_unread(&self, path: &Path, is_excluded: bool, reader: &mut FileReader) {
        let name = path.file_name().unwrap_or_default();
        if self.role == Role::Judged
            && is_unread(name, is_excluded)
            && reader.read(path, false).is_ok_and(|bytes| bytes.is_some_and(names_preview))
        {
            let name = self.collector.request.run_dirs.display(path);
            self.collector.found().scan.unread.push(name);
        }
    }

    fn excludes(&self, path: &Path) -> bool {
        self.role != Role::Excluded
            && self.collector.request.exclude.iter().any(|globs| globs.matches(path))
    }
}

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
}

/// What was found so far.
#[derive(Default)]
pub(crate) struct Found {
    files: Vec<DiskFile>,
    scan: Scan,
    /// True if a walk came by an ignore file of this program.
    pub(crate) has_own_ignores: bool,
}

impl ScanCollector<'_> {
    /// A reader for one thread, which looks for what this scan is after.
    pub(crate) fn reader(&self) -> FileReader {
        FileReader::new(self.is_relevant)
    }

    pub(crate) fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn link(&self, link: &Path) {
        if let Ok(target) = link.canonicalize()
            && let Some(link) = self.request.run_dirs.repo_path(link)
            && let Some(target) = self.request.run_dirs.repo_path(&target)
        {
            self.found().scan.links.push((link, target));
        }
    }

    fn unreadable(&self, path: &Path, cause: &io::Error) {
        let name = self.request.run_dirs.display(path);
        self.problem(FileError::io(name, "cannot be read", cause));
    }

    fn walk_error(&self, error: &ignore::Error) {
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

    fn note(&self, note: String) {
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
        scan.problems.sort();
        scan.problems.dedup();
        scan.unread.sort();
        scan.unread.dedup();
        scan.notes.sort();
        scan.notes.dedup();
        (scan, files)
    }
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
