//! A job that declares itself stateless gets a savepoint all the same.

use super::state::{self, Row};
use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::gitops::Mode;

pub(super) const RULE: Rule = Rule {
    id: "stateless-savepoint",
    theme: Theme::State,
    steps: &[Step::Convert, Step::Resume],
    summary: "a stateless job keeps its savepoint only until the next change",
    answer: "upgradeMode: savepoint keeps it",
    explain: "\
When: the savepoint map has a location for a job whose `upgradeMode` is `stateless`, or absent,
which means the same.

Why: the job starts from the savepoint all the same, but its next upgrade drops the state again.

What to do: nothing if the state is needed for one start only. Else set `upgradeMode: savepoint`,
as the operator's own upgrade guide does since release 1.5.0. The job then needs
`state.savepoints.dir` and a checkpoint directory: see `checkpoint-dir`.
",
    example: Example {
        given: &[(
            "savepoints.yaml",
            "\
prod/orders: s3://lake/orders/savepoints/savepoint-0a1b2c
",
        )],
        args: &["--savepoints", "savepoints.yaml"],
        file: "orders.yaml",
        before: "\
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
    upgradeMode: stateless
",
        after: "\
apiVersion: flink.apache.org/v1beta1
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
    upgradeMode: stateless
    initialSavepointPath: s3://lake/orders/savepoints/savepoint-0a1b2c
",
        says: "orders.yaml:14:18: note: upgradeMode is stateless: the restored state is kept only \
            until the next change",
    },
    accepting: Some("nothing changes: it is a note and holds nothing"),
    source: "upgrade.md of the operator's documentation (1.5.0), commit 6893c880, FLINK-31577",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Row::Restore { .. } = subject.row() else { return Vec::new() };
    let mode = subject.mode();
    if !matches!(mode, Mode::Stateless | Mode::Absent) {
        return Vec::new();
    }
    let message =
        format!("upgradeMode is {mode}: the restored state is kept only until the next change");
    let finding =
        Finding::new(RULE.id, Remedy::Note, subject.workload.point(&state::MODE), message);
    vec![finding.help("set `upgradeMode: savepoint` to keep it")]
}
