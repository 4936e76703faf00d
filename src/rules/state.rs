//! The state table: exactly one row speaks for a workload with a job.
//!
//! The migration deletes and recreates every resource, so each start is a first deployment again.
//! `initialSavepointPath` is then honoured whatever `upgradeMode` says, and without it the job starts
//! empty whatever `upgradeMode` says (`JobReconciler.java:70`, release 0.1.0;
//! `ApplicationReconciler.java:81`, release 1.0.0; `AbstractFlinkResourceReconciler.java:109`, release
//! 1.15.0).

use super::Subject;
use crate::flink::names::key;
use crate::flink::operator::When;
use crate::flink::savepoints::SavepointEntry;
use crate::flink::workload::Mode;
pub(crate) use crate::flink::workload::{MODE, PATH, STATE};
use crate::project::{Ambiguity, Lookup};

/// Where a workload stands in the table.
pub(crate) enum Row<'f> {
    /// It has no job: a session cluster.
    NoJob,
    /// An entry of its name cannot be told to be its own.
    Ambiguous(Ambiguity),
    /// It has a savepoint and may start without one.
    Contradiction(&'f SavepointEntry),
    /// It starts from this savepoint.
    Restore { location: &'f str },
    /// It starts from a path that the map does not know.
    OldPath(String),
    /// It may start empty, so the path goes.
    DropPath,
    /// Its savepoint is known not to be trusted.
    Distrusted(&'f SavepointEntry),
    /// It would start empty although it keeps state, or might.
    StartsEmpty(Mode),
    /// It would start empty, and its configuration looks as if it kept state; what says so.
    MightKeepState(String),
    /// It has no state to lose.
    Quiet,
}

/// The row of a workload.
pub(crate) fn row<'a>(subject: &Subject<'a, '_>) -> Row<'a> {
    let workload = subject.workload;
    if workload.job().is_none() {
        return Row::NoJob;
    }
    let fresh = subject.overrides.is_some_and(|overrides| overrides.fresh);
    let path = workload.text(&PATH);
    let entry = match subject.context.entry(&workload.key, &workload.file) {
        Lookup::Ambiguous(doubt) => return Row::Ambiguous(doubt),
        Lookup::Found(entry) => Some(entry),
        Lookup::Nothing => None,
    };
    if let Some(entry) = entry
        && let Some(other) = subject.context.sharing(entry)
    {
        return Row::Ambiguous(shared(entry, other));
    }
    match (entry.map(|entry| (entry, entry.location.as_deref())), path, fresh) {
        (Some((entry, Some(_))), _, true) => Row::Contradiction(entry),
        (Some((_, Some(location))), _, false) => Row::Restore { location },
        (Some((entry, None)), _, false) => Row::Distrusted(entry),
        (_, Some(_), true) => Row::DropPath,
        (_, None, true) => Row::Quiet,
        (None, Some(path), false) => Row::OldPath(path.to_string()),
        (None, None, false) => match mode_today(subject) {
            // Somebody has asked for a savepoint of it.
            mode if subject
                .overrides
                .is_some_and(|overrides| overrides.savepoint == Some(true)) =>
            {
                Row::StartsEmpty(mode)
            }
            Mode::Stateless => Row::Quiet,
            Mode::Absent => sign_of_state(subject).map_or(Row::Quiet, Row::MightKeepState),
            mode => Row::StartsEmpty(mode),
        },
    }
}

/// One savepoint, and two jobs that would go on from it: at most one of them wrote it.
fn shared(entry: &SavepointEntry, other: &SavepointEntry) -> Ambiguity {
    let reason = format!(
        "the savepoint of `{}` is also that of `{}` ({})",
        entry.key, other.key, other.place
    );
    Ambiguity::new(
        reason,
        "give each job the savepoint that is its own, and take the other entry out",
    )
}

/// The mode that says whether there is state to lose: that of the manifest, unless it says less than
/// the configuration. To be stateless from now on is no answer to where today's state goes.
fn mode_today(subject: &Subject<'_, '_>) -> Mode {
    let written = subject.workload.mode();
    if written.is_stateful() { written } else { subject.mode() }
}

/// The setting that suggests that a job without a written upgrade mode keeps state, in the manifest
/// or in the operator's configuration.
pub(crate) fn sign_of_state(subject: &Subject<'_, '_>) -> Option<String> {
    let signs = [
        "state.checkpoints.",
        "state.savepoints.",
        "execution.checkpointing.",
        "execution.savepoint.",
        "kubernetes.operator.periodic.savepoint.",
        key::OLD_CHECKPOINTS_DIR,
        key::HIGH_AVAILABILITY,
    ];
    let says_nothing = |prefix: &str, text: &str| {
        prefix == key::HIGH_AVAILABILITY && text.eq_ignore_ascii_case("none")
    };
    let written = signs.into_iter().find_map(|prefix| {
        let (key, setting) = subject.workload.configuration.starting_with(prefix)?;
        (!says_nothing(prefix, setting.text)).then(|| format!("`{key}` is set"))
    });
    let given = || {
        signs.into_iter().find_map(|prefix| {
            let operator = &subject.inputs.operator;
            // Today's configuration made the state, tomorrow's says that it is meant.
            let mut given = [When::Tomorrow, When::Today]
                .into_iter()
                .flat_map(|when| operator.starting_with(when, prefix));
            let found = given.find(|found| !says_nothing(prefix, &found.text))?;
            let (key, origin) = (&found.key, &found.place);
            Some(format!("`{key}` is set in the operator's configuration ({origin})"))
        })
    };
    written.or_else(given)
}
