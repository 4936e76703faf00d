//! Where a delivery asks for the version of what it patches.

use std::collections::BTreeSet;

use super::root_edits::RootEdits;
use crate::flink::names::STABLE;
use crate::flink::prefilter::names_preview;
use crate::kustomize::{KustomizationSpec, Patch, PatchBody, PatchSelector, selects_preview_alone};
use crate::path::RepoPath;

impl RootEdits {
    /// Its patches with a selector of the preview version alone.
    pub(crate) fn preview_patches(&self) -> impl Iterator<Item = &Patch> {
        let listed = self.fields.patches.iter().chain(&self.fields.patches_json6902);
        listed.filter(|patch| patch.target.as_ref().is_some_and(asks_for_preview))
    }

    /// True if it has a patch of its own at the preview version, which kustomize matches by that version.
    pub(crate) fn has_preview_patch(&self) -> bool {
        let listed = self.fields.patches.iter().filter(|patch| patch.target.is_none());
        let inline = listed.filter_map(|patch| match &patch.body {
            Some(PatchBody::Inline(inline)) => Some(inline),
            _ => None,
        });
        let mut inline = inline.chain(&self.fields.patches_strategic_merge);
        inline.any(|inline| names_preview(inline.text.as_bytes()))
    }

    /// The same with the stable version in the selectors of these files.
    pub(crate) fn converted(&self, changed: &BTreeSet<RepoPath>) -> RootEdits {
        let mut edits = self.clone();
        let KustomizationSpec { patches, patches_json6902, .. } = &mut edits.fields;
        for patch in patches.iter_mut().chain(patches_json6902) {
            let target = patch.target.as_mut().filter(|target| asks_for_preview(target));
            if let Some(target) = target.filter(|_| changed.contains(&patch.place.file)) {
                target.version = STABLE.to_string();
            }
        }
        edits
    }
}

/// True for a selector of the preview version alone.
fn asks_for_preview(target: &PatchSelector) -> bool {
    selects_preview_alone(&target.version)
}
