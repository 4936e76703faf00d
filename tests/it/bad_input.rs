//! Files and trees as they should not be: nothing is lost, and it is said what is wrong.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::sandbox::{Sandbox, held, isolated, migrated, sound};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn no_staged_file_is_left(sandbox: &Sandbox) {
    for path in sandbox.tree().keys() {
        assert!(!path.to_string_lossy().contains(".flink-migrate-"), "{}", path.display());
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_whatever_the_others_say() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("b.yaml", &sound("b"))]);
    set_mode(&sandbox.path("b.yaml"), 0o000);
    let Some(ran) = sandbox.run_unprivileged(&["write"]) else { return };
    let ran = ran.ended(2);
    assert!(ran.err.contains("b.yaml: error: cannot be read: permission denied"), "{}", ran.err);
    assert_eq!(sandbox.read("a.yaml"), sound("a"));
    sandbox.run_unprivileged(&["check", "--exit-zero"]).unwrap().ended(2);
    sandbox.run_unprivileged(&["check", "--exclude", "b.yaml"]).unwrap().ended(1);
    sandbox.run_unprivileged(&["write", "--keep-going"]).unwrap().ended(2);
    assert_eq!(sandbox.read("a.yaml"), migrated("a"));
}

#[test]
fn every_report_says_that_a_file_could_not_be_read() {
    let sandbox = Sandbox::with(&[("x/a.yaml", &sound("a")), ("x/b.yaml", "a: 1\n")]);
    set_mode(&sandbox.path("x/a.yaml"), 0o000);
    for (format, texts) in [
        (
            "markdown",
            &["nothing to migrate in the 1 file that was read, 1 file could not be read"][..],
        ),
        ("html", &["1 file could not be read</h1>"]),
        ("json", &["\"outcome\": \"failed\"", "\"read\": 1", "\"unreadable\": 1"]),
        ("sarif", &["\"executionSuccessful\": false", "1 file could not be read."]),
    ] {
        let Some(ran) = sandbox.run_unprivileged(&["check", "--format", format]) else { return };
        let ran = ran.ended(2);
        for text in texts {
            assert!(ran.out.contains(text), "{format}: {}", ran.out);
        }
    }
}

#[test]
fn a_directory_that_cannot_be_read_is_an_error() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("closed/b.yaml", &sound("b"))]);
    set_mode(&sandbox.path("closed"), 0o000);
    let ran = sandbox.run_unprivileged(&["check"]);
    set_mode(&sandbox.path("closed"), 0o755);
    let Some(ran) = ran else { return };
    let ran = ran.ended(2);
    assert!(ran.err.contains("closed: error: cannot be read: permission denied"), "{}", ran.err);
}

#[test]
fn the_mode_of_a_file_survives() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    for wanted in [0o640, 0o600, 0o666, 0o755] {
        sandbox.write("a.yaml", &sound("a"));
        set_mode(&sandbox.path("a.yaml"), wanted);
        sandbox.run(&["write"]).ended(0);
        assert_eq!(mode(&sandbox.path("a.yaml")), wanted);
    }
}

#[test]
fn a_report_is_readable_as_other_new_files_are_and_keeps_its_mode() {
    let sandbox = Sandbox::with(&[("like-this", "")]);
    sandbox.run(&["check", "--report", "json=out.json"]).ended(0);
    assert_eq!(mode(&sandbox.path("out.json")), mode(&sandbox.path("like-this")));
    set_mode(&sandbox.path("out.json"), 0o640);
    sandbox.run(&["check", "--report", "json=out.json"]).ended(0);
    assert_eq!(mode(&sandbox.path("out.json")), 0o640);
}

#[test]
fn what_a_killed_write_has_left_is_named_by_check_and_removed_by_write() {
    let left = [
        "x/.flink-migrate-Ab3dEf6hIj9l-lock.staged",
        "x/.flink-migrate-Ab3dEf6hIj9l-kL2mNo.staged",
        "y/.flink-migrate-Ab3dEf6hIj9l-pQ4rSt.staged",
    ];
    // Without its lock nobody can tell whose it is.
    let unknown = "y/.flink-migrate-Zz3dEf6hIj9l-kL2mNo.staged";
    let sandbox = Sandbox::with(&[("x/a.yaml", &sound("a")), ("y/b.yaml", &migrated("b"))]);
    sandbox.git("", &["init", "-q"]);
    sandbox.write(".gitignore", ".flink-migrate-*.staged\n");
    for name in left.iter().chain([&unknown]) {
        sandbox.write(name, &sound("staged"));
    }
    let before = sandbox.tree();
    let ran = sandbox.run(&["check"]).ended(1);
    assert!(!ran.out.contains("staged"), "{}", ran.out);
    let note =
        "note: 3 files left behind by a killed `write`, such as x/.flink-migrate-Ab3dEf6hIj9l-";
    assert!(ran.err.contains(note), "{}", ran.err);
    assert_eq!(sandbox.tree(), before);
    let ran = sandbox.run(&["write"]).ended(0);
    let said = "3 files removed that a killed `write` had left behind\n1 file rewritten\n";
    assert_eq!(ran.err, said);
    assert!(left.iter().all(|name| !sandbox.path(name).exists()));
    assert_eq!(sandbox.read(unknown), sound("staged"));
    assert!(!sandbox.run(&["check"]).ended(0).err.contains("note: "));
    // Those of a report go with the next report.
    let of_report = "out/.flink-migrate-Ab3dEf6hIj9l-lock.staged";
    sandbox.write(of_report, "");
    sandbox.run(&["check", "--report", "json=out/report.json"]).ended(0);
    assert!(!sandbox.path(of_report).exists());
    assert_eq!(fs::read_dir(sandbox.path("out")).unwrap().count(), 1);
}

#[test]
fn a_read_only_directory_stops_the_whole_write() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("shut/b.yaml", &sound("b"))]);
    set_mode(&sandbox.path("shut"), 0o555);
    let ran = sandbox.run(&["write"]).ended(2);
    set_mode(&sandbox.path("shut"), 0o755);
    assert!(ran.err.contains("shut/b.yaml: error: its directory is read-only"), "{}", ran.err);
    assert_eq!(sandbox.read("a.yaml"), sound("a"));
    no_staged_file_is_left(&sandbox);
}

#[test]
fn a_link_inside_the_tree_stays_a_link_and_its_target_is_rewritten_once() {
    let sandbox = Sandbox::with(&[("real/a.yaml", &sound("a"))]);
    symlink("real/a.yaml", sandbox.path("link.yaml")).unwrap();
    symlink("real", sandbox.path("linked-directory")).unwrap();
    let ran = sandbox.run(&["check"]).ended(1);
    assert_eq!(ran.out.matches("[api-version]").count(), 1, "{}", ran.out);
    assert!(ran.out.starts_with("real/a.yaml:"), "{}", ran.out);
    sandbox.run(&["write"]).ended(0);
    assert_eq!(sandbox.read("real/a.yaml"), migrated("a"));
    assert!(sandbox.path("link.yaml").is_symlink());
}

#[test]
fn a_link_that_leaves_the_tree_is_not_followed_and_is_noted() {
    let outside = Sandbox::with(&[("a.yaml", &sound("a")), ("dull.yaml", "kind: ConfigMap\n")]);
    let sandbox = Sandbox::new();
    symlink(outside.path("a.yaml"), sandbox.path("link.yaml")).unwrap();
    symlink(outside.path("dull.yaml"), sandbox.path("dull.yaml")).unwrap();
    let ran = sandbox.run(&["write"]).ended(0);
    assert!(ran.err.contains("note: link.yaml: not followed"), "{}", ran.err);
    assert!(!ran.err.contains("dull.yaml"), "{}", ran.err);
    // Named, it is read; but what lies elsewhere is not ours to write.
    sandbox.run(&["check", "link.yaml"]).ended(1);
    let ran = sandbox.run(&["write", "link.yaml"]).ended(2);
    assert!(ran.err.contains("the link leaves the tree"), "{}", ran.err);
    assert_eq!(outside.read("a.yaml"), sound("a"));
}

#[test]
fn a_named_link_is_followed_inside_the_repository() {
    let sandbox = Sandbox::with(&[(".git/HEAD", ""), ("base/a.yaml", &sound("a"))]);
    fs::create_dir(sandbox.path("overlay")).unwrap();
    symlink("../base/a.yaml", sandbox.path("overlay/a.yaml")).unwrap();
    sandbox.run_in("overlay", &["write", "a.yaml"]).ended(0);
    assert_eq!(sandbox.read("base/a.yaml"), migrated("a"));
    assert!(sandbox.path("overlay/a.yaml").is_symlink());
}

#[test]
fn a_file_reached_by_several_names_counts_once() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    symlink("a.yaml", sandbox.path("b.yaml")).unwrap();
    let absolute = sandbox.path("a.yaml");
    let paths = ["check", "a.yaml", "./a.yaml", "b.yaml", absolute.to_str().unwrap(), "."];
    let ran = sandbox.run(&paths).ended(1);
    assert_eq!(ran.out.matches("[api-version]").count(), 1, "{}", ran.out);
}

#[test]
fn a_link_that_leads_nowhere_is_a_note() {
    let sandbox = Sandbox::new();
    symlink("nowhere.yaml", sandbox.path("link.yaml")).unwrap();
    symlink("loop.yaml", sandbox.path("loop.yaml")).unwrap();
    let ran = sandbox.run(&["check"]).ended(0);
    assert!(ran.err.contains("note: link.yaml: broken link"), "{}", ran.err);
    sandbox.run(&["check", "link.yaml"]).ended(2);
}

#[test]
fn what_is_no_file_is_never_opened_by_a_walk_and_refused_by_name() {
    let sandbox = Sandbox::new();
    let made = Command::new("mkfifo").arg(sandbox.path("pipe.yaml")).status();
    assert!(made.unwrap().success());
    symlink("pipe.yaml", sandbox.path("link.yaml")).unwrap();
    sandbox.run(&["check"]).ended(0);
    let ran = sandbox.run(&["check", "pipe.yaml"]).ended(2);
    assert!(ran.err.contains("use `-`"), "{}", ran.err);
}

/// Two names that differ only in a byte that is not UTF-8.
#[cfg(target_os = "linux")]
const NOT_UTF8: [&[u8]; 2] = [b"job-\xff.yaml", b"job-\xfe.yaml"];

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_an_error_and_its_file_is_left_alone() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    for name in NOT_UTF8 {
        fs::write(sandbox.root().join(OsStr::from_bytes(name)), sound("b")).unwrap();
    }
    for args in [&["check"][..], &["diff"], &["write"]] {
        let ran = sandbox.run(args).ended(2);
        for name in ["job-\\xff.yaml", "job-\\xfe.yaml"] {
            let line = format!("{name}: error: its name is not UTF-8");
            assert_eq!(ran.err.matches(&line).count(), 1, "{args:?}: {}", ran.err);
            assert!(!ran.out.contains(name), "{args:?}: {}", ran.out);
        }
    }
    assert_eq!(sandbox.read("a.yaml"), sound("a"));
    sandbox.run(&["write", "--keep-going"]).ended(2);
    assert_eq!(sandbox.read("a.yaml"), migrated("a"));
    for name in NOT_UTF8 {
        let path = sandbox.root().join(OsStr::from_bytes(name));
        assert_eq!(fs::read_to_string(&path).unwrap(), sound("b"));
        let mut named = sandbox.command(&["write"]);
        let ran = named.arg(&path).output().unwrap();
        assert_eq!(ran.status.code(), Some(2));
        assert_eq!(fs::read_to_string(&path).unwrap(), sound("b"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_overlay_in_a_folder_whose_name_is_not_utf_8_still_holds_its_base() {
    let sandbox = Sandbox::with(&[
        ("base/kustomization.yaml", "resources: [a.yaml]\n"),
        ("base/a.yaml", &sound("a")),
    ]);
    let overlay = sandbox.root().join(OsStr::from_bytes(b"k\xfe"));
    fs::create_dir(&overlay).unwrap();
    let kustomization = "resources: [../base]\npatches:\n- path: p.yaml\n";
    let patch = "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\n\
                 metadata: {name: a, namespace: prod}\nspec: {job: {upgradeMode: savepoint}}\n";
    fs::write(overlay.join("kustomization.yaml"), kustomization).unwrap();
    fs::write(overlay.join("p.yaml"), patch).unwrap();
    let ran = sandbox.run(&["write", "--keep-going"]).ended(2);
    assert!(ran.err.contains("k\\xfe/kustomization.yaml: error: its name is not UTF-8"), "{ran:?}");
    assert!(ran.err.contains("what k\\xfe/kustomization.yaml makes of"), "{ran:?}");
    assert_eq!(sandbox.read("base/a.yaml"), sound("a"));
    assert_eq!(fs::read_to_string(overlay.join("p.yaml")).unwrap(), patch);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_no_matter_where_the_file_does_not_concern_us() {
    let sandbox = Sandbox::with(&[("a.yaml", &migrated("a"))]);
    for name in NOT_UTF8 {
        fs::write(sandbox.root().join(OsStr::from_bytes(name)), "a: 1\n").unwrap();
    }
    assert_eq!(sandbox.run(&["check"]).ended(0).err.matches("UTF-8").count(), 0);
}

#[test]
fn a_name_cannot_write_to_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.write("a\n\u{1b}[2Jerror: .yaml", &held("a"));
    symlink("nowhere", sandbox.path("b\u{1b}[2J.yaml")).unwrap();
    for command in ["check", "diff", "write"] {
        let ran = sandbox.run(&[command, "--color", "never"]).ended(3);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{ran:?}");
    }
    let missing = sandbox.run(&["check", "c\u{1b}[2J.yaml"]).ended(2);
    assert!(!missing.err.contains('\u{1b}'), "{missing:?}");
}

#[test]
fn a_giant_file_that_does_not_concern_us_is_looked_through() {
    let sandbox = Sandbox::with(&[("big.yaml", &"a: b\n".repeat(1 << 20))]);
    sandbox.run(&["check"]).ended(0);
    let late = format!("{}---\n{}", "a: b\n---\n".repeat(40_000), sound("late"));
    sandbox.write("late.yaml", &late);
    let ran = sandbox.run(&["check"]).ended(1);
    assert!(ran.out.starts_with("late.yaml:80002:"), "{}", ran.out);
}

#[test]
fn a_map_and_a_configuration_that_are_not_text_are_named() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("map.yaml"), b"prod/a: /\xff\n").unwrap();
    let ran = sandbox.run(&["check", "--savepoints", "map.yaml"]).ended(2);
    assert!(ran.err.contains("map.yaml: error: is not UTF-8"), "{}", ran.err);
    fs::write(sandbox.path("flink-migrate.toml"), b"\xff").unwrap();
    sandbox.run(&["check"]).ended(2);
    sandbox.run(&["check", "--isolated"]).ended(0);
}

#[test]
fn more_files_are_replaced_at_once_than_a_process_may_hold_open() {
    let sandbox = Sandbox::new();
    let names: Vec<String> = (0..1500).map(|number| format!("job-{number}.yaml")).collect();
    for name in &names {
        sandbox.write(name, &sound("job"));
    }
    let program = env!("CARGO_BIN_EXE_flink-migrate");
    let script = format!("ulimit -n 256 && exec '{program}' write --keep-going");
    let ran = isolated("sh", &sandbox.root()).arg("-c").arg(script).output();
    let ran = crate::sandbox::Ran::of(&ran.unwrap()).ended(0);
    assert!(ran.err.contains("1500 files rewritten"), "{}", ran.err);
}

#[test]
fn nesting_of_ten_thousand_levels_ends_in_a_finding() {
    let flow = format!("{}x: {}{}\n", sound("a"), "[".repeat(10_000), "]".repeat(10_000));
    let block = format!("{}x:\n  {}y\n", sound("b"), "- ".repeat(10_000));
    let sandbox = Sandbox::with(&[("flow.yaml", &flow), ("block.yaml", &block)]);
    let before = sandbox.tree();
    let ran = sandbox.run(&["write", "--keep-going"]).ended(3);
    for name in ["flow.yaml:", "block.yaml:"] {
        let line = ran.err.lines().find(|line| line.starts_with(name));
        let line = line.unwrap_or_else(|| panic!("{name}: {}", ran.err));
        assert!(
            line.contains("nested more than 128 levels deep") && line.contains("[over-limit]"),
            "{line}"
        );
    }
    assert_eq!(sandbox.tree(), before);
}
