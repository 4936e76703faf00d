//! What comes once the new operator is there: the converted manifests, the proof, the cleaning up.

use super::command::{Check, Expect, flink_migrate, kubectl};
use super::resuming::resume_all;
use super::{FACTS, Item, Prose, Scene, Step, Subject, step};
use crate::flink::chart::DEPLOYMENTS_CRD;
use crate::flink::names::{FlinkKind, GROUP, STABLE};
use crate::flink::workload::ExpectedStart;
use crate::gitops::Syncing;

impl Scene<'_> {
    pub(crate) fn convert(&self) -> Step {
        let map = self.map();
        let write = self.again(&["write", "--step", "convert", "--savepoints", &map], &FACTS);
        let check = ["check", "--step", "convert", "--fail-on", "change", "--savepoints", &map];
        let check = self.again(&check, &FACTS);
        let mut items = vec![
            Item::Run(write),
            Item::Person(
                "Review what changed: every job that was stopped has its own savepoint. Commit it, merge it, \
                 and have the merged state in this directory."
                    .into(),
            ),
            Item::See(Check::new(
                "nothing is left to convert in what was merged",
                check,
                Expect::Success,
            )),
        ];
        let mut unsaid = Vec::new();
        let waiting = self.holders.iter().filter(|holder| {
            let acts = holder.is_certain || holder.keeper.syncing != Syncing::ByHand;
            acts && !self.goes_on_with_operator(holder)
        });
        for keeper in waiting.clone().map(|holder| &holder.keeper) {
            if keeper.syncing == Syncing::Unknown
                && keeper.kind == crate::gitops::DeliveringKind::Application
            {
                unsaid.push(keeper.key.name.clone());
            }
        }
        items.extend(self.rewriting());
        items.extend(resume_all(waiting));
        if self.held_for_workloads().next().is_none() {
            items.push(Item::Person(
                "Let everything that was paused in step 4 go on, or apply the merged manifests."
                    .into(),
            ));
        }
        for one in self.preview() {
            let version = Expect::Exactly(format!("{GROUP}/{STABLE}"));
            let check = Check::new("is there again", one.fields(&[".apiVersion"]), version);
            items.push(Item::See(check.of(one.key()).waiting()));
        }
        let may_be_empty = |one: &&Subject<'_>| one.it.start == ExpectedStart::Empty;
        let from_savepoint = |one: &&Subject<'_>| {
            let is_parked = one.is_unparked() && one.it.summary.mode.is_stateful();
            (one.is_suspended_now() || is_parked) && !may_be_empty(one)
        };
        for one in self.preview().filter(from_savepoint) {
            let path = one.fields(&[".spec.job.initialSavepointPath"]);
            let check = Check::new("has a path to start from", path, Expect::Something);
            items.push(Item::See(check.of(one.key())));
        }
        let mut step = step(
            "Convert the manifests and let them sync",
            "The resources are created anew: each stateful job starts from the path in its manifest, and \
             without one it starts empty. So nothing syncs before the conversion is merged.",
            items,
        );
        if !unsaid.is_empty() {
            let backup = self.file("applications.yaml.bak");
            step.notes.push(Prose::list(unsaid.iter().map(String::as_str)).and(Prose::of(
                ": only the cluster knows how it was synced. Put its sync policy back as {} has it.",
                &[&backup],
            )));
        }
        step.notes.extend(self.notes_of_releases(false));
        step.wrong = vec![
            super::releases::FAILS.into(),
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

    pub(crate) fn verify(&self) -> Step {
        let mut items = Vec::new();
        let started = || {
            self.preview().filter(|one| {
                let runs = !one.is_session() && (!one.is_parked() || one.is_unparked());
                one.it.summary.kind == FlinkKind::Deployment && runs
            })
        };
        for one in started() {
            items.push(Item::See(runs(one)));
        }
        let dump = self.file("after.json");
        items.push(Item::Run(
            kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", "--output=json"]).into(&dump),
        ));
        let mut files = vec![dump];
        for (i, one) in started().enumerate() {
            let log =
                self.file(&format!("{}.log", log_name(one).unwrap_or(format!("job-{}", i + 1))));
            items.push(Item::Run(
                kubectl([
                    "logs".to_string(),
                    format!("deployment/{}", one.name),
                    one.in_namespace(),
                    "--container=flink-main-container".to_string(),
                    "--prefix".to_string(),
                ])
                .into(&log),
            ));
            files.push(log);
        }
        let mut words = vec!["verify".to_string()];
        words.extend(files);
        words.extend(["--savepoints".to_string(), self.map()]);
        words.push("--report".to_string());
        words.push(format!("json={}", self.file("verified.json")));
        // Of the release that is installed `verify` asks nothing: it sees what the job did.
        words.extend(self.options(&["namespace", "operator-config"]));
        for path in &self.situation.paths {
            words.push(format!("--tree={path}"));
        }
        items.push(Item::See(Check::new(
            "every job did what was expected of it",
            flink_migrate(words),
            Expect::Success,
        )));
        let mut step = step(
            "Verify every start",
            "A job that started empty looks as healthy as any other. Only the log of its first start, and \
             later the status, say from where it was restored.",
            items,
        );
        step.wrong = vec![
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

    pub(crate) fn clean_up(&self) -> Step {
        let verified = self.file("verified.json");
        let items = vec![
            Item::Person(
                "Wait until every job has taken checkpoints of its own and nobody wants to go back; days, \
                 not hours."
                    .into(),
            ),
            Item::Run(self.again(
                &["write", "--step", "cleanup", "--verified", &verified],
                &["namespace"],
            )),
            Item::Person(
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
pub(crate) fn runs(one: &Subject<'_>) -> Check {
    let state = one.fields(&[".status.jobStatus.state"]);
    let check = Check::new("has a job that runs", state, Expect::Exactly("RUNNING".into()));
    check.of(one.key()).waiting()
}

/// `NAMESPACE_NAME` where every letter of both is one of a name: how a log tells whose it is.
fn log_name(one: &Subject<'_>) -> Option<String> {
    let is_name = |text: &str| {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_inner)
    };
    let namespace = one.it.key.namespace.as_deref()?;
    (is_name(namespace) && is_name(&one.name)).then(|| format!("{namespace}_{}", one.name))
}
