//! Replacing the operator and the CRD of its resources, by whatever installs the operator: Helm, Flux or
//! Argo CD. Where Git installs it, its object has to name the new release before it acts again, and what
//! applies that object may be paused for the sake of the workloads.

use super::checklist::{get_all_deployments, kubectl, kubectl_in};
use super::suspend::crd_serves_check;
use super::{
    ChecklistItem, CommandCheck, ExpectedOutput, GitOpsOwner, Prose, RunbookBuilder, RunbookStep,
    ShellCommand, sync,
};
use crate::flink::chart::{CHART, CONTROLLER, DEPLOYMENTS_CRD, OPERATOR_DEPLOYMENT};
use crate::flink::names::{FlinkKind, STABLE};
use crate::flink::releases::Release;
use crate::gitops::{DeliveringKind, DeliveringObject, Syncing};

/// What the guide calls the repository of the chart.
const REPOSITORY: &str = "flink-operator-repo";

/// Where the project keeps the charts of all releases, up to the release; its other server drops old ones.
const ARCHIVE: &str = "https://archive.apache.org/dist/flink/flink-kubernetes-operator";

/// Keys of the charts with another name since 1.0 (FLINK-27023).
const RENAMED_VALUES: &str = "Helm ignores keys that a chart does not know. These were renamed \
    after operator 0.1.0: `flinkDefaultConfiguration` and `operatorConfiguration` are \
    `defaultConfiguration`, `log4j2.properties` is `log4j-operator.properties`, and settings \
    under `operator.` are now under `kubernetes.operator.`.";

pub(crate) struct OperatorInstallation<'b> {
    pub(crate) namespace: String,
    /// Where Helm keeps its release, which Flux may keep elsewhere.
    pub(crate) helm_namespace: String,
    pub(crate) release: String,
    /// The name of its `Deployment`.
    pub(crate) deployment: String,
    pub(crate) chart: String,
    /// What installs it, if that is not a person or a pipeline with Helm.
    pub(crate) installer: Option<&'b GitOpsOwner>,
}

impl OperatorInstallation<'_> {
    /// Argo CD leaves no release of Helm.
    fn is_argo(&self) -> bool {
        self.installer.is_some_and(|owner| sync::is_argo(&owner.object))
    }
}

impl RunbookBuilder<'_> {
    pub(crate) fn operator(&self) -> OperatorInstallation<'_> {
        let input = self.input;
        let owner = self.owners.iter().find(|owner| owner.installs_operator());
        let installer = owner.filter(|owner| owner.object.kind != DeliveringKind::Kustomization);
        let object = owner.map(|owner| &owner.object);
        let destination = object.and_then(|object| object.destination.clone());
        let release = object.and_then(|object| object.release.clone());
        let helm_namespace = object.and_then(|object| object.storage.clone());
        let namespace = input.operator_namespace.clone().or(destination);
        let namespace = namespace.unwrap_or_else(|| "default".to_string());
        // The chart cuts the name like this.
        let deployment = input.operator_deployment.as_deref().unwrap_or(OPERATOR_DEPLOYMENT);
        let deployment: String = deployment.chars().take(63).collect();
        OperatorInstallation {
            // Flux says where it keeps the release, wherever the operator itself is.
            helm_namespace: helm_namespace.unwrap_or_else(|| namespace.clone()),
            namespace,
            release: input.release.clone().or(release).unwrap_or_else(|| CHART.to_string()),
            deployment: deployment.strip_suffix('-').unwrap_or(&deployment).to_string(),
            chart: input.chart.clone().unwrap_or_else(|| format!("{REPOSITORY}/{CHART}")),
            installer,
        }
    }

    /// The release to install, if there is only one.
    pub(crate) fn target(&self) -> Option<Release> {
        let (first, others) = self.input.targets.split_first()?;
        first.filter(|_| others.iter().all(|other| other == first))
    }

    /// The option for Helm. Every patch of the release is as good as the next one.
    pub(crate) fn version(&self) -> Option<String> {
        self.target().map(|target| format!("--version={target}.x"))
    }

    pub(crate) fn save_helm_values(&self) -> Vec<ChecklistItem> {
        let operator = self.operator();
        if operator.is_argo() {
            let resources = "deployments,configmaps,serviceaccounts";
            let get = kubectl_in(&operator.namespace, "get", resources, &["--output=yaml"]);
            return vec![get.output_to(&self.window_file("operator.yaml.bak")).into()];
        }
        let namespace = format!("--namespace={}", operator.helm_namespace);
        let release = operator.release.as_str();
        let status = ShellCommand::with_names("helm", &["status", &namespace], &[release]);
        let args = ["get", "values", &namespace, "--output=yaml"];
        let values = ShellCommand::with_names("helm", &args, &[release]);
        let claim = Prose::format("Helm finds the release {} there", &[release]);
        vec![
            CommandCheck::new(claim, status, ExpectedOutput::Success).into(),
            values.output_to(&self.window_file("operator-values.yaml")).into(),
        ]
    }

    /// The values for the new chart.
    fn new_values_file(&self) -> String {
        self.window_file("new-values.yaml")
    }

    /// The values for the new chart and the chart are there; checked before anything is deleted.
    pub(crate) fn chart_checks(&self) -> Vec<ChecklistItem> {
        let operator = self.operator();
        let None = operator.installer else { return Vec::new() };
        let chart = operator.chart.as_str();
        let mut items = vec![self.values_check().into()];
        let is_local = chart.starts_with(['.', '/']) || chart.contains("://");
        if let Some((repository, _)) = chart.split_once('/').filter(|_| !is_local) {
            items.push(ShellCommand::with_names("helm", &["repo", "update"], &[repository]).into());
        }
        let version = self.version();
        let args: Vec<&str> = ["show", "chart"].into_iter().chain(version.as_deref()).collect();
        let show = ShellCommand::with_names("helm", &args, &[chart]);
        let claim = "Helm finds the new chart";
        items.push(CommandCheck::new(claim, show, ExpectedOutput::Success).into());
        items
    }

    /// The old chart is within reach, and its image is named: going back needs both.
    pub(crate) fn way_back_checks(&self) -> [ChecklistItem; 2] {
        let operator = self.operator();
        let repository = format!("--repo={ARCHIVE}-0.1.0/");
        let args = ["show", "chart", "--version=0.1.0", &repository];
        let show = ShellCommand::with_names("helm", &args, &[CHART]);
        let claim = "Helm finds the old chart, for the way back";
        let deployment = format!("deployment/{}", operator.deployment);
        let image = "--output=jsonpath={.spec.template.spec.containers[*].image}";
        let get = kubectl_in(&operator.namespace, "get", &deployment, &[image]);
        let image = "this is the image of the old operator; the way back needs it in the registry";
        [
            CommandCheck::new(claim, show, ExpectedOutput::Success).into(),
            CommandCheck::new(image, get, ExpectedOutput::Something).into(),
        ]
    }

    pub(crate) fn values_check(&self) -> CommandCheck {
        file_check("the values for the new chart are written, in {}", &self.new_values_file())
    }

    pub(crate) fn replace_operator_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Replace the operator and its CRD",
            "No CRD serves both versions, and the old one cannot be replaced while something is \
             stored at `v1alpha1`.",
        );
        // A person comes first: nothing waits for a merge once the old operator is gone.
        if let Some(owner) = self.operator().installer {
            self.change_operator_in_git(owner, &mut step);
        }
        step.add(no_resources_left_check());
        step.extend(self.chart_checks());
        self.uninstall_operator(&mut step);
        self.start_new_operator(&mut step);
        step.extend(self.new_operator_checks());
        // What was synced once goes on by itself, if it did before.
        let automated = self.owners.iter().filter(|owner| {
            let is_automated = matches!(owner.object.syncing, Syncing::Automated { .. });
            let is_application = owner.object.kind == DeliveringKind::Application;
            is_application && is_automated && self.resumes_with_operator(owner)
        });
        step.extend(automated.filter_map(|owner| sync::resume_command(&owner.object)));
        step.notes = self.installation_notes();
        step.note(RENAMED_VALUES);
        let renamed = self.input.renamed.iter();
        step.notes.extend(renamed.map(|(location, before, after)| {
            Prose::format("{}: {} is now {}.", &[location, before, after])
        }));
        step.troubleshooting = vec![
            "Helm fails because an account or a role exists and belongs to another release: the \
             chart keeps them (`helm.sh/resource-policy: keep`), so install under the same \
             release and in the same namespace as before.",
            "The CRD is missing: Helm installs it only with a new release, not with an upgrade. \
             Apply the files in `crds/` of the chart.",
        ];
        step
    }

    /// What is to be merged for the new operator, where Git installs it.
    fn change_operator_in_git(&self, owner: &GitOpsOwner, step: &mut RunbookStep) {
        let change = self.operator_change_to_merge(&owner.object);
        if !self.is_operator_applied_by_hand() {
            step.manual(change.then("Nothing acts on it yet, since everything is paused."));
            return;
        }
        let file = self.operator_object_file();
        let is_argo = owner.object.kind != DeliveringKind::HelmRelease;
        let change = change
            .then(
                "Nothing applies it to the cluster before step 9. So write that one object as \
                merged",
            )
            .then(if is_argo { ", but without its `automated`" } else { "" })
            .then(Prose::format(
                ", into {}, and nothing else from its file: it is applied from there, once the old \
                 CRD is gone.",
                &[&file],
            ));
        step.manual(change);
        step.add(file_check("that object is written, in {}", &file));
    }

    /// The object that installs the operator, and what it has to say.
    pub(crate) fn operator_change_to_merge(&self, object: &DeliveringObject) -> Prose {
        let file = object.file.as_ref().map(|file| self.input.names.display(file));
        let template = format!("In Git, set {} {{}} in {{}} to ", object.kind.name());
        let target = match self.target() {
            Some(target) => Prose::format("release {}", &[&target.to_string()]),
            None => "the new release".into(),
        };
        Prose::format(&template, &[&object.key.name, &file.unwrap_or_default()])
            .then(target)
            .then(" of the chart, with its values renamed, and merge that. ")
    }

    fn uninstall_operator(&self, step: &mut RunbookStep) {
        let operator = self.operator();
        step.add(if operator.is_argo() {
            let deployment = format!("deployment/{}", operator.deployment);
            kubectl_in(&operator.namespace, "delete", &deployment, &["--ignore-not-found"])
        } else {
            let namespace = format!("--namespace={}", operator.helm_namespace);
            let args = ["uninstall", "--wait", &namespace];
            ShellCommand::with_names("helm", &args, &[&operator.release])
        });
        // Nobody stops another job any more, so check once more before it is too late.
        step.add(no_resources_left_check());
        let mut crds = vec![DEPLOYMENTS_CRD];
        let is_session_job = |kind: FlinkKind| kind == FlinkKind::SessionJob;
        if self.preview_workloads().any(|workload| is_session_job(workload.manifest.kind)) {
            crds.push("flinksessionjobs.flink.apache.org");
        }
        step.extend(
            crds.iter()
                .map(|name| kubectl(["delete", &format!("crd/{name}"), "--ignore-not-found"])),
        );
    }

    /// The new operator, once the old one and its CRD are gone: what applies its object brings that up to
    /// date, and only then the object acts. What syncs by itself would act on the old one.
    fn start_new_operator(&self, step: &mut RunbookStep) {
        let operator = self.operator();
        let Some(own) = operator.installer else {
            step.add(self.helm_with_values("install", &operator));
            return;
        };
        for object in self.operator_parents().map(|owner| &owner.object) {
            step.extend(sync::fetch_command(object));
            step.extend(sync::sync_once_command(object).or_else(|| sync::resume_command(object)));
        }
        if self.is_operator_applied_by_hand() {
            step.add(sync::apply_command(&own.object, &self.operator_object_file()));
        }
        if self.resumes_with_operator(own) {
            step.extend(sync::fetch_command(&own.object));
            match sync::sync_once_command(&own.object) {
                Some(command) => step.add(command),
                None => step.extend(sync::resume_owners(std::iter::once(own))),
            }
        }
    }

    pub(crate) fn helm_with_values(
        &self,
        verb: &str,
        operator: &OperatorInstallation<'_>,
    ) -> ShellCommand {
        let namespace = format!("--namespace={}", operator.namespace);
        let values = format!("--values={}", self.new_values_file());
        let version = self.version();
        let args = [verb, &namespace, &values].into_iter().chain(version.as_deref());
        let names = [operator.release.as_str(), &operator.chart];
        ShellCommand::with_names("helm", &args.collect::<Vec<_>>(), &names)
    }

    pub(crate) fn new_operator_checks(&self) -> [CommandCheck; 3] {
        let operator = self.operator();
        let deployment = format!("deployment/{}", operator.deployment);
        let container = format!("--container={OPERATOR_DEPLOYMENT}");
        let log = kubectl_in(&operator.namespace, "logs", &deployment, &[&container]);
        let claim = Prose::format("its log names the controller {}", &[CONTROLLER]);
        let controller = ExpectedOutput::Contains(CONTROLLER.into());
        [
            crd_serves_check(STABLE).waiting(),
            self.operator_running_check().waiting(),
            CommandCheck::new(claim, log, controller).waiting(),
        ]
    }

    pub(crate) fn installation_notes(&self) -> Vec<Prose> {
        let note = "No release was given with `--target-operator`: without a version Helm installs \
             the newest one of the repository.";
        if self.target().is_none() { vec![note.into()] } else { Vec::new() }
    }

    /// What has to be there before the old operator goes.
    pub(crate) fn preparation_notes(&self) -> Vec<Prose> {
        let None = self.operator().installer else { return Vec::new() };
        let mut notes = vec![Prose::format(
            "The current values are saved to {}. The new chart reads {}, which you write: copy the \
             first to the second in advance, and rename the keys that have new names.",
            &[&self.window_file("operator-values.yaml"), &self.new_values_file()],
        )];
        if self.input.chart.is_none() {
            let release = self.target().unwrap_or(Release::LAST).newest_patch();
            notes.push(Prose::format(
                "The project has one chart repository per release, so add that of the new one \
                 under this name in advance: {}.",
                &[&format!("helm repo add --force-update {REPOSITORY} {ARCHIVE}-{release}/")],
            ));
        }
        notes
    }

    /// True if nothing that may act in step 8 applies the object that installs the operator: nothing in
    /// the tree does, or what does applies workloads too and stays paused.
    fn is_operator_applied_by_hand(&self) -> bool {
        self.operator_parents().next().is_none()
    }

    /// The file from which that object is applied then.
    fn operator_object_file(&self) -> String {
        self.window_file("new-operator.yaml")
    }

    /// What applies the object that installs the operator, and no workloads.
    fn operator_parents(&self) -> impl Iterator<Item = &GitOpsOwner> {
        self.owners.iter().filter(|owner| owner.is_operator_parent() && !owner.has_workloads)
    }

    /// True if the owner resumes in the step that brings the new operator; any other one waits until the
    /// conversion is merged.
    pub(crate) fn resumes_with_operator(&self, owner: &GitOpsOwner) -> bool {
        let own = self.operator().installer;
        let installs = own.is_some_and(|own| own.object == owner.object);
        (installs || owner.is_operator_parent()) && !owner.has_workloads
    }
}

/// No resource is left in any namespace.
pub(crate) fn no_resources_left_check() -> CommandCheck {
    let claim = "no `FlinkDeployment` is left in any namespace";
    CommandCheck::new(claim, get_all_deployments("--output=name"), ExpectedOutput::Nothing)
}

/// The file exists; `{}` in the claim is its path.
fn file_check(claim: &str, file: &str) -> CommandCheck {
    let test = ShellCommand::new("test", ["-f", file]);
    CommandCheck::new(Prose::format(claim, &[file]), test, ExpectedOutput::Success)
}
