//! `verify`, run as a person runs it: trees, logs and dumps go in, an answer and a status come out.

mod forms;
mod generated;
mod inputs;
mod laws;
mod model;

use crate::sandbox::{Ran, Sandbox};
use serde_json::Value;

/// The id that Flink gives to every application job unless somebody says otherwise.
const ID: &str = "00000000000000000000000000000000";

/// A job at v1beta1 in the namespace `prod`; `job` is what stands under `spec.job`.
fn manifest(name: &str, job: &str) -> String {
    format!(
        "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\n\
         metadata: {{namespace: prod, name: {name}}}\n\
         spec:\n  flinkVersion: v1_16\n  serviceAccount: flink\n  job: {{{job}}}\n"
    )
}

/// A tree of three jobs, one of which keeps no state, a parked one and a session cluster. Two have
/// their savepoints in a map.
fn tree() -> Sandbox {
    let sandbox = Sandbox::with(&[
        ("deploy/orders.yaml", &manifest("orders", "upgradeMode: savepoint")),
        ("deploy/pay.yaml", &manifest("pay", "upgradeMode: last-state")),
        ("deploy/clicks.yaml", &manifest("clicks", "upgradeMode: stateless")),
        ("deploy/parked.yaml", &manifest("parked", "upgradeMode: savepoint, state: suspended")),
        (
            "deploy/sql.yaml",
            "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\n\
             metadata: {namespace: prod, name: sql}\nspec: {flinkVersion: v1_16}\n",
        ),
        (
            "map.yaml",
            "prod/orders: s3://lake/sp/savepoint-1\nprod/pay: s3://lake/sp/savepoint-2/\n",
        ),
    ]);
    sandbox.git("", &["init", "-q"]);
    sandbox
}

/// The lines of a JobManager that starts from this location, as Flink 1.16 writes them.
fn restores(location: &str) -> String {
    [
        "No checkpoint found during restore.".to_string(),
        format!("Starting job {ID} from savepoint {location} ()"),
        format!("Reset the checkpoint ID of job {ID} to 8."),
        format!("Restoring job {ID} from Savepoint 7 @ 0 for {ID} located at {location}."),
        format!("Job a ({ID}) switched from state CREATED to RUNNING."),
        "Source: a -> b (1/2) (cf3a1b0d5e7f) switched from INITIALIZING to RUNNING.".to_string(),
    ]
    .map(|text| line(&text))
    .concat()
}

/// A line of a JobManager with what Flink 1.16 puts in front.
fn line(text: &str) -> String {
    let is_of_job = text.contains(" switched from ");
    let logger = if is_of_job {
        "executiongraph.ExecutionGraph"
    } else {
        "checkpoint.CheckpointCoordinator"
    };
    format!("2022-05-27 16:13:00,417 INFO  o.a.f.r.{logger} [] - {text}\n")
}

/// Those of one that starts without state.
fn starts_empty() -> String {
    [
        "No checkpoint found during restore.".to_string(),
        format!("Job a ({ID}) switched from state CREATED to RUNNING."),
    ]
    .map(|text| line(&text))
    .concat()
}

/// Each line as `kubectl logs --prefix` shows it.
fn prefixed(workload: &str, text: &str) -> String {
    let line = |line| format!("[pod/{workload}-6c9f7b5d8d-x2x4z/flink-main-container] {line}\n");
    text.lines().map(line).collect()
}

/// Runs `verify` with the map and these arguments.
fn verify(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.run(&[&["verify", "--savepoints", "map.yaml"], args].concat())
}

/// The answer for programs, which the schema must allow.
fn answer(sandbox: &Sandbox, args: &[&str]) -> Value {
    let ran = verify(sandbox, &[&["--format", "json"], args].concat());
    let answer = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let schema = include_str!("../../../schema/verify-v1.schema.json");
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("the schema is one");
    let errors: Vec<String> = schema.iter_errors(&answer).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{answer}");
    answer
}

/// The workload in the answer.
fn workload<'a>(answer: &'a Value, key: &str) -> &'a Value {
    let all = answer["workloads"].as_array().expect("a list");
    all.iter().find(|one| one["workload"] == key).unwrap_or_else(|| panic!("{key}: {answer}"))
}
