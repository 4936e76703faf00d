//! The job starts from the savepoint that the map names.

use super::state::{self, Row};
use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::location::{is_retained_checkpoint, masked};
use crate::flink::names::field;
use crate::yaml::{Change, FieldPath, InsertPosition, Value};

pub(crate) const RULE: Rule = Rule {
    answer: "stop the job before the restore",
    accept: Acceptable::No,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("initial_savepoint.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    match subject.row() {
        Row::Restore { location } => restore(subject, location),
        Row::DropPath => {
            let change = Change::Remove { path: FieldPath::from_keys(state::PATH) };
            let message = "the job may start without state, and its old path would be honoured \
                 again: it is removed";
            vec![Diagnostic::change(RULE.id, &state::PATH, message, vec![change])]
        }
        _ => Vec::new(),
    }
}

fn restore(subject: &Subject<'_, '_>, location: &str) -> Vec<Diagnostic> {
    let workload = subject.workload;
    let at = &state::PATH;
    let mut found = Vec::new();
    let written = workload.text(&state::PATH);
    if written != Some(location) {
        let value = Value::Text(location.to_string());
        let change = workload.put(&state::PATH, value, InsertPosition::After(field::UPGRADE_MODE));
        let shown = masked(location);
        let message = match written {
            Some(old) => format!("the job starts from {shown}, no longer from {}", masked(old)),
            None => format!("the job starts from {shown}"),
        };
        found.push(Diagnostic::change(RULE.id, at, message, vec![change]));
    } else if subject.context.policy.step == Step::Convert {
        let message = "the path is in Git already: a job that has run since would go back to it";
        let help = "take a newer savepoint if the job has been resumed in between";
        found.push(Diagnostic::note(RULE.id, at, message).help(help));
    }
    if is_retained_checkpoint(location) {
        let message = "the map names a retained checkpoint: a job that still runs replaces it";
        let help =
            "stop the job first, and do not delete the checkpoint's directory after the restore";
        found.push(Diagnostic::note(RULE.id, at, message).help(help));
    }
    found
}
