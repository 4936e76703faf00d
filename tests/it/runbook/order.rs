//! In which order what keeps the cluster is paused and goes on again, and who brings the new operator.

use super::cases::{items, made, names, planted};
use crate::sandbox::Sandbox;

/// The runbook of a case for programs, and what its step of this number calls.
fn step(json: &serde_json::Value, number: usize) -> Vec<String> {
    let step = &serde_json::json!({ "steps": [json["steps"][number - 1]] });
    let lines = items(step).into_iter().map(|(line, item)| match item["kind"].as_str() {
        Some("person") => format!("person {}", item["what"].as_str().expect("a text")),
        _ => line,
    });
    lines.collect()
}

fn json(sandbox: &Sandbox, name: &str) -> serde_json::Value {
    serde_json::from_str(&made(sandbox, name, "json").out).expect("it is JSON")
}

/// Where the only call stands that begins so.
fn at(calls: &[String], begins: &str) -> usize {
    let found: Vec<usize> = (0..calls.len()).filter(|i| calls[*i].starts_with(begins)).collect();
    assert_eq!(found.len(), 1, "{begins}: {calls:#?}");
    found[0]
}

#[test]
fn sources_come_before_parents_and_parents_before_children_both_ways() {
    let mut seen = 0;
    for name in names() {
        let json = json(&planted(&name), &name);
        if json["way"] != "migration" {
            continue;
        }
        let holders = json["holders"].as_array().expect("an array");
        let name_of = |i: usize| holders[i]["name"].as_str().expect("a text");
        // Each acting call is about one object, whose name is a word of it.
        let about = |call: &String| {
            (0..holders.len()).find(|i| {
                let words: Vec<&str> = call.split([' ', '/']).collect();
                words.contains(&name_of(*i))
            })
        };
        for (number, acting) in [
            (4, &["argocd app set", "flux suspend", "kubectl patch applicationsets"][..]),
            (
                9,
                &[
                    "argocd app set",
                    "argocd app sync",
                    "flux resume",
                    "kubectl patch applicationsets",
                ],
            ),
        ] {
            let calls = step(&json, number);
            let acts = |call: &String| acting.iter().any(|begins| call.starts_with(begins));
            let places: Vec<usize> =
                calls.iter().filter(|call| acts(call)).filter_map(about).collect();
            seen += places.len();
            assert!(places.is_sorted(), "{name} {number}: {calls:#?}");
            let looks = |call: &String| {
                call.starts_with("flux reconcile source")
                    || call.starts_with("argocd app get --refresh")
            };
            let last = calls.iter().rposition(looks).unwrap_or(0);
            let first = calls.iter().position(acts).unwrap_or(calls.len());
            assert!(last < first || number == 4, "{name}: {calls:#?}");
        }
    }
    assert!(seen > 12, "{seen}");
}

#[test]
fn an_application_that_nothing_brings_is_given_once_the_old_definition_is_gone() {
    for name in ["argo", "argo-apart"] {
        let calls = step(&json(&planted(name), name), 8);
        let order = [
            "person In Git, set Application `flink-operator`",
            "test -f flink-migration/new-operator.yaml",
            "kubectl delete deployment/flink-kubernetes-operator",
            "kubectl delete crd/flinkdeployments.flink.apache.org",
            "argocd app create --upsert --file=flink-migration/new-operator.yaml",
            "argocd app sync flink-operator",
            "kubectl get crd/flinkdeployments.flink.apache.org --output=jsonpath={.spec.versions",
            "argocd app set --sync-policy=automated",
        ];
        let places: Vec<usize> = order.iter().map(|begins| at(&calls, begins)).collect();
        assert!(places.is_sorted(), "{name}: {places:?} {calls:#?}");
        assert!(calls[places[0]].contains("without its `automated`"), "{}", calls[places[0]]);
    }
}

#[test]
fn what_is_above_the_operator_alone_brings_its_object_before_that_acts() {
    let sandbox = planted("argo-apart");
    sandbox.write(
        "tree/root.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: platform}\n\
         spec:\n  source: {path: argo/of-operator}\n  destination: {namespace: argocd}\n  \
         syncPolicy: {automated: {}}\n",
    );
    let operator = sandbox.read("tree/argo/operator.yaml");
    sandbox.write("tree/argo/of-operator/app.yaml", &operator);
    std::fs::remove_file(sandbox.path("tree/argo/operator.yaml")).expect("it is there");
    let json = json(&sandbox, "argo-apart");
    let calls = step(&json, 8);
    let order = [
        "kubectl delete crd/",
        "argocd app get --refresh platform",
        "argocd app sync platform",
        "argocd app get --refresh flink-operator",
        "argocd app sync flink-operator",
        "kubectl get crd/flinkdeployments.flink.apache.org --output=jsonpath={.spec.versions",
        "argocd app set --sync-policy=automated platform",
        "argocd app set --sync-policy=automated --self-heal flink-operator",
    ];
    let places: Vec<usize> = order.iter().map(|begins| at(&calls, begins)).collect();
    assert!(places.is_sorted(), "{places:?} {calls:#?}");
    assert!(!calls.iter().any(|call| call.contains("new-operator.yaml")), "{calls:#?}");
    assert!(!step(&json, 9).iter().any(|call| call.contains("platform")));
}

#[test]
fn an_application_set_that_is_synced_by_hand_is_synced_by_hand_in_both_steps() {
    let json = json(&planted("argo-apart"), "argo-apart");
    for number in [2, 9] {
        let calls = step(&json, number);
        let listed = at(&calls, "kubectl get applications.argoproj.io --namespace=argocd");
        let person =
            at(&calls, "person Nothing syncs by itself what ApplicationSet `teams` has made");
        assert_eq!(listed + 1, person, "{calls:#?}");
    }
}

#[test]
fn helm_is_asked_where_flux_keeps_the_release() {
    let sandbox = planted("flux-apart");
    let asked = |sandbox: &Sandbox| {
        let json = json(sandbox, "flux-apart");
        let all = [step(&json, 1), step(&json, 8)].concat();
        let helm = all.into_iter().filter(|call| call.starts_with("helm ")).collect::<Vec<_>>();
        assert_eq!(helm.len(), 3, "{helm:?}");
        let running = step(&json, 1)
            .iter()
            .any(|call| call.contains("rollout status") && call.contains("--namespace=flink "));
        assert!(running, "the operator itself runs where the chart went");
        helm
    };
    assert!(asked(&sandbox).iter().all(|call| call.contains("--namespace=ops ")));
    let file = "tree/clusters/releases.yaml";
    let text = sandbox.read(file);
    sandbox.write(
        file,
        &text.replacen(
            "targetNamespace: flink\n",
            "targetNamespace: flink\n  storageNamespace: helm\n",
            1,
        ),
    );
    assert!(asked(&sandbox).iter().all(|call| call.contains("--namespace=helm ")));
}

#[test]
fn a_release_that_deploys_a_workload_is_named_where_it_matters() {
    let json = json(&planted("flux-apart"), "flux-apart");
    for number in [7, 9] {
        let notes = json["steps"][number - 1]["notes"].to_string();
        assert_eq!(
            notes
                .matches("Helm's release `jobs` in namespace `ops`, which deploys `prod/orders`")
                .count(),
            1,
            "{notes}"
        );
    }
    let calls = step(&json, 9);
    let rewritten = at(&calls, "person See that Helm no longer remembers `v1alpha1`: `jobs`");
    assert!(rewritten < at(&calls, "flux resume helmrelease --namespace=ops jobs"), "{calls:#?}");
    for name in ["helm", "flux", "argo"] {
        let json = self::json(&planted(name), name);
        let wrong = json["steps"][8]["wrong"].to_string();
        assert!(wrong.contains("unable to build kubernetes objects from current release manifest"));
        assert!(!json["steps"][8]["notes"].to_string().contains("Helm's release"), "{name}");
    }
}

#[test]
fn a_parked_job_that_is_answered_starts_and_one_that_is_not_is_asked_about() {
    let sandbox = planted("argo-apart");
    let fate = |sandbox: &Sandbox| {
        let json = json(sandbox, "argo-apart");
        let rows = json["workloads"].as_array().expect("an array");
        let row =
            rows.iter().find(|row| row["workload"] == "clicks/sessions").expect("it is there");
        let path = step(&json, 9).iter().any(|call| {
            call.contains("flinkdeployment/sessions") && call.contains("initialSavepointPath")
        });
        let runs = step(&json, 10).iter().any(|call| call.contains("deployment/sessions"));
        let warnings = json["warnings"].to_string();
        (row["fate"].as_str().expect("a text").to_string(), path, runs, warnings)
    };
    let (said, path, runs, warnings) = fate(&sandbox);
    assert!(
        said.starts_with("Parked; starts from its savepoint in step 9") && path && runs,
        "{said}"
    );
    assert!(!warnings.contains("clicks/sessions"), "{warnings}");
    let answer = |state: &str| sandbox.write("tree/flink-migrate.toml", state);
    answer("[workload.\"clicks/sessions\"]\nstate = \"suspended\"\n");
    let (said, path, runs, warnings) = fate(&sandbox);
    assert!(said == "Parked: stays parked." && !path && !runs, "{said}");
    assert!(
        warnings.contains("`clicks/sessions`: it is to stay parked, and operators before"),
        "{warnings}"
    );
    answer("");
    let (said, path, runs, warnings) = fate(&sandbox);
    assert!(said == "Parked: to be decided, see above." && !path && !runs, "{said}");
    assert!(
        warnings.contains("`clicks/sessions`: it was parked before, and step `convert` holds it"),
        "{warnings}"
    );
}

#[test]
fn the_deployment_of_the_operator_has_the_name_that_its_values_give_it() {
    let sandbox = planted("helm");
    let values = sandbox.read("values.yaml");
    sandbox.write(
        "values.yaml",
        &format!("nameOverride: flink-ops\nfullnameOverride: other\n{values}"),
    );
    let json = json(&sandbox, "helm");
    let all: Vec<String> = (1..=8).flat_map(|number| step(&json, number)).collect();
    let named =
        |call: &&String| call.contains("rollout status") || call.starts_with("kubectl logs");
    let named: Vec<&String> = all.iter().filter(named).collect();
    assert!(named.len() >= 3, "{all:#?}");
    for call in named {
        assert!(call.contains(" deployment/flink-ops "), "{call}");
        let container = call.contains("--container=flink-kubernetes-operator");
        assert_eq!(container, call.starts_with("kubectl logs"), "{call}");
    }
}
