//! A suspended job: stopped for the migration, or parked long ago?

use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme, state};
use crate::flink::names::{SUSPEND_MARK, SUSPEND_MARK_ABSENT, mode as modes, state as states};
use crate::flink::releases::{SUSPENDED_REFUSED, SUSPENDED_WAITS};
use crate::flink::workload::Workload;
use crate::yaml::{Change, FieldPath, InsertPosition, Mark, Value};

pub(crate) const RULE: Rule = Rule {
    answer: "state = ... for the workload",
    accept: Acceptable::ForOneWorkload,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("job_state.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let workload = subject.workload;
    if let Some(span) = workload.stray_suspend_mark() {
        let message = "the mark of step suspend is not on the line of its field";
        let help = "move it back to the end of the line of `state` or `upgradeMode`, behind two blanks; \
                    on a line that was added, it says `was absent`";
        return vec![Diagnostic::decision(RULE.id, span, message).help(help)];
    }
    let restored = unsuspended(workload)
        .into_iter()
        .map(|(keys, change, message)| Diagnostic::change(RULE.id, &keys, message, vec![change]));
    let others = [misread(subject), parked(subject), answered_mode(subject)];
    restored.chain(others.into_iter().flatten()).collect()
}

/// What takes back step `suspend`: the field, the change, and its words. Where a line carries the
/// mark, the value before comes back and the mark goes; a line that was not there goes.
fn unsuspended(workload: &Workload<'_>) -> Vec<([&'static str; 3], Change, String)> {
    let restored = workload.suspend_marks().into_iter().map(|(keys, before)| {
        let path = FieldPath::from_keys(keys);
        let [.., field] = keys;
        if before == SUSPEND_MARK_ABSENT {
            (keys, Change::Remove { path }, format!("step suspend added `{field}`: it is removed"))
        } else {
            let value = Value::Text(before.to_string());
            let change = Change::Set { path, value, mark: Mark::Take(SUSPEND_MARK) };
            (keys, change, format!("`{field}` was {before} before step suspend"))
        }
    });
    restored.collect()
}

/// The changes that take step `suspend` back. The proof of that step asks for them too.
pub fn restore(workload: &Workload<'_>) -> Vec<Change> {
    unsuspended(workload).into_iter().map(|(_, change, _)| change).collect()
}

/// Marks that cannot be taken at their word: one that nobody can read, and one of `state` beside a mode
/// that step `suspend` did not write.
fn misread(subject: &Subject<'_, '_>) -> Option<Diagnostic> {
    let Subject { workload, key, overrides, .. } = subject;
    let decision = |keys: &[&str; 3], message: String, help: String| {
        Some(Diagnostic::decision(RULE.id, keys, message).help(help))
    };
    if let Some(keys) = workload.unreadable_suspend_mark() {
        let [.., field] = keys;
        let message = format!("the mark of step suspend on the line of `{field}` cannot be read");
        let help = format!("write `{field}` as it was before, and remove the comment");
        return decision(&keys, message, help);
    }
    let written = workload.text(&state::MODE);
    let is_ours = written == Some(modes::SAVEPOINT);
    let answered = overrides.is_some_and(|overrides| overrides.upgrade_mode.is_some());
    if !workload.is_suspended() || workload.is_parked() || is_ours || answered {
        return None;
    }
    let mode = written.unwrap_or("absent");
    let message = format!(
        "{key} was suspended by step suspend, which wrote `upgradeMode: savepoint`, and it is {mode} now"
    );
    let help = format!(
        "write what it was before, or `upgrade-mode` under [workload.\"{key}\"] in flink-migrate.toml"
    );
    decision(&state::MODE, message, help)
}

/// A job that is suspended, or might be, and does not say why.
fn parked(subject: &Subject<'_, '_>) -> Option<Diagnostic> {
    let Subject { workload, key, inputs, .. } = subject;
    let written = workload.text(&state::STATE)?;
    if written == states::RUNNING || workload.suspend_mark(&state::STATE).is_some() {
        return None;
    }
    let unclear = written != states::SUSPENDED;
    let at = &state::STATE;
    let state = subject.overrides.and_then(|overrides| overrides.state.as_deref());
    if state == Some(states::RUNNING) {
        let value = Value::Text(states::RUNNING.to_string());
        let change = workload.put(&state::STATE, value, InsertPosition::Last);
        let message = format!("{key} is started, as flink-migrate.toml says");
        return Some(Diagnostic::change(RULE.id, at, message, vec![change]));
    }
    let stays = state == Some(states::SUSPENDED) && !unclear;
    // Under the old operator a new resource must run, whatever the target is (`DefaultDeploymentValidator`
    // of release 0.1.0, line 228).
    let target = inputs.target.filter(|_| subject.step() != Step::Resume);
    if stays && target.is_some_and(|target| SUSPENDED_WAITS.contains(target)) {
        let message = format!(
            "{key} stays suspended, as flink-migrate.toml says: it starts from its path when it is resumed"
        );
        return Some(Diagnostic::note(RULE.id, at, message));
    }
    let message = match (unclear, state) {
        (true, _) => format!("the state of {key} is `{written}`: it is unknown whether it runs"),
        (false, Some(_)) => {
            let which = match target {
                _ if subject.step() == Step::Resume => "which operator 0.1.0 rejects".to_string(),
                Some(target) => format!("which operator {target} rejects"),
                None => {
                    format!("which operators {SUSPENDED_REFUSED} reject, and the target is unknown")
                }
            };
            format!("{key} is to stay suspended, {which}")
        }
        (false, None) => {
            format!(
                "{key} is suspended, and it is unknown whether for the migration or from before"
            )
        }
    };
    let start = format!(
        "set `state = \"running\"` under [workload.\"{key}\"] in flink-migrate.toml to start it"
    );
    let later = SUSPENDED_WAITS.from;
    let help = if subject.step() == Step::Resume {
        format!("{start}, or leave it out with `--select` or `--exclude`")
    } else {
        format!(
            "{start}, or `state = \"suspended\"` to keep it so, with `--target-operator {later}` or later"
        )
    };
    Some(Diagnostic::decision(RULE.id, at, message).help(help))
}

/// The upgrade mode that the configuration gives the job: JSON cannot carry the mark.
fn answered_mode(subject: &Subject<'_, '_>) -> Option<Diagnostic> {
    let workload = subject.workload;
    workload.job()?;
    let mode = subject.overrides?.upgrade_mode.as_deref()?;
    if workload.text(&state::MODE) == Some(mode) || workload.suspend_mark(&state::MODE).is_some() {
        return None;
    }
    let change = workload.put(&state::MODE, Value::Text(mode.to_string()), InsertPosition::Last);
    let message = format!("upgradeMode becomes {mode}, as flink-migrate.toml says");
    Some(Diagnostic::change(RULE.id, &state::MODE, message, vec![change]))
}
