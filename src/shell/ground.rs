//! Where the run stands: the working directory, the repository around it, and what a file is
//! called from there.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::path::{PathNames, RepoPath};

/// The name of what marks the root of a repository: a directory, or a file in a worktree.
pub(crate) const REPOSITORY_MARK: &str = ".git";

/// The working directory and the repository around it.
#[derive(Clone, Debug)]
pub struct Ground {
    cwd: PathBuf,
    repository: Option<PathBuf>,
    base: PathBuf,
}

impl Ground {
    /// The ground under this process; an error if its working directory is gone.
    pub fn here() -> io::Result<Ground> {
        Ok(Ground::at(std::env::current_dir()?.canonicalize()?))
    }

    /// The ground around `cwd`, which is absolute and free of symbolic links.
    pub fn at(cwd: PathBuf) -> Ground {
        let mut around = cwd.ancestors();
        let repository = around.find(|dir| dir.join(REPOSITORY_MARK).symlink_metadata().is_ok());
        let repository = repository.map(Path::to_path_buf);
        Ground::new(cwd, repository)
    }

    /// The same with paths relative to the folder of the configuration if there is no repository.
    #[must_use]
    pub fn with_configuration_in(mut self, folder: Option<&Path>) -> Ground {
        if let (None, Some(folder)) = (&self.repository, folder) {
            self.base = folder.to_path_buf();
        }
        self
    }

    /// The ground of this working directory and this repository around it.
    pub fn new(cwd: PathBuf, repository: Option<PathBuf>) -> Ground {
        Ground { base: repository.as_ref().unwrap_or(&cwd).clone(), repository, cwd }
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
        PathNames::new(&slashed(&self.base), &slashed(&self.cwd))
    }

    /// The path of the file at `path` (absolute, free of symbolic links); nothing if its name is not
    /// UTF-8.
    pub fn path_of(&self, path: &Path) -> Option<RepoPath> {
        match path.strip_prefix(&self.base) {
            Ok(below) => below.to_str().map(|_| RepoPath::from(slashed(below).as_str())),
            Err(_) => path.to_str().map(|_| self.names().path(&slashed(path))),
        }
    }

    /// Where a file is on the disk.
    pub fn on_disk(&self, path: &RepoPath) -> PathBuf {
        self.base.join(path.as_str())
    }

    /// What the file at `path` (absolute, free of symbolic links) is called: relative to the
    /// working directory, with `/`, and with `..` where it lies elsewhere. Bytes that are not UTF-8
    /// are escaped.
    pub fn name_of(&self, path: &Path) -> String {
        let Ok(below) = path.strip_prefix(&self.cwd) else {
            let shared = self.cwd.components().zip(path.components());
            let shared = shared.take_while(|(a, b)| a == b).count();
            let up = self.cwd.components().count() - shared;
            let down = path.components().skip(shared).map(|part| escaped(part.as_os_str()));
            let parts: Vec<String> = std::iter::repeat_n("..".into(), up).chain(down).collect();
            return parts.join("/");
        };
        let parts: Vec<String> = below
            .components()
            .filter(|part| !matches!(part, Component::CurDir))
            .map(|part| escaped(part.as_os_str()))
            .collect();
        if parts.is_empty() { ".".into() } else { parts.join("/") }
    }
}

/// The path with `/` between its parts.
fn slashed(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::RootDir);
    let parts: Vec<Cow<'_, str>> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The text of a name, with `\xff` for a byte that is not UTF-8.
fn escaped(part: &OsStr) -> String {
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
        let ground = Ground::at("/repo/sub".into());
        assert_eq!(ground.name_of(Path::new("/repo/sub/a/b.yaml")), "a/b.yaml");
        assert_eq!(ground.name_of(Path::new("/repo/base/b.yaml")), "../base/b.yaml");
        assert_eq!(ground.name_of(Path::new("/else/b.yaml")), "../../else/b.yaml");
        assert_eq!(ground.name_of(Path::new("/repo/sub")), ".");
    }

    #[test]
    fn paths_are_relative_to_the_base_and_absolute_outside_it() {
        let ground = Ground::at("/repo/sub".into()).with_configuration_in(Some(Path::new("/repo")));
        let path = |name: &str| ground.path_of(Path::new(name)).unwrap();
        assert_eq!(path("/repo/sub/a.yaml").as_str(), "sub/a.yaml");
        assert_eq!(path("/else/b.yaml").as_str(), "/else/b.yaml");
        for name in ["/repo/sub/a.yaml", "/else/b.yaml"] {
            let name = Path::new(name);
            assert_eq!(ground.on_disk(&path(name.to_str().unwrap())), name);
            assert_eq!(
                ground.names().display(&ground.path_of(name).unwrap()),
                ground.name_of(name)
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf_8_is_no_path_and_is_shown_escaped() {
        use std::os::unix::ffi::OsStrExt;
        let ground = Ground::at("/repo".into());
        let path = Path::new(OsStr::from_bytes(b"/repo/\xc3\xa4\xff.yaml"));
        assert_eq!(ground.path_of(path), None);
        assert_eq!(ground.name_of(path), "ä\\xff.yaml");
    }
}
