//! Everything is at v1beta1 already: the guide's normal upgrade, CRDs first.

use super::before::serves;
use super::command::{Check, Command, Expect, kubectl};
use super::compare::stop;
use super::operator::By;
use super::resuming::refreshing;
use super::{FACTS, Item, Prose, Reason, Scene, Step, command, step};
use crate::flink::chart::{DEPLOYMENTS_CRD, crds};
use crate::flink::names::STABLE;
use crate::flink::releases::Release;

impl Scene<'_> {
    pub(crate) fn upgrade(&self) -> Vec<Step> {
        let mut look: Vec<Item> = self.extras.iter().map(stop).collect();
        look.push(Item::See(Check::new(
            "this is the cluster that is meant",
            kubectl(["config", "current-context"]),
            Expect::Something,
        )));
        look.push(Item::See(serves(STABLE)));
        look.extend(self.open_folder());
        look.push(Item::Run(
            kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=yaml"])
                .into(&self.file("flinkdeployments.yaml.bak")),
        ));
        look.extend(self.keep_values());
        let mut look = step(
            "Look, and back up",
            "The tree is at `v1beta1`. If the cluster is not, it has to be migrated first.",
            look,
        );
        look.wrong.push(
            "The CRD serves `v1alpha1`: stop. Make the runbook from the commit before the \
             conversion; `kubectl replace` would be refused."
                .into(),
        );
        let check = step(
            "See what the new release does not take",
            "A resource that it rejects goes on running, and no change of it is acted upon any more.",
            vec![Item::See(Check::new(
                "no manifest is held",
                self.again(&["check", "--step", "convert", "--fail-on", "decision"], &FACTS),
                Expect::Success,
            ))],
        );
        let steps = [look, check, self.definitions(), self.chart(), self.still_runs()];
        let numbered = steps.into_iter().enumerate();
        numbered.map(|(i, step)| Step { number: i + 1, ..step }).collect()
    }

    /// The CRDs that the target has. Those of later kinds may be new to the cluster, where there
    /// is nothing to replace.
    fn definitions(&self) -> Step {
        let (pull, folder) = self.unpacked();
        let mut items = vec![Item::Run(pull)];
        let target = self.target().unwrap_or(Release::LAST);
        for (i, name) in crds(target).enumerate() {
            let path = format!("--filename={folder}/{name}-v1.yml");
            items.push(Item::Run(if i < crds(Release::FIRST).count() {
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

    fn chart(&self) -> Step {
        let operator = self.operator();
        let mut items = Vec::new();
        if operator.by == By::Helm {
            let namespace = format!("--namespace={}", operator.namespace);
            let values = format!("--values={}", self.file("new-values.yaml"));
            items.push(self.values_are_ready());
            let version = self.version();
            let words = ["upgrade", &namespace, &values].into_iter().chain(version.as_deref());
            let guard = operator.release.starts_with('-').then_some("--");
            let names = [operator.release.as_str(), &operator.chart];
            items.push(Item::Run(Command::new("helm", words.chain(guard).chain(names))));
        } else {
            let holders = || self.holders.iter().filter(|holder| holder.has_operator);
            let own = holders().find(|holder| holder.reason == Reason::Operator);
            items.extend(own.map(|own| Item::Person(self.what_to_merge(&own.keeper))));
            items.extend(holders().flat_map(|holder| refreshing(&holder.keeper)).map(Item::Run));
        }
        items.extend(self.new_operator_is_there());
        let mut step = step(
            "Upgrade the operator",
            "The jobs go on running while their operator is replaced.",
            items,
        );
        step.notes = self.notes_of_installation();
        step.notes.extend(self.notes_of_preparation());
        step
    }

    fn still_runs(&self) -> Step {
        let items = self.subjects.iter().filter(|one| !one.is_session() && !one.is_parked());
        let items = items.map(|one| Item::See(super::after::runs(one)));
        let mut items: Vec<Item> = items.collect();
        items.push(Item::Run(command::kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces"])));
        step(
            "See that the jobs still run",
            "Nothing was stopped, so nothing may have stopped.",
            items,
        )
    }
}
