//! A tree with its runbook, and programs that pretend to be a cluster.

use std::process::{Command, Output};

use super::cases::{made_with, planted};
use super::page::Page;
use crate::sandbox::{Sandbox, isolated};

/// Whether there is a bash; says so where there is none.
pub(crate) fn has_bash() -> bool {
    let found = Command::new("bash").arg("--version").output().is_ok();
    if !found {
        skipped();
    }
    found
}

#[expect(clippy::print_stderr, reason = "a test reports what it skips")]
fn skipped() {
    eprintln!("SKIPPED: there is no bash, so the commands of the runbook were not run");
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
    *'containers[*].image}'*) printf apache/flink-kubernetes-operator:0.1.0 ;;
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

/// A tree, its runbook, and a cluster.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) page: Page,
}

impl World {
    pub(crate) fn of(case: &str) -> World {
        World::with(planted(case), case, &[])
    }

    /// The runbook of this case with these options behind its own.
    pub(crate) fn with(sandbox: Sandbox, case: &str, more: &[&str]) -> World {
        let page = Page::read(&made_with(&sandbox, case, more));
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
        sandbox.write("world/log", "");
        let world = World { sandbox, page };
        world.becomes("running");
        world
    }

    pub(crate) fn becomes(&self, phase: &str) {
        self.sandbox.write("world/phase", phase);
    }

    pub(crate) fn remove(&self, path: &str) {
        std::fs::remove_file(self.sandbox.path(path)).expect("it is there");
    }

    pub(crate) fn bash(&self, script: &str) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        isolated("bash", &self.sandbox.path("tree"))
            .args(["-c", script])
            .env("PATH", format!("{}:{path}", self.sandbox.path("bin").display()))
            .env("WORLD", self.sandbox.path("world"))
            .env("KUBECONFIG", self.sandbox.path("world/kubeconfig"))
            .env("TMPDIR", self.sandbox.path("world"))
            .env("BINARY", env!("CARGO_BIN_EXE_flink-migrate"))
            .output()
            .expect("bash runs")
    }

    /// What has been called since this was last asked.
    pub(crate) fn log(&self) -> Vec<String> {
        let log = self.sandbox.read("world/log").lines().map(String::from).collect();
        self.sandbox.write("world/log", "");
        log
    }

    /// Takes a step as the page tells it, up to the first command that fails or check that is not
    /// passed. `by_hand` acts wherever a person has to.
    pub(crate) fn follow(&self, step: usize, by_hand: &dyn Fn()) -> Result<(), String> {
        for item in &self.page.step(step).items {
            if item.is_stop() {
                return Err(item.what.clone());
            }
            if item.is_for_a_person() {
                by_hand();
            }
            for command in &item.commands {
                let output = self.bash(command);
                let (out, err) = (output.stdout.as_slice(), output.stderr.as_slice());
                let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
                if !output.status.success() || !item.is_passed(&out) {
                    return Err(format!("{}\n{command}\n{out}\n{err}", item.what));
                }
            }
        }
        Ok(())
    }

    /// Takes the steps before the deletion, with `stopped` as what becomes of the jobs in step 2.
    pub(crate) fn is_ready(&self, stopped: &str) {
        self.follow(1, &|| {}).expect("step 1");
        self.follow(2, &|| self.becomes(stopped)).expect("step 2");
        for step in 3..7 {
            self.follow(step, &|| {}).unwrap_or_else(|why| panic!("step {step}: {why}"));
        }
        assert!(!takes_away(&self.log()));
    }
}

/// What the cluster has: the workload `prod/orders` in this state. `more` are further ones.
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
