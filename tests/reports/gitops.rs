//! The reports for other programs on the sample repository, to the letter. `BLESS=1` accepts what
//! comes out now; then read the difference line by line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const NAMES: [&str; 4] = ["sarif", "github", "gitlab", "rdjson"];

/// Golden files outlive releases.
const VERSION: (&str, &str) =
    (concat!("ersion\": \"", env!("CARGO_PKG_VERSION"), "\""), "ersion\": \"THIS\"");

/// Runs `check` on the sample repository; each report by its name, and the status.
fn run(options: &[&str]) -> (Vec<String>, Option<i32>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = tempfile::tempdir().expect("a directory");
    let path = |name: &str| place.path().join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_flink-migrate"));
    command.current_dir(root).env_clear().args(["check", "examples/gitops"]).args(options);
    for name in NAMES {
        command.arg("--report").arg(format!("{name}={}", path(name).display()));
    }
    let status = command.output().expect("it runs").status.code();
    let read = |name: &str| fs::read_to_string(path(name)).expect("it was written");
    (NAMES.map(read).to_vec(), status)
}

#[test]
fn the_sample_repository_is_reported_to_the_letter() {
    let bless = std::env::var_os("BLESS").is_some();
    let with_map: &[&str] = &["--savepoints", "examples/savepoints.yaml"];
    let mut differ = Vec::new();
    for (folder, options, expected) in [("without-map", &[][..], 3), ("with-map", with_map, 1)] {
        let (reports, status) = run(options);
        assert_eq!(status, Some(expected));
        for (name, report) in NAMES.iter().zip(reports) {
            let golden = golden(folder, name);
            let report = report.replace(VERSION.0, VERSION.1);
            assert!(!report.contains(env!("CARGO_MANIFEST_DIR")), "{name} names a machine");
            if bless {
                fs::create_dir_all(golden.parent().expect("a folder")).expect("it is made");
                fs::write(&golden, report).expect("it is written");
            } else if fs::read_to_string(&golden).ok().as_ref() != Some(&report) {
                differ.push(golden);
            }
        }
    }
    assert!(differ.is_empty(), "not as accepted: {differ:#?}");
}

fn golden(folder: &str, name: &str) -> PathBuf {
    let extension = if name == "github" { "txt" } else { "json" };
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reports/golden")
        .join(folder)
        .join(format!("{name}.{extension}"))
}

#[test]
fn standard_output_carries_the_same_report() {
    let (reports, _) = run(&[]);
    for (name, report) in NAMES.iter().zip(reports) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flink-migrate"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env_clear();
        let output = command.args(["check", "examples/gitops", "--format", name]).output();
        let output = output.expect("it runs").stdout;
        assert_eq!(String::from_utf8(output).expect("it is UTF-8"), report, "{name}");
    }
}
