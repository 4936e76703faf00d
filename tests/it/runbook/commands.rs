//! The commands of a runbook, run against programs that only pretend: in which order they are called,
//! which check stops whoever follows them, and that no name of a workload is ever a command.

use super::world::{World, dump, has_bash, takes_away};

/// Where the first call is that begins so.
fn place(log: &[String], begins: &str) -> usize {
    let found = log.iter().position(|call| call.starts_with(begins));
    found.unwrap_or_else(|| panic!("nothing begins with {begins}: {log:#?}"))
}

#[test]
fn no_name_is_ever_a_command() {
    if !has_bash() {
        return;
    }
    let world = World::of("hostile-names");
    let mut count = 0;
    for section in &world.page.sections {
        // What a terminal is prepared with has a placeholder of ours.
        let blocks = section.blocks.iter().filter(|block| !block.contains("CONTEXT"));
        let commands = section.items.iter().flat_map(|item| &item.commands);
        for command in commands.chain(blocks) {
            let output = world.bash(command);
            let err = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code() != Some(127), "{command}: {err}");
            assert!(!err.contains("bash:"), "{command}: {err}");
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
    let made: Vec<_> = world.sandbox.tree().into_keys().collect();
    assert!(made.iter().all(|path| !path.to_string_lossy().contains("pwned")), "{made:?}");
}

#[test]
fn the_whole_way_goes_in_this_order() {
    if !has_bash() {
        return;
    }
    let world = World::of("flux");
    for step in 1..=11 {
        let by_hand = || {
            if step == 2 {
                world.becomes("suspended");
            }
        };
        world.follow(step, &by_hand).unwrap_or_else(|why| panic!("step {step}: {why}"));
        if step == 9 {
            let overlay = world.sandbox.read("tree/jobs/overlays/prod/flink-migrate-orders.yaml");
            let path = "initialSavepointPath: s3://lake/savepoints/orders-1";
            assert!(overlay.contains(path), "{overlay}");
            let converted = world.sandbox.read("tree/jobs/base/orders.yaml");
            assert!(converted.contains("flink.apache.org/v1beta1"), "{converted}");
        }
        if step == 10 {
            let report = r#"{"version": 1, "workloads": []}"#;
            world.sandbox.write("tree/flink-migration/verified.json", report);
        }
    }
    let all = world.log();
    let order = [
        "kubectl get flinkdeployments.flink.apache.org --all-namespaces --output=yaml",
        "flink-migrate write --step suspend",
        "flux reconcile kustomization --with-source --namespace=flux-system jobs",
        "kubectl get flinkdeployment/orders --namespace=prod --ignore-not-found --output=jsonpath={.spec.job.state}",
        "flink-migrate savepoints flink-migration/cluster.json",
        "flux suspend kustomization --namespace=flux-system flux-system",
        "flux suspend kustomization --namespace=flux-system jobs",
        "kubectl get --raw /api/v1/namespaces/prod/services/sql-rest:rest/proxy/jobs/overview",
        "kubectl delete flinkdeployment/orders --namespace=prod",
        "kubectl get configmaps --namespace=prod --selector=app=orders,configmap-type=high-availability",
        "helm uninstall",
        "kubectl delete crd/flinkdeployments.flink.apache.org",
        "flux resume kustomization --namespace=flux-system platform",
        "flux resume helmrelease --namespace=flink-operator flink-operator",
        "flink-migrate write --step convert",
        "flux resume kustomization --namespace=flux-system flux-system",
        "flux resume kustomization --namespace=flux-system jobs",
        "flink-migrate verify",
    ];
    let places: Vec<usize> = order.iter().map(|begins| place(&all, begins)).collect();
    assert!(places.is_sorted(), "{places:?}\n{all:#?}");
}

/// A flux world in which everything is ready for step 7.
fn ready() -> World {
    let world = World::of("flux");
    world.is_ready("suspended");
    world
}

/// Something that is done to a world.
type Act<'a> = &'a dyn Fn();

#[test]
fn nothing_is_deleted_while_anything_is_not_as_it_must_be() {
    if !has_bash() {
        return;
    }
    let world = ready();
    let write = |path: &str, text: &str| world.sandbox.write(path, text);
    let map = world.sandbox.read("tree/flink-migration/savepoints.yaml");
    let good = world.sandbox.read("world/suspended.json");
    let another = |location: &str| good.replace("s3://lake/savepoints/orders-1", location);
    let extra = r#"{"apiVersion": "flink.apache.org/v1alpha1", "kind": "FlinkDeployment",
        "metadata": {"name": "shadow", "namespace": "finance"}, "spec": {"flinkVersion": "v1_16"}},"#;

    // Each of these alone must keep everything in place.
    let unanswered = "no manifest has an open decision";
    let sabotage: [(&str, &str, Act<'_>, Act<'_>); 8] = [
        ("a job runs again", unanswered, &|| world.becomes("running"), &|| {
            world.becomes("suspended");
        }),
        (
            "another workload has appeared",
            "the cluster has no workload that is not in the tree",
            &|| write("world/suspended.json", &dump("suspended", "SUSPENDED", "MISSING", extra)),
            &|| write("world/suspended.json", &good),
        ),
        (
            "there is a later savepoint than that of the map",
            unanswered,
            &|| write("world/suspended.json", &another("s3://lake/savepoints/orders-2")),
            &|| write("world/suspended.json", &good),
        ),
        (
            "the dump is cut short",
            "the cluster has no workload that is not in the tree",
            &|| write("world/suspended.json", &good[..good.len() / 2]),
            &|| write("world/suspended.json", &good),
        ),
        (
            "the map has lost an entry",
            unanswered,
            &|| write("tree/flink-migration/savepoints.yaml", "prod/orders: null\n"),
            &|| write("tree/flink-migration/savepoints.yaml", &map),
        ),
        ("the sync goes on", "does not sync by itself", &|| world.remove("world/paused"), &|| {
            write("world/paused", "");
        }),
        ("the operator is down", "the operator runs", &|| write("world/broken", ""), &|| {
            world.remove("world/broken");
        }),
        (
            "a manifest has come that nobody answered for",
            unanswered,
            &|| {
                let text = world.sandbox.read("tree/jobs/base/orders.yaml");
                write("tree/other.yaml", &text.replace("name: orders", "name: other"));
            },
            &|| world.remove("tree/other.yaml"),
        ),
    ];
    for (what, expected, breaks, repairs) in sabotage {
        breaks();
        let why = world.follow(7, &|| {}).expect_err(what);
        assert!(why.contains(expected), "{what}: {why}");
        assert!(!takes_away(&world.log()), "{what}");
        repairs();
    }
    world.follow(7, &|| {}).expect("everything is as it must be");
    assert!(takes_away(&world.log()));
}

#[test]
fn the_definition_stays_as_long_as_a_resource_does() {
    if !has_bash() {
        return;
    }
    let world = ready();
    let why = world.follow(8, &|| {}).expect_err("the resources are there");
    assert!(why.contains("is left in any namespace"), "{why}");
    assert!(!takes_away(&world.log()));
}

#[test]
fn step_seven_can_be_taken_again_when_metadata_stopped_it_midway() {
    if !has_bash() {
        return;
    }
    let world = ready();
    world.sandbox.write("world/memory", "");
    let why = world.follow(7, &|| {}).expect_err("there is metadata");
    assert!(why.contains("high-availability metadata"), "{why}");
    world.remove("world/memory");
    world.follow(7, &|| {}).expect("what is done is found done");
}

#[test]
fn whoever_begins_anew_too_late_loses_neither_backup_nor_map() {
    if !has_bash() {
        return;
    }
    let world = ready();
    world.follow(7, &|| {}).expect("everything is ready");
    let files = ["flinkdeployments.yaml.bak", "crd.yaml.bak", "cluster.json", "savepoints.yaml"];
    let kept = || files.map(|file| world.sandbox.read(&format!("tree/flink-migration/{file}")));
    world.sandbox.write("tree/flink-migration/crd.yaml.bak", "the old one\n");
    let before = kept();
    for step in [1, 3] {
        assert!(world.follow(step, &|| {}).is_err(), "{step}");
        assert_eq!(kept(), before, "{step}");
    }
}

#[test]
fn an_operator_of_helm_goes_only_when_the_new_values_are_there() {
    if !has_bash() {
        return;
    }
    let world = World::of("helm");
    world.is_ready("suspended");
    let why = world.follow(7, &|| {}).expect_err("there are no values");
    assert!(why.contains("the values for the new chart"), "{why}");
    world.sandbox.write("tree/flink-migration/new-values.yaml", "{}\n");
    world.sandbox.write("world/no-chart", "");
    let why = world.follow(7, &|| {}).expect_err("there is no chart");
    assert!(why.contains("Helm finds the new chart"), "{why}");
    let log = world.log();
    assert!(!takes_away(&log), "{log:#?}");
    let asked = ["helm repo update flink-operator-repo", "helm show chart --version=1.6.x"];
    assert!(asked.map(|begins| place(&log, begins)).is_sorted(), "{log:#?}");
    world.remove("world/no-chart");
    for step in [7, 8] {
        world.follow(step, &|| {}).unwrap_or_else(|why| panic!("step {step}: {why}"));
    }
    let log = world.log();
    let order = [
        "kubectl delete flinkdeployment/orders",
        "helm uninstall --wait --namespace=flink flink",
        "kubectl delete crd/",
        "helm install --namespace=flink --values=flink-migration/new-values.yaml --version=1.6.x flink",
    ];
    let places: Vec<usize> = order.iter().map(|begins| place(&log, begins)).collect();
    assert!(places.is_sorted(), "{places:?}\n{log:#?}");
}

#[test]
fn a_folder_of_one_cluster_takes_no_files_of_another() {
    if !has_bash() {
        return;
    }
    let world = World::of("flux");
    world.follow(1, &|| {}).expect("it is the first one");
    world.sandbox.write("world/kubeconfig", "test");
    let why = world.follow(1, &|| {}).expect_err("it is another one");
    assert!(why.contains("has no files of another cluster"), "{why}");
}

#[test]
fn the_page_begins_with_a_configuration_that_no_switch_elsewhere_moves() {
    if !has_bash() {
        return;
    }
    let world = World::of("flux");
    let first = &world.page.sections[0];
    assert!(first.text.contains("Run this first"), "{}", first.text);
    for (context, expected) in [("prod", "prod https://prod.example.com"), ("tset", "")] {
        world.sandbox.write("world/kubeconfig", "prod");
        let block = first.blocks[0].replace("CONTEXT > ", &format!("{context} > "));
        // What somebody else does in the meantime, and what is asked then.
        let script = format!(
            "{block}\nprintf test >\"$WORLD/kubeconfig\"\nkubectl config current-context\n"
        );
        let output = world.bash(&script);
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(out.starts_with(expected), "{out}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(!out.contains("test"), "{out}");
        assert_eq!(out.ends_with("prod\n"), context == "prod", "{out}");
    }
}
