//! Objects of Argo CD and Flux: those that the configuration adds to the tree or takes out, and what files of
//! the tree say about what each delivers.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::gitops::{DeliveringObject, Delivery, Listing, parameters_of_file, read_listed_file};
use crate::inputs::Inputs;
use crate::path::{PathNames, RepoPath};
use crate::project::{FileIndex, Project};
use crate::text::SourceFile;
use crate::workspace::{FileError, Workspace};
use crate::yaml;

/// Completes the objects of the tree: those of the configuration, what the generators of an
/// `ApplicationSet` make, and what files beside the manifests override. Returns a note for each glob of
/// `not-delivered` that matches none.
///
/// # Errors
/// What is wrong with the files of the configuration.
pub(crate) fn complete(
    indexes: &mut Vec<FileIndex>,
    inputs: &Inputs,
    workspace: &dyn Workspace,
) -> Result<Vec<String>, Vec<FileError>> {
    let notes = configure(indexes, inputs, workspace.names())?;
    if indexes.iter().all(|index| index.delivering_objects.is_empty()) {
        return Ok(notes);
    }
    let workloads = indexes.iter().flat_map(|index| &index.workloads).map(|one| &one.file);
    let kustomizations = indexes.iter().filter_map(|index| index.kustomization.as_ref());
    let files = workloads.chain(kustomizations.map(|one| &one.file));
    let folders = files.flat_map(|file| file.folder().splits().map(owned).collect::<Vec<_>>());
    let folders: BTreeSet<String> = folders.collect();
    // Which files a glob matches is not asked: any number of them may.
    let files = |glob: &str| {
        let is_literal = !glob.contains(['*', '?', '[', '{']);
        is_literal.then(|| {
            let read = workspace.read(&RepoPath::from(glob));
            let sets = read.and_then(|(_, bytes)| {
                let doc = yaml::parse(std::str::from_utf8(&bytes).ok()?, 0).ok()?;
                Some((glob.to_string(), parameters_of_file(doc.root())))
            });
            sets.into_iter().collect()
        })
    };
    let listing = Listing { folders: &folders, files: &files };
    for object in indexes.iter_mut().flat_map(|index| &mut index.delivering_objects) {
        object.generate(&listing);
        for delivery in &mut object.deliveries {
            if delivery.folder.is_empty() || folders.contains(&delivery.folder) {
                override_source(delivery, workspace);
            }
        }
    }
    Ok(notes)
}

fn owned((above, _): (&str, &str)) -> String {
    above.to_string()
}

/// Merges the files of the folder that override the source of an application. One that cannot be read
/// could say anything.
fn override_source(delivery: &mut Delivery, workspace: &dyn Workspace) {
    for name in delivery.override_files() {
        let file = RepoPath::from(&*name);
        let Some((_, bytes)) = workspace.read(&file) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        match yaml::parse(&text, 0) {
            Ok(doc) => delivery.merge(doc.root(), &file),
            Err(_) => delivery.add_unread(&file),
        }
    }
}

/// What is odd about the objects of a tree, where it has workloads: a `source` that is passed over, and a
/// folder that is not there, although others of the same repository are.
pub(crate) fn notes(project: &Project, workspace: &dyn Workspace) -> Vec<String> {
    let objects = project.delivering_objects();
    if project.workloads().is_empty() || objects.is_empty() {
        return Vec::new();
    }
    let mut folders: HashMap<&str, bool> = HashMap::new();
    let is_here = |folder: &str| workspace.is_folder(&RepoPath::from(folder));
    let told = |delivery: &&Delivery| !delivery.is_glob() && !delivery.folder.is_empty();
    let mut present: HashSet<String> = HashSet::new();
    for delivery in objects.iter().flat_map(|object| &object.deliveries).filter(told) {
        let here = folders.entry(&delivery.folder).or_insert_with(|| is_here(&delivery.folder));
        present.extend(delivery.repository_id().filter(|_| *here));
    }
    let mut notes = Vec::new();
    for object in objects {
        let Some(file) = &object.file else { continue };
        let name = object.display_name();
        let at = |line: usize| project.names().display_line(file, line);
        if let Some((line, folder)) = &object.hidden_source
            && is_here(folder)
        {
            let message = "has `sources`, so that Argo CD passes over its `source`";
            notes.push(format!("{}: {name} {message}, `{folder}`", at(*line)));
        }
        let is_absent = |delivery: &&Delivery| {
            let is_known = delivery.repository_id().is_some_and(|id| present.contains(&id));
            is_known && !folders[&*delivery.folder]
        };
        if let Some(absent) = object.deliveries.iter().filter(told).find(is_absent) {
            let repository = absent.repository.as_deref().unwrap_or_default();
            notes.push(format!(
                "{}: {name} applies `{}` of {repository}, which is not in this tree, although other \
                 folders of that repository are; what it applies is not judged",
                at(object.line),
                absent.folder
            ));
        }
    }
    notes
}

/// Adds the objects of `deliveries` to those that the tree has, and takes out those that lie where
/// `not-delivered` says. Returns a note for each glob that matches none.
///
/// # Errors
/// What is wrong with the files.
fn configure(
    indexes: &mut Vec<FileIndex>,
    inputs: &Inputs,
    names: &PathNames,
) -> Result<Vec<String>, Vec<FileError>> {
    let (mut listed, mut errors) = (Vec::new(), Vec::new());
    for input in &inputs.deliveries {
        let file = names.path(&input.id);
        let text = input.text.as_deref().unwrap_or_default();
        match read_listed_file(&file, SourceFile { name: &input.name, text }) {
            Ok(objects) => listed.extend(objects),
            Err((at, message)) => errors.push(FileError::new(at.to_string(), message)),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    // A file of the tree that is listed too is read once.
    let is_listed = |object: &DeliveringObject| listed.iter().any(|it| it.file == object.file);
    for index in &mut *indexes {
        index.delivering_objects.retain(|object| listed.is_empty() || !is_listed(object));
    }
    indexes.push(FileIndex { delivering_objects: listed, ..FileIndex::default() });
    let mut has_matched = vec![false; inputs.not_delivered.len()];
    let mut is_delivered = |object: &DeliveringObject| {
        let file = object.file.as_ref().map(|file| names.absolute(file));
        let name = file.as_deref().and_then(|absolute| inputs.below_folder(absolute));
        let mut is_delivered = true;
        for ((_, glob), has_matched) in inputs.not_delivered.iter().zip(&mut has_matched) {
            if name.is_some_and(|name| glob.matcher.is_match(name)) {
                (*has_matched, is_delivered) = (true, false);
            }
        }
        is_delivered
    };
    for index in indexes {
        index.delivering_objects.retain(&mut is_delivered);
    }
    let idle = inputs.not_delivered.iter().zip(has_matched).filter(|(_, has_matched)| !has_matched);
    let notes = idle.map(|((origin, glob), _)| {
        format!("{origin}: not-delivered: `{}` matches no object of Argo CD or Flux", glob.text)
    });
    Ok(notes.collect())
}
