//! The new operator where Git installs it: its object has to say the new release before it acts again,
//! and whoever brings it that may be paused for the sake of the workloads.

use super::operator::Installer;
use super::resume::{
    apply_command, fetch_command, resume_commands, resume_owners, sync_once_command,
};
use super::{ChecklistItem, GitOpsOwner, OwnershipReason, Prose, RunbookBuilder};
use crate::gitops::{DeliveringKind, DeliveringObject, Syncing};

impl RunbookBuilder<'_> {
    /// What is to be merged for the new operator, where Git installs it.
    pub(crate) fn operator_object_in_git(&self) -> Option<ChecklistItem> {
        let (Installer::Flux(owner) | Installer::Argo(owner)) = self.operator().by else {
            return None;
        };
        let what = self.operator_change_to_merge(&owner.object);
        if !self.applies_operator_by_hand() {
            return Some(ChecklistItem::Manual(
                what.then("Nothing acts upon it yet, since all is paused."),
            ));
        }
        let file = self.operator_object_file();
        let is_argo = owner.object.kind != DeliveringKind::HelmRelease;
        let without = if is_argo { ", but without its `automated`" } else { "" };
        let what = what
            .then("Nothing gives it to the cluster before step 9. So write that one object as it was merged")
            .then(without)
            .and(Prose::of(
                ", into {}, and nothing else that stands beside it: it is applied from there, once the old \
                 CRD is gone.",
                &[&file],
            ));
        Some(ChecklistItem::Manual(what))
    }

    /// The object that installs the operator, and what it has to say.
    pub(crate) fn operator_change_to_merge(&self, object: &DeliveringObject) -> Prose {
        let kind = object.kind.name();
        let place = object.file.as_ref().map(|file| self.input.names.display(file));
        let place = place.unwrap_or_default();
        let target = self.target().map_or_else(
            || Prose::from("the new release"),
            |target| Prose::of("release {}", &[&target.to_string()]),
        );
        Prose::of(&format!("In Git, set {kind} {{}} in {{}} to "), &[&object.key.name, &place])
            .and(target)
            .then(" of the chart, with its values renamed, and merge that. ")
    }

    /// The new operator, once the old one and its CRD are gone: what is above its object brings that up
    /// to date, and only then the object acts. What syncs by itself would act on the old one.
    pub(crate) fn start_new_operator(&self) -> Vec<ChecklistItem> {
        let operator = self.operator();
        let (Installer::Flux(own) | Installer::Argo(own)) = operator.by else {
            return self.install_chart(&operator);
        };
        let mut items = Vec::new();
        for object in self.operator_parents().map(|owner| &owner.object) {
            items.extend(fetch_command(object).map(ChecklistItem::Run));
            match sync_once_command(object) {
                Some(sync) => items.push(ChecklistItem::Run(sync)),
                None => items.extend(resume_commands(object).into_iter().map(ChecklistItem::Run)),
            }
        }
        if self.applies_operator_by_hand() {
            items
                .push(ChecklistItem::Run(apply_command(&own.object, &self.operator_object_file())));
        }
        if !self.resumes_with_operator(own) {
            return items;
        }
        items.extend(fetch_command(&own.object).map(ChecklistItem::Run));
        match sync_once_command(&own.object) {
            Some(sync) => items.push(ChecklistItem::Run(sync)),
            None => items.extend(resume_owners(std::iter::once(own))),
        }
        items
    }

    /// What was synced once goes on by itself, if it did before.
    pub(crate) fn restore_automated_sync(&self) -> Vec<ChecklistItem> {
        let owners = self.owners.iter().filter(|owner| {
            let is_automated = matches!(owner.object.syncing, Syncing::Automated { .. });
            owner.object.kind == DeliveringKind::Application
                && is_automated
                && self.resumes_with_operator(owner)
        });
        owners.flat_map(|owner| resume_commands(&owner.object)).map(ChecklistItem::Run).collect()
    }

    /// True if nothing that may act in step 8 applies the object that installs the operator: nothing in
    /// the tree does, or what does holds workloads too and stays paused.
    pub(crate) fn applies_operator_by_hand(&self) -> bool {
        self.operator().by != Installer::Helm && self.operator_parents().next().is_none()
    }

    /// The file from which that object is given then.
    pub(crate) fn operator_object_file(&self) -> String {
        self.window_file("new-operator.yaml")
    }

    /// What applies the object that installs the operator, and no workloads.
    fn operator_parents(&self) -> impl Iterator<Item = &GitOpsOwner> {
        self.owners.iter().filter(|owner| {
            owner.has_operator && owner.reason != OwnershipReason::Operator && !owner.has_workloads
        })
    }

    /// True if the holder goes on in the step that brings the new operator; any other one waits until
    /// the conversion is merged.
    pub(crate) fn resumes_with_operator(&self, owner: &GitOpsOwner) -> bool {
        let is_its_own = match self.operator().by {
            Installer::Helm => false,
            Installer::Flux(own) | Installer::Argo(own) => own.object == owner.object,
        };
        let is_above = owner.has_operator && owner.reason != OwnershipReason::Operator;
        (is_its_own || is_above) && !owner.has_workloads
    }
}
