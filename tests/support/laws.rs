//! What the program makes of a case, and the laws that hold for manifests that nobody wrote, too. What is
//! checked is read from bytes and reports.

use std::collections::BTreeSet;

use flink_migrate::testing;
use serde_json::Value;

use super::meaning::{Difference, Meaning, differences, from_json, read};
use super::{Case, PROOF, Spec, lines, pieces, run_case, tree};

/// Files by their names.
pub type Tree = testing::Files;

/// What the program makes of a case.
pub struct Run {
    pub case: Case,
    pub before: Tree,
    /// The report of `check --format json`; null if the options or maps of the case are wrong.
    pub report: Value,
    /// That of `check` on a case's own files, else that of `write --keep-going`.
    pub status: i32,
    /// What `diff` prints.
    pub diff: Vec<u8>,
    /// The files after `write --keep-going`.
    pub after: Tree,
}

impl Run {
    /// The case on its own files. `check` and `diff` write nothing and report what `write` reports.
    pub fn new(case: &Case) -> Run {
        let run = Run::on_files(case.clone(), tree(&case.before));
        let report = run_case(case, &run.before, &["check", "--format", "json"]);
        let diff = run_case(case, &run.before, &["diff"]);
        for command in [&report, &diff] {
            assert_eq!(command.files, run.before, "{}: check or diff has written", case.id);
        }
        let same = (parsed(&report.stdout), diff.stdout) == (run.report.clone(), run.diff.clone());
        assert!(same, "{}: write reports something else than check and diff", case.id);
        Run { status: report.status, ..run }
    }

    /// The case on other files than its own, in one run.
    pub fn on_files(case: Case, before: Tree) -> Run {
        let Reported { report, diff, status, files: after, .. } =
            reported(&before, &case.typed(&["write", "--keep-going"]));
        Run { case, before, report, status, diff, after }
    }

    /// The files that have changed: name, text before, text after.
    pub fn changed(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        self.before.iter().filter_map(move |(name, before)| {
            let after = self.after.get(name)?;
            (before != after).then(|| (name.as_str(), text(before), text(after)))
        })
    }

    /// The files that have come: name and text.
    pub fn created(&self) -> impl Iterator<Item = (&str, &str)> {
        let come = self.after.iter().filter(|(name, _)| !self.before.contains_key(*name));
        come.map(|(name, after)| (name.as_str(), std::str::from_utf8(after).unwrap()))
    }

    /// What the report says of a file.
    pub fn file(&self, name: &str) -> &Value {
        files(&self.report).find(|file| file["path"] == name).unwrap_or(&Value::Null)
    }
}

/// What a command has printed, left and reported.
pub struct Reported {
    /// The JSON report; null if there is none, since the options or maps are wrong.
    pub report: Value,
    pub diff: Vec<u8>,
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
    pub files: Tree,
}

/// Runs a command with its reports in one go.
pub fn reported(before: &Tree, args: &[&str]) -> Reported {
    reported_at(testing::Place::default(), before, args)
}

pub fn reported_at(place: testing::Place<'_>, before: &Tree, args: &[&str]) -> Reported {
    let reports = ["--report", "json=law-report", "--report", "diff=law-diff"];
    let mut ended = place.run(before, &[args, &reports].concat());
    let mut take = |name: &str| ended.files.remove(name).unwrap_or_default();
    Reported {
        report: parsed(&take("law-report")),
        diff: take("law-diff"),
        status: ended.status,
        stdout: ended.stdout,
        stderr: String::from_utf8_lossy(&ended.stderr).into_owned(),
        files: ended.files,
    }
}

fn parsed(report: &[u8]) -> Value {
    serde_json::from_slice(report).unwrap_or(Value::Null)
}

pub fn files(report: &Value) -> impl Iterator<Item = &Value> {
    report["files"].as_array().into_iter().flatten()
}

/// The files of which a document is held, not understood or broken.
pub fn held(report: &Value) -> Vec<&str> {
    let held = |file: &&Value| {
        ["held", "not-understood", "failed"].iter().any(|word| file["outcome"] == **word)
    };
    files(report).filter(held).map(|file| file["path"].as_str().unwrap()).collect()
}

/// The changes of a file in the report.
pub fn changes(file: &Value) -> Vec<&Value> {
    let documents = file["documents"].as_array().into_iter().flatten();
    documents.flat_map(|document| document["changes"].as_array().unwrap()).collect()
}

/// The files after `write --keep-going`.
pub fn written(case: &Case, files: &Tree) -> Tree {
    run_case(case, files, &["write", "--keep-going"]).files
}

pub fn same(what: &str, wanted: &Tree, found: &Tree) -> Result<(), String> {
    let names: BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
    for name in names {
        let (one, other) = (wanted.get(name), found.get(name));
        if one != other {
            let shown = |bytes: Option<&Vec<u8>>| {
                bytes.map_or("(nothing)".into(), |bytes| {
                    String::from_utf8_lossy(bytes).escape_debug().to_string()
                })
            };
            return Err(format!(
                "{what}: {name} differs\nwanted {}\nfound  {}",
                shown(one),
                shown(other)
            ));
        }
    }
    Ok(())
}

/// Nothing that was changed asks for a change again; how many files have changed.
pub fn settled(run: &Run) -> Result<usize, String> {
    if run.changed().next().is_none() {
        return Ok(0);
    }
    let again = reported(&run.after, &run.case.typed(&["write", "--keep-going"]));
    for (name, _, _) in run.changed() {
        let own = files(&again.report).filter(|file| file["path"] == name);
        let findings = own.flat_map(|file| file["findings"].as_array().unwrap());
        if let Some(left) = findings.into_iter().find(|finding| finding["level"] == "change") {
            return Err(format!("{name}: {left} is left"));
        }
    }
    same("written again", &run.after, &again.files)?;
    Ok(run.changed().count())
}

/// Options that step `convert` takes and the named step does not.
pub fn options_unused_at(step: &str) -> &'static [&'static str] {
    match step {
        "suspend" => &[
            "--savepoints",
            "--defaults",
            "--service-account",
            "--checkpoints-dir",
            "--target-operator",
        ],
        _ => &["--savepoints", "--savepoints-dir"],
    }
}

/// Writes the step before in a fresh copy of the case, and then the case itself; how many files the
/// step has changed.
pub fn convert_after(run: &Run, step: &str, further: &[&str]) -> Result<usize, String> {
    let own = own_step(&run.case, &run.before);
    if own.as_deref() == Some(step) && !run.report.is_null() {
        let converted = with_savepoints(run);
        let mut between = run.after.clone();
        between.insert(MAP.into(), converted.before[MAP].clone());
        return same_as_without(&converted, step, &between);
    }
    if own.is_some() {
        return Ok(0);
    }
    let mut args = vec!["write", "--keep-going", "--step", step];
    args.extend(further);
    let mut typed = run.case.spec.args.iter().map(String::as_str);
    while let Some(arg) = typed.next() {
        if options_unused_at(step).contains(&arg) {
            typed.next();
        } else {
            args.push(arg);
        }
    }
    let ended = reported(&run.before, &args);
    let wrong_usage = ended.stderr.contains("does not use it");
    assert!(!wrong_usage, "{}: {}", run.case.id, ended.stderr);
    let mut findings =
        files(&ended.report).flat_map(|file| file["findings"].as_array().into_iter().flatten());
    if let Some(broken) = findings.find(|finding| finding["rule"] == PROOF) {
        return Err(format!("{step} breaks a law of ours: {}", broken["message"]));
    }
    same_as_without(run, step, &ended.files)
}

/// The step that the case names, typed or configured.
pub fn own_step(case: &Case, files: &Tree) -> Option<String> {
    let typed = case.spec.args.iter().skip_while(|arg| *arg != "--step").nth(1);
    typed.cloned().or_else(|| {
        let text = std::str::from_utf8(files.get("flink-migrate.toml")?).unwrap();
        let config: toml::Table = toml::from_str(text).ok()?;
        Some(config.get("step")?.as_str()?.to_string())
    })
}

/// The map of a case that is about a step before.
pub const MAP: &str = "law-savepoints.json";

/// A case about another step as step `convert` sees it, with an entry for every workload that is
/// named: a job that is held shows nothing.
pub fn with_savepoints(run: &Run) -> Run {
    let documents = files(&run.report).flat_map(|file| file["documents"].as_array().unwrap());
    let workloads = documents.flat_map(|document| document["workloads"].as_array().unwrap());
    let keys: BTreeSet<&str> = workloads.map(|key| key.as_str().unwrap()).collect();
    let entry = |(at, key): (usize, &&str)| (key.to_string(), format!("s3://lake/sp-{at}").into());
    let map: serde_json::Map<String, Value> = keys.iter().enumerate().map(entry).collect();
    let mut before = run.before.clone();
    before.insert(MAP.into(), Value::Object(map).to_string().into_bytes());
    let own: Vec<&[String]> = run.case.spec.args.chunks(2).collect();
    let given = [
        ["--step", "convert"],
        ["--savepoints", MAP],
        ["--checkpoints-dir", "s3://lake/cp/{name}"],
    ];
    let is_typed = |option: &str| own.iter().any(|pair| pair[0] == option);
    let given = given.iter().filter(|pair| pair[0] == "--step" || !is_typed(pair[0]));
    let mut args: Vec<String> = given.flatten().map(ToString::to_string).collect();
    let of_the_step = ["--step", "--savepoints-dir"];
    let kept = own.iter().filter(|pair| !of_the_step.contains(&&*pair[0]));
    args.extend(kept.copied().flatten().cloned());
    let spec = Spec { args, ..Spec::default() };
    Run::on_files(Case { spec, ..run.case.clone() }, before)
}

/// That the case makes of the files `between`, which the step has left, what it makes of its own; how
/// many files the step has changed.
pub fn same_as_without(run: &Run, step: &str, between: &Tree) -> Result<usize, String> {
    let is_changed = |(name, before): &(&String, &Vec<u8>)| between.get(*name) != Some(before);
    let changed = run.before.iter().filter(is_changed).count();
    if changed == 0 {
        return Ok(0);
    }
    let converted = reported(between, &run.case.typed(&["write", "--keep-going"]));
    let [with, without] = [&converted.report, &run.report].map(|it| &it["summary"]["outcome"]);
    if with != without {
        return Err(format!("the outcome is {with} after {step}, {without} without it"));
    }
    // What convert holds without the step it holds with it too, and as the step has left it.
    let held = held(&run.report);
    let is_left = |name: &String| run.report.is_null() || held.contains(&name.as_str());
    let wanted = run.after.iter().map(|(name, after)| {
        let bytes = if is_left(name) { &between[name] } else { after };
        (name.clone(), bytes.clone())
    });
    same(&format!("converted after {step}"), &wanted.collect(), &converted.files)?;
    Ok(changed)
}

pub fn same_meaning(file: &Value, before: &str, after: &str) -> Result<usize, String> {
    let (old, new) = (pieces(before), pieces(after));
    if old.len() != new.len() {
        return Err(format!("{} documents before, {} after", old.len(), new.len()));
    }
    let mut changed = 0;
    for ((line, old), (_, new)) in old.iter().zip(&new) {
        let end = *line as u64 + lines(old).len() as u64;
        let documents = file["documents"].as_array().unwrap().iter();
        let here = documents
            .filter(|document| (*line as u64..end).contains(&document["line"].as_u64().unwrap()));
        let planned: Vec<&Value> =
            here.flat_map(|document| document["changes"].as_array().unwrap()).collect();
        if planned.is_empty() {
            if old != new {
                return Err(format!(
                    "the document of line {line} has no change and is not the same"
                ));
            }
            continue;
        }
        let seen = |text: &str| read(text).map_err(|error| format!("line {line}: {error}"));
        let mut found = differences(&seen(old)?, &seen(new)?);
        for change in planned {
            let pointer = change["pointer"].as_str().unwrap();
            let value = from_json(&change["value"]);
            let wanted = match change["op"].as_str().unwrap() {
                "set" => Difference::Set(value),
                "insert" => Difference::Inserted(value),
                "rename" => {
                    let (parent, _) = pointer.rsplit_once('/').unwrap();
                    let renamed = format!("{parent}/{}", change["to"].as_str().unwrap());
                    let difference = found.remove(&renamed);
                    if difference.as_ref() != Some(&Difference::Inserted(value)) {
                        return Err(format!("line {line}: {renamed} is {difference:?}"));
                    }
                    Difference::Removed
                }
                _ => Difference::Removed,
            };
            if change["op"] == "append" {
                let (list, item) = (pointer, from_json(&change["value"]));
                let Some(Difference::Set(Meaning::List(mut items))) = found.remove(list) else {
                    return Err(format!("line {line}: {list} has got no item"));
                };
                let Some(at) = items.iter().rposition(|it| *it == item) else {
                    return Err(format!("line {line}: {item:?} is not in {items:?}"));
                };
                items.remove(at);
                // What is left are the items that were there, and others that come.
                let before = seen(old)?;
                let was_null = items.is_empty()
                    && at_pointer(&before, list).is_some_and(|it| !matches!(it, Meaning::List(_)));
                if !was_null && at_pointer(&before, list) != Some(&Meaning::List(items.clone())) {
                    found.insert(list.to_string(), Difference::Set(Meaning::List(items)));
                }
                continue;
            }
            let difference = found.remove(pointer);
            // A mark may be taken from a value that is as the mark says.
            let mark = format!("# flink-migrate: was {}", change["value"].as_str().unwrap_or("?"));
            let is_marked = change["op"] == "set" && old.contains(&mark);
            if difference.is_none() && is_marked {
                continue;
            }
            if !difference.as_ref().is_some_and(|difference| is_reported(difference, &wanted)) {
                return Err(format!(
                    "line {line}: {pointer} was to be {wanted:?} and is {difference:?}"
                ));
            }
        }
        if !found.is_empty() {
            return Err(format!("line {line}: this too has changed: {found:?}"));
        }
        changed += 1;
    }
    Ok(changed)
}

/// What stands at a JSON pointer of plain keys.
fn at_pointer<'m>(meaning: &'m Meaning, pointer: &str) -> Option<&'m Meaning> {
    pointer.split('/').skip(1).try_fold(meaning, |here, key| match here {
        Meaning::Map(pairs) => pairs.iter().find(|(known, _)| known == key).map(|(_, it)| it),
        _ => None,
    })
}

/// True if the report says this of a field; it masks credentials in a location.
fn is_reported(difference: &Difference, reported: &Difference) -> bool {
    match (difference, reported) {
        (Difference::Set(Meaning::Text(found)), Difference::Set(Meaning::Text(reported)))
        | (
            Difference::Inserted(Meaning::Text(found)),
            Difference::Inserted(Meaning::Text(reported)),
        ) => match reported.split_once("***") {
            Some((before, behind)) => found.starts_with(before) && found.ends_with(behind),
            None => found == reported,
        },
        _ => difference == reported,
    }
}
