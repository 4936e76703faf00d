//! Converts a generated tree, and asks of each job what becomes of its state.

use std::collections::BTreeMap;

use flink_migrate::testing::{Files, Place, Run};
use serde_json::Value;

use super::delivery::{Delivered, deliver};
use super::inputs::{Answer, World, is_of};
use super::operator_model::{Start, first_start, keeps_state, refusal};
use super::trees::Job;

/// How often each thing was seen.
pub(crate) type Counts = BTreeMap<&'static str, usize>;

/// Rules that decide about state.
const STATE_RULES: [&str; 8] = [
    "missing-savepoint",
    "stale-savepoint",
    "ambiguous-savepoint",
    "contradiction",
    "job-state",
    "partial",
    "initial-savepoint",
    "unplaced-savepoint",
];

/// One finding of the report.
pub(crate) struct Finding {
    file: String,
    document: Option<usize>,
    rule: String,
    level: String,
    message: String,
}

/// Converts the tree of this seed in all ways, and gives what was seen and what is wrong.
pub(crate) fn convert(seed: u64) -> (Counts, Vec<String>) {
    let mut world = World::new(seed);
    let mut counts = Counts::new();
    let mut faults = Vec::new();
    let mut files = world.forest.files.clone();
    let is_stripped = seed.is_multiple_of(3);
    if let Some(configuration) = &world.suspend {
        put(&mut files, configuration);
        files = run(&world, &files, &["write", "--step", "suspend", "--keep-going"]).files;
        let (suspended, _) = deliver(&files);
        for job in &mut world.forest.jobs {
            let built = suspended.iter().find(|one| is_of(one, job));
            let is_stopped =
                built.is_some_and(|one| one.text("/spec/job/state") == Some("suspended"));
            job.is_wanted |= job.is_to_be_saved && is_stopped;
        }
        if is_stripped {
            for bytes in files.values_mut() {
                *bytes = without_marks(bytes);
            }
        }
    }
    put(&mut files, &world.configuration);
    let kept = attempt(&world, &files, ".", &mut counts, &mut faults);
    if world.suspend.is_some() && !is_stripped {
        faults.extend(changed_modes(&world, &kept.files));
    }
    let file = world.before.first().map_or(".", |one| &*one.source.0);
    attempt(&world, &files, file, &mut Counts::new(), &mut faults);
    let whole = run(&world, &files, &["write"]);
    let right = if whole.status == 0 { &kept.files } else { &files };
    if whole.files != *right {
        faults.push(format!("write ends with {} and is not all or nothing", whole.status));
    }
    let shown = |fault| format!("seed {seed}: {fault}\n{}", show(&files));
    (counts, faults.into_iter().map(shown).collect())
}

/// Converts what is sound under a path, and judges what the tree delivers then.
fn attempt(
    world: &World,
    files: &Files,
    path: &str,
    counts: &mut Counts,
    faults: &mut Vec<String>,
) -> Run {
    let report = run(world, files, &["check", "--format", "json", path]);
    let kept = run(world, files, &["write", "--keep-going", path]);
    match serde_json::from_slice(&report.stdout) {
        Ok(report) => {
            let (after, broken) = deliver(&kept.files);
            *counts.entry("roots that do not build").or_default() += broken;
            let status = if path == "." { kept.status } else { 3 };
            faults.extend(judge(world, &after, &findings(&report), status, counts));
        }
        Err(_) => faults.push(String::from_utf8_lossy(&report.stderr).into_owned()),
    }
    kept
}

/// Jobs that step suspend stopped and whose mode is not what it was before.
fn changed_modes(world: &World, files: &Files) -> Vec<String> {
    let (after, _) = deliver(files);
    let mode = |one: &Delivered| one.text("/spec/job/upgradeMode").map(String::from);
    let served = after.iter().filter(|one| first_start(one) != Start::NotServed);
    let pairs = served.filter_map(|after| {
        let is_same = |one: &&Delivered| (&one.root, one.number) == (&after.root, after.number);
        Some((world.before.iter().find(is_same)?, after))
    });
    let changed = pairs.filter(|(before, after)| mode(before) != mode(after));
    changed.map(|(before, _)| format!("its mode has changed: {}", before.key())).collect()
}

/// The tree, so that a fault can be repeated by hand.
fn show(files: &Files) -> String {
    let show = |(name, bytes): (&String, &Vec<u8>)| {
        format!("==> {name}\n{}\n", String::from_utf8_lossy(bytes))
    };
    files.iter().map(show).collect()
}

fn put(files: &mut Files, configuration: &str) {
    files.insert("flink-migrate.toml".into(), configuration.as_bytes().to_vec());
}

fn run(world: &World, files: &Files, command: &[&str]) -> Run {
    let options = world.options.iter().map(String::as_str);
    let place = Place { is_repository: true, ..Place::default() };
    place.run(files, &command.iter().copied().chain(options).collect::<Vec<_>>())
}

/// What a formatter leaves that strips the comments of step suspend.
fn without_marks(bytes: &[u8]) -> Vec<u8> {
    let Ok(text) = str::from_utf8(bytes) else { return bytes.to_vec() };
    let line = |line: &str| match line.find("# flink-migrate: was") {
        Some(at) => line[..at].trim_end().to_string() + "\n",
        None => line.to_string(),
    };
    text.split_inclusive('\n').map(line).collect::<String>().into_bytes()
}

fn findings(report: &Value) -> Vec<Finding> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let files = report["files"].as_array().into_iter().flatten();
    let all = files.flat_map(|file| {
        let findings = file["findings"].as_array().into_iter().flatten();
        findings.map(move |finding| (text(&file["path"]), finding))
    });
    all.map(|(file, finding)| Finding {
        file,
        document: finding["document"].as_u64().and_then(|number| usize::try_from(number).ok()),
        rule: text(&finding["rule"]),
        level: text(&finding["level"]),
        message: text(&finding["message"]),
    })
    .collect()
}

/// What is wrong with what the tree delivers afterwards.
pub(crate) fn judge(
    world: &World,
    after: &[Delivered],
    findings: &[Finding],
    status: i32,
    counts: &mut Counts,
) -> Vec<String> {
    let mut faults = Vec::new();
    for job in &world.forest.jobs {
        let before = world.before.iter().find(|one| is_of(one, job)).unwrap();
        let after = after.iter().find(|one| is_of(one, job));
        let own: Vec<&Finding> =
            findings.iter().filter(|finding| is_about(finding, before)).collect();
        let mut count = |what: &'static str| *counts.entry(what).or_default() += 1;
        count("all");
        let start = after.map_or(Start::NotServed, first_start);
        match start {
            Start::NotServed => count("held"),
            _ => count("served"),
        }
        let verdict = outcome(world, job, before, &start, &own, status);
        match verdict {
            Ok(what) => count(what),
            Err(why) => {
                let was = &before.object["spec"]["job"];
                faults.push(format!("{why}: {} of {}, {start:?}, {was}", before.key(), job.root));
            }
        }
        if start == Start::NotServed {
            continue;
        }
        let after = after.unwrap();
        if world.suspend.is_some() {
            count("suspended");
        }
        if let Some(why) = world.target.and_then(|minor| refusal(after, minor)) {
            let is_answered = own.iter().any(|finding| finding.level == "decision");
            if !is_answered {
                faults.push(format!(
                    "refused in silence ({why}): {} of {}",
                    before.key(),
                    job.root
                ));
            }
        }
    }
    faults
}

/// What a start means for the job, or what is wrong with it.
fn outcome(
    world: &World,
    job: &Job,
    before: &Delivered,
    start: &Start,
    own: &[&Finding],
    status: i32,
) -> Result<&'static str, &'static str> {
    let is_asked =
        own.iter().any(|one| one.level == "decision" && STATE_RULES.contains(&&*one.rule));
    let is_told = own.iter().any(|one| one.message.contains("by name alone"));
    let is_guess = is_told && world.is_one_name(job, before);
    let is_session = before.object["spec"]["job"].is_null();
    match start {
        Start::NotServed if status == 0 => Err("held in silence"),
        Start::NotServed => Ok("waiting"),
        Start::Session if is_session => Ok("session"),
        Start::Session => Err("its job is gone"),
        Start::Empty if !keeps_state(before) && !job.is_wanted => Ok("stateless"),
        Start::Empty if job.answer == Some(Answer::MayStartEmpty) => Ok("answered"),
        Start::Empty if is_asked => Ok("asked"),
        Start::Empty if is_guess => Ok("answered by name alone"),
        Start::Empty => Err("silent empty start"),
        Start::From(path) if *path == job.latest => Ok("restored"),
        Start::From(path) if world.is_foreign(job, path) => {
            if is_guess {
                Ok("taken by name alone, and told")
            } else {
                Err("foreign savepoint")
            }
        }
        Start::From(_) if job.answer == Some(Answer::KeepsItsPath) => Ok("answered"),
        Start::From(_) if is_asked => Ok("asked"),
        Start::From(_) => Err("silent rewind"),
    }
}

fn is_about(finding: &Finding, one: &Delivered) -> bool {
    finding.file == one.source.0 && finding.document.is_none_or(|number| number == one.source.1)
}

/// A tree that needs no answer, with two jobs that keep state.
fn sound() -> World {
    let has_two = |world: &World| {
        let stateful = world.before.iter().filter(|one| keeps_state(one)).count();
        stateful > 1 && stateful == world.forest.jobs.len()
    };
    let worlds = (1..1000).map(World::new);
    let mut easy = worlds.filter(|world| world.forest.is_easy && world.target.is_some());
    easy.find(has_two).unwrap()
}

/// Where the path is.
const PATH: &str = "/spec/job/initialSavepointPath";

#[test]
fn each_way_to_lose_state_is_reported() {
    let world = sound();
    let all = world.forest.jobs.len();
    let deliver = |fields: &[(&str, Option<&str>)], is_own: bool| -> Vec<Delivered> {
        let mut after = world.before.clone();
        for one in &mut after {
            one.object["apiVersion"] = "flink.apache.org/v1beta1".into();
            let job = world.forest.jobs.iter().find(|job| is_of(one, job)).unwrap();
            if is_own {
                one.object["spec"]["job"]["initialSavepointPath"] = job.latest.clone().into();
            }
            for (pointer, value) in fields {
                *one.object.pointer_mut(pointer).unwrap() = Value::from(*value);
            }
        }
        after
    };
    let faults = |after: &[Delivered], status| {
        let faults = judge(&world, after, &[], status, &mut Counts::new());
        faults.iter().map(|fault| fault.split(':').next().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert!(faults(&deliver(&[], true), 0).is_empty());
    assert_eq!(faults(&deliver(&[], false), 0), vec!["silent empty start"; all]);
    let old = deliver(&[(PATH, Some("s3://old/savepoint-0"))], true);
    assert_eq!(faults(&old, 0), vec!["silent rewind"; all]);
    let other = &*world.forest.jobs[0].latest;
    assert_eq!(
        faults(&deliver(&[(PATH, Some(other))], true), 0),
        vec!["foreign savepoint"; all - 1]
    );
    assert_eq!(faults(&deliver(&[("/spec/job", None)], true), 0), vec!["its job is gone"; all]);
    assert_eq!(faults(&world.before, 0), vec!["held in silence"; all]);
    assert!(faults(&world.before, 3).is_empty());
    let refused = faults(&deliver(&[("/spec/serviceAccount", None)], true), 0);
    assert!(refused.len() == all && refused[0].starts_with("refused in silence"));
}
