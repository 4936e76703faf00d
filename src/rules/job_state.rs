//! A suspended job: stopped for the migration, or parked long ago?

use super::{Acceptable, Facts, Judges, Rule, state};
use crate::finding::{Finding, Remedy};
use crate::flink::names::{MARK, MARK_ABSENT, state as states};
use crate::gitops::Workload;
use crate::yaml::{Change, FieldPath, Position, Value};

pub(super) const RULE: Rule = Rule {
    id: "job-state",
    summary: "a suspended job is not started unasked",
    explain: "\
What changed: as a new resource, a job in state `suspended` is rejected by operators 1.0 to 1.6
(\"Job must start in running state\") and never started by 1.7 and later until it is resumed.

What is done: a line that step `suspend` changed carries the mark `# flink-migrate: was …`, and what
stood there comes back. Without the mark nobody can tell whether the job was stopped for the migration
or parked long ago, so it is a decision, with a savepoint or without.

Before:
    state: suspended # flink-migrate: was running
After:
    state: running

What to do: set `state = \"running\"` for the workload in flink-migrate.toml to start it.

Source: DefaultValidator.java:263 (1.0.0), FLINK-32729 (1.7.0).
",
    accept: Acceptable::ForOneWorkload,
    judges: Judges::Complete,
    check,
};

fn check(workload: &Workload<'_>, facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = [&state::STATE, &state::MODE]
        .into_iter()
        .filter_map(|keys| restored(workload, keys, workload.mark(keys)?))
        .collect();
    findings.extend(parked(workload, facts));
    findings.extend(answered_mode(workload, facts));
    findings
}

/// The value before step `suspend` comes back, and the mark goes.
fn restored(workload: &Workload<'_>, keys: &[&str; 3], before: &str) -> Option<Finding> {
    let path = FieldPath::of(keys.iter().copied());
    let field = keys.last()?;
    let (change, message) = if before == MARK_ABSENT {
        (Change::Remove { path }, format!("step suspend added `{field}`: it goes"))
    } else {
        let value = Value::Text(before.to_string());
        let change = Change::Set { path, value, unmark: Some(MARK) };
        (change, format!("`{field}` was {before} before step suspend"))
    };
    Some(Finding::new(RULE.id, Remedy::Edit(vec![change]), workload.point(keys), message))
}

/// A job that is suspended, or might be, and does not say why.
fn parked(workload: &Workload<'_>, facts: &Facts) -> Option<Finding> {
    let written = workload.text(&state::STATE)?;
    if written == states::RUNNING || workload.mark(&state::STATE).is_some() {
        return None;
    }
    let unclear = written != states::SUSPENDED;
    let key = facts.key(workload);
    let span = workload.point(&state::STATE);
    let answer = facts.answer(workload).and_then(|answer| answer.state.as_deref());
    if answer == Some(states::RUNNING) {
        let value = Value::Text(states::RUNNING.to_string());
        let change = workload.put(&state::STATE, value, Position::Last);
        let message = format!("{key} is started, as flink-migrate.toml says");
        return Some(Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message));
    }
    let message = match (unclear, answer) {
        (true, _) => format!("the state of {key} is `{written}`: nobody can tell whether it runs"),
        (false, Some(_)) => {
            format!("{key} is to stay suspended, which operators before 1.7 reject")
        }
        (false, None) => {
            format!("{key} is suspended, and nothing says whether for the migration or long ago")
        }
    };
    let help = format!(
        "set `state = \"running\"` under [workload.\"{key}\"] in flink-migrate.toml to start it, or pass \
         `--accept {}={key}` to leave it as it is (operator 1.7 or later)",
        RULE.id
    );
    Some(Finding::new(RULE.id, Remedy::Decision, span, message).help(help))
}

/// The upgrade mode that the configuration gives the job: JSON cannot carry the mark.
fn answered_mode(workload: &Workload<'_>, facts: &Facts) -> Option<Finding> {
    workload.job()?;
    let mode = facts.answer(workload)?.upgrade_mode.as_deref()?;
    if workload.text(&state::MODE) == Some(mode) || workload.mark(&state::MODE).is_some() {
        return None;
    }
    let change = workload.put(&state::MODE, Value::Text(mode.to_string()), Position::Last);
    let message = format!("upgradeMode becomes {mode}, as flink-migrate.toml says");
    Some(Finding::new(RULE.id, Remedy::Edit(vec![change]), workload.point(&state::MODE), message))
}
