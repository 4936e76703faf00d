//! Whether the job has stopped, was stopped with a savepoint, and nothing is on its way any more:
//! the spec asks for it, the operator has done it, and the status shows it.
//!
//! Release 0.1.0 (`JobReconciler.suspendJob`, :203-216) leaves `SUSPENDED` and `MISSING` behind, and
//! nothing looks at the job afterwards. From 1.0 on (`FlinkService.cancelJob`,
//! `AbstractFlinkService.cancelJob`) the job is `FINISHED`, and its JobManager may stay up with the
//! finished job in it where Flink is 1.15 or later.

use super::words::{says, shown};
use super::{Ambiguity, RESUME, SUSPEND, WAIT};
use crate::cluster::{Job, LastSpec, LiveResource, Status};
use crate::flink::kind::{ApiVersion, FlinkKind};
use crate::flink::names::{mode, state};

/// A job that has stopped with a savepoint, as far as its states tell.
pub(crate) struct Settled<'o> {
    pub(crate) observed: &'o LiveResource,
    pub(crate) status: &'o Status,
    pub(crate) last: &'o Job,
    /// Whether operator 0.1.0 wrote the status.
    pub(crate) is_preview: bool,
    /// `jobStatus.state`.
    pub(crate) state: &'o str,
}

impl Settled<'_> {
    /// The states, for the reason why it is trusted.
    pub(crate) fn states(&self) -> String {
        let job_manager = self.status.job_manager_deployment_status.as_deref();
        match job_manager {
            Some(job_manager) => format!("{} with its JobManager {job_manager}", self.state),
            None => self.state.to_string(),
        }
    }
}

pub(crate) fn check(observed: &LiveResource) -> Result<Settled<'_>, Ambiguity> {
    resource(observed)?;
    let job = observed.job.as_ref().ok_or_else(|| {
        Ambiguity::new("spec.job is missing, and it is no session cluster", RESUME)
    })?;
    spec(observed, job)?;
    let Some(status) = &observed.status else {
        return Err(Ambiguity::new("status is missing: the operator has not looked at it", WAIT));
    };
    let last = last_spec(status)?;
    let is_preview = release(observed, status)?;
    let state = states(observed, status, is_preview)?;
    outcome(status, is_preview)?;
    Ok(Settled { observed, status, last, is_preview, state })
}

/// What holds for a resource of every release.
fn resource(observed: &LiveResource) -> Result<(), Ambiguity> {
    if let Some(field) = observed.odd.first() {
        let reason =
            format!("{} has a shape that no release of the operator gives it", shown(field));
        return Err(Ambiguity::new(reason, WAIT));
    }
    if observed.key.namespace.is_none() {
        let help = "take the dump again with `kubectl get flinkdeployments -A -o json`";
        return Err(Ambiguity::new("metadata.namespace is missing", help));
    }
    Ok(())
}

fn spec(observed: &LiveResource, job: &Job) -> Result<(), Ambiguity> {
    let older = older(observed);
    if job.state.as_deref() != Some(state::SUSPENDED) {
        let running = running(observed).unwrap_or_default();
        // The default of both versions is running (`JobSpec.java`, 0.1.0 to 1.15.0).
        let said = says("spec.job.state", job.state.as_deref());
        return Err(Ambiguity::new(format!("{said}{running}{older}"), SUSPEND));
    }
    if job.upgrade_mode.as_deref() != Some(mode::SAVEPOINT) {
        let said = says("spec.job.upgradeMode", job.upgrade_mode.as_deref());
        return Err(Ambiguity::new(format!("{said}, not `savepoint`{older}"), RESUME));
    }
    Ok(())
}

/// What the job does, if the status says so.
fn running(observed: &LiveResource) -> Option<String> {
    let state = observed.status.as_ref()?.job_status.state.as_deref()?;
    Some(format!(" and jobStatus.state {}", shown(state)))
}

/// What follows for the savepoint that the status names.
fn older(observed: &LiveResource) -> String {
    let status = observed.status.as_ref();
    let last = status.and_then(|status| status.job_status.savepoint_info.last_savepoint.as_ref());
    let taken = last.and_then(|last| last.time.as_ref()).and_then(|time| time.at);
    taken.map_or_else(String::new, |taken| {
        format!(", so its savepoint from {taken} may be older than its state")
    })
}

/// What the operator has achieved.
fn last_spec(status: &Status) -> Result<&Job, Ambiguity> {
    const FIELD: &str = "lastReconciledSpec";
    let last = match &status.reconciliation.last_spec {
        LastSpec::Absent => {
            return Err(Ambiguity::new(
                format!("{FIELD} is missing: what the operator has done is not known"),
                WAIT,
            ));
        }
        LastSpec::Unreadable(why) => {
            return Err(Ambiguity::new(
                format!("{FIELD} cannot be read: {}", one_line(why)),
                RESUME,
            ));
        }
        LastSpec::Object(job) | LastSpec::Text(job) => job.as_ref(),
    };
    let Some(last) = last else {
        return Err(Ambiguity::new(format!("{FIELD} has no job"), WAIT));
    };
    if last.state.as_deref() != Some(state::SUSPENDED) {
        let said = says(&format!("{FIELD}.job.state"), last.state.as_deref());
        return Err(Ambiguity::new(format!("{said}: the operator has not suspended it yet"), WAIT));
    }
    if last.upgrade_mode.as_deref() != Some(mode::SAVEPOINT) {
        let said = says(&format!("{FIELD}.job.upgradeMode"), last.upgrade_mode.as_deref());
        return Err(Ambiguity::new(
            format!("{said}: it was not suspended with a savepoint"),
            RESUME,
        ));
    }
    Ok(last)
}

/// Whether release 0.1.0 wrote the status. A status that no one release writes is not understood.
fn release(observed: &LiveResource, status: &Status) -> Result<bool, Ambiguity> {
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
    let doubt = |version: &str, what: &str| {
        let reason = format!("status has {what}, which no release writes at {version}");
        Err(Ambiguity::new(reason, RESUME))
    };
    let first = |fields: &[(&'static str, bool)]| {
        fields.iter().find(|(_, is_there)| *is_there).map(|(field, _)| *field)
    };
    match (&observed.version, observed.kind) {
        (Ok(ApiVersion::Preview), FlinkKind::Deployment) => {
            first(&later).map_or(Ok(true), |field| doubt("v1alpha1", field))
        }
        (Ok(ApiVersion::Preview), kind) => {
            let reason = format!("no release had a {} at v1alpha1", kind.name());
            Err(Ambiguity::new(reason, RESUME))
        }
        (Ok(ApiVersion::Stable), _) => {
            first(&earlier).map_or(Ok(false), |field| doubt("v1beta1", field))
        }
        (Err(version), _) => {
            let reason = format!("no release of the operator has the version {}", shown(version));
            Err(Ambiguity::new(reason, RESUME))
        }
    }
}

/// `jobStatus.state`, if the job has stopped for good and its JobManager with it.
fn states<'o>(
    observed: &LiveResource,
    status: &'o Status,
    is_preview: bool,
) -> Result<&'o str, Ambiguity> {
    let state = status.job_status.state.as_deref();
    let found = match state {
        Some(state @ "SUSPENDED") => state,
        Some(state @ "FINISHED") if !is_preview => state,
        _ => {
            let said = says("jobStatus.state", state);
            return Err(Ambiguity::new(
                format!("{said}: the job was not stopped by a suspend"),
                RESUME,
            ));
        }
    };
    let job_manager = status.job_manager_deployment_status.as_deref();
    let is_right = match job_manager {
        Some("MISSING") => true,
        Some("READY") => !is_preview && found == "FINISHED",
        // A session job has no JobManager of its own.
        None => observed.kind == FlinkKind::SessionJob,
        Some(_) => false,
    };
    if !is_right {
        let said = says("jobManagerDeploymentStatus", job_manager);
        return Err(Ambiguity::new(format!("{said}: its JobManager is not gone"), WAIT));
    }
    if status.lifecycle_state.as_deref().is_some_and(|state| state != "SUSPENDED") {
        return Err(Ambiguity::new(
            says("lifecycleState", status.lifecycle_state.as_deref()),
            WAIT,
        ));
    }
    Ok(found)
}

/// Whether the operator is content, and no savepoint is being taken.
fn outcome(status: &Status, is_preview: bool) -> Result<(), Ambiguity> {
    let reconciliation = &status.reconciliation;
    let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    if let Some(error) = said(&status.error).or_else(|| said(&reconciliation.error)) {
        return Err(Ambiguity::new(says("error", Some(&error)), WAIT));
    }
    if is_preview {
        match reconciliation.success {
            Some(true) => {}
            Some(false) => {
                return Err(Ambiguity::new("reconciliationStatus.success is false", WAIT));
            }
            None => return Err(Ambiguity::new("reconciliationStatus.success is missing", WAIT)),
        }
    } else if reconciliation.state.as_deref() != Some("DEPLOYED") {
        let said = says("reconciliationStatus.state", reconciliation.state.as_deref());
        return Err(Ambiguity::new(format!("{said}, not `DEPLOYED`"), WAIT));
    }
    let info = &status.job_status.savepoint_info;
    if let Some(id) = info.trigger_id.as_deref().filter(|id| !id.is_empty()) {
        let reason = format!("a savepoint is being taken (triggerId {})", shown(id));
        return Err(Ambiguity::new(reason, WAIT));
    }
    if let Some(time) = info.trigger_timestamp.as_deref().filter(|time| *time != "0") {
        let reason =
            format!("savepointInfo.triggerTimestamp is {} without a triggerId", shown(time));
        return Err(Ambiguity::new(reason, WAIT));
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    text.escape_debug().to_string()
}
