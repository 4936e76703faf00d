//! A savepoint that may belong to another workload.

use super::state::{self, Row};
use super::{Acceptable, Facts, Judges, Rule};
use crate::finding::{Finding, Remedy};
use crate::flink::names::field;
use crate::gitops::Workload;

pub(super) const RULE: Rule = Rule {
    id: "ambiguous-savepoint",
    summary: "a savepoint cannot be told to belong to this workload",
    explain: "\
When: the map has an entry of the workload's name, but one side has no namespace and the name is not
unique in the tree or in the map; or two documents have the same namespace and name; or only single
files were read, so that nobody can tell whether the name is unique.

Why: one savepoint serves one job. Given to the wrong one, a test system starts from production's
state, or two jobs from the same.

What to do: write the entry as `namespace/name`, give documents without a namespace theirs with
`--namespace`, exclude the second copy, or run over the whole tree.
",
    accept: Acceptable::No,
    judges: Judges::Complete,
    check,
};

fn check(workload: &Workload<'_>, facts: &Facts) -> Vec<Finding> {
    let Row::Ambiguous(doubt) = state::row(workload, facts) else { return Vec::new() };
    let span = workload.point(&[field::METADATA, field::NAME]);
    vec![Finding::new(RULE.id, Remedy::Decision, span, doubt.reason).help(doubt.help)]
}
