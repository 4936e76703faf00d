//! A job that declares itself stateless gets a savepoint all the same.

use super::state::{self, Row};
use super::{Acceptable, Check, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::gitops::Mode;

pub(super) const RULE: Rule = Rule {
    id: "stateless-savepoint",
    summary: "a stateless job keeps its savepoint only until the next change",
    explain: "\
When: the map has a savepoint for a job whose upgradeMode is stateless, or absent, which means the
same. It starts from the savepoint, but its next upgrade drops the state again.

What to do: nothing, or set `upgradeMode: savepoint`. The operator's own guide has done so since
release 1.5.0 (FLINK-31577).
",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Row::Restore { .. } = subject.row() else { return Vec::new() };
    let mode = subject.mode();
    if !matches!(mode, Mode::Stateless | Mode::Absent) {
        return Vec::new();
    }
    let message =
        format!("upgradeMode is {mode}: the restored state is kept only until the next change");
    let finding =
        Finding::new(RULE.id, Remedy::Note, subject.workload.point(&state::MODE), message);
    vec![finding.help("set `upgradeMode: savepoint` to keep it")]
}
