//! A job that was suspended before the migration.

use super::state::{self, sign_of_state};
use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::FlinkKind;
use crate::flink::names::mode as modes;
use crate::gitops::Mode;

pub(super) const RULE: Rule = Rule {
    id: "parked-without-savepoint",
    theme: Theme::State,
    steps: &[Step::Suspend],
    summary: "a suspended job has no savepoint that the migration could carry over",
    answer: "resume it, or fresh = true",
    explain: "\
Why: a job that was suspended with `upgradeMode: last-state` left its state to the metadata of high
availability, and deleting the resource deletes them. Changing its mode now takes no savepoint
either: operator 0.1.0 takes one only from a job that runs, and a later look at the resource would
pass an old one off as its last.

When: `state` is `suspended` without the mark of this step, and `upgradeMode` is not `savepoint`.
With `savepoint` it is a note: the job was stopped with a savepoint, stays parked, and step
`convert` asks whether it is to run. One that is stateless by its own word has nothing to lose.

It is a decision too if the mark is there and the mode is no longer what this step wrote: such a
job stops without a savepoint.

What is done: nothing. A job that is suspended already is never touched by this step.

What to do: resume the job, and let this step suspend it; or put its newest retained checkpoint
into the savepoint map, and accept this rule for the workload; or say that it may start empty:

    [workload.\"prod/orders\"]
    fresh = true
",
    example: Example {
        given: &[],
        args: &["--step", "suspend"],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:14:12: decision: prod/orders is parked with upgradeMode last-state: its \
            state goes with the resource",
    },
    accepting: Some("the job stays parked, and its lines stay as they are"),
    source: "JobReconciler.java:85, :119 and BaseReconciler.java:54 (0.1.0)",
    accept: Acceptable::ForOneWorkload,
    check: Check::Complete(check),
};

/// The manifest of the example, which is left as it is.
const EXAMPLE: &str = "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    state: suspended
    upgradeMode: last-state
";

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Subject { workload, key, answer, .. } = subject;
    if !workload.is_suspended() || workload.kind != FlinkKind::Deployment {
        return Vec::new();
    }
    let span = workload.point(&state::STATE);
    if !workload.is_parked() {
        let written = workload.text(&state::MODE);
        if written == Some(modes::SAVEPOINT) {
            return Vec::new();
        }
        let message = format!(
            "{key} is suspended by this step, and its upgradeMode is {}: it stops without a savepoint",
            written.unwrap_or("absent")
        );
        let help = "write `upgradeMode: savepoint`, with the mark of what it was before";
        return vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)];
    }
    let note = |message: String| vec![Finding::new(RULE.id, Remedy::Note, span, message)];
    let mode = workload.mode();
    let keeps_nothing = mode == Mode::Stateless
        || (mode == Mode::Absent && sign_of_state(subject).is_none())
        || answer.is_some_and(|answer| answer.fresh);
    if keeps_nothing {
        return note(format!("{key} is parked and has no state to lose: it stays as it is"));
    }
    if mode == Mode::Savepoint {
        return note(format!("{key} is parked with a savepoint: it stays parked"));
    }
    let message =
        format!("{key} is parked with upgradeMode {mode}: its state goes with the resource");
    let help = format!(
        "resume it and suspend it with this step, put its newest retained checkpoint into the savepoint \
         map and accept this rule for it, or set `fresh = true` under [workload.\"{key}\"] in \
         flink-migrate.toml"
    );
    vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)]
}
