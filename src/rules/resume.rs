//! A document at v1beta1 where the way back is taken.

use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::names::field;

pub(super) const RULE: Rule = Rule {
    id: "resume",
    theme: Theme::State,
    steps: &[Step::Resume],
    summary: "a document at v1beta1 cannot go back to the old operator",
    answer: "take the conversion back in Git",
    explain: "\
Why: operator 0.1.0 serves v1alpha1 alone, and rejects what is at v1beta1. This step writes the path
of each job into a tree at v1alpha1; it does not turn the version back, since what v1alpha1 said
stands in the history of the repository and nowhere else.

What to do: go back in Git to the commit before the conversion, and take this step there. The savepoint
map that the conversion used is the one to use.
",
    example: Example {
        given: &[],
        args: &["--step", "resume"],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:1:13: decision: prod/orders is at v1beta1, which operator 0.1.0 does not serve",
    },
    accepting: Some("the document stays at v1beta1, and operator 0.1.0 rejects it"),
    source: "the CRD of each release lists one version, and in 0.1.0 that is v1alpha1",
    accept: Acceptable::Yes,
    check: Check::Stable(check),
};

/// The manifest of the example, which is left as it is.
const EXAMPLE: &str = "\
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
";

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Subject { workload, key, .. } = subject;
    let span = workload.point(&[field::API_VERSION]);
    let message = format!("{key} is at v1beta1, which operator 0.1.0 does not serve");
    let help = "go back in Git to the commit before the conversion, and resume there";
    vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)]
}
