//! What comes before anything is taken away: a backup, the jobs stopped with a savepoint, the map, and
//! what runs in session clusters.

use super::checklist::{Alternative, flink_migrate, get_all_deployments, kubectl, kubectl_in};
use super::{
    ChecklistItem, CommandCheck, ExpectedOutput, INPUT_OPTIONS, Prose, RunbookBuilder, RunbookStep,
    RunbookWorkload, ShellCommand,
};
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::flink::names::{PREVIEW, mode};
use crate::flink::workload::Mode;
use crate::gitops::DeliveringKind;

/// What tells two clusters apart: the name of the context, and its server.
const CLUSTER_NAME: &str = "--output=jsonpath={.contexts[0].name} {.clusters[0].cluster.server}";

/// `state`, `upgradeMode` and [`RUNTIME_STATUS`] of a job that was stopped with a savepoint.
pub(crate) const SUSPENDED_STATUS: &str = "suspended savepoint SUSPENDED MISSING";

const RUNTIME_STATUS: [&str; 2] = [".status.jobStatus.state", ".status.jobManagerDeploymentStatus"];

/// [`RUNTIME_STATUS`] of a job that runs.
const RUNNING_STATUS: &str = "RUNNING READY";

impl RunbookBuilder<'_> {
    pub(crate) fn backup_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Look, and back up",
            "Back up first what is deleted later; everything after this depends on the right \
             cluster at the right version.",
        );
        step.add(context_check());
        step.add(crd_serves_check(PREVIEW));
        step.add(self.operator_running_check());
        // Checked before anything is kept, so that no later run keeps less in its place.
        let running = self.jobs_to_suspend();
        let running = running.filter(|workload| !workload.manifest.suspended_for_migration);
        step.extend(running.map(|workload| {
            let claim = "has a running job (operator 0.1.0 stops no other one)";
            let expected = ExpectedOutput::Exactly(RUNNING_STATUS.into());
            workload.check_fields(claim, &RUNTIME_STATUS, expected)
        }));
        step.extend(self.prepare_folder());
        step.add(self.back_up_deployments());
        step.add(self.back_up_crd());
        step.extend(self.save_helm_values());
        step.extend(self.way_back_checks());
        if self.has_argo() {
            step.add(ShellCommand::new("argocd", ["context"]));
            let list = ShellCommand::new("argocd", ["app", "list", "--output=yaml"]);
            step.add(list.output_to(&self.window_file("applications.yaml.bak")));
        }
        let flux = [DeliveringKind::Kustomization, DeliveringKind::HelmRelease];
        if self.owners.iter().any(|owner| flux.contains(&owner.object.kind)) {
            let resources = flux.map(DeliveringKind::resource).join(",");
            let list = kubectl(["get", &resources, "--all-namespaces", "--output=yaml"]);
            step.add(list.output_to(&self.window_file("flux.yaml.bak")));
        }
        step.notes = self.preparation_notes();
        step.troubleshooting = vec![
            "The CRD serves `v1beta1`: this cluster is migrated already. Stop: deleting the \
             CRD there deletes running jobs.",
            "A job does not run: operator 0.1.0 never takes a savepoint of it. Fix it first. If \
             that is not possible, write its newest retained checkpoint (`…/chk-N`) into a map \
             of answers, such as `answers.yaml`, print this runbook again with `--answers \
             answers.yaml`, and start over; never delete that directory afterwards.",
        ];
        step
    }

    pub(crate) fn back_up_deployments(&self) -> ShellCommand {
        let file = self.window_file("flinkdeployments.yaml.bak");
        get_all_deployments("--output=yaml").output_to(&file)
    }

    pub(crate) fn back_up_crd(&self) -> ShellCommand {
        let crd = format!("crd/{DEPLOYMENTS_CRD}");
        kubectl(["get", &crd, "--output=yaml"]).output_to(&self.window_file("crd.yaml.bak"))
    }

    /// The folder for what is kept. Git and this program ignore it, so that no dump in it is taken for a
    /// manifest; and it belongs to one cluster, so that no backup is taken for another's.
    pub(crate) fn prepare_folder(&self) -> [ChecklistItem; 5] {
        let folder = &self.input.window;
        let (first, now) = (self.window_file("cluster.bak"), self.window_file("cluster.now"));
        let claim = Prose::format("{} has no files of another cluster", &[folder]);
        let cmp = ShellCommand::new("cmp", [&first, &now]);
        let ignore = ShellCommand::new("printf", ["%s\\n", "*"]);
        let cluster = kubectl(["config", "view", "--minify", CLUSTER_NAME]);
        [
            ShellCommand::new("mkdir", ["-p", folder]).into(),
            ignore.output_to(&self.window_file(".gitignore")).into(),
            cluster.clone().output_to(&first).into(),
            cluster.output_to(&now).into(),
            CommandCheck::new(claim, cmp, ExpectedOutput::Success).into(),
        ]
    }

    pub(crate) fn operator_running_check(&self) -> CommandCheck {
        let operator = self.operator();
        let claim = Prose::format("the operator runs, in namespace {}", &[&operator.namespace]);
        let deployment = format!("deployment/{}", operator.deployment);
        let status =
            kubectl_in(&operator.namespace, "rollout status", &deployment, &["--timeout=60s"]);
        CommandCheck::new(claim, status, ExpectedOutput::Success)
    }

    pub(crate) fn suspend_step(&self) -> RunbookStep {
        let title = "Stop the jobs with a savepoint";
        if self.jobs_to_suspend().next().is_none() {
            let mut step = RunbookStep::new(title, "No job has to be stopped with a savepoint.");
            step.notes = self.suspension_notes();
            return step;
        }
        let mut step = RunbookStep::new(
            title,
            "Each job stops with a savepoint, which is all that is left of its state. Wait until \
             every one is SUSPENDED and its `Deployment` is gone; the health in Argo CD does not \
             help here, since it shows a suspended resource as Healthy.",
        );
        step.notes = self.suspension_notes();
        let mut args = vec!["write", "--step", "suspend"];
        let dir = self.input.savepoints_dir.iter();
        args.extend(dir.flat_map(|dir| ["--savepoints-dir", dir.as_str()]));
        step.add(self.rerun(&args, &["namespace", "operator-config"]));
        step.manual(
            "Review the changes, commit and merge them, so that the cluster gets them from Git. \
             Without a GitOps controller: apply it with `kubectl apply`.",
        );
        step.extend(self.sync_owners());
        let expected = ExpectedOutput::Exactly(SUSPENDED_STATUS.into());
        let suspended = self.jobs_to_suspend().map(|job| suspended_check(job, expected.clone()));
        let gone = self.jobs_to_suspend().map(deployment_gone_check);
        step.extend(suspended.chain(gone).map(CommandCheck::waiting));
        step.troubleshooting = vec![
            "A savepoint takes longer than `execution.checkpointing.timeout` (10 minutes by \
             default): operator 0.1.0 waits exactly that long and then loses its location. For \
             large state, raise the setting in the same commit.",
            "A job hangs: look at `kubectl describe` of the resource and at the log of the operator. \
             Nothing is lost yet: set `state: running` and leave `upgradeMode: savepoint`.",
        ];
        step
    }

    fn suspension_notes(&self) -> Vec<Prose> {
        let mut notes = Vec::new();
        let stateless: Vec<String> = self
            .preview_workloads()
            .filter(|job| !job.is_session_cluster() && !job.manifest.is_parked)
            .filter(|job| !job.is_suspended_by_us() && job.answer.is_none())
            .map(RunbookWorkload::key)
            .collect();
        if !stateless.is_empty() {
            notes.push(Prose::names(stateless).then(
                ": no savepoint is taken, since the upgrade mode is not stateful; not stopped before \
                 step 7.",
            ));
        }
        for job in self.preview_workloads().filter(|job| job.manifest.is_parked) {
            let mode = job.manifest.mode.to_string();
            let template = if mode == mode::SAVEPOINT {
                "{} was parked before, with the mode `savepoint`: its savepoint is in the dump."
            } else {
                "{} was parked before, with the mode {}: unless that is on purpose, its only \
                 state is its high-availability metadata, which step 7 deletes. Resume it first, \
                 or put its newest retained checkpoint into a map of answers (`--answers`)."
            };
            notes.push(Prose::format(template, &[&job.key(), &mode]));
        }
        notes
    }

    pub(crate) fn collect_step(&self) -> RunbookStep {
        let (dump, map) = (self.window_file("cluster.json"), self.savepoint_map());
        let mut step = RunbookStep::new(
            "Collect the savepoints",
            "The map says what each job starts from. A job that is not in it would start empty, \
             and one with an older savepoint would go back in time.",
        );
        // Once the resources are gone there is nothing to collect, and the map must stay.
        step.extend(self.suspended_checks(&ExpectedOutput::Exactly(SUSPENDED_STATUS.into())));
        step.add(get_all_deployments("--output=json").output_to(&dump));
        step.add(self.savepoints_check(&dump, &map));
        step.add(self.no_decisions_check(&[&map]));
        step.troubleshooting = vec![
            "Status 3: the map has entries that are `null`, each with its reason. Stop here \
             until a later dump has none. If some remain, answer them by hand: write \
             `namespace/name: LOCATION` into a map of answers, such as `answers.yaml`, print \
             this runbook again with `--answers answers.yaml`, and start over.",
            "A manifest is held: `flink-migrate explain RULE` explains the decision. Nothing has \
             been deleted yet, so this is the time to make it. Answers for all of them, such as \
             `checkpoints-dir` or `service-account`, belong in `flink-migrate.toml`.",
        ];
        step
    }

    /// The dump becomes this map. An answer that contradicts the dump is an error of the command.
    pub(crate) fn savepoints_check(&self, dump: &str, map: &str) -> CommandCheck {
        let mut args = vec!["savepoints", dump, "--output", map];
        let mut claim = "every savepoint is trusted";
        if let Some(answers) = &self.input.answers {
            args.extend(["--answers", &answers.file]);
            claim = "every savepoint is trusted, or answered by hand";
        }
        CommandCheck::new(claim, flink_migrate(args), ExpectedOutput::Success)
    }

    /// Every job that has a savepoint to start from is stopped with it. One with an answer must not run,
    /// since the checkpoint that was answered would no longer be its latest.
    pub(crate) fn suspended_checks(&self, expected: &ExpectedOutput) -> Vec<CommandCheck> {
        let parked = self.preview_workloads().filter(|workload| {
            let manifest = workload.manifest;
            let has_savepoint = manifest.is_parked && manifest.mode == Mode::Savepoint;
            has_savepoint && workload.answer.is_none() && !workload.is_absent
        });
        let suspended = self.jobs_to_suspend().chain(parked);
        let suspended = suspended.map(|workload| suspended_check(workload, expected.clone()));
        let answered = self
            .preview_workloads()
            .filter(|workload| workload.answer.is_some() && !workload.is_absent);
        let answered = answered.map(|workload| {
            let claim = "does not run, so the answer given by hand is still its latest state";
            let expected = ExpectedOutput::Excludes(RUNNING_STATUS.into());
            workload.check_fields(claim, &RUNTIME_STATUS, expected)
        });
        suspended.chain(answered).collect()
    }

    /// Step `convert` has no open decision, given these maps and dumps. A dump that contradicts the map
    /// is an error of the command.
    pub(crate) fn no_decisions_check(&self, maps: &[&str]) -> CommandCheck {
        let mut args = vec!["check", "--step", "convert", "--fail-on", "decision"];
        args.extend(maps.iter().flat_map(|map| ["--savepoints", map]));
        let check = self.rerun(&args, &INPUT_OPTIONS);
        CommandCheck::new("no manifest has an open decision", check, ExpectedOutput::Success)
    }

    pub(crate) fn session_clusters_step(&self) -> RunbookStep {
        let title = "Save what runs in session clusters";
        let clusters: Vec<&RunbookWorkload<'_>> = self
            .preview_workloads()
            .filter(|workload| workload.is_session_cluster() && !workload.is_absent)
            .collect();
        if clusters.is_empty() {
            return RunbookStep::new(title, "No session cluster was found.");
        }
        let mut step = RunbookStep::new(
            title,
            "The jobs of a session cluster are in no manifest: they end with it in step 7, and nothing \
             starts them again.",
        );
        for cluster in clusters {
            let url = format!(
                "/api/v1/namespaces/{}/services/{}-rest:rest/proxy/jobs/overview",
                url_segment(&cluster.namespace),
                url_segment(cluster.name)
            );
            step.add(kubectl(["get", "--raw", &url]));
            let service = format!("service/{}-rest", cluster.name);
            step.alternatives.push(Alternative {
                when: Prose::format(
                    "Where the API server may not proxy requests to {}, forward a port to it and \
                     open `http://localhost:8081/jobs/overview`:",
                    &[&cluster.key()],
                ),
                command: cluster.kubectl("port-forward", &service, &["8081:8081"]),
            });
        }
        step.manual(
            "Tell the owners of these jobs. Each job ends with its cluster: to keep its state, \
             stop it with a savepoint now, and submit it again from there after step 9.",
        );
        step
    }
}

fn suspended_check(job: &RunbookWorkload<'_>, expected: ExpectedOutput) -> CommandCheck {
    let [state, deployment] = RUNTIME_STATUS;
    let fields = [".spec.job.state", ".spec.job.upgradeMode", state, deployment];
    job.check_fields("is stopped with a savepoint", &fields, expected)
}

/// No pod of the job is left.
pub(crate) fn deployment_gone_check(workload: &RunbookWorkload<'_>) -> CommandCheck {
    let deployment = format!("deployment/{}", workload.name);
    let get = workload.kubectl("get", &deployment, &["--ignore-not-found", "--output=name"]);
    workload.check("has no `Deployment` left", get, ExpectedOutput::Nothing)
}

pub(crate) fn context_check() -> CommandCheck {
    let context = kubectl(["config", "current-context"]);
    CommandCheck::new("this is the right cluster", context, ExpectedOutput::Something)
}

/// The CRD serves this version and no other.
pub(crate) fn crd_serves_check(version: &str) -> CommandCheck {
    let claim = Prose::format("the cluster serves {} and nothing else", &[version]);
    let crd = format!("crd/{DEPLOYMENTS_CRD}");
    let get = kubectl(["get", &crd, "--output=jsonpath={.spec.versions[*].name}"]);
    CommandCheck::new(claim, get, ExpectedOutput::Exactly(version.to_string()))
}

/// A name as a segment of a URL path.
fn url_segment(name: &str) -> String {
    // Two dots would climb.
    if name == ".." || name == "." {
        return "%2E".repeat(name.len());
    }
    let segment = name.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    segment.collect()
}
