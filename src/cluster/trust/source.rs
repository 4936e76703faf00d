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

use super::settled::Settled;
use super::words::{says, shown};
use super::{Ambiguity, RESUME};
use crate::cluster::{Clock, LiveResource, Savepoint};
use crate::flink::location::{OPERATOR_DUMMY, is_retained_checkpoint, same};
use crate::flink::names::TRIGGER_TYPE;

/// Why a savepoint was taken: to suspend or upgrade the job.
const UPGRADE: &str = "UPGRADE";

/// Where no field says when it was taken.
pub(crate) const NO_TIME: &str = "";

/// The savepoint of the suspend.
pub(crate) struct Source<'o> {
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
    settled: &Settled<'o>,
    snapshots: &[&'o LiveResource],
) -> Result<Source<'o>, Ambiguity> {
    let job_status = &settled.status.job_status;
    let last = job_status.savepoint_info.last_savepoint.as_ref();
    let path = job_status.upgrade_savepoint_path.as_deref().filter(|path| !path.is_empty());
    let source = match (path, last) {
        (Some(path), last) => of_path(path, last, snapshots)?,
        (None, Some(last)) => of_last_savepoint(settled, last)?,
        (None, None) => of_snapshots(snapshots)?,
    };
    let location = source.location;
    if is_retained_checkpoint(location) {
        let reason = format!("{} is a checkpoint, {}", source.field, shown(location));
        return Err(Ambiguity::new(reason, RESUME));
    }
    let initial = settled.last.initial_savepoint_path.as_deref();
    if initial.is_some_and(|initial| same(initial, location)) {
        let reason =
            format!("{} is the initialSavepointPath that the job began from", source.field);
        return Err(Ambiguity::new(reason, RESUME));
    }
    Ok(source)
}

fn of_last_savepoint<'o>(
    settled: &Settled<'o>,
    last: &'o Savepoint,
) -> Result<Source<'o>, Ambiguity> {
    const FIELD: &str = "lastSavepoint.location";
    let Some(location) = last.location.as_deref() else {
        return Err(Ambiguity::new(format!("{FIELD} is missing"), RESUME));
    };
    let evidence = match last.trigger_type.as_deref() {
        None => "taken after the last look at the running job".to_string(),
        Some(UPGRADE) if !settled.is_preview => upgrade(),
        other => {
            let said = says("lastSavepoint.triggerType", other);
            return Err(Ambiguity::new(
                format!("{said}: it was not taken to suspend the job"),
                RESUME,
            ));
        }
    };
    let (time, time_field) = (last.time.as_ref(), "lastSavepoint.timeStamp");
    Ok(Source { location, field: FIELD, time, time_field, evidence })
}

fn of_path<'o>(
    path: &'o str,
    last: Option<&'o Savepoint>,
    snapshots: &[&'o LiveResource],
) -> Result<Source<'o>, Ambiguity> {
    const FIELD: &str = "upgradeSavepointPath";
    if path == OPERATOR_DUMMY {
        let reason = format!("{FIELD} is {}: it has no savepoint of its own", shown(path));
        return Err(Ambiguity::new(reason, RESUME));
    }
    let is_here = |location: Option<&str>| location.is_some_and(|l| same(l, path));
    if let Some(last) = last.filter(|last| is_here(last.location.as_deref())) {
        if last.trigger_type.as_deref() != Some(UPGRADE) {
            let said = says("lastSavepoint.triggerType", last.trigger_type.as_deref());
            return Err(Ambiguity::new(
                format!("{said}: it was not taken to suspend the job"),
                RESUME,
            ));
        }
        let (time, time_field) = (last.time.as_ref(), "lastSavepoint.timeStamp");
        return Ok(Source { location: path, field: FIELD, time, time_field, evidence: upgrade() });
    }
    let snapshot = snapshots.iter().find(|snapshot| {
        is_upgrade(snapshot) && is_here(snapshot.snapshot.as_ref().and_then(|s| s.path.as_deref()))
    });
    Ok(match snapshot {
        Some(snapshot) => of_snapshot(snapshot, path, FIELD),
        None => Source {
            location: path,
            field: FIELD,
            time: None,
            time_field: NO_TIME,
            evidence: "the dump does not say when it was taken".to_string(),
        },
    })
}

/// Where the resource of the job names no savepoint, its snapshot may.
fn of_snapshots<'o>(snapshots: &[&'o LiveResource]) -> Result<Source<'o>, Ambiguity> {
    let time = |snapshot: &LiveResource| {
        let clock = snapshot.snapshot.as_ref().and_then(|s| s.result_time.as_ref());
        clock.and_then(|clock| clock.at)
    };
    let upgrades = snapshots.iter().copied().filter(|snapshot| is_upgrade(snapshot));
    let newest = upgrades.max_by_key(|snapshot| time(snapshot));
    let path = newest.and_then(|newest| Some((newest, newest.snapshot.as_ref()?.path.as_deref()?)));
    let Some((newest, path)) = path else {
        return Err(Ambiguity::new("status names no savepoint", RESUME));
    };
    Ok(of_snapshot(newest, path, "status.path of its FlinkStateSnapshot"))
}

fn of_snapshot<'o>(
    snapshot: &'o LiveResource,
    location: &'o str,
    field: &'static str,
) -> Source<'o> {
    let said = snapshot.snapshot.as_ref();
    let mut evidence =
        format!("{}, as FlinkStateSnapshot {} says", upgrade(), shown(&snapshot.key.name));
    if said.and_then(|said| said.dispose_on_delete) == Some(true) {
        evidence.push_str(", which deletes the savepoint when it is deleted (disposeOnDelete)");
    }
    let time = said.and_then(|said| said.result_time.as_ref());
    Source { location, field, time, time_field: "resultTimestamp", evidence }
}

/// A completed savepoint that was taken to suspend or upgrade the job.
fn is_upgrade(snapshot: &LiveResource) -> bool {
    let is_done = snapshot.snapshot.as_ref().is_some_and(|said| {
        let has_error = said.error.as_deref().is_some_and(|error| !error.is_empty());
        let is_savepoint = said.is_savepoint && !said.is_checkpoint;
        is_savepoint && said.state.as_deref() == Some("COMPLETED") && !has_error
    });
    let trigger = snapshot.marks.label(TRIGGER_TYPE);
    is_done && snapshot.odd.is_empty() && snapshot.deleted.is_none() && trigger == Some(UPGRADE)
}

fn upgrade() -> String {
    "it was taken for that (UPGRADE)".to_string()
}
