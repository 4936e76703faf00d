//! Logs and dumps from after the migration, and what each workload of a tree must be said to have
//! started from.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use serde_json::Value;

use super::{Status, first_lines};
use crate::sandbox::{Ran, Sandbox};
use crate::support::{plant, root, tree};

/// What must be said of the workloads of `tree/`, given the files of `input/`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    #[serde(rename = "claim")]
    _claim: String,
    /// What is typed behind `verify`, in `tree/`; `input/` lies beside it.
    args: Vec<String>,
    /// The file of `input/` that is given on standard input.
    stdin: Option<String>,
    /// The files of `fleet/` are part of the tree, where it has none of the same name.
    #[serde(default)]
    fleet: bool,
    status: Status,
    /// Texts that the report or the messages must hold.
    #[serde(default)]
    says: Vec<String>,
    /// The outcome of every workload, with or without its grade behind it; where more than one is right,
    /// they are parted by ` | `.
    workloads: BTreeMap<String, String>,
}

/// Verifies the tree of a question, and tells what is wrong with the outcomes.
pub(crate) fn answer(question: &Path, expected: &Expected) -> Vec<String> {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("tree")).unwrap();
    if expected.fleet {
        plant(&tree(&root().join("tests/cluster/fleet")), &sandbox.path("tree"));
    }
    for folder in ["tree", "input"] {
        plant(&tree(&question.join(folder)), &sandbox.path(folder));
    }
    let mut args = vec!["verify"];
    args.extend(expected.args.iter().map(String::as_str));
    args.extend(["--format", "json"]);
    let mut command = sandbox.command_in("tree", &args);
    if let Some(name) = &expected.stdin {
        command.stdin(File::open(sandbox.path("input").join(name)).unwrap());
    }
    let ran = Ran::of(&command.output().unwrap());
    let mut problems: Vec<String> = expected.status.judge(ran.status).into_iter().collect();
    match outcomes(&ran.out) {
        Ok(seen) => problems.extend(compare(&expected.workloads, &seen)),
        // A run that refuses its input owes no report.
        Err(_) if ran.status == 2 && expected.workloads.is_empty() => {}
        Err(problem) => problems.push(problem),
    }
    let is_missing = |text: &&String| !ran.out.contains(*text) && !ran.err.contains(*text);
    problems
        .extend(expected.says.iter().filter(is_missing).map(|text| format!("no word of {text}")));
    if !problems.is_empty() {
        problems.push(first_lines(&ran.err));
    }
    problems
}

/// The outcome of each workload in the JSON report.
fn outcomes(report: &str) -> Result<BTreeMap<String, String>, String> {
    let report: Value = serde_json::from_str(report).map_err(|e| format!("no report: {e}"))?;
    let schema =
        serde_json::from_str(include_str!("../../../schema/verify-v1.schema.json")).unwrap();
    if let Err(error) = jsonschema::draft202012::validate(&schema, &report) {
        return Err(format!("not as the schema says: {}: {error}", error.instance_path()));
    }
    let workloads = report["workloads"].as_array().ok_or("the report has no `workloads`")?;
    let mut seen = BTreeMap::new();
    for workload in workloads {
        let word = |key: &str| workload[key].as_str().map(String::from);
        let words = ["workload", "outcome", "as_expected"].map(word);
        let [Some(name), Some(outcome), Some(grade)] = words else {
            return Err(format!("a workload without a name, an outcome or a grade: {workload}"));
        };
        if seen.insert(name.clone(), format!("{outcome} {grade}")).is_some() {
            return Err(format!("{name}: it is reported twice"));
        }
    }
    Ok(seen)
}

/// What is wrong with the outcomes of a run.
fn compare(expected: &BTreeMap<String, String>, seen: &BTreeMap<String, String>) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, wanted) in expected {
        match seen.get(name) {
            Some(found) if wanted.split(" | ").any(|outcome| is_met(outcome, found)) => {}
            Some(found) => problems.push(format!("{name}: {found}, expected {wanted}")),
            None => problems.push(format!("{name}: it is not reported, expected {wanted}")),
        }
    }
    let strange = seen.keys().filter(|name| !expected.contains_key(*name));
    problems.extend(strange.map(|name| format!("{name}: a workload that nobody expected")));
    problems
}

/// True if this is the outcome, or the outcome with its grade.
fn is_met(wanted: &str, found: &str) -> bool {
    wanted == found || found.split_once(' ').is_some_and(|(outcome, _)| outcome == wanted)
}

#[test]
fn outcomes_that_differ_are_reported_workload_by_workload() {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, outcome)| ((*name).into(), (*outcome).into())).collect()
    };
    let expected = map(&[("p/a", "restored yes"), ("p/b", "asked | not-seen")]);
    assert_eq!(
        compare(&expected, &map(&[("p/a", "restored yes"), ("p/b", "not-seen open")])),
        [""; 0]
    );
    let wrong = map(&[("p/a", "restored no"), ("p/b", "restored yes"), ("p/c", "restored yes")]);
    assert_eq!(compare(&expected, &wrong).len(), 3);
    assert!(outcomes("").is_err() && outcomes("{\"workloads\": []}").is_err());
}
