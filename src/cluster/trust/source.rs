//! Which field names the savepoint of the suspend, per release.
//!
//! * 0.1.0: `savepointInfo.lastSavepoint`, which holds manual savepoints too; their time tells.
//! * 1.0: the same. For a job that has ended by itself it may hold its last checkpoint
//!   (`SavepointObserver`, 1.0.0, :86-89, :193-207), and a suspended one is `FINISHED` as well; what
//!   the location looks like tells.
//! * 1.1 to 1.9: the same with `triggerType`, which must be `UPGRADE`.
//! * 1.10 and later: `upgradeSavepointPath`. It has no time of its own, which is in `lastSavepoint`
//!   or in the snapshot of the same place, if anywhere. At the first deployment and at a redeployment
//!   it holds `initialSavepointPath` (`AbstractFlinkResourceReconciler`, 1.15.0, :237-249).

use super::quote::{describe, quote};
use super::stopped::StoppedJob;
use super::{Distrust, RESUME};
use crate::cluster::{Clock, LiveResource, Savepoint};
use crate::flink::location::{OPERATOR_DUMMY, is_retained_checkpoint, same_location};
use crate::flink::names::TRIGGER_TYPE;

/// Why a savepoint was taken: to suspend or upgrade the job.
const UPGRADE: &str = "UPGRADE";

/// Where no field says when it was taken.
pub(crate) const NO_TIME: &str = "";

/// The savepoint of the suspend.
pub(crate) struct StateSource<'o> {
    pub(crate) location: &'o str,
    /// The field that names it.
    pub(crate) field: &'static str,
    /// When it was taken.
    pub(crate) time: Option<&'o Clock>,
    /// The field that says when.
    pub(crate) time_field: &'static str,
    /// What speaks for it.
    pub(crate) evidence: String,
}

pub(crate) fn find<'o>(
    stopped: &StoppedJob<'o>,
    snapshots: &[&'o LiveResource],
) -> Result<StateSource<'o>, Distrust> {
    let job_status = &stopped.status.job_status;
    let last = job_status.savepoint_info.last_savepoint.as_ref();
    let path = job_status.upgrade_savepoint_path.as_deref().filter(|path| !path.is_empty());
    let source = match (path, last) {
        (Some(path), last) => from_path(path, last, snapshots)?,
        (None, Some(last)) => from_last_savepoint(stopped, last)?,
        (None, None) => from_snapshots(snapshots)?,
    };
    let location = source.location;
    if is_retained_checkpoint(location) {
        let reason = format!("{} is a checkpoint, {}", source.field, quote(location));
        return Err(Distrust::new(reason, RESUME));
    }
    let initial = stopped.last.initial_savepoint_path.as_deref();
    if initial.is_some_and(|initial| same_location(initial, location)) {
        let reason =
            format!("{} is the initialSavepointPath that the job began from", source.field);
        return Err(Distrust::new(reason, RESUME));
    }
    Ok(source)
}

fn from_last_savepoint<'o>(
    stopped: &StoppedJob<'o>,
    last: &'o Savepoint,
) -> Result<StateSource<'o>, Distrust> {
    const FIELD: &str = "lastSavepoint.location";
    let Some(location) = last.location.as_deref() else {
        return Err(Distrust::new(format!("{FIELD} is missing"), RESUME));
    };
    let evidence = match last.trigger_type.as_deref() {
        None => "taken after the last look at the running job".to_string(),
        Some(UPGRADE) if !stopped.is_preview => upgrade_evidence(),
        other => {
            let description = describe("lastSavepoint.triggerType", other);
            return Err(Distrust::new(
                format!("{description}: it was not taken to suspend the job"),
                RESUME,
            ));
        }
    };
    let (time, time_field) = (last.time.as_ref(), "lastSavepoint.timeStamp");
    Ok(StateSource { location, field: FIELD, time, time_field, evidence })
}

fn from_path<'o>(
    path: &'o str,
    last: Option<&'o Savepoint>,
    snapshots: &[&'o LiveResource],
) -> Result<StateSource<'o>, Distrust> {
    const FIELD: &str = "upgradeSavepointPath";
    if path == OPERATOR_DUMMY {
        let reason = format!("{FIELD} is {}: it has no savepoint of its own", quote(path));
        return Err(Distrust::new(reason, RESUME));
    }
    let is_same = |location: Option<&str>| location.is_some_and(|l| same_location(l, path));
    if let Some(last) = last.filter(|last| is_same(last.location.as_deref())) {
        if last.trigger_type.as_deref() != Some(UPGRADE) {
            let description = describe("lastSavepoint.triggerType", last.trigger_type.as_deref());
            return Err(Distrust::new(
                format!("{description}: it was not taken to suspend the job"),
                RESUME,
            ));
        }
        let (time, time_field) = (last.time.as_ref(), "lastSavepoint.timeStamp");
        return Ok(StateSource {
            location: path,
            field: FIELD,
            time,
            time_field,
            evidence: upgrade_evidence(),
        });
    }
    let snapshot = snapshots.iter().find(|snapshot| {
        is_upgrade(snapshot) && is_same(snapshot.snapshot.as_ref().and_then(|s| s.path.as_deref()))
    });
    Ok(match snapshot {
        Some(snapshot) => from_snapshot(snapshot, path, FIELD),
        None => StateSource {
            location: path,
            field: FIELD,
            time: None,
            time_field: NO_TIME,
            evidence: "the dump does not say when it was taken".to_string(),
        },
    })
}

/// Where the resource of the job names no savepoint, its snapshot may.
fn from_snapshots<'o>(snapshots: &[&'o LiveResource]) -> Result<StateSource<'o>, Distrust> {
    let time = |snapshot: &LiveResource| {
        let clock = snapshot.snapshot.as_ref().and_then(|s| s.result_time.as_ref());
        clock.and_then(|clock| clock.moment)
    };
    let upgrades = snapshots.iter().copied().filter(|snapshot| is_upgrade(snapshot));
    let newest = upgrades.max_by_key(|snapshot| time(snapshot));
    let path = newest.and_then(|newest| Some((newest, newest.snapshot.as_ref()?.path.as_deref()?)));
    let Some((newest, path)) = path else {
        return Err(Distrust::new("status names no savepoint", RESUME));
    };
    Ok(from_snapshot(newest, path, "status.path of its FlinkStateSnapshot"))
}

fn from_snapshot<'o>(
    snapshot: &'o LiveResource,
    location: &'o str,
    field: &'static str,
) -> StateSource<'o> {
    let details = snapshot.snapshot.as_ref();
    let mut evidence =
        format!("{}, as FlinkStateSnapshot {} says", upgrade_evidence(), quote(&snapshot.key.name));
    if details.and_then(|details| details.dispose_on_delete) == Some(true) {
        evidence.push_str(", which deletes the savepoint when it is deleted (disposeOnDelete)");
    }
    let time = details.and_then(|details| details.result_time.as_ref());
    StateSource { location, field, time, time_field: "resultTimestamp", evidence }
}

/// A completed savepoint that was taken to suspend or upgrade the job.
fn is_upgrade(snapshot: &LiveResource) -> bool {
    let is_done = snapshot.snapshot.as_ref().is_some_and(|details| {
        let has_error = details.error.as_deref().is_some_and(|error| !error.is_empty());
        let is_savepoint = details.is_savepoint && !details.is_checkpoint;
        is_savepoint && details.state.as_deref() == Some("COMPLETED") && !has_error
    });
    let trigger = snapshot.owner_labels.label(TRIGGER_TYPE);
    is_done
        && snapshot.malformed.is_empty()
        && snapshot.deleted.is_none()
        && trigger == Some(UPGRADE)
}

fn upgrade_evidence() -> String {
    "it was taken for that (UPGRADE)".to_string()
}
