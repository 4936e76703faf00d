//! Replacing the operator and the CRD of its resource, by whoever installs the operator.

use super::command::{CommandCheck, ExpectedOutput, ShellCommand, kubectl};
use super::suspend::crd_serves_check;
use super::{
    ChecklistItem, GitOpsOwner, OwnershipReason, Prose, RunbookBuilder, RunbookStep, step,
};
use crate::flink::chart::{CHART, CONTROLLER, DEPLOYMENTS_CRD, OPERATOR_DEPLOYMENT};
use crate::flink::names::{FlinkKind, STABLE};
use crate::flink::releases::Release;
use crate::gitops::DeliveringKind;

/// What the guide calls the repository of the chart.
const REPOSITORY: &str = "flink-operator-repo";

/// What has another name in the charts since 1.0 (FLINK-27023).
const RENAMED_VALUES: &str = "Helm passes over keys that a chart does not know. These have other names since \
    operator 0.1.0: `flinkDefaultConfiguration` and `operatorConfiguration` are `defaultConfiguration`, \
    `log4j2.properties` is `log4j-operator.properties`, and settings under `operator.` stand \
    under `kubernetes.operator.` now.";

/// Where the operator is, and who puts it there.
pub(crate) struct OperatorInstallation<'s> {
    pub(crate) namespace: String,
    /// Where Helm keeps its release, which Flux may keep elsewhere.
    pub(crate) storage: String,
    pub(crate) release: String,
    /// What its `Deployment` is called.
    pub(crate) deployment: String,
    pub(crate) chart: String,
    pub(crate) by: Installer<'s>,
}

/// Who installs the operator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Installer<'s> {
    /// Somebody with Helm.
    Helm,
    /// Flux, which leaves a release of Helm.
    Flux(&'s GitOpsOwner),
    /// Argo CD, which leaves no release.
    Argo(&'s GitOpsOwner),
}

impl RunbookBuilder<'_> {
    pub(crate) fn operator(&self) -> OperatorInstallation<'_> {
        let input = self.input;
        let owner = self.owners.iter().find(|owner| owner.reason == OwnershipReason::Operator);
        let by = match owner {
            Some(owner) if owner.object.kind == DeliveringKind::HelmRelease => {
                Installer::Flux(owner)
            }
            Some(owner)
                if matches!(
                    owner.object.kind,
                    DeliveringKind::Application | DeliveringKind::ApplicationSet
                ) =>
            {
                Installer::Argo(owner)
            }
            _ => Installer::Helm,
        };
        let object = owner.map(|owner| &owner.object);
        let given = |given: &Option<String>, found: Option<&String>, usual: &str| {
            given.as_ref().or(found).map_or_else(|| usual.to_string(), String::clone)
        };
        let destination = object.and_then(|object| object.destination.as_ref());
        let release = object.and_then(|object| object.release.as_ref());
        let namespace = given(&input.operator_namespace, destination, "default");
        // Flux keeps it where it says, wherever the operator itself is said to be.
        let storage = object.and_then(|object| object.storage.clone());
        OperatorInstallation {
            storage: storage.unwrap_or_else(|| namespace.clone()),
            namespace,
            release: given(&input.release, release, CHART),
            deployment: deployment_name(input.operator_called.as_deref()),
            chart: given(&input.chart, None, &format!("{REPOSITORY}/{CHART}")),
            by,
        }
    }

    /// The release to install, if one and only one was said.
    pub(crate) fn target(&self) -> Option<Release> {
        let targets = &self.input.targets;
        let first = *targets.first()?;
        if targets.iter().all(|target| *target == first) { first } else { None }
    }

    /// The values of today, and for the new chart a place of their own.
    pub(crate) fn save_helm_values(&self) -> Vec<ChecklistItem> {
        let operator = self.operator();
        let namespace = format!("--namespace={}", operator.namespace);
        if let Installer::Argo(_) = operator.by {
            let objects = kubectl([
                "get",
                "deployments,configmaps,serviceaccounts",
                &namespace,
                "--output=yaml",
            ]);
            return vec![ChecklistItem::Run(
                objects.output_to(&self.window_file("operator.yaml.bak")),
            )];
        }
        let namespace = format!("--namespace={}", operator.storage);
        let status = helm(&["status", &namespace], &operator.release);
        let values = helm(&["get", "values", &namespace, "--output=yaml"], &operator.release);
        vec![
            ChecklistItem::Check(CommandCheck::new(
                Prose::of("Helm knows the release {} there", &[&operator.release]),
                status,
                ExpectedOutput::Success,
            )),
            ChecklistItem::Run(values.output_to(&self.window_file("operator-values.yaml"))),
        ]
    }

    /// The values that the new chart is installed with.
    pub(crate) fn new_values_file(&self) -> String {
        self.window_file("new-values.yaml")
    }

    /// The values for the new chart are there, and so is the chart; asked before anything is deleted.
    pub(crate) fn chart_checks(&self) -> Vec<ChecklistItem> {
        let operator = self.operator();
        if operator.by != Installer::Helm {
            return Vec::new();
        }
        let mut items = vec![self.values_check()];
        let is_local = operator.chart.starts_with(['.', '/']) || operator.chart.contains("://");
        if let Some((repository, _)) = operator.chart.split_once('/').filter(|_| !is_local) {
            items.push(ChecklistItem::Run(helm(&["repo", "update"], repository)));
        }
        let version = self.version();
        let words: Vec<&str> = ["show", "chart"].into_iter().chain(version.as_deref()).collect();
        items.push(ChecklistItem::Check(CommandCheck::new(
            "Helm finds the new chart",
            helm(&words, &operator.chart),
            ExpectedOutput::Success,
        )));
        items
    }

    pub(crate) fn values_check(&self) -> ChecklistItem {
        let what = Prose::of(
            "the values for the new chart are written, in {}",
            &[&self.new_values_file()],
        );
        let test = ShellCommand::new("test", ["-f".to_string(), self.new_values_file()]);
        ChecklistItem::Check(CommandCheck::new(what, test, ExpectedOutput::Success))
    }

    pub(crate) fn replace_operator_step(&self) -> RunbookStep {
        // A person comes first: nothing waits for a merge once the old operator is gone.
        let mut items: Vec<ChecklistItem> = self.operator_object_in_git().into_iter().collect();
        items.extend(self.applies_operator_by_hand().then(|| {
            let file = self.operator_object_file();
            let what = Prose::of("that object is written, in {}", &[&file]);
            let test = ShellCommand::new("test", ["-f".to_string(), file]);
            ChecklistItem::Check(CommandCheck::new(what, test, ExpectedOutput::Success))
        }));
        items.push(ChecklistItem::Check(no_resources_left_check()));
        items.extend(self.chart_checks());
        items.extend(self.uninstall_operator());
        items.extend(self.start_new_operator());
        items.extend(self.new_operator_checks());
        items.extend(self.restore_automated_sync());
        let mut step = step(
            "Replace the operator and its CRD",
            "No CRD ever served both versions, and the old one cannot be replaced as long as \
             something is stored at `v1alpha1`.",
            items,
        );
        step.notes = self.installation_notes();
        step.notes.push(RENAMED_VALUES.into());
        step.notes.extend(self.renamed_values_notes());
        step.troubleshooting = vec![
            "Helm refuses because an account or a role exists and belongs to another release: the chart \
             leaves them behind (`helm.sh/resource-policy: keep`), so install under the same release and \
             in the same namespace as before."
                .into(),
            "The CRD is not there: Helm installs it only with a new release, not with an upgrade. \
             Apply the files in `crds/` of the chart."
                .into(),
            "Argo CD says that annotations are too long: the CRD is large, so sync it with \
             `ServerSideApply=true` or `Replace=true`."
                .into(),
        ];
        step
    }

    fn uninstall_operator(&self) -> Vec<ChecklistItem> {
        let operator = self.operator();
        let namespace = format!("--namespace={}", operator.namespace);
        let mut items = vec![match operator.by {
            Installer::Helm | Installer::Flux(_) => {
                let storage = format!("--namespace={}", operator.storage);
                ChecklistItem::Run(helm(&["uninstall", "--wait", &storage], &operator.release))
            }
            Installer::Argo(_) => ChecklistItem::Run(kubectl([
                "delete",
                &format!("deployment/{}", operator.deployment),
                &namespace,
                "--ignore-not-found",
            ])),
        }];
        let mut definitions = vec![DEPLOYMENTS_CRD];
        if self
            .preview_workloads()
            .any(|workload| workload.manifest.summary.kind == FlinkKind::SessionJob)
        {
            definitions.push("flinksessionjobs.flink.apache.org");
        }
        // Nobody stops another one any more, so look once more before it is too late.
        items.push(ChecklistItem::Check(no_resources_left_check()));
        for name in definitions {
            let name = format!("crd/{name}");
            items.push(ChecklistItem::Run(kubectl(["delete", &name, "--ignore-not-found"])));
        }
        items
    }

    pub(crate) fn install_chart(&self, operator: &OperatorInstallation<'_>) -> Vec<ChecklistItem> {
        let namespace = format!("--namespace={}", operator.namespace);
        let values = format!("--values={}", self.new_values_file());
        let version = self.version();
        let words = ["install", &namespace, &values].into_iter().chain(version.as_deref());
        let guard = [&operator.release, &operator.chart].iter().any(|name| name.starts_with('-'));
        let words = words.chain(guard.then_some("--"));
        let names = [operator.release.as_str(), &operator.chart];
        vec![ChecklistItem::Run(ShellCommand::new("helm", words.chain(names)))]
    }

    /// Every patch of the release is as good as the next one.
    pub(crate) fn version(&self) -> Option<String> {
        self.target().map(|target| format!("--version={target}.x"))
    }

    pub(crate) fn new_operator_checks(&self) -> Vec<ChecklistItem> {
        let log = kubectl([
            "logs".to_string(),
            format!("deployment/{}", self.operator().deployment),
            format!("--namespace={}", self.operator().namespace),
            format!("--container={OPERATOR_DEPLOYMENT}"),
        ]);
        let what = Prose::of("its log names the controller {}", &[CONTROLLER]);
        vec![
            ChecklistItem::Check(crd_serves_check(STABLE).waiting()),
            ChecklistItem::Check(self.operator_running_check().waiting()),
            ChecklistItem::Check(
                CommandCheck::new(what, log, ExpectedOutput::Contains(CONTROLLER.into())).waiting(),
            ),
        ]
    }

    pub(crate) fn installation_notes(&self) -> Vec<Prose> {
        let mut notes = Vec::new();
        if self.target().is_none() {
            notes.push(
                "No release was named with `--target-operator`: without a version Helm takes the newest \
                 one that the repository has."
                    .into(),
            );
        }
        notes
    }

    /// What has to be there before the old operator goes.
    pub(crate) fn preparation_notes(&self) -> Vec<Prose> {
        let mut notes = Vec::new();
        let input = self.input;
        if self.operator().by == Installer::Helm {
            notes.push(Prose::of(
                "The values of today go into {}. The new chart reads {}, which nobody else writes: copy \
                 the one to the other in good time, and rename the keys that have other names now.",
                &[&self.window_file("operator-values.yaml"), &self.new_values_file()],
            ));
            if input.chart.is_none() {
                notes.push(
                    "The project has one chart repository for each release, so add that of the new one \
                     under this name, also before: `helm repo add --force-update flink-operator-repo ADDRESS`."
                        .into(),
                );
            }
        }
        notes
    }

    /// What the given values hold that has another name now.
    fn renamed_values_notes(&self) -> impl Iterator<Item = Prose> {
        let renamed = self.input.renamed.iter();
        renamed
            .map(|(place, before, after)| Prose::of("{}: {} is now {}.", &[place, before, after]))
    }
}

/// The name of the `Deployment`, cut as the chart cuts it.
fn deployment_name(given: Option<&str>) -> String {
    let name: String = given.unwrap_or(OPERATOR_DEPLOYMENT).chars().take(63).collect();
    name.strip_suffix('-').unwrap_or(&name).to_string()
}

/// No resource is left in any namespace.
pub(crate) fn no_resources_left_check() -> CommandCheck {
    CommandCheck::new(
        "no `FlinkDeployment` is left in any namespace",
        kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=name"]),
        ExpectedOutput::Nothing,
    )
}

/// The name comes last, behind two dashes where it could be taken for an option.
pub(crate) fn helm(words: &[&str], name: &str) -> ShellCommand {
    let guard = name.starts_with('-').then_some("--");
    ShellCommand::new("helm", words.iter().copied().chain(guard).chain([name]))
}
