//! Files in memory, for tests: what a scan returns is what was put in.

use super::{FileError, FileId, Progress, Role, Scan, ScannedFile, Visit, Workspace};
use crate::helm::is_called_values;
use crate::kustomize::is_kustomization;
use crate::path::{PathNames, RepoPath};

/// Exactly the files and roles that a scan of a disk would have returned. It knows no ignore rules.
#[derive(Clone, Debug, Default)]
pub struct MemoryWorkspace<'a> {
    /// See [`Workspace::names`].
    pub names: PathNames,
    /// Files by any order; a [`FileId`] is an index.
    pub files: Vec<MemoryFile<'a>>,
    /// Names of files that name the preview version and are not read.
    pub unread: Vec<String>,
    /// True if every document of the tree is among the files.
    pub is_whole_tree: bool,
    /// True if all files with a role lie under PATH.
    pub is_within_paths: bool,
    /// True if PATH names single files alone.
    pub is_of_files: bool,
}

/// A file in memory.
#[derive(Clone, Debug)]
pub struct MemoryFile<'a> {
    /// Its path.
    pub file: RepoPath,
    /// What a scan reads it for; nothing if a scan does not read it.
    pub role: Option<Role>,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl Workspace for MemoryWorkspace<'_> {
    fn names(&self) -> &PathNames {
        &self.names
    }

    fn scan(
        &self,
        is_relevant: fn(&[u8]) -> bool,
        progress: &dyn Progress,
        visit: &Visit<'_>,
    ) -> Result<Scan, Vec<FileError>> {
        let mut scan = Scan {
            unread: self.unread.clone(),
            is_whole_tree: self.is_whole_tree,
            is_within_paths: self.is_within_paths,
            is_of_files: self.is_of_files,
            ..Scan::default()
        };
        for (i, MemoryFile { file, role, bytes }) in self.files.iter().enumerate() {
            let Some(role) = *role else { continue };
            progress.file_done();
            scan.read += usize::from(role == Role::Judged);
            let file_name = file.file_name();
            if is_relevant(bytes) || is_kustomization(file_name) || is_called_values(file_name) {
                let (id, name) = (FileId(i), self.names.display(file));
                visit(id, file, &name, bytes);
                scan.files.push(ScannedFile { id, file: file.clone(), name, role });
            }
        }
        scan.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(scan)
    }

    fn read_again(&self, id: FileId) -> Result<Vec<u8>, FileError> {
        let found = self.files.get(id.0).map(|found| found.bytes.to_vec());
        found.ok_or_else(|| FileError::new(format!("file {}", id.0), "is not in the workspace"))
    }

    fn read(&self, file: &RepoPath) -> Option<(String, Vec<u8>)> {
        let found = self.files.iter().find(|found| found.file == *file)?;
        Some((self.names.display(file), found.bytes.to_vec()))
    }

    fn exist(&self, files: &[&RepoPath]) -> Vec<bool> {
        files.iter().map(|file| self.files.iter().any(|found| found.file == **file)).collect()
    }

    fn is_folder(&self, path: &RepoPath) -> bool {
        let is_above = |file: &RepoPath| file.splits().any(|(above, _)| above == path.as_str());
        path.as_str().is_empty() || self.files.iter().any(|it| is_above(&it.file.folder()))
    }
}
