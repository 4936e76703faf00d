//! Where the run stands: the working directory, the repository around it, and what a file is
//! called from there.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The name of what marks the root of a repository: a directory, or a file in a worktree.
pub(super) const REPOSITORY_MARK: &str = ".git";

/// The working directory and the repository around it.
#[derive(Clone, Debug)]
pub struct Ground {
    cwd: PathBuf,
    repository: Option<PathBuf>,
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
        Ground { repository: repository.map(Path::to_path_buf), cwd }
    }

    /// The ground of this working directory and this repository around it.
    pub fn new(cwd: PathBuf, repository: Option<PathBuf>) -> Ground {
        Ground { cwd, repository }
    }

    /// The working directory, free of symbolic links.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// The nearest directory at or above the working directory that holds `.git`.
    pub fn repository(&self) -> Option<&Path> {
        self.repository.as_deref()
    }

    /// What the file at `path` (absolute, free of symbolic links) is called: relative to the
    /// working directory, with `/`, and with `..` where it lies elsewhere.
    pub fn name_of(&self, path: &Path) -> String {
        let Ok(below) = path.strip_prefix(&self.cwd) else {
            let shared = self.cwd.components().zip(path.components());
            let shared = shared.take_while(|(a, b)| a == b).count();
            let up = self.cwd.components().count() - shared;
            let down = path.components().skip(shared).map(|part| lossy(part.as_os_str()));
            let parts: Vec<String> = std::iter::repeat_n("..".into(), up).chain(down).collect();
            return parts.join("/");
        };
        let parts: Vec<String> = below
            .components()
            .filter(|part| !matches!(part, Component::CurDir))
            .map(|part| lossy(part.as_os_str()))
            .collect();
        if parts.is_empty() { ".".into() } else { parts.join("/") }
    }
}

fn lossy(part: &OsStr) -> String {
    part.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_working_directory() {
        let ground = Ground { cwd: "/repo/sub".into(), repository: None };
        assert_eq!(ground.name_of(Path::new("/repo/sub/a/b.yaml")), "a/b.yaml");
        assert_eq!(ground.name_of(Path::new("/repo/base/b.yaml")), "../base/b.yaml");
        assert_eq!(ground.name_of(Path::new("/else/b.yaml")), "../../else/b.yaml");
        assert_eq!(ground.name_of(Path::new("/repo/sub")), ".");
    }
}
