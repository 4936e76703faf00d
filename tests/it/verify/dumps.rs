//! Dumps of a cluster after the migration, as each release of the operator leaves them.

use serde_json::{Value, json};

use super::{answer, ended, restores, tree, verify, workload};

/// A job as kubectl prints it; `asked` is the path with which it was deployed, `more` is added to
/// `status.jobStatus`.
fn job(name: &str, state: &str, asked: Option<&str>, more: &Value) -> Value {
    let mut spec =
        json!({"job": {"state": "running", "upgradeMode": "savepoint"}, "apiVersion": "v1beta1"});
    if let Some(asked) = asked {
        spec["job"]["initialSavepointPath"] = json!(asked);
    }
    let mut status = json!({"state": state, "jobId": "0123456789abcdef0123456789abcdef"});
    for (key, value) in more.as_object().into_iter().flatten() {
        status[key] = value.clone();
    }
    json!({
        "apiVersion": "flink.apache.org/v1beta1", "kind": "FlinkDeployment",
        "metadata": {"name": name, "namespace": "prod", "creationTimestamp": "2023-05-01T08:00:00Z"},
        "spec": {"flinkVersion": "v1_16", "job": {"state": "running", "upgradeMode": "savepoint"}},
        "status": {
            "jobManagerDeploymentStatus": "READY", "error": null, "jobStatus": status,
            "reconciliationStatus": {"state": "DEPLOYED", "lastReconciledSpec": spec.to_string()},
        },
    })
}

fn list(items: &[Value]) -> String {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    serde_json::to_string_pretty(&list).expect("it is JSON")
}

const ORDERS: &str = "s3://lake/sp/savepoint-1";

#[test]
fn later_releases_note_what_a_job_was_started_from() {
    for more in [
        json!({"upgradeSavepointPath": "s3://lake/sp/savepoint-1/_metadata"}),
        json!({"savepointInfo": {"lastSavepoint": {
            "location": "s3://lake/sp/savepoint-1/_metadata", "triggerType": "UNKNOWN", "timeStamp": 0}}}),
    ] {
        let sandbox = tree();
        sandbox.write("dump.json", &list(&[job("orders", "RUNNING", Some(ORDERS), &more)]));
        let answer = answer(&sandbox, &["dump.json"]);
        assert_eq!(ended(&answer, "prod/orders"), "restored yes", "{more}");
        assert_eq!(workload(&answer, "prod/orders")["evidence"][0]["by"], "status");
        verify(&sandbox, &["--select", "prod/orders", "dump.json"]).ended(0);
    }
}

#[test]
fn up_to_1_3_a_status_knows_only_what_was_asked() {
    let sandbox = tree();
    let info = json!({"savepointInfo": {"triggerId": "", "lastSavepoint": null}});
    sandbox.write("dump.json", &list(&[job("orders", "RUNNING", Some(ORDERS), &info)]));
    let told = answer(&sandbox, &["dump.json"]);
    assert_eq!(ended(&told, "prod/orders"), "asked open");
    verify(&sandbox, &["--select", "prod/orders", "dump.json"]).ended(3);
    // The log of the JobManager says the rest.
    sandbox.write("orders.log", &restores(ORDERS));
    verify(&sandbox, &["--select", "prod/orders", "dump.json", "orders.log"]).ended(0);
}

#[test]
fn a_job_that_was_deployed_without_a_path_started_empty() {
    let sandbox = tree();
    let jobs = [
        job("orders", "RUNNING", None, &json!({})),
        job("clicks", "RUNNING", None, &json!({})),
        job("pay", "RUNNING", Some("s3://lake/sp/savepoint-0"), &json!({})),
    ];
    sandbox.write("dump.json", &list(&jobs));
    let answer = answer(&sandbox, &["dump.json"]);
    assert_eq!(ended(&answer, "prod/orders"), "started-empty no");
    assert_eq!(ended(&answer, "prod/clicks"), "started-empty yes");
    assert_eq!(ended(&answer, "prod/pay"), "restored-elsewhere no");
    verify(&sandbox, &["dump.json"]).ended(1);
}

#[test]
fn a_job_that_does_not_run_and_an_error_are_said() {
    let sandbox = tree();
    let mut failed =
        job("orders", "RECONCILING", Some(ORDERS), &json!({"upgradeSavepointPath": ORDERS}));
    failed["status"]["error"] = json!("back-off pulling image");
    sandbox.write("dump.json", &list(&[failed]));
    let answer = answer(&sandbox, &["dump.json"]);
    assert_eq!(ended(&answer, "prod/orders"), "asked open");
    let notes = workload(&answer, "prod/orders")["notes"].to_string();
    assert!(notes.contains("back-off pulling image") && notes.contains("its job is RECONCILING"));
}

#[test]
fn a_later_upgrade_neither_proves_nor_disproves_the_start() {
    let sandbox = tree();
    let later = json!({"upgradeSavepointPath": "s3://lake/sp/savepoint-77"});
    sandbox.write("dump.json", &list(&[job("orders", "RUNNING", Some(ORDERS), &later)]));
    let told = answer(&sandbox, &["dump.json"]);
    assert_eq!(ended(&told, "prod/orders"), "asked open");
    assert!(workload(&told, "prod/orders")["notes"].to_string().contains("upgraded since"));
    sandbox.write("orders.log", &restores("s3://lake/sp/savepoint-5"));
    let told = answer(&sandbox, &["dump.json", "orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "restored-elsewhere no", "the worse counts");
}

#[test]
fn the_id_of_a_job_ties_its_log_to_its_status() {
    let sandbox = tree();
    sandbox.write("dump.json", &list(&[job("orders", "RUNNING", Some(ORDERS), &json!({}))]));
    let id = "0123456789abcdef0123456789abcdef";
    sandbox
        .write("x.log", &format!("Starting job {id} from savepoint s3://lake/sp/savepoint-9 ()\n"));
    let answer = answer(&sandbox, &["x.log", "dump.json"]);
    assert_eq!(ended(&answer, "prod/orders"), "restored-elsewhere no");
    assert_eq!(workload(&answer, "prod/orders")["evidence"][0]["by"], "job");
}

#[test]
fn a_parked_job_and_a_session_cluster_are_where_they_belong() {
    let sandbox = tree();
    let mut parked = job("parked", "FINISHED", None, &json!({}));
    parked["spec"]["job"]["state"] = json!("suspended");
    let mut session = job("sql", "", None, &json!({}));
    session["spec"].as_object_mut().unwrap().remove("job");
    let mut other = job("other", "RUNNING", None, &json!({}));
    other["metadata"]["namespace"] = json!("test");
    sandbox.write("dump.json", &list(&[parked, session, other]));
    let answer = answer(&sandbox, &["dump.json"]);
    assert_eq!(ended(&answer, "prod/parked"), "not-started yes");
    assert_eq!(ended(&answer, "prod/sql"), "not-started yes");
    let notes = answer["notes"].to_string();
    assert!(notes.contains("dump.json: test/other is not among what is verified"), "{notes}");
}

#[test]
fn dumps_that_do_not_fit_are_refused() {
    let sandbox = tree();
    let mut before = job("orders", "SUSPENDED", None, &json!({}));
    before["apiVersion"] = json!("flink.apache.org/v1alpha1");
    sandbox.write("before.json", &list(&[before]));
    let ran = verify(&sandbox, &["before.json"]).ended(2);
    assert!(ran.err.contains("it is from before the migration"), "{}", ran.err);
    sandbox.write(
        "pods.json",
        &list(&[json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}})]),
    );
    let ran = verify(&sandbox, &["pods.json"]).ended(2);
    assert!(ran.err.contains("pods.json:1:1: error: the dump holds none"), "{}", ran.err);
}

#[test]
fn yaml_is_a_dump_as_well() {
    let sandbox = tree();
    sandbox.write(
        "dump.yaml",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: flink.apache.org/v1beta1\n\
         \x20 kind: FlinkDeployment\n  metadata: {namespace: prod, name: orders}\n\
         \x20 spec: {job: {state: running}}\n  status:\n    jobStatus:\n      state: RUNNING\n\
         \x20     upgradeSavepointPath: s3://lake/sp/savepoint-1\n    reconciliationStatus:\n\
         \x20     lastReconciledSpec: '{\"job\":{\"initialSavepointPath\":\"s3://lake/sp/savepoint-1\"}}'\n",
    );
    let text = sandbox.read("dump.yaml");
    verify(&sandbox, &["--select", "prod/orders", "dump.yaml"]).ended(0);
    let ran = sandbox.run_with_input(
        &["verify", "--savepoints", "map.yaml", "--select", "prod/orders", "-"],
        text.as_bytes(),
    );
    ran.ended(0);
}
