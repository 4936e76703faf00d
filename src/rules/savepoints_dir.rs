//! Where the savepoint goes that a job is stopped with.

use super::state;
use super::suspend::{Stop, marked, stop};
use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::names::{MARK, MARK_ABSENT, key};
use crate::gitops::SAVEPOINTS_DIR;
use crate::yaml::{NodeRef, Position, Value};

pub(super) const RULE: Rule = Rule {
    id: "savepoints-dir",
    theme: Theme::State,
    steps: &[Step::Suspend],
    summary: "a job that is stopped with a savepoint needs a directory for it",
    answer: "--savepoints-dir",
    explain: "\
Why: operator 0.1.0 rejects `upgradeMode: savepoint` without `state.savepoints.dir` in the
manifest's own `flinkConfiguration`; it does not look into its own configuration. It takes the
directory from the manifest that suspends the job, so that the same commit may add it.

When: step `suspend` stops the job, and the manifest names no such directory. Jobs with
`last-state` need none until then.

What is done: with `--savepoints-dir` the setting comes, with a mark, and step `convert` takes it out
again.

What to do: pass a location, in which {namespace} and {name} stand for those of the job:

    flink-migrate write --step suspend --savepoints-dir 's3://lake/savepoints/{namespace}/{name}'

Savepoints have names of their own, so that jobs may share one.
",
    example: Example {
        given: &[],
        args: &["--step", "suspend", "--savepoints-dir", "s3://lake/savepoints/{name}"],
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
    state: running
    upgradeMode: last-state
",
        after: "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
    state.savepoints.dir: s3://lake/savepoints/orders # flink-migrate: was absent
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    state: suspended # flink-migrate: was running
    upgradeMode: savepoint # flink-migrate: was last-state
",
        says: "orders.yaml:6:3: change: state.savepoints.dir becomes s3://lake/savepoints/orders",
    },
    accepting: Some(
        "`state.savepoints.dir` stays absent: operator 0.1.0 rejects the manifest, and the job \
         goes on running",
    ),
    source: "DefaultDeploymentValidator.java:154 and JobReconciler.java:197 (0.1.0)",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Subject { workload, facts, key, .. } = subject;
    let is_stopped = workload.mark(&state::STATE).is_some();
    let stops = is_stopped || matches!(stop(subject), Stop::WithSavepoint);
    let has_dir = workload.savepoints_dir().is_some() || workload.mark(&SAVEPOINTS_DIR).is_some();
    if !stops || has_dir {
        return Vec::new();
    }
    let block = &SAVEPOINTS_DIR[..2];
    let span = workload.point(block);
    let decision = |message: String, help: &str| {
        vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)]
    };
    let message = format!("{key} has no state.savepoints.dir to put its savepoint into");
    let Some(template) = &facts.savepoints_dir else {
        return decision(message, "pass `--savepoints-dir`, or write it into flinkConfiguration");
    };
    let needs_namespace = template.contains("{namespace}");
    let namespace = key.namespace.as_deref();
    if key.name.is_empty() || (needs_namespace && namespace.is_none()) {
        let message = format!("{message}, and its name or namespace cannot be told");
        return decision(message, "give its namespace with `--namespace`, or write the directory");
    }
    if !workload.get(block).is_some_and(NodeRef::is_block_mapping) {
        return decision(message, "write it into flinkConfiguration, on a line of its own");
    }
    let dir =
        template.replace("{namespace}", namespace.unwrap_or_default()).replace("{name}", &key.name);
    let change =
        workload.put_setting(key::SAVEPOINTS_DIR, Value::Text(dir.clone()), Position::Last);
    let change = marked(change, format!("{MARK}{MARK_ABSENT}"));
    let message = format!("state.savepoints.dir becomes {dir}");
    vec![Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message)]
}
