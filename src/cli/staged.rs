//! What `--staged` means: hooks ask at each commit, and Git says which files it is about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::run_context::{CommandError, RunContext};
use crate::engine::Decided;
use crate::gitops::names_delivering_object;
use crate::plan::FileChange;
use crate::shell::{GitDiff, is_ignore_file, is_manifest};
use crate::workspace::FileError;

/// The files that are staged, and what is judged because of them.
pub(crate) struct Staged<'r> {
    repository: &'r Path,
    files: Vec<PathBuf>,
    /// As PATH.
    pub(crate) paths: Vec<PathBuf>,
}

impl<'r> Staged<'r> {
    /// Asks Git. Judged is what is staged under these paths; all of them if nothing is staged, or if
    /// something is that speaks of more than itself: a map, a configuration, an object of Argo CD or Flux.
    pub(crate) fn new(
        run: &'r RunContext<'_>,
        typed: &[PathBuf],
    ) -> Result<Staged<'r>, CommandError> {
        let no_repository = || CommandError::usage("--staged", "this is not a Git repository");
        let repository = run.run_dirs.repository().ok_or_else(no_repository)?;
        let files = run.changed_in_git(repository, GitDiff::Staged)?;
        if files.is_empty() || files.iter().any(|file| concerns_others(run, file)) {
            return Ok(Staged { repository, files, paths: typed.to_vec() });
        }
        let below: Vec<PathBuf> = typed.iter().map(|path| run.system.canonical(path)).collect();
        let is_judged = |file: &&PathBuf| {
            let name = file.file_name().unwrap_or_default();
            // What a link leads to is staged by itself, or not at all.
            let is_own_file = run.system.is_file(file) && run.system.canonical(file) == **file;
            is_manifest(name) && is_own_file && below.iter().any(|path| file.starts_with(path))
        };
        let paths = files.iter().filter(is_judged).cloned().collect();
        Ok(Staged { repository, files, paths })
    }

    /// Refuses the files of which only a part is staged: what was judged is not what is committed.
    pub(crate) fn refuse_parts(
        &self,
        run: &RunContext<'_>,
        decided: &mut Decided,
    ) -> Result<(), CommandError> {
        let names = run.run_dirs.names();
        let on_disk = |name: &str| run.run_dirs.disk_path(&names.parse(name));
        let mut judged = decided.changeset.files.iter_mut();
        if self.files.is_empty() || judged.len() == 0 {
            return Ok(());
        }
        let unstaged = run.changed_in_git(self.repository, GitDiff::Unstaged)?;
        let mut folders = BTreeSet::new();
        for file in &mut judged {
            let path = on_disk(&file.path);
            let is_new = file.rewrite.as_ref().is_some_and(FileChange::creates);
            if !is_new && self.files.contains(&path) && unstaged.contains(&path) {
                file.rewrite = None;
                let message = "only a part of it is staged, so what was judged is not what will be \
                    committed; stage the rest, or put it aside with `git stash --keep-index`";
                decided.problems.push(FileError::new(&file.path, message));
                folders.extend(path.parent().map(Path::to_path_buf));
            }
        }
        // What is created or deleted counts as its kustomization.
        for file in &mut decided.changeset.files {
            let is_edit = |change: &mut FileChange| !change.creates() && !change.deletes();
            let folder = on_disk(&file.path).parent().map(Path::to_path_buf);
            if folder.is_some_and(|folder| folders.contains(&folder)) {
                file.rewrite = file.rewrite.take_if(is_edit);
            }
        }
        Ok(())
    }
}

/// True for a file that decides about others.
fn concerns_others(run: &RunContext<'_>, file: &Path) -> bool {
    let delivers = || {
        is_manifest(file.file_name().unwrap_or_default())
            && run.system.read(file).is_ok_and(|bytes| names_delivering_object(&bytes))
    };
    run.is_configuration(file) || is_ignore_file(file) || delivers()
}
