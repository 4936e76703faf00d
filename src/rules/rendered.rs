//! Rendered charts that were committed.

use super::{Acceptable, Check, Example, Rule, Step, Theme};
use crate::finding::{Finding, Remedy};
use crate::text::Span;

pub(super) const RULE: Rule = Rule {
    id: "rendered",
    theme: Theme::Repository,
    steps: &Step::ALL,
    summary: "the file was rendered by Helm, and the next render undoes a change",
    answer: "change the chart as well",
    explain: "\
When: a document at v1alpha1 stands behind a comment `# Source: chart/templates/…`, which Helm
writes above what it renders. It is said once for each file, and never of standard input, where a
rendered chart belongs.

What is done: the document is converted like any other.

What to do: change the chart as well, or convert what it renders each time. Else the next render
brings v1alpha1 back.
",
    example: Example {
        given: &[],
        args: &[],
        file: "orders.yaml",
        before: "\
---
# Source: orders/templates/flink.yaml
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
---
# Source: orders/templates/flink.yaml
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
",
        says: "orders.yaml:3:13: note: Helm rendered this from orders/templates/flink.yaml: the next \
            render undoes the change",
    },
    accepting: Some("nothing changes: it is a note and holds nothing"),
    source: "nothing of the operator; `helm template` writes the comment",
    accept: Acceptable::Yes,
    check: Check::File,
};

/// What is said of a file in which Helm rendered the template `source`.
pub fn from_chart(source: &str, span: Span) -> Finding {
    let message = format!("Helm rendered this from {source}: the next render undoes the change");
    let help = "change the chart as well, or convert what it renders each time";
    Finding::new(RULE.id, Remedy::Note, span, message).help(help)
}
