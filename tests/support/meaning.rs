//! What a document means to readers that the library's own does not share code with, and by what two
//! meanings differ. Written without a look at `plan::proof`.

use std::collections::BTreeMap;

/// A document as somebody reads it, the order of keys kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// Null, a truth value or a number, as it is printed.
    Bare(String),
    /// Text.
    Text(String),
    /// A sequence.
    List(Vec<Meaning>),
    /// A mapping.
    Map(Vec<(String, Meaning)>),
    /// A value under a tag of its own.
    Tagged(String, Box<Meaning>),
}

use Meaning::{Bare, List, Map, Tagged, Text};

/// By JSON pointer: what became of the field.
pub type Differences = BTreeMap<String, Difference>;

/// What became of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// It has another value.
    Set(Meaning),
    /// It is new.
    Inserted(Meaning),
    /// It is gone.
    Removed,
    /// The keys that were there are in another order.
    Reordered,
}

/// The document as `serde_json` reads it if it looks like JSON, else as libyaml does.
pub fn read(text: &str) -> Result<Meaning, String> {
    let json =
        text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten();
    match json {
        Some(value) => Ok(from_json(&value)),
        None => yaml_serde::from_str(text).map(of_yaml).map_err(|error| error.to_string()),
    }
}

/// A JSON value.
pub fn from_json(value: &serde_json::Value) -> Meaning {
    use serde_json::Value;
    match value {
        Value::String(text) => Text(text.clone()),
        Value::Array(items) => List(items.iter().map(from_json).collect()),
        Value::Object(pairs) => {
            Map(pairs.iter().map(|(key, value)| (key.clone(), from_json(value))).collect())
        }
        bare => Bare(bare.to_string()),
    }
}

fn of_yaml(value: yaml_serde::Value) -> Meaning {
    use yaml_serde::Value;
    match value {
        Value::Null => Bare("null".into()),
        Value::Bool(value) => Bare(value.to_string()),
        Value::Number(number) => Bare(number.to_string()),
        Value::String(text) => Text(text),
        Value::Sequence(items) => List(items.into_iter().map(of_yaml).collect()),
        Value::Mapping(pairs) => {
            let key = |key: Value| match of_yaml(key) {
                Text(text) => text,
                other => format!("{other:?}"),
            };
            Map(pairs.into_iter().map(|(k, value)| (key(k), of_yaml(value))).collect())
        }
        Value::Tagged(tagged) => Tagged(tagged.tag.to_string(), Box::new(of_yaml(tagged.value))),
    }
}

/// By what `after` differs from `before`.
pub fn differences(before: &Meaning, after: &Meaning) -> Differences {
    let mut found = Differences::new();
    compare(before, after, "", &mut found);
    found
}

fn compare(before: &Meaning, after: &Meaning, at: &str, found: &mut Differences) {
    match (before, after) {
        (Map(old), Map(new)) => compare_maps(old, new, at, found),
        // What is filled with keys was null.
        (Bare(null), Map(new)) if null == "null" => compare_maps(&[], new, at, found),
        (List(old), List(new)) if old.len() == new.len() => {
            for (i, (old, new)) in old.iter().zip(new).enumerate() {
                compare(old, new, &format!("{at}/{i}"), found);
            }
        }
        (Tagged(tag, old), Tagged(same, new)) if tag == same => compare(old, new, at, found),
        _ if before == after => {}
        _ => {
            found.insert(at.to_string(), Difference::Set(after.clone()));
        }
    }
}

fn compare_maps(
    old: &[(String, Meaning)],
    new: &[(String, Meaning)],
    at: &str,
    found: &mut Differences,
) {
    let value = |map: &[(String, Meaning)], key: &str| {
        map.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone())
    };
    let below = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    for (key, value_before) in old {
        match value(new, key) {
            Some(value_after) => compare(value_before, &value_after, &below(key), found),
            None => drop(found.insert(below(key), Difference::Removed)),
        }
    }
    for (key, inserted) in new.iter().filter(|(key, _)| value(old, key).is_none()) {
        found.insert(below(key), Difference::Inserted(inserted.clone()));
    }
    let kept_before = old.iter().map(|(key, _)| key).filter(|key| value(new, key).is_some());
    let kept_after = new.iter().map(|(key, _)| key).filter(|key| value(old, key).is_some());
    if !kept_before.eq(kept_after) {
        found.insert(at.to_string(), Difference::Reordered);
    }
}
