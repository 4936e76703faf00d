//! A savepoint that may belong to another workload.

use super::state::Row;
use super::{Acceptable, Check, Diagnostic, NAME, Rule, Subject, Theme};

pub(crate) const RULE: Rule = Rule {
    answer: "--exclude copies, or [[scope]]",
    accept: Acceptable::No,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("ambiguous_savepoint.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Row::Ambiguous(ambiguity) = subject.row() else { return Vec::new() };
    // Which entry is meant is not the question while nobody knows what is built.
    if subject.context.project.unbuilt_root(&subject.workload.file).is_some() {
        return Vec::new();
    }
    vec![Diagnostic::decision(RULE.id, &NAME, ambiguity.reason.clone()).help(&ambiguity.help)]
}
