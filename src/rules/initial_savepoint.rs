//! The job starts from the savepoint that the map names.

use super::state::{self, Row};
use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::location::{
    ancestors, identity, is_named_by_flink, is_retained_checkpoint, is_shared_state, masked,
    same_location,
};
use crate::flink::names::{field, key};
use crate::flink::savepoints::SavepointEntry;
use crate::project::WorkloadSummary;
use crate::yaml::{Change, FieldPath, InsertPosition, Value};

pub(crate) const RULE: Rule = Rule {
    answer: "stop the job before the restore",
    accept: Acceptable::No,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("initial_savepoint.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    match subject.row() {
        Row::Restore { location, entry } => restore(subject, location, entry),
        Row::DropPath => {
            let change = Change::Remove { path: FieldPath::from_keys(state::PATH) };
            let message = "the job may start without state, and its old path would be honoured \
                 again: it is removed";
            vec![Diagnostic::change(RULE.id, &state::PATH, message, vec![change])]
        }
        _ => Vec::new(),
    }
}

fn restore(subject: &Subject<'_, '_>, location: &str, entry: &SavepointEntry) -> Vec<Diagnostic> {
    let workload = subject.workload;
    let at = &state::PATH;
    let mut found = Vec::new();
    let written = workload.text(&state::PATH);
    if written != Some(location) {
        let value = Value::Text(location.to_string());
        let change = workload.put(&state::PATH, value, InsertPosition::After(field::UPGRADE_MODE));
        let shown = masked(location);
        let by_name = by_name(subject, entry);
        let message = match written {
            Some(old) => {
                format!("the job starts from {shown}, no longer from {}{by_name}", masked(old))
            }
            None => format!("the job starts from {shown}{by_name}"),
        };
        found.push(Diagnostic::change(RULE.id, at, message, vec![change]));
    } else if subject.step() == Step::Convert {
        let by_name = by_name(subject, entry);
        let message = format!(
            "the path is in Git already: a job that has run since would go back to it{by_name}"
        );
        let help = "take a newer savepoint if the job has been resumed in between";
        found.push(Diagnostic::note(RULE.id, at, message).help(help));
    }
    if is_retained_checkpoint(location) {
        let message = "the map names a retained checkpoint: a job that still runs replaces it";
        let help =
            "stop the job first, and do not delete the checkpoint's directory after the restore";
        found.push(Diagnostic::note(RULE.id, at, message).help(help));
    }
    let claims = |key: &&&str| {
        let mode = workload.configuration.get(key);
        mode.is_some_and(|mode| mode.text.trim().eq_ignore_ascii_case("CLAIM"))
    };
    if let Some(key) = [key::CLAIM_MODE, key::RESTORE_MODE].iter().find(claims) {
        let message = format!("with `{key}: CLAIM` the job will own its savepoint and delete it");
        let help = "as long as you may have to go back, keep a copy or use `NO_CLAIM`";
        found.push(Diagnostic::note(RULE.id, at, message).help(help));
    }
    if let Some(question) = question(subject, location) {
        let shown = masked(location);
        let message = format!("{shown} may not be the savepoint of {}: it {question}", subject.key);
        let help = format!("compare the entry ({}) with what Flink reported", entry.place);
        let strict = subject.context.policy.strict;
        let question = if strict { Diagnostic::decision } else { Diagnostic::note };
        found.push(question(RULE.id, at, message).help(help));
    }
    found
}

/// Why the location may not be the savepoint that is meant.
fn question(subject: &Subject<'_, '_>, location: &str) -> Option<String> {
    const DIRECTORIES: [&str; 5] = [
        key::SAVEPOINTS_DIR,
        key::CHECKPOINTING_SAVEPOINTS_DIR,
        key::CHECKPOINTS_DIR,
        key::OLD_CHECKPOINTS_DIR,
        key::CHECKPOINTING_DIR,
    ];
    let own = || DIRECTORIES.into_iter().filter_map(|key| Some((key, subject.setting(key)?.text)));
    if let Some((key, _)) = own().find(|(_, dir)| same_location(dir, location)) {
        return Some(format!("is the job's own {key}, not a savepoint in it"));
    }
    if is_shared_state(location) {
        return Some("holds what several checkpoints share".to_string());
    }
    let above: Vec<(&str, &str)> = ancestors(location).collect();
    let depth = |dir: &str| {
        let place = above.iter().position(|above| *above == identity(dir));
        place.unwrap_or(above.len())
    };
    let own_depth = own().map(|(_, dir)| depth(dir)).min().unwrap_or(above.len());
    if let Some(other) = other_workload(subject, &above[..own_depth]) {
        return Some(other);
    }
    (!is_named_by_flink(location)).then(|| {
        "ends in neither `savepoint-…` nor `chk-…` nor `_metadata`, as Flink names them".to_string()
    })
}

/// The workload to which one of the directories belongs, or after which one is called, if it is another
/// one; `above` are those below the job's own directory, the nearest first.
fn other_workload(subject: &Subject<'_, '_>, above: &[(&str, &str)]) -> Option<String> {
    let Subject { context, workload, key, .. } = subject;
    let project = context.project;
    let is_other =
        |other: &&WorkloadSummary| other.file != workload.file || other.key != workload.key;
    for (scheme, path) in above {
        let dir = format!("{scheme}:{path}");
        // The directories of a session cluster are those of its session jobs.
        let all = || project.with_savepoints_in(&dir).chain(project.with_checkpoints_in(&dir));
        let users = || all().filter(|user| user.has_job);
        if users().all(|user| is_other(&user))
            && let Some(other) = users().next()
        {
            let location = project.location(other);
            return Some(format!("is in the directory of {} ({location})", other.key));
        }
    }
    let names: Vec<&str> =
        above.iter().map(|(_, path)| path.rsplit('/').next().unwrap_or_default()).collect();
    let is_own = names.contains(&key.name.as_str());
    let other = if is_own {
        // One of the same name, called by its namespace.
        let namesake = |namespace: &str| {
            let is_there =
                |other: &&WorkloadSummary| other.key.namespace.as_deref() == Some(namespace);
            project.jobs_named(&key.name).filter(is_other).find(is_there)
        };
        let is_named = names.iter().any(|name| key.namespace.as_deref() == Some(name));
        names.iter().filter(|_| !is_named).find_map(|name| namesake(name))
    } else {
        names.iter().find_map(|name| project.jobs_named(name).find(is_other))
    };
    let other = other?;
    Some(format!("has the name of {} in it ({})", other.key, project.location(other)))
}

/// Which entry it is, if it was matched by its name alone.
pub(crate) fn by_name(subject: &Subject<'_, '_>, entry: &SavepointEntry) -> String {
    if subject.built().is_ok_and(|built| built == entry.key) {
        return String::new();
    }
    format!("; this is the entry `{}` ({}), matched by name alone", entry.key, entry.place)
}
