//! The eight manifests that operator 0.1.0 was released with, converted with exactly the intended
//! bytes. They are read from a corpus beside the repository and not copied into it; without the
//! corpus (`FLINK_MIGRATE_CORPUS`, or `../shared/corpus`) these tests say so and check nothing.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::{plant, run, tree};

const SAVEPOINTS: &str = "\
default/flink-example-statemachine: file:///opt/flink/volume/flink-sp/savepoint-1
default/basic-checkpoint-ha-example: /flink-data/savepoints/savepoint-000000-aec3dd08e76d/_metadata
";

fn corpus() -> Option<PathBuf> {
    let beside = || support::root().join("../shared/corpus");
    let home = std::env::var_os("FLINK_MIGRATE_CORPUS")
        .map_or_else(beside, PathBuf::from)
        .join("operator-0.1.0");
    if !home.is_dir() {
        eprintln!(
            "SKIPPED: the corpus of release manifests is not here; set FLINK_MIGRATE_CORPUS to its folder"
        );
        return None;
    }
    Some(home)
}

/// The map holds entries of every example, and each run looks at one.
const MAP: [&str; 4] = ["--savepoints", "savepoints.yaml", "--accept", "unused-savepoint"];

/// Converts one file of the corpus; the status of `check` and the bytes after `write`.
fn convert(home: &Path, file: &str, args: &[&str]) -> (i32, String, String) {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("tree")).unwrap();
    fs::write(place.path().join("tree").join(file), fs::read(home.join(file)).unwrap()).unwrap();
    fs::write(place.path().join("savepoints.yaml"), SAVEPOINTS).unwrap();
    let with = |command| [&[command, "tree"], args].concat();
    let check = run(place.path(), &with("check"));
    run(place.path(), &with("write"));
    let after = fs::read_to_string(place.path().join("tree").join(file)).unwrap();
    (check.status.code().unwrap(), String::from_utf8(check.stdout).unwrap(), after)
}

fn token_only(before: &str) -> String {
    before.replacen("flink.apache.org/v1alpha1", "flink.apache.org/v1beta1", 1)
}

fn inserted(text: &str, behind: &str, line: &str) -> String {
    let found = text.matches(behind).count();
    assert_eq!(found, 1, "`{behind}` stands {found} times");
    text.replace(behind, &format!("{behind}{line}\n"))
}

#[test]
fn five_release_manifests_need_the_version_token_only() {
    let Some(home) = corpus() else { return };
    for file in ["advanced-ingress", "basic-ingress", "basic-session", "basic", "custom-logging"] {
        let file = format!("{file}.yaml");
        let before = fs::read_to_string(home.join(&file)).unwrap();
        let (status, said, after) = convert(&home, &file, &[]);
        assert_eq!(status, 1, "{said}");
        assert_eq!(after, token_only(&before), "{file}");
    }
}

#[test]
fn the_pod_template_account_is_written_behind_the_configuration() {
    let Some(home) = corpus() else { return };
    let before = fs::read_to_string(home.join("pod-template.yaml")).unwrap();
    let (status, said, after) = convert(&home, "pod-template.yaml", &[]);
    assert_eq!(status, 1, "{said}");
    let behind = "    taskmanager.numberOfTaskSlots: \"2\"\n";
    assert_eq!(after, inserted(&token_only(&before), behind, "  serviceAccount: flink"));
}

#[test]
fn a_last_state_job_is_held_until_the_map_names_its_savepoint() {
    let Some(home) = corpus() else { return };
    let before = fs::read_to_string(home.join("e2e-cr.yaml")).unwrap();
    let (status, said, after) = convert(&home, "e2e-cr.yaml", &[]);
    assert_eq!((status, after.as_str()), (3, before.as_str()), "{said}");
    assert!(
        said.contains("[missing-savepoint]") && said.contains("default/flink-example-statemachine"),
        "{said}"
    );

    let (status, said, after) = convert(&home, "e2e-cr.yaml", &MAP);
    assert_eq!(status, 1, "{said}");
    let path = "    initialSavepointPath: file:///opt/flink/volume/flink-sp/savepoint-1";
    assert_eq!(after, inserted(&token_only(&before), "    upgradeMode: last-state\n", path));
}

#[test]
fn the_example_of_the_upgrade_guide_needs_a_savepoint_and_a_checkpoint_directory() {
    let Some(home) = corpus() else { return };
    let file = "basic-checkpoint-ha.yaml";
    let before = fs::read_to_string(home.join(file)).unwrap();
    let map = MAP;
    for (args, rules) in [
        (&[][..], &["[missing-savepoint]", "[checkpoint-dir]"][..]),
        (&map[..], &["[checkpoint-dir]"][..]),
        (&["--checkpoints-dir", "sibling"][..], &["[missing-savepoint]"][..]),
    ] {
        let (status, said, after) = convert(&home, file, args);
        assert_eq!((status, after.as_str()), (3, before.as_str()), "{said}");
        let decisions: Vec<&str> =
            said.lines().filter(|line| line.contains(": decision: ")).collect();
        assert_eq!(decisions.len(), rules.len(), "{said}");
        assert!(rules.iter().all(|rule| said.contains(rule)), "{said}");
    }
    let (status, said, after) =
        convert(&home, file, &[&map[..], &["--checkpoints-dir", "sibling"]].concat());
    assert_eq!(status, 1, "{said}");
    let expected = inserted(
        &token_only(&before),
        "    state.savepoints.dir: file:///flink-data/savepoints\n",
        "    state.checkpoints.dir: file:///flink-data/checkpoints",
    );
    let expected = inserted(
        &expected,
        "    high-availability.storageDir: file:///flink-data/ha\n",
        "  serviceAccount: flink",
    );
    let path =
        "    initialSavepointPath: /flink-data/savepoints/savepoint-000000-aec3dd08e76d/_metadata";
    assert_eq!(after, inserted(&expected, "    upgradeMode: savepoint\n", path));
}

#[test]
fn what_upstream_released_as_v1beta1_is_already_right() {
    let Some(home) = corpus() else { return };
    let place = tempfile::tempdir().unwrap();
    plant(&tree(&home.with_file_name("operator-1.0.0")), place.path());
    let check = run(place.path(), &["check"]);
    assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stdout));
}
