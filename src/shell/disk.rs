//! The files of a disk as a workspace.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::discovery::{DiskFile, ScanRequest};
use super::read::Reader;
use super::system::{Replacement, WritableWorkspace};
use super::write::{FileRewrite, WriteError, replace_all, replace_writable};
use crate::path::{PathNames, RepoPath};
use crate::workspace::{FileError, FileId, Progress, Role, Scan, ScannedFile, Visit, Workspace};

/// What a search finds, and where it lies.
pub(crate) struct DiskWorkspace<'a> {
    search: ScanRequest<'a>,
    names: PathNames,
    places: Mutex<HashMap<FileId, Place>>,
}

/// Where a file that is to be judged lies.
#[derive(Clone)]
struct Place {
    path: PathBuf,
    /// The directories of which one must hold it for it to be written.
    write_roots: Arc<[PathBuf]>,
}

impl<'a> DiskWorkspace<'a> {
    pub(crate) fn new(search: ScanRequest<'a>) -> DiskWorkspace<'a> {
        let names = search.run_dirs.names();
        DiskWorkspace { search, names, places: Mutex::default() }
    }

    fn place(&self, file: FileId) -> Option<Place> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).get(&file).cloned()
    }
}

impl Workspace for DiskWorkspace<'_> {
    fn names(&self) -> &PathNames {
        &self.names
    }

    fn scan(
        &self,
        is_relevant: fn(&[u8]) -> bool,
        progress: &dyn Progress,
        visit: &Visit<'_>,
    ) -> Result<Scan, Vec<FileError>> {
        let found = self.search.run(is_relevant, progress, visit)?;
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let files = found.files.into_iter().map(|found| {
            let DiskFile { id, name, file, path, write_roots, role } = found;
            if role == Role::Judged {
                places.insert(id, Place { path, write_roots });
            }
            ScannedFile { id, file, name, role }
        });
        Ok(Scan {
            files: files.collect(),
            links: found.links,
            read: found.read,
            is_whole_tree: found.is_whole_tree,
            is_within_paths: found.is_within_paths,
            problems: found.problems,
            notes: found.notes,
        })
    }

    fn read_again(&self, file: FileId) -> Result<Vec<u8>, FileError> {
        let unknown = || FileError::new(format!("file {}", file.0), "is not in the workspace");
        let Place { path, .. } = self.place(file).ok_or_else(unknown)?;
        let name = || self.search.run_dirs.display(&path);
        fs::read(&path).map_err(|cause| FileError::io(name(), "cannot be read again", &cause))
    }

    fn read(&self, file: &RepoPath) -> Option<(String, Vec<u8>)> {
        let path = self.search.run_dirs.disk_path(file);
        let mut reader = Reader::new();
        let bytes = reader.read(&path, false).ok()??;
        Some((self.search.run_dirs.display(&path), bytes.to_vec()))
    }
}

impl WritableWorkspace for DiskWorkspace<'_> {
    fn replace_all(&self, files: &[Replacement<'_>]) -> Result<(), WriteError> {
        let places = self.placed(files);
        replace_all(&rewrites(&places))
    }

    fn replace_writable(&self, files: &[Replacement<'_>]) -> Result<Vec<FileError>, WriteError> {
        let places = self.placed(files);
        replace_writable(&rewrites(&places))
    }
}

impl DiskWorkspace<'_> {
    fn placed<'f>(&self, files: &'f [Replacement<'f>]) -> Vec<(Place, &'f Replacement<'f>)> {
        files.iter().filter_map(|file| Some((self.place(file.file)?, file))).collect()
    }
}

fn rewrites<'f>(placed: &'f [(Place, &Replacement<'f>)]) -> Vec<FileRewrite<'f>> {
    let rewrite = |(place, file): &'f (Place, &Replacement<'f>)| FileRewrite {
        name: file.name,
        path: &place.path,
        write_roots: &place.write_roots,
        digest: file.digest,
        edits: file.edits,
    };
    placed.iter().map(rewrite).collect()
}
