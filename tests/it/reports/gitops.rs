//! The reports for other programs on the sample repository, to the letter. `BLESS=1` accepts what
//! comes out now; then read the difference line by line.

use std::fs;
use std::path::PathBuf;

use crate::sandbox::program;
use crate::support::{golden, root};

const NAMES: [&str; 4] = ["sarif", "github", "gitlab", "rdjson"];

/// Golden files outlive releases.
const VERSION: (&str, &str) =
    (concat!("ersion\": \"", env!("CARGO_PKG_VERSION"), "\""), "ersion\": \"THIS\"");

/// Runs `check` on the sample repository; each report by its name, and the status.
fn run(options: &[&str]) -> (Vec<String>, Option<i32>) {
    let place = tempfile::tempdir().expect("a directory");
    let path = |name: &str| place.path().join(name);
    let mut command = program(&root(), &["check", "examples/gitops"]);
    command.args(options);
    for name in NAMES {
        command.arg("--report").arg(format!("{name}={}", path(name).display()));
    }
    let status = command.output().expect("it runs").status.code();
    let read = |name: &str| fs::read_to_string(path(name)).expect("it was written");
    (NAMES.map(read).to_vec(), status)
}

#[test]
fn the_sample_repository_is_reported_to_the_letter() {
    let with_map: &[&str] = &["--savepoints", "examples/savepoints.yaml"];
    let mut differ = Vec::new();
    for (folder, options, expected) in [("without-map", &[][..], 3), ("with-map", with_map, 1)] {
        let (reports, status) = run(options);
        assert_eq!(status, Some(expected));
        for (name, report) in NAMES.iter().zip(reports) {
            let report = report.replace(VERSION.0, VERSION.1);
            assert!(!report.contains(env!("CARGO_MANIFEST_DIR")), "{name} names a machine");
            differ.extend(golden::file(&accepted(folder, name), &report).err());
        }
    }
    assert!(differ.is_empty(), "not as accepted: {differ:#?}");
}

fn accepted(folder: &str, name: &str) -> PathBuf {
    let extension = if name == "github" { "txt" } else { "json" };
    root().join("tests/reports/golden").join(folder).join(format!("{name}.{extension}"))
}

#[test]
fn standard_output_carries_the_same_report() {
    let (reports, _) = run(&[]);
    for (name, report) in NAMES.iter().zip(reports) {
        let args = ["check", "examples/gitops", "--format", name];
        let output = program(&root(), &args).output();
        let output = output.expect("it runs").stdout;
        assert_eq!(String::from_utf8(output).expect("it is UTF-8"), report, "{name}");
    }
}
