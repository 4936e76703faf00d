//! An exam for `savepoints` and `verify`, set from what the operator and Flink do and not from how
//! the program does it.
//!
//! One folder is one question: what came from a cluster, and `expect.toml` with what must be made
//! of it. A claim that ends with `(strict)` is about something that could be read either way; the
//! answer is then the one that cannot lose state. All wrong answers are listed together.

mod dumps;
mod logs;

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::support::{folders, root};

/// Puts every question of a set, and fails with all that was answered wrongly.
fn sit<Expected: DeserializeOwned>(
    set: &str,
    at_least: usize,
    answer: fn(&Path, &Expected) -> Vec<String>,
) {
    let home = root().join("tests/cluster").join(set);
    let questions = folders(&home);
    assert!(questions.len() >= at_least, "{set}: {} questions", questions.len());
    let mut wrong = Vec::new();
    for name in &questions {
        let question = home.join(name);
        let text = fs::read_to_string(question.join("expect.toml"))
            .unwrap_or_else(|e| panic!("{set}/{name}/expect.toml: {e}"));
        let claim: Claim = toml::from_str(&text).unwrap_or_else(|e| panic!("{set}/{name}: {e}"));
        let expected = toml::from_str(&text).unwrap_or_else(|e| panic!("{set}/{name}: {e}"));
        let problems = answer(&question, &expected);
        if !problems.is_empty() {
            wrong.push(format!("{set}/{name}: {}\n    {}", claim.claim, problems.join("\n    ")));
        }
    }
    let (asked, failed) = (questions.len(), wrong.len());
    assert!(wrong.is_empty(), "{failed} of {asked} answered wrongly\n{}", wrong.join("\n"));
}

/// What a question shows, in one sentence.
#[derive(serde::Deserialize)]
struct Claim {
    claim: String,
}

/// The statuses a run may end with: one number, or several where more than one is right.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Status {
    One(i32),
    Any(Vec<i32>),
}

impl Status {
    /// What is wrong with this status, if anything is.
    fn judge(&self, ended: i32) -> Option<String> {
        let allowed: &[i32] = match self {
            Status::One(status) => std::slice::from_ref(status),
            Status::Any(statuses) => statuses,
        };
        (!allowed.contains(&ended)).then(|| format!("status {ended}, expected {allowed:?}"))
    }
}

/// The first lines of what was said on stderr, for a question that was answered wrongly.
fn first_lines(err: &str) -> String {
    let lines: Vec<&str> = err.lines().take(3).collect();
    format!("stderr: {}", lines.join(" / "))
}

#[test]
fn a_dump_gives_the_savepoints_that_can_be_trusted_and_no_other() {
    sit("dumps", 182, dumps::answer);
}

#[test]
fn a_log_shows_what_each_workload_started_from() {
    sit("logs", 140, logs::answer);
}

#[test]
fn a_wrong_status_is_reported() {
    assert_eq!(Status::One(3).judge(3), None);
    assert_eq!(Status::One(3).judge(0).unwrap(), "status 0, expected [3]");
    assert_eq!(Status::Any(vec![2, 3]).judge(2), None);
    assert!(Status::Any(vec![2, 3]).judge(0).is_some());
}
