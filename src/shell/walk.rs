//! One parallel walk: each thread reads what it finds and looks through it at once.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, IncrementalIgnore, WalkBuilder, WalkState};

use super::discovery::is_kustomization_name;
use super::git_index::{self, EntryKind, IndexEntry};
use super::read::FileReader;
use super::run_dirs::{DOT_GIT, enclosing_repository};
use super::scan_collector::ScanCollector;
use super::system::thread_count;
use super::{RunDirs, ScanRequest, is_excluded, is_manifest};
use crate::flink::names::GROUP;
use crate::flink::prefilter::names_preview;
use crate::workspace::{Role, par_map};

/// The ignore file of Git.
const GIT_IGNORE_FILE: &str = ".gitignore";
/// The file beside it that is meant for this program alone.
pub(crate) const IGNORE_FILE: &str = ".flink-migrate-ignore";

/// How many entries of an index one thread takes at a time.
const TRACKED_SHARE: usize = 4096;

/// A walk through `roots`, which lie in one directory and one repository, that honours ignore files of
/// these names: those in that repository, or below the base of the run where there is none.
pub(crate) fn builder(roots: &[PathBuf], run_dirs: &RunDirs, ignore_files: &[&str]) -> WalkBuilder {
    let mut builder = WalkBuilder::from_iter(roots);
    // What only one machine ignores would make a laptop and CI disagree.
    builder.hidden(false).ignore(false).git_global(false).git_exclude(false).parents(false);
    builder.git_ignore(ignore_files.contains(&GIT_IGNORE_FILE));
    if ignore_files.contains(&IGNORE_FILE) {
        builder.add_custom_ignore_filename(IGNORE_FILE);
    }
    let Some(root) = roots.first() else { return builder };
    let repository = enclosing_repository(root);
    // Only in a repository do the rules end where another repository begins.
    builder.require_git(repository.is_some());
    let top = repository.unwrap_or_else(|| run_dirs.base());
    let above: Vec<&Path> = root.ancestors().skip(1).filter(|dir| dir.starts_with(top)).collect();
    for directory in above.into_iter().rev() {
        builder.current_dir(directory);
        for file in ignore_files.iter().map(|name| directory.join(name)) {
            if file.is_file() {
                // What is wrong with it is noted by a walk that comes through its directory.
                let _ = builder.add_ignore(file);
            }
        }
    }
    builder
}

/// Says of files and directories that were named whether a walk would pass by them.
#[derive(Default)]
pub(crate) struct IgnoreRules(BTreeMap<PathBuf, RepositoryRules>);

/// The rules of one repository, or of the run where there is none.
struct RepositoryRules {
    all: Vec<IncrementalIgnore>,
    /// Those of this program alone.
    own: Vec<IncrementalIgnore>,
    tracked: Vec<IndexEntry>,
}

impl IgnoreRules {
    pub(crate) fn ignores(&mut self, path: &Path, is_dir: bool, run_dirs: &RunDirs) -> bool {
        let repository = enclosing_repository(path.parent().unwrap_or(path));
        let root = repository.unwrap_or_else(|| run_dirs.base()).to_path_buf();
        let rules = self.0.entry(root).or_insert_with_key(|root| {
            let of = |names| builder(std::slice::from_ref(root), run_dirs, names).build_matchers();
            RepositoryRules {
                all: of(&[GIT_IGNORE_FILE, IGNORE_FILE]),
                own: of(&[IGNORE_FILE]),
                tracked: repository.and_then(|at| git_index::read(at).ok()).unwrap_or_default(),
            }
        });
        let RepositoryRules { all, own, tracked } = rules;
        let ignored = |by: &mut Vec<IncrementalIgnore>| {
            by.iter_mut().any(|matcher| ignores(matcher, path, is_dir))
        };
        let is_tracked = || {
            let below = repository.and_then(|root| path.strip_prefix(root).ok());
            below.is_some_and(|below| tracked.iter().any(|entry| entry.path.starts_with(below)))
        };
        ignored(own) || ignored(all) && !is_tracked()
    }
}

/// True for a file that says what a run leaves out.
pub fn is_ignore_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == IGNORE_FILE)
}

pub(crate) fn ignores(matcher: &mut IncrementalIgnore, path: &Path, is_dir: bool) -> bool {
    let Ok(below) = path.strip_prefix(matcher.root()).map(Path::to_path_buf) else { return false };
    !below.as_os_str().is_empty() && matcher.matched(below, is_dir).is_ignore()
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
        // Roots that share the ignore files above them are walked at once.
        let mut groups: BTreeMap<_, Vec<PathBuf>> = BTreeMap::new();
        for root in &*self.roots {
            let shared = (root.parent(), enclosing_repository(root));
            groups.entry(shared).or_default().push(root.clone());
        }
        let (names, own) = match self.role {
            Role::Excluded => (&[GIT_IGNORE_FILE][..], &[][..]),
            _ => (&[GIT_IGNORE_FILE, IGNORE_FILE][..], &[IGNORE_FILE][..]),
        };
        for ((_, repository), roots) in groups {
            let run_dirs = self.collector.request.run_dirs;
            let mut builder = builder(&roots, run_dirs, names);
            builder.threads(thread_count()).build_parallel().run(|| {
                let mut reader = self.collector.reader();
                Box::new(move |entry| match entry {
                    Ok(entry) => self.enter(&entry, &mut reader),
                    Err(error) => {
                        self.collector.walk_error(&error);
                        WalkState::Continue
                    }
                })
            });
            self.collector.read_indexes(repository);
            let without_git = self::builder(&roots, run_dirs, own);
            for (all, own) in builder.build_matchers().into_iter().zip(without_git.build_matchers())
            {
                self.read_tracked(&all, &own);
            }
        }
    }

    fn enter(&self, entry: &DirEntry, reader: &mut FileReader) -> WalkState {
        let path = entry.path();
        if let Some(error) = entry.error() {
            self.collector.note(format!("invalid ignore file: {error}"));
        }
        if entry.depth() > 0 && entry.file_name() == DOT_GIT {
            self.collector.found().nested.extend(path.parent().map(Path::to_path_buf));
            return WalkState::Skip;
        }
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        if kind.is_dir() {
            let is_seen = self.prune.iter().any(|dir| dir == path);
            return if is_seen { WalkState::Skip } else { WalkState::Continue };
        }
        self.enter_file(path, kind, reader);
        WalkState::Continue
    }

    fn enter_file(&self, path: &Path, kind: FileType, reader: &mut FileReader) {
        let name = path.file_name().unwrap_or_default();
        if kind.is_symlink() {
            self.collector.link(path);
        }
        if name == IGNORE_FILE {
            self.collector.found().has_own_ignores = true;
        }
        let is_excluded = self.excludes(path);
        if kind.is_file() && (is_excluded || !is_manifest(name)) {
            self.count_unread(path, reader);
        }
        if !(self.wanted)(name) {
            // Where it should lead may be a folder of overlays.
            let is_folder = kind.is_symlink() && path.extension().is_none() && !is_excluded;
            if is_folder && path.canonicalize().is_err() {
                self.broken_link(path, &path.join("*"));
            }
            return;
        }
        if is_excluded {
            // An overlay that is left out still builds from its base.
            if kind.is_file() && is_kustomization_name(name) {
                self.collector.read(reader, path, Role::Excluded, &self.roots);
            }
        } else if kind.is_symlink() {
            if is_kustomization_name(name) {
                // Kustomize finds it by the name of the link, and reads its paths from there.
                self.collector.read(reader, path, Role::Context, &self.roots);
            }
            self.follow(path, reader);
        } else if kind.is_file() && !self.collector.request.not_manifests.iter().any(|f| f == path)
        {
            self.collector.read(reader, path, self.role, &self.roots);
        }
    }

    /// Reads the files that Git tracks although `all` ignores them: to Git, too, an ignore file speaks of
    /// untracked files alone. What `own` ignores, this program leaves out.
    fn read_tracked(&self, all: &IncrementalIgnore, own: &IncrementalIgnore) {
        let root = all.root();
        for (repository, entries) in &*self.collector.indexes() {
            if !repository.starts_with(root) && !root.starts_with(repository) {
                continue;
            }
            let shares: Vec<&[IndexEntry]> = entries.chunks(TRACKED_SHARE).collect();
            par_map(&shares, |share| {
                let (mut all, mut own) = (all.clone(), own.clone());
                let mut reader = self.collector.reader();
                for entry in share.iter().filter(|entry| entry.kind == EntryKind::File) {
                    let path = repository.join(&entry.path);
                    let name = path.file_name().unwrap_or_default();
                    let is_passed = self.role != Role::Judged && !(self.wanted)(name)
                        || !ignores(&mut all, &path, false)
                        || ignores(&mut own, &path, false)
                        || self.prune.iter().any(|seen| path.starts_with(seen));
                    if !is_passed && let Ok(metadata) = path.symlink_metadata() {
                        self.enter_file(&path, metadata.file_type(), &mut reader);
                    }
                }
            });
        }
    }

    /// Remembers a link that leads nowhere, and what is therefore not seen.
    fn broken_link(&self, link: &Path, unseen: &Path) {
        self.collector.gap(unseen, "is a broken link");
        let name = self.collector.request.run_dirs.display(link);
        self.collector.note(format!("{name}: broken link"));
    }

    /// A linked file is the file it leads to, as long as that lies under a root of the walk.
    fn follow(&self, link: &Path, reader: &mut FileReader) {
        let ScanRequest { run_dirs, not_manifests, .. } = self.collector.request;
        let name = || run_dirs.display(link);
        let Ok(target) = link.canonicalize() else {
            // A link that leads nowhere has no text.
            return self.broken_link(link, link);
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
            self.collector.gap(link, "leads out of the tree");
            let (link, target) = (name(), run_dirs.display(&target));
            let note = format!("{link}: not followed: the link leaves the tree for {target}");
            self.collector.note(note);
        }
    }

    /// Counts a file that is not read as a manifest, if it names the preview version.
    fn count_unread(&self, path: &Path, reader: &mut FileReader) {
        if self.role == Role::Judged
            && !self.collector.request.not_manifests.iter().any(|it| it == path)
            && reader
                .read_text(path, GROUP.as_bytes())
                .is_ok_and(|bytes| bytes.is_some_and(names_preview))
        {
            let name = self.collector.request.run_dirs.display(path);
            self.collector.found().scan.unread.push(name);
        }
    }

    fn excludes(&self, path: &Path) -> bool {
        self.role != Role::Excluded && is_excluded(self.collector.request.exclude, path)
    }
}
