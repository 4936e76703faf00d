//! The reported RFC 6902 patches, applied again by `json-patch`: to every document of every case
//! they must give what was written.

use std::fs;

use crate::support::{Case, cases, pieces, run_case, tree};
use serde_json::Value;

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
    let ran = run_case(case, &tree(&case.before), &["check", "--format", "jsonpatch"]);
    let Ok(report) = serde_json::from_slice::<Value>(&ran.stdout) else {
        assert_eq!(case.spec.status, 2, "{}: no report", case.id);
        return Ok(0);
    };
    let patches = report.as_array().unwrap();
    for entry in patches {
        let file = entry["path"].as_str().unwrap();
        let index = usize::try_from(entry["document"].as_u64().unwrap()).unwrap();
        // A new file is a document that is added as a whole.
        let mut value = match fs::read_to_string(case.before.join(file)) {
            Ok(before) => document(&before, index)?,
            Err(_) => Value::Null,
        };
        let Ok(written) = fs::read_to_string(case.golden.join("after").join(file)) else {
            let whole = serde_json::json!([{"op": "remove", "path": ""}]);
            assert_eq!(entry["patch"], whole, "{}: {file} is deleted", case.id);
            continue;
        };
        let patch: json_patch::Patch = serde_json::from_value(entry["patch"].clone()).unwrap();
        json_patch::patch(&mut value, &patch)
            .unwrap_or_else(|error| panic!("{}: {file}: {error}", case.id));
        assert_eq!(value, document(&written, index)?, "{}: {file}, document {index}", case.id);
    }
    Ok(patches.len())
}

/// One document as a JSON value, aliases and merge keys as libyaml sees them.
fn document(text: &str, index: usize) -> Result<Value, String> {
    // Comments before the first marker are a piece of their own, and no document.
    let is_comment = |line: &str| line.trim().is_empty() || line.starts_with('#');
    let mut documents =
        pieces(text).into_iter().skip_while(|(_, piece)| piece.lines().all(is_comment));
    let (_, piece) = documents.nth(index).unwrap();
    if let Ok(json) = serde_json::from_str(&piece) {
        return Ok(json);
    }
    let value: yaml_serde::Value =
        yaml_serde::from_str(&piece).map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

#[test]
fn a_suggestion_that_is_taken_gives_the_file_that_is_written() {
    let mut taken = 0;
    for case in cases() {
        let before = tree(&case.before);
        let [sarif, rdjson] = ["sarif", "rdjson"].map(|format| {
            let ran = run_case(&case, &before, &["check", "--format", format]);
            serde_json::from_slice::<Value>(&ran.stdout).unwrap_or_default()
        });
        let suggested = [by_characters(&sarif), by_bytes(&rdjson)];
        assert_eq!(suggested[0].len(), suggested[1].len(), "{}", case.id);
        for Suggestion { file, line, columns, text, in_bytes } in suggested.into_iter().flatten() {
            let Ok(before) = fs::read_to_string(case.before.join(&file)) else {
                let created = fs::read_to_string(case.golden.join("after").join(&file)).unwrap();
                assert_eq!(text, created, "{}: {file}", case.id);
                continue;
            };
            let lines = crate::support::lines(&before);
            let start = lines[..line - 1].iter().map(|line| line.len()).sum::<usize>();
            let at = |column: usize| start + byte(lines[line - 1], column, in_bytes);
            let after = format!("{}{text}{}", &before[..at(columns.0)], &before[at(columns.1)..]);
            let written = fs::read_to_string(case.golden.join("after").join(&file)).unwrap();
            assert_eq!(after, written, "{}: {file}", case.id);
            taken += 1;
        }
    }
    eprintln!("{taken} suggestions taken");
    assert!(taken > 40, "only {taken} suggestions were made");
}

/// What is to come in the place of a part of a line, its columns from 1.
struct Suggestion {
    file: String,
    line: usize,
    columns: (usize, usize),
    text: String,
    in_bytes: bool,
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The suggestions of SARIF, whose columns are characters.
fn by_characters(report: &Value) -> Vec<Suggestion> {
    let fixes = list(&report["runs"][0]["results"]).flat_map(|result| list(&result["fixes"]));
    let one = |fix: &Value| {
        let change = &fix["artifactChanges"][0];
        let replaced = &change["replacements"][0];
        let region = &replaced["deletedRegion"];
        Suggestion {
            file: change["artifactLocation"]["uri"].as_str().unwrap().to_string(),
            line: number(&region["startLine"]),
            columns: (number(&region["startColumn"]), number(&region["endColumn"])),
            text: replaced["insertedContent"]["text"].as_str().unwrap().to_string(),
            in_bytes: false,
        }
    };
    fixes.map(one).collect()
}

/// The suggestions for reviewdog, whose columns are bytes.
fn by_bytes(report: &Value) -> Vec<Suggestion> {
    let mut found = Vec::new();
    for diagnostic in list(&report["diagnostics"]) {
        found.extend(list(&diagnostic["suggestions"]).map(|suggestion| {
            let range = &suggestion["range"];
            Suggestion {
                file: diagnostic["location"]["path"].as_str().unwrap().to_string(),
                line: number(&range["start"]["line"]),
                columns: (number(&range["start"]["column"]), number(&range["end"]["column"])),
                text: suggestion["text"].as_str().unwrap().to_string(),
                in_bytes: true,
            }
        }));
    }
    found
}

/// Where on the line the column begins. A byte order mark has bytes and is no character.
fn byte(line: &str, column: usize, in_bytes: bool) -> usize {
    if in_bytes {
        return column - 1;
    }
    let mut characters = line.char_indices().filter(|(_, c)| *c != '\u{feff}');
    characters.nth(column - 1).map_or(line.len(), |(at, _)| at)
}
