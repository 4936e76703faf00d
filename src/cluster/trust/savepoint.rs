//! Which field names the savepoint of the suspend, per release.
//!
//! * 0.1.0: `savepointInfo.lastSavepoint`, which holds manual savepoints too; their time tells.
//! * 1.0: the same. For a job that has ended by itself it may hold its last checkpoint
//!   (`SavepointObserver`, 1.0.0, :86-89, :193-207), and a suspended one is `FINISHED` as well; what
//!   the location looks like tells.
//! * 1.1 to 1.9: the same with `triggerType`, which must be `UPGRADE`. Helm leaves CRDs as they are, and
//!   that of 1.0 drops the type, and the path below. What is left may be a manual savepoint.
//! * 1.10 and later: `upgradeSavepointPath`. It has no time of its own, which is in `lastSavepoint`
//!   or in the snapshot of the same place, if anywhere. At the first deployment and at a redeployment
//!   it holds `initialSavepointPath` (`AbstractFlinkResourceReconciler`, 1.15.0, :237-249).
//!
//! It counts if it was taken after everything else that is known of the job.
//!
//! 0.1.0 renews `jobStatus.updateTime` at every look at the running job, and later releases at every
//! change of its state (`JobObserver`, 0.1.0, :106-110; `JobStatusObserver.updateJobStatus`), each
//! time before the savepoint of a suspend is stamped by the same clock. What is older is an older
//! state: a manual savepoint, or one from before the job ended by itself.

use super::stopped::StoppedJob;
use super::{Judge, RESUME, StateTrust, WAIT, describe, distrust, quote};
use crate::cluster::{Clock, LiveResource, Moment, Savepoint};
use crate::flink::location::{OPERATOR_DUMMY, is_retained_checkpoint, same_location};
use crate::flink::names::TRIGGER_TYPE;

/// Why a savepoint was taken: to suspend or upgrade the job.
const UPGRADE: &str = "UPGRADE";

/// What speaks for a savepoint with that trigger.
const TAKEN_TO_UPGRADE: &str = "it was taken for that (UPGRADE)";

/// The savepoint of the suspend.
pub(crate) struct StateSource<'o> {
    pub(crate) location: &'o str,
    /// The field that names it.
    pub(crate) field: &'static str,
    /// The field that says when it was taken, and what it says.
    time: Option<(&'static str, Option<&'o Clock>)>,
    /// Only its time tells it from a manual savepoint (0.1.0 and 1.0).
    is_told_by_its_time: bool,
    /// What speaks for it.
    pub(crate) evidence: String,
}

pub(crate) fn find<'o>(
    stopped: &StoppedJob<'o>,
    snapshots: &[&'o LiveResource],
) -> Result<StateSource<'o>, StateTrust> {
    let job_status = &stopped.status.job_status;
    let last = job_status.savepoint_info.last_savepoint.as_ref();
    let path = job_status.upgrade_savepoint_path.as_deref().filter(|path| !path.is_empty());
    let source = match (path, last) {
        (Some(path), last) => from_path(path, last, snapshots)?,
        (None, Some(last)) => from_last_savepoint(stopped, last)?,
        (None, None) => from_snapshots(snapshots)?,
    };
    let StateSource { location, field, .. } = source;
    if is_retained_checkpoint(location) {
        let reason = format!("{field} is a checkpoint, {}", quote(location));
        return distrust(reason, RESUME);
    }
    let initial = stopped.last.initial_savepoint_path.as_deref();
    if initial.is_some_and(|initial| same_location(initial, location)) {
        let reason = format!("{field} is the initialSavepointPath that the job started from");
        return distrust(reason, RESUME);
    }
    Ok(source)
}

fn from_last_savepoint<'o>(
    stopped: &StoppedJob<'o>,
    last: &'o Savepoint,
) -> Result<StateSource<'o>, StateTrust> {
    const FIELD: &str = "lastSavepoint.location";
    let Some(location) = last.location.as_deref() else {
        return distrust(format!("{FIELD} is missing"), RESUME);
    };
    let evidence = match last.trigger_type.as_deref() {
        None if stopped.is_of_later_operator() => {
            let reason = "lastSavepoint.triggerType is missing, and the operator is later than 1.0: \
                          the CRD of an older one may have dropped it";
            return distrust(reason, RESUME);
        }
        None => "taken after the last look at the running job",
        Some(UPGRADE) if !stopped.is_preview => TAKEN_TO_UPGRADE,
        _ => return not_for_suspend(last),
    };
    Ok(StateSource {
        location,
        field: FIELD,
        time: Some(last_time(last)),
        is_told_by_its_time: last.trigger_type.is_none(),
        evidence: evidence.into(),
    })
}

fn from_path<'o>(
    location: &'o str,
    last: Option<&'o Savepoint>,
    snapshots: &[&'o LiveResource],
) -> Result<StateSource<'o>, StateTrust> {
    const FIELD: &str = "upgradeSavepointPath";
    if location == OPERATOR_DUMMY {
        let reason = format!("{FIELD} is {}: it has no savepoint of its own", quote(location));
        return distrust(reason, RESUME);
    }
    let is_same = |other: Option<&str>| other.is_some_and(|it| same_location(it, location));
    if let Some(last) = last.filter(|last| is_same(last.location.as_deref())) {
        if last.trigger_type.as_deref() != Some(UPGRADE) {
            return not_for_suspend(last);
        }
        let (time, evidence) = (Some(last_time(last)), TAKEN_TO_UPGRADE.into());
        return Ok(StateSource {
            location,
            field: FIELD,
            time,
            is_told_by_its_time: false,
            evidence,
        });
    }
    let snapshot = snapshots.iter().find(|snapshot| {
        is_upgrade(snapshot)
            && is_same(snapshot.snapshot.as_ref().and_then(|s| s.location.as_deref()))
    });
    if let Some(snapshot) = snapshot {
        return Ok(from_snapshot(snapshot, location, FIELD));
    }
    let evidence = "the dump does not say when it was taken".into();
    Ok(StateSource { location, field: FIELD, time: None, is_told_by_its_time: false, evidence })
}

fn last_time(last: &Savepoint) -> (&'static str, Option<&Clock>) {
    ("lastSavepoint.timeStamp", last.time.as_ref())
}

fn not_for_suspend<T>(last: &Savepoint) -> Result<T, StateTrust> {
    let trigger = describe("lastSavepoint.triggerType", last.trigger_type.as_deref());
    distrust(format!("{trigger}: it was not taken to suspend the job"), RESUME)
}

/// Where the resource of the job names no savepoint, its snapshot may.
fn from_snapshots<'o>(snapshots: &[&'o LiveResource]) -> Result<StateSource<'o>, StateTrust> {
    let time = |snapshot: &LiveResource| snapshot.snapshot.as_ref()?.result_time.as_ref()?.moment;
    let upgrades = snapshots.iter().copied().filter(|snapshot| is_upgrade(snapshot));
    let newest = upgrades.max_by_key(|snapshot| time(snapshot));
    let path =
        newest.and_then(|newest| Some((newest, newest.snapshot.as_ref()?.location.as_deref()?)));
    let Some((newest, path)) = path else {
        return distrust("status names no savepoint", RESUME);
    };
    Ok(from_snapshot(newest, path, "status.path of its FlinkStateSnapshot"))
}

fn from_snapshot<'o>(
    snapshot: &'o LiveResource,
    location: &'o str,
    field: &'static str,
) -> StateSource<'o> {
    let details = snapshot.snapshot.as_ref();
    let name = quote(&snapshot.key.name);
    let mut evidence = format!("{TAKEN_TO_UPGRADE}, as FlinkStateSnapshot {name} says");
    if details.and_then(|details| details.dispose_on_delete) == Some(true) {
        evidence.push_str(", which deletes the savepoint when it is deleted (disposeOnDelete)");
    }
    let time = details.and_then(|details| details.result_time.as_ref());
    let time = Some(("resultTimestamp", time));
    StateSource { location, field, time, is_told_by_its_time: false, evidence }
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

/// How far ahead of this machine a clock may be, in hours: time zones and lazy clocks, not more.
const AHEAD: i64 = 24;

/// How long a stop with a savepoint takes at least, in milliseconds. A manual savepoint that is finished
/// in the pass that suspends the job is stamped right after the look at the job, and is as old as its
/// taking was long (`JobObserver` and `JobReconciler.suspendJob`, 0.1.0 and 1.0.0).
const STOP: i64 = 1000;

/// When the savepoint was taken, if nothing speaks against it.
pub(crate) fn check_time(
    judge: &Judge,
    stopped: &StoppedJob<'_>,
    source: &StateSource<'_>,
) -> Result<Option<Moment>, StateTrust> {
    let Some((time_field, time)) = source.time else {
        return check_undated(judge, stopped, source).map(|()| None);
    };
    let taken = read_clock(judge, time_field, time)?;
    let job_status = &stopped.status.job_status;
    let update = read_clock(judge, "jobStatus.updateTime", job_status.update_time.as_ref())?;
    let not_before = |what: &str, earliest: Moment| {
        let reason = format!("{time_field} is {taken}, before {what} {earliest}");
        if taken < earliest { distrust(reason, RESUME) } else { Ok(()) }
    };
    not_before("jobStatus.updateTime", update)?;
    if source.is_told_by_its_time && stopped.has_nonce() && taken < update.plus_millis(STOP) {
        let reason = format!(
            "{time_field} is {taken}, less than a second after jobStatus.updateTime, and the job has a \
             savepointTriggerNonce: it may be a manual savepoint"
        );
        return distrust(reason, RESUME);
    }
    if let Some(start) = &job_status.start_time {
        not_before("jobStatus.startTime", read_clock(judge, "jobStatus.startTime", Some(start))?)?;
    }
    if let Some(created) = &stopped.resource.created {
        let created = read_clock(judge, "creationTimestamp", Some(created))?;
        not_before("creationTimestamp", created)?;
    }
    if let Some(time) = other_savepoint_times(stopped, source).find(|time| *time > taken) {
        let reason = format!("savepointInfo has a later savepoint, from {time}");
        return distrust(reason, RESUME);
    }
    if let Some(asked) = judge.taken_after.filter(|asked| taken < *asked) {
        let reason = format!("{time_field} is {taken}, before {asked}, which was requested");
        return distrust(reason, RESUME);
    }
    Ok(Some(taken))
}

/// The path of operator 1.10 and later, of which nothing says when it was written. What the older
/// fields tell must at least be from before the job last changed its state.
fn check_undated(
    judge: &Judge,
    stopped: &StoppedJob<'_>,
    source: &StateSource<'_>,
) -> Result<(), StateTrust> {
    if let Some(asked) = judge.taken_after {
        let reason = format!(
            "the dump does not say whether it was taken before {asked}, which was requested"
        );
        return distrust(reason, WITH_SNAPSHOTS);
    }
    let job_status = &stopped.status.job_status;
    let update = read_clock(judge, "jobStatus.updateTime", job_status.update_time.as_ref())?;
    let later = other_savepoint_times(stopped, source).find(|time| *time >= update);
    later.map_or(Ok(()), |time| {
        let reason = format!("savepointInfo has another savepoint, from {time}");
        distrust(reason, WITH_SNAPSHOTS)
    })
}

/// When other savepoints of the job were taken.
fn other_savepoint_times(
    stopped: &StoppedJob<'_>,
    source: &StateSource<'_>,
) -> impl Iterator<Item = Moment> {
    let info = &stopped.status.job_status.savepoint_info;
    let all = info.history.iter().chain(&info.last_savepoint);
    let others = all.filter(|other| {
        other.location.as_deref().is_none_or(|location| !same_location(location, source.location))
    });
    others.filter_map(|other| other.time.as_ref()?.moment)
}

/// What to do where the resource of the job does not say when.
const WITH_SNAPSHOTS: &str = "take the dump with `kubectl get flinkdeployments,flinksessionjobs,\
                              flinkstatesnapshots -A -o json`";

fn read_clock(judge: &Judge, field: &str, clock: Option<&Clock>) -> Result<Moment, StateTrust> {
    let Some(clock) = clock else {
        return distrust(format!("{field} is missing"), WAIT);
    };
    let Some(at) = clock.moment else {
        let reason = format!("{field} is {}, which is not a time", quote(&clock.text));
        return distrust(reason, RESUME);
    };
    if judge.now.is_some_and(|now| at > now.plus_hours(AHEAD)) {
        return distrust(format!("{field} is {at}, which is in the future"), RESUME);
    }
    Ok(at)
}
