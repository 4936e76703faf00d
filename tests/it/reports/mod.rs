//! What the reports say, to the letter, and what no manifest can make them say.

mod crowd;
mod formats;
mod hostile;
mod human;
mod markup;
mod page;
mod review;
mod whole_files;

use flink_migrate::testing::{Files, Place};
use serde_json::Value;

use crate::sandbox::Ran;

/// The formats that are JSON, each with what its readers demand of it.
const SCHEMAS: [(&str, &str); 5] = [
    ("json", include_str!("../../../schema/report-v1.schema.json")),
    ("jsonpatch", include_str!("../../../schema/jsonpatch-v1.schema.json")),
    ("sarif", include_str!("../../reports/schemas/sarif.schema.json")),
    ("gitlab", include_str!("../../reports/schemas/gitlab.schema.json")),
    ("rdjson", include_str!("../../reports/schemas/rdjson.schema.json")),
];

/// The formats that are JSON, each with its readers.
fn readers() -> [(&'static str, jsonschema::Validator); 5] {
    SCHEMAS.map(|(format, schema)| {
        let schema = serde_json::from_str(schema).unwrap();
        (format, jsonschema::draft202012::new(&schema).unwrap())
    })
}

/// What of the report its readers would not take.
fn complaints(reader: &jsonschema::Validator, report: &Value) -> Vec<String> {
    reader.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn files<T: AsRef<[u8]>>(files: impl IntoIterator<Item = (impl Into<String>, T)>) -> Files {
    files.into_iter().map(|(name, text)| (name.into(), text.as_ref().to_vec())).collect()
}

/// The run of a command on a terminal of this width, or on none.
fn run_at(width: Option<usize>, files: &Files, args: &[&str]) -> Ran {
    let run = Place { width, ..Place::default() }.run(files, args);
    let [out, err] = [run.stdout, run.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Ran { status: run.status, out, err }
}

/// What `check` prints in this format.
fn report(files: &Files, format: &str) -> String {
    run_at(None, files, &["check", "--format", format]).out
}

fn parsed(files: &Files, format: &str) -> Value {
    serde_json::from_str(&report(files, format)).unwrap()
}

/// The findings of the JSON report, each with the path of its file.
fn findings(report: &Value) -> Vec<(&str, &Value)> {
    let mut found = Vec::new();
    for file in report["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        found.extend(file["findings"].as_array().unwrap().iter().map(|finding| (path, finding)));
    }
    found
}

/// The last line of what is said beside a report.
fn verdict(files: &Files) -> String {
    let err = run_at(None, files, &["check"]).err;
    err.lines().last().unwrap_or_default().to_string()
}

fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |out, part| {
        let (sequence, rest) = part.split_once('m').expect("only colours are sent");
        assert!(sequence.chars().all(|c| c.is_ascii_digit() || c == ';'), "{sequence:?}");
        out + rest
    })
}

/// True for what may be on a line of a log or a terminal.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}' | '\u{feff}')
}
