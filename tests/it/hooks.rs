//! What a hook is promised: until the repository says where it stands it only reports, it judges what is
//! staged in the light of the whole tree, and after the migration it keeps the old version out.

use crate::sandbox::{BROKEN, Sandbox, held, migrated, sound};

/// What the hooks run: one that writes, and one that never does.
const WRITE: [&str; 3] = ["write", "--require-step", "--staged"];
const CHECK: [&str; 3] = ["check", "--require-step", "--staged"];

/// What a run says that has no step.
const WAITING: &str = "nothing was written and the status is 0, because the migration has not \
    begun; when it does, set `step` in flink-migrate.toml to `suspend`, and then to `convert`";

fn with(first: &[&'static str], rest: &[&'static str]) -> Vec<&'static str> {
    [first, rest].concat()
}

#[test]
fn without_a_step_a_hook_reports_writes_nothing_and_is_content() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("b.yaml", &held("b"))]);
    sandbox.commit();
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
    sandbox.commit();
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
    sandbox.commit();
    assert!(sandbox.run(&with(&WRITE, &["a.yaml"])).ended(0).err.contains("error: "));
    sandbox.run(&with(&WRITE, &["nowhere.yaml"])).ended(2);
    let ran = sandbox.run_with_input(&with(&WRITE, &["-"]), b"a: 1\n").ended(2);
    assert!(ran.err.contains("--require-step: it is for files"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
fn at_step_convert_a_hook_works_wherever_the_step_is_configured() {
    let sandbox = Sandbox::with(&[("deploy/a.yaml", &sound("a")), ("b.yaml", &held("b"))]);
    sandbox.commit();
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
    sandbox.commit();
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

/// A repository at step `convert` with everything committed.
fn repository(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::with(files);
    if !files.iter().any(|(name, _)| *name == "flink-migrate.toml") {
        let config = "step = \"convert\"\nsavepoints = [\"map.yaml\"]\n";
        sandbox.write("flink-migrate.toml", config);
        sandbox.write("map.yaml", "prod/b: s3://lake/b/savepoints/savepoint-0a1b2c-111111111111\n");
    }
    sandbox.commit();
    sandbox
}

fn stage(sandbox: &Sandbox, name: &str, text: &str) {
    sandbox.write(name, text);
    sandbox.git("", &["add", "--", name]);
}

#[test]
fn a_hook_judges_and_writes_what_is_staged_and_reads_the_rest() {
    let sandbox = repository(&[("a.yaml", &sound("a")), ("b.yaml", &held("b"))]);
    // Nothing is staged, as in CI.
    let ran = sandbox.run(&CHECK).ended(1);
    assert!(ran.out.contains("a.yaml:") && ran.out.contains("b.yaml:"), "{}", ran.out);
    stage(&sandbox, "c.yaml", &sound("c"));
    stage(&sandbox, "notes.txt", "flink.apache.org/v1alpha1\n");
    let ran = sandbox.run(&CHECK).ended(1);
    assert!(ran.out.lines().all(|line| line.starts_with("c.yaml:")), "{}", ran.out);
    assert_eq!(ran.err, "1 file would change\n");
    let before = sandbox.tree();
    assert_eq!(sandbox.run(&WRITE).ended(0).err, "1 file rewritten\n");
    assert_eq!(sandbox.read("c.yaml"), migrated("c"));
    assert_eq!(sandbox.tree().iter().filter(|(name, text)| before[*name] != **text).count(), 1);
    // What was rewritten is not what is staged, until it is staged too.
    let ran = sandbox.run(&CHECK).ended(2);
    assert!(ran.err.contains("c.yaml: error: only a part of it is staged"), "{}", ran.err);
    sandbox.git("", &["add", "-A"]);
    sandbox.run(&WRITE).ended(0);
    // From a folder, what is staged below it is judged.
    stage(&sandbox, "deploy/d.yaml", &sound("d"));
    sandbox.write("other/e.yaml", "");
    assert!(sandbox.run_in("deploy", &CHECK).ended(1).out.starts_with("d.yaml:"));
    sandbox.run_in("other", &CHECK).ended(0);
    sandbox.run(&with(&CHECK, &["other"])).ended(0);
}

#[test]
fn a_commit_without_manifests_is_none_of_our_business() {
    let sandbox = repository(&[("a.yaml", &sound("a")), ("b.yaml", &held("b"))]);
    stage(&sandbox, "main.go", "package main\n");
    sandbox.run(&CHECK).ended(0);
    sandbox.git("", &["rm", "-q", "a.yaml"]);
    sandbox.run(&WRITE).ended(0);
    assert_eq!(sandbox.read("b.yaml"), held("b"));
}

#[test]
fn what_speaks_of_others_lets_everything_be_judged() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n\
        metadata: {name: a}\nspec: {source: {path: deploy}}\n";
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
        metadata: {name: a}\nspec: {path: ./deploy}\n";
    for (name, text) in [
        ("map.yaml", "prod/b: s3://lake/b/savepoints/savepoint-0a1b2c-222222222222\n"),
        ("flink-migrate.toml", "step = \"convert\"\nsavepoints = [ \"map.yaml\" ]\n"),
        (".flink-migrate-ignore", "# nothing\n"),
        ("apps/a.yaml", application),
        ("clusters/a.yaml", flux),
    ] {
        let sandbox = repository(&[("a.yaml", &sound("a")), ("b.yaml", &held("b"))]);
        stage(&sandbox, name, text);
        let ran = sandbox.run(&CHECK).ended(1);
        assert!(ran.out.contains("a.yaml:1:") && ran.out.contains("b.yaml:1:"), "{name}: {ran:?}");
        assert!(!ran.out.contains("unused-savepoint"), "{name}: {}", ran.out);
        assert!(!ran.err.contains("note: "), "{name}: {}", ran.err);
    }
}

#[test]
fn a_hook_neither_misses_nor_invents_anything_about_the_rest_of_the_tree() {
    let sandbox = repository(&[
        ("flink-migrate.toml", "step = \"convert\"\nsavepoints = [\"map.yaml\"]\n"),
        ("map.yaml", "a: s3://lake/a/savepoint-1\nprod/b: s3://lake/b/savepoint-2\n"),
        ("x.yaml", &sound("x")),
        ("b.yaml", &held("b")),
        ("test/a.yaml", &held("a").replace("namespace: prod", "namespace: test")),
    ]);
    // The entry without a namespace might mean the other one.
    stage(&sandbox, "a.yaml", &held("a"));
    let ran = sandbox.run(&CHECK).ended(3);
    assert!(ran.out.contains("[ambiguous-savepoint]"), "{}", ran.out);
    assert!(!(ran.out + &ran.err).contains("unused-savepoint"));
    // The map alone, or a configuration alone, is judged with everything it speaks of.
    sandbox.git("", &["rm", "-qf", "a.yaml"]);
    stage(
        &sandbox,
        "map.yaml",
        "test/a: s3://lake/a/savepoint-3\nprod/b: s3://lake/b/savepoint-4\n",
    );
    let ran = sandbox.run(&CHECK).ended(1);
    assert!(!(ran.out + &ran.err).contains("unused-savepoint"));
    stage(
        &sandbox,
        "map.yaml",
        "test/aa: s3://lake/a/savepoint-3\nprod/b: s3://lake/b/savepoint-4\n",
    );
    let ran = sandbox.run(&CHECK).ended(3);
    assert!(ran.out.contains("[unused-savepoint]"), "{}", ran.out);
}

#[test]
fn the_map_alone_as_path_is_no_tree_without_workloads() {
    let scope = "[[scope]]\npaths = [\"prod\"]\nsavepoints = [\"map.yaml\"]\n";
    let sandbox = Sandbox::with(&[
        ("flink-migrate.toml", scope),
        ("map.yaml", "prod/b: s3://lake/b/savepoint-2\n"),
        ("prod/b.yaml", &held("b")),
    ]);
    for paths in [&["map.yaml"][..], &["map.yaml", "flink-migrate.toml"]] {
        let ran = sandbox.run(&[&["check", "--force-exclude"], paths].concat()).ended(0);
        assert!(!(ran.out + &ran.err).contains("scope"), "{paths:?}");
    }
}

#[test]
fn a_file_of_which_a_part_is_staged_is_refused_by_name() {
    let sandbox = repository(&[("a.yaml", &sound("a")), ("b.yaml", &sound("x"))]);
    stage(&sandbox, "a.yaml", &(sound("a") + "# one\n"));
    stage(&sandbox, "b.yaml", &(sound("x") + "# one\n"));
    sandbox.write("b.yaml", &(sound("x") + "# one\n# two\n"));
    let before = sandbox.tree();
    let ran = sandbox.run(&WRITE).ended(2);
    assert_eq!(sandbox.tree(), before);
    assert!(ran.err.contains("b.yaml: error: only a part of it is staged"), "{}", ran.err);
    assert!(!ran.err.contains("a.yaml: error"), "{}", ran.err);
    assert!(ran.err.contains("nothing was written: 1 file staged in part"), "{}", ran.err);
    sandbox.run(&with(&WRITE, &["--keep-going"])).ended(2);
    assert_eq!(sandbox.read("a.yaml"), migrated("a") + "# one\n");
    assert_eq!(sandbox.read("b.yaml"), sound("x") + "# one\n# two\n");
    // Before the migration nobody is stopped by it.
    sandbox.write("flink-migrate.toml", "");
    sandbox.run(&WRITE).ended(0);
}

#[cfg(unix)]
#[test]
fn a_name_that_looks_like_an_option_is_a_file_and_a_link_is_not_its_target() {
    let sandbox = repository(&[("a.yaml", &sound("a"))]);
    stage(&sandbox, "--exclude=a.yaml", &sound("o"));
    stage(&sandbox, "-x.yaml", &sound("p"));
    std::os::unix::fs::symlink("a.yaml", sandbox.path("link.yaml")).unwrap();
    sandbox.git("", &["add", "link.yaml"]);
    let ran = sandbox.run(&WRITE).ended(0);
    assert_eq!(ran.err, "2 files rewritten\n");
    assert_eq!(sandbox.read("--exclude=a.yaml"), migrated("o"));
    assert_eq!(sandbox.read("-x.yaml"), migrated("p"));
    assert_eq!(sandbox.read("a.yaml"), sound("a"));
}

#[test]
fn what_is_staged_is_a_question_for_git() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    let ran = sandbox.run(&CHECK).ended(2);
    assert!(ran.err.contains("--staged: this is not a Git repository"), "{}", ran.err);
    sandbox.git("", &["init", "-q"]);
    // Before the first commit there is nothing to compare with.
    sandbox.git("", &["add", "-A"]);
    stage(&sandbox, "flink-migrate.toml", "step = \"convert\"\n");
    sandbox.run(&CHECK).ended(1);
    let ran = sandbox.command(&CHECK).env("PATH", "").output().unwrap();
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    let ran = sandbox.run_with_input(&["check", "--staged", "-"], b"a: 1\n").ended(2);
    assert!(ran.err.contains("--staged: it is for files"), "{}", ran.err);
}

#[test]
fn what_the_repository_leaves_out_is_left_out_although_a_hook_hands_it_over() {
    let sandbox = repository(&[
        ("flink-migrate.toml", "step = \"convert\"\nexclude = [\"vendor/**\"]\n"),
        ("vendor/a.yaml", &sound("a")),
        ("old/b.yaml", &sound("b")),
    ]);
    stage(&sandbox, ".flink-migrate-ignore", "/old\n");
    sandbox.git("", &["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t"]);
    stage(&sandbox, "vendor/a.yaml", &sound("c"));
    stage(&sandbox, "old/b.yaml", &sound("d"));
    let before = sandbox.tree();
    sandbox.run(&WRITE).ended(0);
    sandbox.run(&with(&WRITE, &["vendor/a.yaml", "old/b.yaml"])).ended(0);
    assert_eq!(sandbox.tree(), before);
}
