//! The model of kustomize against the real one: a tree is built by both, and the objects are the same, or
//! both refuse it, or the model says that it does not know.
//!
//! Without `kubectl` these tests are reported as ignored. Each tree comes from a seed, and a fault names its
//! own: `GENERATED=1 SEED=1234` repeats it. `GENERATED=2000 SEED=7` asks for so many trees from that seed on.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]
#![allow(clippy::print_stdout, reason = "a test reports what it counts")]

#[path = "kustomize/deliveries.rs"]
mod deliveries;
#[path = "kustomize/trees.rs"]
mod trees;

mod support;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};

use deliveries::Delivered;
use flink_migrate::testing::{Files, build, build_texts};
use libtest_mimic::{Arguments, Trial};
use serde_json::{Value, json};
use support::{in_parallel, plant};
use trees::{ROOT, Tree};

type Test = fn();

const TESTS: [(&str, Test); 3] = [
    (
        "a_delivery_edits_the_root_as_argo_cd_and_flux_do",
        a_delivery_edits_the_root_as_argo_cd_and_flux_do,
    ),
    ("the_model_builds_what_kubectl_builds", the_model_builds_what_kubectl_builds),
    ("what_is_rendered_is_read_as_it_was_built", what_is_rendered_is_read_as_it_was_built),
];

fn main() -> ExitCode {
    let is_absent = Command::new("kubectl").args(["version", "--client"]).output().is_err();
    if is_absent {
        println!("kubectl is not there: the model of kustomize is compared with nothing");
    }
    let trial = |(name, test): (&str, Test)| {
        let run = move || {
            test();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(is_absent)
    };
    libtest_mimic::run(&Arguments::from_args(), TESTS.map(trial).into()).exit_code()
}

/// How many trees are asked for, and the seed of the first.
fn asked(by_default: u64) -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (number("GENERATED").unwrap_or(by_default), number("SEED").unwrap_or(1))
}

/// What kubectl builds, as JSON; nothing if it refuses the tree.
fn kubectl(files: &Files, root: &str) -> Result<Vec<Value>, String> {
    let place = tempfile::tempdir().unwrap();
    plant(files, place.path());
    let folder = place.path().join(root);
    let mut command = Command::new("kubectl");
    command.args(["kustomize", "--load-restrictor", "LoadRestrictionsNone"]).arg(folder);
    let output = command.output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let documents = text.split("\n---\n").filter(|text| !text.trim().is_empty());
    Ok(documents.map(|text| yaml_serde::from_str(text).unwrap()).collect())
}

/// The objects of ours, in an order that does not matter, numbers by their value.
fn compared(objects: Vec<Value>) -> Vec<String> {
    let is_ours = |object: &Value| {
        let version = object["apiVersion"].as_str().unwrap_or_default();
        version.starts_with("flink.apache.org/")
    };
    let ours = objects.into_iter().filter(is_ours).map(|object| normal(object).to_string());
    let mut ours: Vec<String> = ours.collect();
    ours.sort();
    ours
}

fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(mut members) => {
            // `buildMetadata` adds it, and nothing reads it.
            members.remove("config.kubernetes.io/origin");
            members.retain(|key, value| key != "annotations" || *value != json!({}));
            let members = members.into_iter().map(|(key, value)| (key, normal(value)));
            let sorted: BTreeMap<String, Value> = members.collect();
            Value::Object(sorted.into_iter().collect())
        }
        other => other,
    }
}

/// How a tree ends, and what is wrong with it.
fn judge(files: &Files, root: &str) -> (&'static str, Option<String>) {
    let ours = build(files, root);
    if let Err(reason) = &ours
        && reason.starts_with("unmodelled")
    {
        if std::env::var("VERBOSE").is_ok() {
            println!("{reason}");
        }
        return ("unmodelled", None);
    }
    difference(ours, kubectl(files, root))
}

/// How the two ended, and how they differ.
fn difference(
    ours: Result<Vec<Value>, String>,
    theirs: Result<Vec<Value>, String>,
) -> (&'static str, Option<String>) {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            let (ours, theirs) = (compared(ours), compared(theirs));
            let fault = (ours != theirs).then(|| {
                format!("the model:\n{}\nkubectl:\n{}", ours.join("\n"), theirs.join("\n"))
            });
            (if ours.is_empty() { "empty" } else { "same" }, fault)
        }
        (Err(_), Err(_)) => ("refused", None),
        // A root that kustomize refuses is deployed nowhere: to build it all the same does no harm.
        (Ok(_), Err(_)) => ("refused by kubectl alone", None),
        (Err(reason), Ok(_)) if reason.starts_with("unmodelled") => ("unmodelled", None),
        (Err(reason), Ok(_)) => ("different", Some(format!("the model alone: {reason}"))),
    }
}

fn shown(files: &Files) -> String {
    let each =
        files.iter().map(|(name, text)| format!("# {name}\n{}", String::from_utf8_lossy(text)));
    each.collect::<Vec<_>>().join("\n")
}

fn the_model_builds_what_kubectl_builds() {
    let (count, first) = asked(250);
    let seeds: Vec<u64> = (first..first + count).collect();
    let judged = in_parallel(&seeds, |seed| judge(&Tree::grow(*seed).files, ROOT));
    let share = report(&seeds, judged, |seed| shown(&Tree::grow(seed).files));
    let alone = share("refused by kubectl alone");
    assert!(alone <= 1, "{alone}% are refused by kubectl alone");
    assert!(share("unmodelled") <= 15, "{}% unmodelled", share("unmodelled"));
    assert!(seeds.len() < 100 || share("same") >= 40, "{}% the same", share("same"));
    assert!(seeds.len() < 100 || share("refused") >= 5, "{}% refused", share("refused"));
}

/// Prints the counts and fails with the first fault. Returns how many percent ended so.
fn report(
    seeds: &[u64],
    judged: Vec<(&'static str, Option<String>)>,
    shown: impl Fn(u64) -> String,
) -> impl Fn(&str) -> usize {
    let (first, all) = (seeds[0], seeds.len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for (seed, (how, fault)) in seeds.iter().zip(judged) {
        *counts.entry(how).or_default() += 1;
        faults.extend(fault.map(|fault| (seed, fault)));
    }
    println!("seed {first}: {counts:?}");
    let is_verbose = std::env::var("VERBOSE").is_ok();
    for (seed, fault) in &faults {
        let lines = if is_verbose { usize::MAX } else { 1 };
        println!("seed {seed}: {}", fault.lines().take(lines).collect::<Vec<_>>().join("\n"));
    }
    if let Some((seed, fault)) = faults.first() {
        panic!("{} faults, the first at seed {seed}\n{}\n{fault}", faults.len(), shown(**seed));
    }
    move |how: &str| counts.get(how).copied().unwrap_or_default() * 100 / all
}

fn a_delivery_edits_the_root_as_argo_cd_and_flux_do() {
    let (count, first) = asked(300);
    let seeds: Vec<u64> = (first..first + count).collect();
    let judged = in_parallel(&seeds, |seed| {
        let delivered = Delivered::grow(*seed);
        difference(delivered.ours(), delivered.theirs())
    });
    let share = report(&seeds, judged, |seed| shown(&Delivered::grow(seed).files));
    assert!(seeds.len() < 100 || share("same") >= 50, "{}% the same", share("same"));
}

fn what_is_rendered_is_read_as_it_was_built() {
    let (count, first) = asked(250);
    for seed in first..first + count {
        let files = Tree::grow(seed).files;
        let Ok(built) = build(&files, ROOT) else { continue };
        let texts = build_texts(&files, ROOT);
        assert_eq!(texts.len(), built.len());
        for (text, object) in texts.iter().zip(built) {
            let read = build(
                &[
                    ("root/kustomization.yaml".to_string(), b"resources: [a.yaml]".to_vec()),
                    ("root/a.yaml".to_string(), text.clone().into_bytes()),
                ]
                .into(),
                ROOT,
            );
            assert_eq!(compared(read.unwrap()), compared(vec![object]), "seed {seed}\n{text}");
        }
    }
}
