//! Whether the job has stopped, was stopped with a savepoint, and nothing is on its way any more:
//! the spec asks for it, the operator has done it, and the status shows it.
//!
//! Release 0.1.0 (`JobReconciler.suspendJob`, :203-216) leaves `SUSPENDED` and `MISSING` behind, and
//! nothing looks at the job afterwards. From 1.0 on (`FlinkService.cancelJob`,
//! `AbstractFlinkService.cancelJob`) the job is `FINISHED`, and its JobManager may stay up with the
//! finished job in it where Flink is 1.15 or later.

use super::{ENDED, RESUME, SUSPEND, StateTrust, WAIT, describe, distrust, quote};
use crate::cluster::{Job, LastSpec, LiveResource, OperatorStatus};
use crate::flink::names::{ApiVersion, FlinkKind, mode, state};

/// The last states of a job (`JobStatus.isGloballyTerminalState`, Flink 1.14 and 1.20).
const ENDED_STATES: [&str; 3] = ["CANCELED", "FAILED", "FINISHED"];

/// A job that has stopped with a savepoint, as far as its states tell.
pub(crate) struct StoppedJob<'o> {
    pub(crate) resource: &'o LiveResource,
    pub(crate) status: &'o OperatorStatus,
    pub(crate) last: &'o Job,
    /// Whether operator 0.1.0 wrote the status.
    pub(crate) is_preview: bool,
    /// `jobStatus.state`.
    pub(crate) state: &'o str,
}

impl StoppedJob<'_> {
    /// True if a manual savepoint was ever asked for.
    pub(crate) fn has_nonce(&self) -> bool {
        let jobs = self.resource.job.iter().chain([self.last]);
        jobs.into_iter().any(|job| job.savepoint_trigger_nonce.is_some())
    }

    /// True if the status shows that it is not of operator 0.1.0 or 1.0, whatever an older CRD has dropped
    /// from it. `lastReconciledSpec` is a text, from which no CRD drops anything.
    pub(crate) fn is_of_later_operator(&self) -> bool {
        let is_wrapped = matches!(self.status.reconciliation.last_spec, LastSpec::Wrapped(_));
        is_wrapped || self.status.lifecycle_state.is_some()
    }

    /// The states, for the reason why it is trusted.
    pub(crate) fn states_text(&self) -> String {
        let job_manager = self.status.job_manager_deployment_status.as_deref();
        match job_manager {
            Some(job_manager) => format!("{} with its JobManager {job_manager}", self.state),
            None => self.state.to_string(),
        }
    }
}

pub(crate) fn check(resource: &LiveResource) -> Result<StoppedJob<'_>, StateTrust> {
    check_resource(resource)?;
    let Some(job) = &resource.job else {
        return distrust("spec.job is missing, and it is not a session cluster", RESUME);
    };
    check_spec(resource, job)?;
    let Some(status) = &resource.status else {
        return distrust("status is missing: the operator has not reconciled it", WAIT);
    };
    let last = suspended_job(status)?;
    let is_preview = is_preview(resource, status)?;
    let state = stopped_state(resource, status, is_preview)?;
    check_reconciliation(status, is_preview)?;
    Ok(StoppedJob { resource, status, last, is_preview, state })
}

/// What holds for a resource of every release.
fn check_resource(resource: &LiveResource) -> Result<(), StateTrust> {
    if let Some(field) = resource.malformed.first() {
        let field = quote(field);
        let reason = format!("{field} has a shape that no release of the operator writes");
        return distrust(reason, WAIT);
    }
    if resource.key.namespace.is_none() {
        let help = "take the dump again with `kubectl get flinkdeployments -A -o json`";
        return distrust("metadata.namespace is missing", help);
    }
    Ok(())
}

fn check_spec(resource: &LiveResource, job: &Job) -> Result<(), StateTrust> {
    let older = older_savepoint(resource);
    if job.state.as_deref() != Some(state::SUSPENDED) {
        let running = running_state(resource).unwrap_or_default();
        // The default of both versions is running (`JobSpec.java`, 0.1.0 to 1.15.0).
        let description = describe("spec.job.state", job.state.as_deref());
        let has_ended = has_ended(resource);
        let ended = if has_ended { ": the job has ended and can never be suspended" } else { "" };
        let help = if has_ended { ENDED } else { SUSPEND };
        return distrust(format!("{description}{running}{ended}{older}"), help);
    }
    if job.upgrade_mode.as_deref() != Some(mode::SAVEPOINT) {
        let description = describe("spec.job.upgradeMode", job.upgrade_mode.as_deref());
        return distrust(format!("{description}, not `savepoint`{older}"), RESUME);
    }
    Ok(())
}

/// True if the job has come to an end by itself: no release suspends it any more (FLINK-39043).
fn has_ended(resource: &LiveResource) -> bool {
    let status = resource.status.as_ref();
    let state = status.and_then(|status| status.job_status.state.as_deref());
    state.is_some_and(|state| ENDED_STATES.contains(&state))
}

/// What the job does, if the status says so.
fn running_state(resource: &LiveResource) -> Option<String> {
    let state = resource.status.as_ref()?.job_status.state.as_deref()?;
    Some(format!(" and jobStatus.state {}", quote(state)))
}

/// What follows for the savepoint that the status names.
fn older_savepoint(resource: &LiveResource) -> String {
    let status = resource.status.as_ref();
    let last = status.and_then(|status| status.job_status.savepoint_info.last_savepoint.as_ref());
    let taken = last.and_then(|last| last.time.as_ref()).and_then(|time| time.moment);
    taken.map_or_else(String::new, |taken| {
        format!(", so its savepoint from {taken} may be older than its state")
    })
}

/// What the operator has achieved.
fn suspended_job(status: &OperatorStatus) -> Result<&Job, StateTrust> {
    const FIELD: &str = "lastReconciledSpec";
    let last = match &status.reconciliation.last_spec {
        LastSpec::Absent => {
            let reason = format!("{FIELD} is missing: it is unknown what the operator has done");
            return distrust(reason, WAIT);
        }
        LastSpec::Unreadable(why) => {
            return distrust(format!("{FIELD} cannot be read: {}", why.escape_debug()), RESUME);
        }
        LastSpec::Object(job) | LastSpec::Text(job) | LastSpec::Wrapped(job) => job.as_ref(),
    };
    let Some(last) = last else {
        return distrust(format!("{FIELD} has no job"), WAIT);
    };
    if last.state.as_deref() != Some(state::SUSPENDED) {
        let description = describe(&format!("{FIELD}.job.state"), last.state.as_deref());
        return distrust(format!("{description}: the operator has not suspended it yet"), WAIT);
    }
    if last.upgrade_mode.as_deref() != Some(mode::SAVEPOINT) {
        let description =
            describe(&format!("{FIELD}.job.upgradeMode"), last.upgrade_mode.as_deref());
        return distrust(format!("{description}: it was not suspended with a savepoint"), RESUME);
    }
    Ok(last)
}

/// Whether release 0.1.0 wrote the status. A status that no one release writes is not understood.
fn is_preview(resource: &LiveResource, status: &OperatorStatus) -> Result<bool, StateTrust> {
    let reconciliation = &status.reconciliation;
    let is_object = matches!(reconciliation.last_spec, LastSpec::Object(_));
    let later = [
        ("lifecycleState", status.lifecycle_state.is_some()),
        ("error", status.error.is_some()),
        ("upgradeSavepointPath", status.job_status.upgrade_savepoint_path.is_some()),
        ("reconciliationStatus.state", reconciliation.state.is_some()),
        ("lastReconciledSpec as text", !is_object),
    ];
    let earlier = [
        ("reconciliationStatus.success", reconciliation.success.is_some()),
        ("reconciliationStatus.error", reconciliation.error.is_some()),
        ("lastReconciledSpec as an object", is_object),
    ];
    let is_preview = resource.version == Ok(ApiVersion::Preview);
    let fields: &[(&str, bool)] = match (&resource.version, resource.kind) {
        (Ok(ApiVersion::Preview), FlinkKind::Deployment) => &later,
        (Ok(ApiVersion::Preview), kind) => {
            return distrust(format!("no release had a {} at v1alpha1", kind.name()), RESUME);
        }
        (Ok(ApiVersion::Stable), _) => &earlier,
        (Err(version), _) => {
            let reason = format!("no release of the operator has the version {}", quote(version));
            return distrust(reason, RESUME);
        }
    };
    let Some((field, _)) = fields.iter().find(|(_, is_there)| *is_there) else {
        return Ok(is_preview);
    };
    let version = if is_preview { "v1alpha1" } else { "v1beta1" };
    distrust(format!("status has {field}, which no release writes at {version}"), RESUME)
}

/// `jobStatus.state`, if the job has stopped for good and its JobManager with it.
fn stopped_state<'o>(
    resource: &LiveResource,
    status: &'o OperatorStatus,
    is_preview: bool,
) -> Result<&'o str, StateTrust> {
    let state = status.job_status.state.as_deref();
    let found = match state {
        Some(state @ "SUSPENDED") => state,
        Some(state @ "FINISHED") if !is_preview => state,
        _ => {
            let description = describe("jobStatus.state", state);
            let reason = format!("{description}: the job was not stopped by a suspend");
            return distrust(reason, if has_ended(resource) { ENDED } else { RESUME });
        }
    };
    let job_manager = status.job_manager_deployment_status.as_deref();
    let is_right = match job_manager {
        Some("MISSING") => true,
        Some("READY") => !is_preview && found == "FINISHED",
        // A session job has no JobManager of its own.
        None => resource.kind == FlinkKind::SessionJob,
        Some(_) => false,
    };
    if !is_right {
        let description = describe("jobManagerDeploymentStatus", job_manager);
        return distrust(format!("{description}: its JobManager is not gone"), WAIT);
    }
    if status.lifecycle_state.as_deref().is_some_and(|state| state != "SUSPENDED") {
        return distrust(describe("lifecycleState", status.lifecycle_state.as_deref()), WAIT);
    }
    Ok(found)
}

/// Whether the operator is content, and no savepoint is being taken.
fn check_reconciliation(status: &OperatorStatus, is_preview: bool) -> Result<(), StateTrust> {
    let reconciliation = &status.reconciliation;
    let non_empty = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    if let Some(error) = non_empty(&status.error).or_else(|| non_empty(&reconciliation.error)) {
        return distrust(describe("error", Some(&error)), WAIT);
    }
    if is_preview {
        match reconciliation.success {
            Some(true) => {}
            Some(false) => return distrust("reconciliationStatus.success is false", WAIT),
            None => return distrust("reconciliationStatus.success is missing", WAIT),
        }
    } else if reconciliation.state.as_deref() != Some("DEPLOYED") {
        let description = describe("reconciliationStatus.state", reconciliation.state.as_deref());
        return distrust(format!("{description}, not `DEPLOYED`"), WAIT);
    }
    let info = &status.job_status.savepoint_info;
    if let Some(id) = info.trigger_id.as_deref().filter(|id| !id.is_empty()) {
        return distrust(format!("a savepoint is being taken (triggerId {})", quote(id)), WAIT);
    }
    if let Some(time) = info.trigger_timestamp.as_deref().filter(|time| *time != "0") {
        let time = quote(time);
        let reason = format!("savepointInfo.triggerTimestamp is {time} without a triggerId");
        return distrust(reason, WAIT);
    }
    Ok(())
}
