//! What comes before anything is taken away: a backup, the jobs stopped with a savepoint, the map.

use super::command::{CommandCheck, ExpectedOutput, ShellCommand, flink_migrate, kubectl};
use super::{ChecklistItem, INPUT_OPTIONS, Prose, RunbookBuilder, RunbookStep, step};
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::flink::names::PREVIEW;
use crate::flink::workload::Mode;
use crate::gitops::DeliveringKind;

/// Which cluster it is: the name of the context, and its server.
const CLUSTER_COLUMNS: &str = "--output=jsonpath={.contexts[0].name} {.clusters[0].cluster.server}";

impl RunbookBuilder<'_> {
    pub(crate) fn backup_step(&self) -> RunbookStep {
        let mut items = vec![
            ChecklistItem::Check(CommandCheck::new(
                "this is the cluster that is meant",
                kubectl(["config", "current-context"]),
                ExpectedOutput::Something,
            )),
            ChecklistItem::Check(crd_serves_check(PREVIEW)),
            ChecklistItem::Check(self.operator_running_check()),
        ];
        // Looked at before anything is kept, so that no later run keeps less in its place.
        for workload in self
            .jobs_to_suspend()
            .filter(|workload| !workload.manifest.summary.suspended_for_migration)
        {
            let fields = [".status.jobStatus.state", ".status.jobManagerDeploymentStatus"];
            let job_running_check = ExpectedOutput::Exactly(RUNNING_STATUS.into());
            let what = "has a job that runs (operator 0.1.0 stops no other one)";
            items.push(ChecklistItem::Check(
                CommandCheck::new(what, workload.fields(&fields), job_running_check)
                    .of(workload.key()),
            ));
        }
        items.extend(self.prepare_folder());
        items.push(ChecklistItem::Run(
            kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=yaml"])
                .output_to(&self.window_file("flinkdeployments.yaml.bak")),
        ));
        items.push(ChecklistItem::Run(
            kubectl(["get", &format!("crd/{DEPLOYMENTS_CRD}"), "--output=yaml"])
                .output_to(&self.window_file("crd.yaml.bak")),
        ));
        items.extend(self.save_helm_values());
        if self.has_argo() {
            items.push(ChecklistItem::Run(ShellCommand::new("argocd", ["context"])));
            let list = ShellCommand::new("argocd", ["app", "list", "--output=yaml"]);
            items.push(ChecklistItem::Run(
                list.output_to(&self.window_file("applications.yaml.bak")),
            ));
        }
        let flux = [DeliveringKind::Kustomization, DeliveringKind::HelmRelease];
        if self.owners.iter().any(|owner| flux.contains(&owner.object.kind)) {
            let objects = flux.map(DeliveringKind::resource).join(",");
            let list = kubectl(["get", &objects, "--all-namespaces", "--output=yaml"]);
            items.push(ChecklistItem::Run(list.output_to(&self.window_file("flux.yaml.bak"))));
        }
        let mut step = step(
            "Look, and back up",
            "What is deleted later must be here first, and everything after this rests on the right \
             cluster, at the right version.",
            items,
        );
        step.notes = self.preparation_notes();
        step.troubleshooting = vec![
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
    pub(crate) fn prepare_folder(&self) -> [ChecklistItem; 5] {
        let (first, now) = (self.window_file("cluster.bak"), self.window_file("cluster.now"));
        let what = Prose::of("{} holds no files of another cluster", &[&self.input.window]);
        let same = ShellCommand::new("cmp", [&first, &now]);
        let ignore =
            ShellCommand::new("printf", ["%s\\n", "*"]).output_to(&self.window_file(".gitignore"));
        [
            ChecklistItem::Run(ShellCommand::new("mkdir", ["-p", &self.input.window])),
            ChecklistItem::Run(ignore),
            ChecklistItem::Run(
                kubectl(["config", "view", "--minify", CLUSTER_COLUMNS]).output_to(&first),
            ),
            ChecklistItem::Run(
                kubectl(["config", "view", "--minify", CLUSTER_COLUMNS]).output_to(&now),
            ),
            ChecklistItem::Check(CommandCheck::new(what, same, ExpectedOutput::Success)),
        ]
    }

    pub(crate) fn operator_running_check(&self) -> CommandCheck {
        let operator = self.operator();
        let what = Prose::of("the operator runs, in namespace {}", &[&operator.namespace]);
        let command = kubectl([
            "rollout".to_string(),
            "status".to_string(),
            format!("deployment/{}", operator.deployment),
            format!("--namespace={}", operator.namespace),
            "--timeout=60s".to_string(),
        ]);
        CommandCheck::new(what, command, ExpectedOutput::Success)
    }

    pub(crate) fn suspend_step(&self) -> RunbookStep {
        let mut items = Vec::new();
        let jobs: Vec<String> = self.jobs_to_suspend().map(super::RunbookWorkload::key).collect();
        if !jobs.is_empty() {
            let mut words = vec!["write", "--step", "suspend"];
            let dir = self.input.savepoints_dir.as_ref();
            words.extend(dir.iter().flat_map(|dir| ["--savepoints-dir", dir.as_str()]));
            items.push(ChecklistItem::Run(self.rerun(&words, &["namespace", "operator-config"])));
            items.push(ChecklistItem::Manual(
                "Review what changed, commit it and merge it, so that the cluster gets it from Git. Without \
                 a GitOps controller: apply it with `kubectl apply`."
                    .into(),
            ));
            items.extend(self.sync_owners());
        }
        let stopped = self.jobs_to_suspend().map(|workload| {
            suspended_check(workload, ExpectedOutput::Exactly(SUSPENDED_STATUS.into()))
        });
        items.extend(
            stopped
                .chain(self.jobs_to_suspend().map(deployment_gone_check))
                .map(|it| ChecklistItem::Check(it.waiting())),
        );
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
        step.notes = self.suspension_notes();
        if !jobs.is_empty() {
            step.troubleshooting = vec![
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

    fn suspension_notes(&self) -> Vec<Prose> {
        let mut notes = Vec::new();
        let listed = |keys: Vec<String>| Prose::list(keys.iter().map(String::as_str));
        let stateless: Vec<String> = self
            .preview_workloads()
            .filter(|workload| {
                !workload.is_session() && !workload.is_parked() && !workload.is_suspended_now()
            })
            .filter(|workload| workload.answer.is_none())
            .map(super::RunbookWorkload::key)
            .collect();
        if !stateless.is_empty() {
            notes.push(listed(stateless).then(
                ": no savepoint is taken, since no stateful upgrade mode says that there is state. They run \
                 until step 7.",
            ));
        }
        let parked = self.preview_workloads().filter(|workload| workload.is_parked());
        for workload in parked {
            let mode = workload.manifest.summary.mode.to_string();
            notes.push(if mode == crate::flink::names::mode::SAVEPOINT {
                Prose::of(
                    "{} was parked before, with the mode `savepoint`: its savepoint is in the dump.",
                    &[&workload.key()],
                )
            } else {
                Prose::of(
                    "{} was parked before, with the mode {}: unless that is on purpose, its only state \
                     is what high availability remembers, which step 7 deletes. Resume it first, or put \
                     its newest retained checkpoint into a map of answers (`--answers`).",
                    &[&workload.key(), &mode],
                )
            });
        }
        notes
    }

    pub(crate) fn collect_step(&self) -> RunbookStep {
        let (dump, map) = (self.window_file("cluster.json"), self.savepoint_map());
        // Once the resources are gone there is nothing to collect, and the map must stay.
        let mut items: Vec<ChecklistItem> =
            self.suspended_checks(&ExpectedOutput::Exactly(SUSPENDED_STATUS.into()));
        items.extend([
            ChecklistItem::Run(
                kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=json"])
                    .output_to(&dump),
            ),
            ChecklistItem::Check(self.savepoints_check(&dump, &map)),
            ChecklistItem::Check(self.no_decisions_check(&[&map])),
        ]);
        let mut step = step(
            "Collect the savepoints",
            "The map says from where each job starts again. A job that is not in it would start empty, \
             and one with an older savepoint would go back in time.",
            items,
        );
        step.troubleshooting = vec![
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
    pub(crate) fn savepoints_check(&self, dump: &str, map: &str) -> CommandCheck {
        let mut words = vec!["savepoints", dump, "--output", map];
        let answers = self.input.answers.as_ref();
        words.extend(answers.iter().flat_map(|answers| ["--answers", answers.file.as_str()]));
        let what = if answers.is_some() {
            "every savepoint is to be trusted, or answered by hand"
        } else {
            "every savepoint is to be trusted"
        };
        CommandCheck::new(what, flink_migrate(words), ExpectedOutput::Success)
    }

    /// Every job that has a savepoint to start from is stopped with it.
    pub(crate) fn suspended_checks(&self, expect: &ExpectedOutput) -> Vec<ChecklistItem> {
        let parked = |workload: &&super::RunbookWorkload<'_>| {
            let has_savepoint =
                workload.manifest.summary.mode == Mode::Savepoint && workload.answer.is_none();
            workload.is_parked() && has_savepoint && !workload.is_absent
        };
        let all = self.jobs_to_suspend().chain(self.preview_workloads().filter(parked));
        let all = all.map(|workload| suspended_check(workload, expect.clone()));
        all.chain(self.answered_jobs().map(not_running_check)).map(ChecklistItem::Check).collect()
    }

    /// Nothing in the tree is held at step `convert`, given these maps and dumps. A dump that says
    /// otherwise than the map is an error of its own.
    pub(crate) fn no_decisions_check(&self, maps: &[&str]) -> CommandCheck {
        let mut words = vec!["check", "--step", "convert", "--fail-on", "decision"];
        for map in maps {
            words.extend(["--savepoints", map]);
        }
        let command = self.rerun(&words, &INPUT_OPTIONS);
        CommandCheck::new("every manifest has its answer", command, ExpectedOutput::Success)
    }

    pub(crate) fn session_clusters_step(&self) -> RunbookStep {
        let mut items = Vec::new();
        for workload in self.session_clusters().filter(|workload| !workload.is_absent) {
            let url = format!(
                "/api/v1/namespaces/{}/services/{}-rest:rest/proxy/jobs/overview",
                url_segment(&workload.namespace),
                url_segment(&workload.name)
            );
            items.push(ChecklistItem::Run(kubectl(["get", "--raw", &url])));
        }
        let why = if items.is_empty() {
            "No session cluster was found."
        } else {
            items.push(ChecklistItem::Manual(
                "Tell the people whose jobs these are. Each job ends with its cluster: whoever needs its \
                 state stops it with a savepoint now, and submits it again from there after step 9."
                    .into(),
            ));
            "The jobs of a session cluster stand in no manifest: they end here, and nobody starts them \
             again."
        };
        let mut step = step("Let the session clusters go", why, items);
        for workload in self.session_clusters().filter(|workload| !workload.is_absent) {
            step.alternatives.push(super::Alternative {
                when: Prose::of(
                    "Where the API server is not allowed to pass requests on to {}, open a way to it and \
                     ask `http://localhost:8081/jobs/overview`:",
                    &[&workload.key()],
                ),
                commands: vec![kubectl([
                    "port-forward".to_string(),
                    format!("service/{}-rest", workload.name),
                    workload.in_namespace(),
                    "8081:8081".to_string(),
                ])],
            });
        }
        step
    }
}

/// What a job says that stopped with a savepoint: spec, mode, status, and what is left of its pods.
pub(crate) const SUSPENDED_STATUS: &str = "suspended savepoint SUSPENDED MISSING";

/// The job stopped with a savepoint, as [`STOPPED`] has it.
fn suspended_check(workload: &super::RunbookWorkload<'_>, expect: ExpectedOutput) -> CommandCheck {
    let fields = [
        ".spec.job.state",
        ".spec.job.upgradeMode",
        ".status.jobStatus.state",
        ".status.jobManagerDeploymentStatus",
    ];
    CommandCheck::new("is stopped with a savepoint", workload.fields(&fields), expect)
        .of(workload.key())
}

/// A job that goes on running leaves the checkpoint behind that somebody answered with.
fn not_running_check(workload: &super::RunbookWorkload<'_>) -> CommandCheck {
    let fields = [".status.jobStatus.state", ".status.jobManagerDeploymentStatus"];
    let what = "does not run, so that what was answered for it by hand is still its latest state";
    CommandCheck::new(
        what,
        workload.fields(&fields),
        ExpectedOutput::Excludes(RUNNING_STATUS.into()),
    )
    .of(workload.key())
}

/// What a job says that runs: its status, and that of its JobManager.
const RUNNING_STATUS: &str = "RUNNING READY";

/// No pod of the job is left.
pub(crate) fn deployment_gone_check(workload: &super::RunbookWorkload<'_>) -> CommandCheck {
    let command = kubectl([
        "get".to_string(),
        format!("deployment/{}", workload.name),
        workload.in_namespace(),
        "--ignore-not-found".to_string(),
        "--output=name".to_string(),
    ]);
    CommandCheck::new("has no `Deployment` any more", command, ExpectedOutput::Nothing)
        .of(workload.key())
}

/// The CRD serves this version and no other.
pub(crate) fn crd_serves_check(version: &str) -> CommandCheck {
    let what = Prose::of("the cluster serves {} and nothing else", &[version]);
    let command = kubectl([
        "get",
        &format!("crd/{DEPLOYMENTS_CRD}"),
        "--output=jsonpath={.spec.versions[*].name}",
    ]);
    CommandCheck::new(what, command, ExpectedOutput::Exactly(version.to_string()))
}

/// A name as a part of a path.
fn url_segment(name: &str) -> String {
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
