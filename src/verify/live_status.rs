//! How a job started, as far as the status in a dump knows.

use crate::cluster::{Job, LastSpec, LiveResource, OperatorStatus};
use crate::flink::location::{OPERATOR_DUMMY, same_location};
use crate::flink::names::{mode, state};
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
    /// The operator has deployed it again without state, after it had started it from a location; or it
    /// may have, where its release does not tell.
    Again { is_certain: bool },
    /// It was not started; why, as the end of a sentence.
    NotStarted(String),
    /// Nothing; why, as the end of a sentence.
    Nothing(String),
}

/// What the status says of the job itself, with its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LiveJob<'d> {
    /// Every task runs.
    Runs(Option<&'d str>),
    /// It has failed.
    Failed(Option<&'d str>),
    /// Anything else, or what nobody knows.
    Other,
}

impl<'d> LiveJob<'d> {
    /// The id of the job, as far as it is asked for.
    pub(crate) fn id(&self) -> Option<&'d str> {
        match self {
            LiveJob::Runs(id) | LiveJob::Failed(id) => *id,
            LiveJob::Other => None,
        }
    }
}

/// What the status says of the job itself. Operator 1.0 says RUNNING before a task is deployed; from 1.1 on
/// every task runs then (`getEffectiveStatus` of `FlinkService.java`, 1.1.0).
pub(crate) fn job(resource: &LiveResource) -> LiveJob<'_> {
    let Some(status) = resource.status.as_ref().filter(|_| resource.malformed.is_empty()) else {
        return LiveJob::Other;
    };
    let OperatorStatus { job_status, lifecycle_state, .. } = status;
    let id = job_status.job_id.as_deref();
    let info = &job_status.savepoint_info;
    let is_since_1_1 = lifecycle_state.is_some()
        || info.last_periodic.is_some()
        || job_status.upgrade_savepoint_path.is_some()
        || info.last_savepoint.as_ref().is_some_and(|last| last.trigger_type.is_some());
    match job_status.state.as_deref() {
        // One that was deployed again without state may have the id that it had before.
        Some("RUNNING") if status.reconciliation.last_spec.job().is_some_and(is_stateless) => {
            LiveJob::Other
        }
        Some("RUNNING") if is_since_1_1 && resource.deleted.is_none() => LiveJob::Runs(id),
        Some("FAILED" | "FAILING") => LiveJob::Failed(id),
        _ => LiveJob::Other,
    }
}

/// States of a job that has come as far as to run (`JobStatus`, Flink 1.14 to 2.0).
const HAS_RUN: [&str; 2] = ["RUNNING", "FINISHED"];

/// What `triggerType` says of a savepoint that the operator did not take: from 1.3.1 to 1.9, the one
/// that a first deployment started from (`AbstractFlinkResourceReconciler.java`, 1.3.1).
const UNKNOWN_TRIGGER: &str = "UNKNOWN";

/// What `reconciliationStatus.state` says of a job that runs with an earlier spec again (operator 1.0 and
/// later).
const ROLLED_BACK: &str = "ROLLED_BACK";

/// What `jobManagerDeploymentStatus` says where there is no JobManager.
const MISSING: &str = "MISSING";

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
    // The operator also calls FINISHED what it has cancelled before it ever ran (`cancelJob`, 1.4.0).
    let is_missing = status.job_manager_deployment_status.as_deref() == Some(MISSING);
    let has_run = job_state.is_some_and(|state| HAS_RUN.contains(&state))
        && !(is_missing && job_state != Some("RUNNING"));
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
    if status.reconciliation.state.as_deref() == Some(ROLLED_BACK) {
        return LiveStatus::Nothing("the operator has rolled it back".into());
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
        (_, Some(recorded), asked) => {
            let started = has_run && is_first_deployment(spec.job(), expected, notes);
            let live = from_recorded(recorded, asked, started, expected, notes);
            let is_stateless = spec.job().is_some_and(is_stateless);
            let is_again = is_stateless && matches!(live, LiveStatus::Asked(_));
            if is_again { LiveStatus::Again { is_certain: has_run } } else { live }
        }
        (LastSpec::Absent, None, _) => {
            LiveStatus::NotStarted("the operator has not deployed it yet".into())
        }
        (LastSpec::Unreadable(why), None, _) => {
            LiveStatus::Nothing(format!("its lastReconciledSpec cannot be read: {why}"))
        }
        (_, None, Some(_))
            if spec.job().is_some_and(is_stateless)
                && matches!(expected, ExpectedStart::From(_)) =>
        {
            LiveStatus::Again { is_certain: false }
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
        LiveStatus::Again { .. } => "status: upgradeMode stateless beside a path".to_string(),
        LiveStatus::NotStarted(why) | LiveStatus::Nothing(why) => format!("status: {why}"),
    }
}

fn is_stateless(job: &Job) -> bool {
    job.upgrade_mode.as_deref() == Some(mode::STATELESS)
}

/// True while the last deployment is the first one: from 1.3.1 on the operator records `savepoint` as its
/// mode if it has a path, whatever mode its spec has (`AbstractFlinkResourceReconciler.java`,
/// `updateStatusBeforeFirstDeployment`), and of later ones the mode in which it stopped the job.
fn is_first_deployment(
    job: Option<&Job>,
    expected: &ExpectedStart,
    notes: &mut Vec<String>,
) -> bool {
    let recorded = job.and_then(|job| job.upgrade_mode.as_deref());
    if !matches!(expected, ExpectedStart::From(_)) || recorded == Some(mode::SAVEPOINT) {
        return true;
    }
    let recorded = recorded.unwrap_or("no mode");
    notes.push(format!(
        "its status records {recorded}: it was deployed again since its first start"
    ));
    false
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
