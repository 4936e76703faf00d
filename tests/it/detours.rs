//! Upgrades that do not go straight on: each a small repository, the cluster that goes with it, and
//! every command from the first to the last.

use crate::sandbox::{Ran, Sandbox};
use serde_json::{Value, json};

const T: i64 = 1_654_070_400_000;

/// A job of the namespace `prod` with these lines at its end.
fn job(version: &str, name: &str, rest: &str) -> String {
    format!(
        "apiVersion: flink.apache.org/{version}
kind: FlinkDeployment
metadata:
  name: {name}
  namespace: prod
spec:
  flinkVersion: v1_15
  flinkConfiguration:
    state.savepoints.dir: s3://lake/{name}/savepoints
    state.checkpoints.dir: s3://lake/{name}/checkpoints
  serviceAccount: flink
  job:
    jarURI: local:///opt/{name}.jar
    parallelism: 2
{rest}"
    )
}

/// What operator 0.1.0 says of a job: its spec, and in which of its modes it was last reconciled; where
/// its savepoint lies, and when it was taken, in seconds after the last look at the job.
fn observed(name: &str, state: &str, mode: &str, savepoint: (&str, i64)) -> Value {
    let suspended = state == "suspended";
    json!({
        "apiVersion": "flink.apache.org/v1alpha1",
        "kind": "FlinkDeployment",
        "metadata": {"name": name, "namespace": "prod", "uid": format!("5b0c1e0a-{name}")},
        "spec": {
            "flinkVersion": "v1_15",
            "job": {"jarURI": "local:///x.jar", "parallelism": 2, "state": state, "upgradeMode": mode}
        },
        "status": {
            "jobManagerDeploymentStatus": if suspended { "MISSING" } else { "READY" },
            "jobStatus": {
                "jobId": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                "state": if suspended { "SUSPENDED" } else { "RUNNING" },
                "updateTime": T.to_string(),
                "savepointInfo": {
                    "lastSavepoint": {"location": savepoint.0, "timeStamp": T + savepoint.1 * 1000}
                }
            },
            "reconciliationStatus": {
                "success": true,
                "lastReconciledSpec": {"job": {"state": state, "upgradeMode": mode}}
            }
        }
    })
}

fn dump(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

/// A repository `gitops` and a folder `window` beside it.
fn begin(manifests: &[(&str, &str)], dumped: &[Value]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, text) in manifests {
        sandbox.write(&format!("gitops/{name}"), text);
    }
    sandbox.write("window/dump.json", &dump(dumped));
    sandbox
}

fn run(sandbox: &Sandbox, command: &str) -> Ran {
    sandbox.run_in("gitops", &command.split(' ').collect::<Vec<_>>())
}

const HARVEST: &str = "savepoints ../window/dump.json -o ../window/map.yaml";
const CONVERT: &str = "write --savepoints ../window/map.yaml";

#[test]
fn a_job_that_was_parked_with_last_state_goes_no_step_without_an_answer() {
    let parked = job("v1alpha1", "parked", "    state: suspended\n    upgradeMode: last-state\n");
    let runs = job("v1alpha1", "orders", "    state: running\n    upgradeMode: savepoint\n");
    let sandbox = begin(
        &[("parked.yaml", &parked), ("orders.yaml", &runs)],
        &[
            observed("parked", "suspended", "last-state", ("s3://lake/parked/savepoints/old", -90)),
            observed("orders", "suspended", "savepoint", ("s3://lake/orders/savepoints/new", 60)),
        ],
    );
    let ran = run(&sandbox, "write --step suspend --keep-going").ended(3);
    assert!(ran.err.contains("prod/parked is parked with upgradeMode last-state"), "{}", ran.err);
    assert_eq!(sandbox.read("gitops/parked.yaml"), parked);
    assert!(sandbox.read("gitops/orders.yaml").contains("suspended  # flink-migrate: was running"));

    let ran = run(&sandbox, HARVEST).ended(3);
    assert!(ran.err.contains("prod/parked: not trusted"), "{}", ran.err);
    let map = sandbox.read("window/map.yaml");
    assert!(map.contains("prod/parked: null"), "{map}");
    assert!(map.contains("prod/orders: s3://lake/orders/savepoints/new"), "{map}");

    let ran = run(&sandbox, &format!("{CONVERT} --keep-going")).ended(3);
    assert!(ran.err.contains("[missing-savepoint]") && ran.err.contains("[job-state]"));
    assert_eq!(sandbox.read("gitops/parked.yaml"), parked);

    // Somebody finds its newest retained checkpoint, and says that it is to run.
    let map = map.replace("prod/parked: null", "prod/parked: s3://lake/parked/checkpoints/0/chk-9");
    let map: String =
        map.lines().map(|line| line.split("  # ").next().unwrap().to_string() + "\n").collect();
    sandbox.write("window/map.yaml", &map);
    sandbox.write("gitops/flink-migrate.toml", "[workload.\"prod/parked\"]\nstate = \"running\"\n");
    run(&sandbox, CONVERT).ended(0);
    let path = "    initialSavepointPath: s3://lake/parked/checkpoints/0/chk-9\n";
    let rest = format!("    state: running\n    upgradeMode: last-state\n{path}");
    assert_eq!(sandbox.read("gitops/parked.yaml"), job("v1beta1", "parked", &rest));
}

#[test]
fn a_job_that_was_parked_with_a_savepoint_stays_parked_until_somebody_starts_it() {
    let parked = job("v1alpha1", "parked", "    state: suspended\n    upgradeMode: savepoint\n");
    let location = "s3://lake/parked/savepoints/at-parking";
    let sandbox = begin(
        &[("parked.yaml", &parked)],
        &[observed("parked", "suspended", "savepoint", (location, 5))],
    );
    let ran = run(&sandbox, "check --step suspend").ended(0);
    assert!(ran.out.contains("note: prod/parked is parked with a savepoint: it stays parked"));
    run(&sandbox, "write --step suspend").ended(0);
    assert_eq!(sandbox.read("gitops/parked.yaml"), parked);

    run(&sandbox, HARVEST).ended(0);
    assert!(sandbox.read("window/map.yaml").contains(&format!("prod/parked: {location}")));
    let ran = run(&sandbox, CONVERT).ended(3);
    assert!(
        ran.err.contains("it is unknown whether for the migration or from before"),
        "{}",
        ran.err
    );
    assert_eq!(sandbox.read("gitops/parked.yaml"), parked);

    sandbox
        .write("gitops/flink-migrate.toml", "[workload.\"prod/parked\"]\nstate = \"suspended\"\n");
    run(&sandbox, CONVERT).ended(3);
    run(&sandbox, &format!("{CONVERT} --target-operator 1.7 --accept operator-defaults")).ended(0);
    let rest = format!(
        "    state: suspended\n    upgradeMode: savepoint\n    initialSavepointPath: {location}\n"
    );
    assert_eq!(sandbox.read("gitops/parked.yaml"), job("v1beta1", "parked", &rest));
}

#[test]
fn a_savepoint_that_is_older_than_the_last_look_at_the_job_is_given_to_nobody() {
    let text = job("v1alpha1", "orders", "    upgradeMode: savepoint\n");
    let sandbox = begin(
        &[("orders.yaml", &text)],
        &[observed("orders", "suspended", "savepoint", ("s3://lake/orders/savepoints/old", -1))],
    );
    run(&sandbox, "write --step suspend").ended(0);
    let ran = run(&sandbox, HARVEST).ended(3);
    assert!(ran.err.contains("0 savepoints trusted, 1 not"), "{}", ran.err);
    assert!(!sandbox.read("window/map.yaml").contains("prod/orders: s3"));
    let before = sandbox.read("gitops/orders.yaml");
    run(&sandbox, CONVERT).ended(3);
    // The dump itself is judged alike.
    run(&sandbox, "write --savepoints ../window/dump.json").ended(3);
    assert_eq!(sandbox.read("gitops/orders.yaml"), before);
}

#[test]
fn a_cluster_with_a_workload_that_is_not_in_the_tree_stops_the_runbook() {
    let text = job("v1alpha1", "orders", "    upgradeMode: savepoint\n");
    let stranger = job("v1alpha1", "stranger", "    upgradeMode: stateless\n");
    let sandbox = begin(
        &[("orders.yaml", &text)],
        &[
            observed("orders", "running", "savepoint", ("s3://lake/orders/savepoints/old", -90)),
            observed("stranger", "running", "stateless", ("s3://lake/x", -90)),
        ],
    );
    let runbook = "runbook --cluster ../window/dump.json -o ../window/runbook.md";
    let ran = run(&sandbox, runbook).ended(3);
    assert!(ran.err.contains("prod/stranger"), "{}", ran.err);
    assert!(sandbox.read("window/runbook.md").contains("`prod/stranger`"));
    sandbox.write("gitops/stranger.yaml", &stranger);
    run(&sandbox, runbook).ended(0);
}

#[test]
fn the_way_back_starts_from_the_tree_before_the_conversion() {
    let text = job("v1alpha1", "orders", "    upgradeMode: last-state   # fast\n");
    let location = "s3://lake/orders/savepoints/new";
    let sandbox = begin(
        &[("orders.yaml", &text)],
        &[observed("orders", "suspended", "savepoint", (location, 60))],
    );
    run(&sandbox, "write --step suspend").ended(0);
    let suspended = sandbox.read("gitops/orders.yaml");
    run(&sandbox, HARVEST).ended(0);
    run(&sandbox, CONVERT).ended(0);
    let resume = "write --step resume --savepoints ../window/map.yaml";
    let ran = run(&sandbox, resume).ended(3);
    assert!(ran.err.contains("at v1beta1, which operator 0.1.0 does not serve"), "{}", ran.err);

    sandbox.write("gitops/orders.yaml", &suspended);
    run(&sandbox, resume).ended(0);
    let rest =
        format!("    upgradeMode: last-state   # fast\n    initialSavepointPath: {location}\n");
    assert_eq!(sandbox.read("gitops/orders.yaml"), job("v1alpha1", "orders", &rest));
}
