//! A job has a savepoint and is said to need none.

use super::state::{self, Row};
use super::{Acceptable, Check, Diagnostic, Rule, Subject, Theme};

pub(crate) const RULE: Rule = Rule {
    answer: "drop the entry, or fresh = true",
    accept: Acceptable::No,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("contradiction.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let key = &subject.key;
    let (message, help) = match subject.row() {
        Row::Contradiction(entry) => (
            format!("{key} has a savepoint ({}) and is marked `fresh`", entry.place),
            "remove the entry, or `fresh = true` from flink-migrate.toml",
        ),
        Row::TwoKeys(entry, other) => (
            format!(
                "by name alone, {key} takes both the entry `{}` ({}) and [workload.\"{}\"] ({}), \
                 which name two workloads",
                entry.key, entry.place, other.key, other.origin
            ),
            "give the document's namespace with `--namespace`",
        ),
        _ => return Vec::new(),
    };
    vec![Diagnostic::decision(RULE.id, &state::MODE, message).help(help)]
}
