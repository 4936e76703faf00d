//! Every format of a report: to the letter for the cases of suite `reports` and the sample repository,
//! and in the form that its readers demand for every case. `BLESS=1` accepts what comes out now; then
//! read the difference line by line.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::review::assert_sound;
use super::{SCHEMAS, complaints, files, markup, parsed, readers, report, run_at, verdict};
use crate::sandbox::{Ran, held, migrated, sound};
use crate::support::{FORMATS, cases, golden, in_parallel, root, run, run_case, tree};

/// Golden files outlive releases.
fn without_version(report: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let quoted = report.replace(&format!("ersion\": \"{version}\""), "ersion\": \"THIS\"");
    quoted.replace(&format!("flink-migrate {version}"), "flink-migrate THIS")
}

fn extension(format: &str) -> &str {
    match format {
        "markdown" => "md",
        "json" | "jsonpatch" | "sarif" | "gitlab" | "rdjson" => "json",
        "html" | "diff" => format,
        _ => "txt",
    }
}

#[test]
fn every_format_of_the_cases_about_reports_is_as_accepted() {
    let mut differ = Vec::new();
    for case in cases().iter().filter(|case| case.id.starts_with("reports/")) {
        for format in FORMATS {
            let before = tree(&case.before);
            let command: &[&str] =
                if format == "diff" { &["diff"] } else { &["check", "--format", format] };
            let run = run_case(case, &before, command);
            let [out, err] =
                [run.stdout, run.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
            let path = case.golden.join(format!("{format}.{}", extension(format)));
            differ.extend(golden::file(&path, &without_version(&out)).err());
            if format == "diff" {
                differ.extend(golden::file(&case.golden.join("held.txt"), &err).err());
            }
        }
    }
    assert!(differ.is_empty(), "not as accepted: {differ:#?}");
}

/// The reports of the sample repository, printed and written to a file.
fn sample(format: &str, options: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("report");
    let option = format!("{format}={}", file.display());
    let command = ["check", "examples/gitops", "--format", format, "--report", &option];
    let ran = Ran::of(&run(&root(), &[&command[..], options].concat()));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), ran.out);
    assert!(!ran.out.contains(env!("CARGO_MANIFEST_DIR")), "{format} names a machine");
    ran.ended(if options.is_empty() { 3 } else { 1 }).out
}

#[test]
fn the_sample_repository_is_reported_to_the_letter() {
    let answered = &["--savepoints", "examples/savepoints.yaml"];
    let mut differ = Vec::new();
    for (folder, review, options) in [
        ("tests/reports/golden/without-map", "golden/reports/gitops-held", &[][..]),
        ("tests/reports/golden/with-map", "golden/reports/gitops-answered", answered),
    ] {
        for format in ["sarif", "github", "gitlab", "rdjson", "markdown", "html"] {
            let path = match format {
                "markdown" | "html" => format!("{review}.{}", extension(format)),
                _ => format!("{folder}/{format}.{}", extension(format)),
            };
            let report = without_version(&sample(format, options));
            differ.extend(golden::file(&root().join(path), &report).err());
        }
    }
    assert!(differ.is_empty(), "not as accepted: {differ:#?}");
}

#[test]
fn no_report_of_any_case_leaves_its_schema_or_its_markup() {
    let readers = readers();
    let read = in_parallel(&cases(), |case| {
        let before = tree(&case.before);
        let options: Vec<&str> = case.spec.args.iter().map(String::as_str).collect();
        if case.spec.status == 2 && run_case(case, &before, &["check"]).stdout.is_empty() {
            return 0;
        }
        for (format, reader) in &readers {
            let run = run_case(case, &before, &["check", "--format", format]);
            let report: Value = serde_json::from_slice(&run.stdout).unwrap();
            assert_eq!(complaints(reader, &report), [""; 0], "{}: {format}", case.id);
        }
        let run = run_case(case, &before, &["check", "--format", "html"]);
        markup::html(&String::from_utf8(run.stdout).unwrap());
        assert_sound(&before, &options, None);
        1
    });
    assert!(read.iter().sum::<usize>() > 700);
}

/// What a report may lack of that which the golden reports have.
const OPTIONAL: [&str; 8] = [
    "/files/*/documents/*/kind",
    "/files/*/findings/*/help",
    "/files/*/findings/*/workload",
    "/files/*/outcome",
    "/summary/files/created",
    "/summary/files/deleted",
    "/summary/files/unread",
    "/summary/files/unreadable",
];

#[test]
fn the_schemas_refuse_golden_reports_that_lack_a_member_or_have_another_or_one_of_another_type() {
    let mut optional = BTreeSet::new();
    for (format, reader) in readers().into_iter().take(2) {
        for case in ["sample", "secrets"] {
            let path = root().join(format!("golden/reports/{case}/{format}.json"));
            let text = std::fs::read_to_string(path).unwrap();
            let report: Value = serde_json::from_str(&text).unwrap();
            for_every_value(&report, "", &mut |pointer, value| {
                let is_accepted = |mutate: &dyn Fn(&mut Value)| {
                    let mut forged = report.clone();
                    mutate(forged.pointer_mut(pointer).unwrap());
                    reader.is_valid(&forged)
                };
                // What a manifest may hold has no schema.
                if pointer.contains("/value") {
                    return;
                }
                let other = if value.is_string() { json!([]) } else { json!("x") };
                for other in [other, Value::Null] {
                    assert!(!is_accepted(&|here| *here = other.clone()), "{format}: {pointer}");
                }
                for key in value.as_object().into_iter().flat_map(serde_json::Map::keys) {
                    if is_accepted(&|here| drop(here.as_object_mut().unwrap().remove(key))) {
                        let anywhere = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
                        let parts = pointer.split('/').skip(1).chain([&**key]);
                        let parts = parts.map(|part| if anywhere(part) { "*" } else { part });
                        optional.insert(parts.fold(String::new(), |all, part| all + "/" + part));
                    }
                }
                if value.is_object() {
                    let is_longer = is_accepted(&|here| here["surprise"] = json!(1));
                    assert!(!is_longer, "{format} takes {pointer}/surprise");
                }
            });
        }
    }
    assert_eq!(optional.iter().collect::<Vec<_>>(), OPTIONAL);
}

fn for_every_value(value: &Value, pointer: &str, check: &mut dyn FnMut(&str, &Value)) {
    check(pointer, value);
    for (key, value) in value.as_object().into_iter().flatten() {
        for_every_value(value, &format!("{pointer}/{key}"), check);
    }
    for (number, value) in value.as_array().into_iter().flatten().enumerate() {
        for_every_value(value, &format!("{pointer}/{number}"), check);
    }
}

#[test]
fn how_a_report_looks_to_people_does_not_reach_other_programs() {
    let files = files([("a.yaml", sound("a")), ("b.yaml", held("b"))]);
    for format in SCHEMAS.map(|(format, _)| format).into_iter().chain(["github", "diff"]) {
        let args = ["check", "--format", format, "-q", "--color", "always"];
        let found = run_at(Some(20), &files, &args).out;
        assert_eq!(found, report(&files, format), "{format}");
    }
}

#[test]
fn nothing_found_is_an_empty_report_and_not_none() {
    let none = files([("a.txt", "")]);
    assert_eq!(verdict(&none), "no file was read");
    for format in ["concise", "diff", "github"] {
        assert_eq!(report(&none, format), "", "{format}");
    }
    assert_eq!(report(&none, "human"), "no file was read\n");
    for format in ["gitlab", "jsonpatch"] {
        assert_eq!(report(&none, format), "[]\n", "{format}");
    }
    for (format, pointer) in
        [("json", "/files"), ("rdjson", "/diagnostics"), ("sarif", "/runs/0/results")]
    {
        assert_eq!(parsed(&none, format).pointer(pointer), Some(&json!([])), "{format}");
    }
}

#[test]
fn the_verdict_counts_every_document_once() {
    let map = "kind: ConfigMap\n";
    for (texts, wanted) in [
        (vec![map.into()], "nothing to migrate in the 1 file that was read"),
        (vec![map.into(); 12], "nothing to migrate in the 12 files that were read"),
        (vec![migrated("a")], "no file would change, 1 document is already right"),
        (
            vec![sound("a"), sound("b"), migrated("c"), migrated("d")],
            "2 files would change, 2 documents are already right",
        ),
        (
            vec![format!("{}---\n{}", sound("a"), held("b"))],
            "no file would change, 1 document waits for another in its file, 1 is held for a \
             decision",
        ),
    ] {
        let named = texts.iter().enumerate().map(|(number, text)| (format!("{number}.yaml"), text));
        assert_eq!(verdict(&files(named)), wanted);
    }
}

#[test]
fn a_document_that_waits_for_another_is_no_patch_and_says_so_in_its_title() {
    let files = files([("a.yaml", format!("{}---\n{}", sound("a"), held("b")))]);
    assert_eq!(report(&files, "jsonpatch"), "[]\n");
    assert!(report(&files, "github").contains(",title=pending[api-version]::"));
}

#[test]
fn paths_are_relative_and_without_a_dot() {
    let files = files([("payments/a.yaml", held("a"))]);
    for typed in ["./payments/a.yaml", ".//./payments/a.yaml"] {
        let report = |format: &str| run_at(None, &files, &["check", typed, "--format", format]).out;
        let parsed = |format: &str| -> Value { serde_json::from_str(&report(format)).unwrap() };
        let location = &parsed("sarif")["runs"][0]["results"][0]["locations"][0];
        assert_eq!(
            location["physicalLocation"]["artifactLocation"],
            json!({"uri": "payments/a.yaml", "uriBaseId": "%SRCROOT%"})
        );
        assert_eq!(parsed("gitlab")[0]["location"]["path"], "payments/a.yaml");
        assert_eq!(parsed("rdjson")["diagnostics"][0]["location"]["path"], "payments/a.yaml");
        assert!(report("github").starts_with("::error file=payments/a.yaml,line=24,"));
    }
}

#[test]
fn code_scanning_gets_the_gravest_of_too_many_and_the_number_of_the_others() {
    const LIMIT: usize = 25_000;
    const NOTES: usize = 40;
    let (_, reader) = &readers()[2];
    let mut files =
        files((0..NOTES).map(|number| (format!("{number}.yaml"), sound(&format!("job-{number}")))));
    for more in [0, 1, 33] {
        // Each manifest has a change and a note, each entry of no workload a decision.
        let entries = LIMIT - 2 * NOTES + more;
        let map: String = (0..entries).map(|n| format!("prod/gone-{n}: /sp/{n}\n")).collect();
        files.insert("map.yaml".into(), map.into_bytes());
        let args = ["check", "--savepoints", "map.yaml", "--format", "sarif"];
        let report: Value = serde_json::from_str(&run_at(None, &files, &args).out).unwrap();
        if more == 1 {
            assert_eq!(complaints(reader, &report), [""; 0]);
        }
        let run = &report["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), LIMIT);
        let notes = results.iter().filter(|result| result["level"] == "note").count();
        assert_eq!(notes, NOTES - more, "only notes are left out");
        let notification =
            run["invocations"][0].pointer("/toolExecutionNotifications/0/message/text");
        let notification = notification.and_then(Value::as_str).unwrap_or_default();
        let expected =
            if more == 0 { String::new() } else { format!("{more} findings are left out") };
        assert!(
            notification.starts_with(&expected) && notification.is_empty() == (more == 0),
            "{notification}"
        );
    }
}
