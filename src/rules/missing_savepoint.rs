//! A job that keeps state would start empty.

use super::state::{self, Row};
use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme, unused_savepoint};
use crate::finding::{Finding, Remedy};
use crate::flink::names::is_placeholder;

pub(super) const RULE: Rule = Rule {
    id: "missing-savepoint",
    theme: Theme::State,
    steps: &[Step::Convert, Step::Resume],
    summary: "a stateful job has no savepoint to start from",
    answer: "savepoint map, or fresh = true",
    explain: "\
Why: the migration deletes the resource and creates it anew. Without
`spec.job.initialSavepointPath` the job then starts empty, whatever `upgradeMode` says: the
deletion also deletes the high-availability metadata from which `last-state` would restore.

When: the job is not marked `fresh`, and one of these holds.

* `upgradeMode` is `savepoint` or `last-state`, or cannot be told, and there is neither an entry
  in the savepoint map nor a path in the manifest.
* `upgradeMode` is absent, which means stateless, there is neither entry nor path, and the
  configuration shows checkpoints, savepoints or high availability.
* The map has null for the job: its savepoint is not to be trusted.

What to do: put the job's savepoint into a savepoint map, and pass it with `--savepoints`:

    prod/orders: s3://lake/orders/savepoints/savepoint-0a1b2c

If the job may start empty, say so in `flink-migrate.toml`:

    [workload.\"prod/orders\"]
    fresh = true

If `upgradeMode` is absent and stateless was meant, write `upgradeMode: stateless`.
",
    example: Example {
        given: &[],
        args: &[],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:16:18: decision: upgradeMode is savepoint and no savepoint is known: \
            prod/orders would start empty",
    },
    accepting: Some(
        "no path is written: the job starts empty. A path that the manifest has is a question of \
         its own (stale-savepoint)",
    ),
    source: "JobReconciler.java:70 and BaseReconciler.java:51 (0.1.0), \
        ApplicationReconciler.java:81 (1.0.0), AbstractFlinkResourceReconciler.java:109 \
        (1.15.0)",
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
";

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let key = &subject.key;
    let (message, keys) = match subject.row() {
        Row::Distrusted(entry) => {
            let reason =
                entry.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
            let message =
                format!("the savepoint of {key} is not to be trusted ({}){reason}", entry.origin);
            (message, &state::MODE)
        }
        Row::StartsEmpty(mode) => {
            let message =
                format!("upgradeMode is {mode} and no savepoint is known: {key} would start empty");
            (message, &state::MODE)
        }
        Row::MightKeepState(sign) => {
            let message = format!(
                "upgradeMode is absent, which means stateless, but {sign}: {key} would start empty"
            );
            (message, &state::MODE)
        }
        _ => return Vec::new(),
    };
    let finding = Finding::new(RULE.id, Remedy::Decision, subject.workload.point(keys), message);
    vec![finding.help(advice(subject))]
}

fn advice(subject: &Subject<'_, '_>) -> String {
    let key = &subject.key;
    let later = key.name.is_empty() || key.namespace.as_deref().is_some_and(is_placeholder);
    if later {
        return "its name or namespace is filled in later: run on the rendered manifest, or give the \
                namespace with `--namespace`"
            .to_string();
    }
    if let Err(doubt) = subject.built() {
        return format!(
            "{}: {}, or set `fresh = true` under [workload.\"{key}\"] in flink-migrate.toml if it may \
             start empty wherever it is built",
            doubt.reason, doubt.help
        );
    }
    if let Some(entry) = unused_savepoint::near(subject) {
        return format!(
            "`{}` ({}) belongs to no workload: if it is meant for this one, call it `{key}`; or set \
             `fresh = true` under [workload.\"{key}\"] in flink-migrate.toml",
            entry.key(),
            entry.origin
        );
    }
    format!(
        "add `{key}: LOCATION` to the savepoint map, or set `fresh = true` under [workload.\"{key}\"] \
         in flink-migrate.toml if it may start empty"
    )
}
