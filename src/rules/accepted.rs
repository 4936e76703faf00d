//! Which decisions were accepted, so that an acceptance that nothing needed can be told.

use crate::k8s::ObjectKey;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::facts::Facts;

/// Rules of which a decision was accepted, each with what it was about, by name: a workload, the entry
/// of a map; empty for a file. Judging goes on in many threads.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    found: Mutex<BTreeMap<&'static str, BTreeMap<String, BTreeSet<ObjectKey>>>>,
}

impl Facts {
    /// A decision of this rule was accepted; `about` says which one.
    pub(crate) fn has_accepted(&self, rule: &'static str, about: &ObjectKey) {
        let found = &self.accepted.found;
        // A thread that panicked has left the set as it was.
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        let about = about.clone();
        found.entry(rule).or_default().entry(about.name.clone()).or_default().insert(about);
    }

    /// True if a decision of this rule was accepted in this run, about what this key may name; about
    /// anything if there is no key.
    pub fn was_accepted(&self, rule: &str, about: Option<&ObjectKey>) -> bool {
        let found = &self.accepted.found;
        let found = found.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(found) = found.get(rule) else { return false };
        let Some(key) = about else { return true };
        found.get(&key.name).into_iter().flatten().any(|known| known.may_be(key))
    }
}
