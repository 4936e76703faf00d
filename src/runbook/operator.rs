//! Replacing the operator and the CRD of its resource, by whoever installs the operator.

use super::before::serves;
use super::command::{Check, Command, Expect, kubectl};
use super::{Holder, Item, Prose, Reason, Scene, Step, step};
use crate::flink::chart::{CHART, CONTROLLER, DEPLOYMENTS_CRD, OPERATOR_DEPLOYMENT};
use crate::flink::names::{FlinkKind, STABLE};
use crate::flink::releases::Release;
use crate::gitops::DeliveringKind;

/// What the guide calls the repository of the chart.
const REPOSITORY: &str = "flink-operator-repo";

/// What has another name in the charts since 1.0 (FLINK-27023).
const RENAMED: &str = "Helm passes over keys that a chart does not know. These have other names since \
    operator 0.1.0: `flinkDefaultConfiguration` and `operatorConfiguration` are `defaultConfiguration`, \
    `log4j2.properties` is `log4j-operator.properties`, and settings under `operator.` stand \
    under `kubernetes.operator.` now.";

/// Where the operator is, and who puts it there.
pub(crate) struct Operator<'s> {
    pub(crate) namespace: String,
    /// Where Helm keeps its release, which Flux may keep elsewhere.
    pub(crate) storage: String,
    pub(crate) release: String,
    /// What its `Deployment` is called.
    pub(crate) called: String,
    pub(crate) chart: String,
    pub(crate) by: By<'s>,
}

/// Who installs the operator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By<'s> {
    /// Somebody with Helm.
    Helm,
    /// Flux, which leaves a release of Helm.
    Flux(&'s Holder),
    /// Argo CD, which leaves no release.
    Argo(&'s Holder),
}

impl Scene<'_> {
    pub(crate) fn operator(&self) -> Operator<'_> {
        let situation = self.situation;
        let holder = self.holders.iter().find(|holder| holder.reason == Reason::Operator);
        let by = match holder {
            Some(holder) if holder.keeper.kind == DeliveringKind::HelmRelease => By::Flux(holder),
            Some(holder)
                if matches!(
                    holder.keeper.kind,
                    DeliveringKind::Application | DeliveringKind::ApplicationSet
                ) =>
            {
                By::Argo(holder)
            }
            _ => By::Helm,
        };
        let keeper = holder.map(|holder| &holder.keeper);
        let said = |said: &Option<String>, seen: Option<&String>, usual: &str| {
            said.as_ref().or(seen).map_or_else(|| usual.to_string(), String::clone)
        };
        let destination = keeper.and_then(|keeper| keeper.destination.as_ref());
        let release = keeper.and_then(|keeper| keeper.release.as_ref());
        let namespace = said(&situation.operator_namespace, destination, "default");
        // Flux keeps it where it says, wherever the operator itself is said to be.
        let storage = keeper.and_then(|keeper| keeper.storage.clone());
        Operator {
            storage: storage.unwrap_or_else(|| namespace.clone()),
            namespace,
            release: said(&situation.release, release, CHART),
            called: called(situation.operator_called.as_deref()),
            chart: said(&situation.chart, None, &format!("{REPOSITORY}/{CHART}")),
            by,
        }
    }

    /// The release to install, if one and only one was said.
    pub(crate) fn target(&self) -> Option<Release> {
        let targets = &self.situation.targets;
        let first = *targets.first()?;
        if targets.iter().all(|target| *target == first) { first } else { None }
    }

    /// The values of today, and for the new chart a place of their own.
    pub(crate) fn keep_values(&self) -> Vec<Item> {
        let operator = self.operator();
        let namespace = format!("--namespace={}", operator.namespace);
        if let By::Argo(_) = operator.by {
            let objects = kubectl([
                "get",
                "deployments,configmaps,serviceaccounts",
                &namespace,
                "--output=yaml",
            ]);
            return vec![Item::Run(objects.into(&self.file("operator.yaml.bak")))];
        }
        let namespace = format!("--namespace={}", operator.storage);
        let status = helm(&["status", &namespace], &operator.release);
        let values = helm(&["get", "values", &namespace, "--output=yaml"], &operator.release);
        vec![
            Item::See(Check::new(
                Prose::of("Helm knows the release {} there", &[&operator.release]),
                status,
                Expect::Success,
            )),
            Item::Run(values.into(&self.file("operator-values.yaml"))),
        ]
    }

    /// The values that the new chart is installed with.
    pub(crate) fn values(&self) -> String {
        self.file("new-values.yaml")
    }

    /// The values for the new chart are there, and so is the chart; asked before anything is deleted.
    pub(crate) fn chart_is_ready(&self) -> Vec<Item> {
        let operator = self.operator();
        if operator.by != By::Helm {
            return Vec::new();
        }
        let mut items = vec![self.values_are_ready()];
        let is_local = operator.chart.starts_with(['.', '/']) || operator.chart.contains("://");
        if let Some((repository, _)) = operator.chart.split_once('/').filter(|_| !is_local) {
            items.push(Item::Run(helm(&["repo", "update"], repository)));
        }
        let version = self.version();
        let words: Vec<&str> = ["show", "chart"].into_iter().chain(version.as_deref()).collect();
        items.push(Item::See(Check::new(
            "Helm finds the new chart",
            helm(&words, &operator.chart),
            Expect::Success,
        )));
        items
    }

    pub(crate) fn values_are_ready(&self) -> Item {
        let what = Prose::of("the values for the new chart are written, in {}", &[&self.values()]);
        let test = Command::new("test", ["-f".to_string(), self.values()]);
        Item::See(Check::new(what, test, Expect::Success))
    }

    pub(crate) fn replace(&self) -> Step {
        // A person comes first: nothing waits for a merge once the old operator is gone.
        let mut items: Vec<Item> = self.new_operator_in_git().into_iter().collect();
        items.extend(self.given_by_hand().then(|| {
            let file = self.new_object();
            let what = Prose::of("that object is written, in {}", &[&file]);
            let test = Command::new("test", ["-f".to_string(), file]);
            Item::See(Check::new(what, test, Expect::Success))
        }));
        items.push(Item::See(none_is_left()));
        items.extend(self.chart_is_ready());
        items.extend(self.old_operator_goes());
        items.extend(self.new_operator_comes());
        items.extend(self.new_operator_is_there());
        items.extend(self.goes_on_by_itself());
        let mut step = step(
            "Replace the operator and its CRD",
            "No CRD ever served both versions, and the old one cannot be replaced as long as \
             something is stored at `v1alpha1`.",
            items,
        );
        step.notes = self.notes_of_installation();
        step.notes.push(RENAMED.into());
        step.notes.extend(self.notes_of_renamed());
        step.wrong = vec![
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

    fn old_operator_goes(&self) -> Vec<Item> {
        let operator = self.operator();
        let namespace = format!("--namespace={}", operator.namespace);
        let mut items = vec![match operator.by {
            By::Helm | By::Flux(_) => {
                let storage = format!("--namespace={}", operator.storage);
                Item::Run(helm(&["uninstall", "--wait", &storage], &operator.release))
            }
            By::Argo(_) => Item::Run(kubectl([
                "delete",
                &format!("deployment/{}", operator.called),
                &namespace,
                "--ignore-not-found",
            ])),
        }];
        let mut definitions = vec![DEPLOYMENTS_CRD];
        if self.preview().any(|one| one.it.summary.kind == FlinkKind::SessionJob) {
            definitions.push("flinksessionjobs.flink.apache.org");
        }
        // Nobody stops another one any more, so look once more before it is too late.
        items.push(Item::See(none_is_left()));
        for name in definitions {
            let name = format!("crd/{name}");
            items.push(Item::Run(kubectl(["delete", &name, "--ignore-not-found"])));
        }
        items
    }

    pub(crate) fn installation(&self, operator: &Operator<'_>) -> Vec<Item> {
        let namespace = format!("--namespace={}", operator.namespace);
        let values = format!("--values={}", self.values());
        let version = self.version();
        let words = ["install", &namespace, &values].into_iter().chain(version.as_deref());
        let guard = [&operator.release, &operator.chart].iter().any(|name| name.starts_with('-'));
        let words = words.chain(guard.then_some("--"));
        let names = [operator.release.as_str(), &operator.chart];
        vec![Item::Run(Command::new("helm", words.chain(names)))]
    }

    /// Every patch of the release is as good as the next one.
    pub(crate) fn version(&self) -> Option<String> {
        self.target().map(|target| format!("--version={target}.x"))
    }

    pub(crate) fn new_operator_is_there(&self) -> Vec<Item> {
        let log = kubectl([
            "logs".to_string(),
            format!("deployment/{}", self.operator().called),
            format!("--namespace={}", self.operator().namespace),
            format!("--container={OPERATOR_DEPLOYMENT}"),
        ]);
        let what = Prose::of("its log names the controller {}", &[CONTROLLER]);
        vec![
            Item::See(serves(STABLE).waiting()),
            Item::See(self.operator_runs().waiting()),
            Item::See(Check::new(what, log, Expect::Holds(CONTROLLER.into())).waiting()),
        ]
    }

    pub(crate) fn notes_of_installation(&self) -> Vec<Prose> {
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
    pub(crate) fn notes_of_preparation(&self) -> Vec<Prose> {
        let mut notes = Vec::new();
        let situation = self.situation;
        if self.operator().by == By::Helm {
            notes.push(Prose::of(
                "The values of today go into {}. The new chart reads {}, which nobody else writes: copy \
                 the one to the other in good time, and rename the keys that have other names now.",
                &[&self.file("operator-values.yaml"), &self.values()],
            ));
            if situation.chart.is_none() {
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
    fn notes_of_renamed(&self) -> impl Iterator<Item = Prose> {
        let renamed = self.situation.renamed.iter();
        renamed
            .map(|(place, before, after)| Prose::of("{}: {} is now {}.", &[place, before, after]))
    }
}

/// The name of the `Deployment`, cut as the chart cuts it.
fn called(said: Option<&str>) -> String {
    let name: String = said.unwrap_or(OPERATOR_DEPLOYMENT).chars().take(63).collect();
    name.strip_suffix('-').unwrap_or(&name).to_string()
}

/// No resource is left in any namespace.
pub(crate) fn none_is_left() -> Check {
    Check::new(
        "no `FlinkDeployment` is left in any namespace",
        kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=name"]),
        Expect::Nothing,
    )
}

/// The name comes last, behind two dashes where it could be taken for an option.
pub(crate) fn helm(words: &[&str], name: &str) -> Command {
    let guard = name.starts_with('-').then_some("--");
    Command::new("helm", words.iter().copied().chain(guard).chain([name]))
}
