//! Which files a run looks at, and for what: those under PATH are judged, the rest of the tree is
//! read only to judge them rightly.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{IncrementalIgnore, WalkBuilder};

use super::run_dirs::DOT_GIT;
use super::threads::thread_count;
use super::walk::{self, ScanCollector, Walk};
use super::{ExcludeGlobs, RunDirs};
use crate::helm::is_called_values;
use crate::kustomize::is_kustomization;
use crate::path::RepoPath;
use crate::workspace::{FileError, FileId, Progress, Role, Visit, par_map};

/// How many of the files that were named one thread takes at a time.
const NAMED_SHARE: usize = 32;

/// What is to be looked for, and where.
pub struct ScanRequest<'a> {
    /// Where the run stands.
    pub run_dirs: &'a RunDirs,
    /// As typed; the working directory if empty.
    pub paths: &'a [PathBuf],
    /// The directory of the configuration, else the root of the repository: the tree that a name
    /// must be unique in. Absolute and free of symbolic links.
    pub root: Option<&'a Path>,
    /// What is to be left out.
    pub exclude: &'a [ExcludeGlobs],
    /// True if even a path that was named can be left out or ignored.
    pub force_exclude: bool,
    /// Files that are never manifests: maps, reports. Free of symbolic links.
    pub not_manifests: &'a [PathBuf],
}

/// A file that may concern the run.
#[derive(Clone, Debug)]
pub(crate) struct DiskFile {
    /// The number under which the visitor knows it.
    pub(crate) id: FileId,
    /// As shown to people: relative to the working directory, with `/`.
    pub(crate) name: String,
    /// As it is compared.
    pub(crate) file: RepoPath,
    /// Absolute and free of symbolic links.
    pub(crate) path: PathBuf,
    /// The directories of which one must hold the file for it to be written.
    pub(crate) write_roots: Arc<[PathBuf]>,
    /// What it is read for.
    pub(crate) role: Role,
}

/// What a search came back with.
#[derive(Debug)]
pub(crate) struct DiscoveredFiles {
    /// Sorted by name, each file once.
    pub(crate) files: Vec<DiskFile>,
    /// Symbolic links and where they lead, sorted.
    pub(crate) links: Vec<(RepoPath, RepoPath)>,
    /// Number of files under PATH that were looked at.
    pub(crate) read: usize,
    /// True if every document of the tree was seen.
    pub(crate) is_whole_tree: bool,
    /// True if all that was seen lies under PATH.
    pub(crate) is_within_paths: bool,
    /// What could not be read, sorted.
    pub(crate) problems: Vec<FileError>,
    /// What was left out and why, sorted.
    pub(crate) notes: Vec<String>,
}

/// The paths of a run, told apart.
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
    /// Walks, reads and looks through everything in parallel; `visit` is called with the path,
    /// the name and the bytes of each file that may concern us. Fails if a path does not exist.
    ///
    /// What `concerns` asks about must lie within a few hundred bytes, because a large file is read
    /// in windows that overlap.
    pub(crate) fn run(
        &self,
        is_relevant: fn(&[u8]) -> bool,
        progress: &dyn Progress,
        visit: &Visit<'_>,
    ) -> Result<DiscoveredFiles, Vec<FileError>> {
        let typed_paths = self.typed_paths()?;
        let collector = ScanCollector::new(self.run_dirs, progress, is_relevant, visit);
        if typed_paths.directories.is_empty() && typed_paths.files.is_empty() {
            return Ok(collector.into_discovery());
        }
        self.walk(&typed_paths.directories, Role::Judged, &[], is_manifest, &collector);
        read_named(&typed_paths.files, &collector);

        let is_whole_tree = typed_paths.files.is_empty();
        let mut is_within_paths = true;
        let mut seen = typed_paths.directories.clone();
        if is_whole_tree
            && let Some(root) = self.tree(&typed_paths).filter(|root| !covers(&seen, root))
        {
            is_within_paths = false;
            self.walk(std::slice::from_ref(&root), Role::Context, &seen, is_manifest, &collector);
            seen.push(root);
        }
        // Kustomizations elsewhere in the repository may build from what is judged here.
        let repository = self.run_dirs.repository().map(Path::to_path_buf);
        let enclosing = repository
            .filter(|root| typed_paths.any_below(root))
            .or_else(|| self.tree(&typed_paths));
        if let Some(root) = enclosing.filter(|root| !covers(&seen, root)) {
            is_within_paths = false;
            let root = [root];
            self.walk(&root, Role::Context, &seen, is_kustomization_name, &collector);
            seen.extend(root);
        }
        if collector.has_own_ignores() {
            // What is left out is not judged, but what it builds from the rest still counts.
            let walk = Walk {
                roots: &seen,
                role: Role::Excluded,
                prune: &[],
                wanted: is_kustomization_name,
                exclude: &[],
                not_manifests: self.not_manifests,
            };
            walk.run(&walk::unignored(&seen, self.run_dirs, thread_count()), &collector);
        }

        let mut discovery = collector.into_discovery();
        discovery.is_whole_tree = is_whole_tree;
        discovery.is_within_paths = is_within_paths;
        Ok(discovery)
    }

    /// The tree in which a name must be unique: what was given, else the repository of the paths,
    /// else the working directory; nothing if no path lies in it.
    fn tree(&self, typed_paths: &TypedPaths) -> Option<PathBuf> {
        let enclosing = || {
            let first = typed_paths.paths().next()?;
            let mut above =
                first.ancestors().take_while(|dir| dir.starts_with(self.run_dirs.cwd()));
            let repository = above.find(|dir| dir.join(DOT_GIT).symlink_metadata().is_ok());
            Some(repository.unwrap_or(self.run_dirs.cwd()).to_path_buf())
        };
        let root = self.root.map(Path::to_path_buf).or_else(enclosing)?;
        typed_paths.any_below(&root).then_some(root)
    }

    fn walk(
        &self,
        roots: &[PathBuf],
        role: Role,
        prune: &[PathBuf],
        wanted: fn(&OsStr) -> bool,
        collector: &ScanCollector<'_>,
    ) {
        if !roots.is_empty() {
            let walk = Walk {
                roots,
                role,
                prune,
                wanted,
                exclude: self.exclude,
                not_manifests: self.not_manifests,
            };
            walk.run(&walk::builder(roots, self.run_dirs, thread_count()), collector);
        }
    }

    fn typed_paths(&self) -> Result<TypedPaths, Vec<FileError>> {
        let here = [PathBuf::from(".")];
        let paths = if self.paths.is_empty() { &here[..] } else { self.paths };
        let bounds = self.run_dirs.repository().unwrap_or(self.run_dirs.cwd());
        let mut ignored =
            self.force_exclude.then(|| IgnoreMatcher::enclosing(bounds, self.run_dirs));
        let mut typed_paths = TypedPaths { directories: Vec::new(), files: Vec::new() };
        let mut problems = Vec::new();
        for typed in paths {
            let name = typed.to_string_lossy();
            // A name such as `/dev/fd/63` exists and yet has no canonical form.
            let kind = match fs::metadata(typed) {
                Ok(metadata) => metadata.file_type(),
                Err(cause) => {
                    problems.push(FileError::io(name, "cannot be read", &cause));
                    continue;
                }
            };
            if !kind.is_dir() && !kind.is_file() {
                let message = "is neither a file nor a directory; use `-` to read from a pipe";
                problems.push(FileError::new(name, message));
                continue;
            }
            let path = match typed.canonicalize() {
                Ok(path) => path,
                Err(cause) => {
                    problems.push(FileError::io(name, "cannot be read", &cause));
                    continue;
                }
            };
            let left_out = |ignored: &mut IgnoreMatcher| {
                ignored.contains(&path, kind.is_dir())
                    || self.exclude.iter().any(|exclude| exclude.matches(&path))
            };
            if ignored.as_mut().is_some_and(left_out) || self.not_manifests.contains(&path) {
                continue;
            }
            if kind.is_dir() {
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

fn read_named(files: &[NamedFile], collector: &ScanCollector<'_>) {
    // One reader for a share of the files, so that its memory is used again.
    let shares: Vec<&[NamedFile]> = files.chunks(NAMED_SHARE).collect();
    par_map(&shares, |share| {
        let mut reader = collector.reader();
        for file in *share {
            collector.read(&mut reader, &file.path, Role::Judged, || file.write_roots.clone());
        }
    });
}

/// Whether a file that was named would have been found by a walk.
struct IgnoreMatcher {
    matcher: Option<IncrementalIgnore>,
}

impl IgnoreMatcher {
    fn enclosing(root: &Path, run_dirs: &RunDirs) -> IgnoreMatcher {
        let roots = [root.to_path_buf()];
        let builder: WalkBuilder = walk::builder(&roots, run_dirs, 1);
        IgnoreMatcher { matcher: builder.build_matchers().pop() }
    }

    fn contains(&mut self, path: &Path, is_dir: bool) -> bool {
        let Some(matcher) = &mut self.matcher else { return false };
        let Ok(below) = path.strip_prefix(matcher.root()) else { return false };
        let below = below.to_path_buf();
        !below.as_os_str().is_empty() && matcher.matched(below, is_dir).is_ignore()
    }
}

fn covers(directories: &[PathBuf], root: &Path) -> bool {
    directories.iter().any(|dir| root.starts_with(dir))
}

/// True for the names of files that can hold manifests: `.yaml .yml .json`, chart `.tpl`, and
/// `Kustomization`, which has no extension.
pub fn is_manifest(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    let extension = bytes.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    match extension.len() {
        3 | 4 if extension.len() < bytes.len() => {
            [&b"yaml"[..], b"yml", b"json", b"tpl"].contains(&extension)
        }
        _ => is_kustomization_name(name),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_told_by_their_names() {
        for name in ["a.yaml", "a.yml", "a.b.json", "_helpers.tpl", "Kustomization"] {
            assert!(is_manifest(OsStr::new(name)), "{name}");
        }
        for name in ["yaml", "json", "a.yaml.bak", "a.toml", "a.YAML", "kustomization", "a."] {
            assert!(!is_manifest(OsStr::new(name)), "{name}");
        }
    }
}
