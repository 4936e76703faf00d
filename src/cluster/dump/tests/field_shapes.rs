//! The fields of one object: their shapes, their spelling, and where they are.

use super::super::LiveResource;
use super::{read, wrong};
use crate::cluster::tests::preview;

/// A deployment whose spec, status or metadata is this JSON, read as JSON and as YAML.
fn deployment(field: &str, value: &str) -> LiveResource {
    let metadata = if field == "metadata" { "" } else { ", \"metadata\": {\"name\": \"a\"}" };
    let text = format!(
        "{{\"apiVersion\": \"flink.apache.org/v1beta1\", \"kind\": \"FlinkDeployment\"{metadata}, \"{field}\": {value}}}"
    );
    let mut dump = read(&text);
    assert_eq!(read(&format!("# YAML in flow style\n{text}")), dump, "{text}");
    dump.resources.remove(0)
}

#[test]
fn a_field_of_another_shape_is_malformed_and_fails_neither_file_nor_object() {
    for (field, value, malformed) in [
        ("status", "[\"x\"]", "status"),
        ("status", "\"x\"", "status"),
        ("status", "true", "status"),
        ("spec", "[\"v1_14\", {\"state\": \"running\"}]", "spec"),
        ("spec", "{\"job\": [\"running\"]}", "job"),
        ("spec", "{\"job\": {\"state\": {}}}", "state"),
        ("spec", "{\"flinkVersion\": 1.14}", "flinkVersion"),
        (
            "status",
            "{\"jobStatus\": {\"savepointInfo\": {\"savepointHistory\": {}}}}",
            "savepointHistory",
        ),
        (
            "status",
            "{\"jobStatus\": {\"savepointInfo\": {\"savepointHistory\": [[]]}}}",
            "savepointHistory",
        ),
        (
            "status",
            "{\"jobStatus\": {\"savepointInfo\": {\"lastSavepoint\": []}}}",
            "lastSavepoint",
        ),
        ("status", "{\"reconciliationStatus\": {\"success\": \"true\"}}", "success"),
        (
            "status",
            "{\"reconciliationStatus\": {\"lastReconciledSpec\": []}}",
            "lastReconciledSpec",
        ),
        ("metadata", "{\"name\": \"a\", \"finalizers\": [1]}", "finalizers"),
        (
            "metadata",
            "{\"name\": \"a\", \"labels\": {\"snapshot.trigger-type\": []}}",
            "snapshot.trigger-type",
        ),
        ("items", "5", "items"),
    ] {
        assert_eq!(deployment(field, value).malformed, [malformed], "{field}: {value}");
    }
    let all =
        "{\"lifecycleState\": 1, \"error\": [], \"jobStatus\": {\"state\": 1, \"jobId\": {}}}";
    assert_eq!(
        deployment("status", all).malformed,
        ["error", "jobId", "state", "lifecycleState"],
        "in the order in which kubectl prints them"
    );
}

#[test]
fn null_is_an_absent_value() {
    let nothing = deployment("metadata", "{\"name\": \"a\"}");
    for (field, value) in [
        ("status", "null"),
        ("status", "{\"jobStatus\": null, \"error\": null}"),
        ("status", "{\"jobStatus\": {\"savepointInfo\": {\"savepointHistory\": null}}}"),
        ("status", "{\"jobStatus\": {\"savepointInfo\": {\"savepointHistory\": [null]}}}"),
        ("status", "{\"reconciliationStatus\": {\"lastReconciledSpec\": null}}"),
        ("spec", "{\"job\": null, \"flinkVersion\": null}"),
        ("metadata", "{\"name\": \"a\", \"finalizers\": null, \"labels\": null}"),
    ] {
        assert_eq!(deployment(field, value), nothing, "{field}: {value}");
    }
}

#[test]
fn scalars_of_yaml_keep_their_spelling() {
    let deployment_with = |time: &str, state: &str| {
        let text = format!(
            "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\nmetadata: {{name: a}}\n\
             status:\n  jobStatus:\n    startTime: {time}\n    state: {state}\n"
        );
        read(&text).resources.remove(0)
    };
    for time in ["007", "0x1F", "1_000", "12345678901234567890123", "1e3", "-0"] {
        let status = deployment_with(time, "x").status.unwrap();
        assert_eq!(status.job_status.start_time.unwrap().text, time);
    }
    for state in ["'Y'", "\"no\"", "!!str yes", "'007'", "Yo"] {
        let bare = state.trim_start_matches("!!str ").trim_matches(['\'', '"']);
        let status = deployment_with("1", state).status.unwrap();
        assert_eq!(status.job_status.state.as_deref(), Some(bare));
    }
    for state in ["Y", "no", "007"] {
        assert_eq!(deployment_with("1", state).malformed, ["state"], "{state}");
    }
}

#[test]
fn a_problem_is_where_json_and_yaml_have_it() {
    let list = "{\"kind\": \"List\", \"items\": [\n  { \"metadata\": {}}]}";
    for text in [list.to_string(), format!("# YAML in flow style\n{list}")] {
        let line = text.lines().count();
        assert!(wrong(&text).starts_with(&format!("d:{line}:5: error: an object")), "{text}");
    }
    // What has no key is placed by the key of its list.
    assert!(wrong("{\"kind\": \"List\",\n\"items\": [{}]}").starts_with("d:2:1: error: an object"));
    let whole = preview().to_string();
    for (second, expected) in [
        ("[1]", "d:2:2: error: this is a list, not a Kubernetes object"),
        ("5", "d:2:2: error: this is not a Kubernetes object"),
        ("null", "d:2:2: error: this is not a Kubernetes object"),
        ("}", "d:2:2: error: this is not JSON (expected value)"),
        ("{\"kind\": \"Pod\", \"kind\": 1}", "d:2:23: error: duplicate key `kind`"),
    ] {
        let message = wrong(&format!("{whole}\n {second}"));
        assert!(message.starts_with(expected), "{message}");
    }
}
