//! One file under several names: symbolic links deploy it more than once, and their places decide where to.

#![cfg(unix)]

use std::os::unix::fs::symlink;

use crate::sandbox::{Sandbox, held};

const MAP: &str = "prod/orders: s3://lake/orders/savepoints/savepoint-0a1b2c\n";

/// A tree with one job and its entry, and these links.
fn linked(file: &str, links: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::with(&[(file, &held("orders")), ("savepoints.yaml", MAP)]);
    for (link, target) in links {
        let path = sandbox.path(link);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }
    sandbox
}

fn findings(sandbox: &Sandbox, status: i32) -> String {
    sandbox.run(&["check", "--savepoints", "savepoints.yaml"]).ended(status).out
}

#[test]
fn links_into_two_folders_deploy_a_file_more_than_once() {
    for (file, links) in [
        (
            "common/orders.yaml",
            &[
                ("prod/orders.yaml", "../common/orders.yaml"),
                ("dev/orders.yaml", "../common/orders.yaml"),
            ][..],
        ),
        ("prod/orders.yaml", &[("dev/orders.yaml", "../prod/orders.yaml")]),
        ("prod/orders.yaml", &[("dev", "prod")]),
    ] {
        let out = findings(&linked(file, links), 3);
        assert!(out.contains("symbolic links deploy it"), "{links:?}: {out}");
        assert!(out.contains("[several-destinations]"), "{links:?}: {out}");
    }
}

#[test]
fn a_link_beside_its_file_or_one_that_a_kustomization_builds_deploys_it_once() {
    let beside = linked("prod/orders.yaml", &[("prod/current.yaml", "orders.yaml")]);
    let built = linked("common/orders.yaml", &[("prod/orders.yaml", "../common/orders.yaml")]);
    built.write("prod/kustomization.yaml", "namespace: prod\nresources: [orders.yaml]\n");
    for sandbox in [beside, built] {
        findings(&sandbox, 1);
    }
}

#[test]
fn a_link_is_deployed_by_the_object_that_applies_its_folder() {
    let sandbox = linked("common/orders.yaml", &[("prod/orders.yaml", "../common/orders.yaml")]);
    let object = |name: &str, folder: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\n\
             spec: {{source: {{path: {folder}}}, destination: {{namespace: prod}}}}\n"
        )
    };
    sandbox.write("a.yaml", &format!("{}---\n{}", object("a", "prod"), object("b", "common")));
    let out = findings(&sandbox, 3);
    assert!(
        out.contains("Application a (a.yaml:1) and Application b (a.yaml:6) both apply it")
            || out.contains("Application b (a.yaml:6) and Application a (a.yaml:1) both apply it"),
        "{out}"
    );
}

#[test]
fn a_link_that_leads_nowhere_is_no_file_however_many_files_are_looked_for() {
    for count in [1, 20] {
        let names: Vec<String> = (0..count).map(|i| format!("settings-{i}.yaml")).collect();
        let mut listed: Vec<&str> = names.iter().map(String::as_str).collect();
        listed.extend(["link.yaml", "gone.yaml", "../base/orders.yaml"]);
        let resources: String = listed.iter().map(|name| format!("- {name}\n")).collect();
        let sandbox = linked("base/orders.yaml", &[("prod/link.yaml", "nowhere.yaml")]);
        sandbox.write("prod/kustomization.yaml", &format!("resources:\n{resources}"));
        for name in &names {
            sandbox.write(&format!("prod/{name}"), "kind: ConfigMap\n");
        }
        let ran = sandbox.run(&["check", "--savepoints", "savepoints.yaml"]);
        let absent = ["`link.yaml` does not exist", "`gone.yaml` does not exist"];
        assert!(absent.iter().all(|what| ran.out.contains(what)), "{count}: {}", ran.out);
        assert_eq!(ran.out.matches("does not exist").count(), 2, "{count}: {}", ran.out);
    }
}
