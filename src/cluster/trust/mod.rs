//! Whether the savepoint that a cluster names is a job's latest state.
//!
//! An older one is the worst thing a map can hold: the job starts, everybody is content, and hours
//! of its work are gone. So nothing is taken on likelihood. Each condition below is one way in which
//! an older savepoint has the place of the latest one, and what is not seen to hold does not hold.

mod savepoint;
mod stopped;
#[cfg(test)]
mod tests;

use super::{LiveResource, Moment};
use crate::flink::location::{self, masked};
use crate::flink::names::{FlinkKind, mode};

/// What is to be thought of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateTrust {
    /// Its job has stopped with this savepoint and has done nothing since.
    Trusted {
        /// Where the savepoint lies, as the operator spells it.
        location: String,
        /// When it was taken. Nothing where operator 1.10 or later says where it lies and not when.
        taken: Option<Moment>,
        /// Why it is trusted: one line.
        why: String,
    },
    /// Nothing in the cluster says so, and a person has named its latest state.
    Answered {
        /// Where it lies, as the person spells it.
        location: String,
        /// Who said so, and why the cluster does not: one line.
        why: String,
    },
    /// It has a job with state, and no savepoint that is known to be its latest.
    Distrusted {
        /// Why not: one line, which names the field and what it says.
        reason: String,
        /// What to do about it: one line.
        help: &'static str,
    },
    /// It has no state that a savepoint could hold.
    NoState {
        /// What it is: one line.
        what: String,
    },
}

/// What a person or the machine knows and no dump says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Judge {
    /// What was taken earlier is not to be trusted.
    pub taken_after: Option<Moment>,
    /// What time it is. A clock that is far ahead of it is wrong.
    pub now: Option<Moment>,
}

/// What to do about a job that still runs, or ran last.
const SUSPEND: &str = "suspend it with `upgradeMode: savepoint`, wait until it is SUSPENDED, and \
                       take the dump again";
/// What to do about a job that has ended by itself.
const ENDED: &str = "if it may start empty, set `fresh = true` for it in flink-migrate.toml; else give the \
                     location of its latest state with `--answers`";
/// What to do about a job on its way.
const WAIT: &str = "wait until the operator has reconciled it, and take the dump again";
/// What to do about a job that was stopped in another way.
const RESUME: &str = "resume it, suspend it with `upgradeMode: savepoint`, and take the dump again; \
    or write the location of its latest state by hand";

fn distrust<T>(reason: impl Into<String>, help: &'static str) -> Result<T, StateTrust> {
    Err(StateTrust::Distrusted { reason: reason.into(), help })
}

impl Judge {
    /// The verdict on a resource with a job or a session cluster. `snapshots` are the
    /// `FlinkStateSnapshot`s that refer to it, as far as they are known.
    pub fn judge(&self, resource: &LiveResource, snapshots: &[&LiveResource]) -> StateTrust {
        if let Some(what) = no_state(resource) {
            return StateTrust::NoState { what };
        }
        self.savepoint(resource, snapshots).unwrap_or_else(|distrusted| distrusted)
    }

    fn savepoint(
        &self,
        resource: &LiveResource,
        snapshots: &[&LiveResource],
    ) -> Result<StateTrust, StateTrust> {
        let stopped = stopped::check(resource)?;
        let source = savepoint::find(&stopped, snapshots)?;
        let taken = savepoint::check_time(self, &stopped, &source)?;
        if let Err(flaw) = location::check(source.location) {
            return distrust(format!("{}: {}", source.field, flaw.message()), RESUME);
        }
        let (states, evidence) = (stopped.states_text(), &source.evidence);
        let why = format!("suspended with it in spec and status, at {states}; {evidence}");
        Ok(StateTrust::Trusted { location: source.location.to_string(), taken, why })
    }
}

/// What the resource is, if it certainly has no state of its own.
fn no_state(resource: &LiveResource) -> Option<String> {
    match resource.kind {
        FlinkKind::BlueGreenDeployment => {
            return Some("FlinkBlueGreenDeployment: its FlinkDeployments hold the state".into());
        }
        FlinkKind::StateSnapshot => {
            return Some("FlinkStateSnapshot: it does not refer to a job".into());
        }
        FlinkKind::Deployment | FlinkKind::SessionJob => {}
    }
    let last_spec = resource.status.as_ref().map(|status| &status.reconciliation.last_spec);
    let last = last_spec.and_then(super::LastSpec::job);
    let is_known = !matches!(last_spec, Some(super::LastSpec::Unreadable(_)));
    // What a cluster has printed without a status may have been cut off before what says otherwise.
    let written = resource.job.as_ref().and_then(|job| job.upgrade_mode.as_deref());
    let is_cut =
        resource.created.is_some() && resource.status.is_none() && written != Some(mode::STATELESS);
    if !resource.malformed.is_empty() || !is_known || is_cut {
        return None;
    }
    match &resource.job {
        None if last.is_none() && resource.kind == FlinkKind::Deployment => {
            Some("session cluster: its jobs end with it".into())
        }
        // The default of both versions is stateless (`JobSpec.java`, 0.1.0 to 1.15.0).
        Some(job) => {
            let stateless = |job: &super::Job| {
                job.upgrade_mode.as_deref().is_none_or(|mode| mode == mode::STATELESS)
            };
            let is_stateless = stateless(job) && last.is_none_or(stateless);
            is_stateless.then(|| "stateless job: it starts empty after every change".into())
        }
        None => None,
    }
}

/// Longest value that is shown, in characters.
const LONGEST: usize = 80;

/// A value as a reason may show it.
fn quote(value: &str) -> String {
    let value = masked(value);
    let mut text: String = value.chars().take(LONGEST).collect();
    if text.len() < value.len() {
        text.push('…');
    }
    format!("`{}`", text.escape_debug().to_string().replace('`', "'"))
}

/// What a field says, or that it says nothing.
fn describe(field: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("{field} is {}", quote(value)),
        None => format!("{field} is missing"),
    }
}
