//! Which decisions were accepted, so that an acceptance that nothing needed can be told.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::facts::Facts;

/// Rules of which a decision was accepted, each with what it was about: a workload, the entry of a
/// map; empty for a file. Judging goes on in many threads.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    found: Mutex<BTreeSet<(&'static str, String)>>,
}

impl Facts {
    /// A decision of this rule was accepted; `about` says which one.
    pub(super) fn has_accepted(&self, rule: &'static str, about: String) {
        let found = &self.derived.accepted.found;
        // A thread that panicked has left the set as it was.
        found.lock().unwrap_or_else(PoisonError::into_inner).insert((rule, about));
    }

    /// True if a decision of this rule was accepted in this run, about something that `is_meant`.
    pub fn was_accepted(&self, rule: &str, is_meant: impl Fn(&str) -> bool) -> bool {
        let found = &self.derived.accepted.found;
        let found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.iter().any(|(known, about)| *known == rule && is_meant(about))
    }
}
