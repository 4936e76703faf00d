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
    let Row::Contradiction(entry) = subject.row() else { return Vec::new() };
    let message =
        format!("{} has a savepoint ({}) and is marked `fresh`", subject.key, entry.place);
    let help = "remove the entry, or `fresh = true` from flink-migrate.toml";
    vec![Diagnostic::decision(RULE.id, &state::MODE, message).help(help)]
}
