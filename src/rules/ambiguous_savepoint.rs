//! A savepoint that may belong to another workload.

use super::state::Row;
use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::names::field;

pub(super) const RULE: Rule = Rule {
    id: "ambiguous-savepoint",
    theme: Theme::State,
    steps: &[Step::Convert, Step::Resume],
    summary: "a savepoint cannot be told to belong to this workload",
    answer: "--exclude copies, or [[scope]]",
    explain: "\
Why: one savepoint serves one job. Given to the wrong one, a test system starts from production's
state, or two jobs start from the same.

When: the savepoint map has an entry of the workload's name, and one of these holds.

* The entry or the document has no namespace, and the name is not unique in the tree or in the
  map.
* The entry or the document has no namespace, and only single files or a stream were read, so that
  nobody can tell whether the name is unique.
* Two documents have the same namespace and name.
* The namespace is filled in later, as in `${NAMESPACE}`.
* Kustomizations change the name by a prefix or suffix, build the document more than once, or put
  it into different namespaces.
* Another entry names the same savepoint, in this map or in that of a scope: at most one of the two
  jobs wrote it.

What to do: write entries as `namespace/name`, and give documents without a namespace theirs with
`--namespace`. Leave a second copy out with `--exclude`, or part clusters by a `[[scope]]` in
`flink-migrate.toml`. Run over the whole tree rather than over single files. Where overlays
differ, write the path into each by hand, or build them and convert the result.
",
    example: Example {
        given: &[(
            "savepoints.yaml",
            "\
prod/orders: s3://lake/orders/savepoints/savepoint-0a1b2c
test/orders: s3://test/orders/savepoints/savepoint-9f8e7d
",
        )],
        args: &["--savepoints", "savepoints.yaml"],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:3:18: decision: the map has more than one entry of that name, \
            `prod/orders` and `test/orders`",
    },
    accepting: None,
    source: "neither the CRD nor the validator of any release looks at whose savepoint a path names \
        (0.1.0 to 1.15.0)",
    accept: Acceptable::No,
    check: Check::Complete(check),
};

/// The manifest of the example, which is left as it is.
const EXAMPLE: &str = "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {name: orders}
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
    let Row::Ambiguous(doubt) = subject.row() else { return Vec::new() };
    let span = subject.workload.point(&[field::METADATA, field::NAME]);
    vec![Finding::new(RULE.id, Remedy::Decision, span, doubt.reason.clone()).help(&doubt.help)]
}
