//! Which fields of a dump anybody asks for, and where they lie.
//!
//! Both readers walk this tree beside the text: what has no place in it is skipped unread, however
//! large it is (`managedFields`, pod templates, Secrets in the same list).

use crate::flink::names::TRIGGER_TYPE;
use crate::k8s::labels;

/// What is wanted at one place.
#[derive(Debug)]
pub(super) struct Want {
    /// What a scalar here is; nothing if none belongs here.
    pub(super) scalar: Option<Field>,
    /// The keys of a mapping here that are wanted.
    pub(super) entries: &'static [(&'static str, Want)],
    /// What the items of a list here are; nothing if no list belongs here.
    pub(super) each: Option<&'static Want>,
    /// What begins with a mapping here; nothing if none belongs here.
    pub(super) opens: Option<Open>,
}

impl Want {
    const fn scalar(field: Field) -> Want {
        Want { scalar: Some(field), entries: &[], each: None, opens: None }
    }

    const fn mapping(opens: Open, entries: &'static [(&'static str, Want)]) -> Want {
        Want { scalar: None, entries, each: None, opens: Some(opens) }
    }

    const fn list(each: &'static Want) -> Want {
        Want { scalar: None, entries: &[], each: Some(each), opens: None }
    }

    /// What is wanted below the key, and the number of the key among those that are wanted.
    pub(super) fn below(&'static self, key: &str) -> Option<(usize, &'static Want)> {
        let found = self.entries.iter().enumerate().find(|(_, (wanted, _))| *wanted == key);
        found.map(|(number, (_, want))| (number, want))
    }
}

/// What begins with a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// A document: a list of objects, or one object.
    Document,
    /// An object of a list.
    Item,
    /// `spec.job`.
    Job,
    /// `lastReconciledSpec`, or what its text holds.
    LastSpec,
    /// `spec` inside the text of a later `lastReconciledSpec`.
    WrappedSpec,
    /// Its `job`.
    LastJob,
    /// `status`.
    Status,
    /// `lastSavepoint`.
    LastSavepoint,
    /// One savepoint of `savepointHistory`.
    PastSavepoint,
    /// `spec.savepoint` of a snapshot.
    SnapshotSavepoint,
    /// `spec.checkpoint` of a snapshot.
    SnapshotCheckpoint,
    /// Nothing to speak of.
    Group,
}

/// A scalar that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    ApiVersion,
    Kind,
    Name,
    Namespace,
    Created,
    Deleted,
    Finalizer,
    /// `metadata.continue` of a list: where its next page begins.
    Continue,
    /// `metadata.remainingItemCount` of a list: how many items stand on later pages.
    Remaining,
    Label(&'static str),
    Annotation(&'static str),
    FlinkVersion,
    JobState,
    UpgradeMode,
    InitialSavepointPath,
    LastSpecText,
    JobManagerDeploymentStatus,
    LifecycleState,
    Error,
    /// `status.state` of a snapshot.
    SnapshotState,
    SnapshotPath,
    SnapshotTriggerId,
    SnapshotResultTime,
    SnapshotJobKind,
    SnapshotJobName,
    DisposeOnDelete,
    JobStatusState,
    JobId,
    UpdateTime,
    StartTime,
    UpgradeSavepointPath,
    Location,
    TimeStamp,
    TriggerType,
    TriggerId,
    TriggerTimestamp,
    Success,
    ReconciliationError,
    ReconciliationState,
}

/// A document of a dump.
pub(super) static DOCUMENT: Want = Want::mapping(
    Open::Document,
    &[
        ("apiVersion", Want::scalar(Field::ApiVersion)),
        ("kind", Want::scalar(Field::Kind)),
        ("metadata", METADATA),
        ("spec", SPEC),
        ("status", STATUS),
        ("items", Want::list(&ITEM)),
    ],
);

const ITEM: Want = Want::mapping(
    Open::Item,
    &[
        ("apiVersion", Want::scalar(Field::ApiVersion)),
        ("kind", Want::scalar(Field::Kind)),
        ("metadata", METADATA),
        ("spec", SPEC),
        ("status", STATUS),
    ],
);

/// The JSON inside the text of `lastReconciledSpec`, with or without the wrapper of later releases.
pub(super) static LAST_SPEC_TEXT: Want = Want::mapping(
    Open::LastSpec,
    &[("job", LAST_JOB), ("spec", Want::mapping(Open::WrappedSpec, &[("job", LAST_JOB)]))],
);

const FINALIZER: Want = Want::scalar(Field::Finalizer);

const METADATA: Want = Want::mapping(
    Open::Group,
    &[
        ("name", Want::scalar(Field::Name)),
        ("namespace", Want::scalar(Field::Namespace)),
        ("creationTimestamp", Want::scalar(Field::Created)),
        ("deletionTimestamp", Want::scalar(Field::Deleted)),
        ("finalizers", Want::list(&FINALIZER)),
        ("continue", Want::scalar(Field::Continue)),
        ("remainingItemCount", Want::scalar(Field::Remaining)),
        ("labels", LABELS),
        ("annotations", ANNOTATIONS),
    ],
);

const LABELS: Want = Want::mapping(
    Open::Group,
    &[
        (labels::ARGO_INSTANCE, Want::scalar(Field::Label(labels::ARGO_INSTANCE))),
        (labels::INSTANCE, Want::scalar(Field::Label(labels::INSTANCE))),
        (labels::MANAGED_BY, Want::scalar(Field::Label(labels::MANAGED_BY))),
        (labels::FLUX_KUSTOMIZATION, Want::scalar(Field::Label(labels::FLUX_KUSTOMIZATION))),
        (labels::FLUX_KUSTOMIZATION_NS, Want::scalar(Field::Label(labels::FLUX_KUSTOMIZATION_NS))),
        (labels::FLUX_HELM, Want::scalar(Field::Label(labels::FLUX_HELM))),
        (labels::FLUX_HELM_NS, Want::scalar(Field::Label(labels::FLUX_HELM_NS))),
        (TRIGGER_TYPE, Want::scalar(Field::Label(TRIGGER_TYPE))),
    ],
);

const ANNOTATIONS: Want = Want::mapping(
    Open::Group,
    &[
        (labels::ARGO_TRACKING, Want::scalar(Field::Annotation(labels::ARGO_TRACKING))),
        (labels::ARGO_INSTANCE, Want::scalar(Field::Annotation(labels::ARGO_INSTANCE))),
        (labels::HELM_RELEASE, Want::scalar(Field::Annotation(labels::HELM_RELEASE))),
        (labels::HELM_RELEASE_NS, Want::scalar(Field::Annotation(labels::HELM_RELEASE_NS))),
    ],
);

const JOB_ENTRIES: &[(&str, Want)] = &[
    ("state", Want::scalar(Field::JobState)),
    ("upgradeMode", Want::scalar(Field::UpgradeMode)),
    ("initialSavepointPath", Want::scalar(Field::InitialSavepointPath)),
];

const LAST_JOB: Want = Want::mapping(Open::LastJob, JOB_ENTRIES);

const SPEC: Want = Want::mapping(
    Open::Group,
    &[
        ("flinkVersion", Want::scalar(Field::FlinkVersion)),
        ("job", Want::mapping(Open::Job, JOB_ENTRIES)),
        (
            "jobReference",
            Want::mapping(
                Open::Group,
                &[
                    ("kind", Want::scalar(Field::SnapshotJobKind)),
                    ("name", Want::scalar(Field::SnapshotJobName)),
                ],
            ),
        ),
        (
            "savepoint",
            Want::mapping(
                Open::SnapshotSavepoint,
                &[("disposeOnDelete", Want::scalar(Field::DisposeOnDelete))],
            ),
        ),
        ("checkpoint", Want::mapping(Open::SnapshotCheckpoint, &[])),
    ],
);

const SAVEPOINT_ENTRIES: &[(&str, Want)] = &[
    ("location", Want::scalar(Field::Location)),
    ("timeStamp", Want::scalar(Field::TimeStamp)),
    ("triggerType", Want::scalar(Field::TriggerType)),
];

const PAST_SAVEPOINT: Want = Want::mapping(Open::PastSavepoint, SAVEPOINT_ENTRIES);

const SAVEPOINT_INFO: Want = Want::mapping(
    Open::Group,
    &[
        ("lastSavepoint", Want::mapping(Open::LastSavepoint, SAVEPOINT_ENTRIES)),
        ("triggerId", Want::scalar(Field::TriggerId)),
        ("triggerTimestamp", Want::scalar(Field::TriggerTimestamp)),
        ("savepointHistory", Want::list(&PAST_SAVEPOINT)),
    ],
);

const STATUS: Want = Want::mapping(
    Open::Status,
    &[
        ("jobManagerDeploymentStatus", Want::scalar(Field::JobManagerDeploymentStatus)),
        ("lifecycleState", Want::scalar(Field::LifecycleState)),
        ("error", Want::scalar(Field::Error)),
        ("state", Want::scalar(Field::SnapshotState)),
        ("path", Want::scalar(Field::SnapshotPath)),
        ("triggerId", Want::scalar(Field::SnapshotTriggerId)),
        ("resultTimestamp", Want::scalar(Field::SnapshotResultTime)),
        (
            "jobStatus",
            Want::mapping(
                Open::Group,
                &[
                    ("state", Want::scalar(Field::JobStatusState)),
                    ("jobId", Want::scalar(Field::JobId)),
                    ("updateTime", Want::scalar(Field::UpdateTime)),
                    ("startTime", Want::scalar(Field::StartTime)),
                    ("upgradeSavepointPath", Want::scalar(Field::UpgradeSavepointPath)),
                    ("savepointInfo", SAVEPOINT_INFO),
                ],
            ),
        ),
        (
            "reconciliationStatus",
            Want::mapping(
                Open::Group,
                &[
                    ("success", Want::scalar(Field::Success)),
                    ("error", Want::scalar(Field::ReconciliationError)),
                    ("state", Want::scalar(Field::ReconciliationState)),
                    (
                        "lastReconciledSpec",
                        Want {
                            scalar: Some(Field::LastSpecText),
                            entries: &[("job", LAST_JOB)],
                            each: None,
                            opens: Some(Open::LastSpec),
                        },
                    ),
                ],
            ),
        ),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    fn deepest(want: &Want) -> usize {
        assert!(want.entries.len() <= 64, "one bit each tells which keys were met");
        let below = want.entries.iter().map(|(_, want)| deepest(want));
        below.chain(want.each.map(deepest)).max().map_or(0, |deepest| deepest + 1)
    }

    #[test]
    fn what_is_wanted_lies_well_within_the_nesting_that_is_read() {
        assert_eq!(deepest(&DOCUMENT), 8);
        assert_eq!(deepest(&LAST_SPEC_TEXT), 3);
    }
}
