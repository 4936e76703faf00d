//! The sample repository as Markdown and as a page, without the savepoint map and with it, to the
//! byte. `BLESS=1` accepts what comes out now; then read the difference line by line.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::markup;

const WITHOUT_MAP: &[&str] = &[];
const WITH_MAP: &[&str] = &["--savepoints", "examples/savepoints.yaml"];

#[test]
fn the_sample_repository_is_reviewed_as_its_golden_files_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, args) in [("gitops-held", WITHOUT_MAP), ("gitops-answered", WITH_MAP)] {
        for (format, ending) in [("markdown", "md"), ("html", "html")] {
            let report = reviewed(root, format, args);
            match format {
                "html" => markup::html(&report),
                _ => markup::markdown(&report),
            };
            let golden = root.join(format!("golden/reports/{name}.{ending}"));
            if std::env::var_os("BLESS").is_some() {
                fs::create_dir_all(golden.parent().expect("a folder")).expect("it can be made");
                fs::write(&golden, &report).expect("it can be written");
            }
            let wanted = fs::read_to_string(&golden).unwrap_or_default();
            assert!(report == wanted, "{} is not what comes out:\n{report}", golden.display());
        }
    }
}

/// The report that `check` prints, which is also what it writes to a file.
fn reviewed(root: &Path, format: &str, args: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report");
    let report = format!("{format}={}", file.display());
    let program = env!("CARGO_BIN_EXE_flink-migrate");
    let ran = Command::new(program)
        .args(["check", "examples/gitops", "--format", format, "--report", &report])
        .args(args)
        .current_dir(root)
        .env_clear()
        .output()
        .expect("it runs");
    let printed = String::from_utf8(ran.stdout).expect("UTF-8");
    assert_eq!(fs::read_to_string(&file).expect("a report"), printed);
    printed
}
