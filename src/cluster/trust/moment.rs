//! Whether the savepoint was taken after everything else that is known of the job.
//!
//! 0.1.0 renews `jobStatus.updateTime` at every look at the running job, and later releases at every
//! change of its state (`JobObserver`, 0.1.0, :106-110; `JobStatusObserver.updateJobStatus`), each
//! time before the savepoint of a suspend is stamped by the same clock. What is older is an older
//! state: a manual savepoint, or one from before the job ended by itself.

use super::settled::Settled;
use super::source::{Source, place};
use super::words::shown;
use super::{Doubt, Judge, RESUME, WAIT};
use crate::cluster::{Clock, Moment};

/// How far ahead of this machine a clock may be, in hours: time zones and lazy clocks, not more.
const AHEAD: i64 = 24;

/// When the savepoint was taken, if nothing speaks against it.
pub(super) fn check(
    judge: &Judge,
    settled: &Settled<'_>,
    source: &Source<'_>,
) -> Result<Moment, Doubt> {
    let taken = readable(judge, source.time_field, source.time)?;
    let job_status = &settled.status.job_status;
    let update = readable(judge, "jobStatus.updateTime", job_status.update_time.as_ref())?;
    let not_before = |what: &str, earliest: Moment| {
        let reason = format!("{} is {taken}, before {what} {earliest}", source.time_field);
        if taken < earliest { Err(Doubt::new(reason, RESUME)) } else { Ok(()) }
    };
    not_before("jobStatus.updateTime", update)?;
    if let Some(start) = &job_status.start_time {
        not_before("jobStatus.startTime", readable(judge, "jobStatus.startTime", Some(start))?)?;
    }
    if let Some(created) = &settled.observed.created {
        let created = readable(judge, "creationTimestamp", Some(created))?;
        not_before("creationTimestamp", created)?;
    }
    let info = &job_status.savepoint_info;
    for other in info.history.iter().chain(&info.last_savepoint) {
        let is_same = other.location.as_deref().is_some_and(|l| place(l) == place(source.location));
        if let Some(time) = other.time.as_ref().and_then(|time| time.at)
            && !is_same
            && time > taken
        {
            let reason = format!("savepointInfo knows a later savepoint, from {time}");
            return Err(Doubt::new(reason, RESUME));
        }
    }
    if let Some(asked) = judge.taken_after.filter(|asked| taken < *asked) {
        let reason =
            format!("{} is {taken}, before {asked}, which was asked for", source.time_field);
        return Err(Doubt::new(reason, RESUME));
    }
    Ok(taken)
}

fn readable(judge: &Judge, field: &str, clock: Option<&Clock>) -> Result<Moment, Doubt> {
    let Some(clock) = clock else {
        return Err(Doubt::new(format!("{field} is missing"), WAIT));
    };
    let Some(at) = clock.at else {
        let reason = format!("{field} is {}, which is no time", shown(&clock.said));
        return Err(Doubt::new(reason, RESUME));
    };
    if judge.now.is_some_and(|now| at > now.plus_hours(AHEAD)) {
        return Err(Doubt::new(format!("{field} is {at}, which is in the future"), RESUME));
    }
    Ok(at)
}
