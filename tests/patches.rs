//! The reported RFC 6902 patches, applied again by `json-patch`: to every document of every case
//! they must give what was written.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::fs;

use flink_migrate::yaml;
use serde_json::Value;
use support::{Case, cases, plant, run_case, tree};

#[test]
fn the_reported_patch_of_a_document_gives_the_document_that_is_written() {
    let mut applied = 0;
    let mut unreadable = Vec::new();
    for case in cases() {
        match apply(&case) {
            Ok(count) => applied += count,
            Err(reason) => unreadable.push(format!("{}: {reason}", case.id)),
        }
    }
    eprintln!("{applied} patches applied; not readable as JSON values: {unreadable:#?}");
    assert!(applied > 250, "only {applied} documents were patched");
    assert!(unreadable.len() <= 6, "too many cases cannot be checked: {unreadable:#?}");
}

/// The number of documents patched; an error if a document holds what JSON values cannot.
fn apply(case: &Case) -> Result<usize, String> {
    let place = tempfile::tempdir().unwrap();
    plant(&tree(&case.before), place.path());
    let report = tempfile::NamedTempFile::new().unwrap();
    let option = format!("jsonpatch={}", report.path().display());
    run_case(case, place.path(), &["check", "--report", &option]);
    let Ok(report) = serde_json::from_str::<Value>(&fs::read_to_string(report.path()).unwrap())
    else {
        assert_eq!(case.spec.status, 2, "{}: no report", case.id);
        return Ok(0);
    };
    let patches = report.as_array().unwrap();
    for entry in patches {
        let file = entry["path"].as_str().unwrap();
        let index = usize::try_from(entry["document"].as_u64().unwrap()).unwrap();
        let mut value = document(&fs::read_to_string(case.before.join(file)).unwrap(), index)?;
        let written = fs::read_to_string(case.golden.join("after").join(file)).unwrap();
        let patch: json_patch::Patch = serde_json::from_value(entry["patch"].clone()).unwrap();
        json_patch::patch(&mut value, &patch)
            .unwrap_or_else(|error| panic!("{}: {file}: {error}", case.id));
        assert_eq!(value, document(&written, index)?, "{}: {file}, document {index}", case.id);
    }
    Ok(patches.len())
}

/// One document as a JSON value, aliases and merge keys as libyaml sees them.
fn document(text: &str, index: usize) -> Result<Value, String> {
    let chunk = yaml::chunks(text).into_iter().find(|chunk| chunk.index == index).unwrap();
    let slice = &text[chunk.span.range()];
    if let Ok(json) = serde_json::from_str(slice) {
        return Ok(json);
    }
    let value: yaml_serde::Value =
        yaml_serde::from_str(slice).map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}
