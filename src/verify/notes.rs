//! What could not be used, for people: whose it may be, and how to tell.

use std::collections::{BTreeMap, BTreeSet};

/// What could not be used, gathered so that a thousand lines of one kind are one note.
#[derive(Default)]
pub(crate) struct Notes {
    others: BTreeMap<String, BTreeSet<String>>,
    ambiguous: BTreeMap<Vec<String>, Vec<String>>,
    nobodys: Vec<String>,
}

impl Notes {
    pub(crate) fn other(&mut self, file: &str, key: &str) {
        self.others.entry(file.to_string()).or_default().insert(key.to_string());
    }

    pub(crate) fn ambiguous(&mut self, place: &str, keys: &[String]) {
        self.ambiguous.entry(keys.to_vec()).or_default().push(place.to_string());
    }

    pub(crate) fn nobodys(&mut self, place: &str) {
        self.nobodys.push(place.to_string());
    }

    pub(crate) fn said(self) -> Vec<String> {
        let mut notes = Vec::new();
        for (keys, places) in self.ambiguous {
            let what = format!("may be of {}", keys.join(" or of "));
            notes.push(format!("{} {what}; {}", counted(&places), how_to_tell(&keys)));
        }
        if !self.nobodys.is_empty() {
            let places = counted(&self.nobodys);
            notes.push(format!(
                "{places} names no workload, and nothing else tells whose it is; {HOW_TO_TELL}"
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

const HOW_TO_TELL: &str =
    "take the log with `kubectl logs --prefix`, or name the file after the workload";

/// How to tell these workloads apart. A pod has no namespace, so that its name does not help where
/// several have a workload of that name, or one that begins like it.
fn how_to_tell(keys: &[String]) -> String {
    let namespaced = || keys.iter().filter_map(|key| key.split_once('/'));
    let names: BTreeSet<&str> = namespaced().map(|(_, name)| name).collect();
    match namespaced().next() {
        Some((namespace, name)) if names.len() == 1 && keys.len() > 1 => format!(
            "give one log for each namespace, or name the file after the workload: \
             `{namespace}_{name}.log`"
        ),
        _ => HOW_TO_TELL.to_string(),
    }
}

/// The first of these places, and how many there are.
fn counted(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [one] => format!("{one}:"),
        [first, rest @ ..] => format!("{first} and {} more:", rest.len()),
    }
}
