//! The point of no return: deleting the resources, after everything was checked once more; and the way
//! back on either side of it.

use super::checklist::RecoveryProcedure;
use super::operator::no_resources_left_check;
use super::suspend::{SUSPENDED_STATUS, deployment_gone_check};
use super::{CommandCheck, ExpectedOutput, Prose, RunbookBuilder, RunbookStep, RunbookWorkload};
use crate::flink::chart::high_availability_labels;
use crate::flink::names::FlinkKind;
use crate::flink::releases::Release;

/// The last minor release whose newest patch does not keep the path of a first start that failed
/// (`AbstractFlinkResourceReconciler.java:110-127`, 1.3.0; `:195`, 1.3.1).
const LAST_FORGETFUL: Release = Release::new(2);

impl RunbookBuilder<'_> {
    pub(crate) fn delete_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Delete the resources, while the old operator runs",
            "Only the operator removes what belongs to a resource. High-availability metadata of \
             a job takes precedence over its savepoint when the job starts again, so none of it \
             may remain.",
        );
        step.extend(self.blocking_items());
        step.extend(self.fresh_comparison());
        let (map, dump) = (self.savepoint_map(), self.window_file("before-delete.json"));
        if self.input.answers.is_some() {
            // A dump has null where somebody answered, so it is made a map with the answers first.
            let again = self.window_file("savepoints-again.yaml");
            step.add(self.savepoints_check(&dump, &again));
            step.add(self.no_decisions_check(&[&map, &again]));
        } else {
            step.add(self.no_decisions_check(&[&map, &dump]));
        }
        step.extend(
            self.suspended_checks(&ExpectedOutput::ExactlyOrNothing(SUSPENDED_STATUS.into())),
        );
        step.extend(self.jobs_to_suspend().map(deployment_gone_check));
        step.extend(self.paused_checks());
        step.add(self.operator_running_check());
        step.extend(self.chart_checks());
        step.extend(self.way_back_checks());
        step.manual(
            "Go or no-go. Up to here nothing is lost by going back. From here on, going back means \
             the old operator and `--step resume`.",
        );
        let mut all: Vec<&RunbookWorkload<'_>> = self.preview_workloads().collect();
        // A session job goes before its cluster.
        all.sort_by_key(|workload| workload.manifest.kind != FlinkKind::SessionJob);
        step.extend(all.iter().map(|workload| {
            let options = ["--ignore-not-found", "--timeout=10m"];
            workload.kubectl("delete", &workload.resource(), &options)
        }));
        step.add(no_resources_left_check().waiting());
        all.retain(|workload| workload.manifest.kind == FlinkKind::Deployment);
        step.extend(all.iter().map(|workload| deployment_gone_check(workload).waiting()));
        step.extend(all.iter().map(|workload| no_ha_metadata_check(workload).waiting()));
        step.notes = self.helm_release_notes(true);
        step.troubleshooting = vec![
            "A deletion hangs: the finalizer waits for the operator, so check that it runs and \
             read its log. Removing the finalizer by hand leaves the rest behind.",
            "A `ConfigMap` of high availability stays although its resource is gone: delete it \
             by the labels of the check, with `kubectl delete configmaps` instead of `kubectl \
             get configmaps`.",
            "A resource comes back: something still applies it. Go back to step 4, and do not go \
             on until it is found.",
        ];
        step
    }

    pub(crate) fn recovery_procedures(&self) -> Vec<RecoveryProcedure> {
        let map = self.savepoint_map();
        let resume = ["write", "--step", "resume", "--savepoints", &map];
        let values = self.window_file("operator-values.yaml");
        let running = ["--type=merge", r#"--patch={"spec":{"job":{"state":"running"}}}"#];
        let mut procedures = vec![
            RecoveryProcedure {
                when: "Before step 7: the resources are still there",
                instructions: [
                    "Set `state: running` again: operator 0.1.0 restores the last savepoint of the \
                     job, under `upgradeMode: savepoint` and `last-state` alike.",
                    "While the sync is paused, the commands below do it; otherwise do it in Git, \
                     since a patch would be reverted. Then resume everything that was paused, \
                     with the same state in Git.",
                ]
                .map(Prose::from)
                .to_vec(),
                commands: self
                    .jobs_to_suspend()
                    .map(|workload| workload.kubectl("patch", &workload.resource(), &running))
                    .collect(),
            },
            RecoveryProcedure {
                when: "After step 7: the resources are gone, and the new operator cannot be installed",
                instructions: [
                    "Leave everything paused. If the new operator has started jobs already, what \
                     they did since then is lost; stop them and delete their resources, \
                     uninstall that operator and delete its CRDs.",
                    "Install operator 0.1.0 again, with its CRD and the values of {}. Its chart is at \
                     `https://archive.apache.org/dist/flink/flink-kubernetes-operator-0.1.0/`.",
                    "Go back to the commit before the conversion and write the paths into the manifests at \
                     `v1alpha1`. Without them every stateful job starts empty.",
                    "Merge that, and only then resume the sync. A job that ran with \
                     `execution.savepoint-restore-mode: CLAIM` may have deleted its savepoint: take \
                     its newest checkpoint instead.",
                ]
                .map(|text| Prose::format(text, &[&values]))
                .to_vec(),
                commands: vec![self.rerun(&resume, &["namespace", "operator-config"])],
            },
        ];
        if self.target().is_none_or(|target| target <= LAST_FORGETFUL) {
            procedures.push(RecoveryProcedure {
                when: "The first start of a job failed, under operator 1.0.0 to 1.3.0",
                instructions: [
                    "Delete the resource, fix its manifest, and create it again with the same \
                     `initialSavepointPath`.",
                    "Never fix it in place: up to 1.3.0 the operator does not keep the path of a \
                     first start that failed, and the job is then rejected, waits forever, or \
                     starts empty.",
                ]
                .map(Prose::from)
                .to_vec(),
                commands: Vec::new(),
            });
        }
        procedures
    }
}

fn no_ha_metadata_check(workload: &RunbookWorkload<'_>) -> CommandCheck {
    let selector = format!("--selector={}", high_availability_labels(workload.name));
    let get = workload.kubectl("get", "configmaps", &[&selector, "--output=name"]);
    workload.check("has no high-availability metadata left", get, ExpectedOutput::Nothing)
}
