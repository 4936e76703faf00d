//! A job that was suspended before the migration.

use super::state::{self, sign_of_state};
use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::names::FlinkKind;
use crate::flink::names::mode as modes;
use crate::flink::workload::Mode;

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Suspend],
    answer: "resume it, or fresh = true",
    accept: Acceptable::ForOneWorkload,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("parked_without_savepoint.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, key, overrides, .. } = subject;
    if !workload.is_suspended() || workload.kind != FlinkKind::Deployment {
        return Vec::new();
    }
    let at = &state::STATE;
    if !workload.is_parked() {
        let written = workload.text(&state::MODE);
        if written == Some(modes::SAVEPOINT) {
            return Vec::new();
        }
        let message = format!(
            "{key} is suspended by this step, and its upgradeMode is {}: it stops without a savepoint",
            written.unwrap_or("absent")
        );
        let help = "write `upgradeMode: savepoint`, with the mark of what it was before";
        return vec![Diagnostic::decision(RULE.id, at, message).help(help)];
    }
    let note = |message: String| vec![Diagnostic::note(RULE.id, at, message)];
    let mode = workload.mode();
    let keeps_nothing = mode == Mode::Stateless
        || (mode == Mode::Absent && sign_of_state(subject).is_none())
        || overrides.is_some_and(|overrides| overrides.fresh);
    if keeps_nothing {
        return note(format!("{key} is parked and has no state to lose: it stays as it is"));
    }
    if mode == Mode::Savepoint {
        return note(format!("{key} is parked with a savepoint: it stays parked"));
    }
    let message =
        format!("{key} is parked with upgradeMode {mode}: its state is deleted with the resource");
    let help = format!(
        "resume it and suspend it with this step, put its newest retained checkpoint into the savepoint \
         map and accept this rule for it, or set `fresh = true` under [workload.\"{key}\"] in \
         flink-migrate.toml"
    );
    vec![Diagnostic::decision(RULE.id, at, message).help(help)]
}
