//! The guide's short form: an operator of v1alpha1 without any workload.

use super::before::serves;
use super::command::{Command, Expect};
use super::compare::stop;
use super::operator::none_is_left;
use super::{Check, Item, Scene, Step, command, step};
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::flink::names::PREVIEW;

impl Scene<'_> {
    pub(crate) fn short(&self) -> Vec<Step> {
        let mut look: Vec<Item> = self.extras.iter().map(stop).collect();
        look.push(Item::See(Check::new(
            "this is the cluster that is meant",
            command::kubectl(["config", "current-context"]),
            Expect::Something,
        )));
        look.push(Item::See(serves(PREVIEW)));
        look.push(Item::See(none_is_left()));
        look.extend(self.open_folder());
        look.push(Item::Run(
            command::kubectl(["get", &format!("crd/{DEPLOYMENTS_CRD}"), "--output=yaml"])
                .into(&self.file("crd.yaml.bak")),
        ));
        look.extend(self.keep_values());
        let mut look = step(
            "See that there is nothing to lose",
            "Deleting the CRD deletes every `FlinkDeployment` of the cluster, whatever tree it \
             comes from.",
            look,
        );
        look.notes = self.notes_of_preparation();
        look.wrong.push(
            "There is one after all: make the runbook from the tree that holds its manifest."
                .into(),
        );
        let pause = step(
            "Pause whatever installs the operator",
            "Otherwise the old operator comes back with the old CRD.",
            self.pause_all(),
        );
        let steps = [look, pause, self.replace()];
        let steps = steps.into_iter().filter(|step| !step.items.is_empty());
        steps.enumerate().map(|(i, step)| Step { number: i + 1, ..step }).collect()
    }

    /// The directory into which a chart is unpacked.
    pub(crate) fn unpacked(&self) -> (Command, String) {
        let operator = self.operator();
        let folder = self.file("chart");
        let version = self.version();
        let words = ["pull", "--untar", "--untardir", &folder].into_iter();
        let words: Vec<&str> = words.chain(version.as_deref()).collect();
        let name = operator.chart.rsplit('/').next().unwrap_or_default().to_string();
        (super::operator::helm(&words, &operator.chart), format!("{folder}/{name}/crds"))
    }
}
