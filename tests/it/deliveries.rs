//! Objects of Argo CD and Flux that the configuration names.

use crate::sandbox::{Sandbox, migrated, sound};

#[test]
fn a_file_of_deliveries_that_is_missing_broken_or_empty_is_named() {
    for (text, said) in [
        (None, "apps.yaml: error: cannot be read"),
        (Some("kind: [\n"), "apps.yaml:1:7: error: unclosed bracket"),
        (Some("a: b\n---\nkind: ConfigMap\n"), "apps.yaml:1:1: error: no Application, "),
        (Some(""), "apps.yaml:1:1: error: no Application, "),
    ] {
        let sandbox = Sandbox::with(&[
            ("flink-migrate.toml", "deliveries = [\"apps.yaml\"]\n"),
            ("jobs/a.yaml", &sound("a")),
        ]);
        if let Some(text) = text {
            sandbox.write("apps.yaml", text);
        }
        for command in ["check", "write", "runbook"] {
            let ran = sandbox.run(&[command]).ended(2);
            assert!(ran.err.contains(said), "{text:?}: {}", ran.err);
        }
        assert_eq!(sandbox.read("jobs/a.yaml"), sound("a"));
    }
}

#[test]
fn a_glob_that_no_object_lies_under_is_noted_where_the_whole_tree_was_read() {
    let app = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n\
               spec: {source: {path: jobs}, destination: {namespace: live}}\n";
    let sandbox = Sandbox::with(&[
        ("flink-migrate.toml", "not-delivered = [\"old/**\", \"gone\"]\n"),
        ("old/app.yaml", app),
        ("jobs/a.yaml", &sound("a")),
    ]);
    let ran = sandbox.run(&["check"]).ended(1);
    let note =
        "flink-migrate.toml:1:28: not-delivered: `gone` matches no object of Argo CD or Flux";
    assert!(ran.err.contains(note) && !ran.err.contains("`old/**`"), "{}", ran.err);
    let ran = sandbox.run(&["check", "jobs/a.yaml"]);
    assert!(!ran.err.contains("not-delivered"), "{}", ran.err);
    sandbox.run(&["write"]).ended(0);
    assert_eq!(sandbox.read("jobs/a.yaml"), migrated("a"));
}
