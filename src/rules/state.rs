//! The state table: exactly one row speaks for a workload with a job.
//!
//! The migration deletes and recreates every resource, so each start is a first deployment again.
//! `initialSavepointPath` is then honoured whatever `upgradeMode` says, and without it the job starts
//! empty whatever `upgradeMode` says (`JobReconciler.java:70`, release 0.1.0;
//! `ApplicationReconciler.java:81`, release 1.0.0; `AbstractFlinkResourceReconciler.java:109`, release
//! 1.15.0).

use super::{Context, Subject};
use crate::flink::names::{key, state as states};
use crate::flink::operator::When;
use crate::flink::savepoints::{EntryValue, SavepointEntry};
use crate::flink::workload::{ExpectedStart, Mode, Workload};
pub(crate) use crate::flink::workload::{MODE, PATH, STATE};
use crate::inputs::WorkloadOverride;
use crate::project::{Ambiguity, Lookup};

/// The rows of the table: what a workload starts from, and who decides it.
pub(crate) enum Row<'f> {
    /// It has no job: a session cluster.
    NoJob,
    /// An entry may belong to it or to another workload.
    Ambiguous(Ambiguity),
    /// It has a savepoint and may start without one.
    Contradiction(&'f SavepointEntry),
    /// Its entry and its override have its name alone, and name two workloads.
    TwoKeys(&'f SavepointEntry, &'f WorkloadOverride),
    /// It starts from this savepoint, that of the entry.
    Restore { location: &'f str, entry: &'f SavepointEntry },
    /// It starts from a path that the map does not know.
    OldPath(String),
    /// It may start empty, so the path goes.
    DropPath,
    /// Its entry is null: the dump or a person says that the savepoint is not to be trusted.
    Distrusted(&'f SavepointEntry),
    /// It would start empty although it keeps state, or might.
    StartsEmpty(Mode),
    /// It would start empty, and its configuration looks as if it kept state; what says so.
    MightKeepState(String),
    /// It has no state to lose.
    Quiet,
}

pub(crate) fn row<'a>(subject: &Subject<'a, '_>) -> Row<'a> {
    let workload = subject.workload;
    if workload.job().is_none() {
        // Jobs of a session cluster have documents of their own.
        return Row::NoJob;
    }
    let fresh = subject.overrides.is_some_and(|overrides| overrides.fresh);
    let path = workload.text(&PATH);
    let entry = match subject.context.entry(&workload.key, workload.source()) {
        Lookup::Ambiguous(ambiguity) => return Row::Ambiguous(ambiguity),
        Lookup::ByName(entry) => {
            let other = subject.overrides.filter(|other| !other.key.may_be(&entry.key));
            if let Some(other) = other {
                return Row::TwoKeys(entry, other);
            }
            Some(entry)
        }
        Lookup::Found(entry) => Some(entry),
        Lookup::Nothing => None,
    };
    let entry = entry.filter(|entry| entry.value != EntryValue::Stateless);
    if let Some(ambiguity) = foreign_entry(subject, entry) {
        return Row::Ambiguous(ambiguity);
    }
    // Two entries with one savepoint, whatever their scopes: at most one job wrote it, and the other would
    // start from foreign state.
    if let Some(entry) = entry
        && let Some(other) = subject.context.sharing(entry)
    {
        return Row::Ambiguous(shared_savepoint(entry, other));
    }
    match (entry.map(|entry| (entry, entry.location())), path, fresh) {
        // Nobody but the user can tell which of the two is newer, the entry or `fresh`.
        (Some((entry, Some(_))), _, true) => Row::Contradiction(entry),
        // The entry counts before a path in Git, which is that of an earlier start.
        (Some((entry, Some(location))), _, false) => Row::Restore { location, entry },
        // A path in Git is no substitute: once this decision is waived, `stale-savepoint` asks about it.
        (Some((entry, None)), _, false) => Row::Distrusted(entry),
        // Left in place, the path would be honoured again, although the job may start empty.
        (_, Some(_), true) => Row::DropPath,
        (_, None, true) => Row::Quiet,
        (None, Some(path), false) => Row::OldPath(path.to_string()),
        (None, None, false) => match mode_today(subject) {
            // `savepoint = true` asked for a savepoint, so that its absence is a mistake in any mode.
            mode if subject
                .overrides
                .is_some_and(|overrides| overrides.savepoint == Some(true)) =>
            {
                Row::StartsEmpty(mode)
            }
            // So did whoever had it suspended: that step stops no other job without state.
            mode if workload.is_marked_suspended() => Row::StartsEmpty(mode),
            Mode::Stateless => Row::Quiet,
            // Absent means stateless to the operator, but its author may not have known that.
            Mode::Absent => sign_of_state(subject).map_or(Row::Quiet, Row::MightKeepState),
            mode => Row::StartsEmpty(mode),
        },
    }
}

/// Why the entry may be that of another job, or an entry of another namespace its own: an object of Argo
/// CD or Flux decides the namespace.
fn foreign_entry(subject: &Subject<'_, '_>, entry: Option<&SavepointEntry>) -> Option<Ambiguity> {
    let Subject { workload, context, inputs, .. } = subject;
    let built = subject.built().ok()?;
    let (object, namespace) = context.project.delivered_namespace(&built, workload.source())?;
    let mut entries = inputs.savepoints.with_name(&built.name);
    let is_of = |entry: &SavepointEntry| entry.key.namespace.as_deref() == Some(namespace);
    let other = match entry {
        Some(entry) => Some(entry).filter(|entry| entry.key.namespace.is_some() && !is_of(entry)),
        None => entries.find(|entry| is_of(entry)),
    };
    other.map(|other| {
        let reason = format!(
            "{object} puts it into `{namespace}`, its manifest says otherwise or nothing, and there is an \
             entry of `{}` ({})",
            other.key, other.place
        );
        Ambiguity::new(reason, "write that namespace into the manifest or its kustomization")
    })
}

/// One savepoint, and two jobs that would go on from it: at most one of them wrote it.
fn shared_savepoint(entry: &SavepointEntry, other: &SavepointEntry) -> Ambiguity {
    let reason = format!(
        "the savepoint of `{}` is also that of `{}` ({})",
        entry.key, other.key, other.place
    );
    Ambiguity::new(reason, "give each job its own savepoint, and remove the other entry")
}

/// The mode that decides whether there is state to lose: the stateful one of manifest and configuration,
/// the manifest first. A job that is to be stateless from now on may still have state today.
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
    let is_disabled = |prefix: &str, text: &str| {
        prefix == key::HIGH_AVAILABILITY && text.eq_ignore_ascii_case("none")
    };
    let in_manifest = signs.into_iter().find_map(|prefix| {
        let (key, setting) = subject.workload.configuration.starting_with(prefix)?;
        (!is_disabled(prefix, setting.text)).then(|| format!("`{key}` is set"))
    });
    let from_operator = || {
        signs.into_iter().find_map(|prefix| {
            let operator = &subject.inputs.operator;
            // Today's configuration wrote the state, tomorrow's intends to keep some.
            let mut settings = [When::Tomorrow, When::Today]
                .into_iter()
                .flat_map(|when| operator.starting_with(when, prefix));
            let special = || operator.special_starting_with(prefix, subject.job_scope());
            let found = settings
                .find(|found| !is_disabled(prefix, &found.text))
                .or_else(|| special().filter(|found| !is_disabled(prefix, &found.text)))?;
            let (key, origin) = (&found.key, &found.place);
            Some(format!("`{key}` is set in the operator's configuration ({origin})"))
        })
    };
    in_manifest.or_else(from_operator)
}

/// From where this workload is to start. What its entry says counts before what its manifest says.
pub fn expected_start(workload: &Workload<'_>, context: &Context<'_>) -> ExpectedStart {
    let subject = Subject::new(workload, context);
    let state = subject.overrides.and_then(|overrides| overrides.state.as_deref());
    if workload.is_parked() && state != Some(states::RUNNING) {
        return ExpectedStart::Parked;
    }
    match subject.row() {
        Row::NoJob => ExpectedStart::NoJob,
        Row::Restore { location, .. } => ExpectedStart::From((*location).to_string()),
        Row::OldPath(path) => ExpectedStart::From(path.clone()),
        Row::DropPath | Row::Quiet => ExpectedStart::Empty,
        // A savepoint that two entries name was still asked for.
        Row::Ambiguous(ambiguity) => match context.entry(&workload.key, workload.source()) {
            Lookup::Found(entry) | Lookup::ByName(entry) => {
                let location = entry.location().unwrap_or_default();
                ExpectedStart::From(location.to_string())
            }
            _ => ExpectedStart::Open(ambiguity.reason.clone()),
        },
        Row::TwoKeys(entry, other) => ExpectedStart::Open(format!(
            "its entry at {} and [workload.\"{}\"] at {} name two workloads",
            entry.place, other.key, other.origin
        )),
        Row::Contradiction(entry) => {
            ExpectedStart::Open(format!("it may start empty, and has an entry at {}", entry.place))
        }
        Row::Distrusted(entry) => {
            let reason = entry.reason.as_deref().map(|reason| format!(": {reason}"));
            ExpectedStart::Open(format!(
                "its entry at {} is null{}",
                entry.place,
                reason.unwrap_or_default()
            ))
        }
        Row::StartsEmpty(mode) => {
            ExpectedStart::Open(format!("its mode is {mode}, and it has no entry and no path"))
        }
        Row::MightKeepState(sign) => {
            ExpectedStart::Open(format!("{sign}, and it has no entry and no path"))
        }
    }
}
