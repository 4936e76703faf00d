//! Which files a run looks at, and for what: those under PATH are judged, the rest of the tree is
//! read only to judge them rightly.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::run_dirs::enclosing_repository;
use super::scan_collector::ScanCollector;
use super::staging::{leftovers, remove_leftovers};
use super::walk::{IgnoreRules, Walk};
use super::write::{FileRewrite, replace_files};
use super::{
    ExcludeGlob, IfUnwritable, Replacement, RunDirs, WritableWorkspace, WriteError, is_excluded,
};
use crate::flink::prefilter::has_manifest_extension;
use crate::helm::is_called_values;
use crate::kustomize::is_kustomization;
use crate::path::{PathNames, RepoPath};
use crate::workspace::{
    FileError, FileId, Progress, Role, Scan, ScannedFile, Visit, Workspace, par_map,
};

/// How many of the files that were named one thread takes at a time.
const NAMED_SHARE: usize = 32;
/// How many files of one folder are looked for by one listing of it, or by more; fewer one by one.
const LISTED_AT_ONCE: usize = 8;

/// What is to be looked for, and where.
pub struct ScanRequest<'a> {
    /// The directories of the run.
    pub run_dirs: &'a RunDirs,
    /// As typed.
    pub paths: &'a [PathBuf],
    /// The directory of the configuration, else the root of the repository: the tree that a name
    /// must be unique in. Absolute and free of symbolic links.
    pub root: Option<&'a Path>,
    /// What is to be left out.
    pub exclude: &'a [ExcludeGlob],
    /// True if even a path that was named can be left out or ignored.
    pub force_exclude: bool,
    /// Files that are never manifests: maps, reports. Free of symbolic links.
    pub not_manifests: &'a [PathBuf],
}

/// A file that may concern the run.
#[derive(Clone, Debug)]
pub(crate) struct DiskFile {
    /// As the visitor knows it.
    pub(crate) scanned: ScannedFile,
    /// Absolute and free of symbolic links.
    pub(crate) path: PathBuf,
    /// The directories of which one must hold the file for it to be written.
    pub(crate) write_roots: Arc<[PathBuf]>,
}

/// The paths of a run: files and directories.
struct TypedPaths {
    directories: Vec<PathBuf>,
    files: Vec<NamedFile>,
}

impl TypedPaths {
    fn paths(&self) -> impl Iterator<Item = &Path> {
        let files = self.files.iter().map(|file| file.path.as_path());
        self.directories.iter().map(PathBuf::as_path).chain(files)
    }

    fn any_below(&self, root: &Path) -> bool {
        self.paths().any(|path| path.starts_with(root))
    }
}

/// A file that was named.
struct NamedFile {
    path: PathBuf,
    write_roots: Arc<[PathBuf]>,
}

impl ScanRequest<'_> {
    /// The scan, and each of its files on the disk. What `is_relevant` asks about must lie within a few
    /// hundred bytes, because a large file is read in windows that overlap.
    pub(crate) fn run(
        &self,
        is_relevant: fn(&[u8]) -> bool,
        progress: &dyn Progress,
        visit: &Visit<'_>,
    ) -> Result<(Scan, Vec<DiskFile>), Vec<FileError>> {
        let typed_paths = self.typed_paths()?;
        let (visited, read, found) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::default());
        let collector = ScanCollector {
            request: self,
            progress,
            is_relevant,
            visit,
            visited,
            read,
            found,
            indexes: Mutex::default(),
        };
        walk_roots(&typed_paths.directories, Role::Judged, &[], is_manifest, &collector);
        // One reader for a share of the files, so that its memory is used again.
        let shares: Vec<&[NamedFile]> = typed_paths.files.chunks(NAMED_SHARE).collect();
        par_map(&shares, |share| {
            let mut reader = collector.reader();
            for file in *share {
                collector.read(&mut reader, &file.path, Role::Judged, &file.write_roots);
            }
        });

        // Single files are judged in the light of the repository, as soon as one concerns us.
        let in_repository = typed_paths.paths().any(|path| enclosing_repository(path).is_some());
        let is_whole_tree = !typed_paths.directories.is_empty()
            || in_repository && collector.found().concerns_us && self.tree(&typed_paths).is_some();
        let mut is_within_paths = true;
        let mut seen = typed_paths.directories.clone();
        if is_whole_tree
            && let Some(root) = self.tree(&typed_paths).filter(|root| !covers(&seen, root))
        {
            is_within_paths = false;
            walk_roots(std::slice::from_ref(&root), Role::Context, &seen, is_manifest, &collector);
            seen.push(root);
        }
        let tree = seen.clone();
        // Kustomizations elsewhere in the repository may build from what is judged here.
        let repository = self.run_dirs.repository().map(Path::to_path_buf);
        let enclosing = repository
            .filter(|root| typed_paths.any_below(root))
            .or_else(|| self.tree(&typed_paths));
        if let Some(root) = enclosing.filter(|root| !covers(&seen, root)) {
            is_within_paths = false;
            let root = [root];
            walk_roots(&root, Role::Context, &seen, is_kustomization_name, &collector);
            seen.extend(root);
        }
        if collector.found().has_own_ignores {
            // What is left out is not judged, but what it builds from the rest still counts.
            walk_roots(&seen, Role::Excluded, &[], is_kustomization_name, &collector);
        }
        collector.find_gaps(&tree, &seen);
        if is_whole_tree {
            let unmatched = self.exclude.iter().filter_map(|glob| glob.unmatched(self.run_dirs));
            unmatched.for_each(|note| collector.note(note));
        }

        let (scan, files) = collector.into_scan();
        let is_of_files = typed_paths.directories.is_empty();
        Ok((Scan { is_whole_tree, is_within_paths, is_of_files, ..scan }, files))
    }

    /// The tree in which a name must be unique: what was given, else the repository of the paths,
    /// else the working directory; nothing if no path lies in it.
    fn tree(&self, typed_paths: &TypedPaths) -> Option<PathBuf> {
        let enclosing = || {
            let first = typed_paths.paths().next()?;
            let cwd = self.run_dirs.cwd();
            let repository = enclosing_repository(first).filter(|root| root.starts_with(cwd));
            Some(repository.unwrap_or(cwd).to_path_buf())
        };
        let root = self.root.map(Path::to_path_buf).or_else(enclosing)?;
        typed_paths.any_below(&root).then_some(root)
    }

    fn typed_paths(&self) -> Result<TypedPaths, Vec<FileError>> {
        let bounds = self.run_dirs.repository().unwrap_or(self.run_dirs.cwd());
        let mut typed_paths = TypedPaths { directories: Vec::new(), files: Vec::new() };
        let (mut problems, mut rules) = (Vec::new(), IgnoreRules::default());
        for typed in self.paths {
            let resolved = resolve(typed).map_err(|problem| problems.push(problem));
            let Ok((path, is_dir)) = resolved else { continue };
            let mut is_left_out =
                || rules.ignores(&path, is_dir, self.run_dirs) || is_excluded(self.exclude, &path);
            if self.force_exclude && is_left_out() || self.not_manifests.contains(&path) {
                continue;
            }
            if is_dir {
                typed_paths.directories.push(path);
            } else {
                let beside = typed.parent().and_then(|parent| {
                    let parent =
                        if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
                    parent.canonicalize().ok()
                });
                let write_roots = [bounds.to_path_buf()].into_iter().chain(beside).collect();
                typed_paths.files.push(NamedFile { path, write_roots });
            }
        }
        typed_paths.directories.sort();
        typed_paths.directories.dedup();
        typed_paths.files.sort_by(|a, b| a.path.cmp(&b.path));
        typed_paths.files.dedup_by(|a, b| a.path == b.path);
        if problems.is_empty() { Ok(typed_paths) } else { Err(problems) }
    }
}

fn walk_roots(
    roots: &[PathBuf],
    role: Role,
    prune: &[PathBuf],
    wanted: fn(&OsStr) -> bool,
    collector: &ScanCollector<'_>,
) {
    if !roots.is_empty() {
        Walk { roots: roots.into(), role, prune, wanted, collector }.run();
    }
}

/// The path without symbolic links, and whether it is a directory.
fn resolve(typed: &Path) -> Result<(PathBuf, bool), FileError> {
    let name = typed.to_string_lossy();
    let unreadable = |cause: io::Error| FileError::io(&*name, "cannot be read", &cause);
    let kind = fs::metadata(typed).map_err(unreadable)?.file_type();
    // A name such as `/dev/fd/63` exists and yet has no canonical form.
    if !kind.is_dir() && !kind.is_file() {
        let message = "is neither a file nor a directory; use `-` to read from a pipe";
        return Err(FileError::new(&*name, message));
    }
    Ok((typed.canonicalize().map_err(unreadable)?, kind.is_dir()))
}

fn covers(directories: &[PathBuf], root: &Path) -> bool {
    directories.iter().any(|dir| root.starts_with(dir))
}

/// True for the names of files that can hold manifests: `.yaml .yml .json`, chart `.tpl`, in any case, and
/// `Kustomization`, which has no extension.
pub fn is_manifest(name: &OsStr) -> bool {
    has_manifest_extension(name.as_encoded_bytes()) || is_kustomization_name(name)
}

/// True for the names that kustomize looks for.
pub(crate) fn is_kustomization_name(name: &OsStr) -> bool {
    name.to_str().is_some_and(is_kustomization)
}

/// True for files that are read even where they do not name the API group: kustomizations can change
/// what does, and values of the operator's chart decide what it means.
pub(crate) fn is_always_read(name: &OsStr) -> bool {
    is_kustomization_name(name) || name.to_str().is_some_and(is_called_values)
}

/// What a scan finds, and where it lies.
pub(crate) struct DiskWorkspace<'a> {
    pub(crate) request: ScanRequest<'a>,
    pub(crate) judged: Mutex<HashMap<FileId, DiskFile>>,
    /// Where the files of the scan are.
    pub(crate) directories: Mutex<BTreeSet<PathBuf>>,
}

impl DiskWorkspace<'_> {
    fn judged(&self) -> MutexGuard<'_, HashMap<FileId, DiskFile>> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn directories(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.directories.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names in a directory, without those of symbolic links, which may lead nowhere; as far as it can be
/// read.
fn file_names(directory: &Path) -> HashSet<OsString> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let is_there = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| !kind.is_symlink());
    entries.filter(is_there).map(|entry| entry.file_name()).collect()
}

impl Workspace for DiskWorkspace<'_> {
    fn names(&self) -> &PathNames {
        self.request.run_dirs.names()
    }

    fn scan(
        &self,
        is_relevant: fn(&[u8]) -> bool,
        progress: &dyn Progress,
        visit: &Visit<'_>,
    ) -> Result<Scan, Vec<FileError>> {
        let (scan, files) = self.request.run(is_relevant, progress, visit)?;
        let parents = files.iter().filter_map(|file| file.path.parent());
        self.directories().extend(parents.map(Path::to_path_buf));
        let judged = files.into_iter().filter(|file| file.scanned.role == Role::Judged);
        let judged = judged.map(|file| (file.scanned.id, file));
        self.judged().extend(judged);
        Ok(scan)
    }

    fn read_again(&self, file: FileId) -> Result<Vec<u8>, FileError> {
        let unknown = || FileError::new(format!("file {}", file.0), "is not in the workspace");
        let judged = self.judged().get(&file).cloned();
        let DiskFile { scanned, path, .. } = judged.ok_or_else(unknown)?;
        fs::read(&path).map_err(|cause| FileError::io(scanned.name, "cannot be read again", &cause))
    }

    fn read(&self, file: &RepoPath) -> Option<(String, Vec<u8>)> {
        let path = self.request.run_dirs.disk_path(file);
        let bytes = fs::read(&path).ok()?;
        Some((self.request.run_dirs.display(&path), bytes))
    }

    fn exist(&self, files: &[&RepoPath]) -> Vec<bool> {
        let runs: Vec<&[&RepoPath]> =
            files.chunk_by(|one, next| one.folder_name() == next.folder_name()).collect();
        let found = par_map(&runs, |run| {
            // One listing costs less than looking for many files.
            let folder =
                run.first().filter(|_| run.len() >= LISTED_AT_ONCE).map(|file| file.folder());
            let listed = folder.map(|folder| file_names(&self.request.run_dirs.disk_path(&folder)));
            let listed = listed.unwrap_or_default();
            let is_there = |file: &&RepoPath| {
                listed.contains(OsStr::new(file.file_name()))
                    || self.request.run_dirs.disk_path(file).exists()
            };
            run.iter().map(is_there).collect::<Vec<_>>()
        });
        found.into_iter().flatten().collect()
    }

    fn is_folder(&self, path: &RepoPath) -> bool {
        self.request.run_dirs.disk_path(path).is_dir()
    }
}

impl WritableWorkspace for DiskWorkspace<'_> {
    fn leftovers(&self) -> Vec<String> {
        let found = leftovers(&self.directories());
        found.iter().map(|file| self.request.run_dirs.display(file)).collect()
    }

    fn remove_leftovers(&self) -> usize {
        remove_leftovers(&self.directories())
    }

    fn replace(
        &self,
        files: &[Replacement<'_>],
        if_unwritable: IfUnwritable,
    ) -> Result<Vec<FileError>, WriteError> {
        let judged = self.judged();
        let rewrites = files.iter().map(|file| {
            if let Some(on_disk) = file.file.and_then(|id| judged.get(&id)) {
                let (path, write_roots) = (on_disk.path.clone(), &*on_disk.write_roots);
                return FileRewrite { replacement: file, path, write_roots };
            }
            let path = self.request.run_dirs.disk_path(&self.names().parse(file.name));
            let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
            let beside = judged.values().filter(|one| one.path.parent() == folder.as_deref());
            let beside = beside.min_by_key(|one| one.scanned.id);
            let write_roots = beside.map_or(&[][..], |one| &*one.write_roots);
            FileRewrite { replacement: file, path, write_roots }
        });
        replace_files(&rewrites.collect::<Vec<_>>(), if_unwritable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_told_by_their_names() {
        for name in
            ["a.yaml", "a.YAML", "a.Yml", "a.b.json", "A.JSON", "_helpers.tpl", "Kustomization"]
        {
            assert!(is_manifest(OsStr::new(name)), "{name}");
        }
        for name in ["yaml", "json", "a.yaml.bak", "a.toml", "a.YAM", "kustomization", "a."] {
            assert!(!is_manifest(OsStr::new(name)), "{name}");
        }
    }
}
