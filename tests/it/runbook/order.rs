//! In which order what keeps the cluster is paused and goes on again, and who brings the new operator.

use super::cases::{names, page, planted};
use crate::sandbox::Sandbox;

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
        let page = page(&planted(&name), &name);
        if !page.is_migration() {
            continue;
        }
        let holders = page.rows("What applies them");
        let name_of = |row: &[String]| {
            let (_, name) = row[0].split_once('`').expect("a kind and a name");
            let name = name.trim_end_matches('`');
            name.rsplit('/').next().unwrap_or(name).to_string()
        };
        // Each acting call is about one object, whose name is a word of it.
        let about = |call: &String| {
            let words: Vec<&str> = call.split([' ', '/']).collect();
            holders.iter().position(|row| words.contains(&name_of(row).as_str()))
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
            let calls = page.step(number).calls();
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
        let calls = page(&planted(name), name).step(8).calls();
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
    let page = page(&sandbox, "argo-apart");
    let calls = page.step(8).calls();
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
    assert!(!page.step(9).calls().iter().any(|call| call.contains("platform")));
}

#[test]
fn an_application_set_that_is_synced_by_hand_is_synced_by_hand_in_both_steps() {
    let page = page(&planted("argo-apart"), "argo-apart");
    for number in [2, 9] {
        let calls = page.step(number).calls();
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
        let page = page(sandbox, "flux-apart");
        let all = [page.step(1).calls(), page.step(8).calls()].concat();
        // The chart of the way back is in no cluster.
        let helm = all.into_iter().filter(|call| call.starts_with("helm "));
        let helm = helm.filter(|call| !call.contains("--repo=")).collect::<Vec<_>>();
        assert_eq!(helm.len(), 3, "{helm:?}");
        let running = page
            .step(1)
            .calls()
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
    let flux_apart = page(&planted("flux-apart"), "flux-apart");
    for number in [7, 9] {
        let notes = &flux_apart.step(number).text;
        assert_eq!(
            notes
                .matches("Helm's release `jobs` in namespace `ops`, which deploys `prod/orders`")
                .count(),
            1,
            "{notes}"
        );
    }
    let calls = flux_apart.step(9).calls();
    let rewritten = at(&calls, "person Check that Helm no longer stores `v1alpha1`: `jobs`");
    assert!(rewritten < at(&calls, "flux resume helmrelease --namespace=ops jobs"), "{calls:#?}");
    for name in ["helm", "flux", "argo"] {
        let page = page(&planted(name), name);
        let text = &page.step(9).text;
        assert!(text.contains("unable to build kubernetes objects from current release manifest"));
        assert!(!text.contains("Helm's release"), "{name}");
    }
}

#[test]
fn a_parked_job_that_is_answered_starts_and_one_that_is_not_is_asked_about() {
    let sandbox = planted("argo-apart");
    let outcome = |sandbox: &Sandbox| {
        let page = page(sandbox, "argo-apart");
        let mut rows = page.rows("Workloads").iter();
        let row = rows.find(|row| row[0] == "`clicks/sessions`").expect("it is there");
        let path = page.step(9).calls().iter().any(|call| {
            call.contains("flinkdeployment/sessions") && call.contains("initialSavepointPath")
        });
        let runs = page.step(10).calls().iter().any(|call| call.contains("deployment/sessions"));
        let first = page.sections.iter().find(|section| section.heading == "First");
        let warnings = first.iter().flat_map(|section| &section.items);
        let warnings: String = warnings.map(|item| item.what.as_str()).collect();
        (row[2].clone(), path, runs, warnings)
    };
    let (cell, path, runs, warnings) = outcome(&sandbox);
    assert!(
        cell.starts_with("Parked; starts from its savepoint in step 9") && path && runs,
        "{cell}"
    );
    assert!(!warnings.contains("clicks/sessions"), "{warnings}");
    let answer = |state: &str| sandbox.write("tree/flink-migrate.toml", state);
    answer("[workload.\"clicks/sessions\"]\nstate = \"suspended\"\n");
    let (cell, path, runs, warnings) = outcome(&sandbox);
    assert!(cell == "Parked: stays parked." && !path && !runs, "{cell}");
    assert!(
        warnings.contains("`clicks/sessions`: it is to stay parked, and operators before"),
        "{warnings}"
    );
    answer("");
    let (cell, path, runs, warnings) = outcome(&sandbox);
    assert!(cell == "Parked: to be decided, see above." && !path && !runs, "{cell}");
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
    let page = page(&sandbox, "helm");
    let all: Vec<String> = (1..=8).flat_map(|number| page.step(number).calls()).collect();
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
