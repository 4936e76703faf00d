//! The reports for programs: JSON and JSON patches, and their schemas.

use flink_migrate::plan::{Changeset, DocumentOutcome, Outcome};
use flink_migrate::report::{Format, Look, verdict};
use flink_migrate::yaml::{Change, FieldPath, Value};
use serde_json::{Value as Json, json};

use super::hostile::hostile_changeset;
use super::sample::{fields, fraud, sample};
use super::{PLAIN, parsed, written};

fn schema(format: Format) -> Json {
    let text = match format {
        Format::Json => include_str!("../../../schema/report-v1.schema.json"),
        Format::JsonPatch => include_str!("../../../schema/jsonpatch-v1.schema.json"),
        _ => panic!("{} has no schema", format.name()),
    };
    serde_json::from_str(text).expect("the schema is JSON")
}

fn assert_valid(format: Format, changeset: &Changeset) {
    let validator = jsonschema::draft202012::new(&schema(format)).expect("the schema is one");
    let report = parsed(format, changeset);
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn json_says_everything_and_masks_what_is_secret() {
    let report = parsed(Format::Json, &sample());
    assert_eq!(report["version"], 1);
    assert_eq!(
        report["tool"],
        json!({"name": "flink-migrate", "version": env!("CARGO_PKG_VERSION")})
    );
    assert_eq!(
        report["summary"],
        json!({
            "outcome": "failed",
            "files": {"read": 12, "concerned": 5, "changed": 1, "unreadable": 0},
            "documents":
                {"already-right": 1, "changed": 1, "held": 1, "not-understood": 1, "failed": 1},
            "findings": {"note": 1, "change": 1, "decision": 2, "error": 1},
        })
    );
    assert_eq!(
        report["files"][1]["documents"],
        json!([{
            "index": 0,
            "line": 1,
            "kind": "FlinkDeployment",
            "workloads": ["payments/fraud"],
            "outcome": "changed",
            "changes": [
                {
                    "op": "set",
                    "path": "apiVersion",
                    "pointer": "/apiVersion",
                    "value": "flink.apache.org/v1beta1",
                },
                {
                    "op": "insert",
                    "path": "spec.jobManager",
                    "pointer": "/spec/jobManager",
                    "value": {"replicas": 1, "cpu": 1.0, "s3.secret-key": "***"},
                },
                {
                    "op": "insert",
                    "path": "spec.s3/token~",
                    "pointer": "/spec/s3~1token~0",
                    "value": "***",
                },
                {
                    "op": "remove",
                    "path": "spec.job.parallelism",
                    "pointer": "/spec/job/parallelism",
                },
            ],
        }])
    );
    assert_eq!(
        report["files"][1]["findings"][0],
        json!({
            "rule": "api-version",
            "level": "change",
            "message": "v1alpha1 becomes v1beta1",
            "line": 1,
            "column": 30,
            "span": {"start": 29, "end": 37},
            "document": 0,
            "workload": "payments/fraud",
        })
    );
}

#[test]
fn json_leaves_nothing_out_for_the_look_of_it() {
    let bare = Look { color: true, width: 20, notes: false, changes: false };
    for format in [Format::Json, Format::JsonPatch, Format::Diff] {
        let all = written(format, &sample(), &PLAIN);
        assert_eq!(written(format, &sample(), &bare), all, "{}", format.name());
    }
}

#[test]
fn json_keeps_its_schemas() {
    for format in [Format::Json, Format::JsonPatch] {
        let unread = Changeset { unreadable: 3, ..sample() };
        for changeset in [sample(), Changeset::default(), hostile_changeset(), unread] {
            assert_valid(format, &changeset);
        }
    }
}

#[test]
fn schemas_refuse_what_they_do_not_name() {
    for format in [Format::Json, Format::JsonPatch] {
        let schema = schema(format);
        let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
        let report = parsed(format, &sample());
        assert_every_object(&report, "", &mut |pointer| {
            if pointer.ends_with("/value") {
                return;
            }
            let mut forged = report.clone();
            let object = forged.pointer_mut(pointer).and_then(Json::as_object_mut);
            object.expect("an object").insert("surprise".to_string(), json!(1));
            assert!(!validator.is_valid(&forged), "{} takes {pointer}/surprise", format.name());
        });
    }
}

fn assert_every_object(value: &Json, pointer: &str, check: &mut dyn FnMut(&str)) {
    if let Json::Object(members) = value {
        check(pointer);
        for (key, value) in members {
            assert_every_object(value, &format!("{pointer}/{key}"), check);
        }
    }
    for (i, value) in value.as_array().into_iter().flatten().enumerate() {
        assert_every_object(value, &format!("{pointer}/{i}"), check);
    }
}

#[test]
fn jsonpatch_keeps_numbers_and_secrets_to_the_letter() {
    let expected = r#"[
  {
    "path": "payments/fraud.yaml",
    "document": 0,
    "workloads": [
      "payments/fraud"
    ],
    "patch": [
      {
        "op": "replace",
        "path": "/apiVersion",
        "value": "flink.apache.org/v1beta1"
      },
      {
        "op": "add",
        "path": "/spec/jobManager",
        "value": {
          "replicas": 1,
          "cpu": 1.0,
          "s3.secret-key": "hunter2"
        }
      },
      {
        "op": "add",
        "path": "/spec/s3~1token~0",
        "value": "hunter2"
      },
      {
        "op": "remove",
        "path": "/spec/job/parallelism"
      }
    ]
  }
]
"#;
    assert_eq!(written(Format::JsonPatch, &sample(), &PLAIN), expected);
}

#[test]
fn jsonpatch_applied_gives_the_planned_document() {
    let mut document = json!({
        "apiVersion": "flink.apache.org/v1alpha1",
        "kind": "FlinkDeployment",
        "metadata": {"name": "fraud", "namespace": "payments"},
        "spec": {"job": {"upgradeMode": "last-state", "parallelism": 2}},
    });
    let patch = parsed(Format::JsonPatch, &sample())[0]["patch"].take();
    let patch: json_patch::Patch = serde_json::from_value(patch).expect("RFC 6902");
    json_patch::patch(&mut document, &patch).expect("it applies");
    assert_eq!(
        document,
        json!({
            "apiVersion": "flink.apache.org/v1beta1",
            "kind": "FlinkDeployment",
            "metadata": {"name": "fraud", "namespace": "payments"},
            "spec": {
                "job": {"upgradeMode": "last-state"},
                "jobManager": {"replicas": 1, "cpu": 1.0, "s3.secret-key": "hunter2"},
                "s3/token~": "hunter2",
            },
        })
    );
}

#[test]
fn a_field_that_is_renamed_says_its_new_name_and_keeps_its_secret() {
    let mut file = fraud();
    let rename = |to: &'static str| Change::Rename {
        path: FieldPath::from_keys(["spec", "old"]),
        to,
        value: Value::Text("hunter2".to_string()),
    };
    file.documents[0].fields = fields(vec![rename("new"), rename("password")]);
    let changeset = Changeset { files: vec![file], files_read: 1, ..Changeset::default() };
    for format in [Format::Json, Format::JsonPatch] {
        assert_valid(format, &changeset);
    }
    let change = |to: &str, value: &str| json!({"op": "rename", "path": "spec.old", "pointer": "/spec/old", "to": to, "value": value});
    assert_eq!(
        parsed(Format::Json, &changeset)["files"][0]["documents"][0]["changes"],
        json!([change("new", "hunter2"), change("password", "***")])
    );
    assert_eq!(
        parsed(Format::JsonPatch, &changeset)[0]["patch"],
        json!([
            {"op": "remove", "path": "/spec/old"},
            {"op": "add", "path": "/spec/new", "value": "hunter2"},
            {"op": "remove", "path": "/spec/old"},
            {"op": "add", "path": "/spec/password", "value": "hunter2"},
        ])
    );
}

#[test]
fn jsonpatch_is_silent_about_a_file_that_is_held() {
    let mut file = fraud();
    file.rewrite = None;
    file.documents.push(DocumentOutcome {
        index: 1,
        outcome: Outcome::Held,
        fields: Vec::new(),
        ..file.documents[0].clone()
    });
    let changeset = Changeset { files: vec![file], files_read: 1, ..Changeset::default() };
    assert_eq!(written(Format::JsonPatch, &changeset, &PLAIN), "[]\n");
    assert_eq!(
        verdict(&changeset),
        "no file would change, 1 document waits for another in its file, 1 is held for a decision"
    );
}
