//! From where a job is to start once it is deployed anew: what the state table comes to.

use super::facts::Facts;
use super::state::Row;
use super::subject::Subject;
use crate::flink::names::state as states;
use crate::flink::savepoints::Entry;
use crate::gitops::{Lookup, Workload};

/// What is expected of a workload's next first deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Its job starts from this location.
    From(String),
    /// Its job starts without state, and somebody said that it may, or it keeps none.
    Empty,
    /// Its job is suspended, not for the migration, and nobody said that it is to run: it does not
    /// start.
    Parked,
    /// It has no job: a session cluster.
    NoJob,
    /// Nothing says from where, or two things do; why, as the end of a sentence.
    Open(String),
}

/// From where this workload is to start. What its entry says counts before what its manifest says.
pub fn start(workload: &Workload<'_>, facts: &Facts) -> Start {
    let subject = Subject::of(workload, facts);
    let answer = subject.answer.and_then(|answer| answer.state.as_deref());
    if workload.is_parked() && answer != Some(states::RUNNING) {
        return Start::Parked;
    }
    match subject.row() {
        Row::NoJob => Start::NoJob,
        Row::Restore { location } => Start::From((*location).to_string()),
        Row::OldPath(path) => Start::From(path.clone()),
        Row::DropPath | Row::Quiet => Start::Empty,
        // A savepoint that two entries name was still asked for.
        Row::Ambiguous(doubt) => match facts.entry(&workload.key, &workload.file) {
            Lookup::Found(Entry { location: Some(location), .. }) => Start::From(location.clone()),
            _ => Start::Open(doubt.reason.clone()),
        },
        Row::Contradiction(entry) => {
            Start::Open(format!("it may start empty, and has an entry at {}", entry.origin))
        }
        Row::Distrusted(entry) => {
            let reason = entry.reason.as_deref().map(|reason| format!(": {reason}"));
            Start::Open(format!(
                "its entry at {} is null{}",
                entry.origin,
                reason.unwrap_or_default()
            ))
        }
        Row::StartsEmpty(mode) => {
            Start::Open(format!("its mode is {mode}, and it has no entry and no path"))
        }
        Row::MightKeepState(sign) => {
            Start::Open(format!("{sign}, and it has no entry and no path"))
        }
    }
}
