//! The sample repository as Markdown and as a page, without the savepoint map and with it, to the
//! byte. `BLESS=1` accepts what comes out now; then read the difference line by line.

use std::fs;

use super::markup;
use crate::support::{golden, root, run};

const WITHOUT_MAP: &[&str] = &[];
const WITH_MAP: &[&str] = &["--savepoints", "examples/savepoints.yaml"];

#[test]
fn the_sample_repository_is_reviewed_as_its_golden_files_say() {
    for (name, args) in [("gitops-held", WITHOUT_MAP), ("gitops-answered", WITH_MAP)] {
        for (format, ending) in [("markdown", "md"), ("html", "html")] {
            let report = reviewed(format, args);
            match format {
                "html" => markup::html(&report),
                _ => markup::markdown(&report),
            };
            let path = root().join(format!("golden/reports/{name}.{ending}"));
            golden::file(&path, &report).unwrap();
        }
    }
}

/// The report that `check` prints, which is also what it writes to a file.
fn reviewed(format: &str, args: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report");
    let report = format!("{format}={}", file.display());
    let command = ["check", "examples/gitops", "--format", format, "--report", &report];
    let ran = run(&root(), &[&command[..], args].concat());
    let printed = String::from_utf8(ran.stdout).expect("UTF-8");
    assert_eq!(fs::read_to_string(&file).expect("a report"), printed);
    printed
}
