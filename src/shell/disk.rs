//! The files of a disk as a workspace.

use std::collections::HashMap;
use std::fs;
use std::sync::{Mutex, PoisonError};

use super::discovery::{DiskFile, ScanRequest};
use super::read::FileReader;
use super::system::{Replacement, WritableWorkspace};
use super::write::{FileRewrite, IfUnwritable, WriteError, replace_files};
use crate::flink::objects::concerns_us;
use crate::path::{PathNames, RepoPath};
use crate::workspace::{FileError, FileId, Progress, Role, Scan, Visit, Workspace};

/// What a scan finds, and where it lies.
pub(crate) struct DiskWorkspace<'a> {
    request: ScanRequest<'a>,
    judged: Mutex<HashMap<FileId, DiskFile>>,
}

impl<'a> DiskWorkspace<'a> {
    pub(crate) fn new(request: ScanRequest<'a>) -> DiskWorkspace<'a> {
        DiskWorkspace { request, judged: Mutex::default() }
    }
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
        let judged = files.into_iter().filter(|file| file.scanned.role == Role::Judged);
        let judged = judged.map(|file| (file.scanned.id, file));
        self.judged.lock().unwrap_or_else(PoisonError::into_inner).extend(judged);
        Ok(scan)
    }

    fn read_again(&self, file: FileId) -> Result<Vec<u8>, FileError> {
        let unknown = || FileError::new(format!("file {}", file.0), "is not in the workspace");
        let judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner).get(&file).cloned();
        let DiskFile { scanned, path, .. } = judged.ok_or_else(unknown)?;
        fs::read(&path).map_err(|cause| FileError::io(scanned.name, "cannot be read again", &cause))
    }

    fn read(&self, file: &RepoPath) -> Option<(String, Vec<u8>)> {
        let path = self.request.run_dirs.disk_path(file);
        let mut reader = FileReader::new(concerns_us);
        let bytes = reader.read(&path, false).ok()??;
        Some((self.request.run_dirs.display(&path), bytes.to_vec()))
    }
}

impl WritableWorkspace for DiskWorkspace<'_> {
    fn replace(
        &self,
        files: &[Replacement<'_>],
        if_unwritable: IfUnwritable,
    ) -> Result<Vec<FileError>, WriteError> {
        let judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let rewrites = files.iter().filter_map(|file| {
            let on_disk = judged.get(&file.file)?;
            let (path, write_roots) = (&on_disk.path, &on_disk.write_roots);
            Some(FileRewrite { replacement: file, path, write_roots })
        });
        replace_files(&rewrites.collect::<Vec<_>>(), if_unwritable)
    }
}
