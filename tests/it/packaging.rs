//! What `cargo package` puts into the crate: all that the program, its users and its own tests need, and
//! no test that would look for files that stay in the repository.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::{root, tree};

#[test]
fn the_crate_holds_what_its_users_read_and_what_it_is_built_from() {
    let packaged = packaged();
    for wanted in [
        "Cargo.lock",
        "Cargo.toml",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "docs/rules.md",
        "examples/savepoints.yaml",
        "schema/config-v1.schema.json",
        "schema/jsonpatch-v1.schema.json",
        "schema/report-v1.schema.json",
        "schema/savepoints-v1.schema.json",
        "schema/verify-v1.schema.json",
    ] {
        assert!(packaged.contains(wanted), "{wanted}");
    }
    for source in sources() {
        assert!(packaged.contains(&source), "{source}");
    }
}

#[test]
fn the_crate_holds_no_case_and_no_test_that_needs_one() {
    let folders = ["bench/", "golden/", "target/", "testdata/", "tests/"];
    let astray: Vec<String> = packaged()
        .into_iter()
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder)))
        .collect();
    assert_eq!(astray, Vec::<String>::new());
    for source in sources() {
        let text = std::fs::read_to_string(root().join(&source)).unwrap();
        let needs = ["\"testdata", "\"golden", "include_bytes!"];
        let found: Vec<&str> = needs.into_iter().filter(|need| text.contains(need)).collect();
        assert!(found.is_empty(), "{source} needs a file that may not be packaged: {found:?}");
    }
}

#[test]
fn what_a_source_includes_is_packaged_beside_it() {
    let packaged = packaged();
    let mut included = 0;
    for source in sources() {
        let text = std::fs::read_to_string(root().join(&source)).unwrap();
        for rest in text.split("include_str!(\"").skip(1) {
            let file = rest.split('"').next().unwrap();
            let beside = Path::new(&source).with_file_name(file);
            let beside = beside.to_string_lossy().replace('\\', "/");
            assert!(packaged.contains(&beside), "{source} includes {beside}");
            included += 1;
        }
    }
    assert!(included > 0, "nothing is included any more: this test is of no use");
}

/// Every file of the crate, but for those that cargo adds.
fn packaged() -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let mut command = Command::new(cargo);
    command.args(["package", "--list", "--allow-dirty", "--offline"]).current_dir(root());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).unwrap();
    list.lines().map(|path| path.replace('\\', "/")).collect()
}

/// The sources of the program, with `/` in their paths.
fn sources() -> Vec<String> {
    let sources = tree(&root().join("src")).into_keys();
    let found: Vec<String> = sources.map(|name| format!("src/{name}")).collect();
    assert!(found.len() > 50, "the walk found the sources");
    found
}
