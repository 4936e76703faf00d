//! Workloads that Helm deploys: it remembers each release with the manifests it had, and asks the cluster
//! for those before it changes anything (helm/helm#7361). A release that remembers v1alpha1 thus fails
//! as soon as no cluster serves it any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{ChecklistItem, Prose, RunbookBuilder};
use crate::gitops::{DeliveringKind, DeliveringObject};
use crate::k8s::{ObjectKey, labels};

impl RunbookBuilder<'_> {
    /// The releases that deploy workloads, with the keys of those: as the marks on the cluster say it,
    /// or a `HelmRelease` that holds them.
    fn helm_releases(&self) -> BTreeMap<ObjectKey, BTreeSet<String>> {
        let mut found: BTreeMap<ObjectKey, BTreeSet<String>> = BTreeMap::new();
        for resource in self.input.cluster.iter().flatten() {
            let mark = |key: &str| resource.owner_labels.get(key).filter(|value| !value.is_empty());
            if let Some(name) = mark(labels::HELM_RELEASE) {
                let namespace = mark(labels::HELM_RELEASE_NS).map(String::from);
                let namespace = namespace.or_else(|| resource.key.namespace.clone());
                // The mark names the namespace of the chart; Flux may keep the release elsewhere.
                let of_flux = self.owners.iter().map(|owner| &owner.object).find(|object| {
                    object.release.as_deref() == Some(name) && object.destination == namespace
                });
                let namespace = of_flux.map_or(namespace, |object| object.storage.clone());
                let release = ObjectKey { namespace, name: name.to_string() };
                found.entry(release).or_default().insert(resource.key.to_string());
            }
        }
        for object in self.helm_release_objects(true) {
            // One that only the cluster spoke of does not say what Helm calls its release.
            if let Some(name) = &object.release {
                let release = ObjectKey { namespace: object.storage.clone(), name: name.clone() };
                found.entry(release).or_default();
            }
        }
        found
    }

    fn helm_release_objects(&self, is_certain: bool) -> impl Iterator<Item = &DeliveringObject> {
        let owners = self.workload_owners();
        let owners = owners.filter(move |owner| owner.is_certain == is_certain);
        let delivering_objects = owners.map(|owner| &owner.object);
        delivering_objects.filter(|object| object.kind == DeliveringKind::HelmRelease)
    }

    /// What a person does about them before anything deploys them anew.
    pub(crate) fn rewrite_releases_item(&self) -> Option<ChecklistItem> {
        let releases = self.helm_releases();
        let names = Prose::list(releases.keys().map(|release| release.name.as_str()));
        (!releases.is_empty()).then(|| {
            ChecklistItem::Manual(
                Prose::from("See that Helm no longer remembers `v1alpha1`: ").and(names).then(
                    " was uninstalled in step 7, or what it remembers is rewritten, as said above.",
                ),
            )
        })
    }

    /// What is to be known of them before step 7, and done in step 9.
    pub(crate) fn helm_release_notes(&self, in_deletion: bool) -> Vec<Prose> {
        let mut notes = Vec::new();
        let releases = self.helm_releases();
        for (ObjectKey { namespace, name }, keys) in &releases {
            let mut who = Prose::of("Helm's release {}", &[name]);
            if let Some(namespace) = namespace {
                who = who.and(Prose::of(" in namespace {}", &[namespace]));
            }
            if !keys.is_empty() {
                let keys = Prose::list(keys.iter().map(String::as_str));
                who = who.then(", which deploys ").and(keys);
            }
            notes.push(who.then(if in_deletion { UNINSTALL_RELEASE } else { REWRITE_RELEASE }));
        }
        let is_argo = self.workload_owners().any(|owner| {
            matches!(
                owner.object.kind,
                DeliveringKind::Application | DeliveringKind::ApplicationSet
            )
        });
        let rendered: Vec<String> = self
            .preview_workloads()
            .filter(|workload| workload.manifest.summary.is_rendered)
            .map(super::RunbookWorkload::key)
            .collect();
        let probable: Vec<&str> =
            self.helm_release_objects(false).map(|object| object.key.name.as_str()).collect();
        if !probable.is_empty() && !in_deletion {
            notes.push(Prose::from("HelmRelease ").and(Prose::list(probable)).then(
                ": if `helm get manifest` shows one of the workloads, see below what Helm says at its next \
                 upgrade.",
            ));
        }
        // Argo CD renders charts itself and leaves no release.
        if releases.is_empty() && !is_argo && !rendered.is_empty() && !in_deletion {
            let keys = Prose::list(rendered.iter().map(String::as_str));
            notes.push(keys.then(
                ": rendered from a chart. If Helm itself deploys it, so that `helm list --all-namespaces` \
                 has its release, see below what Helm says then.",
            ));
        }
        notes
    }
}

/// What may be done while the old operator runs.
const UNINSTALL_RELEASE: &str = ": if it is to be installed anew in step 9, run `helm uninstall` on it here, in the \
    place of deleting its resources one by one. That deletes everything else in the chart too, volumes \
    with savepoints included: look at `helm get manifest` first.";

/// Why its next upgrade fails, and what helps.
const REWRITE_RELEASE: &str = ": it remembers `v1alpha1`, so every upgrade of it fails, that of Flux too. Before it \
    goes on, rewrite what it remembers with the plugin `helm mapkubeapis`, whose file of mappings has to \
    map `FlinkDeployment` from `flink.apache.org/v1alpha1` to `flink.apache.org/v1beta1`; or uninstall it \
    in step 7 and install it anew here.";

/// What Helm says where nothing told beforehand that it deploys a workload.
pub(crate) const HELM_UPGRADE_FAILS: &str = "Helm, or Flux by it, says `unable to build kubernetes objects from current release \
    manifest` and `no matches for kind \"FlinkDeployment\" in version \"flink.apache.org/v1alpha1\"`: the \
    release remembers the old version. Rewrite that with the plugin `helm mapkubeapis` and a mapping of \
    your own, from `flink.apache.org/v1alpha1` to `flink.apache.org/v1beta1`, and upgrade again.";
