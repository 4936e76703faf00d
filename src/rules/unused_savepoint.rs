//! An entry of the savepoint map that belongs to nobody.

use std::collections::HashMap;

use super::{Acceptable, Check, Facts, Rule, SAVEPOINT_MAP, Subject, Theme, Unread};
use crate::diagnostic::{Diagnostic, Located, Severity};
use crate::flink::savepoints::{SavepointEntry, SavepointMap};
use crate::k8s::ObjectKey;
use crate::project::{Lookup, nearest_key};
use crate::task::Step;
use crate::text::Span;

pub(crate) const RULE: Rule = Rule {
    id: "unused-savepoint",
    theme: Theme::State,
    steps: &[Step::Convert, Step::Resume],
    answer: "correct the map, or --accept",
    accept: Acceptable::Yes,
    checks: &[Check::Run(SAVEPOINT_MAP, check)],
    page: include_str!("unused_savepoint.md"),
};

/// How many entries are compared with every name: a map of another repository has none that is near.
const MOST_COMPARED: usize = 200;

fn check(facts: &Facts, unread: Unread) -> Vec<Located> {
    let doubts = doubts(facts, unread);
    let mut waiting_jobs = None;
    let found = unused_entries(facts).enumerate().filter_map(|(i, (realm, map, at))| {
        let entry = map.entries().get(at)?;
        if facts.policy.waivers.waives_key(RULE.id, &entry.key) {
            facts.has_accepted(RULE.id, &entry.key);
            return None;
        }
        // Where a document was not understood, the entry may be its own, spelt as it should be.
        let near = (doubts.is_empty() && i < MOST_COMPARED)
            .then(|| waiting_jobs.get_or_insert_with(|| waiting(facts)).get(&realm))
            .flatten()
            .and_then(|jobs| nearest_key(&entry.key, jobs).map(ToString::to_string));
        let diagnostic = diagnostic(facts, entry, near.as_deref(), &doubts);
        Some(Located::without_line(diagnostic, &entry.place.name, entry.place.position))
    });
    found.collect()
}

/// The jobs of each realm that no entry of its map is about: all others are called as they should be.
fn waiting(facts: &Facts) -> HashMap<usize, Vec<ObjectKey>> {
    let mut by_realm: HashMap<usize, Vec<ObjectKey>> = HashMap::new();
    for (known, built) in facts.jobs().filter(|(known, _)| !known.partial) {
        if facts.entry(&known.key, &known.file) == Lookup::Nothing {
            let key = built.unwrap_or_else(|| known.key.clone());
            by_realm.entry(facts.realm(&known.file).number).or_default().push(key);
        }
    }
    by_realm
}

/// Why an entry without a workload may have one all the same: documents that nobody could read, and
/// jobs that get their name later.
fn doubts(facts: &Facts, unread: Unread) -> String {
    let said = [
        (unread.files, "file could not be read", "files could not be read"),
        (facts.project.unnamed_jobs(), "job gets its name later", "jobs get their names later"),
    ];
    let said = said.into_iter().filter(|(count, ..)| *count > 0);
    let said = said.map(|(count, one, many)| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    });
    said.collect::<Vec<_>>().join(", ")
}

fn diagnostic(
    facts: &Facts,
    entry: &SavepointEntry,
    near: Option<&str>,
    doubts: &str,
) -> Diagnostic {
    let key = &entry.key;
    let session = facts.project.has_session_cluster(&key.name);
    let message = match (near, session) {
        (Some(near), _) => format!("there is no workload `{key}`; did you mean `{near}`?"),
        (None, true) => {
            format!("`{key}` is a session cluster: it has no job that could start from a savepoint")
        }
        (None, false) if doubts.is_empty() => format!("there is no workload `{key}` with a job"),
        (None, false) => format!("no readable document is called `{key}`; {doubts}"),
    };
    let severity = if entry.location.is_some() { Severity::Decision } else { Severity::Note };
    let first = if doubts.is_empty() { "" } else { "look there first; then " };
    let help = format!(
        "{first}correct the name, take the entry out, or pass `--accept {}={key}`",
        RULE.id
    );
    let diagnostic = Diagnostic::new(RULE.id, severity, Span::empty(0), message).help(help);
    Diagnostic { workload: Some(key.to_string()), ..diagnostic }
}

/// The entries that belong to no workload.
fn unused_entries(facts: &Facts) -> impl Iterator<Item = (usize, &SavepointMap, usize)> {
    let realms: Vec<_> = facts.realms().collect();
    facts.unused.iter().filter_map(move |(realm, at)| {
        let (_, inputs) = realms.iter().find(|(number, _)| number == realm)?;
        Some((*realm, &*inputs.savepoints, *at))
    })
}

/// The entries that belong to no workload, each with the number of its realm, ascending. None is known
/// if not all of the tree was read, or not all of it is judged.
pub(crate) fn unused(facts: &Facts) -> Vec<(usize, usize)> {
    if !facts.project.is_whole_tree() || facts.policy.select.is_some() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (realm, inputs) in facts.realms() {
        for (at, entry) in inputs.savepoints.entries().iter().enumerate() {
            if !is_used(facts, realm, entry) {
                found.push((realm, at));
            }
        }
    }
    found
}

/// True if the entry is, or could be, that of a workload with a job.
fn is_used(facts: &Facts, realm: usize, entry: &SavepointEntry) -> bool {
    let key = &entry.key;
    let mut namesakes = facts.project.jobs_named(&key.name);
    let named = namesakes.any(|known| {
        let here = facts.realm(&known.file);
        let built = facts.project.built_key(&known.key, &known.file, here.namespace);
        let fits = if let Ok(built) = built {
            built == *key || built.namespace.is_none() || key.namespace.is_none()
        } else {
            facts.project.may_be_in(&known.key, &known.file, key.namespace.as_deref())
        };
        here.number == realm && fits
    });
    named || facts.project.may_be_renamed_to(&key.name)
}

/// An entry that belongs to nobody and is called nearly like this workload, which has none of its own.
pub(crate) fn near<'a>(subject: &Subject<'a, '_>) -> Option<&'a SavepointEntry> {
    let facts = subject.facts;
    let workload = subject.workload;
    // A job that gets its name later may be the one that the entry is about.
    let is_open = !doubts(facts, Unread::default()).is_empty();
    if is_open || facts.entry(&workload.key, &workload.file) != Lookup::Nothing {
        return None;
    }
    let realm = facts.realm(&workload.file).number;
    let found = &facts.unused;
    let here = &found[found.partition_point(|(number, _)| *number < realm)..];
    let here = here.iter().take_while(|(number, _)| *number == realm);
    let map = &subject.inputs.savepoints;
    let entries = here.filter_map(|(_, at)| map.entries().get(*at));
    let entries: Vec<&SavepointEntry> =
        entries.filter(|entry| entry.location.is_some()).take(MOST_COMPARED).collect();
    let near = nearest_key(&subject.key, entries.iter().map(|entry| &entry.key))?;
    entries.iter().find(|entry| entry.key == *near).copied()
}
