//! A machine that has some files and nothing else.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Files, Place};
use crate::flink::prefilter::{concerns_us, names_preview};
use crate::gitops::names_delivering_object;
use crate::kustomize::is_kustomization;
use crate::path::{PathNames, RepoPath};
use crate::shell::{
    self, DEFAULT_WIDTH, GitDiff, IfUnwritable, Replacement, RunDirs, ScanRequest, Stream, System,
    WritableWorkspace, WriteError, is_excluded,
};
use crate::workspace::{
    FileError, FileId, MemoryFile, MemoryWorkspace, Progress, Role, Scan, Visit, Workspace,
};

/// The absolute path of the tree.
const ROOT: &str = "/tree";

/// A machine that has these files and nothing else.
pub(crate) struct Memory<'f> {
    place: Place<'f>,
    files: &'f Files,
    pub(crate) written: Mutex<Files>,
    pub(crate) deleted: Mutex<Vec<String>>,
    pub(crate) stdout: Mutex<Vec<u8>>,
    pub(crate) stderr: Mutex<Vec<u8>>,
}

impl<'f> Memory<'f> {
    pub(crate) fn new(place: Place<'f>, files: &'f Files) -> Memory<'f> {
        let (written, deleted, stdout, stderr) = Default::default();
        Memory { place, files, written, deleted, stdout, stderr }
    }

    fn folder(&self) -> PathBuf {
        absolute(Path::new(ROOT), Path::new(self.place.folder))
    }

    /// The path from the root of the tree; nothing if it leads out of it.
    fn key(&self, path: &Path) -> Option<String> {
        let path = self.canonical(path);
        Some(path.strip_prefix(ROOT).ok()?.to_str()?.replace('\\', "/"))
    }

    fn is_folder(&self, key: &str) -> bool {
        let below = format!("{key}/");
        key.is_empty() || self.files.keys().any(|name| name.starts_with(&below))
    }

    fn write(&self, key: String, bytes: Vec<u8>) {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(key, bytes);
    }

    fn delete(&self, key: String) {
        self.deleted.lock().unwrap_or_else(PoisonError::into_inner).push(key);
    }

    /// The files that a search of a disk would have returned, with their roles.
    fn found(&self, search: &ScanRequest<'_>) -> Found<'_> {
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        let workspace =
            MemoryWorkspace { names: search.run_dirs.names().clone(), ..Default::default() };
        let mut found = Found { memory: self, workspace, problems: Vec::new() };
        for typed in search.paths {
            let path = self.canonical(typed);
            let key = self.key(&path);
            let is_folder = key.as_ref().is_some_and(|key| self.is_folder(key));
            if !is_folder && key.is_none_or(|key| !self.files.contains_key(&key)) {
                let name = typed.to_string_lossy();
                found.problems.push(FileError::io(name, "cannot be read", &not_found()));
                continue;
            }
            let is_left_out = search.force_exclude && is_excluded(search.exclude, &path);
            if !is_left_out && !search.not_manifests.contains(&path) {
                if is_folder { folders.push(path) } else { files.push(path) }
            }
        }
        let workspace = &mut found.workspace;
        let tree = Some(search.root.unwrap_or(search.run_dirs.cwd()))
            .filter(|root| folders.iter().chain(&files).any(|target| target.starts_with(root)));
        let concerns = |path: &PathBuf| {
            let bytes = self.key(path).and_then(|key| self.files.get(&key));
            bytes.is_some_and(|it| concerns_us(it) || names_delivering_object(it))
        };
        workspace.is_whole_tree = !folders.is_empty()
            || self.place.is_repository && tree.is_some() && files.iter().any(concerns);
        workspace.is_within_paths = true;
        workspace.is_of_files = folders.is_empty();
        let mut roles: BTreeMap<_, _> =
            files.iter().map(|path| (path.clone(), Role::Judged)).collect();
        if !folders.is_empty() || !files.is_empty() {
            self.walk(search, &folders, Role::Judged, &[], shell::is_manifest, &mut roles);
            workspace.unread = self.unread(search, &folders);
            let targets: Vec<&PathBuf> = folders.iter().chain(&files).collect();
            let any_below = |root: &&Path| targets.iter().any(|target| target.starts_with(root));
            let is_seen =
                |seen: &[PathBuf], root: &Path| seen.iter().any(|folder| root.starts_with(folder));
            let mut seen = folders.clone();
            if let Some(root) = tree.filter(|root| workspace.is_whole_tree && !is_seen(&seen, root))
            {
                workspace.is_within_paths = false;
                let root = root.to_path_buf();
                let roots = std::slice::from_ref(&root);
                self.walk(search, roots, Role::Context, &seen, shell::is_manifest, &mut roles);
                seen.push(root);
            }
            let around = search.run_dirs.repository().filter(any_below).or(tree);
            if let Some(root) = around.filter(|root| !is_seen(&seen, root)) {
                workspace.is_within_paths = false;
                let wanted = |name: &OsStr| name.to_str().is_some_and(is_kustomization);
                self.walk(search, &[root.to_path_buf()], Role::Context, &seen, wanted, &mut roles);
            }
        }
        workspace.files.extend(self.files.iter().map(|(key, bytes)| {
            let role = roles.get(&Path::new(ROOT).join(key)).copied();
            MemoryFile { file: workspace.names.path(&format!("{ROOT}/{key}")), role, bytes }
        }));
        found
    }

    /// Names of the files below these folders that name the preview version and are not read.
    fn unread(&self, search: &ScanRequest<'_>, folders: &[PathBuf]) -> Vec<String> {
        let found = self.files.iter().filter(|(key, bytes)| {
            let path = Path::new(ROOT).join(key);
            let is_manifest = shell::is_manifest(path.file_name().unwrap_or_default());
            folders.iter().any(|folder| path.starts_with(folder))
                && (!is_manifest || is_excluded(search.exclude, &path))
                && !search.not_manifests.contains(&path)
                && names_preview(bytes)
        });
        let display = |key| search.run_dirs.display(&Path::new(ROOT).join(key));
        found.map(|(key, _)| display(key)).collect()
    }

    fn walk(
        &self,
        search: &ScanRequest<'_>,
        roots: &[PathBuf],
        role: Role,
        prune: &[PathBuf],
        wanted: impl Fn(&OsStr) -> bool,
        roles: &mut BTreeMap<PathBuf, Role>,
    ) {
        for path in self.files.keys().map(|key| Path::new(ROOT).join(key)) {
            let is_below = |folders: &[PathBuf]| folders.iter().any(|dir| path.starts_with(dir));
            let name = path.file_name().unwrap_or_default();
            if !is_below(roots) || is_below(prune) || !wanted(name) {
                continue;
            }
            let is_left_out = is_excluded(search.exclude, &path);
            let role = if is_left_out { Role::Excluded } else { role };
            if is_left_out && name.to_str().is_some_and(is_kustomization)
                || !is_left_out && !search.not_manifests.contains(&path)
            {
                let known = roles.entry(path).or_insert(role);
                *known = role.min(*known);
            }
        }
    }
}

/// The path below a folder, lexically normalised.
fn absolute(folder: &Path, path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(found.pop()),
            part => found.push(part),
        }
    }
    found
}

/// `ENOENT` has this number everywhere.
fn not_found() -> io::Error {
    io::Error::from_raw_os_error(2)
}

impl System for Memory<'_> {
    fn run_dirs(&self) -> io::Result<RunDirs> {
        let repository = self.place.is_repository.then(|| PathBuf::from(ROOT));
        Ok(RunDirs::new(self.folder(), repository))
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        absolute(&self.folder(), path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.is_file(path) || self.key(path).is_some_and(|key| self.is_folder(&key))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.key(path).is_some_and(|key| self.files.contains_key(&key))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.key(path) {
            // `EISDIR`
            Some(key) if self.is_folder(&key) => Err(io::Error::from_raw_os_error(21)),
            key => key.and_then(|key| self.files.get(&key).cloned()).ok_or_else(not_found),
        }
    }

    fn read_chunks(
        &self,
        path: Option<&Path>,
        name: &str,
        visit: &mut dyn FnMut(&[u8]),
    ) -> Result<(), FileError> {
        let bytes = match path {
            None => Ok(self.place.stdin.to_vec()),
            Some(path) => self.read(path),
        };
        let bytes = bytes.map_err(|cause| FileError::io(name, "cannot be read", &cause))?;
        bytes.chunks(1 << 18).for_each(visit);
        Ok(())
    }

    fn read_stdin(&self, _: &str) -> Result<Vec<u8>, FileError> {
        Ok(self.place.stdin.to_vec())
    }

    fn workspace<'a>(&'a self, search: ScanRequest<'a>) -> Box<dyn WritableWorkspace + 'a> {
        Box::new(self.found(&search))
    }

    fn changed_in_git(&self, _: &Path, _: GitDiff) -> io::Result<Vec<PathBuf>> {
        Err(io::Error::other("there is no Git"))
    }

    fn replace_one(&self, path: &Path, text: &str) -> Result<(), FileError> {
        let parent = |key: &str| key.rsplit_once('/').map_or(String::new(), |(it, _)| it.into());
        let key = self.key(path).filter(|key| self.is_folder(&parent(key)));
        let error = || FileError::io(path.to_string_lossy(), "cannot be written", &not_found());
        self.write(key.ok_or_else(error)?, text.as_bytes().to_vec());
        Ok(())
    }

    fn progress(&self, _: bool) -> Box<dyn Progress> {
        Box::new(())
    }

    fn stream(&self, stream: Stream) -> Box<dyn Write + '_> {
        Box::new(Pipe(match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }))
    }

    fn is_terminal(&self, _: Stream) -> bool {
        false
    }

    fn is_stdin_terminal(&self) -> bool {
        false
    }

    fn color(&self, _: Stream, wanted: Option<bool>) -> bool {
        wanted.unwrap_or(false)
    }

    fn width(&self, _: Stream) -> usize {
        self.place.width.unwrap_or(DEFAULT_WIDTH)
    }

    fn variable(&self, _: &OsStr) -> Option<OsString> {
        None
    }
}

/// A stream that is kept.
struct Pipe<'m>(&'m Mutex<Vec<u8>>);

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The files of a run, which can be replaced; problems if what was typed is not there.
struct Found<'m> {
    memory: &'m Memory<'m>,
    workspace: MemoryWorkspace<'m>,
    problems: Vec<FileError>,
}

impl Workspace for Found<'_> {
    fn names(&self) -> &PathNames {
        self.workspace.names()
    }

    fn scan(
        &self,
        concerns: fn(&[u8]) -> bool,
        progress: &dyn Progress,
        visit: &Visit<'_>,
    ) -> Result<Scan, Vec<FileError>> {
        if !self.problems.is_empty() {
            return Err(self.problems.clone());
        }
        self.workspace.scan(concerns, progress, visit)
    }

    fn read_again(&self, id: FileId) -> Result<Vec<u8>, FileError> {
        self.workspace.read_again(id)
    }

    fn read(&self, file: &RepoPath) -> Option<(String, Vec<u8>)> {
        let path = self.names().absolute(file);
        let bytes = self.memory.files.get(&self.memory.key(Path::new(&path))?)?;
        Some((self.names().display(file), bytes.clone()))
    }

    fn is_folder(&self, path: &RepoPath) -> bool {
        let path = self.names().absolute(path);
        self.memory.key(Path::new(&path)).is_some_and(|key| self.memory.is_folder(&key))
    }

    fn exist(&self, files: &[&RepoPath]) -> Vec<bool> {
        self.workspace.exist(files)
    }
}

impl WritableWorkspace for Found<'_> {
    fn leftovers(&self) -> Vec<String> {
        Vec::new()
    }

    fn remove_leftovers(&self) -> usize {
        0
    }

    fn replace(
        &self,
        files: &[Replacement<'_>],
        _: IfUnwritable,
    ) -> Result<Vec<FileError>, WriteError> {
        for Replacement { file, name, change } in files {
            let known = file.map(|id| &self.workspace.files[id.0]);
            let path = known.map_or_else(|| self.names().parse(name), |known| known.file.clone());
            let key = self.memory.key(Path::new(&self.names().absolute(&path))).unwrap_or_default();
            let before = known.map(|known| String::from_utf8_lossy(known.bytes));
            match change.apply(before.as_deref()) {
                Some(text) => self.memory.write(key, text.into_bytes()),
                None => self.memory.delete(key),
            }
        }
        Ok(Vec::new())
    }
}
