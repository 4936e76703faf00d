//! The guide's short form: an operator of v1alpha1 without any workload.

use super::command::{ExpectedOutput, ShellCommand};
use super::comparison::stop_item;
use super::operator::no_resources_left_check;
use super::suspend::crd_serves_check;
use super::{ChecklistItem, CommandCheck, RunbookBuilder, RunbookStep, command, step};
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::flink::names::PREVIEW;

impl RunbookBuilder<'_> {
    pub(crate) fn short_steps(&self) -> Vec<RunbookStep> {
        let mut look: Vec<ChecklistItem> = self.blocking.iter().map(stop_item).collect();
        look.push(ChecklistItem::Check(CommandCheck::new(
            "this is the cluster that is meant",
            command::kubectl(["config", "current-context"]),
            ExpectedOutput::Something,
        )));
        look.push(ChecklistItem::Check(crd_serves_check(PREVIEW)));
        look.push(ChecklistItem::Check(no_resources_left_check()));
        look.extend(self.prepare_folder());
        look.push(ChecklistItem::Run(
            command::kubectl(["get", &format!("crd/{DEPLOYMENTS_CRD}"), "--output=yaml"])
                .output_to(&self.window_file("crd.yaml.bak")),
        ));
        look.extend(self.save_helm_values());
        let mut look = step(
            "See that there is nothing to lose",
            "Deleting the CRD deletes every `FlinkDeployment` of the cluster, whatever tree it \
             comes from.",
            look,
        );
        look.notes = self.preparation_notes();
        look.troubleshooting.push(
            "There is one after all: make the runbook from the tree that holds its manifest."
                .into(),
        );
        let pause = step(
            "Pause whatever installs the operator",
            "Otherwise the old operator comes back with the old CRD.",
            self.pause_owners(),
        );
        let steps = [look, pause, self.replace_operator_step()];
        let steps = steps.into_iter().filter(|step| !step.items.is_empty());
        steps.enumerate().map(|(i, step)| RunbookStep { number: i + 1, ..step }).collect()
    }

    /// The directory into which a chart is unpacked.
    pub(crate) fn unpack_chart(&self) -> (ShellCommand, String) {
        let operator = self.operator();
        let folder = self.window_file("chart");
        let version = self.version();
        let words = ["pull", "--untar", "--untardir", &folder].into_iter();
        let words: Vec<&str> = words.chain(version.as_deref()).collect();
        let name = operator.chart.rsplit('/').next().unwrap_or_default().to_string();
        (super::operator::helm(&words, &operator.chart), format!("{folder}/{name}/crds"))
    }
}
