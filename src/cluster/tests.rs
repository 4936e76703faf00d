//! Resources as the releases of the operator leave them, for the tests of this module.

use serde_json::{Value, json};

/// A job of operator 0.1.0, suspended with a savepoint: all that a trusted one has.
pub(crate) fn preview() -> Value {
    json!({
        "apiVersion": "flink.apache.org/v1alpha1",
        "kind": "FlinkDeployment",
        "metadata": {
            "creationTimestamp": "2022-05-01T08:00:00Z",
            "name": "orders", "namespace": "prod",
            "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {"f:job": {}}}}],
        },
        "spec": {
            "flinkVersion": "v1_14",
            "job": {"state": "suspended", "upgradeMode": "savepoint", "parallelism": 2},
        },
        "status": {
            "jobManagerDeploymentStatus": "MISSING",
            "jobStatus": {
                "jobId": "00000000000000000000000000000000", "state": "SUSPENDED",
                "startTime": "1651564800000", "updateTime": "1651573230000",
                "savepointInfo": {
                    "lastSavepoint": {"location": "file:/sp/savepoint-1", "timeStamp": 1_651_573_230_500_u64},
                    "triggerId": null, "triggerTimestamp": null,
                },
            },
            "reconciliationStatus": {
                "success": true, "error": null,
                "lastReconciledSpec": {"job": {"state": "suspended", "upgradeMode": "savepoint"}},
            },
        },
    })
}

/// The same at operator 1.3: the last spec is a text, and the savepoint says why it was taken.
pub(crate) fn stable() -> Value {
    let mut job = preview();
    job["apiVersion"] = json!("flink.apache.org/v1beta1");
    job["status"]["jobStatus"]["state"] = json!("FINISHED");
    let info = &mut job["status"]["jobStatus"]["savepointInfo"];
    info["lastSavepoint"]["triggerType"] = json!("UPGRADE");
    info["lastSavepoint"]["formatType"] = json!("CANONICAL");
    info["savepointHistory"] = json!([{"location": "/sp/savepoint-0", "timeStamp": 1_651_570_000_000_u64}, info["lastSavepoint"]]);
    info["triggerId"] = json!("");
    info["triggerTimestamp"] = json!(0);
    job["status"]["reconciliationStatus"] = json!({
        "state": "DEPLOYED", "reconciliationTimestamp": 1_651_573_231_000_u64,
        "lastReconciledSpec":
            "{\"job\":{\"state\":\"suspended\",\"upgradeMode\":\"savepoint\"},\"apiVersion\":\"v1beta1\"}",
    });
    job
}

/// The same at operator 1.12: the path has a field of its own.
pub(crate) fn later() -> Value {
    let mut job = stable();
    job["status"]["lifecycleState"] = json!("SUSPENDED");
    job["status"]["jobStatus"]["upgradeSavepointPath"] = json!("file:/sp/savepoint-1");
    job["status"]["reconciliationStatus"]["lastReconciledSpec"] = json!(
        "{\"spec\":{\"job\":{\"state\":\"suspended\",\"upgradeMode\":\"savepoint\"}},\
         \"resource_metadata\":{\"apiVersion\":\"flink.apache.org/v1beta1\",\"firstDeployment\":false}}"
    );
    job
}

/// The savepoint of the suspend as a resource.
pub(crate) fn snapshot() -> Value {
    json!({
        "apiVersion": "flink.apache.org/v1beta1",
        "kind": "FlinkStateSnapshot",
        "metadata": {
            "name": "orders-savepoint-upgrade-1", "namespace": "prod",
            "labels": {"snapshot.trigger-type": "UPGRADE", "snapshot.type": "SAVEPOINT"},
        },
        "spec": {
            "jobReference": {"kind": "FlinkDeployment", "name": "orders"},
            "savepoint": {"path": "file:/sp/savepoint-1", "alreadyExists": true, "disposeOnDelete": false},
        },
        "status": {
            "state": "COMPLETED", "path": "file:/sp/savepoint-1",
            "resultTimestamp": "2022-05-03T10:20:31Z", "error": "",
        },
    })
}

/// A list as kubectl prints it.
pub(crate) fn list(items: &[Value]) -> String {
    let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}});
    serde_json::to_string_pretty(&list).unwrap()
}

/// The same as YAML.
pub(crate) fn yaml(json: &str) -> String {
    let value: yaml_serde::Value = yaml_serde::from_str(json).unwrap();
    yaml_serde::to_string(&value).unwrap()
}
