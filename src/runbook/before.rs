//! What comes before anything is taken away: a backup, the jobs stopped with a savepoint, the map.

use super::command::{Check, Command, Expect, flink_migrate, kubectl};
use super::{FACTS, Item, Prose, Scene, Step, step};
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::flink::names::PREVIEW;
use crate::flink::workload::Mode;
use crate::gitops::DeliveringKind;

/// Which cluster it is: the name of the context, and its server.
const CLUSTER: &str = "--output=jsonpath={.contexts[0].name} {.clusters[0].cluster.server}";

impl Scene<'_> {
    pub(crate) fn back_up(&self) -> Step {
        let mut items = vec![
            Item::See(Check::new(
                "this is the cluster that is meant",
                kubectl(["config", "current-context"]),
                Expect::Something,
            )),
            Item::See(serves(PREVIEW)),
            Item::See(self.operator_runs()),
        ];
        // Looked at before anything is kept, so that no later run keeps less in its place.
        for one in self.stopped().filter(|one| !one.it.summary.suspended_for_migration) {
            let fields = [".status.jobStatus.state", ".status.jobManagerDeploymentStatus"];
            let runs = Expect::Exactly(RUNS.into());
            let what = "has a job that runs (operator 0.1.0 stops no other one)";
            items.push(Item::See(Check::new(what, one.fields(&fields), runs).of(one.key())));
        }
        items.extend(self.open_folder());
        items.push(Item::Run(
            kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=yaml"])
                .into(&self.file("flinkdeployments.yaml.bak")),
        ));
        items.push(Item::Run(
            kubectl(["get", &format!("crd/{DEPLOYMENTS_CRD}"), "--output=yaml"])
                .into(&self.file("crd.yaml.bak")),
        ));
        items.extend(self.keep_values());
        if self.has_argo() {
            items.push(Item::Run(Command::new("argocd", ["context"])));
            let list = Command::new("argocd", ["app", "list", "--output=yaml"]);
            items.push(Item::Run(list.into(&self.file("applications.yaml.bak"))));
        }
        let flux = [DeliveringKind::Kustomization, DeliveringKind::HelmRelease];
        if self.holders.iter().any(|holder| flux.contains(&holder.keeper.kind)) {
            let objects = flux.map(DeliveringKind::resource).join(",");
            let list = kubectl(["get", &objects, "--all-namespaces", "--output=yaml"]);
            items.push(Item::Run(list.into(&self.file("flux.yaml.bak"))));
        }
        let mut step = step(
            "Look, and back up",
            "What is deleted later must be here first, and everything after this rests on the right \
             cluster, at the right version.",
            items,
        );
        step.notes = self.notes_of_preparation();
        step.wrong = vec![
            "The CRD serves `v1beta1`: this cluster is migrated already. Stop: deleting the \
             CRD there deletes running jobs."
                .into(),
            "A job does not run: operator 0.1.0 never takes a savepoint of it. Repair it first. If that cannot \
             be, write its newest retained checkpoint (`…/chk-N`) into a map of answers, such as \
             `answers.yaml`, print this runbook again with `--answers answers.yaml`, and start over; never \
             delete that directory afterwards."
                .into(),
        ];
        step
    }

    /// The folder for what is kept. Git and this program pass over it, so that no dump in it is taken
    /// for a manifest; and it belongs to one cluster, so that no backup is taken for another's.
    pub(crate) fn open_folder(&self) -> [Item; 5] {
        let (first, now) = (self.file("cluster.bak"), self.file("cluster.now"));
        let what = Prose::of("{} holds no files of another cluster", &[&self.situation.window]);
        let same = Command::new("cmp", [&first, &now]);
        let ignore = Command::new("printf", ["%s\\n", "*"]).into(&self.file(".gitignore"));
        [
            Item::Run(Command::new("mkdir", ["-p", &self.situation.window])),
            Item::Run(ignore),
            Item::Run(kubectl(["config", "view", "--minify", CLUSTER]).into(&first)),
            Item::Run(kubectl(["config", "view", "--minify", CLUSTER]).into(&now)),
            Item::See(Check::new(what, same, Expect::Success)),
        ]
    }

    pub(crate) fn operator_runs(&self) -> Check {
        let operator = self.operator();
        let what = Prose::of("the operator runs, in namespace {}", &[&operator.namespace]);
        let command = kubectl([
            "rollout".to_string(),
            "status".to_string(),
            format!("deployment/{}", operator.called),
            format!("--namespace={}", operator.namespace),
            "--timeout=60s".to_string(),
        ]);
        Check::new(what, command, Expect::Success)
    }

    pub(crate) fn suspend(&self) -> Step {
        let mut items = Vec::new();
        let jobs: Vec<String> = self.stopped().map(super::Subject::key).collect();
        if !jobs.is_empty() {
            let mut words = vec!["write", "--step", "suspend"];
            let dir = self.situation.savepoints_dir.as_ref();
            words.extend(dir.iter().flat_map(|dir| ["--savepoints-dir", dir.as_str()]));
            items.push(Item::Run(self.again(&words, &["namespace", "operator-config"])));
            items.push(Item::Person(
                "Review what changed, commit it and merge it, so that the cluster gets it from Git. Without \
                 a GitOps controller: apply it with `kubectl apply`."
                    .into(),
            ));
            items.extend(self.sync());
        }
        let stopped = self.stopped().map(|one| stopped(one, Expect::Exactly(STOPPED.into())));
        items.extend(stopped.chain(self.stopped().map(gone)).map(|it| Item::See(it.waiting())));
        let why = if jobs.is_empty() {
            Prose::from("No job has to be stopped with a savepoint.")
        } else {
            Prose::of(
                "Each job stops with a savepoint, and that is all that is left of its state. Wait until \
                 every one is SUSPENDED and its `Deployment` is gone; the health that Argo CD shows \
                 says nothing here, since it calls a suspended resource Healthy.",
                &[],
            )
        };
        let mut step = step("Stop the jobs with a savepoint", why, items);
        step.notes = self.notes_of_suspension();
        if !jobs.is_empty() {
            step.wrong = vec![
                "A savepoint takes longer than `execution.checkpointing.timeout` (10 minutes if nothing \
                 says otherwise): operator 0.1.0 waits exactly that long and then forgets where it lies. \
                 For large state, raise the setting in the same commit."
                    .into(),
                "A job hangs: look at `kubectl describe` of the resource and at the log of the operator. \
                 Nothing is lost yet: set `state: running` and leave `upgradeMode: savepoint`."
                    .into(),
            ];
        }
        step
    }

    fn notes_of_suspension(&self) -> Vec<Prose> {
        let mut notes = Vec::new();
        let listed = |keys: Vec<String>| Prose::list(keys.iter().map(String::as_str));
        let stateless: Vec<String> = self
            .preview()
            .filter(|one| !one.is_session() && !one.is_parked() && !one.is_suspended_now())
            .filter(|one| one.answer.is_none())
            .map(super::Subject::key)
            .collect();
        if !stateless.is_empty() {
            notes.push(listed(stateless).then(
                ": no savepoint is taken, since no stateful upgrade mode says that there is state. They run \
                 until step 7.",
            ));
        }
        let parked = self.preview().filter(|one| one.is_parked());
        for one in parked {
            let mode = one.it.summary.mode.to_string();
            notes.push(if mode == crate::flink::names::mode::SAVEPOINT {
                Prose::of(
                    "{} was parked before, with the mode `savepoint`: its savepoint is in the dump.",
                    &[&one.key()],
                )
            } else {
                Prose::of(
                    "{} was parked before, with the mode {}: unless that is on purpose, its only state \
                     is what high availability remembers, which step 7 deletes. Resume it first, or put \
                     its newest retained checkpoint into a map of answers (`--answers`).",
                    &[&one.key(), &mode],
                )
            });
        }
        notes
    }

    pub(crate) fn harvest(&self) -> Step {
        let (dump, map) = (self.file("cluster.json"), self.map());
        // Once the resources are gone there is nothing to collect, and the map must stay.
        let mut items: Vec<Item> = self.are_stopped(&Expect::Exactly(STOPPED.into()));
        items.extend([
            Item::Run(
                kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=json"]).into(&dump),
            ),
            Item::See(self.has_savepoints(&dump, &map)),
            Item::See(self.has_answers(&[&map])),
        ]);
        let mut step = step(
            "Collect the savepoints",
            "The map says from where each job starts again. A job that is not in it would start empty, \
             and one with an older savepoint would go back in time.",
            items,
        );
        step.wrong = vec![
            "Status 3: the map has entries that are `null`, each with its reason. Stop here until the next dump \
             is better. What stays so is answered by hand: write `namespace/name: LOCATION` into a map of \
             answers, such as `answers.yaml`, print this runbook again with `--answers answers.yaml`, and \
             start over."
                .into(),
            "A manifest is held: `flink-migrate explain RULE` tells what the question is. Nothing has been \
             deleted yet, so this is the time to answer it. What has to be said for all of them, such as \
             `checkpoints-dir` or `service-account`, stands in `flink-migrate.toml`."
                .into(),
        ];
        step
    }

    /// This dump has a savepoint to be trusted for every job, or somebody answered for it; they become
    /// this map. An answer that says otherwise than the dump is an error of its own.
    pub(crate) fn has_savepoints(&self, dump: &str, map: &str) -> Check {
        let mut words = vec!["savepoints", dump, "--output", map];
        let answers = self.situation.answers.as_ref();
        words.extend(answers.iter().flat_map(|answers| ["--answers", answers.file.as_str()]));
        let what = if answers.is_some() {
            "every savepoint is to be trusted, or answered by hand"
        } else {
            "every savepoint is to be trusted"
        };
        Check::new(what, flink_migrate(words), Expect::Success)
    }

    /// Every job that has a savepoint to start from is stopped with it.
    pub(crate) fn are_stopped(&self, expect: &Expect) -> Vec<Item> {
        let parked = |one: &&super::Subject<'_>| {
            let has_savepoint = one.it.summary.mode == Mode::Savepoint && one.answer.is_none();
            one.is_parked() && has_savepoint && !one.is_absent
        };
        let all = self.stopped().chain(self.preview().filter(parked));
        let all = all.map(|one| stopped(one, expect.clone()));
        all.chain(self.answered().map(rests)).map(Item::See).collect()
    }

    /// Nothing in the tree is held at step `convert`, given these maps and dumps. A dump that says
    /// otherwise than the map is an error of its own.
    pub(crate) fn has_answers(&self, maps: &[&str]) -> Check {
        let mut words = vec!["check", "--step", "convert", "--fail-on", "decision"];
        for map in maps {
            words.extend(["--savepoints", map]);
        }
        let command = self.again(&words, &FACTS);
        Check::new("every manifest has its answer", command, Expect::Success)
    }

    pub(crate) fn sessions_end(&self) -> Step {
        let mut items = Vec::new();
        for one in self.sessions().filter(|one| !one.is_absent) {
            let url = format!(
                "/api/v1/namespaces/{}/services/{}-rest:rest/proxy/jobs/overview",
                in_url(&one.namespace),
                in_url(&one.name)
            );
            items.push(Item::Run(kubectl(["get", "--raw", &url])));
        }
        let why = if items.is_empty() {
            "No session cluster was found."
        } else {
            items.push(Item::Person(
                "Tell the people whose jobs these are. Each job ends with its cluster: whoever needs its \
                 state stops it with a savepoint now, and submits it again from there after step 9."
                    .into(),
            ));
            "The jobs of a session cluster stand in no manifest: they end here, and nobody starts them \
             again."
        };
        let mut step = step("Let the session clusters go", why, items);
        for one in self.sessions().filter(|one| !one.is_absent) {
            step.instead.push(super::Instead {
                when: Prose::of(
                    "Where the API server is not allowed to pass requests on to {}, open a way to it and \
                     ask `http://localhost:8081/jobs/overview`:",
                    &[&one.key()],
                ),
                commands: vec![kubectl([
                    "port-forward".to_string(),
                    format!("service/{}-rest", one.name),
                    one.in_namespace(),
                    "8081:8081".to_string(),
                ])],
            });
        }
        step
    }
}

/// What a job says that stopped with a savepoint: spec, mode, status, and what is left of its pods.
pub(crate) const STOPPED: &str = "suspended savepoint SUSPENDED MISSING";

/// The job stopped with a savepoint, as [`STOPPED`] has it.
fn stopped(one: &super::Subject<'_>, expect: Expect) -> Check {
    let fields = [
        ".spec.job.state",
        ".spec.job.upgradeMode",
        ".status.jobStatus.state",
        ".status.jobManagerDeploymentStatus",
    ];
    Check::new("is stopped with a savepoint", one.fields(&fields), expect).of(one.key())
}

/// A job that goes on running leaves the checkpoint behind that somebody answered with.
fn rests(one: &super::Subject<'_>) -> Check {
    let fields = [".status.jobStatus.state", ".status.jobManagerDeploymentStatus"];
    let what = "does not run, so that what was answered for it by hand is still its latest state";
    Check::new(what, one.fields(&fields), Expect::Lacks(RUNS.into())).of(one.key())
}

/// What a job says that runs: its status, and that of its JobManager.
const RUNS: &str = "RUNNING READY";

/// No pod of the job is left.
pub(crate) fn gone(one: &super::Subject<'_>) -> Check {
    let command = kubectl([
        "get".to_string(),
        format!("deployment/{}", one.name),
        one.in_namespace(),
        "--ignore-not-found".to_string(),
        "--output=name".to_string(),
    ]);
    Check::new("has no `Deployment` any more", command, Expect::Nothing).of(one.key())
}

/// The CRD serves this version and no other.
pub(crate) fn serves(version: &str) -> Check {
    let what = Prose::of("the cluster serves {} and nothing else", &[version]);
    let command = kubectl([
        "get",
        &format!("crd/{DEPLOYMENTS_CRD}"),
        "--output=jsonpath={.spec.versions[*].name}",
    ]);
    Check::new(what, command, Expect::Exactly(version.to_string()))
}

/// A name as a part of a path.
fn in_url(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    // Two dots would climb.
    if out == ".." || out == "." { "%2E".repeat(out.len()) } else { out }
}
