//! A savepoint that may belong to another workload.

use super::state::Row;
use super::{Acceptable, Check, Rule, Subject, Theme};
use crate::diagnostic::Diagnostic;
use crate::flink::names::field;
use crate::task::Step;

pub(crate) const RULE: Rule = Rule {
    id: "ambiguous-savepoint",
    theme: Theme::State,
    steps: &[Step::Convert, Step::Resume],
    answer: "--exclude copies, or [[scope]]",
    accept: Acceptable::No,
    checks: &[Check::Complete(check)],
    page: include_str!("ambiguous_savepoint.md"),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Row::Ambiguous(doubt) = subject.row() else { return Vec::new() };
    let at = &[field::METADATA, field::NAME];
    vec![Diagnostic::decision(RULE.id, at, doubt.reason.clone()).help(&doubt.help)]
}
