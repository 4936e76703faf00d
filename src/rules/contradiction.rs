//! A job has a savepoint and is said to need none.

use super::state::{self, Row};
use super::{Acceptable, Check, Rule, Subject};
use crate::finding::{Finding, Remedy};

pub(super) const RULE: Rule = Rule {
    id: "contradiction",
    summary: "a job has a savepoint and may start without one",
    explain: "\
When: the savepoint map has a location for the workload, and flink-migrate.toml says `fresh = true`.

What to do: take one of the two away.
",
    accept: Acceptable::No,
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Row::Contradiction(entry) = subject.row() else { return Vec::new() };
    let message =
        format!("{} has a savepoint ({}) and is marked `fresh`", subject.key, entry.origin);
    let help = "remove the entry, or `fresh = true` from flink-migrate.toml";
    vec![
        Finding::new(RULE.id, Remedy::Decision, subject.workload.point(&state::MODE), message)
            .help(help),
    ]
}
