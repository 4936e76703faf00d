//! The version token itself.

use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::names::{GROUP, PREVIEW, STABLE, field};
use crate::yaml::{Change, FieldPath, Mark, NodeRef, Value};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Convert],
    accept: Acceptable::No,
    checks: &[Check::Partial(check), Check::List(check_list)],
    ..Rule::new(Theme::Fields, include_str!("api_version.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let workload = subject.workload;
    if subject.is_partial() && subject.context.is_pinned(workload.source().file) {
        return Vec::new();
    }
    // An item of a typed list need not name its version: the list does.
    if workload.node.get(field::API_VERSION).is_none() {
        return Vec::new();
    }
    vec![diagnostic()]
}

/// A typed list has a version of its own.
fn check_list(list: NodeRef<'_>, _: Step) -> Option<Diagnostic> {
    list.get(field::API_VERSION).map(|_| diagnostic())
}

fn diagnostic() -> Diagnostic {
    let path = FieldPath::from_keys([field::API_VERSION]);
    let value = Value::Text(format!("{GROUP}/{STABLE}"));
    let change = Change::Set { path, value, mark: Mark::Keep };
    Diagnostic::change(
        RULE.id,
        &[field::API_VERSION],
        format!("{PREVIEW} becomes {STABLE}"),
        vec![change],
    )
}
