//! The laws of the house, each over every input of every suite.
//!
//! Command lines run in the process, on files in memory. One law shows that the binary does the same on
//! a disk. What is checked is read from bytes and reports by means of this file.
//! A law may have exceptions. Each has its reason, and one that is no longer needed fails the test.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use flink_migrate::diagnostic::{Change, Diagnostic};
use flink_migrate::flink::objects::{Object, objects};
use flink_migrate::testing;
use flink_migrate::{rules, yaml};
use serde_json::Value;
use support::meaning::{Fate, differences, of_json, read};
use support::sandbox::isolated;
use support::{
    Case, Dice, cases, in_parallel, lines, pieces, plant, remark, run_case, spawn_case, tree, world,
};

type Tree = BTreeMap<String, Vec<u8>>;

/// Where every shuffle begins.
const SEED: u64 = 20_220_401;

/// What the binary makes of a case.
struct Run {
    case: Case,
    before: Tree,
    /// The report of `check --format json`; null if the options or maps of the case are wrong.
    report: Value,
    status: i32,
    /// What `check` and `diff` print.
    said: Vec<u8>,
    diff: Vec<u8>,
    /// The files after `write --keep-going`.
    after: Tree,
}

static RUNS: LazyLock<Vec<Run>> = LazyLock::new(|| in_parallel(&cases(), Run::of));

impl Run {
    fn of(case: &Case) -> Run {
        Run::on(case.clone(), tree(&case.before))
    }

    /// The case on other files than its own.
    fn on(case: Case, before: Tree) -> Run {
        let report = run_case(&case, &before, &["check", "--format", "json"]);
        let check = run_case(&case, &before, &["check"]);
        let diff = run_case(&case, &before, &["diff"]);
        for run in [&report, &check, &diff] {
            assert_eq!(run.files, before, "{}: check or diff has written", case.id);
        }
        Run {
            report: serde_json::from_slice(&report.stdout).unwrap_or(Value::Null),
            status: report.status,
            after: written(&case, &before),
            said: check.stdout,
            diff: diff.stdout,
            case,
            before,
        }
    }

    /// The files that have changed: name, text before, text after.
    fn changed(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        self.before.iter().filter_map(move |(name, before)| {
            let after = &self.after[name];
            (before != after).then(|| (name.as_str(), text(before), text(after)))
        })
    }

    /// What the report says of a file.
    fn file(&self, name: &str) -> &Value {
        files(&self.report).find(|file| file["path"] == name).unwrap_or(&Value::Null)
    }
}

fn files(report: &Value) -> impl Iterator<Item = &Value> {
    report["files"].as_array().into_iter().flatten()
}

/// The files of which a document is held, not understood or broken.
fn held(report: &Value) -> Vec<&str> {
    let held = |file: &&Value| {
        ["held", "not-understood", "failed"].iter().any(|word| file["outcome"] == **word)
    };
    files(report).filter(held).map(|file| file["path"].as_str().unwrap()).collect()
}

/// The changes of a file in the report.
fn changes(file: &Value) -> Vec<&Value> {
    let documents = file["documents"].as_array().into_iter().flatten();
    documents.flat_map(|document| document["changes"].as_array().unwrap()).collect()
}

/// The files after `write --keep-going`.
fn written(case: &Case, files: &Tree) -> Tree {
    run_case(case, files, &["write", "--keep-going"]).files
}

/// Every run that is not only about wrong options, judged. `Ok` counts what was looked at.
fn law(
    name: &str,
    exceptions: &[(&str, &str)],
    judge: impl Fn(&Run) -> Result<usize, String> + Sync,
) {
    let results: Vec<(&str, Result<usize, String>)> =
        in_parallel(&RUNS, |run| (run.case.id.as_str(), judge(run)));
    settle(name, exceptions, results);
}

/// Fails for what breaks the law without being an exception, and for exceptions that keep it.
fn settle(name: &str, exceptions: &[(&str, &str)], results: Vec<(&str, Result<usize, String>)>) {
    let cases = results.len();
    let looked_at: usize = results.iter().filter_map(|(_, result)| result.as_ref().ok()).sum();
    let broken: BTreeMap<&str, String> =
        results.into_iter().filter_map(|(id, result)| Some((id, result.err()?))).collect();
    let excused = |id: &str| exceptions.iter().any(|(known, _)| *known == id);
    let new: Vec<String> = broken
        .iter()
        .filter(|(id, _)| !excused(id))
        .map(|(id, why)| format!("{id}: {why}"))
        .collect();
    let stale: Vec<&str> =
        exceptions.iter().map(|(id, _)| *id).filter(|id| !broken.contains_key(id)).collect();
    println!("{name}: {looked_at} looked at in {cases} cases, {} exceptions", exceptions.len());
    assert!(new.is_empty(), "{name}: {} cases break the law\n\n{}", new.len(), new.join("\n\n"));
    assert!(stale.is_empty(), "{name}: no exceptions any more, take them off the list: {stale:?}");
    assert!(looked_at > 0, "{name}: nothing was looked at");
}

fn same(what: &str, wanted: &Tree, found: &Tree) -> Result<(), String> {
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

#[test]
fn converting_the_result_again_changes_nothing() {
    law("settled", &[], |run| {
        let again = run_case(&run.case, &run.after, &["check", "--format", "json"]);
        let report: Value = serde_json::from_slice(&again.stdout).unwrap_or(Value::Null);
        for (name, _, _) in run.changed() {
            let own = files(&report).filter(|file| file["path"] == name);
            let findings = own.flat_map(|file| file["findings"].as_array().unwrap());
            if let Some(left) = findings.into_iter().find(|finding| finding["level"] == "change") {
                return Err(format!("{name}: {left} is left"));
            }
        }
        same("written again", &run.after, &written(&run.case, &run.after))?;
        Ok(run.changed().count())
    });
}

#[test]
fn the_result_with_its_version_put_back_changes_in_the_version_alone() {
    law("there and back", &[], |run| {
        let mut back = run.after.clone();
        for (name, before, after) in run.changed() {
            back.insert(name.into(), put_back(before, after)?.into_bytes());
        }
        same("converted again", &run.after, &written(&run.case, &back))?;
        Ok(run.changed().count())
    });
}

/// Options that step `convert` takes and the named step does not.
fn unused_at(step: &str) -> &'static [&'static str] {
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
fn by_way_of(run: &Run, step: &str, further: &[&str]) -> Result<usize, String> {
    let own = own_step(run);
    if own.as_deref() == Some(step) && !run.report.is_null() {
        let converted = with_a_savepoint_for_each(run);
        let mut between = run.after.clone();
        between.insert(MAP.into(), converted.before[MAP].clone());
        return as_without(&converted, step, &between);
    }
    if own.is_some() {
        return Ok(0);
    }
    let mut args = vec!["write", "--keep-going", "--step", step];
    args.extend(further);
    let mut typed = run.case.spec.args.iter().map(String::as_str);
    while let Some(arg) = typed.next() {
        if unused_at(step).contains(&arg) {
            typed.next();
        } else {
            args.push(arg);
        }
    }
    let ended = testing::run(&run.before, &args);
    let wrong_usage = String::from_utf8_lossy(&ended.stderr).contains("does not use it");
    assert!(!wrong_usage, "{}: {}", run.case.id, String::from_utf8_lossy(&ended.stderr));
    as_without(run, step, &ended.files)
}

/// The step that the case names, typed or configured.
fn own_step(run: &Run) -> Option<String> {
    let typed = run.case.spec.args.iter().skip_while(|arg| *arg != "--step").nth(1);
    typed.cloned().or_else(|| {
        let text = std::str::from_utf8(run.before.get("flink-migrate.toml")?).unwrap();
        let config: toml::Table = toml::from_str(text).ok()?;
        Some(config.get("step")?.as_str()?.to_string())
    })
}

/// The map of a case that is about a step before.
const MAP: &str = "law-savepoints.json";

/// A case about another step as step `convert` sees it, with an entry for every workload that is
/// named: a job that is held shows nothing.
fn with_a_savepoint_for_each(run: &Run) -> Run {
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
    let spec = support::Spec { claim: String::new(), args, status: 0, traps: Vec::new() };
    let (id, golden) = (run.case.id.clone(), run.case.golden.clone());
    Run::on(Case { id, spec, before: run.case.before.clone(), golden }, before)
}

/// That the case makes of the files `between`, which the step has left, what it makes of its own; how
/// many files the step has changed.
fn as_without(run: &Run, step: &str, between: &Tree) -> Result<usize, String> {
    let changed = run.before.iter().filter(|(name, before)| between[*name] != **before).count();
    let status = run_case(&run.case, between, &["check"]).status;
    if status != run.status {
        return Err(format!("status {status} after {step}, {} without it", run.status));
    }
    // What convert holds without the step it holds with it too, and as the step has left it.
    let held = held(&run.report);
    let is_left = |name: &String| run.report.is_null() || held.contains(&name.as_str());
    let wanted = run.after.iter().map(|(name, after)| {
        let bytes = if is_left(name) { &between[name] } else { after };
        (name.clone(), bytes.clone())
    });
    same(&format!("converted after {step}"), &wanted.collect(), &written(&run.case, between))?;
    Ok(changed)
}

#[test]
fn what_was_suspended_converts_as_if_it_had_not_been() {
    law("convert(suspend(t)) = convert(t)", &[], |run| {
        by_way_of(run, "suspend", &["--savepoints-dir", "s3://lake/sp/{name}"])
    });
}

#[test]
fn what_was_prepared_converts_as_if_it_had_not_been() {
    law("convert(prepare(t)) = convert(t)", &[], |run| by_way_of(run, "prepare", &[]));
}

/// `after` with the old version again wherever the new one took its place: both texts hold the same
/// number of versions, in the same order.
fn put_back(before: &str, after: &str) -> Result<String, String> {
    let (old, new) = (versions(before), versions(after));
    if old.len() != new.len() {
        return Err(format!("{} versions before, {} after", old.len(), new.len()));
    }
    let mut back = after.to_string();
    for ((_, was), (at, is)) in old.into_iter().zip(new).rev() {
        if was != is {
            back.replace_range(at..at + is.len(), was);
        }
    }
    Ok(back)
}

fn versions(text: &str) -> Vec<(usize, &str)> {
    let of = |version| text.match_indices(version);
    let mut found: Vec<(usize, &str)> = of("v1alpha1").chain(of("v1beta1")).collect();
    found.sort_unstable();
    found
}

#[test]
fn only_lines_that_a_finding_names_change_and_only_planned_lines_come() {
    law("surgical", SURGICAL_EXCEPTIONS, |run| {
        for (name, before, after) in run.changed() {
            surgical(run.file(name), before, after).map_err(|why| format!("{name}: {why}"))?;
        }
        Ok(run.changed().count())
    });
}

const SURGICAL_EXCEPTIONS: &[(&str, &str)] = &[
    ("cleanup/path-between-braces", "the line stays, and what stands between its braces goes"),
    ("cleanup/path-last-in-json", "the comma behind the entry before goes with the last one"),
    (
        "cleanup/path-on-the-last-line-without-newline",
        "the line before ends the file now, without a break as the last one did",
    ),
    (
        "convert/initial-savepoint-removed-between-braces",
        "the comma behind the entry before goes with the last one",
    ),
];

fn surgical(file: &Value, before: &str, after: &str) -> Result<(), String> {
    let findings = file["findings"].as_array().unwrap().iter();
    let named: BTreeSet<u64> = findings
        .filter(|finding| finding["level"] == "change")
        .map(|finding| finding["line"].as_u64().unwrap())
        .collect();
    let of = |op: &'static str| changes(file).into_iter().filter(move |change| change["op"] == op);
    let mut to_come: Vec<String> = of("insert").flat_map(keys).collect();
    let (mut to_set, mut to_go) = (of("set").count() + of("rename").count(), of("remove").count());
    let set_keys: Vec<String> = of("set").flat_map(keys).collect();
    let mut grown = of("insert").count();

    let (old, new) = (lines(before), lines(after));
    for op in similar::capture_diff_slices(similar::Algorithm::Patience, &old, &new) {
        if op.tag() == similar::DiffTag::Equal {
            continue;
        }
        let (gone, mut come) = (op.old_range(), new[op.new_range()].to_vec());
        // A line that begins with a planned key is one that was inserted.
        come.retain(|line| match to_come.iter().position(|key| begins_with_key(line, key)) {
            Some(at) => {
                to_come.remove(at);
                false
            }
            None => true,
        });
        let mut come = come.into_iter();
        for at in gone {
            let line = old[at];
            let is_named = named.contains(&(at as u64 + 1));
            match come.next() {
                // More was written into the line and nothing taken out of it: a key between braces, or
                // the comma before the next line.
                Some(longer)
                    if is_within(line, longer)
                        && grown > 0
                        && !longer.contains("v1beta1")
                        && !longer.contains("# flink-migrate: was ") =>
                {
                    grown -= 1;
                }
                // Step suspend names the job by one of its lines, and sets two.
                Some(_)
                    if to_set > 0
                        && (is_named || set_keys.iter().any(|key| begins_with_key(line, key))) =>
                {
                    to_set -= 1;
                }
                None if is_named && to_go > 0 => to_go -= 1,
                other => {
                    let why = if is_named { "once too often" } else { "and no finding names it" };
                    return Err(format!(
                        "line {}, `{}`, became {other:?}, {why}",
                        at + 1,
                        line.escape_debug()
                    ));
                }
            }
        }
        if let Some(line) = come.next() {
            return Err(format!("`{}` came, and no change says so", line.escape_debug()));
        }
    }
    Ok(())
}

/// The keys of the lines that an insertion may bring: its own, and those of the mapping it brings.
fn keys(change: &Value) -> Vec<String> {
    let pointer = change["pointer"].as_str().unwrap();
    let last = pointer.rsplit('/').next().unwrap().replace("~1", "/").replace("~0", "~");
    let inner = change["value"].as_object().into_iter().flatten().map(|(key, _)| key.clone());
    std::iter::once(last).chain(inner).collect()
}

fn begins_with_key(line: &str, key: &str) -> bool {
    let line = line.trim_start().trim_start_matches('"');
    line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches('"').starts_with(':'))
}

/// True if `line` is what is left of `longer` when something is taken out.
fn is_within(line: &str, longer: &str) -> bool {
    let mut rest = longer.trim_end_matches(['\n', '\r']).chars();
    line.trim_end_matches(['\n', '\r']).chars().all(|c| rest.any(|other| other == c))
}

#[test]
fn every_comment_and_every_blank_line_is_still_there_in_order() {
    law("nothing lost", &[], |run| {
        for (name, before, after) in run.changed() {
            let removed: Vec<String> = changes(run.file(name))
                .into_iter()
                .filter(|change| change["op"] == "remove")
                .flat_map(keys)
                .collect();
            let mut left = lines(after).into_iter().filter_map(remark);
            for line in lines(before) {
                let is_removed = removed.iter().any(|key| begins_with_key(line, key));
                let Some(wanted) = remark(line).filter(|_| !is_removed) else { continue };
                if !left.any(|found| found == wanted) {
                    return Err(format!("{name}: `{}` is gone", wanted.escape_debug()));
                }
            }
        }
        Ok(run.changed().count())
    });
}

/// Files that are manifests by name, and not the case's maps.
fn is_manifest(case: &Case, name: &str) -> bool {
    let is_map = case.spec.args.iter().any(|arg| arg == name) || name.ends_with("savepoints.yaml");
    let is_kustomization = name.contains("kustomization") || name.ends_with("Kustomization");
    [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) && !is_map && !is_kustomization
}

#[test]
fn line_ends_of_carriage_return_and_line_feed_make_no_difference() {
    law("CRLF-blind", CRLF_EXCEPTIONS, |run| {
        let carries_cr = run.before.values().any(|bytes| bytes.contains(&b'\r'));
        if carries_cr || run.before.values().any(|bytes| std::str::from_utf8(bytes).is_err()) {
            return Ok(0);
        }
        let turned = |bytes: &Vec<u8>| {
            String::from_utf8(bytes.clone()).unwrap().replace('\n', "\r\n").into_bytes()
        };
        let turned = |files: &Tree| -> Tree {
            files.iter().map(|(name, bytes)| (name.clone(), turned(bytes))).collect()
        };
        let before = turned(&run.before);
        let status = run_case(&run.case, &before, &["check"]).status;
        same("with CRLF", &turned(&run.after), &written(&run.case, &before))?;
        if status != run.status {
            return Err(format!("status {status}, not {}", run.status));
        }
        Ok(run.before.len())
    });
}

const CRLF_EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn a_byte_order_mark_makes_no_difference() {
    law("BOM-blind", BOM_EXCEPTIONS, |run| {
        let marked = |files: &Tree| -> Tree {
            let mark = |(name, bytes): (&String, &Vec<u8>)| {
                let plain =
                    std::str::from_utf8(bytes).is_ok_and(|text| !text.starts_with('\u{feff}'));
                let marked = plain && is_manifest(&run.case, name);
                (
                    name.clone(),
                    if marked {
                        [b"\xef\xbb\xbf", bytes.as_slice()].concat()
                    } else {
                        bytes.clone()
                    },
                )
            };
            files.iter().map(mark).collect()
        };
        let before = marked(&run.before);
        let check = run_case(&run.case, &before, &["check"]);
        same("with a mark", &marked(&run.after), &written(&run.case, &before))?;
        if (check.status, &check.stdout) != (run.status, &run.said) {
            return Err(format!("other findings:\n{}", String::from_utf8_lossy(&check.stdout)));
        }
        Ok(run.before.len())
    });
}

const BOM_EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn the_binary_on_a_disk_does_what_the_process_does_in_memory() {
    law("binary and process", MEMORY_EXCEPTIONS, |run| {
        for command in [&["check"][..], &["write", "--keep-going"]] {
            let binary = spawn_case(&run.case, &run.before, command);
            let process = run_case(&run.case, &run.before, command);
            let printed = |run: &testing::Run| {
                [&run.stdout, &run.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            let [one, other] = [&binary, &process].map(|run| (run.status, printed(run)));
            if one != other {
                return Err(format!("{command:?}: the binary {one:#?}\nthe process {other:#?}"));
            }
            same(&format!("{command:?}"), &binary.files, &process.files)?;
        }
        Ok(2)
    });
}

/// What a [`testing::run`] does not know.
const MEMORY_EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn the_order_of_the_rules_makes_no_difference() {
    println!("shuffles begin with {SEED}");
    law("order-blind rules", &[], |run| {
        let Some(world) = world(&run.case) else { return Ok(0) };
        let mut asked = 0;
        let mut dice = Dice(SEED);
        for (name, bytes) in &world.manifests {
            let Ok(text) = std::str::from_utf8(bytes) else { continue };
            for chunk in yaml::chunks(text) {
                let Ok(doc) = yaml::parse(&text[chunk.span.range()], chunk.span.start) else {
                    continue;
                };
                let workloads =
                    objects(&doc, &name.as_str().into()).into_iter().filter_map(|object| {
                        match object {
                            Object::Workload(workload) => Some(workload),
                            _ => None,
                        }
                    });
                for workload in workloads {
                    let wanted = sorted(rules::judge(&workload, &world.facts));
                    let mut order: Vec<&rules::Rule> = rules::RULES.iter().rev().collect();
                    for _ in 0..5 {
                        let found = sorted(rules::judge_with(
                            order.iter().copied(),
                            &workload,
                            &world.facts,
                        ));
                        if found != wanted {
                            return Err(format!(
                                "{name}: {wanted:#?}\nin another order {found:#?}"
                            ));
                        }
                        dice.shuffle(&mut order);
                    }
                    asked += 1;
                }
            }
        }
        Ok(asked)
    });
}

/// The diagnostics in an order of their own, and the changes in that of their paths.
fn sorted(mut found: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<Change>) {
    found.sort_by_key(|diagnostic| format!("{diagnostic:?}"));
    let fixes = found.iter().filter_map(|diagnostic| diagnostic.fix.clone());
    let mut changes: Vec<Change> = fixes.flatten().collect();
    changes.sort_by(|a, b| a.path().cmp(b.path()));
    (found, changes)
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    law("order-blind threads", &[], |run| {
        for jobs in ["1", "2", "8"] {
            for (command, wanted) in [("check", &run.said), ("diff", &run.diff)] {
                let found = run_case(&run.case, &run.before, &[command, "--jobs", jobs]).stdout;
                if found != *wanted {
                    return Err(format!(
                        "{command} --jobs {jobs} prints\n{}",
                        String::from_utf8_lossy(&found)
                    ));
                }
            }
        }
        Ok(6)
    });
}

#[test]
fn the_order_of_the_paths_makes_no_difference() {
    println!("shuffles begin with {SEED}");
    law("order-blind paths", &[], |run| {
        let mut paths: Vec<&str> =
            run.before.keys().map(|name| name.split('/').next().unwrap()).collect();
        paths.dedup();
        if paths.len() < 2 {
            return Ok(0);
        }
        let printed = |paths: &[&str]| {
            ["check", "diff"].map(|command| {
                run_case(&run.case, &run.before, &[&[command], paths].concat()).stdout
            })
        };
        let wanted = printed(&paths);
        paths.reverse();
        let mut dice = Dice(SEED);
        for _ in 0..2 {
            let found = printed(&paths);
            if found != wanted {
                return Err(format!(
                    "{paths:?} prints\n{}",
                    String::from_utf8_lossy(&found.concat())
                ));
            }
            dice.shuffle(&mut paths);
        }
        Ok(paths.len())
    });
}

#[test]
fn the_diff_applied_is_what_write_does() {
    law("the diff is the change", &[], |run| {
        let below =
            run.before.keys().filter_map(|name| name.rsplit_once('/')).map(|(folder, _)| folder);
        let below: BTreeSet<&str> = below.collect();
        let mut applied = diff_is_change(run, "", "")? + diff_is_change(run, "apps/flink", "")?;
        for folder in below {
            applied += diff_is_change(run, "", folder)?;
        }
        Ok(applied)
    });
}

/// Takes the case, `nest` deep in a repository, runs `diff` in its folder `sub`, and applies it there.
fn diff_is_change(run: &Run, nest: &str, sub: &str) -> Result<usize, String> {
    let below = |name: &str| if nest.is_empty() { name.into() } else { format!("{nest}/{name}") };
    let before: Tree =
        run.before.iter().map(|(name, bytes)| (below(name), bytes.clone())).collect();
    let folder = [nest, sub].into_iter().filter(|part| !part.is_empty());
    let folder = folder.collect::<Vec<_>>().join("/");
    let where_from = format!("in `{nest}`, from `{sub}`");
    // What an option names lies where the case lies.
    let up = "../".repeat(folder.split('/').filter(|part| !part.is_empty()).count());
    let args = run.case.spec.args.iter().map(|arg| {
        if run.before.contains_key(arg) { up.clone() + &below(arg) } else { arg.clone() }
    });
    let args: Vec<String> = args.collect();
    let of = |command: &[&'static str]| -> testing::Run {
        let all: Vec<&str> =
            command.iter().copied().chain(args.iter().map(String::as_str)).collect();
        let place = testing::Place { folder: &folder, is_repository: true, ..Default::default() };
        place.run(&before, &all)
    };

    let report = of(&["check", "--format", "json"]);
    let diff = of(&["diff"]);
    let patch = diff.stdout;
    same(&format!("{where_from}: diff has written"), &before, &diff.files)?;
    if let Ok(report) = serde_json::from_slice::<Value>(&report.stdout) {
        for name in held(&report) {
            let named = lines(std::str::from_utf8(&patch).unwrap())
                .into_iter()
                .any(|line| line.starts_with("+++") && line.contains(name));
            if named {
                return Err(format!("{where_from}: {name} is held and stands in the patch"));
            }
        }
    }
    let written = of(&["write", "--keep-going"]).files;
    if sub.is_empty() && nest.is_empty() {
        same("in a repository and outside of one", &run.after, &written)?;
    }
    if sub.is_empty() && patch != run.diff {
        return Err(format!("{where_from}: another diff\n{}", String::from_utf8_lossy(&patch)));
    }
    if patch.is_empty() {
        return same(&format!("{where_from}: an empty diff"), &before, &written).map(|()| 0);
    }

    let place = tempfile::tempdir().unwrap();
    let cwd = place.path().join(&folder);
    let files = || {
        let mut files = tree(place.path());
        files.retain(|name, _| !name.starts_with(".git/"));
        files
    };
    repository(place.path());
    plant(&before, place.path());
    let applied = git(&cwd, &["apply", "--allow-empty", "--whitespace=nowarn"], &patch);
    same(&format!("{where_from}: git apply ({applied})"), &written, &files())?;
    plant(&before, place.path());
    if let Some(said) = gnu_patch(&cwd, &patch) {
        same(&format!("{where_from}: patch ({said})"), &written, &files())?;
    }
    Ok(1)
}

/// Makes the folder a repository without a commit.
fn repository(at: &Path) {
    for folder in [".git/objects", ".git/refs"] {
        fs::create_dir_all(at.join(folder)).unwrap();
    }
    fs::write(at.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
}

/// What git says.
fn git(at: &Path, args: &[&str], input: &[u8]) -> String {
    let output = fed(isolated("git", at).args(args), input).expect("these laws need git");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

static SAID: std::sync::Once = std::sync::Once::new();

/// What `patch` says; nothing if the program is not here.
fn gnu_patch(at: &Path, input: &[u8]) -> Option<String> {
    let output = fed(isolated("patch", at).args(["-p1", "--no-backup-if-mismatch"]), input);
    if let Ok(output) = output {
        return Some(
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        );
    }
    SAID.call_once(|| {
        eprintln!("SKIPPED: the program `patch` is not here; only `git apply` was tried");
    });
    None
}

fn fed(command: &mut Command, input: &[u8]) -> std::io::Result<Output> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // A reader that has gone says why itself.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output()
}

/// A document of some case, and what a stream of it alone comes to.
struct Alone {
    text: String,
    names: BTreeSet<String>,
    out: String,
}

#[test]
fn documents_convert_in_a_stream_as_they_do_alone() {
    println!("pairs begin with {SEED}");
    let mut texts = BTreeSet::new();
    for run in RUNS.iter() {
        for (name, bytes) in run.before.iter().filter(|(name, _)| is_manifest(&run.case, name)) {
            let ours = files(&run.report).any(|file| file["path"] == **name);
            let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| ours) else { continue };
            texts.extend(pieces(text).into_iter().map(|(_, piece)| piece));
        }
    }
    // A template among the documents makes the whole stream one. A line that is not finished ends the
    // stream, and with it the document. A text in UTF-16 is a whole file.
    let is_wide = |text: &str| text.contains("l\0i\0n\0k");
    texts.retain(|text| !text.contains("{{") && !is_wide(text) && text.ends_with(['\n', '\r']));
    let texts: Vec<String> = texts.into_iter().collect();

    let mut maps = Tree::new();
    let workloads: Vec<BTreeSet<String>> = in_parallel(&texts, |text| {
        let report: Value =
            serde_json::from_slice(&stream(&maps, &["check", "--format", "json"], text)).unwrap();
        let documents = files(&report).flat_map(|file| file["documents"].as_array().unwrap());
        let workloads = documents.flat_map(|document| document["workloads"].as_array().unwrap());
        workloads.map(|key| key.as_str().unwrap().to_string()).collect()
    });
    let keys: BTreeSet<&String> =
        workloads.iter().flatten().filter(|key| !key.contains('(')).collect();
    // Some go without, so that some documents are held.
    let entries = keys.iter().enumerate().filter(|(i, _)| i % 4 > 0);
    let map: String =
        entries.map(|(i, key)| format!("{}: s3://sp/{i}\n", Value::from(key.as_str()))).collect();
    maps.insert("savepoints.yaml".into(), map.into_bytes());

    let outs = in_parallel(&texts, |text| converted(&maps, text));
    let mut alone: Vec<Alone> = texts
        .into_iter()
        .zip(outs)
        .zip(workloads)
        .map(|((text, out), workloads)| {
            let names =
                workloads.iter().map(|key| key.rsplit('/').next().unwrap().to_string()).collect();
            Alone { text, names, out }
        })
        .collect();
    let mut dice = Dice(SEED);
    let mut failures = Vec::new();
    let (mut pairs, mut both) = (0, 0);
    for _ in 0..2 {
        dice.shuffle(&mut alone);
        // Two of one name are no longer what they were alone: which is meant must be told apart.
        let chosen: Vec<&[Alone]> =
            alone.windows(2).filter(|pair| pair[0].names.is_disjoint(&pair[1].names)).collect();
        let found = in_parallel(&chosen, |pair| {
            let [one, other] = pair else { unreachable!() };
            let joint = match (one.text.ends_with("...\n"), other.text.starts_with('%')) {
                (true, _) => "",
                (false, true) => "...\n",
                (false, false) => "---\n",
            };
            let found = converted(&maps, &format!("{}{joint}{}", one.text, other.text));
            let wanted = format!("{}{joint}{}", one.out, other.out);
            let excuse = |(part, _): &(&str, &str)| pair.iter().any(|one| one.text.contains(part));
            let excuse = STREAM_EXCEPTIONS.iter().position(excuse);
            let (one, other) = (&one.text, &other.text);
            let said = format!("{one}\n* and *\n{other}\nwanted\n{wanted}\nfound\n{found}");
            (found != wanted).then_some((excuse, said))
        });
        failures.extend(found.into_iter().flatten());
        pairs += chosen.len();
        both += chosen.iter().filter(|pair| pair.iter().all(|one| one.text != one.out)).count();
    }
    let needed: BTreeSet<usize> = failures.iter().filter_map(|(excuse, _)| *excuse).collect();
    failures.retain(|(excuse, _)| excuse.is_none());
    let failures: Vec<String> = failures.into_iter().map(|(_, said)| said).collect();
    println!(
        "alone or together: {pairs} pairs of {} documents, both changed in {both}",
        alone.len()
    );
    assert!(
        failures.is_empty(),
        "{} pairs convert otherwise:\n{}",
        failures.len(),
        failures.join("\n\n\n")
    );
    assert!(both > 100);
    assert_eq!(needed.len(), STREAM_EXCEPTIONS.len(), "needed are only {needed:?}");
}

/// What a document holds for which a stream is another thing, and why.
const STREAM_EXCEPTIONS: &[(&str, &str)] = &[];

/// The stream after `write -`. One that is wholly held must come through as it is.
fn converted(maps: &Tree, text: &str) -> String {
    let out = String::from_utf8(stream(maps, &["write"], text)).unwrap();
    let report: Value =
        serde_json::from_slice(&stream(maps, &["check", "--format", "json"], text)).unwrap();
    let changed = files(&report).any(|file| !changes(file).is_empty());
    assert_eq!(changed, out != text, "the report and the stream disagree:\n{text}\n{report}");
    out
}

fn stream(maps: &Tree, command: &[&str], text: &str) -> Vec<u8> {
    let options = [
        "-",
        "--isolated",
        "--namespace",
        "lab",
        "--service-account",
        "flink",
        "--checkpoints-dir",
        "s3://cp/{namespace}/{name}",
    ];
    let maps_option = if maps.is_empty() { &[][..] } else { &["--savepoints", "savepoints.yaml"] };
    let place = testing::Place { stdin: text.as_bytes(), ..Default::default() };
    place.run(maps, &[command, &options, maps_option].concat()).stdout
}

#[test]
fn other_readers_see_exactly_the_changes_of_the_report() {
    law("same meaning elsewhere", &[], |run| {
        let mut read = 0;
        for (name, before, after) in run.changed() {
            read += same_meaning(run.file(name), before, after)
                .map_err(|why| format!("{name}: {why}"))?;
        }
        Ok(read)
    });
}

fn same_meaning(file: &Value, before: &str, after: &str) -> Result<usize, String> {
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
            let value = of_json(&change["value"]);
            let wanted = match change["op"].as_str().unwrap() {
                "set" => Fate::Set(value),
                "insert" => Fate::Inserted(value),
                "rename" => {
                    let (parent, _) = pointer.rsplit_once('/').unwrap();
                    let renamed = format!("{parent}/{}", change["to"].as_str().unwrap());
                    let fate = found.remove(&renamed);
                    if fate.as_ref() != Some(&Fate::Inserted(value)) {
                        return Err(format!("line {line}: {renamed} is {fate:?}"));
                    }
                    Fate::Removed
                }
                _ => Fate::Removed,
            };
            let fate = found.remove(pointer);
            if fate.as_ref() != Some(&wanted) {
                return Err(format!("line {line}: {pointer} was to be {wanted:?} and is {fate:?}"));
            }
        }
        if !found.is_empty() {
            return Err(format!("line {line}: this too has changed: {found:?}"));
        }
        changed += 1;
    }
    Ok(changed)
}

#[test]
fn held_files_never_change_and_write_alone_writes_all_or_nothing() {
    law("all or nothing", &[], |run| {
        let held = held(&run.report);
        if let Some(name) = held.iter().find(|name| run.before[**name] != run.after[**name]) {
            return Err(format!("{name} is held, and `write --keep-going` has changed it"));
        }
        let ended = run_case(&run.case, &run.before, &["write"]);
        let status = ended.status;
        let refused = matches!(status, 2 | 3);
        same("write", if refused { &run.before } else { &run.after }, &ended.files)?;
        if refused != (run.status == 2 || run.status == 3) {
            return Err(format!("check ends with {}, write with {status}", run.status));
        }
        Ok(held.len())
    });
}

#[test]
fn held_files_never_change_when_they_are_named_alone() {
    law("named alone", NAMED_ALONE_EXCEPTIONS, |run| {
        let held = held(&run.report);
        let place = testing::Place { is_repository: true, ..Default::default() };
        for name in &held {
            let args = run.case.spec.args.iter().map(String::as_str);
            let args: Vec<&str> = ["write", "--keep-going", name].into_iter().chain(args).collect();
            if place.run(&run.before, &args).files[*name] != run.before[*name] {
                return Err(format!(
                    "{name} is held, and `write --keep-going {name}` has changed it"
                ));
            }
        }
        Ok(held.len())
    });
}

/// A run over single files reads the kustomizations of the repository and the patches they list, and
/// no other manifest.
const NAMED_ALONE_EXCEPTIONS: &[(&str, &str)] = &[
    (
        "decide/scope-with-two-documents-of-one-key",
        "an exact key counts although the twin is not read",
    ),
    (
        "decide/ambiguous-savepoint-for-two-documents-with-one-key",
        "an exact key counts although the twin is not read",
    ),
    (
        "decide/checkpoint-dir-one-for-two-workloads",
        "the neighbour with the same directory is not read",
    ),
    (
        "decide/checkpoint-dir-sibling-of-a-directory-used-by-a-sound-neighbour",
        "the neighbour is not read",
    ),
    ("decide/checkpoint-dir-sibling-of-a-shared-directory", "the neighbour is not read"),
    (
        "decide/missing-savepoint-accepted-for-a-key-that-two-documents-bear",
        "an exact key counts although the twin is not read",
    ),
];
