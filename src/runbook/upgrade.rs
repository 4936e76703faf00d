//! The two short forms of the operator's guide: an operator of v1alpha1 without any workload, and the
//! usual upgrade where everything is at v1beta1, CRDs first.

use super::checklist::{RecoveryProcedure, get_all_deployments, kubectl, kubectl_in};
use super::convert::job_running_check;
use super::operator::no_resources_left_check;
use super::suspend::{context_check, crd_serves_check};
use super::{
    CommandCheck, ExpectedOutput, INPUT_OPTIONS, Prose, RunbookBuilder, RunbookStep, ShellCommand,
    sync,
};
use crate::flink::chart::{DEPLOYMENTS_CRD, crds};
use crate::flink::names::{PREVIEW, STABLE};
use crate::flink::releases::{OLD_FLINK, Release};

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
            "The tree is at `v1beta1`, and so must the cluster be.",
        );
        look.extend(self.blocking_items());
        look.add(context_check());
        look.add(crd_serves_check(STABLE));
        look.add(self.running_release_check());
        look.extend(self.prepare_folder());
        look.add(self.back_up_deployments());
        look.extend(self.save_helm_values());
        look.add(jobs().output_to(&self.window_file("jobs-before.txt")));
        look.troubleshooting = vec![
            "The CRD serves `v1alpha1`: stop. This runbook is not for that cluster, and \
             `kubectl replace` would be refused.",
        ];
        let mut check = RunbookStep::new(
            "Check what the new release does not accept",
            "A resource that it rejects keeps running, but further changes to it have no effect.",
        );
        let args = ["check", "--step", "convert", "--fail-on", "decision"];
        let rerun = self.rerun(&args, &INPUT_OPTIONS);
        check.add(CommandCheck::new("no manifest is held", rerun, ExpectedOutput::Success));
        // What is in the cluster counts, whatever the tree says.
        let target = self.target().unwrap_or(Release::LAST);
        if OLD_FLINK.iter().any(|refusal| refusal.releases.contains(target)) {
            let old = ["v1_13", "v1_14"].map(|version| {
                format!("{{.items[?(@.spec.flinkVersion==\"{version}\")].metadata.name}}")
            });
            let output = format!("--output=jsonpath={}", old.concat());
            let claim = "no resource has a Flink that the new release no longer supports";
            let get = get_all_deployments(&output);
            check.add(CommandCheck::new(claim, get, ExpectedOutput::Nothing));
        }
        check.manual(
            "Programs that use the Java client of the operator are on its new version, since the \
             guide upgrades that first.",
        );
        let mut steps_of_jobs = RunbookStep::new(
            "Check that the jobs still run",
            "Nothing was stopped, so nothing may have stopped.",
        );
        let running = self.workloads.iter();
        let running = running
            .filter(|workload| !workload.is_session_cluster() && !workload.manifest.is_parked);
        steps_of_jobs.extend(running.map(job_running_check));
        let (before, after) =
            (self.window_file("jobs-before.txt"), self.window_file("jobs-after.txt"));
        steps_of_jobs.add(jobs().output_to(&after));
        // A job that was started again has another id, or begins at another time.
        let claim = "the same jobs run as before";
        let cmp = ShellCommand::new("cmp", [&before, &after]);
        steps_of_jobs.add(CommandCheck::new(claim, cmp, ExpectedOutput::Success));
        vec![look, check, self.replace_crds_step(), self.upgrade_operator_step(), steps_of_jobs]
    }

    /// The release that runs: each chart since 1.0.0 labels its `Deployment` with it.
    fn running_release_check(&self) -> CommandCheck {
        let operator = self.operator();
        let deployment = format!("deployment/{}", operator.deployment);
        let label = r"--output=jsonpath={.metadata.labels.app\.kubernetes\.io/version}";
        let get = kubectl_in(&operator.namespace, "get", &deployment, &[label]);
        CommandCheck::new("this is the release that runs", get, ExpectedOutput::Something)
    }

    /// What to do where the new operator does not come up.
    pub(crate) fn rollback_procedure(&self) -> RecoveryProcedure {
        let operator = self.operator();
        let namespace = format!("--namespace={}", operator.helm_namespace);
        let rollback =
            ShellCommand::with_names("helm", &["rollback", &namespace], &[&operator.release]);
        let commands = if operator.installer.is_none() { vec![rollback] } else { Vec::new() };
        RecoveryProcedure {
            when: "The new operator does not start, or a job does not run under it",
            instructions: [
                "Go back to the release before, where Git installs it by reverting the merge. Leave \
                 the CRDs as they are: later ones only add fields.",
            ]
            .map(Prose::from)
            .to_vec(),
            commands,
        }
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
        let all = format!("--filename={folder}/{name}/crds");
        let diff = kubectl(["diff", &all]);
        let claim = "the CRDs of the cluster are those of the chart: with older ones the new \
             operator forgets savepoints";
        step.add(CommandCheck::new(claim, diff, ExpectedOutput::Success));
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

/// Which jobs run, each with its id.
fn jobs() -> ShellCommand {
    let columns = "NAMESPACE:.metadata.namespace,NAME:.metadata.name,JOB:.status.jobStatus.jobId,\
        START:.status.jobStatus.startTime";
    get_all_deployments(&format!("--output=custom-columns={columns}"))
}

/// Nothing is deleted or replaced before it is known what runs.
pub(crate) fn question_step() -> RunbookStep {
    let mut step = RunbookStep::new(
        "Find out which operator runs",
        "No manifest of the tree can be read, so nothing says whether the cluster is at \
         `v1alpha1`, with operator 0.1.0, or at `v1beta1`.",
    );
    step.add(context_check());
    let crd = format!("crd/{DEPLOYMENTS_CRD}");
    step.add(kubectl(["get", &crd, "--output=jsonpath={.spec.versions[*].name}"]));
    step.manual(
        "Render the templates, or decrypt the files, into a folder, and print the runbook again \
         with that folder as its PATH.",
    );
    step
}
