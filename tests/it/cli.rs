//! The command line as a contract: what is said, where, and how a run ends.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use crate::sandbox::{BROKEN, Ran, Sandbox, held, migrated, sound};
use crate::support::FORMATS;

#[test]
fn no_command_is_answered_with_a_short_help_and_examples() {
    let ran = Sandbox::new().run(&[]).ended(2);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("Usage:") && ran.err.contains("Examples:"), "{}", ran.err);
}

#[test]
fn a_path_in_place_of_a_command_is_answered_with_a_suggestion() {
    let files = [("deploy/a.yaml", &*sound("a")), ("examples/b.yaml", "a: 1\n"), ("write2", "")];
    let sandbox = Sandbox::with(&files);
    // What is there is meant, however much it looks like a command.
    for path in [".", "deploy", "deploy/a.yaml", "nowhere/b.yaml", "examples", "write2"] {
        let ran = sandbox.run(&[path]).ended(2);
        let wanted = format!("did you mean `flink-migrate diff {path}`?");
        assert!(ran.err.contains(&wanted), "{}", ran.err);
    }
}

#[test]
fn help_and_version_are_data() {
    let sandbox = Sandbox::new();
    for args in [&["--help"][..], &["-h"], &["diff", "--help"], &["check", "-h"], &["--version"]] {
        let ran = sandbox.run(args).ended(0);
        assert!(!ran.out.is_empty() && ran.err.is_empty(), "{ran:?}");
        assert!(!ran.out.contains('\u{1b}'));
    }
}

#[test]
fn wrong_usage_is_status_two_and_writes_nothing() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    let before = sandbox.tree();
    for args in [
        &["write", "--no-such-option"][..],
        &["write", "--step", "done"],
        &["write", "--step", "convret"],
        &["write", "--step", "suspend", "--savepoints", "map.yaml"],
        &["write", "--step", "prepare", "--savepoints-dir", "s3://lake/{name}"],
        &["write", "--savepoints-dir", "s3://lake/{name}"],
        &["write", "--verified", "verified.json"],
        &["write", "--step", "cleanup", "--verified", "nowhere.json"],
        &["write", "--step", "cleanup", "--defaults", "leave"],
        &["write", "--defaults", "maybe"],
        &["write", "--checkpoints-dir", "siblings"],
        &["write", "--namespace", "Prod"],
        &["write", "--service-account", "two words"],
        &["write", "--accept", "no-such-rule"],
        &["write", "--accept", "stale-savepoint"],
        &["write", "--accept", "contradiction=prod/a"],
        &["write", "--select", "a["],
        &["write", "--exclude", "a["],
        &["write", "--jobs", "0"],
        &["write", "--fail-on", "never"],
        &["write", "--fail-on", "error", "--exit-zero"],
        &["write", "-q", "-v"],
        &["write", "--report", "json"],
        &["write", "--report", "json=-"],
        &["write", "--report", "jsn=report.json"],
        &["write", "--report", "json=a.yaml"],
        &["write", "--savepoints", "nowhere.yaml"],
        &["write", "--config", "nowhere.toml"],
        &["write", "--stdin-filename", "x.yaml"],
        &["write", "-", "a.yaml"],
        &["write", "nowhere"],
        &["write", "a.yaml", "nowhere"],
        &["diff", "--keep-going"],
        &["diff", "--format", "json"],
        &["check", "--format", "jsn"],
        &["explain", "no-such-rule"],
    ] {
        let ran = sandbox.run(args).ended(2);
        assert_eq!(ran.out, "", "{args:?}");
        assert!(ran.err.contains("error"), "{args:?}: {}", ran.err);
        assert_eq!(sandbox.tree(), before, "{args:?}");
    }
}

#[test]
fn a_wrong_name_is_answered_with_what_may_be_meant() {
    let sandbox = Sandbox::new();
    for (args, message) in [
        (&["wirte"][..], "write"),
        (&["frobnicate"], "unknown command `frobnicate`"),
        (&["post-render"], "not in this release"),
        (&["plan"], "`flink-migrate diff` shows"),
        (&["migrate"], "`flink-migrate write` changes"),
        (&["validate"], "`flink-migrate check` lists"),
        (&["version"], "`flink-migrate --version`"),
        (&["write", "--dry-run=client"], "`flink-migrate diff` shows"),
        (&["check", "-o", "json"], "`--format json`"),
        (&["check", "--since", "main"], "git diff --name-only"),
        (&["check", "--target-operator", "v1.15"], "write 1.15"),
        (&["check", "--target-operator", "latest"], "write 1.15"),
        (&["check", "--accept", "stale-savepiont=prod/a"], "did you mean `stale-savepoint`?"),
        (&["explain", "api-verison"], "did you mean `api-version`?"),
        (&["check", "--format", "jsonptach"], "jsonpatch"),
        (&["check", "--accept", "stale-savepoint"], "stale-savepoint=NAMESPACE/NAME"),
        (&["check", "--accept", "stale-savepoint=prod/*"], "does not name one workload"),
        (&["check", "--accept", "ambiguous-savepoint=prod/a"], "only answered"),
    ] {
        let ran = sandbox.run(args).ended(2);
        assert!(ran.err.contains(message), "{args:?}: {}", ran.err);
    }
}

#[test]
fn the_status_is_that_of_the_worst_document() {
    for (file, status) in [
        ("kind: ConfigMap\n".to_string(), 0),
        (migrated("a"), 0),
        (sound("a"), 1),
        (held("a"), 3),
        (BROKEN.to_string(), 2),
        (format!("{}---\n{}", sound("a"), held("b")), 3),
    ] {
        let sandbox = Sandbox::with(&[("a.yaml", &file)]);
        sandbox.run(&["check"]).ended(status);
        sandbox.run(&["diff"]).ended(status);
    }
    let sandbox =
        Sandbox::with(&[("a.yaml", &sound("a")), ("b.yaml", &held("b")), ("c.yaml", BROKEN)]);
    sandbox.run(&["check"]).ended(2);
    sandbox.run(&["check", "a.yaml", "b.yaml"]).ended(3);
}

#[test]
fn a_threshold_silences_what_lies_below_it() {
    let sandbox =
        Sandbox::with(&[("a.yaml", &sound("a")), ("b.yaml", &held("b")), ("c.yaml", BROKEN)]);
    for (level, codes) in [("change", [1, 3, 2]), ("decision", [0, 3, 2]), ("error", [0, 0, 2])] {
        for (file, code) in ["a.yaml", "b.yaml", "c.yaml"].into_iter().zip(codes) {
            sandbox.run(&["check", "--fail-on", level, file]).ended(code);
        }
    }
    sandbox.run(&["check", "--exit-zero"]).ended(0);
    sandbox.run(&["check", "--exit-zero", "nowhere"]).ended(2);
}

#[test]
fn the_format_never_changes_the_status() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("b.yaml", &held("b"))]);
    for format in FORMATS {
        sandbox.run(&["check", "--format", format]).ended(3);
    }
}

#[test]
fn a_review_of_a_stream_shows_its_diffs() {
    let sandbox = Sandbox::new();
    let markdown = ["check", "-", "--format", "markdown"];
    let review = sandbox.run_with_input(&markdown, sound("a").as_bytes()).ended(1);
    assert!(review.out.contains("```diff\n@@ "), "{}", review.out);
    let html = ["check", "-", "--format", "html"];
    let review = sandbox.run_with_input(&html, held("c").as_bytes()).ended(3);
    assert!(review.out.contains("<p class=\"held\">"), "{}", review.out);
    assert!(review.out.contains("<del>-apiVersion"), "{}", review.out);
}

#[test]
fn write_does_everything_once() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("x/b.yml", &sound("b"))]);
    let ran = sandbox.run(&["write"]).ended(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", "2 files rewritten\n"));
    assert_eq!(sandbox.read("a.yaml"), migrated("a"));
    assert_eq!(sandbox.read("x/b.yml"), migrated("b"));
    let after = sandbox.tree();
    sandbox.run(&["write"]).ended(0);
    sandbox.run(&["check"]).ended(0);
    assert_eq!(sandbox.tree(), after);
}

#[test]
fn a_held_file_holds_the_whole_write_and_keep_going_writes_the_sound_ones() {
    let (sound, held) = (sound("a"), held("b"));
    let before = [("a.yaml", &*sound), ("b.yaml", &*held), ("c.yaml", BROKEN)];
    for (count, args, status, messages) in [
        (2, &["write"][..], 3, &["nothing was written: 1 file held", "--keep-going"][..]),
        (3, &["write", "--keep-going"], 2, &["1 file rewritten; 2 files left alone"]),
    ] {
        let sandbox = Sandbox::with(&before[..count]);
        let ran = sandbox.run(args).ended(status);
        assert!(messages.iter().all(|text| ran.err.contains(text)), "{}", ran.err);
        let is_written = args.contains(&"--keep-going");
        let first = if is_written { migrated("a") } else { sound.clone() };
        assert_eq!(sandbox.read("a.yaml"), first);
        for (name, text) in &before[1..count] {
            assert_eq!(sandbox.read(name), *text);
        }
    }
}

#[test]
fn a_map_with_an_open_entry_is_no_file_that_was_left_alone() {
    let map = "prod/a: s3://b/a/savepoint-1\nprod/gone: s3://b/gone/savepoint-1\n";
    let open = "1 savepoint map needs a decision";
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("map.yaml", map)]);
    let by_map = ["write", "--savepoints", "map.yaml"];
    let ran = sandbox.run(&by_map).ended(3);
    assert!(ran.err.contains(&format!("nothing was written: {open}; answer")), "{}", ran.err);
    let ran = sandbox.run(&[&by_map[..], &["--keep-going"]].concat()).ended(3);
    assert!(ran.err.ends_with(&format!("1 file rewritten; {open}\n")), "{}", ran.err);
}

#[test]
fn keep_going_leaves_out_what_is_not_writable_and_writes_the_rest() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("b.yaml", &sound("b"))]);
    read_only(&sandbox.path("b.yaml"));
    let before = sandbox.tree();
    let ran = sandbox.run(&["write"]).ended(2);
    assert_eq!(sandbox.tree(), before);
    assert!(ran.err.contains("b.yaml: error: the file is read-only"), "{}", ran.err);
    assert!(ran.err.contains("nothing was written"), "{}", ran.err);

    let ran = sandbox.run(&["write", "--keep-going"]).ended(2);
    assert_eq!(sandbox.read("a.yaml"), migrated("a"));
    assert_eq!(sandbox.read("b.yaml"), sound("b"));
    assert!(ran.err.contains("1 file rewritten; 1 file not writable"), "{}", ran.err);
    assert!(ran.err.contains("b.yaml: error: the file is read-only"), "{}", ran.err);
    assert_eq!(sandbox.tree().len(), 2, "nothing staged is left behind");

    let ran = sandbox.run(&["write", "--keep-going"]).ended(2);
    assert!(ran.err.contains("no file rewritten; 1 file not writable"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn keep_going_goes_on_beside_a_directory_of_somebody_else() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("theirs/b.yaml", &sound("b"))]);
    fs::set_permissions(sandbox.path("theirs"), fs::Permissions::from_mode(0o555)).unwrap();
    let Some(ran) = sandbox.run_unprivileged(&["write", "--keep-going"]) else { return };
    fs::set_permissions(sandbox.path("theirs"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(ran.err.contains("theirs/b.yaml: error: "), "{}", ran.err);
    assert_eq!(ran.ended(2).out, "");
    assert_eq!(sandbox.read("a.yaml"), migrated("a"));
    assert_eq!(sandbox.read("theirs/b.yaml"), sound("b"));
}

fn read_only(path: &std::path::Path) {
    let mut permissions = fs::metadata(path).expect("it is there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions).expect("it can be set");
}

#[test]
fn strict_lets_notes_count_and_changes_nothing_else() {
    // Its slots come from a chart that may go, which is a note without a target.
    let noted = sound("a");
    let sandbox = Sandbox::with(&[("a.yaml", &noted)]);
    let args = |strict: bool, more: &[&'static str]| {
        let strict = strict.then_some("--strict");
        more.iter().copied().chain(strict).collect::<Vec<_>>()
    };
    let plain = sandbox.run(&args(false, &["check"])).ended(1);
    assert!(plain.out.contains(" note: "), "{}", plain.out);
    let strict = sandbox.run(&args(true, &["check"])).ended(3);
    assert_eq!((&strict.out, &strict.err), (&plain.out, &plain.err));
    sandbox.run(&args(true, &["check", "-q"])).ended(3);
    sandbox.run(&args(true, &["check", "--fail-on", "decision"])).ended(3);
    sandbox.run(&args(true, &["check", "--fail-on", "error"])).ended(0);
    sandbox.run(&args(true, &["diff"])).ended(3);
    sandbox.run_with_input(&args(true, &["check", "-"]), noted.as_bytes()).ended(3);
    sandbox.run_with_input(&args(true, &["write", "-"]), noted.as_bytes()).ended(3);
    assert_eq!(sandbox.run(&args(true, &["write"])).ended(3).err, "1 file rewritten\n");
    sandbox.run(&args(true, &["write"])).ended(0);
    assert!(
        sandbox.run(&["check", "--strict", "--exit-zero"]).ended(2).err.contains("--exit-zero")
    );
}

/// A manifest that relies on nothing, with these lines at the end of its job.
fn complete(name: &str, job: &str) -> String {
    format!(
        "apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {{namespace: prod, name: {name}}}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
    state.checkpoints.dir: s3://lake/{name}/checkpoints
  serviceAccount: flink
  jobManager: {{replicas: 1, resource: {{memory: 2g, cpu: 1}}}}
  taskManager: {{resource: {{memory: 4g, cpu: 2}}}}
  job:
    jarURI: local:///opt/app.jar
    parallelism: 4
    upgradeMode: savepoint
{job}"
    )
}

#[test]
fn an_accepted_loss_of_state_is_listed_as_a_risk() {
    let old = "    initialSavepointPath: s3://lake/old/savepoint-1\n";
    let secret = "    initialSavepointPath: s3://user:hunter2@lake/old/savepoint-2\n";
    let sandbox = Sandbox::with(&[
        ("cache.yaml", &complete("cache", "")),
        ("fraud.yaml", &complete("fraud", secret)),
        ("orders.yaml", &complete("orders", old)),
    ]);
    let accepts = [
        "--accept",
        "missing-savepoint=prod/cache",
        "--accept",
        "stale-savepoint=prod/orders",
        "--accept",
        "stale-savepoint=prod/fraud",
    ];
    let with = |args: &[&'static str]| [args, &accepts].concat();
    let ran = sandbox.run(&with(&["check", "--format", "markdown"])).ended(1);
    for row in [
        "| `prod/cache` | `cache.yaml:1` | version | starts empty | **state** |\n",
        "| `prod/orders` | `orders.yaml:1` | version | `s3://lake/old/savepoint-1` (stays) | \
         **state** |\n",
        "| `prod/fraud` | `fraud.yaml:1` | version | the path in Git stays | **state** |\n",
    ] {
        assert!(ran.out.contains(row), "{row}{}", ran.out);
    }
    let ran = sandbox.run(&with(&["check", "--format", "html"])).ended(1);
    for cell in [
        "<td>starts empty</td>",
        "<td><code>s3://lake/old/savepoint-1</code> <small>stays</small></td>",
    ] {
        assert!(ran.out.contains(cell), "{cell}{}", ran.out);
    }
    assert!(!ran.out.contains("hunter2"));
    let ran = sandbox.run(&with(&["check"])).ended(1);
    assert_eq!(ran.out.matches(": note: accepted: ").count(), 3, "{}", ran.out);
}

#[test]
fn strict_does_not_ask_again_about_what_was_accepted() {
    let text = complete("cache", "");
    let sandbox = Sandbox::with(&[("cache.yaml", &text)]);
    let accepts = ["--strict", "--accept", "missing-savepoint=prod/cache"];
    sandbox.run(&[&["check"][..], &accepts].concat()).ended(1);
    sandbox.run_with_input(&[&["check", "-"][..], &accepts].concat(), text.as_bytes()).ended(1);
    sandbox.run_with_input(&[&["write", "-"][..], &accepts].concat(), text.as_bytes()).ended(0);
    sandbox.run(&[&["write"][..], &accepts].concat()).ended(0);
}

#[test]
fn strict_counts_the_notes_of_the_run_too() {
    let sandbox = Sandbox::with(&[("a.yaml", &migrated("a"))]);
    sandbox.run(&["check", "--strict"]).ended(0);
    let ran =
        sandbox.run(&["check", "--strict", "--accept", "stale-savepoint=prod/nobody"]).ended(3);
    assert!(ran.err.contains("matches no workload"), "{}", ran.err);
}

#[test]
fn an_acceptance_that_nothing_needed_is_a_note_once_the_whole_tree_was_judged() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("b.yaml", &sound("b"))]);
    let ran = sandbox.run(&["check", "--accept", "operator-refuses"]).ended(1);
    let message = "note: --accept: operator-refuses has no effect";
    assert!(ran.err.contains(message), "{}", ran.err);
    let ran = sandbox.run(&["check", "--accept", "operator-refuses", "a.yaml"]).ended(1);
    assert!(!ran.err.contains("note: "), "{}", ran.err);

    sandbox.write("flink-migrate.toml", "accept = [\"operator-refuses\"]\n");
    let ran = sandbox.run(&["check"]).ended(1);
    assert!(
        ran.err.contains("note: flink-migrate.toml:1:11: operator-refuses has no effect"),
        "{}",
        ran.err
    );
    let old = sound("b").replace("v1_15", "v1_14").replace("v1_16", "v1_14");
    sandbox.write("b.yaml", &old);
    let ran =
        sandbox.run(&["check", "--target-operator", "1.15", "--defaults", "preserve"]).ended(1);
    assert!(!ran.err.contains("note: "), "{}", ran.err);
    let ran = sandbox.run(&["check", "--accept", "unused-savepoint"]).ended(1);
    assert!(ran.err.contains("unused-savepoint has no effect"), "{}", ran.err);
}

#[test]
fn the_manual_page_of_a_command_names_the_program_and_its_release() {
    let sandbox = Sandbox::new();
    for (args, title) in [
        (&["man"][..], ".TH flink-migrate 1"),
        (&["man", "check"], ".TH flink-migrate-check 1"),
        (&["man", "write"], ".TH flink-migrate-write 1"),
    ] {
        let page = sandbox.run(args).ended(0).out;
        let line = page.lines().find(|line| line.starts_with(".TH")).unwrap().to_string();
        let wanted = format!("{title}  \"flink-migrate {}\"", env!("CARGO_PKG_VERSION"));
        assert_eq!(line.trim_end(), wanted);
    }
}

#[test]
fn neither_threads_nor_the_order_of_paths_change_a_byte() {
    let sandbox = Sandbox::new();
    for number in 0..60 {
        let text = if number % 3 == 0 { held("job") } else { sound("job") };
        let text = text.replace("name: job", &format!("name: job-{number}"));
        sandbox.write(&format!("d{}/job-{number}.yaml", number % 7), &text);
    }
    let all = |command: &str, rest: &[&str]| {
        let args: Vec<&str> = [command].into_iter().chain(rest.iter().copied()).collect();
        let ran = sandbox.run(&args).ended(3);
        (ran.out, ran.err)
    };
    for command in ["diff", "check"] {
        let one = all(command, &["--jobs", "1"]);
        assert!(one.0.contains("d6/"));
        for rest in [
            &["--jobs", "2"][..],
            &["--jobs", "9"],
            &["--jobs", "9", "d6", "d5", "d4", "d3", "d2", "d1", "d0"],
            &["--jobs", "3", ".", "./d3", "d3/../d3"],
        ] {
            assert_eq!(all(command, rest), one, "{command} {rest:?}");
        }
    }
    let named = all("check", &["d1/job-1.yaml", "d0/job-0.yaml", "d1/job-1.yaml"]);
    assert_eq!(all("check", &["d0/job-0.yaml", "./d1/job-1.yaml"]), named);
}

#[test]
fn what_only_one_machine_ignores_is_read() {
    let sandbox = Sandbox::with(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".git/info/exclude", "a.yaml\n"),
        ("a.yaml", &sound("a")),
    ]);
    sandbox.run(&["check"]).ended(1);
}

#[test]
fn ignored_files_are_skipped_unless_they_are_named_and_hidden_ones_are_not() {
    let sandbox = Sandbox::with(&[
        (".gitignore", "ignored.yaml\nbuild/\n"),
        (".flink-migrate-ignore", "mine.yaml\n"),
        ("ignored.yaml", &sound("a")),
        ("build/b.yaml", &sound("b")),
        ("mine.yaml", &sound("c")),
        (".git/d.yaml", &sound("d")),
        ("notes.txt", &sound("e")),
    ]);
    let ran = sandbox.run(&["check"]).ended(0);
    assert!(ran.err.contains("no file was read"), "{}", ran.err);
    for named in ["ignored.yaml", "build/b.yaml", "mine.yaml", ".git/d.yaml", "notes.txt"] {
        sandbox.run(&["check", named]).ended(1);
    }
    for named in ["ignored.yaml", "build/b.yaml", "build", "mine.yaml"] {
        sandbox.run(&["check", "--force-exclude", named]).ended(0);
    }
    sandbox.run(&["check", "--force-exclude", "notes.txt"]).ended(1);
    let sandbox = Sandbox::with(&[(".deploy/a.yaml", &sound("a")), (".b.yaml", &sound("b"))]);
    let ran = sandbox.run(&["check"]).ended(1);
    for hidden in [".deploy/a.yaml:1:13: change", ".b.yaml:1:13: change"] {
        assert!(ran.out.contains(hidden), "{}", ran.out);
    }
}

#[test]
fn one_map_is_not_that_of_two_scopes() {
    let scope = |paths| format!("[[scope]]\npaths = [\"{paths}\"]\nsavepoints = [\"s.yaml\"]\n");
    let sandbox = Sandbox::with(&[
        ("flink-migrate.toml", &format!("{}{}", scope("eu/**"), scope("us/**"))),
        ("s.yaml", "prod/orders: s3://lake/orders/savepoints/savepoint-0a1b2c\n"),
        ("eu/a.yaml", &sound("a")),
    ]);
    let ran = sandbox.run(&["check"]).ended(2);
    let message = "flink-migrate.toml:4:1: error: s.yaml is the savepoint map of the scope at \
                flink-migrate.toml:1:1 as well";
    assert!(ran.err.contains(message), "{}", ran.err);
}

#[test]
fn what_is_excluded_is_left_out() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("vendor/x/b.yaml", BROKEN)]);
    sandbox.run(&["check"]).ended(2);
    for glob in ["vendor", "vendor/**", "vendor/x/*.yaml", "**/b.yaml"] {
        sandbox.run(&["check", "--exclude", glob]).ended(1);
    }
    sandbox.run(&["check", "--exclude", "vendor", "vendor/x/b.yaml"]).ended(2);
    sandbox.run(&["check", "--exclude", "vendor", "--force-exclude", "vendor/x/b.yaml"]).ended(0);
    // Relative to the working directory.
    sandbox.run_in("vendor", &["check", "--exclude", "x/b.yaml"]).ended(0);
    sandbox.run_in("vendor", &["check", "--exclude", "vendor/x/b.yaml"]).ended(2);
}

#[test]
fn a_scope_of_a_configuration_above_the_repository_takes_its_files() {
    let scope = "[[scope]]\npaths = [\"repo/eu\"]\nsavepoints = [\"eu.yaml\"]\n";
    let sandbox = Sandbox::with(&[
        ("my.toml", scope),
        ("eu.yaml", "prod/a: /sp/1\n"),
        ("repo/.git/HEAD", ""),
        ("repo/eu/a.yaml", &held("a")),
        ("repo/us/a.yaml", &held("a")),
    ]);
    sandbox.run_in("repo", &["check", "--config", "../my.toml", "eu"]).ended(1);
    sandbox.run_in("repo/us", &["check", "--config", "../../my.toml", "../eu"]).ended(1);
    sandbox.run_in("repo", &["check", "--config", "../my.toml", "us"]).ended(3);
    sandbox.run_in("", &["check", "--config", "my.toml", "repo/eu"]).ended(1);
}

#[test]
fn names_are_relative_to_the_working_directory() {
    let sandbox = Sandbox::with(&[("a/x.yaml", &sound("x")), ("b/y.yaml", &sound("y"))]);
    let names = |dir: &str, args: &[&str]| {
        let ran = sandbox.run_in(dir, args).ended(1);
        ran.out.lines().next().unwrap().split(':').next().unwrap().to_string()
    };
    assert_eq!(names("", &["check", "./a"]), "a/x.yaml");
    assert_eq!(names("a", &["check"]), "x.yaml");
    assert_eq!(names("a", &["check", "../b"]), "../b/y.yaml");
    assert_eq!(names("", &["check", sandbox.path("a").to_str().unwrap()]), "a/x.yaml");
}

#[test]
fn paths_for_programs_begin_at_the_root_of_the_repository() {
    let sandbox = Sandbox::with(&[
        ("deploy/eu/a.yaml", &sound("a")),
        ("deploy/b.yaml", &held("b")),
        ("map.yaml", "prod/c: /sp/1\n"),
        ("overlays/k.txt", ""),
    ]);
    sandbox.git("", &["init", "-q"]);
    for format in FORMATS {
        let check = ["check", "--savepoints", "../map.yaml", "--format", format];
        let at_root = sandbox.run(&["check", "--savepoints", "map.yaml", "--format", format]);
        let below = sandbox.run_in("deploy", &[&check[..], &[".."]].concat());
        match format {
            // People read names from where they are.
            "human" | "concise" => assert_ne!(below.out, at_root.out),
            _ => assert_eq!(below.out, at_root.out, "{format}"),
        }
        let beside = sandbox.run_in("overlays", &[&check[..], &["../deploy"]].concat());
        let names_it = beside.out.contains("deploy/eu/a.yaml");
        let climbs = beside.out.contains("../deploy/");
        match format {
            "human" | "concise" => assert!(climbs, "{format}: {}", beside.out),
            _ => assert!(names_it && !climbs, "{format}: {}", beside.out),
        }
    }
    let report = ["check", "--report", "json=r.txt", "--exit-zero", "."];
    sandbox.run_in("deploy", &report).ended(0);
    assert!(sandbox.read("deploy/r.txt").contains("\"path\": \"deploy/eu/a.yaml\""));
}

#[test]
fn a_diff_made_in_a_folder_is_applied_where_git_applies_it() {
    let sandbox = Sandbox::with(&[
        ("deploy/eu/a.yaml", &sound("a")),
        ("deploy/b.yaml", &sound("b")),
        ("deploy/deploy/c.yaml", &sound("c")),
        ("overlays/k.txt", ""),
    ]);
    sandbox.commit();
    for (made_in, path, applied_in) in [
        ("deploy", ".", "deploy"),
        ("deploy", ".", ""),
        ("deploy/eu", "..", "deploy"),
        ("overlays", "../deploy", ""),
        ("", ".", "deploy"),
    ] {
        let diff = sandbox.run_in(made_in, &["diff", path]).ended(1).out;
        sandbox.git_with_input(applied_in, &["apply"], diff.as_bytes());
        for (name, job) in
            [("deploy/eu/a.yaml", "a"), ("deploy/b.yaml", "b"), ("deploy/deploy/c.yaml", "c")]
        {
            assert_eq!(sandbox.read(name), migrated(job), "{made_in} {path} {applied_in}");
        }
        sandbox.git("", &["checkout", "-q", "."]);
    }
}

#[test]
fn standard_input_is_converted_to_standard_output() {
    let sandbox = Sandbox::new();
    let input = format!("kind: ConfigMap\n---\n{}", sound("a"));
    let ran = sandbox.run_with_input(&["write", "-"], input.as_bytes()).ended(0);
    assert_eq!(ran.out, format!("kind: ConfigMap\n---\n{}", migrated("a")));
    let ran = sandbox.run_with_input(&["check", "-"], input.as_bytes()).ended(1);
    assert!(ran.out.starts_with("<stdin>:3:13: change:"), "{}", ran.out);
    let args = ["diff", "-", "--stdin-filename", "rendered/a.yaml"];
    let ran = sandbox.run_with_input(&args, input.as_bytes()).ended(1);
    assert!(ran.out.starts_with("--- a/rendered/a.yaml\n+++ b/rendered/a.yaml\n"), "{}", ran.out);
}

#[test]
fn what_does_not_concern_us_leaves_a_stream_as_it_came() {
    let sandbox = Sandbox::new();
    for (input, status) in [
        (&b""[..], 0),
        (b"a: b", 0),
        (b"\xff\xfe\x00not yaml \x80", 0),
        (BROKEN.as_bytes(), 2),
        (b"flink.apache.org/v1alpha1 \xff", 2),
    ] {
        let mut child = sandbox.command(&["write", "-"]);
        child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.stdout, input);
        assert_eq!(output.status.code(), Some(status), "{input:?}");
    }
}

#[test]
fn a_stream_whose_name_is_excluded_passes_through() {
    let sandbox = Sandbox::new();
    let args = ["write", "-", "--stdin-filename", "vendor/a.yaml", "--exclude", "vendor"];
    let text = sound("a");
    let ran = sandbox.run_with_input(&args, text.as_bytes()).ended(0);
    assert_eq!(ran.out, migrated("a"));
    let args: Vec<&str> = args.into_iter().chain(["--force-exclude"]).collect();
    assert_eq!(sandbox.run_with_input(&args, text.as_bytes()).ended(0).out, text);
}

#[test]
fn a_map_gives_a_job_its_savepoint_and_is_no_manifest() {
    let sandbox = Sandbox::with(&[
        ("a.yaml", &held("a")),
        ("map.yaml", "# for flink.apache.org/v1alpha1: [\nprod/a: s3://lake/sp/1\n"),
    ]);
    let ran = sandbox.run(&["write", "--savepoints", "map.yaml", "."]).ended(0);
    assert_eq!(ran.err, "1 file rewritten\n");
    assert!(sandbox.read("a.yaml").contains("initialSavepointPath: s3://lake/sp/1"));
    assert!(sandbox.read("map.yaml").contains("v1alpha1"));
}

#[test]
fn every_mistake_in_the_maps_is_reported_with_its_place() {
    let sandbox = Sandbox::with(&[
        ("a.yaml", &sound("a")),
        ("one.yaml", "prod/a: s3://lake/1\nprod/a: s3://lake/2\n"),
        ("two.yaml", "prod/b: relative/path\nprod/c: <path>\n"),
    ]);
    let args = ["write", "--savepoints", "one.yaml", "--savepoints", "two.yaml"];
    let ran = sandbox.run(&args).ended(2);
    for place in ["one.yaml:2:", "two.yaml:1:", "two.yaml:2:"] {
        let line = ran.err.lines().find(|line| line.starts_with(place));
        assert!(line.is_some_and(|line| line.contains(": error: ")), "{place} in {}", ran.err);
    }
    assert_eq!(sandbox.read("a.yaml"), sound("a"));
}

#[test]
fn maps_that_contradict_each_other_are_refused() {
    let sandbox =
        Sandbox::with(&[("one.yaml", "prod/a: /sp/1\n"), ("two.yaml", "prod/a: /sp/2\n")]);
    let args = ["check", "--savepoints", "one.yaml", "--savepoints", "two.yaml"];
    assert!(sandbox.run(&args).ended(2).err.contains("prod/a"));
    let same = ["check", "--savepoints", "one.yaml", "--savepoints", "./one.yaml"];
    sandbox.run(&[&same[..], &["--accept", "unused-savepoint"]].concat()).ended(0);
}

#[test]
fn the_configuration_of_the_repository_counts_and_flags_win() {
    let sandbox = Sandbox::with(&[
        ("repo/.git/HEAD", ""),
        ("flink-migrate.toml", "no-such-key = 1\n"),
        ("repo/flink-migrate.toml", "savepoints = [\"maps/sp.yaml\"]\nexclude = [\"vendor\"]\n"),
        ("repo/maps/sp.yaml", "prod/a: /sp/1\n"),
        ("repo/other.yaml", "prod/a: /sp/other\n"),
        ("repo/jobs/a.yaml", &held("a")),
        ("repo/vendor/b.yaml", BROKEN),
    ]);
    let at = |dir: &str, args: &[&str]| sandbox.run_in(dir, args);
    assert!(at("repo/jobs", &["diff"]).ended(1).out.contains("/sp/1"));
    assert!(at("repo", &["diff"]).ended(1).out.contains("/sp/1"));
    let flag = at("repo", &["diff", "--savepoints", "other.yaml"]).ended(1);
    assert!(flag.out.contains("/sp/other"));
    at("repo", &["check", "--isolated"]).ended(2);
    at("repo/jobs", &["check", "--isolated"]).ended(3);
    // One directory up there is another, which is broken, and no repository around it.
    at("", &["check"]).ended(2);
}

#[test]
fn a_configuration_can_be_named_and_its_paths_are_relative_to_it() {
    let sandbox = Sandbox::with(&[
        ("conf/my.toml", "savepoints = [\"sp.yaml\"]\n"),
        ("conf/sp.yaml", "prod/a: /sp/1\n"),
        ("jobs/a.yaml", &held("a")),
    ]);
    sandbox.run_in("jobs", &["check", "--config", "../conf/my.toml"]).ended(1);
    let mut command = sandbox.command_in("jobs", &["check"]);
    let by_environment = command.env("FLINK_MIGRATE_CONFIG", "../conf/my.toml").output().unwrap();
    Ran::of(&by_environment).ended(1);
    let mut command = sandbox.command_in("jobs", &["check", "--isolated"]);
    let isolated = command.env("FLINK_MIGRATE_CONFIG", "../conf/my.toml").output().unwrap();
    Ran::of(&isolated).ended(3);
}

#[test]
fn every_mistake_in_the_configuration_is_reported_with_its_place() {
    for (text, wanted) in [
        ("savepoint = []\n", "1:1: error: unknown key `savepoint`; did you mean"),
        ("step = \"resume\"\n", "1:8: error: `resume` is not a step"),
        ("[[scope]]\npaths = []\n", "1:1: error: a scope needs paths"),
        ("target-operator = 1.15\n", "1.10 is not 1.1"),
        ("accept = [\"stale-savepoint\"]\n", "stale-savepoint=NAMESPACE/NAME"),
        ("[workload.\"prod/a\"]\naccept = [\"nope\"]\n", "2:11: error: unknown rule `nope`"),
        ("a = [\n", "error: "),
    ] {
        let sandbox = Sandbox::with(&[("flink-migrate.toml", text)]);
        let ran = sandbox.run(&["check"]).ended(2);
        assert!(ran.err.starts_with("flink-migrate.toml:"), "{}", ran.err);
        assert!(ran.err.contains(wanted), "{wanted:?} in {}", ran.err);
    }
}

#[test]
fn an_answer_that_nobody_asked_for_is_a_note() {
    let sandbox = Sandbox::with(&[
        ("a.yaml", &sound("a")),
        ("flink-migrate.toml", "[workload.\"prod/misspelt\"]\nfresh = true\n"),
    ]);
    let args = ["check", "--accept", "stale-savepoint=prod/typo", "--select", "prod/*"];
    let ran = sandbox.run(&args).ended(1);
    assert!(
        ran.err.contains("note: --accept: stale-savepoint=prod/typo matches no workload"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("note: flink-migrate.toml:1:11: [workload.\"prod/misspelt\"]"),
        "{}",
        ran.err
    );
    assert!(!sandbox.run(&["check", "-q"]).ended(1).err.contains("note"));
}

#[test]
fn a_name_counts_as_unique_only_if_the_whole_tree_has_it_once() {
    let bare = |text: String| text.replace("  namespace: prod\n", "");
    let sandbox = Sandbox::with(&[
        (".git/HEAD", ""),
        ("one/a.yaml", &bare(held("a"))),
        ("map.yaml", "a: /sp/1\n"),
    ]);
    let args = ["check", "--savepoints", "../map.yaml"];
    sandbox.run_in("one", &args).ended(1);
    sandbox.write("two/a.yaml", &held("a"));
    sandbox.run_in("one", &args).ended(3);
    sandbox.run_in("one", &[&args[..], &["--exclude", "../two"]].concat()).ended(3);
    sandbox.run_in("one", &[&args[..], &["--exclude", "two"]].concat()).ended(1);
    sandbox.run(&["check", "--savepoints", "map.yaml", "one", "--exclude", "two"]).ended(1);
}

#[test]
fn files_read_for_context_are_never_written() {
    let sandbox = Sandbox::with(&[
        (".git/HEAD", ""),
        ("one/a.yaml", &sound("a")),
        ("two/b.yaml", &sound("b")),
    ]);
    sandbox.run(&["write", "one"]).ended(0);
    sandbox.run_in("one", &["write"]).ended(0);
    assert_eq!(sandbox.read("one/a.yaml"), migrated("a"));
    assert_eq!(sandbox.read("two/b.yaml"), sound("b"));
}

#[test]
fn one_run_feeds_several_reports() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("b.yaml", &held("b"))]);
    let args = ["check", "--report", "json=out.json", "--report", "concise=log.txt"];
    sandbox.run(&args).ended(3);
    let report: serde_json::Value = serde_json::from_str(&sandbox.read("out.json")).unwrap();
    assert!(report.is_object());
    assert!(sandbox.read("log.txt").contains("[missing-savepoint]"));
    // A report of the last run is no manifest of this one.
    sandbox.run(&args).ended(3);
    let again: serde_json::Value = serde_json::from_str(&sandbox.read("out.json")).unwrap();
    assert_eq!(again, report);
}

#[test]
fn a_report_that_cannot_be_written_stops_the_write() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    let ran = sandbox.run(&["write", "--report", "json=nowhere/out.json"]).ended(2);
    assert!(ran.err.contains("nowhere/out.json: error: cannot be written"), "{}", ran.err);
    assert_eq!(sandbox.read("a.yaml"), sound("a"));
}

#[test]
fn a_reader_that_goes_early_changes_nothing() {
    let sandbox = Sandbox::new();
    for number in 0..1500 {
        sandbox.write(&format!("job-{number}.yaml"), &sound(&format!("job-{number}")));
    }
    for command in ["diff", "check"] {
        let mut child = sandbox.command(&[command]);
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut some = [0; 100];
        child.stdout.take().unwrap().read_exact(&mut some).unwrap();
        let ran = Ran::of(&child.wait_with_output().unwrap()).ended(1);
        assert!(!ran.err.contains("pipe") && !ran.err.contains("panic"), "{}", ran.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_finds_no_room_is_an_error() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in [&["diff"][..], &["check"], &["explain"]] {
        let ran = Ran::of(&sandbox.command(args).stdout(full()).output().unwrap()).ended(2);
        assert!(ran.err.contains("standard output"), "{}", ran.err);
    }
    // Nobody listening to the talk is no error.
    let mut command = sandbox.command(&["check"]);
    Ran::of(&command.stderr(full()).output().unwrap()).ended(1);
}

#[test]
fn colours_are_for_those_who_want_them() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a"))]);
    let colored = |args: &[&str], env: &[(&str, &str)]| {
        let args = [&["check", "--format", "human"], args].concat();
        let output = sandbox.command(&args).envs(env.iter().copied()).output().unwrap();
        Ran::of(&output).ended(3).out.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("FLINK_MIGRATE_COLOR", "always")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn the_environment_decides_nothing_about_state() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a")), ("map.yaml", "prod/a: /sp/1\n")]);
    let mut command = sandbox.command(&["check"]);
    for name in ["SAVEPOINTS", "ACCEPT", "STEP", "DEFAULTS", "NAMESPACE", "EXIT_ZERO"] {
        command.env(format!("FLINK_MIGRATE_{name}"), "map.yaml");
    }
    Ran::of(&command.output().unwrap()).ended(3);
    let mut command = sandbox.command(&["check"]);
    command.env("FLINK_MIGRATE_FORMAT", "json").env("FLINK_MIGRATE_JOBS", "1");
    let ran = Ran::of(&command.output().unwrap()).ended(3);
    assert!(ran.out.starts_with('{'), "{}", ran.out);
}

#[test]
fn an_empty_variable_is_not_set_and_an_error_names_the_variable() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    let with = |name: &str, value: &str, args: &[&str]| {
        let mut command = sandbox.command(&[&["check"], args].concat());
        Ran::of(&command.env(name, value).output().unwrap())
    };
    for (name, wrong) in [("FORMAT", "yaml"), ("JOBS", "0"), ("COLOR", "blue")] {
        let name = format!("FLINK_MIGRATE_{name}");
        with(&name, "", &[]).ended(1);
        let err = with(&name, wrong, &[]).ended(2).err;
        assert!(err.contains(&format!("invalid value '{wrong}' for '{name}'")), "{err}");
    }
    with("FLINK_MIGRATE_CONFIG", "", &[]).ended(1);
    let err = with("FLINK_MIGRATE_JOBS", "1", &["--jobs", "x"]).ended(2).err;
    assert!(err.contains("invalid value 'x' for '--jobs <N>'"), "{err}");
}

#[test]
fn quiet_prints_errors_and_decisions_alone() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a"))]);
    assert_eq!(sandbox.run(&["diff", "-q"]).ended(1).err, "");
    assert_eq!(sandbox.run(&["write", "-q"]).ended(0).err, "");
    sandbox.write("b.yaml", &held("b"));
    assert!(sandbox.run(&["diff", "-q"]).ended(3).err.contains("missing-savepoint"));
}

#[test]
fn many_findings_are_counted_by_rule_beside_the_verdict() {
    let sandbox = Sandbox::new();
    for number in 0..21 {
        let text = held("job").replace("name: job", &format!("name: job-{number}"));
        sandbox.write(&format!("job-{number}.yaml"), &text);
    }
    let few = sandbox.run(&["check", "job-1.yaml"]).ended(3);
    assert!(!few.err.contains("how to answer"), "{}", few.err);
    for command in ["check", "diff"] {
        let many = sandbox.run(&[command]).ended(3);
        assert!(
            many.err.contains("missing-savepoint  decision        21     21  "),
            "{}",
            many.err
        );
        let last = many.err.lines().last().unwrap_or_default();
        assert_eq!(last, "no file would change, 21 documents are held for a decision");
        assert!(!many.out.contains("how to answer"));
        let quiet = sandbox.run(&[command, "-q"]).ended(3);
        assert!(!quiet.err.contains("how to answer"), "{}", quiet.err);
    }
}

#[test]
fn a_base_is_judged_with_its_overlays_from_every_working_directory() {
    let patch = "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\nmetadata: {name: a}\nspec: {job: {upgradeMode: savepoint}}\n";
    let sandbox = Sandbox::with(&[
        ("base/kustomization.yaml", "resources: [a.yaml]\n"),
        ("base/a.yaml", &sound("a")),
        ("prod/kustomization.yaml", "resources: [../base]\npatches: [{path: mode.yaml}]\n"),
        ("prod/mode.yaml", patch),
        ("elsewhere/b.yaml", &sound("b")),
    ]);
    sandbox.git(".", &["init", "--quiet"]);
    for (dir, path) in [
        (".", "."),
        (".", "base"),
        (".", "base/a.yaml"),
        ("base", "."),
        ("base", "a.yaml"),
        ("prod", "../base"),
        ("elsewhere", "../base/a.yaml"),
    ] {
        let ran = sandbox.run_in(dir, &["check", path]).ended(3);
        let decision =
            ran.out.lines().find(|line| line.contains("a.yaml") && line.contains(": decision: "));
        assert!(
            decision.is_some_and(|line| line.contains("[unmodelled]")),
            "{dir}, {path}: {}",
            ran.out
        );
    }
}

#[test]
#[cfg(unix)]
fn an_overlay_behind_a_link_still_builds_from_its_base() {
    let base =
        [("base/orders.yaml", held("orders")), ("base/kustomization.yaml", built("orders.yaml"))];
    for (link, to) in [("link", "base"), ("dev/kustomization.yaml", "overlay.yaml")] {
        let sandbox = Sandbox::new();
        for (name, text) in &base {
            sandbox.write(name, text);
        }
        let overlay = |namespace, base| format!("namespace: {namespace}\n{}", built(base));
        sandbox.write("prod/kustomization.yaml", &overlay("prod", "../base"));
        let (file, from) = match link {
            "link" => ("dev/kustomization.yaml", "../link"),
            _ => ("dev/overlay.yaml", "../base"),
        };
        sandbox.write(file, &overlay("dev", from));
        sandbox.write("s.yaml", "prod/orders: s3://lake/orders/savepoints/savepoint-0a1b2c\n");
        std::os::unix::fs::symlink(to, sandbox.path(link)).expect("a link can be made");
        let ran = sandbox.run(&["check", "--savepoints", "s.yaml"]).ended(3);
        assert!(ran.out.contains("dev/orders would start empty"), "{link}: {}", ran.out);
    }
}

fn built(from: &str) -> String {
    format!("resources:\n  - {from}\n")
}

#[test]
fn a_review_shows_that_a_field_was_null() {
    let job = held("a").replace("savepoint\n", "savepoint\n    initialSavepointPath: ~\n");
    let sandbox =
        Sandbox::with(&[("a.yaml", &job), ("map.yaml", "prod/a: s3://lake/savepoint-1\n")]);
    let args = ["check", "--savepoints", "map.yaml", "--format", "markdown"];
    let page = sandbox.run(&args).ended(1).out;
    assert!(page.contains("`null` → `s3://lake/savepoint-1`"), "{page}");
}
