//! A job that declares itself stateless gets a savepoint all the same.

use super::state::{self, Row};
use super::{Check, Diagnostic, Rule, Subject, Theme};
use crate::flink::workload::Mode;

pub(crate) const RULE: Rule = Rule {
    answer: "upgradeMode: savepoint keeps it",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("stateless_savepoint.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Row::Restore { .. } = subject.row() else { return Vec::new() };
    let mode = subject.mode();
    if !matches!(mode, Mode::Stateless | Mode::Absent) {
        return Vec::new();
    }
    let message =
        format!("upgradeMode is {mode}: the restored state is kept only until the next change");
    let help = "set `upgradeMode: savepoint` to keep it";
    vec![Diagnostic::note(RULE.id, &state::MODE, message).help(help)]
}
