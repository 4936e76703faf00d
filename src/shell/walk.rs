//! One parallel walk: each thread reads what it finds and looks through it at once.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::discovery::{DiscoveredFiles, DiskFile};
use super::discovery::{is_always_read, is_kustomization_name};
use super::read::Reader;
use super::run_dirs::DOT_GIT;
use super::{ExcludeGlobs, RunDirs};
use crate::path::RepoPath;
use crate::workspace::{FileError, FileId, Progress, Role, Visit};

/// The file beside `.gitignore` that is meant for this program alone.
const IGNORE_FILE: &str = ".flink-migrate-ignore";

/// What is wrong with a file that cannot be named.
const NOT_UTF8: &str = "its name is not UTF-8, so it is left alone; rename it";

/// A walk through `roots` that honours ignore files as git does, inside a repository or not.
pub(crate) fn builder(roots: &[PathBuf], run_dirs: &RunDirs, jobs: usize) -> WalkBuilder {
    let mut builder = unignored(roots, run_dirs, jobs);
    builder.add_custom_ignore_filename(IGNORE_FILE);
    builder
}

/// The same without the ignore files of this program.
pub(crate) fn unignored(roots: &[PathBuf], run_dirs: &RunDirs, jobs: usize) -> WalkBuilder {
    let mut builder = WalkBuilder::from_iter(roots);
    builder
        .current_dir(run_dirs.cwd())
        .threads(jobs)
        .hidden(false)
        .ignore(false)
        .require_git(false);
    builder
}

/// What one walk is after.
#[derive(Clone, Copy)]
pub(crate) struct Walk<'a> {
    /// Absolute and free of symbolic links.
    pub(crate) roots: &'a [PathBuf],
    pub(crate) role: Role,
    /// Directories that another walk has seen.
    pub(crate) prune: &'a [PathBuf],
    /// Asked about the name of every file.
    pub(crate) wanted: fn(&OsStr) -> bool,
    pub(crate) exclude: &'a [ExcludeGlobs],
    pub(crate) not_manifests: &'a [PathBuf],
}

impl Walk<'_> {
    pub(crate) fn run(self, builder: &WalkBuilder, collector: &ScanCollector<'_>) {
        let write_roots: Arc<[PathBuf]> = self.roots.into();
        builder.build_parallel().run(|| {
            let mut reader = collector.reader();
            let write_roots = Arc::clone(&write_roots);
            Box::new(move |entry| {
                match entry {
                    Ok(entry) => return self.enter(&entry, &write_roots, &mut reader, collector),
                    Err(error) => collector.walk_error(&error),
                }
                WalkState::Continue
            })
        });
    }

    fn enter(
        &self,
        entry: &DirEntry,
        write_roots: &Arc<[PathBuf]>,
        reader: &mut Reader,
        collector: &ScanCollector<'_>,
    ) -> WalkState {
        if let Some(error) = entry.error() {
            collector.note(format!("an ignore file was not understood: {error}"));
        }
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        let path = entry.path();
        if kind.is_dir() {
            let seen = self.prune.iter().any(|dir| dir == path)
                || (entry.depth() > 0 && entry.file_name() == DOT_GIT);
            return if seen { WalkState::Skip } else { WalkState::Continue };
        }
        if kind.is_symlink() {
            collector.link(path);
        }
        if entry.file_name() == IGNORE_FILE {
            collector.own_ignores.store(true, Ordering::Relaxed);
        }
        if !(self.wanted)(entry.file_name()) {
            return WalkState::Continue;
        }
        if entry.depth() > 0 && self.exclude.iter().any(|exclude| exclude.matches(path)) {
            // An overlay that is left out still builds from its base.
            if kind.is_file() && is_kustomization_name(entry.file_name()) {
                collector.read(reader, path, Role::Excluded, || Arc::clone(write_roots));
            }
            return WalkState::Continue;
        }
        if kind.is_symlink() {
            if is_kustomization_name(entry.file_name()) {
                // Kustomize finds it by the name of the link, and reads its paths from there.
                collector.read(reader, path, Role::Context, || Arc::clone(write_roots));
            }
            self.follow(path, write_roots, reader, collector);
        } else if kind.is_file() && !self.not_manifests.iter().any(|file| file == path) {
            collector.read(reader, path, self.role, || Arc::clone(write_roots));
        }
        WalkState::Continue
    }

    /// A linked file is the file it leads to, as long as that lies under a root of the walk.
    fn follow(
        &self,
        link: &Path,
        write_roots: &Arc<[PathBuf]>,
        reader: &mut Reader,
        collector: &ScanCollector<'_>,
    ) {
        let name = || collector.run_dirs.display(link);
        let Ok(target) = link.canonicalize() else {
            // A link that leads nowhere has no text.
            return collector.note(format!("{}: the link leads nowhere", name()));
        };
        if !fs::metadata(&target).is_ok_and(|target| target.is_file()) {
            return;
        }
        let left_out = self.exclude.iter().any(|exclude| exclude.matches(&target));
        if left_out || self.not_manifests.contains(&target) {
            return;
        }
        if write_roots.iter().any(|root| target.starts_with(root)) {
            collector.read(reader, &target, self.role, || Arc::clone(write_roots));
        } else if self.role == Role::Judged
            && reader.read(&target, false).is_ok_and(|t| t.is_some())
        {
            let shown = collector.run_dirs.display(&target);
            collector
                .note(format!("{}: not followed: the link leaves the tree for {shown}", name()));
        }
    }
}

/// Where the threads of a search put what they have.
pub(crate) struct ScanCollector<'a> {
    run_dirs: &'a RunDirs,
    progress: &'a dyn Progress,
    is_relevant: fn(&[u8]) -> bool,
    visit: &'a Visit<'a>,
    visited: AtomicUsize,
    read: AtomicUsize,
    own_ignores: AtomicBool,
    links: Mutex<Vec<(RepoPath, RepoPath)>>,
    files: Mutex<Vec<DiskFile>>,
    problems: Mutex<Vec<FileError>>,
    notes: Mutex<Vec<String>>,
}

impl<'a> ScanCollector<'a> {
    pub(crate) fn new(
        run_dirs: &'a RunDirs,
        progress: &'a dyn Progress,
        is_relevant: fn(&[u8]) -> bool,
        visit: &'a Visit<'a>,
    ) -> ScanCollector<'a> {
        ScanCollector {
            run_dirs,
            progress,
            is_relevant,
            visit,
            visited: AtomicUsize::new(0),
            read: AtomicUsize::new(0),
            own_ignores: AtomicBool::new(false),
            links: Mutex::default(),
            files: Mutex::default(),
            problems: Mutex::default(),
            notes: Mutex::default(),
        }
    }

    /// A reader for one thread, which looks for what this search is after.
    pub(crate) fn reader(&self) -> Reader {
        Reader::with_filter(self.is_relevant)
    }

    /// Reads the file, and shows it to the visitor if it may concern the run.
    pub(crate) fn read(
        &self,
        reader: &mut Reader,
        path: &Path,
        role: Role,
        write_roots: impl Fn() -> Arc<[PathBuf]>,
    ) {
        self.progress.file_done();
        let always = path.file_name().is_some_and(is_always_read);
        let read = reader.read(path, always);
        if role == Role::Judged && read.is_ok() {
            self.read.fetch_add(1, Ordering::Relaxed);
        }
        match read {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                let name = self.run_dirs.display(path);
                let (file, role) = match self.run_dirs.repo_path(path) {
                    Some(file) => (file, role),
                    // It is neither judged nor written, but what it builds or patches is held by it.
                    None if role == Role::Excluded => (self.run_dirs.names().parse(&name), role),
                    None => {
                        let is_relevant = path.file_name().is_some_and(is_kustomization_name)
                            || (self.is_relevant)(bytes);
                        if is_relevant {
                            push(&self.problems, FileError::new(name.clone(), NOT_UTF8));
                        }
                        (self.run_dirs.names().parse(&name), Role::Context)
                    }
                };
                let id = FileId(self.visited.fetch_add(1, Ordering::Relaxed));
                (self.visit)(id, &file, &name, bytes);
                let (path, write_roots) = (path.to_path_buf(), write_roots());
                push(&self.files, DiskFile { id, name, file, path, write_roots, role });
            }
            Err(cause) => self.unreadable(path, &cause),
        }
    }

    /// True if a walk came by an ignore file of this program.
    pub(crate) fn has_own_ignores(&self) -> bool {
        self.own_ignores.load(Ordering::Relaxed)
    }

    /// Remembers where a symbolic link leads, if it leads anywhere.
    fn link(&self, link: &Path) {
        if let Ok(target) = link.canonicalize()
            && let Some(link) = self.run_dirs.repo_path(link)
            && let Some(target) = self.run_dirs.repo_path(&target)
        {
            push(&self.links, (link, target));
        }
    }

    fn unreadable(&self, path: &Path, cause: &io::Error) {
        push(&self.problems, FileError::io(self.run_dirs.display(path), "cannot be read", cause));
    }

    fn walk_error(&self, error: &ignore::Error) {
        match (place(error), error.io_error()) {
            (Some(path), Some(cause)) => self.unreadable(path, cause),
            (path, _) => {
                let name = path.map_or_else(|| ".".into(), |path| self.run_dirs.display(path));
                push(&self.problems, FileError::new(name, error.to_string()));
            }
        }
    }

    fn note(&self, note: String) {
        push(&self.notes, note);
    }

    /// Everything in an order that does not depend on the threads; a file that was reached twice
    /// counts once.
    pub(crate) fn into_discovery(self) -> DiscoveredFiles {
        let mut files = into_items(self.files);
        files.sort_by(|a, b| a.path.cmp(&b.path).then(a.role.cmp(&b.role)));
        files.dedup_by(|second, first| second.path == first.path);
        files.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.path.cmp(&b.path)));
        let mut problems = into_items(self.problems);
        problems.sort();
        problems.dedup();
        let mut notes = into_items(self.notes);
        notes.sort();
        notes.dedup();
        let mut links = into_items(self.links);
        links.sort();
        let read = self.read.into_inner();
        DiscoveredFiles {
            files,
            links,
            read,
            is_whole_tree: true,
            is_within_paths: true,
            problems,
            notes,
        }
    }
}

/// The place an error of the walker speaks of.
fn place(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            place(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(place),
        _ => None,
    }
}

fn push<T>(list: &Mutex<Vec<T>>, item: T) {
    list.lock().unwrap_or_else(PoisonError::into_inner).push(item);
}

fn into_items<T>(list: Mutex<Vec<T>>) -> Vec<T> {
    list.into_inner().unwrap_or_else(PoisonError::into_inner)
}
