//! Letting what was paused go on as it did: everything sees what was merged before anything acts, and
//! what is above acts before what it applies.

use super::command::{Command, kubectl};
use super::keeping::{FLUX_NAMESPACE, argocd, flux, made_by, namespace, patch};
use super::{Holder, Item, Prose};
use crate::gitops::{DeliveringKind, DeliveringObject, Syncing};
use crate::k8s::ObjectKey;

/// Lets an object look at Git anew, without making anything automatic that is not.
pub(crate) fn refreshing(keeper: &DeliveringObject) -> Vec<Command> {
    match (keeper.kind, keeper.syncing) {
        (DeliveringKind::Application, Syncing::ByHand) => vec![argocd(&["app", "sync"], keeper)],
        (DeliveringKind::Application, _) => vec![argocd(&["app", "get", "--refresh"], keeper)],
        (DeliveringKind::Kustomization, Syncing::Always | Syncing::Unknown) => {
            vec![flux(&["reconcile", "kustomization", "--with-source"], keeper)]
        }
        _ => Vec::new(),
    }
}

/// Lets objects act again as they did before, of which those above stand before those below. First
/// every one sees what was merged, so that none acts on what was there before; then what is above goes
/// on before what it applies, since it brings the settings of what is below.
pub(crate) fn resume_all<'h>(holders: impl Iterator<Item = &'h Holder> + Clone) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let delivering_objects = holders.clone().map(|holder| &holder.keeper);
    let looks = delivering_objects.clone().filter_map(looking).map(Item::Run);
    for command in looks.chain(delivering_objects.flat_map(resuming).map(Item::Run)) {
        // Many read from one source, which is fetched once.
        if !items.contains(&command) {
            items.push(command);
        }
    }
    items.extend(by_hand_of(holders));
    items
}

/// What an `ApplicationSet` has made and nothing syncs by itself is for a person: which applications
/// those are, only the cluster knows.
pub(crate) fn by_hand_of<'h>(holders: impl Iterator<Item = &'h Holder>) -> Vec<Item> {
    let sets = holders.map(|holder| &holder.keeper).filter(|keeper| {
        keeper.kind == DeliveringKind::ApplicationSet && keeper.syncing == Syncing::ByHand
    });
    let mut items = Vec::new();
    for set in sets {
        let names = format!("{{range {}}}{{.metadata.name}}{{\"\\n\"}}{{end}}", made_by(set));
        items.push(Item::Run(kubectl([
            "get".to_string(),
            DeliveringKind::Application.resource().to_string(),
            namespace(set),
            format!("--output=jsonpath={names}"),
        ])));
        items.push(Item::Person(Prose::of(
            "Nothing syncs by itself what ApplicationSet {} has made: sync each of the applications just \
             listed with `argocd app sync`.",
            &[&set.key.name],
        )));
    }
    items
}

/// Lets an object see what was merged, without letting it act.
pub(crate) fn looking(keeper: &DeliveringObject) -> Option<Command> {
    match (keeper.kind, keeper.syncing) {
        (DeliveringKind::Application, _) => Some(argocd(&["app", "get", "--refresh"], keeper)),
        (_, Syncing::Suspended) | (DeliveringKind::ApplicationSet, _) => None,
        (DeliveringKind::Kustomization | DeliveringKind::HelmRelease, _) => {
            let ObjectKey { namespace, name } = keeper.source.as_ref()?;
            let namespace = namespace.as_deref().unwrap_or(FLUX_NAMESPACE);
            let guard = name.starts_with('-').then_some("--");
            let namespace = format!("--namespace={namespace}");
            let words = ["reconcile", "source", "git", &namespace];
            Some(Command::new("flux", words.into_iter().chain(guard).chain([name.as_str()])))
        }
    }
}

/// Makes an application or a release do once what Git says, whether or not it goes on by itself later.
pub(crate) fn syncing_once(keeper: &DeliveringObject) -> Option<Command> {
    match keeper.kind {
        DeliveringKind::Application => Some(argocd(&["app", "sync"], keeper)),
        DeliveringKind::HelmRelease => Some(flux(&["resume", "helmrelease"], keeper)),
        DeliveringKind::ApplicationSet | DeliveringKind::Kustomization => None,
    }
}

/// Gives an object to whoever serves it, from a file that holds nothing else.
pub(crate) fn giving(keeper: &DeliveringObject, file: &str) -> Command {
    match keeper.kind {
        DeliveringKind::Application => {
            Command::new("argocd", ["app", "create", "--upsert", &format!("--file={file}")])
        }
        DeliveringKind::ApplicationSet => {
            Command::new("argocd", ["appset", "create", "--upsert", file])
        }
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease => {
            kubectl(["apply".to_string(), format!("--filename={file}")])
        }
    }
}

/// Lets an object act again as it did before.
pub(crate) fn resuming(keeper: &DeliveringObject) -> Vec<Command> {
    match (keeper.kind, keeper.syncing) {
        (DeliveringKind::Application, Syncing::Automated { prune, self_heal, allow_empty }) => {
            let mut words = vec!["app", "set", "--sync-policy=automated"];
            words.extend(prune.then_some("--auto-prune"));
            words.extend(self_heal.then_some("--self-heal"));
            words.extend(allow_empty.then_some("--allow-empty"));
            vec![argocd(&words, keeper)]
        }
        (DeliveringKind::Application, _) => vec![argocd(&["app", "sync"], keeper)],
        (DeliveringKind::ApplicationSet, Syncing::Automated { prune, self_heal, allow_empty }) => {
            let mut says = Vec::new();
            for (key, is_set) in
                [("prune", prune), ("selfHeal", self_heal), ("allowEmpty", allow_empty)]
            {
                says.extend(is_set.then(|| format!("\"{key}\":true")));
            }
            let automated = says.join(",");
            vec![patch(
                keeper,
                &format!(
                    "{{\"spec\":{{\"template\":{{\"spec\":{{\"syncPolicy\":{{\"automated\":{{{automated}}}}}}}}}}}}}"
                ),
            )]
        }
        (DeliveringKind::Kustomization, Syncing::Always | Syncing::Unknown) => {
            vec![flux(&["resume", "kustomization"], keeper)]
        }
        (DeliveringKind::HelmRelease, Syncing::Always | Syncing::Unknown) => {
            vec![flux(&["resume", "helmrelease"], keeper)]
        }
        _ => Vec::new(),
    }
}
