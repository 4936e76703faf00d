//! What people give in the place of a dump, and what to do about it.

use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::dump::{Key, yaml};
use crate::yaml::Chunks;

/// How a dump is taken.
pub(crate) const HOW_TO_DUMP: &str = "take it with `kubectl get flinkdeployments -A -o json`";

/// Something else than a dump.
pub(crate) struct NotADump {
    /// Where it shows, in bytes.
    pub(crate) at: usize,
    /// What it is.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: &'static str,
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

/// What the text is if it cannot be a dump.
pub(crate) fn recognise(text: &str) -> Option<NotADump> {
    let not_a_dump = |at, message: &str, help| Some(NotADump { at, message: message.into(), help });
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        return not_a_dump(at, "the file holds a NUL byte: it is no text in UTF-8", HOW_TO_DUMP);
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
        let message = format!("this is what kubectl complained about: {}", line.escape_debug());
        return not_a_dump(at, &message, "see to it, and take the dump again");
    }
    if is_log(line) {
        let help = "give the dump of the resources; a log has no savepoint that could be trusted";
        return not_a_dump(at, "this is a log, not a dump", help);
    }
    None
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
pub(crate) fn begins_as_object(text: &str) -> bool {
    let Some(chunk) = Chunks::new(text).next() else { return false };
    let first = &text[chunk.span.range()];
    has_key(first, "apiVersion")
}

/// True if the document, JSON or YAML, is a mapping with this key at its root. What does not parse up
/// to the key has none.
fn has_key(text: &str, key: &str) -> bool {
    let mut found = false;
    if text.trim_start().starts_with('{') {
        let find = FindKey { key, found: &mut found };
        let is_json = serde_json::Deserializer::from_str(text).deserialize_map(find).is_ok();
        if found || is_json {
            return found;
        }
    }
    yaml::visit_first(text, FindKey { key, found: &mut found });
    found
}

/// Looks for one key of a mapping. It stops there by an error, so that nothing behind it is read.
struct FindKey<'k> {
    key: &'k str,
    found: &'k mut bool,
}

impl<'de> Visitor<'de> for FindKey<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(Key { name }) = entries.next_key()? {
            if name == self.key {
                *self.found = true;
                return Err(A::Error::custom("found"));
            }
            entries.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::has_key;

    #[test]
    fn a_key_counts_at_the_root_alone() {
        for text in [
            "apiVersion: v1",
            "items:\n- a: 1\n- [b]\napiVersion: v1\n",
            "{items: [], apiVersion: v1}",
            "{\"items\": [{}], \"apiVersion\": 1}",
            "\"apiVersion\": v1\nrest: {cut",
            "? [a]\n: b\napiVersion: x\n",
            "{\"apiVersion\": \"v1\", \"items\": [",
            "--- # x\nkind: List\napiVersion: v1\n",
        ] {
            assert!(has_key(text, "apiVersion"), "{text:?}");
        }
        for text in [
            "",
            "a: apiVersion",
            "a: {apiVersion: 1}",
            "[apiVersion: 1]",
            "{\"a\": \"apiVersion\"}",
            "- apiVersion: v1\n",
            "apiVersion",
            "{\"a\": {\"apiVersion\": 1}}",
            "a: 1\napiVersion",
        ] {
            assert!(!has_key(text, "apiVersion"), "{text:?}");
        }
    }
}
