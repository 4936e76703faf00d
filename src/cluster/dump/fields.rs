//! The fields that are read of a dump. Serde skips all others unread, however large they are
//! (`managedFields`, pod templates, Secrets in the same list).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess};

use super::documents::LIST_SUFFIX;
use super::lenient::{DumpScalar, FieldShape, Key, Keyed, Lenient, Mapping};
use super::object::flink_kind;
use crate::cluster::LastSpec;
use crate::flink::names::TRIGGER_TYPE;
use crate::k8s::labels;

/// A document of a dump or an item of a list, of any kind. `I` are its `items`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[serde(bound(deserialize = "I: Default + Deserialize<'de>"))]
pub(crate) struct DumpObject<'t, I> {
    pub(crate) api_version: Lenient<String>,
    pub(crate) kind: Lenient<String>,
    #[serde(borrow)]
    pub(crate) metadata: Lenient<Keyed<'t, Metadata>>,
    pub(crate) spec: Lenient<Spec>,
    pub(crate) status: Lenient<StatusFields>,
    pub(crate) items: I,
}

/// An object of a list. Its kind decides what it is: the items of a nested list are not read.
pub(crate) type DumpItem<'t> = DumpObject<'t, IgnoredAny>;

/// `items`; null is how some versions of kubectl print an empty list.
#[derive(Debug, Default)]
pub(crate) struct Items<'t> {
    pub(crate) count: usize,
    /// The items that may be the operator's, each with its number from 1.
    pub(crate) objects: Vec<(usize, Keyed<'t, DumpItem<'t>>)>,
    /// How many items of each other kind there are.
    pub(crate) others: BTreeMap<String, usize>,
    /// One of the items is no mapping.
    pub(crate) is_malformed: bool,
}

impl<'de: 't, 't> FieldShape<'de> for Items<'t> {
    fn from_null() -> Option<Self> {
        Some(Items::default())
    }

    fn from_list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self>, A::Error> {
        let mut list = Items::default();
        while let Some(item) = items.next_element::<Lenient<Keyed<DumpItem>>>()? {
            let Lenient::Value(item) = item else {
                list.is_malformed = true;
                continue;
            };
            list.count += 1;
            match foreign_kind(&item.value) {
                Some(kind) => *list.others.entry(kind.to_string()).or_default() += 1,
                None => list.objects.push((list.count, item)),
            }
        }
        Ok(Some(list))
    }
}

/// The kind of an item that is neither a list nor one of the operator's resources. One without a
/// kind may get it from the list.
fn foreign_kind<'i>(item: &'i DumpItem<'_>) -> Option<&'i str> {
    let kind = item.kind.value().filter(|kind| !kind.ends_with(LIST_SUFFIX))?;
    let api_version = item.api_version.value().map(String::as_str);
    flink_kind(api_version, Some(kind)).is_none().then_some(kind)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) annotations: Lenient<OwnerLabelFields<false>>,
    /// Where the next page of a list begins.
    pub(crate) r#continue: Lenient<DumpScalar>,
    pub(crate) creation_timestamp: Lenient<String>,
    pub(crate) deletion_timestamp: Lenient<String>,
    pub(crate) finalizers: Lenient<Vec<Lenient<String>>>,
    pub(crate) labels: Lenient<OwnerLabelFields<true>>,
    pub(crate) name: Lenient<String>,
    pub(crate) namespace: Lenient<String>,
    /// How many items later pages have.
    pub(crate) remaining_item_count: Lenient<DumpScalar>,
}

/// The labels or annotations that tell who manages an object, in the order of the dump.
#[derive(Debug, Default)]
pub(crate) struct OwnerLabelFields<const LABELS: bool>(
    pub(crate) Vec<(&'static str, Lenient<String>)>,
);

impl<const LABELS: bool> OwnerLabelFields<LABELS> {
    const KEYS: &[&str] = if LABELS {
        &[
            labels::ARGO_INSTANCE,
            labels::INSTANCE,
            labels::MANAGED_BY,
            labels::FLUX_KUSTOMIZATION,
            labels::FLUX_KUSTOMIZATION_NS,
            labels::FLUX_HELM,
            labels::FLUX_HELM_NS,
            TRIGGER_TYPE,
        ]
    } else {
        &[
            labels::ARGO_TRACKING,
            labels::ARGO_INSTANCE,
            labels::HELM_RELEASE,
            labels::HELM_RELEASE_NS,
        ]
    };
}

impl<'de, const LABELS: bool> FieldShape<'de> for OwnerLabelFields<LABELS> {
    fn from_mapping<A: MapAccess<'de>>(mut entries: A) -> Result<Option<Self>, A::Error> {
        let mut marked = Self::default();
        while let Some(Key { name }) = entries.next_key()? {
            match Self::KEYS.iter().find(|key| **key == name) {
                Some(key) if marked.0.iter().any(|(earlier, _)| earlier == key) => {
                    return Err(A::Error::duplicate_field(key));
                }
                Some(key) => marked.0.push((key, entries.next_value()?)),
                None => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Some(marked))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Spec {
    pub(crate) checkpoint: Lenient<SnapshotCheckpoint>,
    pub(crate) flink_version: Lenient<String>,
    pub(crate) job: Lenient<JobFields>,
    pub(crate) job_reference: Lenient<JobReference>,
    pub(crate) savepoint: Lenient<SnapshotSavepoint>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct JobFields {
    pub(crate) initial_savepoint_path: Lenient<String>,
    pub(crate) state: Lenient<String>,
    pub(crate) upgrade_mode: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct JobReference {
    pub(crate) kind: Lenient<String>,
    pub(crate) name: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SnapshotCheckpoint {}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SnapshotSavepoint {
    pub(crate) dispose_on_delete: Lenient<bool>,
}

/// `status` of every kind: `path`, `resultTimestamp`, `state` and `triggerId` are those of a snapshot.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct StatusFields {
    pub(crate) error: Lenient<String>,
    pub(crate) job_manager_deployment_status: Lenient<String>,
    pub(crate) job_status: Lenient<JobStatusFields>,
    pub(crate) lifecycle_state: Lenient<String>,
    pub(crate) path: Lenient<String>,
    pub(crate) reconciliation_status: Lenient<ReconciliationFields>,
    pub(crate) result_timestamp: Lenient<DumpScalar>,
    pub(crate) state: Lenient<String>,
    pub(crate) trigger_id: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct JobStatusFields {
    pub(crate) job_id: Lenient<String>,
    pub(crate) savepoint_info: Lenient<SavepointInfoFields>,
    pub(crate) start_time: Lenient<DumpScalar>,
    pub(crate) state: Lenient<String>,
    pub(crate) update_time: Lenient<DumpScalar>,
    pub(crate) upgrade_savepoint_path: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SavepointInfoFields {
    pub(crate) last_savepoint: Lenient<SavepointFields>,
    pub(crate) savepoint_history: Lenient<Vec<Lenient<SavepointFields>>>,
    pub(crate) trigger_id: Lenient<String>,
    pub(crate) trigger_timestamp: Lenient<DumpScalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SavepointFields {
    pub(crate) location: Lenient<String>,
    pub(crate) time_stamp: Lenient<DumpScalar>,
    pub(crate) trigger_type: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ReconciliationFields {
    pub(crate) error: Lenient<String>,
    pub(crate) last_reconciled_spec: Lenient<LastReconciledSpec>,
    pub(crate) state: Lenient<String>,
    pub(crate) success: Lenient<bool>,
}

/// `lastReconciledSpec`.
#[derive(Debug)]
pub(crate) enum LastReconciledSpec {
    /// As operator 0.1.0 keeps it.
    Object(LastObject),
    /// JSON text, as operator 1.0 and later keep it.
    Text(LastSpec),
}

impl<'de> FieldShape<'de> for LastReconciledSpec {
    fn from_text(text: &str) -> Option<Self> {
        Some(LastReconciledSpec::Text(super::json::read_last_spec(text)))
    }

    fn from_mapping<A: MapAccess<'de>>(entries: A) -> Result<Option<Self>, A::Error> {
        Ok(LastObject::from_mapping(entries)?.map(LastReconciledSpec::Object))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LastObject {
    pub(crate) job: Lenient<JobFields>,
}

/// The JSON in the text of `lastReconciledSpec`; later releases wrap it in `spec`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LastText {
    pub(crate) job: Lenient<JobFields>,
    pub(crate) spec: Lenient<LastObject>,
}

impl Mapping for Metadata {}
impl Mapping for Spec {}
impl Mapping for JobFields {}
impl Mapping for JobReference {}
impl Mapping for SnapshotCheckpoint {}
impl Mapping for SnapshotSavepoint {}
impl Mapping for StatusFields {}
impl Mapping for JobStatusFields {}
impl Mapping for SavepointInfoFields {}
impl Mapping for SavepointFields {}
impl Mapping for ReconciliationFields {}
impl Mapping for LastObject {}
impl Mapping for LastText {}
