//! Every single edit of a document: a key inserted, set or removed anywhere is read as that change and as
//! no other.

use flink_migrate::testing;
use serde_json::{Value, json};

use super::meaning::{Difference, Meaning, differences, read};
use super::mutated::lost_comment;
use super::{Dice, pieces};

/// How an edit ended.
pub enum Outcome {
    Made,
    /// The change is there, in another place than asked for.
    Elsewhere,
    Refused(String),
    Wrong(String),
}

/// One edit of a document: what is changed, and what must then be read.
pub struct Edit {
    pub what: String,
    change: Value,
    wanted: Meaning,
}

/// A mapping of a document.
struct Mapping {
    pointer: String,
    pairs: Vec<(String, Meaning)>,
}

/// What is done to each mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Insert,
    Set,
    Remove,
}

/// Tries an operation on some mappings of each document that readers agree on.
pub fn attempts(
    text: &str,
    operation: Operation,
    mappings: usize,
    dice: &mut Dice,
) -> Vec<(String, Outcome)> {
    let mut found = Vec::new();
    for (_, document) in pieces(text) {
        let (Ok(_), Ok(before)) = (testing::edit(&document, &[]), read(&document)) else {
            continue;
        };
        let mut all = Vec::new();
        collect(&before, String::new(), &mut all);
        dice.shuffle(&mut all);
        for mapping in all.iter().take(mappings) {
            for edit in edits(operation, &before, mapping) {
                let outcome = edit.apply(&document);
                found.push((edit.what, outcome));
            }
        }
    }
    found
}

fn edits(operation: Operation, before: &Meaning, mapping: &Mapping) -> Vec<Edit> {
    let with = |pairs: Vec<(String, Meaning)>| {
        let mut after = before.clone();
        *at(&mut after, &mapping.pointer) = Meaning::Map(pairs);
        after
    };
    let mut found = Vec::new();
    if operation == Operation::Insert {
        let keys = mapping.pairs.iter().map(|(key, _)| json!(key));
        let places = std::iter::once(Value::Null).chain(keys).chain([json!(false)]).enumerate();
        for (number, after) in places {
            let pointer = format!("{}/zzKey", mapping.pointer);
            let mut change = json!({"op": "insert", "pointer": pointer, "value": "zzVal"});
            if after != false {
                change["after"] = after;
            }
            let mut pairs = mapping.pairs.clone();
            let new = ("zzKey".to_string(), Meaning::Text("zzVal".into()));
            pairs.insert(number.min(mapping.pairs.len()), new);
            found.push(Edit { what: change.to_string(), change, wanted: with(pairs) });
        }
        return found;
    }
    for (number, (key, old)) in mapping.pairs.iter().enumerate() {
        let pointer = format!("{}/{}", mapping.pointer, escaped(key));
        if operation == Operation::Remove {
            let change = json!({"op": "remove", "pointer": pointer});
            let mut pairs = mapping.pairs.clone();
            pairs.remove(number);
            found.push(Edit { what: change.to_string(), change, wanted: with(pairs) });
        } else if is_scalar(old) {
            for text in ["zzVal", "true", "a: b #c, {d}", "it's \"so\" \\ far", "ünï😀"] {
                let change = json!({"op": "set", "pointer": pointer, "value": text});
                let mut pairs = mapping.pairs.clone();
                pairs[number].1 = Meaning::Text(text.into());
                found.push(Edit { what: change.to_string(), change, wanted: with(pairs) });
            }
        }
    }
    found
}

fn is_scalar(value: &Meaning) -> bool {
    match value {
        Meaning::Bare(_) | Meaning::Text(_) => true,
        Meaning::Tagged(_, inner) => is_scalar(inner),
        Meaning::List(_) | Meaning::Map(_) => false,
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn collect(here: &Meaning, pointer: String, found: &mut Vec<Mapping>) {
    match here {
        Meaning::Map(pairs) => {
            for (key, value) in pairs {
                collect(value, format!("{pointer}/{}", escaped(key)), found);
            }
            found.push(Mapping { pointer, pairs: pairs.clone() });
        }
        Meaning::List(items) => {
            for (number, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{number}"), found);
            }
        }
        Meaning::Tagged(_, inner) => collect(inner, pointer, found),
        Meaning::Bare(_) | Meaning::Text(_) => {}
    }
}

/// The value at a pointer that [`collect`] has made.
fn at<'m>(mut here: &'m mut Meaning, pointer: &str) -> &'m mut Meaning {
    for token in pointer.split('/').skip(1) {
        while let Meaning::Tagged(_, inner) = here {
            here = inner;
        }
        here = match here {
            Meaning::Map(pairs) => {
                &mut pairs.iter_mut().find(|(key, _)| escaped(key) == token).unwrap().1
            }
            Meaning::List(items) => &mut items[token.parse::<usize>().unwrap()],
            _ => unreachable!("a pointer leads through mappings and sequences"),
        };
    }
    while let Meaning::Tagged(_, inner) = here {
        here = inner;
    }
    here
}

impl Edit {
    /// Makes the change and reads the result.
    fn apply(&self, document: &str) -> Outcome {
        let after = match testing::edit(document, std::slice::from_ref(&self.change)) {
            Ok(after) => after,
            Err(reason) => return Outcome::Refused(reason),
        };
        let removed: Vec<&str> = match self.change["op"].as_str() {
            Some("remove") => self.change["pointer"].as_str().into_iter().collect(),
            _ => Vec::new(),
        };
        if let Some(lost) = lost_comment(document, &removed, &after) {
            return Outcome::Wrong(format!("the comment `{lost}` is gone\n{after}"));
        }
        match read(&after) {
            Ok(_) if pieces(&after).len() != 1 => {
                Outcome::Wrong(format!("no longer one document\n{after}"))
            }
            Ok(found) if found == self.wanted => Outcome::Made,
            Ok(found) if is_elsewhere(document, &self.wanted, &found) => Outcome::Elsewhere,
            Ok(found) => {
                Outcome::Wrong(format!("{:?}\n{after}", differences(&self.wanted, &found)))
            }
            Err(error) => Outcome::Wrong(format!("{error}\n{after}")),
        }
    }
}

/// True if the new key is there, and all else is in order once it is taken away.
fn is_elsewhere(document: &str, wanted: &Meaning, found: &Meaning) -> bool {
    let is_moved = differences(wanted, found)
        .into_values()
        .all(|difference| difference == Difference::Reordered);
    let mut others = differences(&read(document).unwrap(), found).into_values();
    is_moved && others.all(|difference| matches!(difference, Difference::Inserted(_)))
}
