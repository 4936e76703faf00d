//! Which patch files and kustomizations make a workload what it is.

use super::{Builder, BuiltManifest, FileRole, Project};
use crate::path::RepoPath;

impl Project {
    /// The document of the last patch of its root, in a file that `is_wanted`, that acts on this workload; nothing
    /// if something else applies that file too.
    pub(crate) fn last_patch_of(
        &self,
        built: &BuiltManifest,
        is_wanted: &dyn Fn(&RepoPath) -> bool,
    ) -> Option<(RepoPath, usize)> {
        let root = self.builds.builder(&built.root)?;
        let targeted = root.named_files().filter(|(_, it)| it.role == FileRole::TargetedPatch);
        let patches: Vec<&RepoPath> = targeted.map(|(file, _)| file).chain(&root.patches).collect();
        let acting = |file: &RepoPath| {
            let sources = built.decided.iter().filter_map(|field| field.source.as_ref());
            let own = sources.filter(|source| source.file == *file).map(|source| source.document);
            let is_merged = |document: &usize| matches!(self.workloads_of(file, *document), [one] if one.partial);
            own.filter(is_merged).max()
        };
        let mut wanted = patches.into_iter().rev().filter(|file| is_wanted(file));
        let acting = wanted.find_map(|file| Some((file.clone(), acting(file)?)));
        let is_alone =
            |file: &RepoPath| self.built().iter().filter(|one| one.reads(file)).count() == 1;
        acting.filter(|(file, _)| self.listings(file) == 1 && is_alone(file))
    }

    /// True if the root lists the file of the document itself, or is that file.
    pub(crate) fn lists_itself(&self, built: &BuiltManifest) -> bool {
        let folder = built.root.folder();
        let is_own =
            |written: &String| self.builds.resolve(&folder, written, &self.names) == built.file;
        match self.builds.builder(&built.root) {
            Some(root) => root.kustomization.resources.iter().any(is_own),
            None => built.root == built.file,
        }
    }

    /// The files of the kustomizations that make this workload.
    pub(crate) fn acting(&self, built: &BuiltManifest) -> impl Iterator<Item = &RepoPath> {
        let acting = self.builds.acting_in(&built.root, &built.file).into_iter();
        acting.map(|builder| &builder.kustomization.file)
    }

    /// Where a file of a folder is, links followed.
    pub(crate) fn real_path(&self, file: &RepoPath) -> RepoPath {
        self.builds.resolve(&file.folder(), file.file_name(), &self.names)
    }

    /// How often kustomizations apply this file as a patch.
    pub(crate) fn listings(&self, file: &RepoPath) -> usize {
        let listed = |builder: &Builder| {
            let targeted =
                builder.named_files().filter(|(_, it)| it.role == FileRole::TargetedPatch);
            let patches = builder.patches.iter().chain(targeted.map(|(file, _)| file));
            patches.filter(|it| *it == file).count()
        };
        self.builds.builders().iter().map(listed).sum()
    }
}
