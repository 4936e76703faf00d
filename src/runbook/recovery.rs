//! The ways back, by how far somebody has come.

use super::command::kubectl;
use super::{Prose, RecoveryProcedure, RunbookBuilder};
use crate::flink::releases::Release;

/// The last release that does not keep the path of a first start that failed
/// (`AbstractFlinkResourceReconciler.java:110-127`, 1.3.0; `:193-206`, 1.4.0).
const LAST_FORGETFUL: Release = Release::new(3);

impl RunbookBuilder<'_> {
    pub(crate) fn recovery_procedures(&self) -> Vec<RecoveryProcedure> {
        let mut recovery = vec![self.back_before_deletion(), self.back_after_deletion()];
        let target = self.target();
        if target.is_none_or(|target| target <= LAST_FORGETFUL) {
            recovery.push(failed_first_start());
        }
        recovery
    }

    fn back_before_deletion(&self) -> RecoveryProcedure {
        RecoveryProcedure {
            when: "Before step 7: the resources are still there".into(),
            what: vec![
                "Set `state: running` again and leave `upgradeMode: savepoint` as it is until the job runs: \
                 operator 0.1.0 restores its last savepoint. To go back to `last-state` in the same change \
                 is to ask for metadata that the stop has taken away."
                    .into(),
                "While the sync is paused, the commands below do it; otherwise do it in Git, since a patch is \
                 put back. Then let everything that was paused go on, with Git saying the same."
                    .into(),
            ],
            commands: self
                .jobs_to_suspend()
                .map(|workload| {
                    kubectl([
                        "patch".to_string(),
                        workload.resource(),
                        workload.in_namespace(),
                        "--type=merge".to_string(),
                        r#"--patch={"spec":{"job":{"state":"running"}}}"#.to_string(),
                    ])
                })
                .collect(),
        }
    }

    fn back_after_deletion(&self) -> RecoveryProcedure {
        let map = self.savepoint_map();
        let resume = ["write", "--step", "resume", "--savepoints", &map];
        let resume = self.rerun(&resume, &["namespace", "operator-config"]);
        RecoveryProcedure {
            when: "After step 7: the resources are gone, and the new operator cannot be installed".into(),
            what: vec![
                "Leave everything paused. If the new operator has started jobs already, what they did since \
                 then is lost on the way back; stop them and delete their resources, uninstall that \
                 operator and delete its CRDs."
                    .into(),
                Prose::of(
                    "Install operator 0.1.0 again, with its CRD and the values of {}.",
                    &[&self.window_file("operator-values.yaml")],
                ),
                "Go back to the commit before the conversion and write the paths into the manifests at \
                 `v1alpha1`. Without them every stateful job starts empty."
                    .into(),
                "Merge that, and only then let the sync go on.".into(),
            ],
            commands: vec![resume],
        }
    }
}

/// A first start that failed, while the operator does not remember from where it was.
fn failed_first_start() -> RecoveryProcedure {
    RecoveryProcedure {
        when: "The first start of a job failed, under operator 1.0 to 1.3".into(),
        what: vec![
            "Delete the resource, repair its manifest, and create it again with the same \
             `initialSavepointPath`."
                .into(),
            "Never repair it in place: until 1.3 the operator does not remember the path of a first \
             start that failed, and the repaired job is refused, waits for ever, or starts empty."
                .into(),
        ],
        commands: Vec::new(),
    }
}
