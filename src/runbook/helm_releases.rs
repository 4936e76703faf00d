//! Workloads that Helm deploys: it remembers each release with the manifests it had, and asks the cluster
//! for those before it changes anything (helm/helm#7361). A release that remembers v1alpha1 thus fails
//! as soon as no cluster serves it any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{Prose, RunbookBuilder, RunbookWorkload, sync};
use crate::gitops::{DeliveringKind, DeliveringObject};
use crate::k8s::{ObjectKey, labels};

/// What may be done while the old operator runs.
const UNINSTALL_RELEASE: &str = ": if it is to be installed again in step 9, run `helm \
    uninstall` on it here, instead of deleting its resources one by one. That also deletes \
    everything else in the chart, volumes with savepoints included: read `helm get manifest` \
    first.";

/// Why its next upgrade fails, and what helps.
const REWRITE_RELEASE: &str = ": its stored manifest has `v1alpha1`, so every upgrade of it \
    fails, by Flux too. Before it resumes, rewrite the stored manifest with the plugin `helm \
    mapkubeapis`, whose mapping file must map `FlinkDeployment` from `flink.apache.org/v1alpha1` \
    to `flink.apache.org/v1beta1`; or uninstall it in step 7 and install it again here.";

/// What Helm says where nothing showed beforehand that it deploys a workload.
pub(crate) const HELM_UPGRADE_FAILS: &str = "Helm, or Flux through it, reports `unable to build \
    kubernetes objects from current release manifest` and `no matches for kind \
    \"FlinkDeployment\" in version \"flink.apache.org/v1alpha1\"`: the stored manifest of the \
    release has the old version. Rewrite it with the plugin `helm mapkubeapis` and a mapping of \
    your own, from `flink.apache.org/v1alpha1` to `flink.apache.org/v1beta1`, and upgrade again.";

impl RunbookBuilder<'_> {
    /// The releases that deploy workloads, with the keys of those: as labels on the cluster say, or a
    /// `HelmRelease` that holds them.
    fn helm_releases(&self) -> BTreeMap<ObjectKey, BTreeSet<String>> {
        let mut releases: BTreeMap<ObjectKey, BTreeSet<String>> = BTreeMap::new();
        for live in self.input.cluster.iter().flatten() {
            let label = |key: &str| live.owner_labels.get(key).filter(|value| !value.is_empty());
            let Some(name) = label(labels::HELM_RELEASE) else { continue };
            let namespace = label(labels::HELM_RELEASE_NS).or(live.key.namespace.as_deref());
            // The label names the namespace of the chart; Flux may keep the release elsewhere.
            let of_flux = self.owners.iter().map(|owner| &owner.object).find(|object| {
                object.release.as_deref() == Some(name)
                    && object.destination.as_deref() == namespace
            });
            let namespace = of_flux.map_or(namespace, |object| object.storage.as_deref());
            let release =
                ObjectKey { namespace: namespace.map(String::from), name: name.to_string() };
            releases.entry(release).or_default().insert(live.key.to_string());
        }
        for object in self.helm_release_objects(true) {
            // One that only the cluster names does not say what Helm calls its release.
            if let Some(name) = object.release.clone() {
                let release = ObjectKey { namespace: object.storage.clone(), name };
                releases.entry(release).or_default();
            }
        }
        releases
    }

    fn helm_release_objects(&self, is_certain: bool) -> impl Iterator<Item = &DeliveringObject> {
        let owners = self.workload_owners().filter(move |owner| owner.is_certain == is_certain);
        let objects = owners.map(|owner| &owner.object);
        objects.filter(|object| object.kind == DeliveringKind::HelmRelease)
    }

    /// What a person does about them before anything deploys them anew.
    pub(crate) fn release_instruction(&self) -> Option<Prose> {
        let releases = self.helm_releases();
        let names = Prose::names(releases.keys().map(|release| &release.name));
        let instruction = Prose::from("Check that Helm no longer stores `v1alpha1`: ");
        let instruction = instruction.then(names).then(
            " was uninstalled in step 7, or its stored manifest was rewritten as described above.",
        );
        (!releases.is_empty()).then_some(instruction)
    }

    /// What is to be known of them before step 7, and done in step 9.
    pub(crate) fn helm_release_notes(&self, in_deletion: bool) -> Vec<Prose> {
        let releases = self.helm_releases();
        let notes = releases.iter().map(|(ObjectKey { namespace, name }, workloads)| {
            let mut note = Prose::format("Helm's release {}", &[name]);
            if let Some(namespace) = namespace {
                note = note.then(Prose::format(" in namespace {}", &[namespace]));
            }
            if !workloads.is_empty() {
                note = note.then(", which deploys ").then(Prose::names(workloads));
            }
            note.then(if in_deletion { UNINSTALL_RELEASE } else { REWRITE_RELEASE })
        });
        let mut notes: Vec<Prose> = notes.collect();
        if in_deletion {
            return notes;
        }
        let mut probable = self.helm_release_objects(false).map(|it| &it.key.name).peekable();
        if probable.peek().is_some() {
            notes.push(Prose::from("HelmRelease ").then(Prose::names(probable)).then(
                ": if `helm get manifest` shows one of the workloads, see below for the error at \
                 its next upgrade.",
            ));
        }
        // Argo CD renders charts itself and leaves no release.
        let has_argo = self.workload_owners().any(|owner| sync::is_argo(&owner.object));
        let rendered = self.preview_workloads().filter(|workload| workload.manifest.is_rendered);
        let mut rendered = rendered.map(RunbookWorkload::key).peekable();
        if releases.is_empty() && !has_argo && rendered.peek().is_some() {
            notes.push(Prose::names(rendered).then(
                ": rendered from a chart. If Helm itself deploys it, so that `helm list --all-namespaces` \
                 lists its release, see below for the error at its next upgrade.",
            ));
        }
        notes
    }
}
