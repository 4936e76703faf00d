//! A job has a savepoint and is said to need none.

use super::state::{self, Row};
use super::{Acceptable, Facts, Judges, Rule};
use crate::finding::{Finding, Remedy};
use crate::gitops::Workload;

pub(super) const RULE: Rule = Rule {
    id: "contradiction",
    summary: "a job has a savepoint and may start without one",
    explain: "\
When: the savepoint map has a location for the workload, and flink-migrate.toml says `fresh = true`.

What to do: take one of the two away.
",
    accept: Acceptable::No,
    judges: Judges::Complete,
    check,
};

fn check(workload: &Workload<'_>, facts: &Facts) -> Vec<Finding> {
    let Row::Contradiction(entry) = state::row(workload, facts) else { return Vec::new() };
    let key = facts.key(workload);
    let message = format!("{key} has a savepoint ({}) and is marked `fresh`", entry.origin);
    let help = "remove the entry, or `fresh = true` from flink-migrate.toml";
    vec![Finding::new(RULE.id, Remedy::Decision, workload.point(&state::MODE), message).help(help)]
}
