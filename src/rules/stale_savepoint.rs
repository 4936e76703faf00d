//! An old path still in Git would rewind the job.

use super::state::{self, Row};
use super::{Acceptable, Facts, Judges, Rule};
use crate::finding::{Finding, Remedy};
use crate::flink::location::masked;
use crate::gitops::Workload;

pub(super) const RULE: Rule = Rule {
    id: "stale-savepoint",
    summary: "an old savepoint path would rewind the job",
    explain: "\
What changed: the operator looks at spec.job.initialSavepointPath on the first deployment only. The
migration makes every start a first deployment again, so a path left in Git long ago is honoured once
more, and the job goes back to that state.

What to do: put the job's latest savepoint into the map; or set `fresh = true` for the workload, which
removes the path; or accept the rule for the one workload, which keeps the path as it is.

Source: JobReconciler.java:70 (0.1.0), job-management.md (\"only takes effect on the first deployment\").
",
    accept: Acceptable::ForOneWorkload,
    judges: Judges::Complete,
    check,
};

fn check(workload: &Workload<'_>, facts: &Facts) -> Vec<Finding> {
    let Row::OldPath(path) = state::row(workload, facts) else { return Vec::new() };
    let key = facts.key(workload);
    let message =
        format!("the path in Git is honoured again: {key} would go back to {}", masked(&path));
    let help = format!(
        "add `{key}: LOCATION` to the savepoint map, set `fresh = true` under [workload.\"{key}\"] to \
         start empty, or pass `--accept {}={key}` to start from the old path",
        RULE.id
    );
    vec![Finding::new(RULE.id, Remedy::Decision, workload.point(&state::PATH), message).help(help)]
}
