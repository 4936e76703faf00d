//! Files in memory, for tests: what a scan returns is what was put in.

use super::{FileId, Problem, Progress, Role, Scan, Scanned, Visit, Workspace};
use crate::flink::detect::concerns_us;
use crate::gitops::{is_called_values, is_kustomization};

/// Exactly the files and roles that a scan of a disk would have returned. It knows no ignore rules.
#[derive(Clone, Debug, Default)]
pub struct MemoryWorkspace<'a> {
    /// See [`Workspace::home`].
    pub home: String,
    /// Files by any order; a [`FileId`] is an index.
    pub files: Vec<MemoryFile<'a>>,
    /// True if every document of the tree is among the files.
    pub whole_tree: bool,
    /// True if all files with a role lie under PATH.
    pub alone: bool,
}

/// A file in memory.
#[derive(Clone, Debug)]
pub struct MemoryFile<'a> {
    /// Its path from the root of the file system, without the slash before it.
    pub path: String,
    /// Its name as shown to people.
    pub name: String,
    /// What a scan reads it for; nothing if a scan does not come by.
    pub role: Option<Role>,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl Workspace for MemoryWorkspace<'_> {
    fn home(&self) -> &str {
        &self.home
    }

    fn scan(
        &self,
        concerns: fn(&[u8]) -> bool,
        progress: &dyn Progress,
        visit: &Visit<'_>,
    ) -> Result<Scan, Vec<Problem>> {
        let mut scan = Scan { whole_tree: self.whole_tree, alone: self.alone, ..Scan::default() };
        for (i, MemoryFile { path, name, role, bytes }) in self.files.iter().enumerate() {
            let Some(role) = *role else { continue };
            progress.file_done();
            scan.read += usize::from(role == Role::Judged);
            let file_name = path.rsplit('/').next().unwrap_or_default();
            if concerns(bytes) || is_kustomization(file_name) || is_called_values(file_name) {
                visit(FileId(i), name, bytes);
                scan.files.push(Scanned { file: FileId(i), name: name.clone(), role });
            }
        }
        scan.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(scan)
    }

    fn read_again(&self, file: FileId) -> Result<Vec<u8>, Problem> {
        let found = self.files.get(file.0).map(|found| found.bytes.to_vec());
        found.ok_or_else(|| Problem::new(format!("file {}", file.0), "is not in the workspace"))
    }

    fn read(&self, path: &str) -> Option<(String, Vec<u8>)> {
        let found = self.files.iter().find(|file| file.path == path)?;
        concerns_us(found.bytes).then(|| (found.name.clone(), found.bytes.to_vec()))
    }
}
