//! The savepoint map: which job's state lies where.
//!
//! People write it, so every problem is reported at once, each at its place. One wrong line could start
//! a job from another job's state, so nothing is guessed: what is not exactly a map is refused.

mod csv;
mod read;
mod yaml;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub use read::read;

use super::location;
use super::names::mode;
use crate::diagnostic::{FilePosition, Located};
use crate::k8s::ObjectKey;

/// What a map says of one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavepointEntry {
    /// The key of the resource; a plain name has no namespace.
    pub key: ObjectKey,
    /// Where its state is.
    pub value: EntryValue,
    /// Why it has no location, on one line: the comment behind the word without `#`, or the column
    /// `reason` of a row.
    pub reason: Option<String>,
    /// Where it is.
    pub place: FilePosition,
}

/// Where the state of a workload is. An entry keeps its name occupied, whatever its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryValue {
    /// In this savepoint; the text is written verbatim.
    Location(String),
    /// `null`: no savepoint is trusted.
    Null,
    /// [`STATELESS`]: it has no state.
    Stateless,
}

/// The value of a workload that has no state: a stateless job or a session cluster.
pub const STATELESS: &str = mode::STATELESS;

impl SavepointEntry {
    /// The savepoint; nothing where the value is a word.
    pub fn location(&self) -> Option<&str> {
        match &self.value {
            EntryValue::Location(location) => Some(location),
            EntryValue::Null | EntryValue::Stateless => None,
        }
    }
}

/// Every entry of every map of a run, each key once.
#[derive(Clone, Debug, Default)]
pub struct SavepointMap {
    entries: Vec<SavepointEntry>,
    /// The numbers of the entries, sorted by name, whatever their namespace.
    by_name: Vec<usize>,
    /// The numbers of the entries that have a location, by what makes it another one.
    by_location: HashMap<(String, String), Vec<usize>>,
}

impl SavepointMap {
    /// The entries in the order in which they were read.
    pub fn entries(&self) -> &[SavepointEntry] {
        &self.entries
    }

    /// The entries of this name in every namespace and in none, those with a word too.
    pub fn with_name(&self, name: &str) -> impl Iterator<Item = &SavepointEntry> {
        let start = self.by_name.partition_point(|&at| self.entries[at].key.name.as_str() < name);
        let from_here = self.by_name[start..].iter().map(|&at| &self.entries[at]);
        from_here.take_while(move |entry| entry.key.name == name)
    }

    /// Another entry with the location of this one, which may be one of another map. A plain name and
    /// the same name in a namespace are taken for one job.
    pub fn sharing_location(&self, entry: &SavepointEntry) -> Option<&SavepointEntry> {
        let place = to_owned_pair(location::identity(entry.location()?));
        let entries = self.by_location.get(&place)?.iter().map(|&at| &self.entries[at]);
        let is_one_job = |other: &SavepointEntry| {
            let half_named = other.key.namespace.is_none() || entry.key.namespace.is_none();
            other.place == entry.place || (other.key.name == entry.key.name && half_named)
        };
        entries.into_iter().find(|other| !is_one_job(other))
    }
}

/// The entries as a map.
///
/// # Errors
/// Every key that has different values.
pub fn from_entries(
    entries: impl IntoIterator<Item = SavepointEntry>,
) -> Result<SavepointMap, Vec<Located>> {
    let mut builder = Builder::default();
    entries.into_iter().for_each(|entry| builder.add(entry));
    builder.finish()
}

/// The maps as one. The same key may be in several, if they agree.
///
/// # Errors
/// Every key that two maps give different values.
pub fn merge(maps: Vec<SavepointMap>) -> Result<SavepointMap, Vec<Located>> {
    from_entries(maps.into_iter().flat_map(|map| map.entries))
}

/// A map being put together, and all that is wrong with it.
#[derive(Default)]
struct Builder {
    map: SavepointMap,
    positions: HashMap<ObjectKey, usize>,
    problems: Vec<Located>,
}

impl Builder {
    /// Takes the entry, unless its key is known already.
    fn add(&mut self, entry: SavepointEntry) {
        let at = self.map.entries.len();
        match self.positions.entry(entry.key.clone()) {
            Entry::Vacant(slot) => {
                slot.insert(at);
                self.map.entries.push(entry);
            }
            Entry::Occupied(slot) => {
                let first = &mut self.map.entries[*slot.get()];
                // The text is written as it is, so two spellings of one place are a conflict too.
                if first.value == entry.value {
                    first.reason = first.reason.take().or(entry.reason);
                } else {
                    self.problems.push(conflict(first, &entry));
                }
            }
        }
    }

    fn finish(self) -> Result<SavepointMap, Vec<Located>> {
        let Builder { mut map, problems, .. } = self;
        if !problems.is_empty() {
            return Err(problems);
        }
        map.by_name = (0..map.entries.len()).collect();
        map.by_name.sort_by(|&a, &b| map.entries[a].key.name.cmp(&map.entries[b].key.name));
        for (at, entry) in map.entries.iter().enumerate() {
            if let Some(location) = entry.location() {
                map.by_location
                    .entry(to_owned_pair(location::identity(location)))
                    .or_default()
                    .push(at);
            }
        }
        Ok(map)
    }
}

fn to_owned_pair((scheme, rest): (&str, &str)) -> (String, String) {
    (scheme.to_string(), rest.to_string())
}

fn conflict(first: &SavepointEntry, second: &SavepointEntry) -> Located {
    let (key, place) = (&first.key, &first.place);
    let says = |value: &EntryValue| match value {
        EntryValue::Location(_) => "has a location",
        EntryValue::Null => "is null",
        EntryValue::Stateless => "is stateless",
    };
    let message = match (&first.value, &second.value) {
        (EntryValue::Location(_), EntryValue::Location(_)) => {
            format!("`{key}` has one location here and another at {place}")
        }
        (one, other) => format!("`{key}` {} here and {} at {place}", says(other), says(one)),
    };
    second.place.error(message, "keep the one with the job's latest state")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(name: &str, text: &str) -> SavepointMap {
        read(name, text).unwrap()
    }

    fn merged(texts: &[(&str, &str)]) -> Result<SavepointMap, Vec<String>> {
        merge(texts.iter().map(|(name, text)| map(name, text)).collect())
            .map_err(|problems| problems.iter().map(Located::to_string).collect())
    }

    #[test]
    fn maps_that_agree_are_one() {
        let all = merged(&[
            ("a.yaml", "prod/orders: /sp/1\nprod/old:\n"),
            ("b.yaml", "prod:\n  orders: /sp/1\n  old: ~ # not suspended\norders: /sp/2\n"),
            ("c.yaml", ""),
        ]);
        let all = all.unwrap();
        let seen: Vec<_> =
            all.entries().iter().map(|e| (e.key.to_string(), e.place.to_string())).collect();
        let [one, two, three] = ["a.yaml:1:1", "a.yaml:2:1", "b.yaml:4:1"].map(String::from);
        assert_eq!(
            seen,
            [("prod/orders".into(), one), ("prod/old".into(), two), ("orders".into(), three)]
        );
        assert_eq!(all.entries()[1].reason.as_deref(), Some("not suspended"));
        assert_eq!(merge(Vec::new()).unwrap().entries(), []);
    }

    #[test]
    fn entries_are_found_by_name_in_every_namespace() {
        let all = merged(&[("a", "eu/orders: /1\nus/orders:\n"), ("b", "orders: /3\nother: /4\n")])
            .unwrap();
        let found: Vec<_> = all.with_name("orders").map(|entry| entry.key.to_string()).collect();
        assert_eq!(found, ["eu/orders", "us/orders", "orders"]);
        assert_eq!(all.with_name("eu/orders").count(), 0);
    }

    #[test]
    fn a_location_that_two_jobs_have_is_found_however_it_is_spelt() {
        let all = merged(&[(
            "a.yaml",
            "p/a: file:/sp/1\np/b: /sp/1/_metadata\nc: /sp/3\np/c: /sp/3/\np/d: /sp/4\np/e:\n",
        )]);
        let all = all.unwrap();
        let other =
            |entry: &SavepointEntry| all.sharing_location(entry).map(|other| other.key.to_string());
        let shared: Vec<_> = all.entries().iter().map(other).collect();
        let (a, b) = (Some("p/a".to_string()), Some("p/b".to_string()));
        assert_eq!(shared, [b, a, None, None, None, None]);
    }

    #[test]
    fn maps_that_differ_are_told_with_both_places_and_all_of_them() {
        let problems = merged(&[
            ("mon.yaml", "prod/a: /1\nprod/b: null\nprod/c: /3\nprod/d: null\n"),
            ("tue.yaml", "prod/a: /9\nprod/b: /2\nprod/c: null\nprod/d: stateless\n"),
        ]);
        let help = "keep the one with the job's latest state";
        assert_eq!(
            problems.unwrap_err(),
            [
                format!(
                    "tue.yaml:1:1: error: `prod/a` has one location here and another at \
                     mon.yaml:1:1; {help}"
                ),
                format!(
                    "tue.yaml:2:1: error: `prod/b` has a location here and is null at \
                     mon.yaml:2:1; {help}"
                ),
                format!(
                    "tue.yaml:3:1: error: `prod/c` is null here and has a location at \
                     mon.yaml:3:1; {help}"
                ),
                format!(
                    "tue.yaml:4:1: error: `prod/d` is stateless here and is null at mon.yaml:4:1; \
                     {help}"
                ),
            ]
        );
    }
}
