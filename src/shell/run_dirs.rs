//! Where the run stands: the working directory, the repository around it, and what a file is
//! called from there.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::path::{PathNames, RepoPath};

/// The name of what marks the root of a repository: a directory, or a file in a worktree.
pub(crate) const DOT_GIT: &str = ".git";

/// The working directory and the repository around it.
#[derive(Clone, Debug)]
pub struct RunDirs {
    cwd: PathBuf,
    repository: Option<PathBuf>,
    base: PathBuf,
}

impl RunDirs {
    /// The ground under this process; an error if its working directory is gone.
    pub fn here() -> io::Result<RunDirs> {
        Ok(RunDirs::at(std::env::current_dir()?.canonicalize()?))
    }

    /// The ground around `cwd`, which is absolute and free of symbolic links.
    pub fn at(cwd: PathBuf) -> RunDirs {
        let mut enclosing = cwd.ancestors();
        let repository = enclosing.find(|dir| dir.join(DOT_GIT).symlink_metadata().is_ok());
        let repository = repository.map(Path::to_path_buf);
        RunDirs::new(cwd, repository)
    }

    /// The same with paths relative to the folder of the configuration if there is no repository.
    #[must_use]
    pub fn with_config_folder(mut self, folder: Option<&Path>) -> RunDirs {
        if let (None, Some(folder)) = (&self.repository, folder) {
            self.base = folder.to_path_buf();
        }
        self
    }

    /// The ground of this working directory and this repository around it.
    pub fn new(cwd: PathBuf, repository: Option<PathBuf>) -> RunDirs {
        RunDirs { base: repository.as_ref().unwrap_or(&cwd).clone(), repository, cwd }
    }

    /// The working directory, free of symbolic links.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// The nearest directory at or above the working directory that holds `.git`.
    pub fn repository(&self) -> Option<&Path> {
        self.repository.as_deref()
    }

    /// The other names of a [`RepoPath`] of this run.
    pub fn names(&self) -> PathNames {
        PathNames::new(&to_slash(&self.base), &to_slash(&self.cwd))
    }

    /// The path of the file at `path` (absolute, free of symbolic links); nothing if its name is not
    /// UTF-8.
    pub fn repo_path(&self, path: &Path) -> Option<RepoPath> {
        match path.strip_prefix(&self.base) {
            Ok(below) => below.to_str().map(|_| RepoPath::from(to_slash(below).as_str())),
            Err(_) => path.to_str().map(|_| self.names().path(&to_slash(path))),
        }
    }

    /// Where a file is on the disk.
    pub fn disk_path(&self, path: &RepoPath) -> PathBuf {
        self.base.join(path.as_str())
    }

    /// What the file at `path` (absolute, free of symbolic links) is called: relative to the
    /// working directory, with `/`, and with `..` where it lies elsewhere. Bytes that are not UTF-8
    /// are escaped.
    pub fn display(&self, path: &Path) -> String {
        let Ok(below) = path.strip_prefix(&self.cwd) else {
            let shared = self.cwd.components().zip(path.components());
            let shared = shared.take_while(|(a, b)| a == b).count();
            let up = self.cwd.components().count() - shared;
            let down = path.components().skip(shared).map(|part| escape_non_utf8(part.as_os_str()));
            let parts: Vec<String> = std::iter::repeat_n("..".into(), up).chain(down).collect();
            return parts.join("/");
        };
        let parts: Vec<String> = below
            .components()
            .filter(|part| !matches!(part, Component::CurDir))
            .map(|part| escape_non_utf8(part.as_os_str()))
            .collect();
        if parts.is_empty() { ".".into() } else { parts.join("/") }
    }
}

/// The path with `/` between its parts.
fn to_slash(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::RootDir);
    let parts: Vec<Cow<'_, str>> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The text of a name, with `\xff` for a byte that is not UTF-8.
fn escape_non_utf8(part: &OsStr) -> String {
    let mut text = String::new();
    for chunk in part.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().escape_ascii().map(char::from));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_working_directory() {
        let run_dirs = RunDirs::at("/repo/sub".into());
        assert_eq!(run_dirs.display(Path::new("/repo/sub/a/b.yaml")), "a/b.yaml");
        assert_eq!(run_dirs.display(Path::new("/repo/base/b.yaml")), "../base/b.yaml");
        assert_eq!(run_dirs.display(Path::new("/else/b.yaml")), "../../else/b.yaml");
        assert_eq!(run_dirs.display(Path::new("/repo/sub")), ".");
    }

    #[test]
    fn paths_are_relative_to_the_base_and_absolute_outside_it() {
        let run_dirs = RunDirs::at("/repo/sub".into()).with_config_folder(Some(Path::new("/repo")));
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
        use std::os::unix::ffi::OsStrExt;
        let run_dirs = RunDirs::at("/repo".into());
        let path = Path::new(OsStr::from_bytes(b"/repo/\xc3\xa4\xff.yaml"));
        assert_eq!(run_dirs.repo_path(path), None);
        assert_eq!(run_dirs.display(path), "ä\\xff.yaml");
    }
}
