//! The state table: exactly one row speaks for a workload with a job.
//!
//! The migration deletes and recreates every resource, so each start is a first deployment again.
//! `initialSavepointPath` is then honoured whatever `upgradeMode` says, and without it the job starts
//! empty whatever `upgradeMode` says (`JobReconciler.java:70`, release 0.1.0;
//! `ApplicationReconciler.java:81`, release 1.0.0; `AbstractFlinkResourceReconciler.java:109`, release
//! 1.15.0).

use super::Subject;
use crate::flink::names::{field, key};
use crate::flink::savepoints::Entry;
use crate::gitops::{Doubt, Lookup, Mode};

/// The keys of the three fields the table looks at.
pub(super) const PATH: [&str; 3] = [field::SPEC, field::JOB, field::INITIAL_SAVEPOINT_PATH];
pub(super) const MODE: [&str; 3] = [field::SPEC, field::JOB, field::UPGRADE_MODE];
pub(super) const STATE: [&str; 3] = [field::SPEC, field::JOB, field::STATE];

/// Where a workload stands in the table.
pub(super) enum Row<'f> {
    /// It has no job: a session cluster.
    NoJob,
    /// An entry of its name cannot be told to be its own.
    Ambiguous(Doubt),
    /// It has a savepoint and may start without one.
    Contradiction(&'f Entry),
    /// It starts from this savepoint.
    Restore { location: &'f str },
    /// It starts from a path that the map does not know.
    OldPath(String),
    /// It may start empty, so the path goes.
    DropPath,
    /// Its savepoint is known not to be trusted.
    Distrusted(&'f Entry),
    /// It would start empty although it keeps state, or might.
    StartsEmpty(Mode),
    /// It would start empty, and its configuration looks as if it kept state; what says so.
    MightKeepState(String),
    /// It has no state to lose.
    Quiet,
}

/// The row of a workload.
pub(super) fn row<'a>(subject: &Subject<'a, '_>) -> Row<'a> {
    let workload = subject.workload;
    if workload.job().is_none() {
        return Row::NoJob;
    }
    let fresh = subject.answer.is_some_and(|answer| answer.fresh);
    let path = workload.text(&PATH);
    let entry = match subject.facts.entry(&workload.key, &workload.file) {
        Lookup::Ambiguous(_) if fresh => None,
        Lookup::Ambiguous(doubt) => return Row::Ambiguous(doubt),
        Lookup::Found(entry) => Some(entry),
        Lookup::Nothing => None,
    };
    match (entry.map(|entry| (entry, entry.location.as_deref())), path, fresh) {
        (Some((entry, Some(_))), _, true) => Row::Contradiction(entry),
        (Some((_, Some(location))), _, false) => Row::Restore { location },
        (Some((entry, None)), _, false) => Row::Distrusted(entry),
        (_, Some(_), true) => Row::DropPath,
        (_, None, true) => Row::Quiet,
        (None, Some(path), false) => Row::OldPath(path.to_string()),
        (None, None, false) => match subject.mode() {
            Mode::Stateless => Row::Quiet,
            Mode::Absent => sign_of_state(subject).map_or(Row::Quiet, Row::MightKeepState),
            mode => Row::StartsEmpty(mode),
        },
    }
}

/// The setting that suggests that a job without a written upgrade mode keeps state.
fn sign_of_state(subject: &Subject<'_, '_>) -> Option<String> {
    let prefixes = [
        "state.checkpoints.",
        "state.savepoints.",
        "execution.checkpointing.",
        "execution.savepoint.",
        "kubernetes.operator.periodic.savepoint.",
        key::OLD_CHECKPOINTS_DIR,
    ];
    let is_on = |text: &str| !text.eq_ignore_ascii_case("none");
    let configuration = &subject.workload.configuration;
    let found = prefixes.into_iter().find_map(|prefix| configuration.starting_with(prefix));
    let available = || configuration.starting_with(key::HIGH_AVAILABILITY);
    let available = || available().filter(|(_, setting)| is_on(setting.text));
    if let Some((key, _)) = found.or_else(available) {
        return Some(format!("`{key}` is set"));
    }
    let operator = &subject.given.operator;
    let found = prefixes.into_iter().find_map(|prefix| operator.tomorrow_starting_with(prefix));
    let available = || operator.tomorrow_starting_with(key::HIGH_AVAILABILITY);
    let found = found.or_else(|| available().filter(|setting| is_on(&setting.text)))?;
    Some(format!("`{}` is set in the operator's configuration ({})", found.key, found.origin()))
}
