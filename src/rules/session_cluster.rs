//! A session cluster has no savepoint to come back from.

use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::FlinkKind;
use crate::flink::names::field;

pub(super) const RULE: Rule = Rule {
    id: "session-cluster",
    theme: Theme::State,
    steps: &[Step::Suspend, Step::Convert],
    summary: "the jobs of a session cluster end with it",
    answer: "take savepoints of its jobs",
    explain: "\
When: a FlinkDeployment has no `spec.job`. Operator 0.1.0 has no session jobs, so what runs in the
cluster was submitted by hand. It stands in no manifest, and it ends when the resource is deleted.

What to do: take savepoints of the jobs that matter before the cluster is deleted, and submit them
again afterwards. No path is ever written into a session cluster: it would become another kind of
cluster.
",
    example: Example {
        given: &[],
        args: &[],
        file: "sql.yaml",
        before: "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: sql}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
",
        after: "\
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata: {namespace: prod, name: sql}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
",
        says: "sql.yaml:3:35: note: prod/sql is a session cluster: the jobs that run in it end when \
            it is deleted",
    },
    accepting: Some("nothing changes: it is a note and holds nothing"),
    source: "BaseReconciler.java:51 (0.1.0); session jobs as resources came with 1.0.0 \
        (FLINK-26787)",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    if workload.kind != FlinkKind::Deployment || workload.job().is_some() {
        return Vec::new();
    }
    let key = &subject.key;
    let message =
        format!("{key} is a session cluster: the jobs that run in it end when it is deleted");
    let span = workload.point(&[field::METADATA, field::NAME]);
    vec![
        Finding::new(RULE.id, Remedy::Note, span, message)
            .help("take savepoints of those jobs first"),
    ]
}
