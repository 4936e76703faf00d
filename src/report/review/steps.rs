//! What is to be done on the cluster around the merge, as far as the changeset tells: the operator's
//! upgrade guide from v1alpha1 to v1beta1, for a cluster that is synced from Git.

use super::{Reviewed, Risk, Savepoint};
use crate::rules;

/// A step: what to do, and how to see that it is done or why it is needed. Sentences, in which
/// backticks surround code.
pub(in crate::report) struct Step {
    pub(in crate::report) what: &'static str,
    pub(in crate::report) check: &'static str,
}

const PAUSE: Step = Step {
    what: "Pause the sync of the Argo CD applications or Flux Kustomizations that hold these \
           workloads, and of the operator.",
    check: "Otherwise what is deleted below is created again, and starts empty.",
};

const SUSPEND: Step = Step {
    what: "Suspend each stateful job with `state: suspended` and `upgradeMode: savepoint`.",
    check: "Done when the job is SUSPENDED, its Deployment is gone and its status names a savepoint.",
};

const MAP: Step = Step {
    what: "Compare these savepoints with the table below, and correct the map where they differ.",
    check: "An older savepoint takes the job back.",
};

const SESSIONS: Step = Step {
    what: "Take savepoints of the jobs that run in session clusters.",
    check: "They end with their cluster, and have to be submitted again.",
};

const DELETE: Step = Step {
    what: "Delete the FlinkDeployment resources while the old operator still runs.",
    check: "Done when none is left, and no ConfigMap of high availability either.",
};

const OPERATOR: Step = Step {
    what: "Replace the operator and its CRDs: uninstall the old release, delete the CRD of \
           `v1alpha1`, install the new release.",
    check: "Done when its log says that the controllers are registered.",
};

const SYNC: Step = Step {
    what: "Merge the change and resume the sync.",
    check: "Done when every workload is there at `v1beta1`.",
};

const RESTORE: Step = Step {
    what: "Verify the restore of each stateful job.",
    check: "Done when the log of its JobManager names the savepoint it starts from.",
};

const REHEARSE: Step = Step {
    what: "Merge the change while the old operator runs: it deploys each changed workload anew.",
    check: "Done when every job runs again under its account.",
};

const STOP: Step = Step {
    what: "Merge the change and let it sync: the old operator stops each of these jobs with a savepoint.",
    check: "Done when each job is SUSPENDED and its Deployment is gone; Argo CD calls it Healthy before.",
};

const HARVEST: Step = Step {
    what: "Dump the resources with `kubectl get flinkdeployments -A -o json`, and make the map with \
           `flink-migrate savepoints`.",
    check: "Go on only if it trusts every savepoint.",
};

const GO_ON: Step = Step {
    what: "Go on with the steps that `flink-migrate runbook` prints.",
    check: "The conversion takes the marks of this change back; leave them where they are.",
};

const BACK: Step = Step {
    what: "Install operator 0.1.0 and its CRD again, then merge the change and let it sync.",
    check: "Done when the log of each JobManager names the savepoint it starts from.",
};

const FORGET: Step = Step {
    what: "Merge the change: nothing is deployed anew.",
    check: "From now on a resource that is created anew starts empty, unless a path is written again.",
};

/// The steps that apply to these files, in order; none if nothing changes and nothing is held.
pub(super) fn of(step: rules::Step, files: &[Reviewed<'_>]) -> Vec<Step> {
    let rows = || files.iter().flat_map(|reviewed| &reviewed.rows);
    if !rows().any(|row| row.risk == Risk::Decide || !row.fields.is_empty()) {
        return Vec::new();
    }
    match step {
        rules::Step::Convert => {}
        rules::Step::Prepare => return vec![REHEARSE],
        rules::Step::Suspend => return vec![STOP, HARVEST, GO_ON],
        rules::Step::Cleanup => return vec![FORGET],
        rules::Step::Resume => return vec![BACK],
        rules::Step::Done => return Vec::new(),
    }
    let has_state = rows().any(|row| row.savepoint.is_one());
    let has_sessions = rows().any(|row| row.savepoint == Savepoint::NoJob);
    let steps = [
        (has_state, SUSPEND),
        (has_state, MAP),
        (has_sessions, SESSIONS),
        // Suspending may itself be a change that is synced.
        (true, PAUSE),
        (true, DELETE),
        (true, OPERATOR),
        (true, SYNC),
        (has_state, RESTORE),
    ];
    steps.into_iter().filter(|(applies, _)| *applies).map(|(_, step)| step).collect()
}
