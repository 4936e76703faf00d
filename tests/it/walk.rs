//! Which files a run reads: manifests by their names, what Git tracks whatever an ignore file says, and
//! whether the tree is whole.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::sandbox::{Ran, Sandbox, held, migrated, sound};

/// The files that findings name.
fn named(ran: &Ran) -> Vec<&str> {
    let mut names: Vec<&str> =
        ran.out.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
    names.dedup();
    names
}

/// A job without a namespace that keeps state.
fn nameless(name: &str) -> String {
    held(name).replace("  namespace: prod\n", "")
}

const MAP: &str = "prod/orders: s3://lake/orders/savepoints/savepoint-0a1b2c-111111111111\n";
const BY_MAP: [&str; 3] = ["check", "--savepoints", "savepoints.yaml"];

/// A base that two overlays build.
fn two_overlays() -> Sandbox {
    Sandbox::with(&[
        ("savepoints.yaml", MAP),
        ("base/kustomization.yaml", "resources: [orders.yaml]\n"),
        ("base/orders.yaml", &nameless("orders")),
        ("overlays/dev/kustomization.yaml", "namespace: dev\nresources: [../../base]\n"),
        ("overlays/prod/kustomization.yaml", "namespace: prod\nresources: [../../base]\n"),
    ])
}

#[test]
fn a_manifest_is_told_by_its_extension_in_any_case() {
    let sandbox = Sandbox::with(&[
        ("A.YAML", &sound("a")),
        ("b.Yml", &sound("b")),
        ("C.JSON", r#"{"apiVersion": "flink.apache.org/v1alpha1", "kind": "FlinkSessionJob"}"#),
        ("templates/d.TPL", &sound("d")),
        ("e.YAMLX", &sound("e")),
    ]);
    let ran = sandbox.run(&["check"]);
    assert_eq!(named(&ran), ["A.YAML", "C.JSON", "b.Yml", "templates/d.TPL"], "{ran:?}");
    // Nor does a report take the place of one.
    let ran = sandbox.run(&["check", "--report", "json=A.YAML"]).ended(2);
    assert!(ran.err.contains("name of a manifest"), "{}", ran.err);
}

#[test]
fn what_git_tracks_is_read_whatever_an_ignore_file_says() {
    for ignored in ["build/\n", "*\n", "*.yaml\n", "/build\n.gitignore\n"] {
        let sandbox = Sandbox::with(&[("build/deep/a.yaml", &sound("a")), ("b.yaml", &sound("b"))]);
        sandbox.commit();
        sandbox.write(".gitignore", ignored);
        sandbox.write("build/deep/untracked.yaml", &sound("c"));
        for version in ["2", "3", "4"] {
            sandbox.git("", &["update-index", "--index-version", version]);
            let ran = sandbox.run(&["check"]).ended(1);
            assert_eq!(named(&ran), ["b.yaml", "build/deep/a.yaml"], "{ignored} {version}");
        }
        let ran = sandbox.run_in("build", &["check"]).ended(1);
        assert!(named(&ran).contains(&"deep/a.yaml"), "{ignored}: {ran:?}");
        sandbox.run(&["check", "--force-exclude", "build/deep/a.yaml"]).ended(1);
        sandbox.run(&["write"]).ended(0);
        assert_eq!(sandbox.read("build/deep/a.yaml"), migrated("a"), "{ignored}");
        assert_eq!(sandbox.read("build/deep/untracked.yaml"), sound("c"), "{ignored}");
        // What this program is told to leave out, and what is excluded, stays left out.
        sandbox.write("build/deep/a.yaml", &sound("a"));
        sandbox.run(&["check", "--exclude", "build"]).ended(0);
        sandbox.write(".flink-migrate-ignore", "build\n");
        sandbox.run(&["check"]).ended(0);
        sandbox.run(&["check", "--force-exclude", "build/deep/a.yaml"]).ended(0);
    }
}

#[test]
fn a_tracked_link_is_followed_and_a_deleted_file_is_no_matter() {
    let sandbox = Sandbox::with(&[("real/a.yaml", &sound("a")), ("gone.yaml", &sound("b"))]);
    fs::create_dir(sandbox.path("linked")).unwrap();
    symlink("../real/a.yaml", sandbox.path("linked/a.yaml")).unwrap();
    sandbox.commit();
    fs::remove_file(sandbox.path("gone.yaml")).unwrap();
    sandbox.write(".gitignore", "/real\n/linked\ngone.yaml\n");
    let ran = sandbox.run(&["check"]).ended(1);
    assert_eq!(named(&ran), ["real/a.yaml"]);
    assert_eq!(ran.out.matches("[api-version]").count(), 1, "{}", ran.out);
}

#[test]
fn a_base_may_be_built_in_a_submodule_that_is_not_checked_out() {
    let sandbox = Sandbox::new();
    sandbox.write("savepoints.yaml", "dev/orders: s3://lake/orders/savepoint-1\n");
    sandbox.write("base/orders.yaml", &nameless("orders"));
    sandbox.write("base/kustomization.yaml", "namespace: dev\nresources: [orders.yaml]\n");
    sandbox.commit();
    assert!(sandbox.run(&BY_MAP).ended(1).out.contains("[initial-savepoint]"));
    let head = "160000,1111111111111111111111111111111111111111,envs";
    sandbox.git("", &["update-index", "--add", "--cacheinfo", head]);
    fs::create_dir(sandbox.path("envs")).unwrap();
    let ran = sandbox.run(&BY_MAP).ended(3);
    assert!(ran.out.contains("envs/* is not checked out (submodule)"), "{}", ran.out);
}

#[test]
fn in_a_worktree_and_in_a_submodule_what_their_index_tracks_is_read() {
    let sandbox = Sandbox::with(&[
        ("main/build/a.yaml", &sound("a")),
        ("main/a.yaml", &sound("a")),
        ("library/build/c.yaml", &sound("c")),
    ]);
    let commit = ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t"];
    for repository in ["main", "library"] {
        sandbox.git(repository, &["init", "-q"]);
        sandbox.git(repository, &["add", "-A"]);
        sandbox.git(repository, &commit);
    }
    let add = ["-c", "protocol.file.allow=always", "submodule", "-q", "add", "../library", "lib"];
    sandbox.git("main", &add);
    sandbox.git("main", &commit);
    sandbox.git("main", &["worktree", "add", "-q", "../tree"]);
    for ignored in ["main/.gitignore", "main/lib/.gitignore", "tree/.gitignore"] {
        sandbox.write(ignored, "build\n");
    }
    let ran = sandbox.run_in("main", &["check"]).ended(1);
    assert_eq!(named(&ran), ["a.yaml", "build/a.yaml", "lib/build/c.yaml"]);
    let ran = sandbox.run_in("main/lib", &["check"]).ended(1);
    assert_eq!(named(&ran), ["build/c.yaml"]);
    let ran = sandbox.run_in("tree", &["check"]).ended(1);
    assert_eq!(named(&ran), ["a.yaml", "build/a.yaml"]);
    assert!(ran.err.contains("note: lib/* is not checked out (submodule)"), "{}", ran.err);
    // An ignore file of the outer repository says nothing about files of the inner one.
    fs::remove_file(sandbox.path("main/lib/.gitignore")).unwrap();
    sandbox.write("main/lib/build/d.yaml", &sound("d"));
    assert!(named(&sandbox.run_in("main", &["check"])).contains(&"lib/build/d.yaml"));
}

#[test]
fn only_ignore_files_inside_the_repository_count() {
    let sandbox = Sandbox::with(&[
        (".gitignore", "build\n"),
        (".flink-migrate-ignore", "deploy\n"),
        (".config/git/ignore", "*.yaml\n"),
        ("repo/deploy/eu/a.yaml", &sound("a")),
        ("repo/build/b.yaml", &sound("b")),
    ]);
    sandbox.git("repo", &["init", "-q"]);
    sandbox.write("repo/.git/info/exclude", "*.yaml\n");
    assert_eq!(named(&sandbox.run_in("repo", &["check"])), ["build/b.yaml", "deploy/eu/a.yaml"]);
    assert_eq!(named(&sandbox.run_in("repo/deploy", &["check"])), ["eu/a.yaml"]);
    let paths = ["check", "--force-exclude", "build/b.yaml", "deploy/eu/a.yaml"];
    assert_eq!(named(&sandbox.run_in("repo", &paths)), ["build/b.yaml", "deploy/eu/a.yaml"]);
    // Those between the root of the repository and PATH do.
    sandbox.write("repo/deploy/.gitignore", "/eu/a.yaml\n");
    for (folder, path) in [("repo", "deploy"), ("repo/deploy", "."), ("repo/deploy/eu", ".")] {
        sandbox.run_in(folder, &["check", path]).ended(0);
    }
    sandbox.write("repo/deploy/.gitignore", "/a.yaml\n");
    sandbox.run_in("repo", &["check", "deploy/eu"]).ended(1);
    sandbox.write("repo/.flink-migrate-ignore", "eu\n");
    sandbox.run_in("repo", &["check", "deploy"]).ended(0);
}

#[test]
fn an_exclude_begins_at_the_root_and_one_that_matches_nothing_is_a_note() {
    let sandbox = Sandbox::with(&[
        ("main.yaml", &sound("a")),
        ("charts/a.yaml", &sound("b")),
        ("deploy/charts/b.yaml", &sound("c")),
        ("docs/readme.md", "no manifest\n"),
    ]);
    sandbox.git("", &["init", "-q"]);
    for (glob, left) in [
        ("./charts", &["deploy/charts/b.yaml", "main.yaml"][..]),
        ("charts", &["deploy/charts/b.yaml", "main.yaml"]),
        ("charts/", &["deploy/charts/b.yaml", "main.yaml"]),
        ("./charts/*.yaml", &["deploy/charts/b.yaml", "main.yaml"]),
        ("**/charts", &["main.yaml"]),
        ("deploy/**", &["charts/a.yaml", "main.yaml"]),
    ] {
        let ran = sandbox.run(&["check", "--exclude", glob]).ended(1);
        assert_eq!(named(&ran), left, "{glob}");
        assert!(!ran.err.contains("note: "), "{glob}: {}", ran.err);
    }
    for glob in ["Charts/**", "nowhere", "b.yaml", "../charts"] {
        let ran = sandbox.run(&["check", "--strict", "--exclude", glob]).ended(3);
        let note = format!("note: --exclude: `{glob}` matches nothing, seen from `.`");
        assert!(ran.err.contains(&note), "{glob}: {}", ran.err);
    }
    // One that leaves out no manifest, or what a longer one has left out already, has matched.
    let args = ["check", "--strict", "--exclude", "docs/*.md", "--exclude", "charts"];
    let ran = sandbox.run(&[&args[..], &["--exclude", "charts/a.yaml"]].concat()).ended(3);
    assert!(!ran.err.contains("matches nothing"), "{}", ran.err);
    // A run over one file outside of a repository knows nothing of the rest.
    let ran = sandbox.run_in("deploy", &["check", "--exclude", "charts", "."]).ended(1);
    assert_eq!(named(&ran), ["charts/b.yaml"]);
    sandbox.write("flink-migrate.toml", "exclude = [\"./charts\", \"gone/**\"]\n");
    let ran = sandbox.run(&["check"]).ended(1);
    assert_eq!(named(&ran), ["deploy/charts/b.yaml", "main.yaml"]);
    let note = "note: flink-migrate.toml:1:24: exclude: `gone/**` matches nothing";
    assert!(ran.err.contains(note), "{}", ran.err);
}

#[test]
fn an_overlay_that_a_sparse_checkout_lacks_may_build_the_base_too() {
    for arguments in [
        &["set", "base", "overlays/prod"][..],
        &["set", "--sparse-index", "base", "overlays/prod"],
        &["set", "--no-cone", "/base", "/overlays/prod", "/savepoints.yaml"],
        &["set", "base"],
    ] {
        let sandbox = two_overlays();
        sandbox.commit();
        let before = sandbox.run(&BY_MAP).ended(3).out;
        assert!(before.contains("dev/orders would start empty"), "{before}");
        sandbox.git("", &[&["sparse-checkout"][..], arguments].concat());
        let ran = sandbox.run(&BY_MAP).ended(3);
        assert!(ran.out.contains("is not checked out (sparse checkout), and may"), "{ran:?}");
        assert!(ran.err.contains("note: overlays/dev/"), "{arguments:?}: {}", ran.err);
        let before = sandbox.tree();
        sandbox.run(&["write", "--keep-going", "--savepoints", "savepoints.yaml"]).ended(3);
        assert_eq!(sandbox.tree(), before, "{arguments:?}");
    }
}

#[test]
fn a_name_is_not_unique_while_something_of_the_tree_is_not_there() {
    let files = |sandbox: &Sandbox| {
        sandbox.write("savepoints.yaml", MAP);
        sandbox.write("orders.yaml", &nameless("orders"));
        sandbox.write("other/orders.yaml", &nameless("payments"));
    };
    let held_by = |sandbox: &Sandbox, reason: &str| {
        let ran = sandbox.run(&BY_MAP);
        assert!(ran.out.contains("[ambiguous-savepoint]"), "{reason}: {ran:?}");
        assert!(ran.out.contains(reason), "{reason}: {}", ran.out);
        // The entry may belong to what is not there.
        assert!(!ran.out.contains("[unused-savepoint]"), "{reason}: {}", ran.out);
    };
    let whole = Sandbox::new();
    files(&whole);
    whole.commit();
    assert!(!whole.run(&BY_MAP).ended(3).out.contains("[ambiguous-savepoint]"));

    let sparse = Sandbox::new();
    files(&sparse);
    sparse.commit();
    sparse.git("", &["sparse-checkout", "set", "--no-cone", "/*", "!/other"]);
    held_by(&sparse, "other/orders.yaml is not checked out (sparse checkout)");
    // What is left out is no namesake, there or not.
    let left_out = [&BY_MAP[..], &["--exclude", "other"]].concat();
    sparse.run(&left_out).ended(1);

    let submodule = Sandbox::new();
    files(&submodule);
    submodule.commit();
    let head = "160000,1111111111111111111111111111111111111111,lib";
    submodule.git("", &["update-index", "--add", "--cacheinfo", head]);
    fs::create_dir(submodule.path("lib")).unwrap();
    held_by(&submodule, "lib/* is not checked out (submodule)");

    let link = Sandbox::new();
    files(&link);
    symlink("nowhere.yaml", link.path("link.yaml")).unwrap();
    held_by(&link, "link.yaml is a broken link");
    let folder = Sandbox::new();
    files(&folder);
    symlink("../nowhere", folder.path("other/prod")).unwrap();
    held_by(&folder, "other/prod/* is a broken link");

    let outside = Sandbox::with(&[("orders.yaml", &nameless("orders"))]);
    let leaving = Sandbox::new();
    files(&leaving);
    symlink(outside.path("orders.yaml"), leaving.path("link.yaml")).unwrap();
    held_by(&leaving, "link.yaml leads out of the tree");

    let split = Sandbox::new();
    files(&split);
    split.commit();
    split.git("", &["update-index", "--split-index"]);
    remove_shared_indexes(&split);
    held_by(&split, ".git/* cannot be read");

    let closed = Sandbox::new();
    files(&closed);
    let mode = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(closed.path("other"), mode(0o000)).unwrap();
    let ran = closed.run_unprivileged(&BY_MAP);
    fs::set_permissions(closed.path("other"), mode(0o755)).unwrap();
    let Some(ran) = ran else { return };
    assert!(ran.out.contains("other/* cannot be read"), "{ran:?}");
}

fn remove_shared_indexes(sandbox: &Sandbox) {
    for entry in fs::read_dir(sandbox.path(".git")).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("sharedindex.") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

#[test]
fn a_split_index_is_read_with_the_file_that_it_shares() {
    for version in ["2", "4"] {
        let sandbox = Sandbox::new();
        let names: Vec<String> = (0..150).map(|i| format!("build/{i:03}.yaml")).collect();
        for name in &names {
            sandbox.write(name, &sound("a"));
        }
        sandbox.commit();
        sandbox.write(".gitignore", "build\n");
        sandbox.git("", &["update-index", "--index-version", version]);
        sandbox.git("", &["update-index", "--split-index"]);
        // Deleted, replaced and added in the part that is not shared.
        sandbox.git("", &["rm", "-q", "--cached", "build/001.yaml", "build/140.yaml"]);
        sandbox.write("build/070.yaml", &sound("changed"));
        sandbox.write("build/added.yaml", &sound("b"));
        sandbox.git("", &["add", "-f", "build/070.yaml", "build/added.yaml", ".gitignore"]);
        let index = fs::read(sandbox.path(".git/index")).unwrap();
        assert!(index.windows(4).any(|window| window == b"link"), "it is not split any more");
        let ran = sandbox.run(&["check"]).ended(1);
        let left = |name: &&str| !["build/001.yaml", "build/140.yaml"].contains(name);
        let expected: Vec<&str> = names.iter().map(String::as_str).filter(left).collect();
        assert_eq!(named(&ran), [&expected[..], &["build/added.yaml"]].concat(), "{version}");

        remove_shared_indexes(&sandbox);
        let ran = sandbox.run(&["check"]).ended(0);
        assert!(ran.err.contains("the index cannot be read: sharedindex."), "{}", ran.err);
    }
}

#[test]
fn a_tree_without_an_index_or_with_a_broken_one_is_read_as_far_as_it_goes() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), (".git/HEAD", "")]);
    assert_eq!(sandbox.run(&["check"]).ended(1).err, "1 file would change\n");
    for bytes in ["", "DIRC", "DIRC\0\0\0\u{2}\0\0\u{7f}\u{7f}", "no index at all"] {
        sandbox.write(".git/index", bytes);
        let ran = sandbox.run(&["check"]).ended(1);
        assert!(ran.err.contains("note: .git: the index cannot be read: "), "{}", ran.err);
    }
}

#[test]
fn single_files_and_named_streams_are_judged_in_the_light_of_the_repository() {
    let by_name = |arguments: &[&'static str]| [&BY_MAP[..], arguments].concat();
    let stream = |sandbox: &Sandbox, name: &'static str, text: &str| {
        let arguments = by_name(&["-", "--stdin-filename", name]);
        sandbox.run_with_input(&arguments, text.as_bytes())
    };
    let sandbox = two_overlays();
    sandbox.git("", &["init", "-q"]);
    let ran = sandbox.run(&by_name(&["base/orders.yaml"])).ended(3);
    assert!(ran.out.contains("dev/orders would start empty"), "{}", ran.out);
    let ran = stream(&sandbox, "base/orders.yaml", &nameless("orders")).ended(3);
    assert!(ran.out.contains("dev/orders would start empty"), "{}", ran.out);

    let sandbox =
        Sandbox::with(&[("savepoints.yaml", MAP), ("a/orders.yaml", &nameless("orders"))]);
    // Without a repository nothing is known of the rest.
    let ran = sandbox.run(&by_name(&["a/orders.yaml"])).ended(3);
    assert!(ran.out.contains("only the whole tree shows"), "{}", ran.out);
    sandbox.git("", &["init", "-q"]);
    sandbox.run(&by_name(&["a/orders.yaml"])).ended(1);
    // A stream takes the place of the file of its name, and is no namesake of it.
    stream(&sandbox, "a/orders.yaml", &nameless("orders")).ended(1);
    let ran = stream(&sandbox, "b/orders.yaml", &nameless("orders")).ended(3);
    assert!(ran.out.contains("[ambiguous-savepoint]"), "{}", ran.out);
    // Nothing is said of the map because a run is about one file.
    sandbox.write("savepoints.yaml", &(MAP.to_string() + "prod/gone: /sp/1\n"));
    for ran in [
        sandbox.run(&by_name(&["a/orders.yaml"])),
        stream(&sandbox, "a/orders.yaml", &nameless("orders")),
    ] {
        let ran = ran.ended(1);
        assert!(!(ran.out + &ran.err).contains("gone"));
    }
    assert!(sandbox.run(&BY_MAP).ended(3).out.contains("prod/gone"));
}
