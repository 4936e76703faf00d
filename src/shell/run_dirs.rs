//! The directories of a run: the working directory, the repository around it, what a file is called
//! from there, and what is to be left out.

use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::inputs::values::ExcludedPaths;
use crate::path::{PathNames, RepoPath};

/// The name of what marks the root of a repository: a directory, or a file in a worktree.
pub(crate) const DOT_GIT: &str = ".git";

/// The working directory and the repository around it.
#[derive(Clone, Debug)]
pub struct RunDirs {
    cwd: PathBuf,
    repository: Option<PathBuf>,
    base: PathBuf,
    names: PathNames,
}

impl RunDirs {
    /// The directories around `cwd`, which is absolute and free of symbolic links.
    pub fn from_cwd(cwd: PathBuf) -> RunDirs {
        let repository = enclosing_repository(&cwd).map(Path::to_path_buf);
        RunDirs::new(cwd, repository)
    }

    /// Those of this working directory and this repository around it.
    pub fn new(cwd: PathBuf, repository: Option<PathBuf>) -> RunDirs {
        let base = repository.as_ref().unwrap_or(&cwd).clone();
        let names = PathNames::new(&to_slash(&base), &to_slash(&cwd));
        RunDirs { cwd, repository, base, names }
    }

    /// The same with paths relative to the folder of the configuration if there is no repository.
    #[must_use]
    pub fn with_config_folder(mut self, folder: Option<&Path>) -> RunDirs {
        if let (None, Some(folder)) = (&self.repository, folder) {
            self.base = folder.to_path_buf();
            self.names = PathNames::new(&to_slash(folder), &to_slash(&self.cwd));
        }
        self
    }

    /// The working directory, free of symbolic links.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// The nearest directory at or above the working directory that holds `.git`.
    pub fn repository(&self) -> Option<&Path> {
        self.repository.as_deref()
    }

    /// Where relative globs and paths in reports begin: the repository, else the folder of the
    /// configuration, else the working directory.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The other names of a [`RepoPath`] of this run.
    pub fn names(&self) -> &PathNames {
        &self.names
    }

    /// The path of the file at `path` (absolute, free of symbolic links); nothing if its name is not
    /// UTF-8.
    pub fn repo_path(&self, path: &Path) -> Option<RepoPath> {
        let below = path.strip_prefix(&self.base).unwrap_or(path);
        below.to_str().map(|_| self.names.path(&to_slash(path)))
    }

    /// Where a file is on the disk.
    pub fn disk_path(&self, path: &RepoPath) -> PathBuf {
        self.base.join(path.as_str())
    }

    /// What the file at `path` (absolute, free of symbolic links) is called: relative to the
    /// working directory, with `/`, and with `..` where it lies elsewhere. Bytes that are not UTF-8
    /// are escaped.
    pub fn display(&self, path: &Path) -> String {
        self.names.display(&self.names.path(&to_slash(path)))
    }
}

/// The nearest directory at or above this one that holds `.git`.
pub(crate) fn enclosing_repository(directory: &Path) -> Option<&Path> {
    directory.ancestors().find(|dir| dir.join(DOT_GIT).symlink_metadata().is_ok())
}

/// The path with `/` between its parts, and with `\xff` for a byte that is not UTF-8.
fn to_slash(path: &Path) -> String {
    let mut text = String::new();
    for part in path.components().filter(|part| *part != Component::RootDir) {
        text.push('/');
        for chunk in part.as_os_str().as_encoded_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().escape_ascii().map(char::from));
        }
    }
    text
}

/// A glob of what is to be left out.
#[derive(Debug)]
pub struct ExcludeGlob {
    /// What it is relative to: absolute, free of symbolic links.
    pub base: PathBuf,
    /// What was written.
    pub glob: ExcludedPaths,
    /// Where it was written.
    pub source: String,
    has_matched: AtomicBool,
}

impl ExcludeGlob {
    /// A glob that has matched nothing yet.
    pub fn new(base: &Path, glob: ExcludedPaths, source: String) -> ExcludeGlob {
        ExcludeGlob { base: base.to_path_buf(), glob, source, has_matched: AtomicBool::new(false) }
    }

    /// A note if it has matched nothing and does not name something that is there.
    pub(crate) fn unmatched(&self, run_dirs: &RunDirs) -> Option<String> {
        let ExcludeGlob { base, glob, source, has_matched } = self;
        let is_there = || base.join(glob.text.trim_end_matches("/**")).exists();
        (!has_matched.load(Ordering::Relaxed) && !is_there()).then(|| {
            let base = run_dirs.display(base);
            format!("{source}: `{}` matches nothing, seen from `{base}`", glob.text)
        })
    }

    fn matches(&self, path: &Path) -> bool {
        let matches =
            path.strip_prefix(&self.base).is_ok_and(|below| self.glob.matcher.is_match(below));
        if matches {
            self.has_matched.store(true, Ordering::Relaxed);
        }
        matches
    }
}

/// True if the file or directory at `path` (absolute) is to be left out.
pub fn is_excluded(globs: &[ExcludeGlob], path: &Path) -> bool {
    // All of them are asked, since each is to know whether it has matched.
    globs.iter().filter(|glob| glob.matches(path)).count() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_working_directory() {
        let run_dirs = RunDirs::from_cwd("/repo/sub".into());
        assert_eq!(run_dirs.display(Path::new("/repo/sub/a/b.yaml")), "a/b.yaml");
        assert_eq!(run_dirs.display(Path::new("/repo/base/b.yaml")), "../base/b.yaml");
        assert_eq!(run_dirs.display(Path::new("/else/b.yaml")), "../../else/b.yaml");
        assert_eq!(run_dirs.display(Path::new("/repo/sub")), ".");
    }

    #[test]
    fn paths_are_relative_to_the_base_and_absolute_outside_it() {
        let run_dirs =
            RunDirs::from_cwd("/repo/sub".into()).with_config_folder(Some(Path::new("/repo")));
        let path = |name: &str| run_dirs.repo_path(Path::new(name)).unwrap();
        assert_eq!(path("/repo/sub/a.yaml").as_str(), "sub/a.yaml");
        assert_eq!(path("/else/b.yaml").as_str(), "/else/b.yaml");
        for name in ["/repo/sub/a.yaml", "/else/b.yaml"] {
            let name = Path::new(name);
            assert_eq!(run_dirs.disk_path(&path(name.to_str().unwrap())), name);
            assert_eq!(
                run_dirs.names().display(&run_dirs.repo_path(name).unwrap()),
                run_dirs.display(name)
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf_8_is_no_path_and_is_shown_escaped() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let run_dirs = RunDirs::from_cwd("/repo".into());
        let path = Path::new(OsStr::from_bytes(b"/repo/\xc3\xa4\xff.yaml"));
        assert_eq!(run_dirs.repo_path(path), None);
        assert_eq!(run_dirs.display(path), "ä\\xff.yaml");
    }
}
