//! The job starts from the savepoint that the map names.

use super::state::{self, Row};
use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::location::{is_retained_checkpoint, masked};
use crate::flink::names::field;
use crate::yaml::{Change, FieldPath, Position, Value};

pub(super) const RULE: Rule = Rule {
    id: "initial-savepoint",
    theme: Theme::State,
    steps: &[Step::Convert, Step::Resume],
    summary: "a job starts from the savepoint the map names",
    answer: "stop the job before the restore",
    explain: "\
What changed: the migration deletes the resource and creates it anew, so its next start is a first
deployment. It restores state only from `spec.job.initialSavepointPath`, whatever `upgradeMode`
says.

What is done: the location that the savepoint map has for the workload is written to the letter,
behind `upgradeMode` where there is one. An older path is replaced. With `fresh = true` for the
workload and no location in the map, an old path is removed: it would be honoured again.

A map is YAML or JSON, or by its extension CSV. In CSV a line whose first character is `#` is a
comment.

A retained checkpoint (`/chk-N`) is taken too, with a note. A job that still runs replaces it with
its next one, so stop the job first, and do not delete the checkpoint's directory after the
restore.

Afterwards: once the job runs, the operator no longer looks at the path. It honours the path again
when the resource is created anew, and from 1.8 on when `savepointRedeployNonce` gets another
value.
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
    state.savepoints.dir: s3://lake/orders/savepoints
    state.checkpoints.dir: s3://lake/orders/checkpoints
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: savepoint
",
        after: "\
apiVersion: flink.apache.org/v1beta1
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
    initialSavepointPath: s3://lake/orders/savepoints/savepoint-0a1b2c
",
        says: "orders.yaml:13:3: change: the job starts from \
            s3://lake/orders/savepoints/savepoint-0a1b2c",
    },
    accepting: None,
    source: "JobReconciler.java:70 (0.1.0), ApplicationReconciler.java:81 and JobSpec.java:63 \
        (1.0.0), AbstractFlinkResourceReconciler.java:109 (1.15.0); FLINK-33763 for the nonce",
    accept: Acceptable::No,
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    match subject.row() {
        Row::Restore { location } => restore(subject, location),
        Row::DropPath => {
            let change = Change::Remove { path: FieldPath::of(state::PATH) };
            let message = "the job may start without state, and its old path would be honoured again: it goes";
            vec![Finding::new(
                RULE.id,
                Remedy::Edit(vec![change]),
                workload.point(&state::PATH),
                message,
            )]
        }
        _ => Vec::new(),
    }
}

fn restore(subject: &Subject<'_, '_>, location: &str) -> Vec<Finding> {
    let workload = subject.workload;
    let span = workload.point(&state::PATH);
    let mut findings = Vec::new();
    let written = workload.text(&state::PATH);
    if written != Some(location) {
        let value = Value::Text(location.to_string());
        let change = workload.put(&state::PATH, value, Position::After(field::UPGRADE_MODE));
        let shown = masked(location);
        let message = match written {
            Some(old) => format!("the job starts from {shown}, no longer from {}", masked(old)),
            None => format!("the job starts from {shown}"),
        };
        findings.push(Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message));
    } else if subject.facts.step == Step::Convert {
        let message =
            "the path stands in Git already: a job that has run from it since goes back to it";
        let help = "take a newer savepoint if the job has been resumed in between";
        findings.push(Finding::new(RULE.id, Remedy::Note, span, message).help(help));
    }
    if is_retained_checkpoint(location) {
        let message = "the map names a retained checkpoint: a job that still runs replaces it";
        let help =
            "stop the job first, and do not delete the checkpoint's directory after the restore";
        findings.push(Finding::new(RULE.id, Remedy::Note, span, message).help(help));
    }
    findings
}
