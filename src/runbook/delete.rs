//! The point of no return: deleting the resources, after everything was looked at once more.

use super::before::{STOPPED, gone};
use super::command::{Check, Expect, kubectl};
use super::compare::stop;
use super::operator::none_is_left;
use super::{Item, Scene, Step, Subject, step};
use crate::flink::chart::high_availability_labels;
use crate::flink::names::FlinkKind;

impl Scene<'_> {
    pub(crate) fn delete(&self) -> Step {
        let mut items: Vec<Item> = self.extras.iter().map(stop).collect();
        items.extend(self.look_again());
        let (map, dump) = (self.map(), self.file("before-delete.json"));
        if self.situation.answers.is_some() {
            // A dump has null where somebody answered, so it is made a map with the answers first.
            let again = self.file("savepoints-again.yaml");
            items.push(Item::See(self.has_savepoints(&dump, &again)));
            items.push(Item::See(self.has_answers(&[&map, &again])));
        } else {
            items.push(Item::See(self.has_answers(&[&map, &dump])));
        }
        items.extend(self.are_stopped(&Expect::ExactlyOrNothing(STOPPED.into())));
        items.extend(self.stopped().map(gone).map(Item::See));
        items.extend(self.are_paused());
        items.push(Item::See(self.operator_runs()));
        items.extend(self.chart_is_ready());
        items.push(Item::Person(
            "Go or no-go. Up to here nothing is lost by going back. From here on the way back is the \
             old operator and `--step resume`."
                .into(),
        ));
        let mut all: Vec<&Subject<'_>> = self.preview().collect();
        // What hangs on a cluster goes before it.
        all.sort_by_key(|one| one.it.summary.kind != FlinkKind::SessionJob);
        items.extend(all.iter().map(|one| Item::Run(deletion(one))));
        items.push(Item::See(none_is_left().waiting()));
        let clusters = || all.iter().filter(|one| one.it.summary.kind == FlinkKind::Deployment);
        let left = clusters().map(|one| gone(one)).chain(clusters().map(|one| no_memory(one)));
        items.extend(left.map(|it| Item::See(it.waiting())));
        let mut step = step(
            "Delete the resources, while the old operator runs",
            "Only the operator takes away what belongs to a resource. What high availability remembers of a \
             job comes before its savepoint when the job starts again, so none of it may stay.",
            items,
        );
        step.notes = self.notes_of_releases(true);
        step.wrong = vec![
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

fn deletion(one: &Subject<'_>) -> super::Command {
    kubectl([
        "delete".to_string(),
        one.resource(),
        one.in_namespace(),
        "--ignore-not-found".to_string(),
        "--timeout=10m".to_string(),
    ])
}

/// Nothing of high availability is left of it.
fn no_memory(one: &Subject<'_>) -> Check {
    let command = kubectl([
        "get".to_string(),
        "configmaps".to_string(),
        one.in_namespace(),
        format!("--selector={}", high_availability_labels(&one.name)),
        "--output=name".to_string(),
    ]);
    Check::new("has no metadata of high availability left", command, Expect::Nothing).of(one.key())
}
