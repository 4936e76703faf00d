//! What comes once the new operator is there: the converted manifests, the proof, the cleaning up.

use super::command::{CommandCheck, ExpectedOutput, flink_migrate, kubectl};
use super::resume::resume_owners;
use super::{
    ChecklistItem, INPUT_OPTIONS, Prose, RunbookBuilder, RunbookStep, RunbookWorkload, step,
};
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::flink::names::{FlinkKind, GROUP, STABLE};
use crate::flink::workload::ExpectedStart;
use crate::gitops::Syncing;

impl RunbookBuilder<'_> {
    pub(crate) fn convert_step(&self) -> RunbookStep {
        let map = self.savepoint_map();
        let write =
            self.rerun(&["write", "--step", "convert", "--savepoints", &map], &INPUT_OPTIONS);
        let check = ["check", "--step", "convert", "--fail-on", "change", "--savepoints", &map];
        let check = self.rerun(&check, &INPUT_OPTIONS);
        let mut items = vec![
            ChecklistItem::Run(write),
            ChecklistItem::Manual(
                "Review what changed: every job that was stopped has its own savepoint. Commit it, merge it, \
                 and have the merged state in this directory."
                    .into(),
            ),
            ChecklistItem::Check(CommandCheck::new(
                "nothing is left to convert in what was merged",
                check,
                ExpectedOutput::Success,
            )),
        ];
        let mut unsaid = Vec::new();
        let waiting = self.owners.iter().filter(|owner| {
            let acts = owner.is_certain || owner.object.syncing != Syncing::ByHand;
            acts && !self.resumes_with_operator(owner)
        });
        for object in waiting.clone().map(|owner| &owner.object) {
            if object.syncing == Syncing::Unknown
                && object.kind == crate::gitops::DeliveringKind::Application
            {
                unsaid.push(object.key.name.clone());
            }
        }
        items.extend(self.rewrite_releases_item());
        items.extend(resume_owners(waiting));
        if self.workload_owners().next().is_none() {
            items.push(ChecklistItem::Manual(
                "Let everything that was paused in step 4 go on, or apply the merged manifests."
                    .into(),
            ));
        }
        for workload in self.preview_workloads() {
            let version = ExpectedOutput::Exactly(format!("{GROUP}/{STABLE}"));
            let check =
                CommandCheck::new("is there again", workload.fields(&[".apiVersion"]), version);
            items.push(ChecklistItem::Check(check.of(workload.key()).waiting()));
        }
        let may_be_empty =
            |workload: &&RunbookWorkload<'_>| workload.manifest.start == ExpectedStart::Empty;
        let from_savepoint = |workload: &&RunbookWorkload<'_>| {
            let is_parked = workload.is_unparked() && workload.manifest.summary.mode.is_stateful();
            (workload.is_suspended_now() || is_parked) && !may_be_empty(workload)
        };
        for workload in self.preview_workloads().filter(from_savepoint) {
            let path = workload.fields(&[".spec.job.initialSavepointPath"]);
            let check =
                CommandCheck::new("has a path to start from", path, ExpectedOutput::Something);
            items.push(ChecklistItem::Check(check.of(workload.key())));
        }
        let mut step = step(
            "Convert the manifests and let them sync",
            "The resources are created anew: each stateful job starts from the path in its manifest, and \
             without one it starts empty. So nothing syncs before the conversion is merged.",
            items,
        );
        if !unsaid.is_empty() {
            let backup = self.window_file("applications.yaml.bak");
            step.notes.push(Prose::list(unsaid.iter().map(String::as_str)).and(Prose::of(
                ": only the cluster knows how it was synced. Put its sync policy back as {} has it.",
                &[&backup],
            )));
        }
        step.notes.extend(self.helm_release_notes(false));
        step.troubleshooting = vec![
            super::helm_releases::HELM_UPGRADE_FAILS.into(),
            "Argo CD does not sync: it never tries the same commit twice after it failed. Refresh it, and \
             sync it by hand once."
                .into(),
            "The operator rejects a resource: the event and the field `status.error` say why, and \
             `flink-migrate check --target-operator` says it for all of them. Nothing has started, so \
             nothing is lost: repair the manifest and sync again."
                .into(),
        ];
        step
    }

    pub(crate) fn verify_step(&self) -> RunbookStep {
        let mut items = Vec::new();
        let started = || {
            self.preview_workloads().filter(|workload| {
                let job_running_check =
                    !workload.is_session() && (!workload.is_parked() || workload.is_unparked());
                workload.manifest.summary.kind == FlinkKind::Deployment && job_running_check
            })
        };
        for workload in started() {
            items.push(ChecklistItem::Check(job_running_check(workload)));
        }
        let dump = self.window_file("after.json");
        items.push(ChecklistItem::Run(
            kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=json"]).output_to(&dump),
        ));
        let mut files = vec![dump];
        for (i, workload) in started().enumerate() {
            let log = self.window_file(&format!(
                "{}.log",
                log_name(workload).unwrap_or(format!("job-{}", i + 1))
            ));
            items.push(ChecklistItem::Run(
                kubectl([
                    "logs".to_string(),
                    format!("deployment/{}", workload.name),
                    workload.in_namespace(),
                    "--container=flink-main-container".to_string(),
                    "--prefix".to_string(),
                ])
                .output_to(&log),
            ));
            files.push(log);
        }
        let mut words = vec!["verify".to_string()];
        words.extend(files);
        words.extend(["--savepoints".to_string(), self.savepoint_map()]);
        words.push("--report".to_string());
        words.push(format!("json={}", self.window_file("verified.json")));
        // Of the release that is installed `verify` asks nothing: it sees what the job did.
        words.extend(self.options(&["namespace", "operator-config"]));
        for path in &self.input.paths {
            words.push(format!("--tree={path}"));
        }
        items.push(ChecklistItem::Check(CommandCheck::new(
            "every job did what was expected of it",
            flink_migrate(words),
            ExpectedOutput::Success,
        )));
        let mut step = step(
            "Verify every start",
            "A job that started empty looks as healthy as any other. Only the log of its first start, and \
             later the status, say from where it was restored.",
            items,
        );
        step.troubleshooting = vec![
            "Status 1: a job was restored from elsewhere or started empty. Stop it before it writes much: \
             delete the resource and create it again with the path. From operator 1.8 on, a new \
             `savepointRedeployNonce` does the same."
                .into(),
            "Status 3: something was not seen. The log of a JobManager begins anew when its pod does: read \
             the log of the pod before, with `--previous`, or in the place where logs are kept."
                .into(),
        ];
        step
    }

    pub(crate) fn cleanup_step(&self) -> RunbookStep {
        let verified = self.window_file("verified.json");
        let items = vec![
            ChecklistItem::Manual(
                "Wait until every job has taken checkpoints of its own and nobody wants to go back; days, \
                 not hours."
                    .into(),
            ),
            ChecklistItem::Run(self.rerun(
                &["write", "--step", "cleanup", "--verified", &verified],
                &["namespace"],
            )),
            ChecklistItem::Manual(
                "Commit and merge that, and set `step = \"done\"` in `flink-migrate.toml`, so that no \
                 manifest at `v1alpha1` comes in again."
                    .into(),
            ),
        ];
        let mut step = step(
            "Later: clean up",
            "A path that was used once is honoured again when the resource is created anew, and takes the \
             job back to this day. Without the path such a job starts empty, so after this a resource is \
             not to be deleted and created again without a savepoint.",
            items,
        );
        step.notes.push(
            "Keep the savepoints, and the checkpoints that started a job, as long as they may be needed."
                .into(),
        );
        step
    }
}

/// Its job runs.
pub(crate) fn job_running_check(workload: &RunbookWorkload<'_>) -> CommandCheck {
    let state = workload.fields(&[".status.jobStatus.state"]);
    let check =
        CommandCheck::new("has a job that runs", state, ExpectedOutput::Exactly("RUNNING".into()));
    check.of(workload.key()).waiting()
}

/// `NAMESPACE_NAME` where every letter of both is one of a name: how a log tells whose it is.
fn log_name(workload: &RunbookWorkload<'_>) -> Option<String> {
    let is_name = |text: &str| {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_inner)
    };
    let namespace = workload.manifest.key.namespace.as_deref()?;
    (is_name(namespace) && is_name(&workload.name))
        .then(|| format!("{namespace}_{}", workload.name))
}
