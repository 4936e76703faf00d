//! The version token itself.

use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme, still_preview};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::ApiVersion;
use crate::flink::names::{GROUP, PREVIEW, STABLE, field};
use crate::text::Span;
use crate::yaml::{Change, FieldPath, Mark, NodeRef, Value};

pub(super) const RULE: Rule = Rule {
    id: "api-version",
    theme: Theme::Fields,
    steps: &[Step::Convert],
    summary: "the preview version is no longer served",
    answer: "",
    explain: "\
What changed: operator 0.1.0 serves `flink.apache.org/v1alpha1`, operator 1.0 and later serve
`v1beta1`. No release serves both, and nothing converts between them.

What is done: the version of each FlinkDeployment and FlinkSessionJob is replaced, in patches too,
and that of a typed list of them. Comments, quotes and the text of other fields stay as they are,
and so do the look-alike groups `flink.k8s.io` and `flinkoperator.k8s.io`. Documents at v1beta1
are already right.
",
    example: Example {
        given: &[],
        args: &[],
        file: "orders.yaml",
        before: "\
# Moved to its own namespace in May.
apiVersion: flink.apache.org/v1alpha1   # preview
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
# Moved to its own namespace in May.
apiVersion: flink.apache.org/v1beta1   # preview
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
        says: "orders.yaml:2:13: change: v1alpha1 becomes v1beta1",
    },
    accepting: None,
    source: "commit 4b11ecdd, FLINK-27005, first released in 1.0.0; the CRD of each release lists \
        one version",
    accept: Acceptable::No,
    check: Check::Partial(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    // An item of a typed list need not name its version: the list does.
    if workload.node.get(field::API_VERSION).is_none() {
        return Vec::new();
    }
    vec![finding(workload.point(&[field::API_VERSION]))]
}

/// The finding for a typed list (`FlinkDeploymentList`), whose version is its own.
pub fn list_version(list: NodeRef<'_>, version: ApiVersion, step: Step) -> Option<Finding> {
    let span = list.get(field::API_VERSION)?.span_in_file();
    match step {
        _ if version != ApiVersion::Preview => None,
        Step::Convert => Some(finding(span)),
        Step::Done => Some(still_preview::of_list(span)),
        _ => None,
    }
}

fn finding(span: Span) -> Finding {
    let path = FieldPath::of([field::API_VERSION]);
    let value = Value::Text(format!("{GROUP}/{STABLE}"));
    let change = Change::Set { path, value, mark: Mark::Keep };
    Finding::new(RULE.id, Remedy::Edit(vec![change]), span, format!("{PREVIEW} becomes {STABLE}"))
}
