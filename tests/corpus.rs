//! The manifests that operator 0.1.0 was released with must become exactly the intended bytes, and
//! plans must be sound for what random mutations make of them.
//! They lie in a corpus beside the repository: `FLINK_MIGRATE_CORPUS` names its folder, and
//! `../shared/corpus` is the default. Without the corpus these tests are reported as ignored.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use libtest_mimic::{Arguments, Trial};
use support::mutated::{Input, Search};
use support::{Case, Spec, plant, run, tree};

type Test = fn(&Path);

const TESTS: [(&str, Test); 6] = [
    (
        "five_release_manifests_need_the_version_token_only",
        five_release_manifests_need_the_version_token_only,
    ),
    (
        "the_pod_template_account_is_written_behind_the_configuration",
        the_pod_template_account_is_written_behind_the_configuration,
    ),
    (
        "a_last_state_job_is_held_until_the_map_names_its_savepoint",
        a_last_state_job_is_held_until_the_map_names_its_savepoint,
    ),
    (
        "the_example_of_the_upgrade_guide_needs_a_savepoint_and_a_checkpoint_directory",
        the_example_of_the_upgrade_guide_needs_a_savepoint_and_a_checkpoint_directory,
    ),
    (
        "what_upstream_released_as_v1beta1_is_already_right",
        what_upstream_released_as_v1beta1_is_already_right,
    ),
    (
        "whatever_becomes_of_a_release_manifest_its_plan_is_sound",
        whatever_becomes_of_a_release_manifest_its_plan_is_sound,
    ),
];

fn main() -> ExitCode {
    let home = corpus().join("operator-0.1.0");
    let is_absent = !home.is_dir();
    let trial = |(name, test): (&str, Test)| {
        let home = home.clone();
        let run = move || {
            test(&home);
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(is_absent)
    };
    let trials = TESTS.map(trial).into();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn corpus() -> PathBuf {
    let beside = || support::root().join("../shared/corpus");
    std::env::var_os("FLINK_MIGRATE_CORPUS").map_or_else(beside, PathBuf::from)
}

const SAVEPOINTS: &str = "\
default/flink-example-statemachine: file:///opt/flink/volume/flink-sp/savepoint-1
default/basic-checkpoint-ha-example: /flink-data/savepoints/savepoint-000000-aec3dd08e76d/_metadata
";

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

fn five_release_manifests_need_the_version_token_only(home: &Path) {
    for file in ["advanced-ingress", "basic-ingress", "basic-session", "basic", "custom-logging"] {
        let file = format!("{file}.yaml");
        let before = fs::read_to_string(home.join(&file)).unwrap();
        let (status, messages, after) = convert(home, &file, &[]);
        assert_eq!(status, 1, "{messages}");
        assert_eq!(after, token_only(&before), "{file}");
    }
}

fn the_pod_template_account_is_written_behind_the_configuration(home: &Path) {
    let before = fs::read_to_string(home.join("pod-template.yaml")).unwrap();
    let (status, messages, after) = convert(home, "pod-template.yaml", &[]);
    assert_eq!(status, 1, "{messages}");
    let behind = "    taskmanager.numberOfTaskSlots: \"2\"\n";
    assert_eq!(after, inserted(&token_only(&before), behind, "  serviceAccount: flink"));
}

fn a_last_state_job_is_held_until_the_map_names_its_savepoint(home: &Path) {
    let before = fs::read_to_string(home.join("e2e-cr.yaml")).unwrap();
    let (status, messages, after) = convert(home, "e2e-cr.yaml", &[]);
    assert_eq!((status, after.as_str()), (3, before.as_str()), "{messages}");
    assert!(
        messages.contains("[missing-savepoint]")
            && messages.contains("default/flink-example-statemachine"),
        "{messages}"
    );

    let (status, messages, after) = convert(home, "e2e-cr.yaml", &MAP);
    assert_eq!(status, 1, "{messages}");
    let path = "    initialSavepointPath: file:///opt/flink/volume/flink-sp/savepoint-1";
    assert_eq!(after, inserted(&token_only(&before), "    upgradeMode: last-state\n", path));
}

fn the_example_of_the_upgrade_guide_needs_a_savepoint_and_a_checkpoint_directory(home: &Path) {
    let file = "basic-checkpoint-ha.yaml";
    let before = fs::read_to_string(home.join(file)).unwrap();
    let map = MAP;
    for (args, rules) in [
        (&[][..], &["[missing-savepoint]", "[checkpoint-dir]"][..]),
        (&map[..], &["[checkpoint-dir]"][..]),
        (&["--checkpoints-dir", "sibling"][..], &["[missing-savepoint]"][..]),
    ] {
        let (status, messages, after) = convert(home, file, args);
        assert_eq!((status, after.as_str()), (3, before.as_str()), "{messages}");
        let decisions: Vec<&str> =
            messages.lines().filter(|line| line.contains(": decision: ")).collect();
        assert_eq!(decisions.len(), rules.len(), "{messages}");
        assert!(rules.iter().all(|rule| messages.contains(rule)), "{messages}");
    }
    let (status, messages, after) =
        convert(home, file, &[&map[..], &["--checkpoints-dir", "sibling"]].concat());
    assert_eq!(status, 1, "{messages}");
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

fn what_upstream_released_as_v1beta1_is_already_right(home: &Path) {
    let place = tempfile::tempdir().unwrap();
    plant(&tree(&home.with_file_name("operator-1.0.0")), place.path());
    let check = run(place.path(), &["check"]);
    assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stdout));
}

fn whatever_becomes_of_a_release_manifest_its_plan_is_sound(home: &Path) {
    let args = ["--service-account", "flink"].map(String::from).into();
    let case = Case::from_files("corpus", Spec { args, ..Spec::default() });
    let files = tree(home.parent().unwrap()).into_iter();
    let input = |(name, bytes)| Input { case: case.clone(), name, bytes, beside: BTreeMap::new() };
    let inputs: Vec<Input> = files.map(input).collect();
    let (seen, failures) = Search::of_suite(800).hold_laws(&inputs);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(seen.changed.load(Ordering::Relaxed) > 100);
}
