//! Dumps of the cluster, and the savepoint map that must come of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Status, first_lines};
use crate::sandbox::Sandbox;

/// What must come of the files `dump*` in the folder.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    #[serde(rename = "claim")]
    _claim: String,
    /// Further options of `savepoints`.
    #[serde(default)]
    args: Vec<String>,
    /// The dump is given on standard input.
    #[serde(default)]
    stdin: bool,
    status: Status,
    /// The location of each workload that has one.
    #[serde(default)]
    trusted: BTreeMap<String, String>,
    /// Words for each workload whose entry is null; its reason must hold one of them. They are
    /// parted by ` | `; an empty text asks for no word.
    #[serde(default)]
    distrusted: BTreeMap<String, String>,
    /// Workloads whose entry says `stateless`.
    #[serde(default)]
    stateless: Keys,
    /// Objects that must have no entry.
    #[serde(default)]
    silent: Keys,
    /// Workloads that must have no location, whether they have an entry or not.
    #[serde(default)]
    never: Keys,
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    keys: Vec<String>,
}

/// Harvests the dumps of a question, and tells what is wrong with the map.
pub(crate) fn answer(question: &Path, expected: &Expected) -> Vec<String> {
    let dumps = dumps(question);
    let sandbox = Sandbox::new();
    let mut args = vec!["savepoints".to_string()];
    args.extend(expected.args.iter().cloned());
    let ran = if expected.stdin {
        args.push("-".into());
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        sandbox.run_with_input(&args, &fs::read(&dumps[0]).unwrap())
    } else {
        for dump in &dumps {
            let name = dump.file_name().unwrap().to_str().unwrap();
            fs::copy(dump, sandbox.path(name)).unwrap();
            args.push(name.into());
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        sandbox.run(&args)
    };
    let mut problems: Vec<String> = expected.status.judge(ran.status).into_iter().collect();
    match entries(&ran.out) {
        Ok(map) => problems.extend(compare(expected, &map)),
        // A run that refuses its input owes no map.
        Err(_) if ran.status == 2 => {}
        Err(error) => problems.push(format!("no map: {error}")),
    }
    if ran.status != 0 && ran.err.trim().is_empty() && ran.out.trim().is_empty() {
        problems.push("it failed without a word".into());
    }
    if !problems.is_empty() {
        problems.push(first_lines(&ran.err));
    }
    problems
}

/// The dumps of a question, sorted by name.
fn dumps(question: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(question).unwrap().map(|entry| entry.unwrap().path());
    let is_dump = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("dump");
    let mut found: Vec<PathBuf> = entries.filter(is_dump).collect();
    found.sort();
    assert!(!found.is_empty(), "{}: there is no dump", question.display());
    found
}

/// An entry of a map.
struct Entry {
    /// Nothing for null.
    location: Option<String>,
    /// The comment behind it.
    reason: String,
}

/// The entries of a map in YAML, as another reader than the program's own reads them.
fn entries(map: &str) -> Result<BTreeMap<String, Entry>, String> {
    let locations: Option<BTreeMap<String, Option<String>>> =
        yaml_serde::from_str(map).map_err(|error| error.to_string())?;
    let reason = |key: &str| {
        let line = map.lines().find(|line| {
            line.split_once(": null  # ")
                .is_some_and(|(found, _)| found.trim_matches(['"', '\'']) == key)
        });
        line.and_then(|line| line.split_once("  # ")).map(|(_, reason)| reason.to_string())
    };
    let entry = |(key, location): (String, Option<String>)| {
        let reason = reason(&key).unwrap_or_default();
        (key, Entry { location, reason })
    };
    Ok(locations.unwrap_or_default().into_iter().map(entry).collect())
}

/// What is wrong with the entries of a map.
fn compare(expected: &Expected, seen: &BTreeMap<String, Entry>) -> Vec<String> {
    let location = |key: &String| seen.get(key).map(|entry| entry.location.as_deref());
    let mut problems = Vec::new();
    for (key, wanted) in &expected.trusted {
        match location(key) {
            Some(Some(found)) if found == wanted => {}
            Some(Some(found)) => problems.push(format!("{key}: {found:?}, expected {wanted:?}")),
            Some(None) => {
                problems.push(format!("{key}: null, expected {wanted:?}: {}", seen[key].reason));
            }
            None => problems.push(format!("{key}: no entry, expected {wanted:?}")),
        }
    }
    for (key, words) in &expected.distrusted {
        match location(key) {
            Some(None) if holds(&seen[key].reason, words) => {}
            Some(None) => {
                problems
                    .push(format!("{key}: the reason names no {words:?}: {}", seen[key].reason));
            }
            Some(Some(found)) => problems.push(format!("{key}: {found:?}, expected null")),
            None => problems.push(format!("{key}: no entry, expected null")),
        }
    }
    for key in &expected.stateless.keys {
        if location(key) != Some(Some("stateless")) {
            problems.push(format!("{key}: {:?}, expected `stateless`", location(key)));
        }
    }
    for key in expected.silent.keys.iter().filter(|key| seen.contains_key(*key)) {
        problems.push(format!("{key}: {:?}, expected no entry", location(key).flatten()));
    }
    for key in &expected.never.keys {
        if let Some(Some(found)) = location(key) {
            problems.push(format!("{key}: {found:?}, expected no location"));
        }
    }
    let (trusted, distrusted) = (expected.trusted.keys(), expected.distrusted.keys());
    let others = expected.silent.keys.iter().chain(&expected.never.keys);
    let others = others.chain(&expected.stateless.keys);
    let known: BTreeSet<&String> = trusted.chain(distrusted).chain(others).collect();
    let strange = seen.keys().filter(|key| !known.contains(key));
    problems.extend(strange.map(|key| format!("{key}: an entry that nobody expected")));
    problems
}

/// True if the reason holds one of the words, in whatever case.
fn holds(reason: &str, words: &str) -> bool {
    let reason = reason.to_lowercase();
    words.split(" | ").any(|word| reason.contains(&word.to_lowercase()))
}

#[test]
fn a_map_that_differs_is_reported_entry_by_entry() {
    let text = "claim = 'c'\nstatus = 3\n[trusted]\n'p/a' = 's3://a'\n'p/b' = 's3://b'\n\
                [distrusted]\n'p/c' = 'READY | FAILED'\n'p/d' = ''\n[silent]\nkeys = ['p/e']\n\
                [stateless]\nkeys = ['p/g']\n";
    let expected: Expected = toml::from_str(text).unwrap();
    let problems = |map: &str| compare(&expected, &entries(map).unwrap());
    let right = "p/a: s3://a\np/b: s3://b\np/c: null  # it is ready\np/d: null\np/g: stateless\n";
    assert_eq!(problems(right), Vec::<String>::new());
    let wrong = problems("p/a: s3://x\np/c: null  # it runs\np/d: s3://d\np/e: null\np/f: null\n");
    assert_eq!(wrong.len(), 7, "{wrong:?}");
}
