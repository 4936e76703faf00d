//! What comes once the new operator is there: the converted manifests, the verification, the cleanup.

use super::checklist::{flink_migrate, get_all_deployments};
use super::helm_releases::HELM_UPGRADE_FAILS;
use super::{
    CommandCheck, ExpectedOutput, INPUT_OPTIONS, Prose, RunbookBuilder, RunbookStep,
    RunbookWorkload, sync,
};
use crate::flink::names::{FlinkKind, GROUP, STABLE};
use crate::flink::workload::ExpectedStart;
use crate::gitops::{DeliveringKind, Syncing};

impl RunbookBuilder<'_> {
    pub(crate) fn convert_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Convert the manifests and let them sync",
            "The resources are recreated: each stateful job starts from the path in its \
             manifest, and without one it starts empty. So nothing syncs before the conversion \
             is merged.",
        );
        let map = self.savepoint_map();
        let write = ["write", "--step", "convert", "--savepoints", &map];
        step.add(self.rerun(&write, &INPUT_OPTIONS));
        step.manual(
            "Review the changes: every job that was stopped has its own savepoint. Commit and \
             merge them, and check out the merged state in this directory.",
        );
        let check = ["check", "--step", "convert", "--fail-on", "change", "--savepoints", &map];
        step.add(CommandCheck::new(
            "nothing is left to convert in the merged state",
            self.rerun(&check, &INPUT_OPTIONS),
            ExpectedOutput::Success,
        ));
        if let Some(instruction) = self.release_instruction() {
            step.manual(instruction);
        }
        let waiting = self.owners.iter().filter(|owner| {
            let acts = owner.is_certain || owner.object.syncing != Syncing::ByHand;
            acts && !self.resumes_with_operator(owner)
        });
        step.extend(sync::resume_owners(waiting.clone()));
        if self.workload_owners().next().is_none() {
            step.manual(
                "Resume everything that was paused in step 4, or apply the merged manifests.",
            );
        }
        step.extend(self.preview_workloads().map(|workload| {
            let version = ExpectedOutput::Exactly(format!("{GROUP}/{STABLE}"));
            workload.check_fields("is there again", &[".apiVersion"], version).waiting()
        }));
        let starts_from_savepoint = self.preview_workloads().filter(|workload| {
            let is_unparked = workload.is_unparked() && workload.manifest.mode.is_stateful();
            (workload.is_suspended_by_us() || is_unparked)
                && workload.planned.start != ExpectedStart::Empty
        });
        step.extend(starts_from_savepoint.map(|workload| {
            let path = [".spec.job.initialSavepointPath"];
            workload.check_fields("has a path to start from", &path, ExpectedOutput::Something)
        }));
        let unknown: Vec<&str> = waiting
            .map(|owner| &owner.object)
            .filter(|object| object.syncing == Syncing::Unknown)
            .filter(|object| object.kind == DeliveringKind::Application)
            .map(|object| object.key.name.as_str())
            .collect();
        if !unknown.is_empty() {
            step.note(Prose::names(unknown).then(Prose::format(
                ": only the cluster knows how it was synced. Restore its sync policy from {}.",
                &[&self.window_file("applications.yaml.bak")],
            )));
        }
        step.notes.extend(self.helm_release_notes(false));
        step.troubleshooting = vec![
            HELM_UPGRADE_FAILS,
            "Argo CD does not sync: it never retries a commit that failed. Refresh it, and sync it \
             by hand once.",
            "The operator rejects a resource: the event and the field `status.error` say why, \
             and `flink-migrate check --target-operator` lists all of them. Nothing has started, \
             so nothing is lost: fix the manifest and sync again.",
        ];
        step
    }

    pub(crate) fn verify_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Verify every start",
            "A job that started empty looks as healthy as any other. Only the log of its first \
             start, and later the status, show what it was restored from.",
        );
        let started = || {
            self.preview_workloads().filter(|workload| {
                let is_parked = workload.manifest.is_parked && !workload.is_unparked();
                let is_deployment = workload.manifest.kind == FlinkKind::Deployment;
                is_deployment && !workload.is_session_cluster() && !is_parked
            })
        };
        step.extend(started().map(job_running_check));
        let dump = self.window_file("after.json");
        step.add(get_all_deployments("--output=json").output_to(&dump));
        let mut args = vec!["verify".to_string(), dump];
        for (i, workload) in started().enumerate() {
            let name = log_name(workload).unwrap_or(format!("job-{}", i + 1));
            let log = self.window_file(&format!("{name}.log"));
            let deployment = format!("deployment/{}", workload.name);
            let options = ["--container=flink-main-container", "--prefix"];
            step.add(workload.kubectl("logs", &deployment, &options).output_to(&log));
            args.push(log);
        }
        args.extend(["--savepoints".to_string(), self.savepoint_map(), "--report".to_string()]);
        args.push(format!("json={}", self.window_file("verified.json")));
        // `verify` takes no release: it sees what the job did.
        args.extend(self.options(&["namespace", "operator-config"]));
        args.extend(self.input.paths.iter().map(|path| format!("--tree={path}")));
        step.add(CommandCheck::new(
            "every job started as expected",
            flink_migrate(args),
            ExpectedOutput::Success,
        ));
        step.troubleshooting = vec![
            "Status 1: a job was restored from another location or started empty. Stop it soon: \
             delete the resource and create it again with the path. From operator 1.8 on, a new \
             `savepointRedeployNonce` does the same.",
            "Status 3: something was not seen. The log of a JobManager starts again with each pod: \
             read the log of the previous pod, with `--previous`, or in your log store.",
        ];
        step
    }

    pub(crate) fn cleanup_step(&self) -> RunbookStep {
        let mut step = RunbookStep::new(
            "Later: clean up",
            "A path that was used once is used again when the resource is recreated, and takes \
             the job back to this day. Without the path such a job starts empty, so from then on \
             do not recreate a resource without a savepoint.",
        );
        step.manual(
            "Wait until every job has taken checkpoints of its own and going back is no longer an \
             option; days, not hours.",
        );
        let verified = self.window_file("verified.json");
        let write = ["write", "--step", "cleanup", "--verified", &verified];
        step.add(self.rerun(&write, &["namespace"]));
        step.manual(
            "Commit and merge that, and set `step = \"done\"` in `flink-migrate.toml`, so that no \
             manifest at `v1alpha1` is added again.",
        );
        step.note(
            "Keep the savepoints, and the checkpoints that a job started from, as long as they may \
             be needed; with Flink 1.14, as long as the job runs. With \
             `execution.savepoint-restore-mode: CLAIM` a job owns its savepoint and deletes it: \
             `--step resume` has nothing to go back to then.",
        );
        step
    }
}

pub(crate) fn job_running_check(workload: &RunbookWorkload<'_>) -> CommandCheck {
    let running = ExpectedOutput::Exactly("RUNNING".into());
    workload.check_fields("has a running job", &[".status.jobStatus.state"], running).waiting()
}

/// `NAMESPACE_NAME`, from which `verify` tells the workload of a log; nothing where one of them has
/// characters that no name in Kubernetes has.
fn log_name(workload: &RunbookWorkload<'_>) -> Option<String> {
    let is_name = |text: &str| {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_inner)
    };
    let namespace = workload.planned.key.namespace.as_deref()?;
    (is_name(namespace) && is_name(workload.name)).then(|| format!("{namespace}_{}", workload.name))
}
