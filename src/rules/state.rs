//! The state table: exactly one row speaks for a workload with a job.
//!
//! The migration deletes and recreates every resource, so each start is a first deployment again.
//! `initialSavepointPath` is then honoured whatever `upgradeMode` says, and without it the job starts
//! empty whatever `upgradeMode` says (`JobReconciler.java:70`, release 0.1.0;
//! `ApplicationReconciler.java:81`, release 1.0.0; `AbstractFlinkResourceReconciler.java:109`, release
//! 1.15.0).

use super::Facts;
use crate::flink::names::{field, key};
use crate::flink::savepoints::Entry;
use crate::gitops::{Doubt, Lookup, Mode, Workload};

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
    /// It would start empty, and its configuration looks as if it kept state; the key that says so.
    MightKeepState(String),
    /// It has no state to lose.
    Quiet,
}

/// The row of a workload.
pub(super) fn row<'f>(workload: &Workload<'_>, facts: &'f Facts) -> Row<'f> {
    if workload.job().is_none() {
        return Row::NoJob;
    }
    let fresh = facts.answer(workload).is_some_and(|answer| answer.fresh);
    let path = workload.text(&PATH);
    let entry = match facts.entry(workload) {
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
        (None, None, false) => match mode(workload, facts) {
            Mode::Stateless => Row::Quiet,
            Mode::Absent => sign_of_state(workload).map_or(Row::Quiet, Row::MightKeepState),
            mode => Row::StartsEmpty(mode),
        },
    }
}

/// The upgrade mode the job is to have: what the configuration says, else what the manifest said
/// before step `suspend`.
pub(super) fn mode(workload: &Workload<'_>, facts: &Facts) -> Mode {
    let answered = facts.answer(workload).and_then(|answer| answer.upgrade_mode.as_deref());
    answered.map_or_else(|| workload.mode(), Mode::parse)
}

/// The setting that suggests that a job without a written upgrade mode keeps state.
fn sign_of_state(workload: &Workload<'_>) -> Option<String> {
    let prefixes = [
        "state.checkpoints.",
        "state.savepoints.",
        "execution.checkpointing.",
        "execution.savepoint.",
        "kubernetes.operator.periodic.savepoint.",
        key::OLD_CHECKPOINTS_DIR,
    ];
    let found =
        prefixes.into_iter().find_map(|prefix| workload.configuration.starting_with(prefix));
    let available = workload.configuration.starting_with(key::HIGH_AVAILABILITY);
    let available = available.filter(|(_, setting)| !setting.text.eq_ignore_ascii_case("none"));
    found.or(available).map(|(key, _)| key.to_string())
}
