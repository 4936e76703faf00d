//! The point of no return: deleting the resources, after everything was looked at once more.

use super::command::{CommandCheck, ExpectedOutput, kubectl};
use super::comparison::stop_item;
use super::operator::no_resources_left_check;
use super::suspend::{SUSPENDED_STATUS, deployment_gone_check};
use super::{ChecklistItem, RunbookBuilder, RunbookStep, RunbookWorkload, step};
use crate::flink::chart::high_availability_labels;
use crate::flink::names::FlinkKind;

impl RunbookBuilder<'_> {
    pub(crate) fn delete_step(&self) -> RunbookStep {
        let mut items: Vec<ChecklistItem> = self.blocking.iter().map(stop_item).collect();
        items.extend(self.fresh_comparison());
        let (map, dump) = (self.savepoint_map(), self.window_file("before-delete.json"));
        if self.input.answers.is_some() {
            // A dump has null where somebody answered, so it is made a map with the answers first.
            let again = self.window_file("savepoints-again.yaml");
            items.push(ChecklistItem::Check(self.savepoints_check(&dump, &again)));
            items.push(ChecklistItem::Check(self.no_decisions_check(&[&map, &again])));
        } else {
            items.push(ChecklistItem::Check(self.no_decisions_check(&[&map, &dump])));
        }
        items.extend(
            self.suspended_checks(&ExpectedOutput::ExactlyOrNothing(SUSPENDED_STATUS.into())),
        );
        items.extend(self.jobs_to_suspend().map(deployment_gone_check).map(ChecklistItem::Check));
        items.extend(self.paused_checks());
        items.push(ChecklistItem::Check(self.operator_running_check()));
        items.extend(self.chart_checks());
        items.push(ChecklistItem::Manual(
            "Go or no-go. Up to here nothing is lost by going back. From here on the way back is the \
             old operator and `--step resume`."
                .into(),
        ));
        let mut all: Vec<&RunbookWorkload<'_>> = self.preview_workloads().collect();
        // What hangs on a cluster goes before it.
        all.sort_by_key(|workload| workload.manifest.summary.kind != FlinkKind::SessionJob);
        items.extend(all.iter().map(|workload| ChecklistItem::Run(delete_command(workload))));
        items.push(ChecklistItem::Check(no_resources_left_check().waiting()));
        let clusters = || {
            all.iter().filter(|workload| workload.manifest.summary.kind == FlinkKind::Deployment)
        };
        let left = clusters()
            .map(|workload| deployment_gone_check(workload))
            .chain(clusters().map(|workload| no_ha_metadata_check(workload)));
        items.extend(left.map(|it| ChecklistItem::Check(it.waiting())));
        let mut step = step(
            "Delete the resources, while the old operator runs",
            "Only the operator takes away what belongs to a resource. What high availability remembers of a \
             job comes before its savepoint when the job starts again, so none of it may stay.",
            items,
        );
        step.notes = self.helm_release_notes(true);
        step.troubleshooting = vec![
            "A deletion hangs: the finalizer waits for the operator, so see that it runs and read its log. \
             To take the finalizer away by hand leaves the rest behind."
                .into(),
            "A `ConfigMap` of high availability stays although its resource is gone: delete it by the labels \
             of the check, `kubectl delete configmaps` in the place of `kubectl get configmaps`."
                .into(),
            "A resource comes back: something still applies it. Go back to step 4, and do not go on before \
             it is found."
                .into(),
        ];
        step
    }
}

fn delete_command(workload: &RunbookWorkload<'_>) -> super::ShellCommand {
    kubectl([
        "delete".to_string(),
        workload.resource(),
        workload.in_namespace(),
        "--ignore-not-found".to_string(),
        "--timeout=10m".to_string(),
    ])
}

/// Nothing of high availability is left of it.
fn no_ha_metadata_check(workload: &RunbookWorkload<'_>) -> CommandCheck {
    let command = kubectl([
        "get".to_string(),
        "configmaps".to_string(),
        workload.in_namespace(),
        format!("--selector={}", high_availability_labels(&workload.name)),
        "--output=name".to_string(),
    ]);
    CommandCheck::new("has no metadata of high availability left", command, ExpectedOutput::Nothing)
        .of(workload.key())
}
