//! Stopping a stateful job with a savepoint, while the old operator still runs.

use super::state::{self, sign_of_state};
use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::names::{
    FlinkKind, SUSPEND_MARK, SUSPEND_MARK_ABSENT, mode as modes, state as states,
};
use crate::flink::workload::{Mode, Workload};
use crate::yaml::{Change, InsertPosition, Mark, Value};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Suspend],
    answer: "savepoint = ... for the workload",
    accept: Acceptable::ForOneWorkload,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("suspend.md"))
};

/// What step `suspend` is to do with a workload.
pub(crate) enum Stop {
    /// Nothing: it has no job, keeps no state, or is suspended already.
    Not,
    /// Its job is stopped with a savepoint.
    WithSavepoint,
    /// Nobody can tell; what is, and what to do.
    Unclear(String, String),
}

/// What is to be done with the workload.
pub(crate) fn stop(subject: &Subject<'_, '_>) -> Stop {
    let Subject { workload, key, overrides, .. } = subject;
    let written = workload.text(&state::STATE);
    let is_job = workload.kind == FlinkKind::Deployment && workload.job().is_some();
    if !is_job || workload.is_suspended() {
        return Stop::Not;
    }
    let wanted = overrides.and_then(|overrides| overrides.savepoint);
    let fresh = overrides.is_some_and(|overrides| overrides.fresh);
    let help = format!(
        "write it into the manifest, or `savepoint = true` or `false` under [workload.\"{key}\"] in \
         flink-migrate.toml"
    );
    let mode = workload.mode();
    if wanted == Some(false) || (wanted.is_none() && mode == Mode::Stateless) {
        return Stop::Not;
    }
    if let Mode::Unknown(mode) = &mode {
        let help = format!("write savepoint, last-state or stateless into the manifest of {key}");
        return Stop::Unclear(format!("the upgrade mode of {key} is `{mode}`"), help);
    }
    if mode == Mode::Absent && wanted.is_none() {
        return match sign_of_state(subject) {
            Some(sign) if !fresh => {
                let message =
                    format!("{sign}, and {key} has no upgradeMode, which means stateless");
                Stop::Unclear(message, help)
            }
            _ => Stop::Not,
        };
    }
    match written {
        None | Some(states::RUNNING) => Stop::WithSavepoint,
        Some(state) => {
            let message = format!("the state of {key} is `{state}`: it is unknown whether it runs");
            Stop::Unclear(message, "write running or suspended into the manifest".into())
        }
    }
}

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, key, .. } = subject;
    let decision = |message: String, help: String| {
        let at = &state::MODE;
        vec![Diagnostic::decision(RULE.id, at, message).help(help)]
    };
    match stop(subject) {
        Stop::Not => return Vec::new(),
        Stop::Unclear(message, help) => return decision(message, help),
        Stop::WithSavepoint => {}
    }
    if let Some([.., field]) = workload.unreadable_suspend_mark() {
        let message = format!(
            "the comment on the line of `{field}` looks like a mark of this step but cannot be read"
        );
        return decision(message, "remove the comment, or write it in other words".into());
    }
    if let Some([one, other]) = context.project.two_roots(&workload.file) {
        let [one, other] = [one, other].map(|by| context.project.names().display(&by.file));
        let message = format!(
            "{one} and {other} both build {key}: suspended here, the jobs of all of them would stop"
        );
        let help = "suspend it in the overlay, by hand, or make the base the overlay's own";
        return decision(message, help.into());
    }
    let read_by_tool = [(&state::STATE, states::SUSPENDED), (&state::MODE, modes::SAVEPOINT)]
        .into_iter()
        .filter(|(keys, value)| workload.text(&keys[..]) != Some(*value))
        .find_map(|(keys, _)| Some((keys[2], workload.machine_comment(keys)?)));
    let can_hold_marks = workload.can_hold_suspend_marks() && read_by_tool.is_none();
    if !can_hold_marks && !is_answered(subject) {
        let message = match read_by_tool {
            Some((field, comment)) => format!(
                "a tool reads the comment on the line of `{field}` of {key}, `{comment}`, so no mark can \
                 follow it"
            ),
            None => format!(
                "no mark can follow the fields of {key}, so step convert would not know their values"
            ),
        };
        let (state, mode) = (states::RUNNING, workload.mode());
        let mode =
            if mode == Mode::Absent { modes::STATELESS.to_string() } else { mode.to_string() };
        let way = match read_by_tool {
            Some(_) => "remove the comment until step convert has run",
            None => "write the job in block style, one field per line",
        };
        let help = format!(
            "write `state = \"{state}\"` and `upgrade-mode = \"{mode}\"` under [workload.\"{key}\"] in \
             flink-migrate.toml for step convert, or {way}"
        );
        return decision(message, help);
    }
    let is_written = |keys: &[&str]| workload.text(keys).is_some();
    let both_written = is_written(&state::STATE) && is_written(&state::MODE);
    if !can_hold_marks && !both_written {
        let message = format!(
            "no mark can follow the fields of {key}, so step convert would not know which were absent"
        );
        let help = "write `state` and `upgradeMode` out first, as they are today";
        return decision(message, help.into());
    }
    let state = set(workload, &state::STATE, states::SUSPENDED, can_hold_marks);
    let mode = set(workload, &state::MODE, modes::SAVEPOINT, can_hold_marks);
    let said = match (&state, &mode) {
        (_, None) => "state becomes `suspended`",
        (None, _) => "upgradeMode becomes `savepoint`",
        _ => "state becomes `suspended`, and upgradeMode `savepoint`",
    };
    let message = format!("{key} is to be stopped with a savepoint: {said}");
    let at = if mode.is_some() { &state::MODE } else { &state::STATE };
    let changes = [state, mode].into_iter().flatten().collect();
    vec![Diagnostic::change(RULE.id, at, message, changes)]
}

/// True if the configuration says what step `convert` is to write where no mark does.
fn is_answered(subject: &Subject<'_, '_>) -> bool {
    subject.overrides.is_some_and(|overrides| {
        overrides.state.as_deref() == Some(states::RUNNING) && overrides.upgrade_mode.is_some()
    })
}

/// The change that gives a field this value and, if it can hold one, its line the mark; nothing if it has
/// the value. A mark that is there already stays: the job was suspended before and has been started again by hand, and
/// what stood there at first is what step `convert` is to write.
fn set(
    workload: &Workload<'_>,
    keys: &[&str; 3],
    value: &str,
    can_hold_marks: bool,
) -> Option<Change> {
    let before = workload.text(keys);
    if before == Some(value) {
        return None;
    }
    let mark = format!("{SUSPEND_MARK}{}", before.unwrap_or(SUSPEND_MARK_ABSENT));
    let change = workload.put(keys, Value::Text(value.to_string()), InsertPosition::Last);
    let is_marked = workload.suspend_mark(keys).is_some();
    Some(if can_hold_marks && !is_marked { marked(change, mark) } else { change })
}

/// The change with this mark at the end of its line.
pub(crate) fn marked(mut change: Change, text: String) -> Change {
    match &mut change {
        Change::Set { mark, .. } => *mark = Mark::Leave(text),
        Change::Insert { mark, .. } => *mark = Some(text),
        Change::Append { .. } | Change::Rename { .. } | Change::Remove { .. } => {}
    }
    change
}
