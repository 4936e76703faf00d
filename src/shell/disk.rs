//! The files of a disk as a workspace.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::discover::{Found, Search};
use super::read::Reader;
use super::system::{Replacement, WritableWorkspace};
use super::write::{Rewrite, Unwritten, replace_all, replace_writable};
use crate::path::{PathNames, RepoPath};
use crate::workspace::{FileId, Problem, Progress, Role, Scan, Scanned, Visit, Workspace};

/// What a search finds, and where it lies.
pub(crate) struct DiskWorkspace<'a> {
    search: Search<'a>,
    names: PathNames,
    places: Mutex<HashMap<FileId, Place>>,
}

/// Where a file that is to be judged lies.
#[derive(Clone)]
struct Place {
    path: PathBuf,
    /// The directories of which one must hold it for it to be written.
    within: Arc<[PathBuf]>,
}

impl<'a> DiskWorkspace<'a> {
    pub(crate) fn new(search: Search<'a>) -> DiskWorkspace<'a> {
        let names = search.ground.names();
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
        concerns: fn(&[u8]) -> bool,
        progress: &dyn Progress,
        visit: &Visit<'_>,
    ) -> Result<Scan, Vec<Problem>> {
        let found = self.search.run(concerns, progress, visit)?;
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let files = found.files.into_iter().map(|found| {
            let Found { id, name, file, path, within, role } = found;
            if role == Role::Judged {
                places.insert(id, Place { path, within });
            }
            Scanned { id, file, name, role }
        });
        Ok(Scan {
            files: files.collect(),
            links: found.links,
            read: found.read,
            whole_tree: found.whole_tree,
            alone: found.alone,
            problems: found.problems,
            notes: found.notes,
        })
    }

    fn read_again(&self, file: FileId) -> Result<Vec<u8>, Problem> {
        let unknown = || Problem::new(format!("file {}", file.0), "is not in the workspace");
        let Place { path, .. } = self.place(file).ok_or_else(unknown)?;
        let name = || self.search.ground.name_of(&path);
        fs::read(&path).map_err(|cause| Problem::io(name(), "cannot be read again", &cause))
    }

    fn read(&self, file: &RepoPath) -> Option<(String, Vec<u8>)> {
        let path = self.search.ground.on_disk(file);
        let mut reader = Reader::new();
        let bytes = reader.read(&path, false).ok()??;
        Some((self.search.ground.name_of(&path), bytes.to_vec()))
    }
}

impl WritableWorkspace for DiskWorkspace<'_> {
    fn replace_all(&self, files: &[Replacement<'_>]) -> Result<(), Unwritten> {
        let places = self.placed(files);
        replace_all(&rewrites(&places))
    }

    fn replace_writable(&self, files: &[Replacement<'_>]) -> Result<Vec<Problem>, Unwritten> {
        let places = self.placed(files);
        replace_writable(&rewrites(&places))
    }
}

impl DiskWorkspace<'_> {
    fn placed<'f>(&self, files: &'f [Replacement<'f>]) -> Vec<(Place, &'f Replacement<'f>)> {
        files.iter().filter_map(|file| Some((self.place(file.file)?, file))).collect()
    }
}

fn rewrites<'f>(placed: &'f [(Place, &Replacement<'f>)]) -> Vec<Rewrite<'f>> {
    let rewrite = |(place, file): &'f (Place, &Replacement<'f>)| Rewrite {
        name: file.name,
        path: &place.path,
        within: &place.within,
        digest: file.digest,
        edits: file.edits,
    };
    placed.iter().map(rewrite).collect()
}
