//! Everything is at v1beta1 already: the guide's normal upgrade, CRDs first.

use super::command::{CommandCheck, ExpectedOutput, ShellCommand, kubectl};
use super::comparison::stop_item;
use super::operator::Installer;
use super::resume::refresh_commands;
use super::suspend::crd_serves_check;
use super::{
    ChecklistItem, INPUT_OPTIONS, OwnershipReason, Prose, RunbookBuilder, RunbookStep, command,
    step,
};
use crate::flink::chart::{DEPLOYMENTS_CRD, crds};
use crate::flink::names::STABLE;
use crate::flink::releases::Release;

impl RunbookBuilder<'_> {
    pub(crate) fn upgrade_steps(&self) -> Vec<RunbookStep> {
        let mut look: Vec<ChecklistItem> = self.blocking.iter().map(stop_item).collect();
        look.push(ChecklistItem::Check(CommandCheck::new(
            "this is the cluster that is meant",
            kubectl(["config", "current-context"]),
            ExpectedOutput::Something,
        )));
        look.push(ChecklistItem::Check(crd_serves_check(STABLE)));
        look.extend(self.prepare_folder());
        look.push(ChecklistItem::Run(
            kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=yaml"])
                .output_to(&self.window_file("flinkdeployments.yaml.bak")),
        ));
        look.extend(self.save_helm_values());
        let mut look = step(
            "Look, and back up",
            "The tree is at `v1beta1`. If the cluster is not, it has to be migrated first.",
            look,
        );
        look.troubleshooting.push(
            "The CRD serves `v1alpha1`: stop. Make the runbook from the commit before the \
             conversion; `kubectl replace` would be refused."
                .into(),
        );
        let check = step(
            "See what the new release does not take",
            "A resource that it rejects goes on running, and no change of it is acted upon any more.",
            vec![ChecklistItem::Check(CommandCheck::new(
                "no manifest is held",
                self.rerun(
                    &["check", "--step", "convert", "--fail-on", "decision"],
                    &INPUT_OPTIONS,
                ),
                ExpectedOutput::Success,
            ))],
        );
        let steps = [
            look,
            check,
            self.replace_crds_step(),
            self.upgrade_chart_step(),
            self.jobs_still_run_step(),
        ];
        let numbered = steps.into_iter().enumerate();
        numbered.map(|(i, step)| RunbookStep { number: i + 1, ..step }).collect()
    }

    /// The CRDs that the target has. Those of later kinds may be new to the cluster, where there
    /// is nothing to replace.
    fn replace_crds_step(&self) -> RunbookStep {
        let (pull, folder) = self.unpack_chart();
        let mut items = vec![ChecklistItem::Run(pull)];
        let target = self.target().unwrap_or(Release::LAST);
        for (i, name) in crds(target).enumerate() {
            let path = format!("--filename={folder}/{name}-v1.yml");
            items.push(ChecklistItem::Run(if i < crds(Release::FIRST).count() {
                kubectl(["replace", &path])
            } else {
                kubectl(["apply", "--server-side", "--force-conflicts", &path])
            }));
        }
        let mut step = step(
            "Replace the CRDs",
            "Helm installs CRDs once and never upgrades them. To replace one leaves the running \
             jobs alone; to delete one would delete them.",
            items,
        );
        if self.target().is_none() {
            step.notes.push(Prose::of(
                "No release was named with `--target-operator`: these are the CRDs of {}.",
                &[&Release::LAST.to_string()],
            ));
        }
        step
    }

    fn upgrade_chart_step(&self) -> RunbookStep {
        let operator = self.operator();
        let mut items = Vec::new();
        if operator.by == Installer::Helm {
            let namespace = format!("--namespace={}", operator.namespace);
            let values = format!("--values={}", self.window_file("new-values.yaml"));
            items.push(self.values_check());
            let version = self.version();
            let words = ["upgrade", &namespace, &values].into_iter().chain(version.as_deref());
            let guard = operator.release.starts_with('-').then_some("--");
            let names = [operator.release.as_str(), &operator.chart];
            items.push(ChecklistItem::Run(ShellCommand::new(
                "helm",
                words.chain(guard).chain(names),
            )));
        } else {
            let owners = || self.owners.iter().filter(|owner| owner.has_operator);
            let own = owners().find(|owner| owner.reason == OwnershipReason::Operator);
            items.extend(
                own.map(|own| ChecklistItem::Manual(self.operator_change_to_merge(&own.object))),
            );
            items.extend(
                owners().flat_map(|owner| refresh_commands(&owner.object)).map(ChecklistItem::Run),
            );
        }
        items.extend(self.new_operator_checks());
        let mut step = step(
            "Upgrade the operator",
            "The jobs go on running while their operator is replaced.",
            items,
        );
        step.notes = self.installation_notes();
        step.notes.extend(self.preparation_notes());
        step
    }

    fn jobs_still_run_step(&self) -> RunbookStep {
        let items = self
            .workloads
            .iter()
            .filter(|workload| !workload.is_session() && !workload.is_parked());
        let items =
            items.map(|workload| ChecklistItem::Check(super::convert::job_running_check(workload)));
        let mut items: Vec<ChecklistItem> = items.collect();
        items.push(ChecklistItem::Run(command::kubectl([
            "get",
            DEPLOYMENTS_CRD,
            "--all-namespaces",
        ])));
        step(
            "See that the jobs still run",
            "Nothing was stopped, so nothing may have stopped.",
            items,
        )
    }
}
