//! A dump: everything that one call of kubectl printed.

mod documents;
mod fields;
mod json;
mod lenient;
mod object;
#[cfg(test)]
mod tests;
pub(crate) mod yaml;

use std::collections::{BTreeMap, HashMap};

use self::documents::DumpBuilder;
pub(crate) use self::lenient::Key;
use super::LiveResource;
use super::not_a_dump;
use crate::diagnostic::{FilePosition, Located};
use crate::flink::names::FlinkKind;
use crate::k8s::ObjectKey;
use crate::text::SourceFile;

/// So many kinds are named where there are more.
const MAX_KINDS: usize = 8;

/// What a dump holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// The operator's resources, in the order of the dump.
    pub resources: Vec<LiveResource>,
    /// How many objects of each other kind stand in it.
    pub others: BTreeMap<String, usize>,
    /// How many of its documents are lists.
    pub lists: usize,
}

impl Dump {
    /// True if the cluster was asked and has nothing of what was asked for.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.others.is_empty()
    }

    /// How many objects of which other kinds there are, for people: `2 Pod, 1 Secret`. Empty if there
    /// are none.
    pub fn others_summary(&self) -> String {
        let mut kinds: Vec<String> = self
            .others
            .iter()
            .take(MAX_KINDS)
            .map(|(kind, count)| format!("{count} {}", kind_text(kind)))
            .collect();
        if self.others.len() > MAX_KINDS {
            kinds.push("…".to_string());
        }
        kinds.join(", ")
    }
}

/// The resources that are not what they are in an earlier dump, each behind the first of its key.
pub fn contradictions(found: &[LiveResource]) -> Vec<(&LiveResource, &LiveResource)> {
    let mut firsts: HashMap<(FlinkKind, &ObjectKey), &LiveResource> = HashMap::new();
    let mut differ = Vec::new();
    for one in found {
        let first = *firsts.entry((one.kind, &one.key)).or_insert(one);
        let moved = LiveResource { place: first.place.clone(), ..one.clone() };
        if moved != *first {
            differ.push((first, one));
        }
    }
    differ
}

/// Reads a dump: JSON or YAML, a list (`List`, `FlinkDeploymentList`), a single object, or several
/// documents of either. `name` is the file as shown to people.
///
/// # Errors
/// What is not a dump, not a whole one, or one of other things than the operator's resources. A list
/// without items is no error.
pub fn read_dump(name: &str, text: &str) -> Result<Dump, Vec<Located>> {
    let problem = |at: usize, message: &str, help: &str| {
        let position = SourceFile { name: "", text }.position(at);
        vec![FilePosition { name: name.into(), position }.error(message, help)]
    };
    if let Some(not_a_dump) = not_a_dump::recognise(text) {
        return Err(problem(not_a_dump.at, &not_a_dump.message, not_a_dump.help));
    }
    let dump = read(name, text)?;
    if dump.resources.is_empty() && !dump.others.is_empty() {
        let message = format!(
            "the dump holds none of the operator's resources, but {}",
            dump.others_summary()
        );
        return Err(problem(0, &message, not_a_dump::HOW_TO_DUMP));
    }
    if dump.is_empty() && dump.lists == 0 {
        return Err(problem(0, "the dump holds nothing", not_a_dump::HOW_TO_DUMP));
    }
    Ok(dump)
}

/// Why these resources were written and not printed by a cluster, on one line; nothing if one of them
/// carries what only a cluster writes.
pub fn is_manifest(dump: &Dump) -> Option<String> {
    let is_printed = |one: &LiveResource| one.status.is_some() || one.created.is_some();
    let is_written = !dump.resources.is_empty() && !dump.resources.iter().any(is_printed);
    is_written.then(|| {
        format!(
            "this is a manifest and no dump, since nothing in it has a status; {}",
            not_a_dump::HOW_TO_DUMP
        )
    })
}

/// True for a text that is one or more Kubernetes objects, or begins like one, and no savepoint map.
pub fn is_dump(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"apiVersion").is_some()
        && not_a_dump::begins_as_object(text)
}

fn read(name: &str, text: &str) -> Result<Dump, Vec<Located>> {
    let bare = text.trim_start_matches('\u{feff}');
    let read_by = |reader: for<'t> fn(&'t str, &mut DumpBuilder<'t>)| {
        let mut documents = DumpBuilder::new(name, bare);
        reader(bare, &mut documents);
        documents.finish()
    };
    if !bare.trim_start().starts_with('{') {
        return read_by(yaml::read);
    }
    // YAML in flow style begins like JSON. If it is neither, JSON was meant.
    read_by(json::read).or_else(|problems| read_by(yaml::read).map_err(|_| problems))
}

/// The message about a key that a mapping has twice.
fn duplicate_key(key: &str) -> String {
    format!("the key `{key}` stands twice in one mapping")
}

/// A kind as a message may show it.
fn kind_text(kind: &str) -> String {
    let kind: String = kind.chars().take(60).collect();
    kind.escape_debug().to_string()
}
