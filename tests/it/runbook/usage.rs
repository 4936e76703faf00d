//! How `runbook` is called, and what it does where it cannot be made.

use crate::sandbox::{BROKEN, Sandbox, held, migrated, sound};

/// A resource of a dump, at this version.
fn observed(version: &str, namespace: &str, name: &str) -> String {
    format!(
        "{{\"apiVersion\": \"flink.apache.org/{version}\", \"kind\": \"FlinkDeployment\", \"metadata\": \
         {{\"name\": \"{name}\", \"namespace\": \"{namespace}\"}}, \"spec\": {{\"job\": {{}}}}}}\n"
    )
}

#[test]
fn what_cannot_be_read_leaves_no_runbook_behind() {
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("dump.txt", "NAMESPACE   NAME\n")]);
    sandbox.write("cut.txt", &observed("v1alpha1", "prod", "a")[..60]);
    sandbox.write("runbook.md", "mine\n");
    sandbox.write("of-none.yaml", "prod/z: /sp/1\n");
    for (args, expected) in [
        (&["--cluster", "dump.txt"][..], "dump.txt:"),
        (&["--cluster", "cut.txt"], "cut.txt:"),
        (&["--cluster", "none.json"], "none.json: error: cannot be read"),
        (&["none"], "none: error: cannot be read"),
        (&["-"], "a runbook is for a tree"),
        (&["--defaults", "leave"], "--defaults: runbook does not use it"),
        (&["--accept", "suspend=prod/a"], "--accept: runbook does not use it"),
        (&["--target-operator", "2.0"], "--target-operator"),
        (&["--savepoints", "map.yaml"], "--savepoints: the map is made in step 3"),
        (&["--answers", "none.yaml"], "none.yaml: error: cannot be read"),
        (&["--answers", "of-none.yaml"], "of-none.yaml:1:1: error: no workload is named prod/z"),
        (&["--window", "."], "name a directory of its own"),
    ] {
        let args = [&["runbook", "--output", "runbook.md"], args].concat();
        let ran = sandbox.run(&args).ended(2);
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
        assert_eq!(
            (ran.out.as_str(), sandbox.read("runbook.md").as_str()),
            ("", "mine\n"),
            "{args:?}"
        );
    }
}

#[test]
fn a_runbook_never_takes_the_place_of_what_it_is_made_from() {
    let dump = observed("v1alpha1", "prod", "a");
    let sandbox = Sandbox::with(&[("a.yaml", &sound("a")), ("dump.json", &dump)]);
    for output in ["a.yaml", "dump.json", "b.yml"] {
        let args = ["runbook", "--cluster", "dump.json", "--output", output];
        let ran = sandbox.run(&args).ended(2);
        assert!(ran.err.contains("a runbook goes into a file of its own"), "{}", ran.err);
    }
    assert_eq!(sandbox.read("dump.json"), dump);
}

#[test]
fn the_status_says_whether_the_cluster_has_more_than_the_tree() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a")), ("b.yaml", &migrated("b"))]);
    let dumps = [
        ("same", observed("v1alpha1", "prod", "a"), 0),
        ("empty", "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}".to_string(), 0),
        ("another namespace", observed("v1alpha1", "test", "a"), 3),
        ("converted in git alone", observed("v1alpha1", "prod", "b"), 3),
        ("migrated", observed("v1beta1", "prod", "a"), 3),
    ];
    for (what, dump, status) in dumps {
        sandbox.write("dump.json", &dump);
        let ran = sandbox.run(&["runbook", "--cluster", "dump.json"]).ended(status);
        assert!(ran.out.contains("STOP") || status == 0, "{what}");
    }
}

#[test]
fn dumps_come_together() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a"))]);
    sandbox.write("one.json", &observed("v1alpha1", "prod", "a"));
    sandbox.write("two.json", &observed("v1alpha1", "finance", "x"));
    let args = ["runbook", "--cluster", "one.json", "--cluster", "two.json", "-q"];
    let ran = sandbox.run(&args).ended(3);
    assert!(ran.out.contains("`finance/x`") && ran.err.is_empty(), "{}", ran.err);
}

#[test]
fn a_manifest_that_cannot_be_read_is_named_first() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a")), ("b.yaml", BROKEN)]);
    sandbox.write("c.yaml", &held("'${NAME}'"));
    let ran = sandbox.run(&["runbook"]).ended(0);
    let first = ran.out.split("## Workloads").next().unwrap_or_default();
    assert!(first.contains("`b.yaml:1`") && first.contains("`c.yaml:1`"), "{first}");
}

#[test]
fn a_tree_in_which_nothing_can_be_read_is_asked_about_and_never_migrated() {
    for files in [
        &[("b.yaml", BROKEN)][..],
        &[
            ("chart/Chart.yaml", "name: x\n"),
            (
                "chart/templates/a.yaml",
                "{{ if .Values.a }}\napiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\nmetadata: {name: {{ .Values.a }}}\n{{ end }}\n",
            ),
        ],
    ] {
        let ran = Sandbox::with(files).run(&["runbook"]).ended(3);
        assert!(ran.out.contains("## 1. Find out which operator runs"), "{}", ran.out);
        for word in ["kubectl delete", "helm uninstall", "kubectl replace"] {
            assert!(!ran.out.contains(word), "{word}: {}", ran.out);
        }
    }
}

#[test]
fn a_release_that_starts_jobs_empty_by_itself_is_named_first() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a"))]);
    let first = |target: &str| {
        let out = sandbox.run(&["runbook", "--target-operator", target]).ended(0).out;
        out.split("## Workloads").next().unwrap_or_default().to_string()
    };
    assert!(first("1.1").contains("Install 1.2 or later"), "{}", first("1.1"));
    assert!(!first("1.2").contains("Install 1.2 or later"));
}

#[test]
fn two_clusters_in_one_run_are_named_first() {
    let sandbox = Sandbox::with(&[("eu/a.yaml", &held("a")), ("us/a.yaml", &held("a"))]);
    let first = |args: &[&str]| {
        let out = sandbox.run(&[&["runbook"], args].concat()).ended(0).out;
        out.split("## Workloads").next().unwrap_or_default().to_string()
    };
    let section = first(&[]);
    assert!(
        section.contains("`prod/a` is declared more than once, in `eu/a.yaml:1` and `us/a.yaml:1`"),
        "{section}"
    );
    assert!(!section.contains("more than one cluster"), "{section}");
    sandbox
        .write("flink-migrate.toml", "[[scope]]\npaths = [\"eu\"]\n[[scope]]\npaths = [\"us\"]\n");
    assert!(first(&[]).contains("belong to more than one cluster"));
    assert!(!first(&["eu"]).contains("more than one cluster"));
    assert!(!first(&["eu"]).contains("more than once"));
}

#[test]
fn a_runbook_is_for_one_scope_with_a_map_of_its_own() {
    let sandbox = Sandbox::with(&[("eu/a.yaml", &held("a")), ("us/a.yaml", &held("a"))]);
    let scope = |name| {
        format!(
            "[[scope]]\nname = \"{name}\"\npaths = [\"{name}\"]\nsavepoints = [\"{name}/map\"]\n"
        )
    };
    sandbox.write("flink-migrate.toml", &format!("{}{}", scope("eu"), scope("us")));
    for name in ["eu", "us"] {
        sandbox.write(&format!("{name}/map"), "{}\n");
    }
    let refused = sandbox.run(&["runbook"]).ended(2).err;
    assert!(refused.contains("error: --scope: a runbook is for one cluster"), "{refused}");
    assert!(refused.contains("scope `us` and to scope `eu`"), "{refused}");
    let chosen = sandbox.run(&["runbook", "--scope", "eu"]).ended(0).out;
    assert!(!chosen.contains("more than once") && !chosen.contains("us/a.yaml"), "{chosen}");
    assert!(chosen.contains("--scope eu"), "{chosen}");
    sandbox.run(&["runbook", "us"]).ended(0);
    let unknown = sandbox.run(&["verify", "--scope", "eux", "map.yaml"]).ended(2).err;
    assert!(unknown.contains("did you mean `eu`?"), "{unknown}");
}

#[test]
fn the_whole_repository_is_searched_for_what_applies_a_folder() {
    let sandbox = Sandbox::with(&[("apps/pay/a.yaml", &held("a"))]);
    let app = |path: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: pay}}\n\
             spec: {{source: {{path: {path}}}, destination: {{namespace: other}}}}\n"
        )
    };
    sandbox.write("argo/pay.yaml", &app("apps/pay"));
    sandbox.git("", &["init", "-q"]);
    for (dir, path) in [("", "apps/pay"), ("apps", "pay"), ("apps/pay", ".")] {
        let ran = sandbox.run_in(dir, &["runbook", path]).ended(0);
        assert!(
            ran.out.contains("argocd app set --sync-policy=none pay")
                || ran.out.contains("| Application `pay` |"),
            "{dir}: {}",
            ran.out
        );
        assert!(ran.out.contains("its folder contains `prod/a` | yes"), "{dir}: {}", ran.out);
    }
    sandbox.write("argo/pay.yaml", &app("apps/payments"));
    assert!(!sandbox.run(&["runbook"]).ended(0).out.contains("What applies them"));
}

#[test]
fn a_tree_that_is_suspended_already_is_not_asked_to_run() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a"))]);
    let dir = ["--savepoints-dir", "s3://lake/savepoints"];
    sandbox.run(&[&["write", "--step", "suspend", "-q"], &dir[..]].concat()).ended(0);
    let before = sandbox.run(&["runbook"]).ended(0).out;
    assert!(!before.contains("RUNNING READY"), "{before}");
    assert!(before.contains("suspended savepoint SUSPENDED MISSING"), "{before}");
}

#[test]
fn a_runbook_is_the_same_in_every_order_and_on_every_number_of_threads() {
    let sandbox = Sandbox::new();
    for i in 0..40 {
        sandbox.write(&format!("jobs/{i}.yaml"), &held(&format!("job-{i}")));
        sandbox.write(
            &format!("argo/{i}.yaml"),
            &format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: app-{i}}}\n\
                 spec: {{source: {{path: jobs}}, syncPolicy: {{automated: {{}}}}}}\n"
            ),
        );
    }
    let one = sandbox.run(&["runbook", "--jobs", "1"]).ended(0).out;
    let many = sandbox.run(&["runbook", "--jobs", "4"]).ended(0).out;
    assert_eq!(one, many);
    assert!(one.contains("app-39"));
}

#[test]
fn the_help_of_a_runbook_names_no_option_that_it_refuses() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a"))]);
    let help = sandbox.run(&["runbook", "--help"]).ended(0).out;
    for (option, value) in [
        ("--savepoints", "map.yaml"),
        ("--defaults", "leave"),
        ("--service-account", "flink"),
        ("--checkpoints-dir", "sibling"),
        ("--accept", "suspend=prod/a"),
    ] {
        assert!(!help.contains(&format!("{option} ")), "{option}: {help}");
        let ran = sandbox.run(&["runbook", option, value]).ended(2);
        assert!(ran.err.contains(option), "{option}: {}", ran.err);
    }
    assert!(
        help.contains("--savepoints-dir")
            && help.contains("--answers")
            && help.contains("--window")
    );
}

#[test]
fn a_directory_for_savepoints_reaches_the_step_that_needs_it() {
    let manifest = held("a");
    let sandbox = Sandbox::with(&[("a.yaml", &manifest)]);
    let without = sandbox.run(&["runbook"]).ended(0).out;
    let lacks = "its manifest has no `state.savepoints.dir`";
    assert!(without.contains(lacks) && without.contains("`--savepoints-dir`"), "{without}");
    let dir = "s3://lake/savepoints/{namespace}/{name}";
    let with = sandbox.run(&["runbook", "--savepoints-dir", dir]).ended(0).out;
    assert!(!with.contains(lacks), "{with}");
    assert!(with.contains(&format!("write --step suspend --savepoints-dir '{dir}'")), "{with}");
    let wrong = sandbox.run(&["runbook", "--savepoints-dir", "savepoints"]).ended(2);
    assert!(wrong.err.contains("--savepoints-dir"), "{}", wrong.err);
}

#[test]
fn a_folder_of_another_name_is_that_of_every_command() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a"))]);
    for window in ["../window", "-x", "it's"] {
        let option = format!("--window={window}");
        let out = sandbox.run(&["runbook", &option]).ended(0).out;
        assert!(!out.contains("flink-migration"), "{window}");
    }
    let out = sandbox.run(&["runbook", "--window", "../window/"]).ended(0).out;
    assert!(out.contains("mkdir -p ../window\n") && out.contains("--window ../window"), "{out}");
}

#[test]
fn a_mode_that_differs_on_the_cluster_is_reported_and_stops_nothing() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a"))]);
    let dump = |mode: &str| {
        let job = format!("\"job\": {{\"upgradeMode\": \"{mode}\"}}");
        sandbox.write("d.json", &observed("v1alpha1", "prod", "a").replace("\"job\": {}", &job));
        sandbox.run(&["runbook", "--cluster", "d.json"]).ended(0).out
    };
    let expected = "`prod/a`: its mode is `stateless` on the cluster, and `savepoint` in the tree";
    assert!(dump("stateless").contains(expected), "{}", dump("stateless"));
    assert!(!dump("savepoint").contains("its mode is"));
}

#[test]
fn a_map_of_another_name_is_that_of_every_command() {
    let sandbox = Sandbox::with(&[("a.yaml", &held("a"))]);
    let out = sandbox.run(&["runbook", "--map", "savepoints.yaml"]).ended(0).out;
    assert!(!out.contains("flink-migration/savepoints.yaml"), "{out}");
    for command in [
        "flink-migrate savepoints flink-migration/cluster.json --output savepoints.yaml\n",
        "flink-migrate write --step convert --savepoints savepoints.yaml\n",
        "--cluster flink-migration/before-delete.json --output flink-migration/compared.md --map savepoints.yaml",
    ] {
        assert!(out.contains(command), "{command}: {out}");
    }
}
