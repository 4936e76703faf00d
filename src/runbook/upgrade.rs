//! The two short forms of the operator's guide: an operator of v1alpha1 without any workload, and the
//! usual upgrade where everything is at v1beta1, CRDs first.

use super::checklist::kubectl;
use super::convert::job_running_check;
use super::operator::no_resources_left_check;
use super::suspend::{context_check, crd_serves_check};
use super::{
    CommandCheck, ExpectedOutput, INPUT_OPTIONS, Prose, RunbookBuilder, RunbookStep, ShellCommand,
    sync,
};
use crate::flink::chart::{DEPLOYMENTS_CRD, crds};
use crate::flink::names::{PREVIEW, STABLE};
use crate::flink::releases::Release;

impl RunbookBuilder<'_> {
    pub(crate) fn replacement_steps(&self) -> Vec<RunbookStep> {
        let mut look = RunbookStep::new(
            "Check that there is nothing to lose",
            "Deleting the CRD deletes every `FlinkDeployment` of the cluster, from whichever \
             repository.",
        );
        look.extend(self.blocking_items());
        look.add(context_check());
        look.add(crd_serves_check(PREVIEW));
        look.add(no_resources_left_check());
        look.extend(self.prepare_folder());
        look.add(self.back_up_crd());
        look.extend(self.save_helm_values());
        look.notes = self.preparation_notes();
        look.troubleshooting =
            vec!["There is one after all: make the runbook from the tree that has its manifest."];
        let mut steps = vec![look];
        if !self.owners.is_empty() {
            let mut pause = RunbookStep::new(
                "Pause everything that installs the operator",
                "Otherwise the old operator comes back with the old CRD.",
            );
            pause.extend(self.pause_owners());
            steps.push(pause);
        }
        steps.push(self.replace_operator_step());
        steps
    }

    pub(crate) fn upgrade_steps(&self) -> Vec<RunbookStep> {
        let mut look = RunbookStep::new(
            "Look, and back up",
            "The tree is at `v1beta1`. If the cluster is not, it has to be migrated first.",
        );
        look.extend(self.blocking_items());
        look.add(context_check());
        look.add(crd_serves_check(STABLE));
        look.extend(self.prepare_folder());
        look.add(self.back_up_deployments());
        look.extend(self.save_helm_values());
        look.troubleshooting = vec![
            "The CRD serves `v1alpha1`: stop. Make the runbook from the commit before the \
             conversion; `kubectl replace` would be refused.",
        ];
        let mut check = RunbookStep::new(
            "Check what the new release does not accept",
            "A resource that it rejects keeps running, but further changes to it have no effect.",
        );
        let args = ["check", "--step", "convert", "--fail-on", "decision"];
        let rerun = self.rerun(&args, &INPUT_OPTIONS);
        check.add(CommandCheck::new("no manifest is held", rerun, ExpectedOutput::Success));
        let mut jobs = RunbookStep::new(
            "Check that the jobs still run",
            "Nothing was stopped, so nothing may have stopped.",
        );
        let running = self.workloads.iter();
        let running = running
            .filter(|workload| !workload.is_session_cluster() && !workload.manifest.is_parked);
        jobs.extend(running.map(job_running_check));
        jobs.add(kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces"]));
        vec![look, check, self.replace_crds_step(), self.upgrade_operator_step(), jobs]
    }

    /// The CRDs that the target has. Those of later kinds may be new to the cluster, where there
    /// is nothing to replace.
    fn replace_crds_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Replace the CRDs",
            "Helm installs CRDs once and never upgrades them. Replacing one leaves the running \
             jobs alone; deleting one would delete them.",
        );
        let chart = self.operator().chart;
        let folder = self.window_file("chart");
        let version = self.version();
        let args = ["pull", "--untar", "--untardir", &folder].into_iter();
        let args: Vec<&str> = args.chain(version.as_deref()).collect();
        step.add(ShellCommand::with_names("helm", &args, &[&chart]));
        let name = chart.rsplit('/').next().unwrap_or_default();
        for (i, crd) in crds(self.target().unwrap_or(Release::LAST)).enumerate() {
            let path = format!("--filename={folder}/{name}/crds/{crd}-v1.yml");
            step.add(if i < crds(Release::FIRST).count() {
                kubectl(["replace", &path])
            } else {
                kubectl(["apply", "--server-side", "--force-conflicts", &path])
            });
        }
        if self.target().is_none() {
            step.note(Prose::format(
                "No release was given with `--target-operator`: these are the CRDs of {}.",
                &[&Release::LAST.to_string()],
            ));
        }
        step
    }

    fn upgrade_operator_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Upgrade the operator",
            "The jobs keep running while their operator is replaced.",
        );
        let operator = self.operator();
        match operator.installer {
            None => {
                step.add(self.values_check());
                step.add(self.helm_with_values("upgrade", &operator));
            }
            Some(owner) => {
                step.manual(self.operator_change_to_merge(&owner.object));
                let owners = self.owners.iter().filter(|owner| owner.has_operator);
                step.extend(owners.filter_map(|owner| sync::refresh_command(&owner.object)));
            }
        }
        step.extend(self.new_operator_checks());
        step.notes = self.installation_notes();
        step.notes.extend(self.preparation_notes());
        step
    }
}
