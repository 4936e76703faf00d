//! Pausing what keeps the cluster as Git says, and letting it go on as it did.

use super::command::{CommandCheck, ExpectedOutput, ShellCommand, kubectl};
use super::resume::{manual_sync_items, refresh_commands};
use super::{Alternative, ChecklistItem, GitOpsOwner, Prose, RunbookBuilder, RunbookStep, step};
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::gitops::{DeliveringKind, DeliveringObject, Syncing};
use crate::k8s::labels;

/// Where Argo CD keeps its objects, unless they say otherwise.
const ARGO_NAMESPACE: &str = "argocd";
/// Where Flux keeps its objects, unless they say otherwise.
pub(crate) const FLUX_NAMESPACE: &str = "flux-system";

impl RunbookBuilder<'_> {
    pub(crate) fn pause_step(&self) -> RunbookStep {
        let mut items = Vec::new();
        if self.has_argo() {
            items.push(ChecklistItem::Run(ShellCommand::new("argocd", ["context"])));
        }
        items.extend(self.pause_owners());
        let delivering_objects = self.owners.iter().map(|owner| &owner.object);
        let alternatives = delivering_objects.filter_map(kubectl_pause).collect();
        if self.workload_owners().next().is_none() {
            items.push(ChecklistItem::Run(kubectl([
                "get",
                DEPLOYMENTS_CRD,
                "--all-namespaces",
                &ownership_columns(),
            ])));
            items.push(ChecklistItem::Manual(
                "Pause whatever applies these resources: an Argo CD `Application` (its sync policy), a Flux \
                 `Kustomization` or `HelmRelease` (`flux suspend`), a pipeline. If people apply them by \
                 hand, agree that nobody does until step 9."
                    .into(),
            ));
        }
        let mut step = step(
            "Pause whatever would create them again",
            "What is deleted in step 7 would be created again at once from Git, and operator 0.1.0 would \
             start it empty. The same goes for the operator itself, which would come back with the old \
             CRD.",
            items,
        );
        step.alternatives = alternatives;
        if self.owners.iter().any(|owner| !owner.is_certain) {
            step.notes.push(
                "Some of these only probably hold the workloads. To pause one too many costs nothing; to \
                 leave one out can cost the state of a job."
                    .into(),
            );
        }
        let by_hand: Vec<&str> = self
            .owners
            .iter()
            .filter(|owner| owner.object.syncing == Syncing::ByHand)
            .map(|owner| owner.object.key.name.as_str())
            .collect();
        if !by_hand.is_empty() {
            step.notes.push(
                Prose::list(by_hand).then(": synced by hand. Nobody may do that until step 9."),
            );
        }
        step.notes.extend(self.unmanaged_operator_note());
        step.troubleshooting.push(
            "A paused application syncs again: something above it puts its settings back, such as an \
             `ApplicationSet`, an app of apps or a Flux `Kustomization`. Pause that first."
                .into(),
        );
        step
    }

    /// True if Argo CD holds something.
    pub(crate) fn has_argo(&self) -> bool {
        let argo = [DeliveringKind::Application, DeliveringKind::ApplicationSet];
        self.owners.iter().any(|owner| argo.contains(&owner.object.kind))
    }

    /// Every holder is paused, and seen to be.
    pub(crate) fn pause_owners(&self) -> Vec<ChecklistItem> {
        let delivering_objects = self.owners.iter().map(|owner| &owner.object);
        let paused = delivering_objects.filter_map(pause_command).map(ChecklistItem::Run);
        paused.chain(self.paused_checks()).collect()
    }

    /// What no object of the tree manages, as far as the tree shows.
    fn unmanaged_operator_note(&self) -> Option<Prose> {
        let is_any_operator = self.owners.iter().any(|owner| owner.has_operator);
        (!is_any_operator).then(|| {
            "Nothing in the tree installs the operator. If a GitOps controller does, pause that too."
                .into()
        })
    }

    /// The pause of every holder still lasts.
    pub(crate) fn paused_checks(&self) -> Vec<ChecklistItem> {
        let delivering_objects = self.owners.iter().map(|owner| &owner.object);
        delivering_objects.flat_map(object_paused_checks).map(ChecklistItem::Check).collect()
    }

    /// Gives what was merged to the cluster, where that does not go by itself: only what certainly
    /// holds the workloads is touched.
    pub(crate) fn sync_owners(&self) -> Vec<ChecklistItem> {
        let certain = || self.workload_owners().filter(|owner| owner.is_certain);
        let looks =
            certain().flat_map(|owner| refresh_commands(&owner.object)).map(ChecklistItem::Run);
        looks.chain(manual_sync_items(certain())).collect()
    }

    pub(crate) fn workload_owners(&self) -> impl Iterator<Item = &GitOpsOwner> {
        self.owners.iter().filter(|owner| owner.has_workloads)
    }
}

/// The columns that show who manages each resource.
fn ownership_columns() -> String {
    let [argo, instance, flux, helm] =
        [labels::ARGO_TRACKING, labels::INSTANCE, labels::FLUX_KUSTOMIZATION, labels::HELM_RELEASE]
            .map(|name| name.replace('.', "\\."));
    format!(
        "--output=custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,\
         ARGO:.metadata.annotations.{argo},INSTANCE:.metadata.labels.{instance},\
         FLUX:.metadata.labels.{flux},HELM:.metadata.annotations.{helm}"
    )
}

/// What `argocd` calls an application.
fn argo_name(object: &DeliveringObject) -> String {
    match object.key.namespace.as_deref() {
        Some(namespace) if namespace != ARGO_NAMESPACE => {
            format!("{namespace}/{}", object.key.name)
        }
        _ => object.key.name.clone(),
    }
}

pub(crate) fn namespace(object: &DeliveringObject) -> String {
    let fallback = match object.kind {
        DeliveringKind::Application | DeliveringKind::ApplicationSet => ARGO_NAMESPACE,
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease => FLUX_NAMESPACE,
    };
    format!("--namespace={}", object.key.namespace.as_deref().unwrap_or(fallback))
}

/// The object for `kubectl`.
fn resource_name(object: &DeliveringObject) -> String {
    format!("{}/{}", object.kind.resource(), object.key.name)
}

/// What `flux` calls the kind.
fn flux_kind(object: &DeliveringObject) -> &'static str {
    if object.kind == DeliveringKind::HelmRelease { "helmrelease" } else { "kustomization" }
}

pub(crate) fn argocd(words: &[&str], object: &DeliveringObject) -> ShellCommand {
    let name = argo_name(object);
    // The name comes last and behind two dashes, where none of its letters can be an option.
    let guard = name.starts_with('-').then_some("--");
    let args = words.iter().copied().chain(guard).chain([name.as_str()]);
    ShellCommand::new("argocd", args)
}

pub(crate) fn flux(words: &[&str], object: &DeliveringObject) -> ShellCommand {
    let guard = object.key.name.starts_with('-').then_some("--");
    let namespace = namespace(object);
    let args = words.iter().copied().chain([namespace.as_str()]).chain(guard);
    ShellCommand::new("flux", args.chain([object.key.name.as_str()]))
}

pub(crate) fn patch(object: &DeliveringObject, patch: &str) -> ShellCommand {
    kubectl([
        "patch".to_string(),
        resource_name(object),
        namespace(object),
        "--type=merge".to_string(),
        format!("--patch={patch}"),
    ])
}

const NOT_AUTOMATED: &str = r#"{"spec":{"syncPolicy":{"automated":null}}}"#;
const TEMPLATE_NOT_AUTOMATED: &str =
    r#"{"spec":{"template":{"spec":{"syncPolicy":{"automated":null}}}}}"#;

/// Stops an object from acting. Argo CD's template makes its applications anew, so they stop with it.
fn pause_command(object: &DeliveringObject) -> Option<ShellCommand> {
    let acts = !matches!(object.syncing, Syncing::Suspended | Syncing::ByHand);
    match object.kind {
        DeliveringKind::Application if acts => {
            Some(argocd(&["app", "set", "--sync-policy=none"], object))
        }
        DeliveringKind::ApplicationSet if acts => Some(patch(object, TEMPLATE_NOT_AUTOMATED)),
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease if acts => {
            Some(flux(&["suspend", flux_kind(object)], object))
        }
        _ => None,
    }
}

fn kubectl_pause(object: &DeliveringObject) -> Option<Alternative> {
    let command = match object.kind {
        DeliveringKind::Application => patch(object, NOT_AUTOMATED),
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease => {
            patch(object, r#"{"spec":{"suspend":true}}"#)
        }
        DeliveringKind::ApplicationSet => return None,
    };
    pause_command(object)?;
    let program = if object.kind == DeliveringKind::Application { "argocd" } else { "flux" };
    let when = Prose::of("Without the program {}, for {}:", &[program, &object.key.name]);
    Some(Alternative { when, commands: vec![command] })
}

/// How one sees that the object does not act, nor what it has made.
fn object_paused_checks(object: &DeliveringObject) -> Vec<CommandCheck> {
    let kind = object.kind.name();
    let what = Prose::of(&format!("{kind} {{}} does not sync by itself"), &[&object.key.name]);
    let field = |resource: String, field: String| {
        kubectl([
            "get".to_string(),
            resource,
            namespace(object),
            format!("--output=jsonpath={field}"),
        ])
    };
    match object.kind {
        DeliveringKind::Application => {
            vec![CommandCheck::new(
                what,
                argocd(&["app", "get"], object),
                ExpectedOutput::Excludes("Automated".into()),
            )]
        }
        DeliveringKind::ApplicationSet => {
            let template =
                field(resource_name(object), "{.spec.template.spec.syncPolicy.automated}".into());
            let made = DeliveringKind::Application.resource().to_string();
            let made = field(
                made,
                format!(
                    "{{range {}}}{{.spec.syncPolicy.automated}}{{end}}",
                    applications_of_set(object)
                ),
            );
            let of_made =
                Prose::of("no application that {} made syncs by itself", &[&object.key.name]);
            vec![
                CommandCheck::new(what, template, ExpectedOutput::Nothing),
                CommandCheck::new(of_made, made, ExpectedOutput::Nothing).waiting(),
            ]
        }
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease => {
            let suspend = field(resource_name(object), "{.spec.suspend}".into());
            vec![CommandCheck::new(what, suspend, ExpectedOutput::Exactly("true".into()))]
        }
    }
}

/// The applications that the set owns; all of them where its name is none that could stand in a filter.
pub(crate) fn applications_of_set(object: &DeliveringObject) -> String {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    if object.key.name.bytes().all(is_plain) {
        format!(".items[?(@.metadata.ownerReferences[0].name==\"{}\")]", object.key.name)
    } else {
        ".items[*]".to_string()
    }
}
