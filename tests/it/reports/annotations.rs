//! The reports for systems that show findings beside code: SARIF, GitHub, GitLab, reviewdog.

use flink_migrate::diagnostic::{Diagnostic, Severity};
use flink_migrate::plan::{Changeset, FileOutcome, Outcome};
use flink_migrate::report::{Format, Look};
use flink_migrate::text::{Edit, SourceFile, Span};
use flink_migrate::yaml::{Change, FieldPath, Mark, Value};
use jsonschema::Validator;
use serde_json::{Value as Json, json};

use super::hostile::hostile_changeset;
use super::sample::{
    FRAUD, ORDERS, changes, fields, find, fraud, located, orders, plan, rewrite, sample,
};
use super::{PLAIN, parsed, written};

/// Those that are JSON, each with what its readers demand of it.
const JSON_FORMATS: [(Format, &str); 3] = [
    (Format::Sarif, include_str!("../../reports/schemas/sarif.schema.json")),
    (Format::Gitlab, include_str!("../../reports/schemas/gitlab.schema.json")),
    (Format::Rdjson, include_str!("../../reports/schemas/rdjson.schema.json")),
];

/// The formats, each with its readers.
pub(crate) fn readers() -> [(Format, Validator); 3] {
    JSON_FORMATS.map(|(format, schema)| {
        let schema = serde_json::from_str(schema).expect("the schema is JSON");
        (format, jsonschema::draft202012::new(&schema).expect("the schema is one"))
    })
}

/// What of the report its readers would not take.
pub(crate) fn complaints(reader: &Validator, report: &Json) -> Vec<String> {
    reader.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

/// A file whose version is all that changes.
fn small(text: &str) -> FileOutcome {
    let file = SourceFile { name: "small.yaml", text };
    let mut plan = plan(&file, Outcome::Changed, "payments/fraud");
    let change = Change::Set {
        path: FieldPath::from_keys(["apiVersion"]),
        value: Value::Text("flink.apache.org/v1beta1".to_string()),
        mark: Mark::Keep,
    };
    plan.documents[0].fields = fields(vec![change.clone()]);
    let edit = Edit { span: find(&file, "alpha1"), text: "beta1".to_string() };
    plan.rewrite = Some(rewrite(text, vec![edit]));
    let said = changes("api-version", vec![change], "v1alpha1 becomes v1beta1");
    plan.diagnostics = vec![located(&file, "flink.apache.org/v1alpha1", "payments/fraud", said)];
    plan
}

fn alone(file: FileOutcome) -> Changeset {
    Changeset { files: vec![file], files_read: 1, ..Changeset::default() }
}

#[test]
fn the_schemas_of_the_readers_hold() {
    for (format, reader) in readers() {
        for changeset in [sample(), Changeset::default(), hostile_changeset(), alone(small(FRAUD))]
        {
            let complaints = complaints(&reader, &parsed(format, &changeset));
            assert!(complaints.is_empty(), "{}: {}", format.name(), complaints.join("\n"));
        }
    }
}

#[test]
fn the_look_of_a_report_does_not_reach_other_programs() {
    let bare = Look { color: true, width: 20, notes: false, changes: false };
    for format in [Format::Sarif, Format::Github, Format::Gitlab, Format::Rdjson] {
        let all = written(format, &sample(), &PLAIN);
        assert_eq!(written(format, &sample(), &bare), all, "{}", format.name());
    }
}

#[test]
fn what_holds_a_file_is_an_error_and_what_is_written_a_warning() {
    let github = written(Format::Github, &sample(), &PLAIN);
    let heads: Vec<&str> =
        github.lines().map(|line| line.split("::").nth(1).expect("a command")).collect();
    assert_eq!(
        heads,
        [
            "error file=zoo.yaml,line=2,col=7,title=error[yaml]",
            "error file=charts/flink/templates/job.yaml,line=1,col=30,title=decision[template]",
            "error file=payments/orders.yaml,line=6,col=18,title=decision[missing-savepoint]",
            "warning file=payments/fraud.yaml,line=1,col=30,title=change[api-version]",
            "notice file=payments/fraud.yaml,line=8,col=18,title=note[stateless-savepoint]",
        ]
    );
    let words = |format: Format, pointer: &str, word: &str| -> Vec<String> {
        let report = parsed(format, &sample());
        let items = report.pointer(pointer).and_then(Json::as_array).expect("a list");
        items.iter().map(|item| item[word].as_str().expect("a word").to_string()).collect()
    };
    assert_eq!(
        words(Format::Sarif, "/runs/0/results", "level"),
        ["error", "warning", "note", "error", "error"]
    );
    assert_eq!(
        words(Format::Rdjson, "/diagnostics", "severity"),
        ["ERROR", "WARNING", "INFO", "ERROR", "ERROR"]
    );
    assert_eq!(
        words(Format::Gitlab, "", "severity"),
        ["critical", "minor", "info", "critical", "blocker"]
    );
}

#[test]
fn a_change_that_waits_says_so_in_its_title() {
    let mut file = fraud();
    file.rewrite = None;
    let github = written(Format::Github, &alone(file), &PLAIN);
    assert!(github.contains(",title=pending[api-version]::"), "{github}");
}

#[test]
fn the_one_change_of_a_file_is_suggested() {
    let crooked = FRAUD.replace("apiVersion: ", "{ö: 1, apiVersion: ");
    for (text, columns, bytes) in [(FRAUD, (32, 38), (32, 38)), (&crooked, (39, 45), (40, 46))] {
        let changeset = alone(small(text));
        let fix = parsed(Format::Sarif, &changeset)["runs"][0]["results"][0]["fixes"].take();
        let change = &fix[0]["artifactChanges"][0];
        assert_eq!(change["artifactLocation"]["uri"], "small.yaml");
        assert_eq!(
            change["replacements"],
            json!([{
                "deletedRegion": {
                    "startLine": 1,
                    "startColumn": columns.0,
                    "endLine": 1,
                    "endColumn": columns.1,
                },
                "insertedContent": {"text": "beta1"},
            }])
        );
        let at = |column: usize| json!({"line": 1, "column": column});
        assert_eq!(
            parsed(Format::Rdjson, &changeset)["diagnostics"][0]["suggestions"],
            json!([{"range": {"start": at(bytes.0), "end": at(bytes.1)}, "text": "beta1"}])
        );
    }
}

#[test]
fn a_part_of_a_change_is_never_suggested() {
    // Whoever took the new version without the savepoint beside it would start the job empty.
    let file = SourceFile { name: "small.yaml", text: FRAUD };
    let mut two_edits = small(FRAUD);
    let more = Edit { span: Span::empty(FRAUD.len()), text: "x: y\n".to_string() };
    let first = Edit { span: find(&file, "alpha1"), text: "beta1".to_string() };
    two_edits.rewrite = Some(rewrite(FRAUD, vec![first, more]));
    let mut two_changes = small(FRAUD);
    let more = Change::Remove { path: FieldPath::from_keys(["spec"]) };
    two_changes.documents[0].fields.extend(fields(vec![more]));
    let mut held = small(FRAUD);
    held.rewrite = None;
    let mut elsewhere = small(FRAUD);
    elsewhere.diagnostics[0].diagnostic.span = find(&file, "kind");
    let mut masked = small(FRAUD);
    masked.diagnostics[0].excerpt.text = "a: s3://***@lake".to_string();
    masked.diagnostics[0].excerpt.highlight = Span::new(0, 16);
    let mut secret = small(FRAUD);
    let edit = Edit { span: find(&file, "alpha1"), text: "s3://k:hunter2@b".to_string() };
    secret.rewrite = Some(rewrite(FRAUD, vec![edit]));
    for file in [two_edits, two_changes, held, elsewhere, masked, secret] {
        let sarif = parsed(Format::Sarif, &alone(file.clone()));
        assert!(sarif["runs"][0]["results"][0].get("fixes").is_none(), "{sarif:#}");
        let rdjson = parsed(Format::Rdjson, &alone(file));
        assert!(rdjson["diagnostics"][0].get("suggestions").is_none(), "{rdjson:#}");
    }
}

#[test]
fn a_file_that_is_no_manifest_has_a_place_without_extent() {
    let mut file = orders();
    file.diagnostics[0].diagnostic.span = Span::empty(0);
    file.diagnostics[0].location.position.column = 1;
    file.diagnostics[0].excerpt.text.clear();
    file.diagnostics[0].excerpt.highlight = Span::empty(0);
    let sarif = parsed(Format::Sarif, &alone(file.clone()));
    assert_eq!(
        sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"],
        json!({"startLine": 6, "startColumn": 1, "endLine": 6, "endColumn": 1})
    );
    let rdjson = parsed(Format::Rdjson, &alone(file));
    assert_eq!(
        rdjson["diagnostics"][0]["location"]["range"],
        json!({"start": {"line": 6, "column": 1}})
    );
}

#[test]
fn paths_are_relative_and_without_a_dot() {
    for typed in ["./payments/job.yaml", ".//./payments/job.yaml"] {
        let changeset = alone(FileOutcome { path: typed.to_string(), ..orders() });
        let sarif = parsed(Format::Sarif, &changeset);
        let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"],
            json!({"uri": "payments/job.yaml", "uriBaseId": "%SRCROOT%"})
        );
        let gitlab = parsed(Format::Gitlab, &changeset);
        assert_eq!(
            gitlab[0]["location"],
            json!({"path": "payments/job.yaml", "lines": {"begin": 6}})
        );
        let rdjson = parsed(Format::Rdjson, &changeset);
        assert_eq!(rdjson["diagnostics"][0]["location"]["path"], "payments/job.yaml");
        let github = written(Format::Github, &changeset, &PLAIN);
        assert!(github.starts_with("::error file=payments/job.yaml,line=6,"), "{github}");
    }
}

#[test]
fn credentials_and_secrets_do_not_leave() {
    let location = "s3://user:hunter2@lake/savepoint-1";
    let mut file = fraud();
    file.diagnostics[0].diagnostic.message = format!("starts from {location}");
    file.diagnostics[0].diagnostic.help = Some(format!("keep {location}"));
    file.diagnostics[0].location.template = Some(format!("{location}.yaml"));
    for format in [Format::Sarif, Format::Github, Format::Gitlab, Format::Rdjson] {
        let text = written(format, &alone(file.clone()), &PLAIN);
        assert!(!text.contains("hunter2"), "{}", format.name());
        assert_eq!(text.matches("***@lake/savepoint-1").count() % 3, 0, "{}", format.name());
        assert!(text.contains("***@lake/savepoint-1"), "{}", format.name());
    }
}

#[test]
fn no_line_of_a_manifest_becomes_a_command_or_a_link() {
    let mut file = orders();
    file.path = "a,line=7::b\n::error::c%0A.yaml".to_string();
    let words = "x\n ::error::forged %0A ##[error]y [here](https://example.org)";
    file.diagnostics[0].diagnostic.message = words.to_string();
    file.diagnostics[0].diagnostic.help = None;
    assert_eq!(
        written(Format::Github, &alone(file.clone()), &PLAIN),
        "::error file=a%2Cline=7%3A%3Ab\\n%3A%3Aerror%3A%3Ac%250A.yaml,line=6,col=18,\
         title=decision[missing-savepoint]::x\\n \\u{3a}:error::forged %250A ##[error]y \
         [here](https://example.org)\n"
    );
    let sarif = parsed(Format::Sarif, &alone(file));
    let text = sarif["runs"][0]["results"][0]["message"]["text"].as_str().expect("a text");
    assert!(text.ends_with("[here] (https://example.org)."), "{text}");
}

#[test]
fn nothing_found_is_an_empty_report_and_not_none() {
    let none = Changeset::default();
    assert_eq!(written(Format::Github, &none, &PLAIN), "");
    assert_eq!(written(Format::Gitlab, &none, &PLAIN), "[]\n");
    assert_eq!(parsed(Format::Rdjson, &none)["diagnostics"], json!([]));
    assert_eq!(parsed(Format::Sarif, &none)["runs"][0]["results"], json!([]));
}

#[test]
fn code_scanning_gets_the_gravest_of_too_many_and_the_number_of_the_others() {
    const LIMIT: usize = 25_000;
    let [(_, reader), ..] = readers();
    let file = SourceFile { name: "payments/orders.yaml", text: ORDERS };
    for more in [0, 1, 1_234] {
        let mut plan = plan(&file, Outcome::Held, "payments/orders");
        let severities = Severity::ALL;
        plan.diagnostics = (0..LIMIT + more)
            .map(|number| {
                let severity = severities[number % severities.len()];
                let said = Diagnostic::new("partial", severity, Span::empty(0), "odd");
                located(&file, "savepoint", "payments/orders", said)
            })
            .collect();
        let report = parsed(Format::Sarif, &alone(plan));
        if more == 1 {
            assert_eq!(complaints(&reader, &report), [""; 0]);
        }
        let run = &report["runs"][0];
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), LIMIT);
        let notes = results.iter().filter(|result| result["level"] == "note").count();
        let all_notes = (LIMIT + more).div_ceil(severities.len());
        assert_eq!(notes, all_notes - more, "only notes are left out");
        let said = run["invocations"][0].pointer("/toolExecutionNotifications/0/message/text");
        let said = said.and_then(Json::as_str).unwrap_or_default();
        let words = if more == 0 { String::new() } else { format!("{more} findings are left out") };
        assert!(said.starts_with(&words) && said.is_empty() == (more == 0), "{said}");
    }
}
