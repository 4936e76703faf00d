//! What kustomize finds by its API version: files that are written together, or not at all.

use super::{BuiltManifest, Project, WorkloadSummary};
use crate::flink::names::ApiVersion;
use crate::flink::workload::Workload;
use crate::path::{RepoPath, WorkloadSource};

/// The files whose versions decide what kustomize makes of one workload.
pub(crate) struct VersionSites<'p> {
    /// At least one; the first is that of its document.
    pub(crate) files: Vec<&'p RepoPath>,
    workload: SiteWorkload<'p>,
}

/// The workload, as far as it is known.
enum SiteWorkload<'p> {
    Built(&'p BuiltManifest),
    Written(&'p WorkloadSummary),
}

impl VersionSites<'_> {
    /// True if the workload is at the preview version.
    pub(crate) fn are_of_preview(&self) -> bool {
        match self.workload {
            SiteWorkload::Written(workload) => workload.version == ApiVersion::Preview,
            SiteWorkload::Built(built) => {
                let is_preview = |workload: &Workload<'_>| workload.version == ApiVersion::Preview;
                built.with_workload(is_preview) == Some(true)
            }
        }
    }

    /// Where the workload is deployed from.
    pub(crate) fn source(&self) -> WorkloadSource<'_> {
        match self.workload {
            SiteWorkload::Written(workload) => workload.source(),
            SiteWorkload::Built(built) => built.source(),
        }
    }
}

impl Project {
    /// The version sites of every workload that something builds.
    pub(crate) fn version_sites(&self) -> Vec<VersionSites<'_>> {
        let built = self.built().iter().map(|built| VersionSites {
            files: built.version_sites.iter().collect(),
            workload: SiteWorkload::Built(built),
        });
        let written = self.workloads.iter().filter(|it| !self.builds.is_patch(&it.file));
        let written = written.filter_map(|it| self.unbuilt_version_sites(it));
        built.chain(written).collect()
    }

    /// Those of a workload of which it is not known what is built: every patch on its way that may name it.
    fn unbuilt_version_sites<'p>(
        &'p self,
        workload: &'p WorkloadSummary,
    ) -> Option<VersionSites<'p>> {
        // Prefixes and suffixes only make a name longer, and kustomize knows each one that it had.
        let may_name = |patch: &WorkloadSummary| {
            patch.kind == workload.kind && patch.key.name.contains(&workload.key.name)
        };
        let patches = self.builds.acting(&workload.file).flat_map(|builder| &builder.patches);
        let patches = patches.filter(|file| self.workloads_in(file).iter().any(may_name));
        let roots = self.builds.roots(&workload.file).map(|root| root.file.folder());
        let deliveries = roots.flat_map(|folder| self.deliveries_of(&folder));
        let by_version = deliveries.flat_map(|(_, delivery)| delivery.root_edits.preview_patches());
        let others: Vec<_> = patches.chain(by_version.map(|patch| &patch.place.file)).collect();
        let files = [&workload.file].into_iter().chain(others.iter().copied()).collect();
        (!others.is_empty())
            .then_some(VersionSites { files, workload: SiteWorkload::Written(workload) })
    }
}
