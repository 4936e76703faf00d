//! Dumps of clusters on which anything may have happened, and which savepoint each job would go on from.

use flink_migrate::testing::{self, Files};
use serde_json::{Value, json};

use super::cluster_model::Live;
use super::judge::Counts;
use crate::support::Dice;

/// Lets some jobs live for a while, dumps them, and compares the map with what is true.
pub(crate) fn collect(seed: u64) -> (Counts, Vec<String>) {
    let mut dice = Dice(seed);
    // 0.1.0 and 1.0 have no type of savepoints, so that they are asked more often.
    let release = [None, None, None, None, Some(0), Some(0)];
    let minor = release.get(dice.below(16)).copied().unwrap_or(Some(1 + dice.below(15)));
    let jobs: Vec<Live> = (0..6).map(|number| Live::grow(seed, number, minor, &mut dice)).collect();
    let has_snapshots = dice.below(100) < 70;
    let items: Vec<Value> = jobs
        .iter()
        .flat_map(|job| {
            std::iter::once(job.resource()).chain(job.snapshots().filter(|_| has_snapshots))
        })
        .collect();
    let dump = json!({"apiVersion": "v1", "kind": "List", "items": items});
    let text =
        if dice.below(4) == 0 { yaml_serde::to_string(&dump).unwrap() } else { dump.to_string() };
    let files: Files = [("dump".to_string(), text.into_bytes())].into();
    let ran = testing::run(&files, &["savepoints", "--format", "json", "dump"]);
    let mut counts = Counts::new();
    let faults = match serde_json::from_slice(&ran.stdout) {
        Ok(map) => compare(&jobs, &map, &mut counts),
        Err(_) => vec![String::from_utf8_lossy(&ran.stderr).into_owned()],
    };
    (counts, faults.into_iter().map(|fault| format!("seed {seed}: {fault}\n")).collect())
}

/// What is wrong with a map of these jobs.
fn compare(jobs: &[Live], map: &Value, counts: &mut Counts) -> Vec<String> {
    let mut faults = Vec::new();
    for job in jobs {
        let mut count = |what: &'static str| *counts.entry(what).or_default() += 1;
        count("all");
        match map.get(&job.key) {
            None => count("stateless"),
            Some(Value::String(word)) if word == "stateless" => count("stateless"),
            Some(Value::String(location)) if Some(location) == job.latest.as_ref() => {
                count("trusted");
            }
            Some(Value::String(location)) => faults.push(format!(
                "{location} is trusted and {:?} is the latest: {}\n{:#}",
                job.latest,
                job.story,
                job.resource()
            )),
            Some(_) => {
                count("distrusted");
                if job.shows_its_latest() {
                    count("needless");
                }
            }
        }
    }
    faults
}

#[test]
fn a_savepoint_that_is_not_the_latest_is_reported() {
    let mut dice = Dice(1);
    let job = (0..50)
        .map(|number| Live::grow(1, number, None, &mut dice))
        .find(|job| job.latest.is_some());
    let job = job.unwrap();
    let compare = |value: Value| {
        let map = json!({ job.key.as_str(): value });
        compare(std::slice::from_ref(&job), &map, &mut Counts::new())
    };
    assert!(compare(json!("s3://lake/older/savepoint-1")).len() == 1);
    assert!(compare(json!(job.latest)).is_empty() && compare(Value::Null).is_empty());
}
