//! A savepoint that may belong to another workload.

use super::state::Row;
use super::{Acceptable, Check, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::flink::names::field;

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
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Row::Ambiguous(doubt) = subject.row() else { return Vec::new() };
    let span = subject.workload.point(&[field::METADATA, field::NAME]);
    vec![Finding::new(RULE.id, Remedy::Decision, span, doubt.reason.clone()).help(&doubt.help)]
}
