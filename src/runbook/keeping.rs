//! Pausing what keeps the cluster as Git says, and letting it go on as it did.

use super::command::{Check, Command, Expect, kubectl};
use super::resuming::{by_hand_of, refreshing};
use super::{Holder, Instead, Item, Prose, Scene, Step, step};
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::gitops::{DeliveringKind, DeliveringObject, Syncing};
use crate::k8s::labels;

/// Where Argo CD keeps its objects, unless they say otherwise.
const ARGO_NAMESPACE: &str = "argocd";
/// Where Flux keeps its objects, unless they say otherwise.
pub(crate) const FLUX_NAMESPACE: &str = "flux-system";

impl Scene<'_> {
    pub(crate) fn pause(&self) -> Step {
        let mut items = Vec::new();
        if self.has_argo() {
            items.push(Item::Run(Command::new("argocd", ["context"])));
        }
        items.extend(self.pause_all());
        let delivering_objects = self.holders.iter().map(|holder| &holder.keeper);
        let instead = delivering_objects.filter_map(pausing_by_kubectl).collect();
        if self.held_for_workloads().next().is_none() {
            items.push(Item::Run(kubectl([
                "get",
                DEPLOYMENTS_CRD,
                "--all-namespaces",
                &managers(),
            ])));
            items.push(Item::Person(
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
        step.instead = instead;
        if self.holders.iter().any(|holder| !holder.is_certain) {
            step.notes.push(
                "Some of these only probably hold the workloads. To pause one too many costs nothing; to \
                 leave one out can cost the state of a job."
                    .into(),
            );
        }
        let by_hand: Vec<&str> = self
            .holders
            .iter()
            .filter(|holder| holder.keeper.syncing == Syncing::ByHand)
            .map(|holder| holder.keeper.key.name.as_str())
            .collect();
        if !by_hand.is_empty() {
            step.notes.push(
                Prose::list(by_hand).then(": synced by hand. Nobody may do that until step 9."),
            );
        }
        step.notes.extend(self.unseen_managers());
        step.wrong.push(
            "A paused application syncs again: something above it puts its settings back, such as an \
             `ApplicationSet`, an app of apps or a Flux `Kustomization`. Pause that first."
                .into(),
        );
        step
    }

    /// True if Argo CD holds something.
    pub(crate) fn has_argo(&self) -> bool {
        let argo = [DeliveringKind::Application, DeliveringKind::ApplicationSet];
        self.holders.iter().any(|holder| argo.contains(&holder.keeper.kind))
    }

    /// Every holder is paused, and seen to be.
    pub(crate) fn pause_all(&self) -> Vec<Item> {
        let delivering_objects = self.holders.iter().map(|holder| &holder.keeper);
        let paused = delivering_objects.filter_map(pausing).map(Item::Run);
        paused.chain(self.are_paused()).collect()
    }

    /// What no object of the tree manages, as far as the tree shows.
    fn unseen_managers(&self) -> Option<Prose> {
        let is_any_operator = self.holders.iter().any(|holder| holder.has_operator);
        (!is_any_operator).then(|| {
            "Nothing in the tree installs the operator. If a GitOps controller does, pause that too."
                .into()
        })
    }

    /// The pause of every holder still lasts.
    pub(crate) fn are_paused(&self) -> Vec<Item> {
        let delivering_objects = self.holders.iter().map(|holder| &holder.keeper);
        delivering_objects.flat_map(are_paused).map(Item::See).collect()
    }

    /// Gives what was merged to the cluster, where that does not go by itself: only what certainly
    /// holds the workloads is touched.
    pub(crate) fn sync(&self) -> Vec<Item> {
        let certain = || self.held_for_workloads().filter(|holder| holder.is_certain);
        let looks = certain().flat_map(|holder| refreshing(&holder.keeper)).map(Item::Run);
        looks.chain(by_hand_of(certain())).collect()
    }

    pub(crate) fn held_for_workloads(&self) -> impl Iterator<Item = &Holder> {
        self.holders.iter().filter(|holder| holder.has_workloads)
    }
}

/// The columns that show who manages each resource.
fn managers() -> String {
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
fn argo_name(keeper: &DeliveringObject) -> String {
    match keeper.key.namespace.as_deref() {
        Some(namespace) if namespace != ARGO_NAMESPACE => {
            format!("{namespace}/{}", keeper.key.name)
        }
        _ => keeper.key.name.clone(),
    }
}

pub(crate) fn namespace(keeper: &DeliveringObject) -> String {
    let fallback = match keeper.kind {
        DeliveringKind::Application | DeliveringKind::ApplicationSet => ARGO_NAMESPACE,
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease => FLUX_NAMESPACE,
    };
    format!("--namespace={}", keeper.key.namespace.as_deref().unwrap_or(fallback))
}

/// The object for `kubectl`.
fn object(keeper: &DeliveringObject) -> String {
    format!("{}/{}", keeper.kind.resource(), keeper.key.name)
}

/// What `flux` calls the kind.
fn flux_kind(keeper: &DeliveringObject) -> &'static str {
    if keeper.kind == DeliveringKind::HelmRelease { "helmrelease" } else { "kustomization" }
}

pub(crate) fn argocd(words: &[&str], keeper: &DeliveringObject) -> Command {
    let name = argo_name(keeper);
    // The name comes last and behind two dashes, where none of its letters can be an option.
    let guard = name.starts_with('-').then_some("--");
    let args = words.iter().copied().chain(guard).chain([name.as_str()]);
    Command::new("argocd", args)
}

pub(crate) fn flux(words: &[&str], keeper: &DeliveringObject) -> Command {
    let guard = keeper.key.name.starts_with('-').then_some("--");
    let namespace = namespace(keeper);
    let args = words.iter().copied().chain([namespace.as_str()]).chain(guard);
    Command::new("flux", args.chain([keeper.key.name.as_str()]))
}

pub(crate) fn patch(keeper: &DeliveringObject, patch: &str) -> Command {
    kubectl([
        "patch".to_string(),
        object(keeper),
        namespace(keeper),
        "--type=merge".to_string(),
        format!("--patch={patch}"),
    ])
}

const NOT_AUTOMATED: &str = r#"{"spec":{"syncPolicy":{"automated":null}}}"#;
const MAKES_NOT_AUTOMATED: &str =
    r#"{"spec":{"template":{"spec":{"syncPolicy":{"automated":null}}}}}"#;

/// Stops an object from acting. Argo CD's template makes its applications anew, so they stop with it.
fn pausing(keeper: &DeliveringObject) -> Option<Command> {
    let acts = !matches!(keeper.syncing, Syncing::Suspended | Syncing::ByHand);
    match keeper.kind {
        DeliveringKind::Application if acts => {
            Some(argocd(&["app", "set", "--sync-policy=none"], keeper))
        }
        DeliveringKind::ApplicationSet if acts => Some(patch(keeper, MAKES_NOT_AUTOMATED)),
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease if acts => {
            Some(flux(&["suspend", flux_kind(keeper)], keeper))
        }
        _ => None,
    }
}

fn pausing_by_kubectl(keeper: &DeliveringObject) -> Option<Instead> {
    let command = match keeper.kind {
        DeliveringKind::Application => patch(keeper, NOT_AUTOMATED),
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease => {
            patch(keeper, r#"{"spec":{"suspend":true}}"#)
        }
        DeliveringKind::ApplicationSet => return None,
    };
    pausing(keeper)?;
    let program = if keeper.kind == DeliveringKind::Application { "argocd" } else { "flux" };
    let when = Prose::of("Without the program {}, for {}:", &[program, &keeper.key.name]);
    Some(Instead { when, commands: vec![command] })
}

/// How one sees that the object does not act, nor what it has made.
fn are_paused(keeper: &DeliveringObject) -> Vec<Check> {
    let kind = keeper.kind.name();
    let what = Prose::of(&format!("{kind} {{}} does not sync by itself"), &[&keeper.key.name]);
    let field = |object: String, field: String| {
        kubectl([
            "get".to_string(),
            object,
            namespace(keeper),
            format!("--output=jsonpath={field}"),
        ])
    };
    match keeper.kind {
        DeliveringKind::Application => {
            vec![Check::new(
                what,
                argocd(&["app", "get"], keeper),
                Expect::Lacks("Automated".into()),
            )]
        }
        DeliveringKind::ApplicationSet => {
            let template =
                field(object(keeper), "{.spec.template.spec.syncPolicy.automated}".into());
            let made = DeliveringKind::Application.resource().to_string();
            let made = field(
                made,
                format!("{{range {}}}{{.spec.syncPolicy.automated}}{{end}}", made_by(keeper)),
            );
            let of_made =
                Prose::of("no application that {} made syncs by itself", &[&keeper.key.name]);
            vec![
                Check::new(what, template, Expect::Nothing),
                Check::new(of_made, made, Expect::Nothing).waiting(),
            ]
        }
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease => {
            let suspend = field(object(keeper), "{.spec.suspend}".into());
            vec![Check::new(what, suspend, Expect::Exactly("true".into()))]
        }
    }
}

/// The applications that the set owns; all of them where its name is none that could stand in a filter.
pub(crate) fn made_by(keeper: &DeliveringObject) -> String {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    if keeper.key.name.bytes().all(is_plain) {
        format!(".items[?(@.metadata.ownerReferences[0].name==\"{}\")]", keeper.key.name)
    } else {
        ".items[*]".to_string()
    }
}
