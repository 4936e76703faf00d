//! Every single edit of a document: a key inserted, set or removed anywhere, and an item added to a list or
//! removed from it, is read as that change and as no other.

use flink_migrate::testing;
use serde_json::{Value, json};

use super::meaning::{Difference, Meaning, differences, from_json, read};
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

/// A list of a document, or a null that can become one.
struct List {
    pointer: String,
    items: Vec<Meaning>,
}

/// A mapping of a document.
struct Mapping {
    pointer: String,
    pairs: Vec<(String, Meaning)>,
}

/// What is done to each mapping, or to each list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Insert,
    InsertList,
    Set,
    Remove,
    Append,
    RemoveItem,
}

impl Operation {
    pub const ALL: [Operation; 6] = [
        Operation::Insert,
        Operation::InsertList,
        Operation::Set,
        Operation::Remove,
        Operation::Append,
        Operation::RemoveItem,
    ];
}

/// Tries an operation on some mappings, or lists, of each document that readers agree on.
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
        let (mut all, mut lists) = (Vec::new(), Vec::new());
        collect(&before, String::new(), &mut all, &mut lists);
        dice.shuffle(&mut all);
        dice.shuffle(&mut lists);
        let tried: Vec<Edit> = match operation {
            Operation::Append | Operation::RemoveItem => {
                let lists = lists.iter().take(mappings);
                lists.flat_map(|list| edits_of_list(operation, &before, list)).collect()
            }
            _ => {
                let all = all.iter().take(mappings);
                all.flat_map(|mapping| edits(operation, &before, mapping)).collect()
            }
        };
        for edit in tried {
            let outcome = edit.apply(&document);
            found.push((edit.what, outcome));
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
    if operation == Operation::InsertList {
        for value in new_values() {
            let list = json!([value, value]);
            let pointer = format!("{}/zzKey", mapping.pointer);
            let change = json!({"op": "insert", "pointer": pointer, "value": list});
            let new = ("zzKey".to_string(), from_json(&list));
            let pairs = mapping.pairs.iter().cloned().chain([new]).collect();
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

/// Items as a kustomization may get them, and text that is hard to write.
fn new_values() -> Vec<Value> {
    let patch = "- op: replace\n  path: /zzKey # 1\n  value: \"zz: Val\"\n";
    vec![
        json!({"path": "zzVal.yaml"}),
        json!({"target": {"kind": "zzKind", "name": null}, "patch": patch.trim_end()}),
        json!([patch, {"zzKey": patch}]),
        json!("a: b #c, {d}"),
    ]
}

fn edits_of_list(operation: Operation, before: &Meaning, list: &List) -> Vec<Edit> {
    let edit = |change: Value, items: Vec<Meaning>| {
        let mut wanted = before.clone();
        *at(&mut wanted, &list.pointer) = Meaning::List(items);
        Edit { what: change.to_string(), change, wanted }
    };
    if operation == Operation::Append {
        let append = |value: Value| {
            let items = list.items.iter().cloned().chain([from_json(&value)]).collect();
            edit(json!({"op": "append", "pointer": list.pointer, "value": value}), items)
        };
        return new_values().into_iter().map(append).collect();
    }
    let remove = |number: usize| {
        let mut items = list.items.clone();
        items.remove(number);
        let pointer = format!("{}/{number}", list.pointer);
        edit(json!({"op": "remove", "pointer": pointer}), items)
    };
    (0..list.items.len()).map(remove).collect()
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

fn collect(here: &Meaning, pointer: String, found: &mut Vec<Mapping>, lists: &mut Vec<List>) {
    match here {
        Meaning::Map(pairs) => {
            for (key, value) in pairs {
                collect(value, format!("{pointer}/{}", escaped(key)), found, lists);
            }
            found.push(Mapping { pointer, pairs: pairs.clone() });
        }
        Meaning::List(items) => {
            for (number, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{number}"), found, lists);
            }
            lists.push(List { pointer, items: items.clone() });
        }
        Meaning::Tagged(_, inner) => collect(inner, pointer, found, lists),
        Meaning::Bare(null) if null == "null" => lists.push(List { pointer, items: Vec::new() }),
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
            Ok(found) if found == self.wanted => match self.traces(document, &after) {
                Ok(()) => Outcome::Made,
                Err(why) => Outcome::Wrong(format!("{why}\n{after}")),
            },
            Ok(found) if is_elsewhere(document, &self.wanted, &found) => Outcome::Elsewhere,
            Ok(found) => {
                Outcome::Wrong(format!("{:?}\n{after}", differences(&self.wanted, &found)))
            }
            Err(error) => Outcome::Wrong(format!("{error}\n{after}")),
        }
    }
}

impl Edit {
    /// What an added item leaves that goes again, where the list had others, and whether the same lines
    /// come with CRLF.
    fn traces(&self, document: &str, after: &str) -> Result<(), String> {
        if self.change["op"] != "append" {
            return Ok(());
        }
        if document.contains('\n') && !document.contains('\r') {
            let crlf = |text: &str| text.replace('\n', "\r\n");
            let other = testing::edit(&crlf(document), std::slice::from_ref(&self.change))?;
            if other != crlf(after) {
                return Err(format!("with CRLF it is\n{other}"));
            }
        }
        let pointer = self.change["pointer"].as_str().unwrap();
        let mut wanted = self.wanted.clone();
        let Meaning::List(items) = at(&mut wanted, pointer) else { return Ok(()) };
        let last = items.len() - 1;
        if last == 0 {
            return Ok(());
        }
        let removal = json!({"op": "remove", "pointer": format!("{pointer}/{last}")});
        let restored = testing::edit(after, &[removal])?;
        // A block scalar that ended with the text keeps the indicator without which it would have changed.
        let is_closed = || {
            let is_open = !document.ends_with(['\n', '\r']);
            let length = document.len()..=document.len() + 1;
            is_open && length.contains(&restored.len()) && read(&restored) == read(document)
        };
        if restored == document || is_closed() {
            Ok(())
        } else {
            Err(format!("without it, this is left:\n{restored}"))
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
