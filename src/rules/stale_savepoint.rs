//! An old path still in Git would rewind the job.

use super::state::{self, Row};
use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme, missing_savepoint};
use crate::finding::{Finding, Remedy};
use crate::flink::location::masked;

pub(super) const RULE: Rule = Rule {
    id: "stale-savepoint",
    theme: Theme::State,
    steps: &[Step::Convert, Step::Resume],
    summary: "an old savepoint path would rewind the job",
    answer: "savepoint map, fresh or --accept",
    explain: "\
Why: the operator looks at `spec.job.initialSavepointPath` on the first deployment only. The
migration makes the next start a first deployment again. A path that was left in Git long ago is
then honoured once more, and the job goes back to that state.

When: the manifest has a path, the savepoint map has no entry for the workload, and the job is not
marked `fresh`.

What to do: put the job's latest savepoint into the map, and it replaces the path. If the job may
start empty, `fresh = true` for the workload in `flink-migrate.toml` removes the path. If the path
is the right one, accept the rule, or put that path into the map.
",
    example: Example {
        given: &[],
        args: &[],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:17:27: decision: the path in Git is honoured again: prod/orders would go \
            back to s3://lake/orders/savepoints/savepoint-77d04e",
    },
    accepting: Some("the path stays as it is, and the job starts from it"),
    source: "JobReconciler.java:70 (0.1.0), ApplicationReconciler.java:81 and job-management.md:268 \
        (1.0.0), AbstractFlinkResourceReconciler.java:109 (1.15.0)",
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
    state.savepoints.dir: s3://lake/orders/savepoints
    state.checkpoints.dir: s3://lake/orders/checkpoints
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: savepoint
    initialSavepointPath: s3://lake/orders/savepoints/savepoint-77d04e
";

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let path = match subject.row() {
        Row::OldPath(path) => path.as_str(),
        // Whoever accepts that a savepoint is missing has not yet spoken of the path in its place.
        Row::Distrusted(_) if subject.accepts(missing_savepoint::RULE.id) => {
            let Some(path) = subject.workload.text(&state::PATH) else { return Vec::new() };
            path
        }
        _ => return Vec::new(),
    };
    let key = &subject.key;
    let message =
        format!("the path in Git is honoured again: {key} would go back to {}", masked(path));
    vec![
        Finding::new(RULE.id, Remedy::Decision, subject.workload.point(&state::PATH), message)
            .help(advice(subject)),
    ]
}

fn advice(subject: &Subject<'_, '_>) -> String {
    let Subject { key, .. } = subject;
    // No entry can be told to be that of a base which becomes several workloads.
    let (start, empty) = match subject.built() {
        Ok(_) => (format!("add `{key}: LOCATION` to the savepoint map"), "to start empty"),
        Err(doubt) => (
            format!("{}: {}", doubt.reason, doubt.help),
            "in flink-migrate.toml if it may start empty wherever it is built",
        ),
    };
    format!(
        "{start}, set `fresh = true` under [workload.\"{key}\"] {empty}, or \
         pass `--accept {}={key}` to start from the old path",
        RULE.id
    )
}
