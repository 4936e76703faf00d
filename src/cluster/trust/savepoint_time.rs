//! Whether the savepoint was taken after everything else that is known of the job.
//!
//! 0.1.0 renews `jobStatus.updateTime` at every look at the running job, and later releases at every
//! change of its state (`JobObserver`, 0.1.0, :106-110; `JobStatusObserver.updateJobStatus`), each
//! time before the savepoint of a suspend is stamped by the same clock. What is older is an older
//! state: a manual savepoint, or one from before the job ended by itself.

use super::quote::quote;
use super::source::{NO_TIME, StateSource};
use super::stopped::StoppedJob;
use super::{Distrust, Judge, RESUME, WAIT};
use crate::cluster::{Clock, Moment};
use crate::flink::location::same_location;

/// How far ahead of this machine a clock may be, in hours: time zones and lazy clocks, not more.
const AHEAD: i64 = 24;

/// When the savepoint was taken, if nothing speaks against it.
pub(crate) fn check(
    judge: &Judge,
    stopped: &StoppedJob<'_>,
    source: &StateSource<'_>,
) -> Result<Option<Moment>, Distrust> {
    if source.time_field == NO_TIME {
        return check_undated(judge, stopped, source).map(|()| None);
    }
    let taken = read_clock(judge, source.time_field, source.time)?;
    let job_status = &stopped.status.job_status;
    let update = read_clock(judge, "jobStatus.updateTime", job_status.update_time.as_ref())?;
    let not_before = |what: &str, earliest: Moment| {
        let reason = format!("{} is {taken}, before {what} {earliest}", source.time_field);
        if taken < earliest { Err(Distrust::new(reason, RESUME)) } else { Ok(()) }
    };
    not_before("jobStatus.updateTime", update)?;
    if let Some(start) = &job_status.start_time {
        not_before("jobStatus.startTime", read_clock(judge, "jobStatus.startTime", Some(start))?)?;
    }
    if let Some(created) = &stopped.resource.created {
        let created = read_clock(judge, "creationTimestamp", Some(created))?;
        not_before("creationTimestamp", created)?;
    }
    if let Some(time) = other_savepoint_times(stopped, source).find(|time| *time > taken) {
        let reason = format!("savepointInfo knows a later savepoint, from {time}");
        return Err(Distrust::new(reason, RESUME));
    }
    if let Some(asked) = judge.taken_after.filter(|asked| taken < *asked) {
        let reason =
            format!("{} is {taken}, before {asked}, which was asked for", source.time_field);
        return Err(Distrust::new(reason, RESUME));
    }
    Ok(Some(taken))
}

/// The path of operator 1.10 and later, of which nothing says when it was written. What the older
/// fields tell must at least be from before the job last changed its state.
fn check_undated(
    judge: &Judge,
    stopped: &StoppedJob<'_>,
    source: &StateSource<'_>,
) -> Result<(), Distrust> {
    if let Some(asked) = judge.taken_after {
        let reason = format!(
            "nothing in the dump says whether it was taken before {asked}, which was asked for"
        );
        return Err(Distrust::new(reason, WITH_SNAPSHOTS));
    }
    let job_status = &stopped.status.job_status;
    let update = read_clock(judge, "jobStatus.updateTime", job_status.update_time.as_ref())?;
    let later = other_savepoint_times(stopped, source).find(|time| *time >= update);
    later.map_or(Ok(()), |time| {
        let reason = format!("savepointInfo knows another savepoint, from {time}");
        Err(Distrust::new(reason, WITH_SNAPSHOTS))
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

fn read_clock(judge: &Judge, field: &str, clock: Option<&Clock>) -> Result<Moment, Distrust> {
    let Some(clock) = clock else {
        return Err(Distrust::new(format!("{field} is missing"), WAIT));
    };
    let Some(at) = clock.moment else {
        let reason = format!("{field} is {}, which is no time", quote(&clock.text));
        return Err(Distrust::new(reason, RESUME));
    };
    if judge.now.is_some_and(|now| at > now.plus_hours(AHEAD)) {
        return Err(Distrust::new(format!("{field} is {at}, which is in the future"), RESUME));
    }
    Ok(at)
}
