//! An object of a dump while it is being read.

use super::wanted::{Field, Open};
use super::{Clock, Job, LastSpec, Marks, Observed, Place, Savepoint, Snapshot, Status};
use crate::flink::kind::{ApiVersion, FlinkKind};
use crate::flink::names::GROUP;
use crate::k8s::ObjectKey;

/// A scalar as its reader takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'v> {
    Null,
    Bool(bool),
    /// A number, as written.
    Number(&'v str),
    Text(&'v str),
}

/// Everything that was said of one object, whatever its kind turns out to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Where it begins, in bytes.
    pub(super) at: usize,
    pub(super) api_version: Option<String>,
    pub(super) kind: Option<String>,
    name: Option<String>,
    namespace: Option<String>,
    created: Option<Clock>,
    deleted: Option<Clock>,
    finalizers: Vec<String>,
    marks: Marks,
    flink_version: Option<String>,
    job: Option<Job>,
    has_status: bool,
    status: Status,
    snapshot: Snapshot,
    odd: Vec<String>,
    /// The job that is being read.
    current: Current,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Current {
    #[default]
    Spec,
    Last,
}

impl Draft {
    pub(super) fn at(at: usize) -> Draft {
        Draft { at, ..Draft::default() }
    }

    /// A mapping begins.
    pub(super) fn open(&mut self, open: Open) {
        let info = &mut self.status.job_status.savepoint_info;
        match open {
            Open::Job => {
                self.job = Some(Job::default());
                self.current = Current::Spec;
            }
            Open::LastSpec => {
                self.status.reconciliation.last_spec = LastSpec::Object(None);
            }
            Open::LastJob => {
                // Beside the wrapper of later releases there is no second job.
                if self.status.reconciliation.last_spec.job().is_some() {
                    self.odd("job");
                }
                self.status.reconciliation.last_spec = LastSpec::Object(Some(Job::default()));
                self.current = Current::Last;
            }
            Open::Status => self.has_status = true,
            Open::LastSavepoint => info.last_savepoint = Some(Savepoint::default()),
            Open::PastSavepoint => info.history.push(Savepoint::default()),
            Open::SnapshotSavepoint => self.snapshot.is_savepoint = true,
            Open::SnapshotCheckpoint => self.snapshot.is_checkpoint = true,
            Open::Document | Open::Item | Open::WrappedSpec | Open::Group => {}
        }
    }

    /// A field holds something of another shape.
    pub(super) fn odd(&mut self, key: &str) {
        if !self.odd.iter().any(|known| known == key) {
            self.odd.push(key.to_string());
        }
    }

    /// A scalar that is kept. `key` is the last key on the way to it, `past` true inside the
    /// history of savepoints. Null says nothing.
    pub(super) fn scalar(&mut self, field: Field, key: &str, value: &Value<'_>, past: bool) {
        if *value == Value::Null {
            return;
        }
        if let Field::Success | Field::DisposeOnDelete = field {
            let Value::Bool(truth) = *value else { return self.odd(key) };
            *match field {
                Field::Success => &mut self.status.reconciliation.success,
                _ => &mut self.snapshot.dispose_on_delete,
            } = Some(truth);
            return;
        }
        let text = match *value {
            Value::Text(text) => text,
            Value::Number(number) if takes_numbers(field) => number,
            _ => return self.odd(key),
        };
        self.text(field, text, past);
    }

    fn text(&mut self, field: Field, text: &str, past: bool) {
        let text = text.to_string();
        if let Some(place) = self.place(field, past) {
            *place = Some(text);
        } else if let Some(place) = self.clock(field, past) {
            *place = Some(Clock::of(text));
        } else {
            match field {
                Field::Finalizer => self.finalizers.push(text),
                Field::Label(key) => self.marks.labels.push((key.into(), text)),
                Field::Annotation(key) => self.marks.annotations.push((key.into(), text)),
                Field::LastSpecText => {
                    let last = super::json::read_last_spec(&text);
                    self.status.reconciliation.last_spec = last;
                }
                // `status.error` means the same to every kind.
                _ => {
                    self.status.error = Some(text.clone());
                    self.snapshot.error = Some(text);
                }
            }
        }
    }

    /// Where a text goes.
    fn place(&mut self, field: Field, past: bool) -> Option<&mut Option<String>> {
        let (status, snapshot) = (&mut self.status, &mut self.snapshot);
        let (reconciliation, job_status) = (&mut status.reconciliation, &mut status.job_status);
        let info = &mut job_status.savepoint_info;
        let job = match self.current {
            Current::Spec => self.job.as_mut(),
            Current::Last => reconciliation.last_spec.job_mut(),
        };
        let savepoint = if past { info.history.last_mut() } else { info.last_savepoint.as_mut() };
        Some(match field {
            Field::ApiVersion => &mut self.api_version,
            Field::Kind => &mut self.kind,
            Field::Name => &mut self.name,
            Field::Namespace => &mut self.namespace,
            Field::FlinkVersion => &mut self.flink_version,
            Field::JobState => &mut job?.state,
            Field::UpgradeMode => &mut job?.upgrade_mode,
            Field::InitialSavepointPath => &mut job?.initial_savepoint_path,
            Field::JobManagerDeploymentStatus => &mut status.job_manager_deployment_status,
            Field::LifecycleState => &mut status.lifecycle_state,
            Field::SnapshotState => &mut snapshot.state,
            Field::SnapshotPath => &mut snapshot.path,
            Field::SnapshotTriggerId => &mut snapshot.trigger_id,
            Field::SnapshotJobKind => &mut snapshot.job_kind,
            Field::SnapshotJobName => &mut snapshot.job_name,
            Field::JobStatusState => &mut job_status.state,
            Field::JobId => &mut job_status.job_id,
            Field::UpgradeSavepointPath => &mut job_status.upgrade_savepoint_path,
            Field::TriggerId => &mut info.trigger_id,
            Field::TriggerTimestamp => &mut info.trigger_timestamp,
            Field::Location => &mut savepoint?.location,
            Field::TriggerType => &mut savepoint?.trigger_type,
            Field::ReconciliationError => &mut reconciliation.error,
            Field::ReconciliationState => &mut reconciliation.state,
            _ => return None,
        })
    }

    /// Where a time goes.
    fn clock(&mut self, field: Field, past: bool) -> Option<&mut Option<Clock>> {
        let job_status = &mut self.status.job_status;
        let info = &mut job_status.savepoint_info;
        let savepoint = if past { info.history.last_mut() } else { info.last_savepoint.as_mut() };
        Some(match field {
            Field::Created => &mut self.created,
            Field::Deleted => &mut self.deleted,
            Field::UpdateTime => &mut job_status.update_time,
            Field::StartTime => &mut job_status.start_time,
            Field::TimeStamp => &mut savepoint?.time,
            Field::SnapshotResultTime => &mut self.snapshot.result_time,
            _ => return None,
        })
    }

    /// The last spec of its own, as the reader of its text asks for it.
    pub(super) fn into_last_spec(self) -> LastSpec {
        if self.odd.is_empty() {
            let LastSpec::Object(job) = self.status.reconciliation.last_spec else {
                return LastSpec::Unreadable("it is not an object".into());
            };
            return LastSpec::Text(job);
        }
        LastSpec::Unreadable(format!("`{}` in it has another shape", self.odd.join("`, `")))
    }

    /// The resource, if it is one of the operator's: its group counts, not its kind alone.
    pub(super) fn kind(&self) -> Option<FlinkKind> {
        let group = self.api_version.as_deref()?.split_once('/')?.0;
        self.kind.as_deref().and_then(FlinkKind::from_name).filter(|_| group == GROUP)
    }

    /// The resource as it was observed. Nothing if it has no name.
    pub(super) fn finish(self, kind: FlinkKind, place: Place) -> Option<Observed> {
        let version = self.api_version.as_deref().and_then(|v| v.split_once('/')).map(|v| v.1);
        let version = version.unwrap_or_default();
        let version = ApiVersion::from_name(version).ok_or_else(|| version.to_string());
        Some(Observed {
            kind,
            version,
            key: ObjectKey {
                namespace: self.namespace.filter(|namespace| !namespace.is_empty()),
                name: self.name.filter(|name| !name.is_empty())?,
            },
            place,
            created: self.created,
            deleted: self.deleted,
            finalizers: self.finalizers,
            marks: self.marks,
            flink_version: self.flink_version,
            job: self.job,
            snapshot: (kind == FlinkKind::StateSnapshot).then_some(self.snapshot),
            status: (self.has_status && self.status != Status::default()).then_some(self.status),
            odd: self.odd,
        })
    }
}

impl LastSpec {
    fn job_mut(&mut self) -> Option<&mut Job> {
        match self {
            LastSpec::Object(job) | LastSpec::Text(job) => job.as_mut(),
            LastSpec::Absent | LastSpec::Unreadable(_) => None,
        }
    }
}

/// Fields in which the operator or somebody's editor may leave a number.
fn takes_numbers(field: Field) -> bool {
    matches!(
        field,
        Field::UpdateTime
            | Field::StartTime
            | Field::TimeStamp
            | Field::TriggerTimestamp
            | Field::SnapshotResultTime
    )
}
