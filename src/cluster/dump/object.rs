//! An object of a dump as [`LiveResource`]; its malformed fields are noted in the order in which kubectl
//! prints them.

use serde::de::DeserializeSeed;
use serde_json::error::Category;

use super::documents::error_text;
use super::value::{DumpMapping, DumpValue, LAST_SPEC, ValueSeed};
use crate::cluster::{
    Clock, Job, JobStatus, LastSpec, LiveResource, OperatorStatus, OwnerLabels, Reconciliation,
    Savepoint, SavepointInfo, Snapshot,
};
use crate::diagnostic::FilePosition;
use crate::flink::names::{ApiVersion, FlinkKind, GROUP};
use crate::k8s::ObjectKey;

/// The kind of an object, if it is one of the operator's resources: its group counts as well.
pub(crate) fn flink_kind(api_version: Option<&str>, kind: Option<&str>) -> Option<FlinkKind> {
    let group = api_version?.split_once('/')?.0;
    kind.and_then(FlinkKind::from_name).filter(|_| group == GROUP)
}

/// The keys of fields that hold something of another shape than the operator gives them. That fails
/// neither the object nor the file.
#[derive(Default)]
pub(crate) struct Malformed(Vec<String>);

impl Malformed {
    pub(crate) fn add(&mut self, key: &str) {
        if !self.0.iter().any(|name| name == key) {
            self.0.push(key.to_string());
        }
    }

    /// The value in this shape; nothing for null.
    fn read<'t, T>(&mut self, key: &str, value: DumpValue<'t>, shape: Shape<'t, T>) -> Option<T> {
        if matches!(value, DumpValue::Null) {
            return None;
        }
        let read = shape(value);
        if read.is_none() {
            self.add(key);
        }
        read
    }
}

/// Takes a value that has the shape of its field; nothing for another one.
type Shape<'t, T> = fn(DumpValue<'t>) -> Option<T>;

/// The fields of a mapping, which are taken out of it.
struct Fields<'m, 't> {
    mapping: DumpMapping<'t>,
    malformed: &'m mut Malformed,
}

impl<'t> Fields<'_, 't> {
    fn take<T>(&mut self, key: &str, shape: Shape<'t, T>) -> Option<T> {
        let value = self.mapping.remove(key)?;
        self.malformed.read(key, value, shape)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.take(key, DumpValue::into_text)
    }

    fn bool(&mut self, key: &str) -> Option<bool> {
        self.take(key, DumpValue::into_bool)
    }

    fn clock(&mut self, key: &str) -> Option<Clock> {
        self.take(key, DumpValue::into_scalar).map(Clock::new)
    }

    fn list<T>(&mut self, key: &str, shape: Shape<'t, T>) -> Vec<T> {
        let items = self.take(key, DumpValue::into_list).unwrap_or_default();
        items.into_iter().filter_map(|item| self.malformed.read(key, item, shape)).collect()
    }

    fn labels(&mut self, key: &str) -> Vec<(String, String)> {
        let labels = self.take(key, DumpValue::into_mapping).unwrap_or_default().entries;
        let text = |(key, value): (std::borrow::Cow<'t, str>, _)| {
            let value = self.malformed.read(&key, value, DumpValue::into_text)?;
            Some((key.into_owned(), value))
        };
        labels.into_iter().filter_map(text).collect()
    }

    fn fields(&mut self, key: &str) -> Option<Fields<'_, 't>> {
        let mapping = self.take(key, DumpValue::into_mapping)?;
        Some(Fields { mapping, malformed: self.malformed })
    }

    /// The fields under this key; without any if it is not there.
    fn fields_or_empty(&mut self, key: &str) -> Fields<'_, 't> {
        let mapping = self.take(key, DumpValue::into_mapping).unwrap_or_default();
        Fields { mapping, malformed: self.malformed }
    }
}

/// The resource; `malformed` are fields of it that the list around it could not read. Nothing if it
/// has no name.
pub(crate) fn live_resource(
    object: DumpMapping<'_>,
    kind: FlinkKind,
    api_version: &str,
    mut malformed: Malformed,
    place: FilePosition,
) -> Option<LiveResource> {
    let version = api_version.split_once('/').map_or("", |(_, version)| version);
    let version = ApiVersion::from_name(version).ok_or_else(|| version.to_string());
    let mut object = Fields { mapping: object, malformed: &mut malformed };
    object.text("apiVersion");
    object.text("kind");
    let mut metadata = object.fields_or_empty("metadata");
    let annotations = metadata.labels("annotations");
    metadata.take("continue", DumpValue::into_scalar);
    let created = metadata.text("creationTimestamp").map(Clock::new);
    let deleted = metadata.text("deletionTimestamp").map(Clock::new);
    let finalizers = metadata.list("finalizers", DumpValue::into_text);
    let labels = metadata.labels("labels");
    let name = metadata.text("name");
    let namespace = metadata.text("namespace");
    metadata.take("remainingItemCount", DumpValue::into_scalar);
    let mut snapshot = Snapshot::default();
    let mut spec = object.fields_or_empty("spec");
    snapshot.is_checkpoint = spec.fields("checkpoint").is_some();
    let flink_version = spec.text("flinkVersion");
    let job = spec.fields("job").map(read_job);
    let mut reference = spec.fields_or_empty("jobReference");
    snapshot.job_kind = reference.text("kind");
    snapshot.job_name = reference.text("name");
    if let Some(mut savepoint) = spec.fields("savepoint") {
        snapshot.is_savepoint = true;
        snapshot.dispose_on_delete = savepoint.bool("disposeOnDelete");
    }
    let status = read_status(object.fields_or_empty("status"), &mut snapshot);
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
        status: (status != OperatorStatus::default()).then_some(status),
        malformed: malformed.0,
    })
}

fn read_job(mut job: Fields<'_, '_>) -> Job {
    Job {
        initial_savepoint_path: job.text("initialSavepointPath"),
        savepoint_trigger_nonce: job.take("savepointTriggerNonce", DumpValue::into_scalar),
        state: job.text("state"),
        upgrade_mode: job.text("upgradeMode"),
    }
}

/// `status` of every kind: `path`, `resultTimestamp`, `state` and `triggerId` are those of a snapshot.
fn read_status(mut status: Fields<'_, '_>, snapshot: &mut Snapshot) -> OperatorStatus {
    let error = status.text("error");
    let job_manager_deployment_status = status.text("jobManagerDeploymentStatus");
    let job_status = read_job_status(status.fields_or_empty("jobStatus"));
    let lifecycle_state = status.text("lifecycleState");
    snapshot.location = status.text("path");
    let reconciliation = read_reconciliation(status.fields_or_empty("reconciliationStatus"));
    snapshot.error.clone_from(&error);
    snapshot.result_time = status.clock("resultTimestamp");
    snapshot.state = status.text("state");
    snapshot.trigger_id = status.text("triggerId");
    OperatorStatus {
        job_manager_deployment_status,
        lifecycle_state,
        error,
        job_status,
        reconciliation,
    }
}

fn read_job_status(mut status: Fields<'_, '_>) -> JobStatus {
    JobStatus {
        job_id: status.text("jobId"),
        savepoint_info: read_savepoint_info(status.fields_or_empty("savepointInfo")),
        start_time: status.clock("startTime"),
        state: status.text("state"),
        update_time: status.clock("updateTime"),
        upgrade_savepoint_path: status.text("upgradeSavepointPath"),
    }
}

fn read_savepoint_info(mut info: Fields<'_, '_>) -> SavepointInfo {
    let last_savepoint = info.fields("lastSavepoint").map(read_savepoint);
    let history = info.list("savepointHistory", DumpValue::into_mapping).into_iter();
    SavepointInfo {
        last_savepoint,
        history: history
            .map(|mapping| read_savepoint(Fields { mapping, malformed: info.malformed }))
            .collect(),
        trigger_id: info.text("triggerId"),
        trigger_timestamp: info.take("triggerTimestamp", DumpValue::into_scalar),
        last_periodic: info.take("lastPeriodicSavepointTimestamp", DumpValue::into_scalar),
    }
}

fn read_savepoint(mut savepoint: Fields<'_, '_>) -> Savepoint {
    Savepoint {
        location: savepoint.text("location"),
        time: savepoint.clock("timeStamp"),
        trigger_type: savepoint.text("triggerType"),
    }
}

fn read_reconciliation(mut status: Fields<'_, '_>) -> Reconciliation {
    let error = status.text("error");
    let last_spec = match status.take(LAST_SPEC, Some) {
        None => LastSpec::Absent,
        Some(DumpValue::Text(text)) => parse_last_spec(&text),
        Some(DumpValue::Mapping(mapping)) => {
            let mut last = Fields { mapping, malformed: status.malformed };
            LastSpec::Object(last.fields("job").map(read_job))
        }
        Some(_) => {
            status.malformed.add(LAST_SPEC);
            LastSpec::Absent
        }
    };
    Reconciliation {
        error,
        last_spec,
        state: status.text("state"),
        success: status.bool("success"),
    }
}

/// The JSON text of `lastReconciledSpec`. Later releases wrap it in `spec`; a job beside the wrapper is
/// one too many.
fn parse_last_spec(text: &str) -> LastSpec {
    let mut json = serde_json::Deserializer::from_str(text);
    let last = ValueSeed(LAST_SPEC).deserialize(&mut json);
    let mapping = match last.and_then(|last| json.end().map(|()| last)) {
        Ok(DumpValue::Mapping(mapping)) => mapping,
        Ok(_) => return LastSpec::Unreadable("it is not an object".into()),
        Err(error) if error.classify() == Category::Data => {
            return LastSpec::Unreadable(error_text(&error));
        }
        Err(_) => return LastSpec::Unreadable("it is not JSON".into()),
    };
    let mut malformed = Malformed::default();
    let mut last = Fields { mapping, malformed: &mut malformed };
    let job = last.fields("job").map(read_job);
    let outer = last.fields("spec");
    let is_wrapped = outer.is_some();
    let wrapped = outer.and_then(|mut spec| spec.fields("job").map(read_job));
    if job.is_some() && wrapped.is_some() {
        malformed.add("job");
    }
    if malformed.0.is_empty() {
        return if is_wrapped { LastSpec::Wrapped(wrapped.or(job)) } else { LastSpec::Text(job) };
    }
    let keys = malformed.0.join("`, `");
    LastSpec::Unreadable(format!("`{keys}` in it has an unexpected shape"))
}
