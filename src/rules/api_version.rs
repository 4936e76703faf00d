//! The version token itself.

use super::{Acceptable, Check, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::names::{GROUP, PREVIEW, STABLE, field};
use crate::text::Span;
use crate::yaml::{Change, FieldPath, Mark, NodeRef, Value};

pub(super) const RULE: Rule = Rule {
    id: "api-version",
    theme: Theme::Fields,
    steps: &[Step::Convert],
    answer: "",
    accept: Acceptable::No,
    checks: &[Check::Partial(check), Check::List(check_list)],
    page: include_str!("api_version.md"),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    // An item of a typed list need not name its version: the list does.
    if workload.node.get(field::API_VERSION).is_none() {
        return Vec::new();
    }
    vec![finding(workload.point(&[field::API_VERSION]))]
}

/// A typed list has a version of its own.
fn check_list(list: NodeRef<'_>, _: Step) -> Option<Finding> {
    Some(finding(list.get(field::API_VERSION)?.span_in_file()))
}

fn finding(span: Span) -> Finding {
    let path = FieldPath::of([field::API_VERSION]);
    let value = Value::Text(format!("{GROUP}/{STABLE}"));
    let change = Change::Set { path, value, mark: Mark::Keep };
    Finding::new(RULE.id, Remedy::Edit(vec![change]), span, format!("{PREVIEW} becomes {STABLE}"))
}
