//! A job has a savepoint and is said to need none.

use super::state::{self, Row};
use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};

pub(super) const RULE: Rule = Rule {
    id: "contradiction",
    theme: Theme::State,
    steps: &[Step::Convert, Step::Resume],
    summary: "a job has a savepoint and may start without one",
    answer: "drop the entry, or fresh = true",
    explain: "\
When: the savepoint map has a location for the workload, and `flink-migrate.toml` says `fresh =
true` for it.

Why: the one says that the job starts from its savepoint, the other that it may start empty.
Nothing tells which is the later word.

What to do: take one of the two away. Without `fresh` the job starts from the savepoint. Without
the entry it starts empty, and an old path is removed.
",
    example: Example {
        given: &[
            (
                "savepoints.yaml",
                "\
prod/orders: s3://lake/orders/savepoints/savepoint-0a1b2c
",
            ),
            (
                "flink-migrate.toml",
                "\
savepoints = [\"savepoints.yaml\"]

[workload.\"prod/orders\"]
fresh = true
",
            ),
        ],
        args: &[],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:16:18: decision: prod/orders has a savepoint (savepoints.yaml:1:1) and is \
            marked `fresh`",
    },
    accepting: None,
    source: "what a path does and what its absence does: JobReconciler.java:70 (0.1.0), \
        ApplicationReconciler.java:81 (1.0.0)",
    accept: Acceptable::No,
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
    state.savepoints.dir: s3://lake/orders/savepoints
    state.checkpoints.dir: s3://lake/orders/checkpoints
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: savepoint
";

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Row::Contradiction(entry) = subject.row() else { return Vec::new() };
    let message =
        format!("{} has a savepoint ({}) and is marked `fresh`", subject.key, entry.origin);
    let help = "remove the entry, or `fresh = true` from flink-migrate.toml";
    vec![
        Finding::new(RULE.id, Remedy::Decision, subject.workload.point(&state::MODE), message)
            .help(help),
    ]
}
