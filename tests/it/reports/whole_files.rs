//! What the reports say of a file that is created and of one that is deleted.

use flink_migrate::testing::{FileStates, report_states};
use serde_json::{Value, json};

use super::{complaints, readers};

const PATCH: &str = "\
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata:
  name: job
spec:
  job:
    initialSavepointPath: s3://sp/job
";

const FILES: [FileStates<'static>; 3] = [
    FileStates { path: "flink-migrate-job.yaml", before: None, after: Some(PATCH) },
    FileStates { path: "kustomization.yaml", before: Some("a: 1\n"), after: Some("a: 2\n") },
    FileStates { path: "old.yaml", before: Some("a: 1\n"), after: None },
];

fn report(format: &str) -> String {
    report_states(&FILES, format).unwrap()
}

fn parsed(format: &str) -> Value {
    serde_json::from_str(&report(format)).unwrap()
}

#[test]
fn every_reader_of_json_takes_them() {
    for (format, reader) in readers() {
        assert_eq!(complaints(&reader, &parsed(format)), [] as [&str; 0], "{format}");
    }
}

#[test]
fn the_summary_counts_what_is_created_and_deleted_apart() {
    let last = |files: &[FileStates<'_>]| {
        let report = report_states(files, "human").unwrap();
        report.lines().last().unwrap_or_default().to_string()
    };
    assert_eq!(last(&FILES), "1 file would change, 1 would be created, 1 would be deleted");
    assert_eq!(last(&FILES[..1]), "1 file would be created");
    assert_eq!(last(&FILES[2..]), "1 file would be deleted");
    let counts = &parsed("json")["summary"]["files"];
    assert_eq!([&counts["changed"], &counts["created"], &counts["deleted"]], [3, 1, 1]);
}

#[test]
fn the_json_report_says_what_becomes_of_the_whole_file() {
    let report = parsed("json");
    let whole: Vec<&Value> =
        report["files"].as_array().unwrap().iter().map(|file| &file["whole"]).collect();
    assert_eq!(whole, [&json!("create"), &Value::Null, &json!("delete")]);
}

#[test]
fn the_patch_of_a_new_file_adds_the_whole_document() {
    let report = parsed("jsonpatch");
    assert_eq!(report[0]["path"], "flink-migrate-job.yaml");
    let [operation] = &report[0]["patch"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!([&operation["op"], &operation["path"]], ["add", ""]);
    let mut document = Value::Null;
    let patch: json_patch::Patch = serde_json::from_value(report[0]["patch"].clone()).unwrap();
    json_patch::patch(&mut document, &patch).unwrap();
    let expected: Value = yaml_serde::from_str(PATCH).unwrap();
    assert_eq!(document, expected);
    assert_eq!(report[1]["patch"], json!([{"op": "remove", "path": ""}]));
}

#[test]
fn a_fix_inserts_the_text_into_an_empty_artifact() {
    let sarif = parsed("sarif");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let replacement = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    let region = json!({"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1});
    assert_eq!(replacement["deletedRegion"], region);
    assert_eq!(replacement["insertedContent"]["text"], PATCH);
    assert!(results[1..].iter().all(|result| result.get("fixes").is_none()), "{sarif}");
}

#[test]
fn a_secret_is_no_suggestion() {
    let text = PATCH.replace("s3://sp/job", "s3://user:hunter2@sp/job");
    let file = FileStates { after: Some(&text), ..FILES[0] };
    for format in ["sarif", "rdjson", "json", "markdown", "html", "human"] {
        let report = report_states(&[file], format).unwrap();
        assert!(!report.contains("hunter2"), "{format}: {report}");
    }
}

#[test]
fn people_see_a_new_file_as_lines_that_come_and_a_deleted_one_as_lines_that_go() {
    let markdown = report("markdown");
    for words in [
        "<code>flink-migrate-job.yaml</code>: <b>state</b>, new file, 4 fields, +7 −0",
        "<code>old.yaml</code>: <b>state</b>, deleted file, 1 field, +0 −1",
        "@@ -0,0 +1,7 @@\n+apiVersion: flink.apache.org/v1beta1\n",
        "@@ -1 +0,0 @@\n-a: 1\n",
    ] {
        assert!(markdown.contains(words), "{words}\n{markdown}");
    }
    let html = report("html");
    assert!(html.contains("new file, 4 fields <ins>+7</ins> <del>−0</del>"), "{html}");
    // Side by side: nothing on the left.
    let split = html.split("<div class=\"split\">").nth(1).unwrap();
    let left = split.split("</pre>").next().unwrap();
    assert!(left.contains("<i> \n</i>") && !left.contains("apiVersion"), "{left}");
}

#[test]
fn programs_find_the_new_file_by_its_name() {
    for format in ["concise", "github", "gitlab", "rdjson", "sarif"] {
        let report = report(format);
        assert!(report.contains("flink-migrate-job.yaml"), "{format}: {report}");
    }
    assert!(report("concise").starts_with("flink-migrate-job.yaml:1:1: "));
}
