//! The version token itself.

use super::{Acceptable, Check, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::ApiVersion;
use crate::flink::names::{GROUP, PREVIEW, STABLE, field};
use crate::text::Span;
use crate::yaml::{Change, FieldPath, NodeRef, Value};

pub(super) const RULE: Rule = Rule {
    id: "api-version",
    summary: "the preview version is no longer served",
    explain: "\
What changed: operator 0.1.0 serves flink.apache.org/v1alpha1, operator 1.0 and later serve v1beta1.
No release serves both, and there is no conversion webhook.

What is done: the version token of each FlinkDeployment and FlinkSessionJob is replaced, and that of
a FlinkDeploymentList. Text in comments, strings and block scalars is left alone, and so are the
look-alike groups flink.k8s.io and flinkoperator.k8s.io.

Before:
    apiVersion: flink.apache.org/v1alpha1
After:
    apiVersion: flink.apache.org/v1beta1

Source: commit 4b11ecdd, FLINK-27005, first released in 1.0.0.
",
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
pub fn list_version(list: NodeRef<'_>, version: ApiVersion) -> Option<Finding> {
    let node = list.get(field::API_VERSION)?;
    (version == ApiVersion::Preview).then(|| finding(node.span_in_file()))
}

fn finding(span: Span) -> Finding {
    let path = FieldPath::of([field::API_VERSION]);
    let value = Value::Text(format!("{GROUP}/{STABLE}"));
    let change = Change::Set { path, value, unmark: None };
    Finding::new(RULE.id, Remedy::Edit(vec![change]), span, format!("{PREVIEW} becomes {STABLE}"))
}
