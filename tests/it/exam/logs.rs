//! Logs and dumps from after the migration, and what each workload of a tree must be said to have
//! started from.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use serde_json::Value;

use super::{Status, said};
use crate::sandbox::{Ran, Sandbox};
use crate::support::{plant, tree};

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
    status: Status,
    /// The outcome of every workload; where more than one is right, they are parted by ` | `.
    workloads: BTreeMap<String, String>,
}

/// Verifies the tree of a question, and tells what is wrong with the outcomes.
pub(crate) fn answer(question: &Path, expected: &Expected) -> Vec<String> {
    let sandbox = Sandbox::new();
    for folder in ["tree", "input"] {
        fs::create_dir(sandbox.path(folder)).unwrap();
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
    if !problems.is_empty() {
        problems.push(said(&ran.err));
    }
    problems
}

/// The outcome of each workload in the JSON report.
fn outcomes(report: &str) -> Result<BTreeMap<String, String>, String> {
    let report: Value = serde_json::from_str(report).map_err(|e| format!("no report: {e}"))?;
    let workloads = report["workloads"].as_array().ok_or("the report has no `workloads`")?;
    let mut seen = BTreeMap::new();
    for workload in workloads {
        let word = |key: &str| workload[key].as_str().map(String::from);
        let (Some(name), Some(outcome)) = (word("workload"), word("outcome")) else {
            return Err(format!("a workload without a name or an outcome: {workload}"));
        };
        if seen.insert(name.clone(), outcome).is_some() {
            return Err(format!("{name}: it is told twice"));
        }
    }
    Ok(seen)
}

/// What is wrong with the outcomes of a run.
fn compare(expected: &BTreeMap<String, String>, seen: &BTreeMap<String, String>) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, wanted) in expected {
        match seen.get(name) {
            Some(found) if wanted.split(" | ").any(|outcome| outcome == found) => {}
            Some(found) => problems.push(format!("{name}: {found}, expected {wanted}")),
            None => problems.push(format!("{name}: it is not told, expected {wanted}")),
        }
    }
    let strange = seen.keys().filter(|name| !expected.contains_key(*name));
    problems.extend(strange.map(|name| format!("{name}: a workload that nobody expected")));
    problems
}

#[test]
fn outcomes_that_differ_are_told_workload_by_workload() {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, outcome)| ((*name).into(), (*outcome).into())).collect()
    };
    let expected = map(&[("p/a", "restored"), ("p/b", "asked | not-seen")]);
    assert_eq!(compare(&expected, &map(&[("p/a", "restored"), ("p/b", "not-seen")])), [""; 0]);
    let wrong = compare(&expected, &map(&[("p/b", "restored"), ("p/c", "restored")]));
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    let report = |workloads: &str| outcomes(&format!("{{\"workloads\": {workloads}}}"));
    assert_eq!(report("[]"), Ok(BTreeMap::new()));
    assert!(report("[{\"workload\": \"p/a\"}]").is_err());
    let twice = "{\"workload\": \"p/a\", \"outcome\": \"restored\"}";
    assert!(report(&format!("[{twice}, {twice}]")).is_err());
    assert!(outcomes("").is_err());
}
