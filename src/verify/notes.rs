//! What could not be used, for people: whose it may be, and how to tell.

use std::collections::{BTreeMap, BTreeSet};

/// What could not be used, gathered so that a thousand lines of one kind are one note.
#[derive(Default)]
pub(crate) struct Notes {
    others: BTreeMap<String, BTreeSet<String>>,
    ambiguous: BTreeMap<Vec<String>, Vec<String>>,
    unattributed: Vec<String>,
}

impl Notes {
    pub(crate) fn add_other(&mut self, file: &str, key: &str) {
        self.others.entry(file.to_string()).or_default().insert(key.to_string());
    }

    pub(crate) fn add_ambiguous(&mut self, place: &str, keys: &[String]) {
        self.ambiguous.entry(keys.to_vec()).or_default().push(place.to_string());
    }

    pub(crate) fn add_unattributed(&mut self, place: &str) {
        self.unattributed.push(place.to_string());
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        let mut notes = Vec::new();
        for (keys, places) in self.ambiguous {
            let what = format!("may be of {}", keys.join(" or of "));
            notes.push(format!("{} {what}; {}", places_text(&places), attribution_help(&keys)));
        }
        if !self.unattributed.is_empty() {
            let places = places_text(&self.unattributed);
            notes.push(format!(
                "{places} names no workload, and nothing else tells whose it is; {ATTRIBUTION_HELP}"
            ));
        }
        for (file, keys) in self.others {
            let named: Vec<&str> = keys.iter().take(NAMED).map(String::as_str).collect();
            let more = match keys.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let are = if keys.len() == 1 { "is" } else { "are" };
            let named = named.join(", ");
            notes.push(format!("{file}: {named}{more} {are} not among what is verified"));
        }
        notes
    }
}

/// So many of those that are not looked at are named.
const NAMED: usize = 5;

const ATTRIBUTION_HELP: &str =
    "take the log with `kubectl logs --prefix`, or name the file after the workload";

/// How to tell these workloads apart. A pod has no namespace, so that its name does not help where
/// several have a workload of that name, or one that begins like it.
fn attribution_help(keys: &[String]) -> String {
    let namespaced = || keys.iter().filter_map(|key| key.split_once('/'));
    let names: BTreeSet<&str> = namespaced().map(|(_, name)| name).collect();
    match namespaced().next() {
        Some((namespace, name)) if names.len() == 1 && keys.len() > 1 => format!(
            "give one log for each namespace, or name the file after the workload: \
             `{namespace}_{name}.log`"
        ),
        _ => ATTRIBUTION_HELP.to_string(),
    }
}

/// The first of these places, and how many there are.
fn places_text(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [one] => format!("{one}:"),
        [first, rest @ ..] => format!("{first} and {} more:", rest.len()),
    }
}
