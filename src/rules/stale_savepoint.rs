//! An old path still in Git would rewind the job.

use super::state::{self, Row};
use super::{Acceptable, Check, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::flink::location::masked;

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
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Row::OldPath(path) = subject.row() else { return Vec::new() };
    let key = &subject.key;
    let message =
        format!("the path in Git is honoured again: {key} would go back to {}", masked(path));
    let help = format!(
        "add `{key}: LOCATION` to the savepoint map, set `fresh = true` under [workload.\"{key}\"] to \
         start empty, or pass `--accept {}={key}` to start from the old path",
        RULE.id
    );
    vec![
        Finding::new(RULE.id, Remedy::Decision, subject.workload.point(&state::PATH), message)
            .help(help),
    ]
}
