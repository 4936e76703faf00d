//! Pausing what Argo CD and Flux sync, and resuming it as it was: everything fetches what was merged before
//! anything acts, and parents act before what they apply.

use super::checklist::{Alternative, get_all_deployments, kubectl, kubectl_in};
use super::{
    ChecklistItem, CommandCheck, ExpectedOutput, GitOpsOwner, Prose, RunbookBuilder, RunbookStep,
    ShellCommand,
};
use crate::gitops::DeliveringKind::{Application, ApplicationSet, HelmRelease, Kustomization};
use crate::gitops::{DeliveringObject, Syncing};
use crate::k8s::labels;

/// The default namespace of Argo CD's objects.
const ARGO_NAMESPACE: &str = "argocd";
/// The default namespace of Flux's objects.
const FLUX_NAMESPACE: &str = "flux-system";

const NOT_AUTOMATED: &str = r#"{"spec":{"syncPolicy":{"automated":null}}}"#;
const TEMPLATE_NOT_AUTOMATED: &str =
    r#"{"spec":{"template":{"spec":{"syncPolicy":{"automated":null}}}}}"#;

impl RunbookBuilder<'_> {
    pub(crate) fn pause_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Pause everything that would recreate them",
            "What is deleted in step 7 would be recreated at once from Git, and operator 0.1.0 \
             would start it empty. The operator itself would also come back, with the old CRD.",
        );
        if self.has_argo() {
            step.add(ShellCommand::new("argocd", ["context"]));
        }
        step.extend(self.pause_owners());
        step.alternatives = self.delivering_objects().filter_map(pause_with_kubectl).collect();
        if self.workload_owners().next().is_none() {
            step.add(get_all_deployments(&ownership_columns()));
            step.manual(
                "Pause everything that applies these resources: an Argo CD `Application` (its \
                 sync policy), a Flux `Kustomization` or `HelmRelease` (`flux suspend`), a \
                 pipeline. If they are applied by hand, agree not to do so until step 9.",
            );
        }
        if self.owners.iter().any(|owner| !owner.is_certain) {
            step.note(
                "Some of these only probably deploy the workloads. Pausing one too many costs \
                 nothing; missing one can cost the state of a job.",
            );
        }
        let by_hand = self.delivering_objects().filter(|object| object.syncing == Syncing::ByHand);
        let by_hand = Prose::names(by_hand.map(|object| &object.key.name));
        if by_hand != Prose::default() {
            step.note(by_hand.then(": synced by hand. Do not sync it until step 9."));
        }
        if !self.owners.iter().any(|owner| owner.has_operator) {
            step.note(
                "Nothing in the tree installs the operator. If a GitOps controller does, pause that too.",
            );
        }
        step.troubleshooting = vec![
            "A paused application syncs again: something above it restores its settings, such as an \
             `ApplicationSet`, an app of apps or a Flux `Kustomization`. Pause that first.",
        ];
        step
    }

    fn delivering_objects(&self) -> impl Iterator<Item = &DeliveringObject> {
        self.owners.iter().map(|owner| &owner.object)
    }

    pub(crate) fn has_argo(&self) -> bool {
        self.delivering_objects().any(is_argo)
    }

    /// Every owner is paused, and seen to be.
    pub(crate) fn pause_owners(&self) -> Vec<ChecklistItem> {
        let paused = self.delivering_objects().filter_map(pause_command).map(Into::into);
        paused.chain(self.paused_checks().map(Into::into)).collect()
    }

    pub(crate) fn paused_checks(&self) -> impl Iterator<Item = CommandCheck> {
        self.delivering_objects().flat_map(object_paused_checks)
    }

    /// Brings to the cluster what was merged, where it is not applied automatically. Only what certainly
    /// applies the workloads is touched.
    pub(crate) fn sync_owners(&self) -> Vec<ChecklistItem> {
        let certain = || self.workload_owners().filter(|owner| owner.is_certain);
        let refresh = certain().filter_map(|owner| refresh_command(&owner.object)).map(Into::into);
        refresh.chain(manual_sync_items(certain())).collect()
    }

    pub(crate) fn workload_owners(&self) -> impl Iterator<Item = &GitOpsOwner> {
        self.owners.iter().filter(|owner| owner.has_workloads)
    }
}

/// The columns that show what manages each resource.
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

pub(crate) fn is_argo(object: &DeliveringObject) -> bool {
    matches!(object.kind, Application | ApplicationSet)
}

fn namespace(object: &DeliveringObject) -> &str {
    let default = if is_argo(object) { ARGO_NAMESPACE } else { FLUX_NAMESPACE };
    object.key.namespace.as_deref().unwrap_or(default)
}

fn argocd(args: &[&str], object: &DeliveringObject) -> ShellCommand {
    let name = &object.key.name;
    // An application outside the namespace of Argo CD is called `NAMESPACE/NAME`.
    let name = match namespace(object) {
        ARGO_NAMESPACE => name.clone(),
        namespace => format!("{namespace}/{name}"),
    };
    ShellCommand::with_names("argocd", args, &[&name])
}

fn flux(args: &[&str], object: &DeliveringObject) -> ShellCommand {
    let namespace = format!("--namespace={}", namespace(object));
    let args: Vec<&str> = args.iter().copied().chain([namespace.as_str()]).collect();
    ShellCommand::with_names("flux", &args, &[&object.key.name])
}

/// What `flux` calls the kind.
fn flux_kind(object: &DeliveringObject) -> &'static str {
    if object.kind == HelmRelease { "helmrelease" } else { "kustomization" }
}

fn kubectl_on(verb: &str, object: &DeliveringObject, options: &[&str]) -> ShellCommand {
    let resource = format!("{}/{}", object.kind.resource(), object.key.name);
    kubectl_in(namespace(object), verb, &resource, options)
}

fn patch(object: &DeliveringObject, patch: &str) -> ShellCommand {
    kubectl_on("patch", object, &["--type=merge", &format!("--patch={patch}")])
}

/// The template of an `ApplicationSet` makes its applications anew, so they stop with it.
fn pause_command(object: &DeliveringObject) -> Option<ShellCommand> {
    if matches!(object.syncing, Syncing::Suspended | Syncing::ByHand) {
        return None;
    }
    Some(match object.kind {
        Application => argocd(&["app", "set", "--sync-policy=none"], object),
        ApplicationSet => patch(object, TEMPLATE_NOT_AUTOMATED),
        Kustomization | HelmRelease => flux(&["suspend", flux_kind(object)], object),
    })
}

fn pause_with_kubectl(object: &DeliveringObject) -> Option<Alternative> {
    let pause = pause_command(object)?;
    let command = match object.kind {
        Application => patch(object, NOT_AUTOMATED),
        ApplicationSet => return None,
        Kustomization | HelmRelease => patch(object, r#"{"spec":{"suspend":true}}"#),
    };
    let names = [pause.program, &object.key.name];
    Some(Alternative { when: Prose::format("Without the program {}, for {}:", &names), command })
}

/// The object does not act, nor do the applications that it has made.
fn object_paused_checks(object: &DeliveringObject) -> Vec<CommandCheck> {
    let name = object.key.name.as_str();
    let claim = format!("{} {{}} does not sync by itself", object.kind.name());
    let claim = Prose::format(&claim, &[name]);
    match object.kind {
        Application => {
            let expected = ExpectedOutput::Excludes("Automated".into());
            vec![CommandCheck::new(claim, argocd(&["app", "get"], object), expected)]
        }
        ApplicationSet => {
            let field = "--output=jsonpath={.spec.template.spec.syncPolicy.automated}";
            let template = kubectl_on("get", object, &[field]);
            let made = Prose::format("no application that {} made syncs by itself", &[name]);
            let applications = get_applications(object, "{.spec.syncPolicy.automated}");
            vec![
                CommandCheck::new(claim, template, ExpectedOutput::Nothing),
                CommandCheck::new(made, applications, ExpectedOutput::Nothing).waiting(),
            ]
        }
        Kustomization | HelmRelease => {
            let suspend = kubectl_on("get", object, &["--output=jsonpath={.spec.suspend}"]);
            vec![CommandCheck::new(claim, suspend, ExpectedOutput::Exactly("true".into()))]
        }
    }
}

/// These fields of the applications that the set owns; of all applications where the name of the set
/// cannot be part of a filter.
fn get_applications(set: &DeliveringObject, fields: &str) -> ShellCommand {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    let items = if set.key.name.bytes().all(is_plain) {
        format!("[?(@.metadata.ownerReferences[0].name==\"{}\")]", set.key.name)
    } else {
        "[*]".to_string()
    };
    let output = format!("--output=jsonpath={{range .items{items}}}{fields}{{end}}");
    kubectl_in(namespace(set), "get", Application.resource(), &[&output])
}

/// Makes an object look at Git again, without making anything automatic that is not.
pub(crate) fn refresh_command(object: &DeliveringObject) -> Option<ShellCommand> {
    match (object.kind, object.syncing) {
        (Application, Syncing::ByHand) => Some(argocd(&["app", "sync"], object)),
        (Application, _) => fetch_command(object),
        (Kustomization, Syncing::Always | Syncing::Unknown) => {
            Some(flux(&["reconcile", "kustomization", "--with-source"], object))
        }
        _ => None,
    }
}

/// Resumes owners, of which parents come first. First each fetches what was merged, so that none acts on
/// what was there before; then parents act before what they apply, since they bring its settings.
pub(crate) fn resume_owners<'o>(
    owners: impl Iterator<Item = &'o GitOpsOwner> + Clone,
) -> Vec<ChecklistItem> {
    let mut items: Vec<ChecklistItem> = Vec::new();
    let objects = owners.clone().map(|owner| &owner.object);
    let fetch = objects.clone().filter_map(fetch_command);
    for item in fetch.chain(objects.filter_map(resume_command)).map(Into::into) {
        // Many read from one source, which is fetched once.
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items.extend(manual_sync_items(owners));
    items
}

/// What an `ApplicationSet` has made and nothing syncs by itself is for a person: only the cluster knows
/// which applications those are.
fn manual_sync_items<'o>(owners: impl Iterator<Item = &'o GitOpsOwner>) -> Vec<ChecklistItem> {
    let sets = owners
        .map(|owner| &owner.object)
        .filter(|object| object.kind == ApplicationSet && object.syncing == Syncing::ByHand);
    let items = sets.flat_map(|set| {
        let instruction = Prose::format(
            "Nothing syncs by itself what ApplicationSet {} has made: sync each of the applications just \
             listed with `argocd app sync`.",
            &[&set.key.name],
        );
        let list = get_applications(set, r#"{.metadata.name}{"\n"}"#);
        [list.into(), ChecklistItem::Manual(instruction)]
    });
    items.collect()
}

/// Lets an object see what was merged, without letting it act.
pub(crate) fn fetch_command(object: &DeliveringObject) -> Option<ShellCommand> {
    match (object.kind, object.syncing) {
        (Application, _) => Some(argocd(&["app", "get", "--refresh"], object)),
        (_, Syncing::Suspended) | (ApplicationSet, _) => None,
        (Kustomization | HelmRelease, _) => {
            let source = object.source.as_ref()?;
            let namespace = source.namespace.as_deref().unwrap_or(FLUX_NAMESPACE);
            let namespace = format!("--namespace={namespace}");
            let args = ["reconcile", "source", "git", &namespace];
            Some(ShellCommand::with_names("flux", &args, &[&source.name]))
        }
    }
}

/// Makes an application or a release apply what Git says once, whether or not it syncs by itself later.
pub(crate) fn sync_once_command(object: &DeliveringObject) -> Option<ShellCommand> {
    match object.kind {
        Application => Some(argocd(&["app", "sync"], object)),
        HelmRelease => Some(flux(&["resume", "helmrelease"], object)),
        ApplicationSet | Kustomization => None,
    }
}

/// Applies an object from a file that holds nothing else.
pub(crate) fn apply_command(object: &DeliveringObject, file: &str) -> ShellCommand {
    match object.kind {
        Application => {
            ShellCommand::new("argocd", ["app", "create", "--upsert", &format!("--file={file}")])
        }
        ApplicationSet => ShellCommand::new("argocd", ["appset", "create", "--upsert", file]),
        Kustomization | HelmRelease => kubectl(["apply", &format!("--filename={file}")]),
    }
}

/// Lets an object act again as it did before.
pub(crate) fn resume_command(object: &DeliveringObject) -> Option<ShellCommand> {
    Some(match (object.kind, object.syncing) {
        (Application, Syncing::Automated { prune, self_heal, allow_empty }) => {
            let mut args = vec!["app", "set", "--sync-policy=automated"];
            args.extend(prune.then_some("--auto-prune"));
            args.extend(self_heal.then_some("--self-heal"));
            args.extend(allow_empty.then_some("--allow-empty"));
            argocd(&args, object)
        }
        (Application, _) => argocd(&["app", "sync"], object),
        (ApplicationSet, Syncing::Automated { prune, self_heal, allow_empty }) => {
            let fields = [("prune", prune), ("selfHeal", self_heal), ("allowEmpty", allow_empty)];
            let fields = fields.into_iter().filter(|(_, is_set)| *is_set);
            let fields: Vec<String> = fields.map(|(key, _)| format!("\"{key}\":true")).collect();
            let automated = format!("\"automated\":{{{}}}", fields.join(","));
            patch(object, &TEMPLATE_NOT_AUTOMATED.replace("\"automated\":null", &automated))
        }
        (Kustomization | HelmRelease, Syncing::Always | Syncing::Unknown) => {
            flux(&["resume", flux_kind(object)], object)
        }
        _ => return None,
    })
}
