//! What Git says of the files that are to be committed. This asks Git itself, since it alone knows which
//! index a commit uses and what counts as changed.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Which two states of the files are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitDiff {
    /// What is staged, with the last commit.
    Staged,
    /// The working tree, with what is staged.
    Unstaged,
}

/// The files of this repository that differ, those that are gone too: absolute paths.
pub(crate) fn changed_files(repository: &Path, compared: GitDiff) -> io::Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(repository).stdin(Stdio::null());
    git.args(["--no-optional-locks", "diff", "--name-only", "-z", "--no-renames"]);
    git.args(["--no-relative", "--no-ext-diff", "--ignore-submodules"]);
    if compared == GitDiff::Staged {
        git.arg("--cached");
    }
    let output = git.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(said.lines().next().unwrap_or_default().to_string()));
    }
    let names = output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| repository.join(super::git_index::path(name))).collect())
}
