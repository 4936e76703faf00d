//! The script of a runbook, run against programs that only pretend: in which order it calls them, where
//! it stops, and that no name of a workload is ever a command.

use std::process::Command;

use super::cases::{made, planted};
use crate::sandbox::{Ran, Sandbox, isolated};

/// Whether there is a bash; says so where there is none.
pub(crate) fn has_bash() -> bool {
    let found = Command::new("bash").arg("--version").output().is_ok();
    if !found {
        skipped();
    }
    found
}

#[expect(clippy::print_stderr, reason = "what is not tested is said")]
fn skipped() {
    eprintln!("SKIPPED: there is no bash, so the script of the runbook was not run");
}

/// A cluster of files: `phase` is what has become of the jobs, `paused` is there while Flux is suspended.
/// Whatever is called is written down.
const KUBECTL: &str = r#"#!/usr/bin/env bash
printf 'kubectl %s\n' "$*" >>"$WORLD/log"
context=$(cat "$KUBECONFIG")
case "$*" in
    'config view'*--context=prod | 'config view'*--context=test) all=$* && printf %s "${all##*=}" && exit ;;
    'config view'*--context=*) echo "error: cannot locate context" >&2 && exit 1 ;;
    'config view'*) printf '%s https://%s.example.com' "$context" "$context" && exit ;;
    'config current-context') printf '%s\n' "$context" && exit ;;
esac
printf '%s\n' "$context" >>"$WORLD/contexts"
# Somebody in another terminal is busy with another cluster.
[ ! -e "$WORLD/busy" ] || printf test >"$WORLD/kubeconfig"
phase=$(cat "$WORLD/phase")
status=0
if [ "$phase" = without ] && [ "$*" != "${*#get flinkdep}" ]; then
    # Without its definition nobody knows what is meant.
    echo "error: the server doesn't have a resource type" >&2
    exit 1
fi
case "$*" in
    'get crd/'*versions*) [ "$phase" = new ] && printf v1beta1 || printf v1alpha1 ;;
    *--all-namespaces*--output=json) cat "$WORLD/$phase.json" ;;
    *--all-namespaces*--output=name)
        case "$phase" in gone | new) ;; *) echo flinkdeployment.flink.apache.org/orders ;; esac ;;
    *'{.spec.job.state} {.spec.job.upgradeMode}'*)
        case "$phase" in
            running) printf 'running savepoint RUNNING READY' ;;
            suspended) printf 'suspended savepoint SUSPENDED MISSING' ;;
        esac ;;
    *'{.status.jobStatus.state} {.status.jobManagerDeploymentStatus}'*)
        [ "$phase" = running ] && printf 'RUNNING READY' ;;
    *'{.status.jobStatus.state}'*) [ "$phase" = new ] && printf RUNNING ;;
    *'{.apiVersion}'*) [ "$phase" = new ] && printf flink.apache.org/v1beta1 ;;
    *initialSavepointPath*) printf s3://lake/savepoints/orders-1 ;;
    'get deployment/'*) [ "$phase" = running ] && echo "deployment/left" ;;
    'get configmaps'*) [ -e "$WORLD/memory" ] && echo configmap/orders-dispatcher-leader ;;
    'delete flinkdeployment/'*) echo gone >"$WORLD/phase" ;;
    'delete crd/'*) echo without >"$WORLD/phase" ;;
    *'{.spec.suspend}'*) [ -e "$WORLD/paused" ] && printf true ;;
    'rollout status'*) [ ! -e "$WORLD/broken" ] || status=1 ;;
    'logs deployment/flink-kubernetes-operator'*) echo "Registered reconciler: 'flinkdeploymentcontroller'" ;;
esac
exit "$status"
"#;

/// Other programs are only written down; two of them change the cluster.
const OTHER: &str = r#"#!/usr/bin/env bash
name=${0##*/}
printf '%s %s\n' "$name" "$*" >>"$WORLD/log"
cat "$KUBECONFIG" >>"$WORLD/contexts"
echo >>"$WORLD/contexts"
case "$name $*" in
    'flux suspend'*) touch "$WORLD/paused" ;;
    'helm show'*) [ ! -e "$WORLD/no-chart" ] || exit 1 ;;
    'flux resume helmrelease'* | 'helm install'*) echo new >"$WORLD/phase" ;;
esac
"#;

/// This program, but for what is not to be tried here.
const OURSELVES: &str = r#"#!/usr/bin/env bash
printf 'flink-migrate %s\n' "$*" >>"$WORLD/log"
[ "$1" = verify ] && exit 0
exec "$BINARY" "$@"
"#;

/// A tree, its script, and a cluster.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
}

impl World {
    pub(crate) fn of(case: &str) -> World {
        World::with(planted(case), case)
    }

    pub(crate) fn with(sandbox: Sandbox, case: &str) -> World {
        let script = made(&sandbox, case, "sh").out;
        sandbox.write("script.sh", &script);
        for name in ["kubectl", "flux", "helm", "argocd", "flink-migrate"] {
            let text = match name {
                "kubectl" => KUBECTL,
                "flink-migrate" => OURSELVES,
                _ => OTHER,
            };
            sandbox.write(&format!("bin/{name}"), text);
            let ran =
                Command::new("chmod").arg("+x").arg(sandbox.path(&format!("bin/{name}"))).status();
            assert!(ran.is_ok_and(|status| status.success()));
        }
        for (phase, state, status, manager) in [
            ("running", "running", "RUNNING", "READY"),
            ("suspended", "suspended", "SUSPENDED", "MISSING"),
        ] {
            sandbox.write(&format!("world/{phase}.json"), &dump(state, status, manager, ""));
        }
        for phase in ["gone", "new"] {
            let empty = r#"{"apiVersion": "v1", "kind": "List", "items": []}"#;
            sandbox.write(&format!("world/{phase}.json"), empty);
        }
        sandbox.write("world/kubeconfig", "prod");
        sandbox.write("world/contexts", "");
        std::fs::create_dir(sandbox.path("tmp")).expect("it is new");
        let world = World { sandbox };
        world.becomes("running");
        world
    }

    pub(crate) fn becomes(&self, phase: &str) {
        self.sandbox.write("world/phase", phase);
    }

    /// Another runbook of the tree.
    pub(crate) fn runbook(&self, args: &[&str]) -> Ran {
        self.sandbox.run_in("tree", &[&["runbook"], args].concat())
    }

    /// The script, and what it called.
    fn run(&self, args: &[&str]) -> (Ran, Vec<String>) {
        self.sandbox.write("world/log", "");
        let path = std::env::var("PATH").unwrap_or_default();
        let output = isolated("bash", &self.sandbox.path("tree"))
            .arg("../script.sh")
            .args(args)
            .env("PATH", format!("{}:{path}", self.sandbox.path("bin").display()))
            .env("WORLD", self.sandbox.path("world"))
            .env("KUBECONFIG", self.sandbox.path("world/kubeconfig"))
            .env("TMPDIR", self.sandbox.path("tmp"))
            .env("BINARY", env!("CARGO_BIN_EXE_flink-migrate"))
            .output()
            .expect("bash runs");
        let log = self.sandbox.read("world/log").lines().map(String::from).collect();
        (Ran::of(&output), log)
    }

    pub(crate) fn real(&self, args: &[&str]) -> (Ran, Vec<String>) {
        let cluster = ["--run", "--context", "prod", "--argocd-context", "argo", "--wait", "0"];
        let ran = self.run(&[&cluster[..], args].concat());
        let left = std::fs::read_dir(self.sandbox.path("tmp")).expect("it is there").count();
        assert_eq!(left, 0, "the credentials are gone");
        ran
    }

    /// As if step 1 had been taken.
    fn begun(self) -> World {
        let cluster = "prod https://prod.example.com";
        self.sandbox.write("tree/flink-migration/cluster.bak", cluster);
        self
    }
}

/// What the cluster has: three workloads in `prod`, `orders` being in this state. `more` are further ones.
pub(crate) fn dump(state: &str, status: &str, manager: &str, more: &str) -> String {
    let job = format!(r#"{{"state": "{state}", "upgradeMode": "savepoint"}}"#);
    format!(
        r#"{{"apiVersion": "v1", "kind": "List", "items": [{more}
{{"apiVersion": "flink.apache.org/v1alpha1", "kind": "FlinkDeployment",
 "metadata": {{"name": "orders", "namespace": "prod", "uid": "1"}},
 "spec": {{"flinkVersion": "v1_16", "job": {job}}},
 "status": {{"jobManagerDeploymentStatus": "{manager}",
  "jobStatus": {{"state": "{status}", "jobId": "00", "updateTime": "1654070460000",
   "savepointInfo": {{"lastSavepoint": {{"location": "s3://lake/savepoints/orders-1",
    "timeStamp": 1654070475000}}}}}},
  "reconciliationStatus": {{"success": true, "lastReconciledSpec": {{"job": {job}}}}}}}}}
]}}
"#
    )
}

/// True if some call takes something away.
pub(crate) fn takes_away(log: &[String]) -> bool {
    log.iter().any(|call| call.starts_with("kubectl delete") || call.starts_with("helm uninstall"))
}

/// Where the first call stands that begins so.
fn place(log: &[String], begins: &str) -> usize {
    let found = log.iter().position(|call| call.starts_with(begins));
    found.unwrap_or_else(|| panic!("nothing begins with {begins}: {log:#?}"))
}

#[test]
fn without_being_told_to_a_script_calls_nothing() {
    if !has_bash() {
        return;
    }
    for case in ["flux", "helm", "argo", "hostile-names"] {
        let world = World::of(case);
        let before = world.sandbox.tree();
        let (ran, log) = world.run(&[]);
        let ran = ran.ended(0);
        assert!(log.is_empty(), "{log:#?}");
        assert!(ran.out.contains("This only shows what would be done"), "{}", ran.out);
        for step in 1..=11 {
            assert!(ran.out.contains(&format!("\n== {step}. ")), "{case} {step}");
        }
        world.sandbox.write("world/log", "");
        let mut after = world.sandbox.tree();
        after.remove(std::path::Path::new("world/log"));
        assert!(after == before, "{case}: something was written");
    }
}

#[test]
fn no_name_is_ever_a_command() {
    if !has_bash() {
        return;
    }
    let world = World::of("hostile-names").begun();
    for only in 1..=11 {
        let done = only.to_string();
        let (ran, _) = world.real(&["--only", &done, "--done", &done]);
        assert_ne!(ran.status, 127, "{}", ran.err);
    }
    // Of what is called, only the last step of a name could have made a file.
    let made: Vec<_> = world.sandbox.tree().into_keys().collect();
    assert!(made.iter().all(|path| !path.to_string_lossy().contains("pwned")), "{made:?}");
}

#[test]
fn a_script_runs_on_the_cluster_that_is_meant_or_not_at_all() {
    if !has_bash() {
        return;
    }
    let world = World::of("flux");
    for (args, said) in [
        (&["--run"][..], "--run needs --context"),
        (&["--run", "--context", "test", "--from", "2"], "step 1 was not taken"),
        (&["--run", "--context", "tset"], "kubectl has no context tset"),
        (&["--run", "--context"], "the last option lacks its value"),
        (&["--from", "0"], "there is no step 0"),
        (&["--only", "12"], "there is no step 12"),
        (&["--from", "08"], "--from needs a number"),
        (&["--done", "x"], "--done needs a number"),
        (&["--done", "7."], "--done needs a number"),
        (&["--from", "99999999999999999999"], "--from needs a number"),
        (&["--only", "99999999999999999999"], "--only needs a number"),
        (&["--force"], "there is no option --force"),
    ] {
        let (ran, log) = world.run(args);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
        assert_eq!(ran.status, 2, "{args:?}");
        assert!(log.iter().all(|call| call.contains(" config ")), "{args:?}: {log:?}");
    }
}

#[test]
fn the_whole_way_stops_for_people_and_goes_in_this_order() {
    if !has_bash() {
        return;
    }
    let world = World::of("flux");
    let mut all = Vec::new();
    let mut go = |args: &[&str], status: i32| {
        let (ran, log) = world.real(args);
        assert_eq!(ran.status, status, "{args:?}\n{}\n{}", ran.out, ran.err);
        all.extend(log);
        ran
    };
    let ran = go(&[], 3);
    assert!(ran.err.contains("--from 2 --done 2"), "{}", ran.err);
    world.becomes("suspended");
    let ran = go(&["--from", "2", "--done", "2"], 3);
    assert!(ran.err.contains("step 6: this is for a person"), "{}", ran.err);
    let ran = go(&["--from", "6", "--done", "6"], 3);
    assert!(ran.err.contains("step 7: this is for a person"), "{}", ran.err);
    let ran = go(&["--from", "7", "--done", "7"], 3);
    assert!(ran.err.contains("step 8: this is for a person"), "{}", ran.err);
    go(&["--only", "8", "--done", "8"], 0);
    let ran = go(&["--from", "9"], 3);
    assert!(ran.err.contains("step 9: this is for a person"), "{}", ran.err);
    let ran = go(&["--from", "9", "--done", "9"], 3);
    assert!(ran.err.contains("step 11: this is for a person"), "{}", ran.err);

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
    let converted = world.sandbox.read("tree/jobs/base/orders.yaml");
    assert!(
        converted.contains("initialSavepointPath: s3://lake/savepoints/orders-1"),
        "{converted}"
    );
    assert!(converted.contains("flink.apache.org/v1beta1"), "{converted}");
}

/// A flux world in which everything is ready for step 7.
fn ready() -> World {
    let world = World::of("flux");
    world.real(&[]);
    world.becomes("suspended");
    let (ran, log) = world.real(&["--from", "2", "--done", "2", "--done", "6"]);
    assert!(ran.err.contains("step 7: this is for a person"), "{}\n{}", ran.out, ran.err);
    assert!(!takes_away(&log));
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
    let remove = |path: &str| std::fs::remove_file(world.sandbox.path(path)).expect("it is there");

    // Each of these alone must keep everything in place.
    let unanswered = "every manifest has its answer";
    let sabotage: [(&str, &str, Act<'_>, Act<'_>); 8] = [
        ("a job runs again", unanswered, &|| world.becomes("running"), &|| {
            world.becomes("suspended");
        }),
        (
            "another workload has appeared",
            "the cluster has no workload that the tree has not",
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
            "the cluster has no workload that the tree has not",
            &|| write("world/suspended.json", &good[..good.len() / 2]),
            &|| write("world/suspended.json", &good),
        ),
        (
            "the map has lost an entry",
            unanswered,
            &|| write("tree/flink-migration/savepoints.yaml", "prod/orders: null\n"),
            &|| write("tree/flink-migration/savepoints.yaml", &map),
        ),
        ("the sync goes on", "does not sync by itself", &|| remove("world/paused"), &|| {
            write("world/paused", "");
        }),
        ("the operator is down", "the operator runs", &|| write("world/broken", ""), &|| {
            remove("world/broken");
        }),
        (
            "a manifest has come that nobody answered for",
            unanswered,
            &|| {
                let text = world.sandbox.read("tree/jobs/base/orders.yaml");
                write("tree/other.yaml", &text.replace("name: orders", "name: other"));
            },
            &|| remove("tree/other.yaml"),
        ),
    ];
    for (what, said, breaks, repairs) in sabotage {
        breaks();
        for args in [&["--from", "7", "--done", "7"][..], &["--only", "7", "--done", "7"]] {
            let (ran, log) = world.real(args);
            assert_eq!(ran.status, 1, "{what}: {}\n{}", ran.out, ran.err);
            assert!(ran.err.contains(said), "{what}: {}", ran.err);
            assert!(!takes_away(&log), "{what}: {log:#?}");
        }
        repairs();
    }
    let (ran, log) = world.real(&["--only", "7", "--done", "7"]);
    assert_eq!(ran.status, 0, "{}\n{}", ran.out, ran.err);
    assert!(takes_away(&log));
}

#[test]
fn the_definition_stays_as_long_as_a_resource_or_its_metadata_does() {
    if !has_bash() {
        return;
    }
    let world = ready();
    let (ran, log) = world.real(&["--from", "8", "--done", "8"]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(!takes_away(&log), "{log:#?}");
    world.sandbox.write("world/memory", "");
    let (ran, log) = world.real(&["--from", "7", "--done", "7", "--done", "8"]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(ran.err.contains("metadata of high availability"), "{}", ran.err);
    assert!(!log.iter().any(|call| call.starts_with("helm uninstall")), "{log:#?}");
}

#[test]
fn step_seven_can_be_run_again_when_it_stopped_midway() {
    if !has_bash() {
        return;
    }
    let world = ready();
    world.sandbox.write("world/memory", "");
    assert_eq!(world.real(&["--only", "7", "--done", "7"]).0.status, 1);
    std::fs::remove_file(world.sandbox.path("world/memory")).expect("it is there");
    let (ran, _) = world.real(&["--only", "7", "--done", "7"]);
    assert_eq!(ran.status, 0, "{}\n{}", ran.out, ran.err);
}

#[test]
fn whoever_begins_anew_too_late_loses_neither_backup_nor_map() {
    if !has_bash() {
        return;
    }
    let world = ready();
    assert_eq!(world.real(&["--only", "7", "--done", "7"]).0.status, 0);
    let files = ["flinkdeployments.yaml.bak", "crd.yaml.bak", "cluster.json", "savepoints.yaml"];
    let kept = || files.map(|file| world.sandbox.read(&format!("tree/flink-migration/{file}")));
    world.sandbox.write("tree/flink-migration/crd.yaml.bak", "the old one\n");
    let before = kept();
    for args in [&["--from", "1", "--done", "2"][..], &["--only", "3"], &["--from", "3"]] {
        let (ran, _) = world.real(args);
        assert_eq!(ran.status, 1, "{args:?}: {}", ran.err);
        assert_eq!(kept(), before, "{args:?}");
    }
}

#[test]
fn an_operator_of_helm_goes_only_when_the_new_values_are_there() {
    if !has_bash() {
        return;
    }
    let world = World::of("helm");
    world.real(&[]);
    world.becomes("suspended");
    let go = ["--from", "2", "--done", "2", "--done", "4", "--done", "7"];
    let (ran, log) = world.real(&go);
    assert!(ran.err.contains("the values for the new chart"), "{}", ran.err);
    assert!(ran.status == 1 && !takes_away(&log), "{log:#?}");
    world.sandbox.write("tree/flink-migration/new-values.yaml", "{}\n");
    world.sandbox.write("world/no-chart", "");
    let (ran, log) = world.real(&["--from", "7", "--done", "7"]);
    assert!(ran.err.contains("this check failed: Helm finds the new chart"), "{}", ran.err);
    assert!(ran.status == 1 && !takes_away(&log), "{log:#?}");
    let asked = ["helm repo update flink-operator-repo", "helm show chart --version=1.6.x"];
    assert!(asked.map(|begins| place(&log, begins)).is_sorted(), "{log:#?}");
    std::fs::remove_file(world.sandbox.path("world/no-chart")).expect("it is there");
    let (ran, log) = world.real(&["--from", "7", "--done", "7"]);
    assert!(ran.err.contains("step 9: this is for a person"), "{}\n{}", ran.out, ran.err);
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
fn a_script_made_from_a_cluster_with_more_never_gets_past_that() {
    if !has_bash() {
        return;
    }
    let world = World::of("extra-on-the-cluster").begun();
    for from in ["5", "7"] {
        let (ran, log) = world.real(&["--only", from, "--done", from]);
        assert_eq!(ran.status, 3, "{}", ran.err);
        assert!(ran.err.contains("settle that, and then print this script again"), "{}", ran.err);
        assert!(log.iter().all(|call| call.contains(" config ")), "{log:?}");
    }
}

#[test]
fn no_switch_of_contexts_elsewhere_moves_a_script() {
    if !has_bash() {
        return;
    }
    let world = World::of("flux");
    world.sandbox.write("world/busy", "");
    world.real(&[]);
    world.becomes("suspended");
    for args in [
        &["--from", "2", "--done", "2", "--done", "6", "--done", "7"][..],
        &["--only", "8", "--done", "8"],
    ] {
        assert_eq!(world.sandbox.read("world/kubeconfig"), "test", "somebody did switch");
        let (ran, _) = world.real(args);
        assert!([0, 3].contains(&ran.status), "{}\n{}", ran.out, ran.err);
    }
    let asked = world.sandbox.read("world/contexts");
    assert!(asked.lines().count() > 40 && asked.lines().all(|line| line == "prod"), "{asked}");
}

#[test]
fn a_folder_of_one_cluster_takes_no_files_of_another() {
    if !has_bash() {
        return;
    }
    let world = World::of("flux");
    world.real(&["--only", "1"]);
    let kept = world.sandbox.read("tree/flink-migration/crd.yaml.bak");
    for only in ["1", "2", "8"] {
        let (ran, log) = world.run(&["--run", "--context", "test", "--only", only, "--done", only]);
        assert_eq!(ran.status, 2, "{}", ran.err);
        assert!(
            ran.err.contains("flink-migration holds the files of another cluster"),
            "{}",
            ran.err
        );
        assert!(log.iter().all(|call| call.contains(" config ")), "{log:?}");
    }
    assert_eq!(world.sandbox.read("tree/flink-migration/crd.yaml.bak"), kept);
}

#[test]
fn a_script_that_is_run_elsewhere_does_nothing_there() {
    if !has_bash() {
        return;
    }
    let world = World::of("flux");
    let manifest = "tree/jobs/base/orders.yaml";
    let text = world.sandbox.read(manifest);
    std::fs::remove_file(world.sandbox.path(manifest)).expect("it is there");
    for only in ["1", "2"] {
        let (ran, log) = world.real(&["--only", only]);
        assert_eq!(ran.status, 2, "{}", ran.err);
        assert!(ran.err.contains("there is no jobs/base/orders.yaml here"), "{}", ran.err);
        assert!(log.iter().all(|call| call.contains(" config ")), "{log:?}");
    }
    world.sandbox.write(manifest, &text);
    let (ran, log) = world.real(&["--only", "2"]);
    assert_eq!(ran.status, 2, "{}", ran.err);
    assert!(ran.err.contains("step 1 was not taken from here"), "{}", ran.err);
    assert!(!log.iter().any(|call| call.starts_with("flink-migrate")), "{log:?}");
}

#[test]
fn argocd_is_held_to_one_context_as_well() {
    if !has_bash() {
        return;
    }
    let world = World::of("argo");
    let (ran, log) = world.run(&["--run", "--context", "prod"]);
    assert!(
        ran.status == 2 && ran.err.contains("--run needs --argocd-context NAME"),
        "{}",
        ran.err
    );
    assert!(log.is_empty(), "{log:?}");
    let world = world.begun();
    let (_, log) = world.real(&["--only", "4", "--done", "4"]);
    let calls: Vec<&String> = log.iter().filter(|call| call.starts_with("argocd ")).collect();
    assert!(calls.len() > 1, "{log:?}");
    assert!(
        calls.iter().all(|call| call.starts_with("argocd --argocd-context argo ")),
        "{calls:?}"
    );
    assert_eq!(calls[0], "argocd --argocd-context argo context");
}

#[test]
fn a_script_tells_how_it_is_used() {
    if !has_bash() {
        return;
    }
    let (ran, log) = World::of("flux").run(&["--help"]);
    let said = ran.ended(0).out;
    assert!(said.contains("--run --context NAME") && said.contains("--argocd-context"), "{said}");
    assert!(!said.contains("shellcheck") && log.is_empty(), "{said}");
}

#[test]
fn what_a_step_asks_twice_is_answered_twice() {
    if !has_bash() {
        return;
    }
    let world = World::of("argo-apart").begun();
    let (ran, _) = world.real(&["--only", "2", "--done", "2"]);
    assert!(ran.status == 3 && ran.err.contains("--from 2 --done 2.1"), "{}", ran.err);
    let (ran, _) = world.real(&["--only", "2", "--done", "2.1"]);
    assert!(ran.status == 3 && ran.err.contains("--from 2 --done 2.1 --done 2.2"), "{}", ran.err);
    world.becomes("suspended");
    let (ran, _) = world.real(&["--only", "2", "--done", "2.1", "--done", "2.2"]);
    assert_eq!(ran.status, 0, "{}\n{}", ran.out, ran.err);
}

#[test]
fn the_page_begins_with_a_configuration_that_no_switch_elsewhere_moves() {
    if !has_bash() {
        return;
    }
    let world = World::of("flux");
    let page = world.runbook(&[]).ended(0).out;
    let begin = page.find("```sh\n").expect("there are commands") + 6;
    let block = &page[begin..begin + page[begin..].find("```").expect("it ends")];
    assert!(page[..begin].contains("Run this before anything else"), "{page}");
    for (context, said) in [("prod", "prod https://prod.example.com"), ("tset", "")] {
        world.sandbox.write("world/kubeconfig", "prod");
        let block = block.replace("CONTEXT > ", &format!("{context} > "));
        // What somebody else does in the meantime, and what is asked then.
        let text = format!(
            "{block}\nprintf test >\"$WORLD/kubeconfig\"\nkubectl config current-context\n"
        );
        world.sandbox.write("script.sh", &text);
        let (ran, _) = world.run(&[]);
        assert!(ran.out.starts_with(said), "{}\n{}", ran.out, ran.err);
        assert!(!ran.out.contains("test"), "{}", ran.out);
        assert_eq!(ran.out.ends_with("prod\n"), context == "prod", "{}", ran.out);
    }
}
