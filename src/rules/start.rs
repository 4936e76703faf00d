//! From where a job is to start once it is deployed anew: what the state table comes to.

use super::context::Context;
use super::state::Row;
use super::subject::Subject;
use crate::flink::names::state as states;
use crate::flink::savepoints::SavepointEntry;
use crate::flink::workload::{ExpectedStart, Workload};
use crate::project::Lookup;

/// From where this workload is to start. What its entry says counts before what its manifest says.
pub fn expected_start(workload: &Workload<'_>, context: &Context<'_>) -> ExpectedStart {
    let subject = Subject::new(workload, context);
    let state = subject.overrides.and_then(|overrides| overrides.state.as_deref());
    if workload.is_parked() && state != Some(states::RUNNING) {
        return ExpectedStart::Parked;
    }
    match subject.row() {
        Row::NoJob => ExpectedStart::NoJob,
        Row::Restore { location } => ExpectedStart::From((*location).to_string()),
        Row::OldPath(path) => ExpectedStart::From(path.clone()),
        Row::DropPath | Row::Quiet => ExpectedStart::Empty,
        // A savepoint that two entries name was still asked for.
        Row::Ambiguous(ambiguity) => match context.entry(&workload.key, &workload.file) {
            Lookup::Found(SavepointEntry { location: Some(location), .. }) => {
                ExpectedStart::From(location.clone())
            }
            _ => ExpectedStart::Open(ambiguity.reason.clone()),
        },
        Row::Contradiction(entry) => {
            ExpectedStart::Open(format!("it may start empty, and has an entry at {}", entry.place))
        }
        Row::Distrusted(entry) => {
            let reason = entry.reason.as_deref().map(|reason| format!(": {reason}"));
            ExpectedStart::Open(format!(
                "its entry at {} is null{}",
                entry.place,
                reason.unwrap_or_default()
            ))
        }
        Row::StartsEmpty(mode) => {
            ExpectedStart::Open(format!("its mode is {mode}, and it has no entry and no path"))
        }
        Row::MightKeepState(sign) => {
            ExpectedStart::Open(format!("{sign}, and it has no entry and no path"))
        }
    }
}
