//! The new operator where Git installs it: its object has to say the new release before it acts again,
//! and whoever brings it that may be paused for the sake of the workloads.

use super::operator::By;
use super::resuming::{giving, looking, resume_all, resuming, syncing_once};
use super::{Holder, Item, Prose, Reason, Scene};
use crate::gitops::{DeliveringKind, DeliveringObject, Syncing};

impl Scene<'_> {
    /// What is to be merged for the new operator, where Git installs it.
    pub(crate) fn new_operator_in_git(&self) -> Option<Item> {
        let (By::Flux(holder) | By::Argo(holder)) = self.operator().by else { return None };
        let what = self.what_to_merge(&holder.keeper);
        if !self.given_by_hand() {
            return Some(Item::Person(what.then("Nothing acts upon it yet, since all is paused.")));
        }
        let file = self.new_object();
        let is_argo = holder.keeper.kind != DeliveringKind::HelmRelease;
        let without = if is_argo { ", but without its `automated`" } else { "" };
        let what = what
            .then("Nothing gives it to the cluster before step 9. So write that one object as it was merged")
            .then(without)
            .and(Prose::of(
                ", into {}, and nothing else that stands beside it: it is applied from there, once the old \
                 CRD is gone.",
                &[&file],
            ));
        Some(Item::Person(what))
    }

    /// The object that installs the operator, and what it has to say.
    pub(crate) fn what_to_merge(&self, keeper: &DeliveringObject) -> Prose {
        let kind = keeper.kind.name();
        let place = keeper.file.as_ref().map(|file| self.situation.names.display(file));
        let place = place.unwrap_or_default();
        let target = self.target().map_or_else(
            || Prose::from("the new release"),
            |target| Prose::of("release {}", &[&target.to_string()]),
        );
        Prose::of(&format!("In Git, set {kind} {{}} in {{}} to "), &[&keeper.key.name, &place])
            .and(target)
            .then(" of the chart, with its values renamed, and merge that. ")
    }

    /// The new operator, once the old one and its CRD are gone: what is above its object brings that up
    /// to date, and only then the object acts. What syncs by itself would act on the old one.
    pub(crate) fn new_operator_comes(&self) -> Vec<Item> {
        let operator = self.operator();
        let (By::Flux(own) | By::Argo(own)) = operator.by else {
            return self.installation(&operator);
        };
        let mut items = Vec::new();
        for keeper in self.above_operator().map(|holder| &holder.keeper) {
            items.extend(looking(keeper).map(Item::Run));
            match syncing_once(keeper) {
                Some(sync) => items.push(Item::Run(sync)),
                None => items.extend(resuming(keeper).into_iter().map(Item::Run)),
            }
        }
        if self.given_by_hand() {
            items.push(Item::Run(giving(&own.keeper, &self.new_object())));
        }
        if !self.goes_on_with_operator(own) {
            return items;
        }
        items.extend(looking(&own.keeper).map(Item::Run));
        match syncing_once(&own.keeper) {
            Some(sync) => items.push(Item::Run(sync)),
            None => items.extend(resume_all(std::iter::once(own))),
        }
        items
    }

    /// What was synced once goes on by itself, if it did before.
    pub(crate) fn goes_on_by_itself(&self) -> Vec<Item> {
        let holders = self.holders.iter().filter(|holder| {
            let is_automated = matches!(holder.keeper.syncing, Syncing::Automated { .. });
            holder.keeper.kind == DeliveringKind::Application
                && is_automated
                && self.goes_on_with_operator(holder)
        });
        holders.flat_map(|holder| resuming(&holder.keeper)).map(Item::Run).collect()
    }

    /// True if nothing that may act in step 8 applies the object that installs the operator: nothing in
    /// the tree does, or what does holds workloads too and stays paused.
    pub(crate) fn given_by_hand(&self) -> bool {
        self.operator().by != By::Helm && self.above_operator().next().is_none()
    }

    /// The file from which that object is given then.
    pub(crate) fn new_object(&self) -> String {
        self.file("new-operator.yaml")
    }

    /// What applies the object that installs the operator, and no workloads.
    fn above_operator(&self) -> impl Iterator<Item = &Holder> {
        self.holders.iter().filter(|holder| {
            holder.has_operator && holder.reason != Reason::Operator && !holder.has_workloads
        })
    }

    /// True if the holder goes on in the step that brings the new operator; any other one waits until
    /// the conversion is merged.
    pub(crate) fn goes_on_with_operator(&self, holder: &Holder) -> bool {
        let is_its_own = match self.operator().by {
            By::Helm => false,
            By::Flux(own) | By::Argo(own) => own.keeper == holder.keeper,
        };
        let is_above = holder.has_operator && holder.reason != Reason::Operator;
        (is_its_own || is_above) && !holder.has_workloads
    }
}
