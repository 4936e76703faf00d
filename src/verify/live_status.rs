//! How a job started, as far as the status in a dump knows.

use crate::cluster::{Job, LastSpec, LiveResource};
use crate::flink::location::{OPERATOR_DUMMY, same_location};
use crate::flink::names::state;
use crate::flink::workload::ExpectedStart;

/// What the status knows of a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LiveStatus {
    /// The job runs, and the operator noted this as what it started it from.
    From(String),
    /// The operator was asked to start it from here; what came of it does not stand there.
    Asked(String),
    /// The operator was asked to start it, and from nowhere.
    Empty,
    /// It was not started; why, as the end of a sentence.
    NotStarted(String),
    /// Nothing; why, as the end of a sentence.
    Nothing(String),
}

/// States of a job that has come as far as to run (`JobStatus`, Flink 1.14 to 2.0).
const HAS_RUN: [&str; 2] = ["RUNNING", "FINISHED"];

/// What `triggerType` says of a savepoint that the operator did not take: from 1.4 to 1.9, the one
/// that a first deployment started from (`AbstractFlinkResourceReconciler.java`, 1.4.0).
const UNKNOWN_TRIGGER: &str = "UNKNOWN";

/// What the status knows. What else there is to say about the job is added to the notes.
pub(crate) fn read(
    resource: &LiveResource,
    expected: &ExpectedStart,
    notes: &mut Vec<String>,
) -> LiveStatus {
    if let Some(field) = resource.malformed.first() {
        let why = format!("its {field} has a shape that the operator does not write");
        return LiveStatus::Nothing(why);
    }
    let Some(status) = &resource.status else {
        return LiveStatus::NotStarted("the operator has not reconciled it yet".into());
    };
    let errors = [status.error.as_deref(), status.reconciliation.error.as_deref()];
    if let Some(error) = errors.into_iter().flatten().find(|error| !error.is_empty()) {
        notes.push(format!("the operator reports an error: {error}"));
    }
    let job_state = status.job_status.state.as_deref().filter(|state| !state.is_empty());
    let has_run = job_state.is_some_and(|state| HAS_RUN.contains(&state));
    if let Some(state) = job_state.filter(|state| *state != "RUNNING") {
        notes.push(format!("its job is {state}"));
    }
    if resource.deleted.is_some() {
        notes.push("it is being deleted".to_string());
    }
    if resource.job.is_none() {
        return LiveStatus::NotStarted("it has no job".into());
    }
    let spec = &status.reconciliation.last_spec;
    let is_suspended =
        |job: Option<&Job>| job.is_some_and(|job| job.state.as_deref() == Some(state::SUSPENDED));
    // One that was to stay parked may have run at some time; another that has run has started.
    let may_have_run = job_state != Some("RUNNING") && *expected == ExpectedStart::Parked;
    if (!has_run || may_have_run)
        && (is_suspended(resource.job.as_ref()) || is_suspended(spec.job()))
    {
        return LiveStatus::NotStarted("it is suspended".into());
    }
    let savepoint = &status.job_status.savepoint_info.last_savepoint;
    let first = savepoint
        .as_ref()
        .filter(|last| last.trigger_type.as_deref() == Some(UNKNOWN_TRIGGER))
        .and_then(|last| last.location.as_deref());
    let recorded = status.job_status.upgrade_savepoint_path.as_deref();
    let recorded = recorded.filter(|path| !path.is_empty() && *path != OPERATOR_DUMMY).or(first);
    let asked = spec.job().and_then(|job| job.initial_savepoint_path.as_deref());
    let asked = asked.filter(|path| !path.is_empty());
    match (spec, recorded, asked) {
        (_, Some(recorded), asked) => from_recorded(recorded, asked, has_run, expected, notes),
        (LastSpec::Absent, None, _) => {
            LiveStatus::NotStarted("the operator has not deployed it yet".into())
        }
        (LastSpec::Unreadable(why), None, _) => {
            LiveStatus::Nothing(format!("its lastReconciledSpec cannot be read: {why}"))
        }
        (_, None, Some(asked)) => LiveStatus::Asked(asked.into()),
        (_, None, None) if spec.job().is_none() => {
            LiveStatus::NotStarted("the operator has deployed it without a job".into())
        }
        (_, None, None) => LiveStatus::Empty,
    }
}

/// The same in words.
pub(crate) fn to_text(status: &LiveStatus) -> String {
    match status {
        LiveStatus::From(location) => format!("status: started from {location}"),
        LiveStatus::Asked(location) => format!("status: asked to start from {location}"),
        LiveStatus::Empty => "status: deployed without a location to start from".to_string(),
        LiveStatus::NotStarted(why) | LiveStatus::Nothing(why) => format!("status: {why}"),
    }
}

/// What it means that the operator noted a savepoint. From 1.10 on it notes there that of each
/// upgrade, so that one which is not the first deployment's tells nothing of that.
fn from_recorded(
    recorded: &str,
    asked: Option<&str>,
    has_run: bool,
    expected: &ExpectedStart,
    notes: &mut Vec<String>,
) -> LiveStatus {
    let is_first = asked.is_some_and(|asked| same_location(asked, recorded));
    let is_expected =
        matches!(expected, ExpectedStart::From(location) if same_location(location, recorded));
    if is_first || is_expected {
        let status = if has_run { LiveStatus::From } else { LiveStatus::Asked };
        return status(recorded.into());
    }
    let later =
        format!("its status names a later savepoint, {recorded}: it was upgraded after that");
    match (asked, expected) {
        (Some(asked), ExpectedStart::From(location)) if same_location(asked, location) => {
            notes.push(later);
            LiveStatus::Asked(asked.into())
        }
        (None, ExpectedStart::Empty) => {
            notes.push(later);
            LiveStatus::Empty
        }
        _ => LiveStatus::From(recorded.into()),
    }
}
