//! An object of a dump as [`LiveResource`]; its malformed fields are noted in the order in which kubectl
//! prints them.

use super::fields::{
    DumpObject, JobFields, JobStatusFields, LastObject, LastReconciledSpec, LastText,
    OwnerLabelFields, ReconciliationFields, SavepointFields, SavepointInfoFields, Spec,
    StatusFields,
};
use super::lenient::{DumpScalar, Lenient};
use crate::cluster::{
    Clock, DumpLocation, Job, JobStatus, LastSpec, LiveResource, OwnerLabels, Reconciliation,
    Savepoint, SavepointInfo, Snapshot, Status,
};
use crate::flink::names::{ApiVersion, FlinkKind, GROUP};
use crate::k8s::ObjectKey;

impl<I> DumpObject<'_, I> {
    /// The resource. Nothing if it has no name.
    pub(crate) fn into_live_resource(
        self,
        kind: FlinkKind,
        api_version: &str,
        mut malformed: Malformed,
        place: DumpLocation,
    ) -> Option<LiveResource> {
        let version = api_version.split_once('/').map_or("", |(_, version)| version);
        let version = ApiVersion::from_name(version).ok_or_else(|| version.to_string());
        malformed.take("apiVersion", self.api_version);
        malformed.take("kind", self.kind);
        let metadata = malformed.take("metadata", self.metadata);
        let metadata = metadata.map(|metadata| metadata.value).unwrap_or_default();
        let annotations = malformed.owner_labels("annotations", metadata.annotations);
        malformed.take("continue", metadata.r#continue);
        let created =
            malformed.take("creationTimestamp", metadata.creation_timestamp).map(Clock::new);
        let deleted =
            malformed.take("deletionTimestamp", metadata.deletion_timestamp).map(Clock::new);
        let finalizers = malformed.list("finalizers", metadata.finalizers);
        let labels = malformed.owner_labels("labels", metadata.labels);
        let name = malformed.take("name", metadata.name);
        let namespace = malformed.take("namespace", metadata.namespace);
        malformed.take("remainingItemCount", metadata.remaining_item_count);
        let mut snapshot = Snapshot::default();
        let spec = malformed.take("spec", self.spec).unwrap_or_default();
        let (flink_version, job) = spec.into_parts(&mut snapshot, &mut malformed);
        let status = malformed.take("status", self.status).unwrap_or_default();
        let status = status.into_status(&mut snapshot, &mut malformed);
        Some(LiveResource {
            kind,
            version,
            key: ObjectKey {
                namespace: namespace.filter(|namespace| !namespace.is_empty()),
                name: name.filter(|name| !name.is_empty())?,
            },
            place,
            created,
            deleted,
            finalizers,
            owner_labels: OwnerLabels { labels, annotations },
            flink_version,
            job,
            snapshot: (kind == FlinkKind::StateSnapshot).then_some(snapshot),
            status: (status != Status::default()).then_some(status),
            malformed: malformed.0,
        })
    }
}

/// The kind of an object, if it is one of the operator's resources: its group counts as well.
pub(crate) fn flink_kind(api_version: Option<&str>, kind: Option<&str>) -> Option<FlinkKind> {
    let group = api_version?.split_once('/')?.0;
    kind.and_then(FlinkKind::from_name).filter(|_| group == GROUP)
}

/// The keys of malformed fields.
#[derive(Default)]
pub(crate) struct Malformed(Vec<String>);

impl Malformed {
    /// The value of a field, if it is well-formed.
    pub(crate) fn take<T>(&mut self, key: &str, field: Lenient<T>) -> Option<T> {
        match field {
            Lenient::Value(value) => return Some(value),
            Lenient::Malformed if !self.0.iter().any(|name| name == key) => {
                self.0.push(key.to_string());
            }
            Lenient::Absent | Lenient::Malformed => {}
        }
        None
    }

    fn list<T>(&mut self, key: &str, field: Lenient<Vec<Lenient<T>>>) -> Vec<T> {
        let items = self.take(key, field).unwrap_or_default();
        items.into_iter().filter_map(|item| self.take(key, item)).collect()
    }

    fn owner_labels<const L: bool>(
        &mut self,
        key: &str,
        field: Lenient<OwnerLabelFields<L>>,
    ) -> Vec<(String, String)> {
        let pairs = self.take(key, field).unwrap_or_default().0.into_iter();
        pairs.filter_map(|(key, value)| Some((key.to_string(), self.take(key, value)?))).collect()
    }

    fn clock(&mut self, key: &str, field: Lenient<DumpScalar>) -> Option<Clock> {
        self.take(key, field).map(|time| Clock::new(time.0))
    }
}

impl Spec {
    fn into_parts(
        self,
        snapshot: &mut Snapshot,
        malformed: &mut Malformed,
    ) -> (Option<String>, Option<Job>) {
        snapshot.is_checkpoint = malformed.take("checkpoint", self.checkpoint).is_some();
        let flink_version = malformed.take("flinkVersion", self.flink_version);
        let job = malformed.take("job", self.job).map(|job| job.into_job(malformed));
        let reference = malformed.take("jobReference", self.job_reference).unwrap_or_default();
        snapshot.job_kind = malformed.take("kind", reference.kind);
        snapshot.job_name = malformed.take("name", reference.name);
        if let Some(savepoint) = malformed.take("savepoint", self.savepoint) {
            snapshot.is_savepoint = true;
            snapshot.dispose_on_delete =
                malformed.take("disposeOnDelete", savepoint.dispose_on_delete);
        }
        (flink_version, job)
    }
}

impl JobFields {
    fn into_job(self, malformed: &mut Malformed) -> Job {
        Job {
            initial_savepoint_path: malformed
                .take("initialSavepointPath", self.initial_savepoint_path),
            state: malformed.take("state", self.state),
            upgrade_mode: malformed.take("upgradeMode", self.upgrade_mode),
        }
    }
}

impl StatusFields {
    fn into_status(self, snapshot: &mut Snapshot, malformed: &mut Malformed) -> Status {
        let error = malformed.take("error", self.error);
        let job_manager_deployment_status =
            malformed.take("jobManagerDeploymentStatus", self.job_manager_deployment_status);
        let job_status = malformed.take("jobStatus", self.job_status).unwrap_or_default();
        let job_status = job_status.into_job_status(malformed);
        let lifecycle_state = malformed.take("lifecycleState", self.lifecycle_state);
        snapshot.path = malformed.take("path", self.path);
        let reconciliation =
            malformed.take("reconciliationStatus", self.reconciliation_status).unwrap_or_default();
        let reconciliation = reconciliation.into_reconciliation(malformed);
        snapshot.error.clone_from(&error);
        snapshot.result_time = malformed.clock("resultTimestamp", self.result_timestamp);
        snapshot.state = malformed.take("state", self.state);
        snapshot.trigger_id = malformed.take("triggerId", self.trigger_id);
        Status { job_manager_deployment_status, lifecycle_state, error, job_status, reconciliation }
    }
}

impl JobStatusFields {
    fn into_job_status(self, malformed: &mut Malformed) -> JobStatus {
        let job_id = malformed.take("jobId", self.job_id);
        let info = malformed.take("savepointInfo", self.savepoint_info).unwrap_or_default();
        JobStatus {
            job_id,
            savepoint_info: info.into_savepoint_info(malformed),
            start_time: malformed.clock("startTime", self.start_time),
            state: malformed.take("state", self.state),
            update_time: malformed.clock("updateTime", self.update_time),
            upgrade_savepoint_path: malformed
                .take("upgradeSavepointPath", self.upgrade_savepoint_path),
        }
    }
}

impl SavepointInfoFields {
    fn into_savepoint_info(self, malformed: &mut Malformed) -> SavepointInfo {
        let last_savepoint = malformed.take("lastSavepoint", self.last_savepoint);
        let last_savepoint = last_savepoint.map(|last| last.into_savepoint(malformed));
        let history = malformed.list("savepointHistory", self.savepoint_history);
        SavepointInfo {
            last_savepoint,
            history: history.into_iter().map(|past| past.into_savepoint(malformed)).collect(),
            trigger_id: malformed.take("triggerId", self.trigger_id),
            trigger_timestamp: malformed
                .take("triggerTimestamp", self.trigger_timestamp)
                .map(|time| time.0),
        }
    }
}

impl SavepointFields {
    fn into_savepoint(self, malformed: &mut Malformed) -> Savepoint {
        Savepoint {
            location: malformed.take("location", self.location),
            time: malformed.clock("timeStamp", self.time_stamp),
            trigger_type: malformed.take("triggerType", self.trigger_type),
        }
    }
}

impl ReconciliationFields {
    fn into_reconciliation(self, malformed: &mut Malformed) -> Reconciliation {
        let error = malformed.take("error", self.error);
        let last_spec = match malformed.take("lastReconciledSpec", self.last_reconciled_spec) {
            Some(LastReconciledSpec::Object(last)) => LastSpec::Object(last.into_job(malformed)),
            Some(LastReconciledSpec::Text(last)) => last,
            None => LastSpec::Absent,
        };
        Reconciliation {
            error,
            last_spec,
            state: malformed.take("state", self.state),
            success: malformed.take("success", self.success),
        }
    }
}

impl LastObject {
    fn into_job(self, malformed: &mut Malformed) -> Option<Job> {
        malformed.take("job", self.job).map(|job| job.into_job(malformed))
    }
}

impl LastText {
    /// Later releases wrap the spec; a job beside the wrapper is one too many.
    pub(crate) fn into_last_spec(text: Lenient<LastText>) -> LastSpec {
        let mut malformed = Malformed::default();
        let text = malformed.take("", text);
        let job = text.map(|text| {
            let job = malformed.take("job", text.job).map(|job| job.into_job(&mut malformed));
            let wrapped = malformed.take("spec", text.spec);
            match (job, wrapped.and_then(|spec| spec.into_job(&mut malformed))) {
                (Some(_), Some(_)) => malformed.take("job", Lenient::Malformed),
                (job, wrapped) => job.or(wrapped),
            }
        });
        match job {
            _ if !malformed.0.is_empty() => LastSpec::Unreadable(format!(
                "`{}` in it has another shape",
                malformed.0.join("`, `")
            )),
            Some(job) => LastSpec::Text(job),
            None => LastSpec::Unreadable("it is not an object".into()),
        }
    }
}
