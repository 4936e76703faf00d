//! A dump: everything that one call of kubectl printed; and what people give in its place.

mod documents;
mod object;
#[cfg(test)]
mod tests;
mod value;
mod yaml;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use self::documents::DumpBuilder;
use self::value::Key;
use super::LiveResource;
use crate::diagnostic::{FilePosition, Located};
use crate::flink::names::FlinkKind;
use crate::k8s::ObjectKey;
use crate::text::SourceFile;
use crate::yaml::Chunks;

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
    let problem = |at, message: &str| Err(problem(name, text, at, message, HOW_TO_DUMP));
    recognise(name, text)?;
    let dump = read(name, text)?;
    if dump.resources.is_empty() && !dump.others.is_empty() {
        let others = dump.others_summary();
        let message = format!("the dump has none of the operator's resources, only {others}");
        return problem(0, &message);
    }
    if dump.is_empty() && dump.lists == 0 {
        return problem(0, "the dump is empty");
    }
    Ok(dump)
}

/// Why these resources were written and not printed by a cluster, on one line; nothing if one of them
/// carries what only a cluster writes.
pub fn is_manifest(dump: &Dump) -> Option<String> {
    let is_printed = |one: &LiveResource| one.status.is_some() || one.created.is_some();
    let is_written = !dump.resources.is_empty() && !dump.resources.iter().any(is_printed);
    is_written.then(|| {
        format!("this is a manifest, not a dump: nothing in it has a status; {HOW_TO_DUMP}")
    })
}

/// True for a text that is one or more Kubernetes objects, or begins like one, and no savepoint map.
pub fn is_dump(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"apiVersion").is_some() && begins_as_object(text)
}

fn read(name: &str, text: &str) -> Result<Dump, Vec<Located>> {
    let bare = text.trim_start_matches('\u{feff}');
    let read_yaml = || {
        let mut documents = DumpBuilder::new(name, bare);
        yaml::read(bare, &mut documents);
        documents.finish()
    };
    if !bare.trim_start().starts_with('{') {
        return read_yaml();
    }
    let mut documents = DumpBuilder::new(name, bare);
    documents.read_json();
    // YAML in flow style begins like JSON. If it is neither, JSON was meant.
    documents.finish().or_else(|problems| read_yaml().map_err(|_| problems))
}

/// A kind as a message may show it.
fn kind_text(kind: &str) -> String {
    let kind: String = kind.chars().take(60).collect();
    kind.escape_debug().to_string()
}

/// How a dump is taken.
const HOW_TO_DUMP: &str = "take it with `kubectl get flinkdeployments -A -o json`";

fn problem(name: &str, text: &str, at: usize, message: &str, help: &str) -> Vec<Located> {
    let position = SourceFile { name: "", text }.position(at);
    vec![FilePosition { name: name.into(), position }.error(message, help)]
}

/// How the complaints of kubectl begin.
const COMPLAINTS: [&str; 8] = [
    "Warning:",
    "error:",
    "Error:",
    "Error from server",
    "The connection to the server",
    "Unable to connect",
    "No resources found",
    "E0",
];

/// The columns that a table of kubectl begins with.
const COLUMNS: [&str; 2] = ["NAME", "NAMESPACE"];

/// The levels of a log.
const LEVELS: [&str; 6] = ["INFO", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL"];

/// An error that says what the text is if it cannot be a dump.
fn recognise(name: &str, text: &str) -> Result<(), Vec<Located>> {
    let not_a_dump = |at, message: &str, help| Err(problem(name, text, at, message, help));
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        return not_a_dump(at, "the file contains a NUL byte: it is not UTF-8 text", HOW_TO_DUMP);
    }
    let bare = text.trim_start_matches('\u{feff}');
    let line = bare.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let at = line.map_or(0, |line| line.as_ptr() as usize - text.as_ptr() as usize);
    let Some(line) = line else {
        return not_a_dump(0, "the file is empty: kubectl printed nothing into it", HOW_TO_DUMP);
    };
    let mut tokens = line.split_whitespace();
    let first = tokens.next().unwrap_or_default();
    if COLUMNS.contains(&first) && tokens.clone().all(|word| !word.contains(char::is_lowercase)) {
        return not_a_dump(at, "this is the table that kubectl prints for people", HOW_TO_DUMP);
    }
    if COMPLAINTS.iter().any(|complaint| line.starts_with(complaint)) {
        let line: String = line.chars().take(120).collect();
        let message = format!("this is an error message of kubectl: {}", line.escape_debug());
        return not_a_dump(at, &message, "fix the cause, and take the dump again");
    }
    if is_log(line) {
        let help = "give the dump of the resources; no savepoint can be trusted from a log";
        return not_a_dump(at, "this is a log, not a dump", help);
    }
    Ok(())
}

/// A line such as `2022-05-03 10:20:30,123 INFO  org.apache…`.
fn is_log(line: &str) -> bool {
    let begins_with_time = line.len() > 10
        && line.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && line.as_bytes()[4] == b'-';
    let mut tokens = line.split(|c: char| !c.is_ascii_alphanumeric()).take(16);
    begins_with_time && tokens.any(|word| LEVELS.contains(&word))
}

/// True if the first document has `apiVersion` at its root, or would have it behind a long list of
/// items.
fn begins_as_object(text: &str) -> bool {
    Chunks::new(text).next().is_some_and(|chunk| has_api_version(&text[chunk.span.range()]))
}

/// True if the document, JSON or YAML, is a mapping with `apiVersion` at its root. What does not parse
/// up to that key has none.
fn has_api_version(text: &str) -> bool {
    let mut found = false;
    if text.trim_start().starts_with('{') {
        let mut json = serde_json::Deserializer::from_str(text);
        let is_json = json.deserialize_map(FindApiVersion(&mut found)).is_ok();
        if found || is_json {
            return found;
        }
    }
    yaml::visit_first(text, FindApiVersion(&mut found));
    found
}

/// It stops at the key by an error, so that nothing behind it is read.
struct FindApiVersion<'f>(&'f mut bool);

impl<'de> Visitor<'de> for FindApiVersion<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(Key { name }) = entries.next_key()? {
            if name == "apiVersion" {
                *self.0 = true;
                return Err(A::Error::custom("found"));
            }
            entries.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
