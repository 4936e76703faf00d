//! What is to be done on the cluster around the merge, as far as the changeset tells: the operator's
//! upgrade guide from v1alpha1 to v1beta1, for a cluster that is synced from Git.

use super::{Reviewed, Risk, Savepoint};

/// A step: what to do, in words and code, and how to see that it is done.
pub(in crate::report) struct Step {
    /// Backticks surround code.
    pub(in crate::report) what: &'static str,
    /// The same; empty if the step speaks for itself.
    pub(in crate::report) check: &'static str,
}

const PAUSE: Step = Step {
    what: "Pause the sync of every Argo CD application or Flux Kustomization that holds these \
           workloads, and of the operator.",
    check: "what you delete below is otherwise created again, and starts empty.",
};

const SUSPEND: Step = Step {
    what: "Suspend each stateful job with `state: suspended` and `upgradeMode: savepoint`.",
    check: "the job is SUSPENDED, its Deployment is gone, and its status names the savepoint.",
};

const MAP: Step = Step {
    what: "Compare those locations with the column savepoint of the table; correct the map and \
           make this report again where they differ.",
    check: "an older savepoint would take the job back.",
};

const SESSIONS: Step = Step {
    what: "Take savepoints of the jobs that run in session clusters.",
    check: "they end with their cluster, and are submitted again afterwards.",
};

const DELETE: Step = Step {
    what: "Delete the FlinkDeployment resources while the old operator still runs.",
    check: "none is left, and no ConfigMap of high availability either.",
};

const OPERATOR: Step = Step {
    what: "Replace the CRDs and the operator: uninstall the old release, delete the CRD of \
           `v1alpha1`, install the new release.",
    check: "the log of the operator says that its controllers are registered.",
};

const SYNC: Step = Step {
    what: "Merge the change, and let the sync go on.",
    check: "every workload is there at `v1beta1`.",
};

const RESTORE: Step = Step {
    what: "Verify the restore of each stateful job.",
    check: "the log of its JobManager names the savepoint that it starts from.",
};

/// The steps that apply to these files, in order; none if nothing changes and nothing is held.
pub(super) fn of(files: &[Reviewed<'_>]) -> Vec<Step> {
    let rows = || files.iter().flat_map(|reviewed| &reviewed.rows);
    if !rows().any(|row| row.risk == Risk::Decide || !row.fields.is_empty()) {
        return Vec::new();
    }
    let has_state = rows()
        .any(|row| matches!(row.savepoint, Savepoint::Written { .. } | Savepoint::Open(_)));
    let has_sessions = rows().any(|row| row.savepoint == Savepoint::NoJob);
    let steps = [
        (true, PAUSE),
        (has_state, SUSPEND),
        (has_state, MAP),
        (has_sessions, SESSIONS),
        (true, DELETE),
        (true, OPERATOR),
        (true, SYNC),
        (has_state, RESTORE),
    ];
    steps.into_iter().filter(|(applies, _)| *applies).map(|(_, step)| step).collect()
}
