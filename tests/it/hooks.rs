//! What a hook is promised: until the repository says where it stands it only reports, it is content
//! with the files it is handed, and after the migration it keeps the old version out.

use crate::sandbox::{BROKEN, Sandbox, held, migrated, sound};

/// What the hooks run: one that writes, and one that never does.
const WRITE: [&str; 3] = ["write", "--require-step", "--force-exclude"];
const CHECK: [&str; 3] = ["check", "--require-step", "--force-exclude"];

/// What a run says that has no step.
const WAITING: &str = "nothing was written and the status is 0, because the migration has not \
    begun; when it does, set `step` in flink-migrate.toml to `suspend`, and then to `convert`";

fn with(first: &[&'static str], rest: &[&'static str]) -> Vec<&'static str> {
    [first, rest].concat()
}

#[test]
fn without_a_step_a_hook_reports_writes_nothing_and_is_content() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("b.yaml", &held("b"))]);
    let before = sandbox.tree();
    for more in [&["a.yaml", "b.yaml"][..], &["--keep-going", "a.yaml", "b.yaml"], &[]] {
        let ran = sandbox.run(&with(&WRITE, more)).ended(0);
        assert_eq!(ran.out, "");
        assert!(ran.err.contains("a.yaml:1:13: change: v1alpha1 becomes v1beta1"), "{}", ran.err);
        assert!(ran.err.contains(": decision: ") && ran.err.contains("b.yaml:"), "{}", ran.err);
        assert!(ran.err.contains("1 file would change, 1 document is held"), "{}", ran.err);
        assert!(ran.err.ends_with(&format!("{WAITING}\n")), "{}", ran.err);
        assert_eq!(sandbox.tree(), before, "{more:?}");
    }
    for command in ["check", "diff"] {
        let ran = sandbox.run(&[command, "--require-step"]).ended(0);
        assert!(ran.out.contains("a.yaml"), "{}", ran.out);
        assert!(ran.err.ends_with(&format!("{WAITING}\n")), "{}", ran.err);
    }
    // Nobody is told to wait where there is nothing to wait for.
    sandbox.write("c.yaml", &migrated("c"));
    let ran = sandbox.run(&with(&WRITE, &["c.yaml"])).ended(0);
    assert!(!ran.err.contains("step"), "{}", ran.err);
    // The option decides nothing for those who do not give it.
    sandbox.run(&["write", "a.yaml"]).ended(0);
    assert_eq!(sandbox.read("a.yaml"), migrated("a"));
}

#[test]
fn at_step_prepare_a_hook_waits_and_no_version_changes() {
    let files = [("flink-migrate.toml", "step = \"prepare\"\n"), ("a.yaml", &*sound("a"))];
    let sandbox = Sandbox::with(&files);
    let ran = sandbox.run(&with(&WRITE, &["a.yaml"])).ended(0);
    assert!(ran.err.ends_with(&format!("{WAITING}\n")), "{}", ran.err);
    assert_eq!(sandbox.read("a.yaml"), sound("a"));
    sandbox.run(&["write"]).ended(0);
    assert_eq!(sandbox.read("a.yaml"), sound("a"));
    sandbox.run(&["check", "--step", "convert"]).ended(1);
}

#[test]
fn without_a_step_what_cannot_be_read_is_still_an_error() {
    let sandbox = Sandbox::with(&[("a.yaml", BROKEN)]);
    assert!(sandbox.run(&with(&WRITE, &["a.yaml"])).ended(0).err.contains("error: "));
    sandbox.run(&with(&WRITE, &["nowhere.yaml"])).ended(2);
    let ran = sandbox.run_with_input(&with(&WRITE, &["-"]), b"a: 1\n").ended(2);
    assert!(ran.err.contains("--require-step: it is for files"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
fn at_step_convert_a_hook_works_wherever_the_step_is_configured() {
    let sandbox = Sandbox::with(&[("deploy/a.yaml", &sound("a")), ("b.yaml", &held("b"))]);
    sandbox.run(&with(&WRITE, &["--step", "convert", "deploy/a.yaml"])).ended(0);
    assert_eq!(sandbox.read("deploy/a.yaml"), migrated("a"));

    sandbox.write("deploy/a.yaml", &sound("a"));
    sandbox.write("flink-migrate.toml", "step = \"convert\"\n");
    sandbox.run(&with(&CHECK, &["deploy/a.yaml"])).ended(1);
    sandbox.run(&with(&CHECK, &["b.yaml"])).ended(3);
    let before = sandbox.tree();
    let ran = sandbox.run(&with(&WRITE, &["deploy/a.yaml", "b.yaml"])).ended(3);
    assert!(ran.err.contains("nothing was written: 1 file held"), "{}", ran.err);
    assert_eq!(sandbox.tree(), before);

    let ran = sandbox.run(&with(&WRITE, &["deploy/a.yaml"])).ended(0);
    assert!(ran.err.contains("1 file rewritten"), "{}", ran.err);
    assert_eq!(sandbox.read("deploy/a.yaml"), migrated("a"));
    // The second look finds nothing to do: the commit goes through.
    let after = sandbox.tree();
    let ran = sandbox.run(&with(&WRITE, &["deploy/a.yaml"])).ended(0);
    assert!(!ran.err.contains("rewritten"), "{}", ran.err);
    assert_eq!(sandbox.tree(), after);
}

#[test]
fn at_step_done_the_old_version_is_a_decision_and_nothing_is_rewritten() {
    let sandbox = Sandbox::with(&[
        ("flink-migrate.toml", "step = \"done\"\n"),
        ("a.yaml", &sound("a")),
        ("b.yaml", &held("b")),
        ("c.yaml", &migrated("c")),
    ]);
    let before = sandbox.tree();
    for first in [&CHECK[..], &WRITE, &["write", "--keep-going"], &["diff"]] {
        for (file, status) in [("a.yaml", 3), ("b.yaml", 3), ("c.yaml", 0)] {
            let ran = sandbox.run(&with(first, &[file])).ended(status);
            let printed = ran.out + &ran.err;
            assert_eq!(printed.contains("[still-preview]"), status == 3, "{printed}");
            assert!(!printed.contains("[missing-savepoint]"), "{printed}");
        }
    }
    assert_eq!(sandbox.tree(), before);
    // Nothing changes here, so that no next render could undo it.
    sandbox.write("d.yaml", &format!("# Source: a/templates/d.yaml\n{}", sound("d")));
    let ran = sandbox.run(&with(&CHECK, &["d.yaml"])).ended(3);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let before = sandbox.tree();
    let ran = sandbox.run_with_input(&["write", "-"], sound("a").as_bytes()).ended(3);
    assert_eq!(ran.out, sound("a"));
    assert_eq!(sandbox.tree(), before);
    // One run may still say that it converts: for a cluster that is late.
    sandbox.run(&["write", "--step", "convert", "a.yaml"]).ended(0);
    assert_eq!(sandbox.read("a.yaml"), migrated("a"));
}

#[test]
fn step_done_is_configured_for_a_repository_and_refused_for_a_run() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    let ran = sandbox.run(&["check", "--step", "done"]).ended(2);
    assert!(ran.err.contains("write `step = \"done\"` in flink-migrate.toml"), "{}", ran.err);
}

#[test]
fn a_hook_that_sees_a_part_of_the_tree_neither_misses_nor_invents_anything() {
    let sandbox = Sandbox::with(&[
        ("flink-migrate.toml", "step = \"convert\"\nsavepoints = [\"map.yaml\"]\n"),
        ("map.yaml", "a: s3://lake/a/savepoint-1\nprod/b: s3://lake/b/savepoint-2\n"),
        ("a.yaml", &held("a")),
        ("b.yaml", &held("b")),
        ("test/a.yaml", &held("a").replace("namespace: prod", "namespace: test")),
    ]);
    // The entry without a namespace might mean the other one: its name does not become unique.
    let ran = sandbox.run(&with(&CHECK, &["a.yaml"])).ended(3);
    assert!(ran.out.contains("[ambiguous-savepoint]"), "{}", ran.out);
    // The entry of the file that was not handed over is not called unused.
    let ran = sandbox.run(&with(&CHECK, &["b.yaml"])).ended(1);
    assert!(!(ran.out + &ran.err).contains("unused-savepoint"));
    let ran = sandbox.run(&with(&WRITE, &["b.yaml", "flink-migrate.toml", "map.yaml"])).ended(0);
    assert!(!ran.err.contains("unused-savepoint"), "{}", ran.err);
    assert!(sandbox.read("b.yaml").contains("initialSavepointPath: s3://lake/b/savepoint-2"));
    // The whole tree tells.
    sandbox.write("map.yaml", "prod/b: s3://lake/b/savepoint-2\nprod/gone: s3://lake/c/s-3\n");
    assert!(sandbox.run(&CHECK).ended(3).out.contains("[unused-savepoint]"));
}

#[test]
fn what_the_repository_leaves_out_is_left_out_although_a_hook_hands_it_over() {
    let sandbox = Sandbox::with(&[
        ("flink-migrate.toml", "step = \"convert\"\nexclude = [\"vendor/**\"]\n"),
        ("vendor/a.yaml", &sound("a")),
        ("old/b.yaml", &sound("b")),
        (".flink-migrate-ignore", "/old\n"),
    ]);
    let before = sandbox.tree();
    sandbox.run(&with(&WRITE, &["vendor/a.yaml", "old/b.yaml"])).ended(0);
    assert_eq!(sandbox.tree(), before);
}
