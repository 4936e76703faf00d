//! Letting what was paused go on as it did: everything sees what was merged before anything acts, and
//! what is above acts before what it applies.

use super::command::{ShellCommand, kubectl};
use super::pause::{FLUX_NAMESPACE, applications_of_set, argocd, flux, namespace, patch};
use super::{ChecklistItem, GitOpsOwner, Prose};
use crate::gitops::{DeliveringKind, DeliveringObject, Syncing};
use crate::k8s::ObjectKey;

/// Lets an object look at Git anew, without making anything automatic that is not.
pub(crate) fn refresh_commands(object: &DeliveringObject) -> Vec<ShellCommand> {
    match (object.kind, object.syncing) {
        (DeliveringKind::Application, Syncing::ByHand) => vec![argocd(&["app", "sync"], object)],
        (DeliveringKind::Application, _) => vec![argocd(&["app", "get", "--refresh"], object)],
        (DeliveringKind::Kustomization, Syncing::Always | Syncing::Unknown) => {
            vec![flux(&["reconcile", "kustomization", "--with-source"], object)]
        }
        _ => Vec::new(),
    }
}

/// Lets objects act again as they did before, of which those above stand before those below. First
/// every one sees what was merged, so that none acts on what was there before; then what is above goes
/// on before what it applies, since it brings the settings of what is below.
pub(crate) fn resume_owners<'h>(
    owners: impl Iterator<Item = &'h GitOpsOwner> + Clone,
) -> Vec<ChecklistItem> {
    let mut items: Vec<ChecklistItem> = Vec::new();
    let delivering_objects = owners.clone().map(|owner| &owner.object);
    let looks = delivering_objects.clone().filter_map(fetch_command).map(ChecklistItem::Run);
    for command in looks.chain(delivering_objects.flat_map(resume_commands).map(ChecklistItem::Run))
    {
        // Many read from one source, which is fetched once.
        if !items.contains(&command) {
            items.push(command);
        }
    }
    items.extend(manual_sync_items(owners));
    items
}

/// What an `ApplicationSet` has made and nothing syncs by itself is for a person: which applications
/// those are, only the cluster knows.
pub(crate) fn manual_sync_items<'h>(
    owners: impl Iterator<Item = &'h GitOpsOwner>,
) -> Vec<ChecklistItem> {
    let sets = owners.map(|owner| &owner.object).filter(|object| {
        object.kind == DeliveringKind::ApplicationSet && object.syncing == Syncing::ByHand
    });
    let mut items = Vec::new();
    for set in sets {
        let names =
            format!("{{range {}}}{{.metadata.name}}{{\"\\n\"}}{{end}}", applications_of_set(set));
        items.push(ChecklistItem::Run(kubectl([
            "get".to_string(),
            DeliveringKind::Application.resource().to_string(),
            namespace(set),
            format!("--output=jsonpath={names}"),
        ])));
        items.push(ChecklistItem::Manual(Prose::of(
            "Nothing syncs by itself what ApplicationSet {} has made: sync each of the applications just \
             listed with `argocd app sync`.",
            &[&set.key.name],
        )));
    }
    items
}

/// Lets an object see what was merged, without letting it act.
pub(crate) fn fetch_command(object: &DeliveringObject) -> Option<ShellCommand> {
    match (object.kind, object.syncing) {
        (DeliveringKind::Application, _) => Some(argocd(&["app", "get", "--refresh"], object)),
        (_, Syncing::Suspended) | (DeliveringKind::ApplicationSet, _) => None,
        (DeliveringKind::Kustomization | DeliveringKind::HelmRelease, _) => {
            let ObjectKey { namespace, name } = object.source.as_ref()?;
            let namespace = namespace.as_deref().unwrap_or(FLUX_NAMESPACE);
            let guard = name.starts_with('-').then_some("--");
            let namespace = format!("--namespace={namespace}");
            let words = ["reconcile", "source", "git", &namespace];
            Some(ShellCommand::new("flux", words.into_iter().chain(guard).chain([name.as_str()])))
        }
    }
}

/// Makes an application or a release do once what Git says, whether or not it goes on by itself later.
pub(crate) fn sync_once_command(object: &DeliveringObject) -> Option<ShellCommand> {
    match object.kind {
        DeliveringKind::Application => Some(argocd(&["app", "sync"], object)),
        DeliveringKind::HelmRelease => Some(flux(&["resume", "helmrelease"], object)),
        DeliveringKind::ApplicationSet | DeliveringKind::Kustomization => None,
    }
}

/// Gives an object to whoever serves it, from a file that holds nothing else.
pub(crate) fn apply_command(object: &DeliveringObject, file: &str) -> ShellCommand {
    match object.kind {
        DeliveringKind::Application => {
            ShellCommand::new("argocd", ["app", "create", "--upsert", &format!("--file={file}")])
        }
        DeliveringKind::ApplicationSet => {
            ShellCommand::new("argocd", ["appset", "create", "--upsert", file])
        }
        DeliveringKind::Kustomization | DeliveringKind::HelmRelease => {
            kubectl(["apply".to_string(), format!("--filename={file}")])
        }
    }
}

/// Lets an object act again as it did before.
pub(crate) fn resume_commands(object: &DeliveringObject) -> Vec<ShellCommand> {
    match (object.kind, object.syncing) {
        (DeliveringKind::Application, Syncing::Automated { prune, self_heal, allow_empty }) => {
            let mut words = vec!["app", "set", "--sync-policy=automated"];
            words.extend(prune.then_some("--auto-prune"));
            words.extend(self_heal.then_some("--self-heal"));
            words.extend(allow_empty.then_some("--allow-empty"));
            vec![argocd(&words, object)]
        }
        (DeliveringKind::Application, _) => vec![argocd(&["app", "sync"], object)],
        (DeliveringKind::ApplicationSet, Syncing::Automated { prune, self_heal, allow_empty }) => {
            let mut says = Vec::new();
            for (key, is_set) in
                [("prune", prune), ("selfHeal", self_heal), ("allowEmpty", allow_empty)]
            {
                says.extend(is_set.then(|| format!("\"{key}\":true")));
            }
            let automated = says.join(",");
            vec![patch(
                object,
                &format!(
                    "{{\"spec\":{{\"template\":{{\"spec\":{{\"syncPolicy\":{{\"automated\":{{{automated}}}}}}}}}}}}}"
                ),
            )]
        }
        (DeliveringKind::Kustomization, Syncing::Always | Syncing::Unknown) => {
            vec![flux(&["resume", "kustomization"], object)]
        }
        (DeliveringKind::HelmRelease, Syncing::Always | Syncing::Unknown) => {
            vec![flux(&["resume", "helmrelease"], object)]
        }
        _ => Vec::new(),
    }
}
