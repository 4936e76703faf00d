//! The fields that are read of a dump. Serde skips all others unread, however large they are
//! (`managedFields`, pod templates, Secrets in the same list).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess};

use super::documents::LIST;
use super::lenient::{Key, Keyed, Lenient, Mapping, Scalar, Shape};
use super::object::flink_kind;
use crate::cluster::LastSpec;
use crate::flink::names::TRIGGER_TYPE;
use crate::k8s::labels;

/// A document of a dump or an item of a list, of any kind. `I` are its `items`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[serde(bound(deserialize = "I: Default + Deserialize<'de>"))]
pub(super) struct Object<'t, I> {
    pub(super) api_version: Lenient<String>,
    pub(super) kind: Lenient<String>,
    #[serde(borrow)]
    pub(super) metadata: Lenient<Keyed<'t, Metadata>>,
    pub(super) spec: Lenient<Spec>,
    pub(super) status: Lenient<StatusFields>,
    pub(super) items: I,
}

/// An object of a list. Its kind decides what it is: the items of a nested list are not read.
pub(super) type Item<'t> = Object<'t, IgnoredAny>;

/// `items`; null is how some versions of kubectl print an empty list.
#[derive(Debug, Default)]
pub(super) struct Items<'t> {
    pub(super) count: usize,
    /// The items that may be the operator's, each with its number from 1.
    pub(super) objects: Vec<(usize, Keyed<'t, Item<'t>>)>,
    /// How many items of each other kind there are.
    pub(super) others: BTreeMap<String, usize>,
    /// One of the items is no mapping.
    pub(super) is_malformed: bool,
}

impl<'de: 't, 't> Shape<'de> for Items<'t> {
    fn from_null() -> Option<Self> {
        Some(Items::default())
    }

    fn from_list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self>, A::Error> {
        let mut list = Items::default();
        while let Some(item) = items.next_element::<Lenient<Keyed<Item>>>()? {
            let Lenient::Value(item) = item else {
                list.is_malformed = true;
                continue;
            };
            list.count += 1;
            match other_kind(&item.value) {
                Some(kind) => *list.others.entry(kind.to_string()).or_default() += 1,
                None => list.objects.push((list.count, item)),
            }
        }
        Ok(Some(list))
    }
}

/// The kind of an item that is neither a list nor one of the operator's resources. One without a
/// kind may get it from the list.
fn other_kind<'i>(item: &'i Item<'_>) -> Option<&'i str> {
    let kind = item.kind.value().filter(|kind| !kind.ends_with(LIST))?;
    let api_version = item.api_version.value().map(String::as_str);
    flink_kind(api_version, Some(kind)).is_none().then_some(kind)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) annotations: Lenient<Marked<false>>,
    /// Where the next page of a list begins.
    pub(super) r#continue: Lenient<Scalar>,
    pub(super) creation_timestamp: Lenient<String>,
    pub(super) deletion_timestamp: Lenient<String>,
    pub(super) finalizers: Lenient<Vec<Lenient<String>>>,
    pub(super) labels: Lenient<Marked<true>>,
    pub(super) name: Lenient<String>,
    pub(super) namespace: Lenient<String>,
    /// How many items later pages have.
    pub(super) remaining_item_count: Lenient<Scalar>,
}

/// The labels or annotations that tell who manages an object, in the order of the dump.
#[derive(Debug, Default)]
pub(super) struct Marked<const LABELS: bool>(pub(super) Vec<(&'static str, Lenient<String>)>);

impl<const LABELS: bool> Marked<LABELS> {
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

impl<'de, const LABELS: bool> Shape<'de> for Marked<LABELS> {
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
pub(super) struct Spec {
    pub(super) checkpoint: Lenient<SnapshotCheckpoint>,
    pub(super) flink_version: Lenient<String>,
    pub(super) job: Lenient<JobFields>,
    pub(super) job_reference: Lenient<JobReference>,
    pub(super) savepoint: Lenient<SnapshotSavepoint>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct JobFields {
    pub(super) initial_savepoint_path: Lenient<String>,
    pub(super) state: Lenient<String>,
    pub(super) upgrade_mode: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct JobReference {
    pub(super) kind: Lenient<String>,
    pub(super) name: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SnapshotCheckpoint {}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SnapshotSavepoint {
    pub(super) dispose_on_delete: Lenient<bool>,
}

/// `status` of every kind: `path`, `resultTimestamp`, `state` and `triggerId` are those of a snapshot.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StatusFields {
    pub(super) error: Lenient<String>,
    pub(super) job_manager_deployment_status: Lenient<String>,
    pub(super) job_status: Lenient<JobStatusFields>,
    pub(super) lifecycle_state: Lenient<String>,
    pub(super) path: Lenient<String>,
    pub(super) reconciliation_status: Lenient<ReconciliationFields>,
    pub(super) result_timestamp: Lenient<Scalar>,
    pub(super) state: Lenient<String>,
    pub(super) trigger_id: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct JobStatusFields {
    pub(super) job_id: Lenient<String>,
    pub(super) savepoint_info: Lenient<SavepointInfoFields>,
    pub(super) start_time: Lenient<Scalar>,
    pub(super) state: Lenient<String>,
    pub(super) update_time: Lenient<Scalar>,
    pub(super) upgrade_savepoint_path: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SavepointInfoFields {
    pub(super) last_savepoint: Lenient<SavepointFields>,
    pub(super) savepoint_history: Lenient<Vec<Lenient<SavepointFields>>>,
    pub(super) trigger_id: Lenient<String>,
    pub(super) trigger_timestamp: Lenient<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SavepointFields {
    pub(super) location: Lenient<String>,
    pub(super) time_stamp: Lenient<Scalar>,
    pub(super) trigger_type: Lenient<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ReconciliationFields {
    pub(super) error: Lenient<String>,
    pub(super) last_reconciled_spec: Lenient<LastReconciledSpec>,
    pub(super) state: Lenient<String>,
    pub(super) success: Lenient<bool>,
}

/// `lastReconciledSpec`.
#[derive(Debug)]
pub(super) enum LastReconciledSpec {
    /// As operator 0.1.0 keeps it.
    Object(LastObject),
    /// JSON text, as operator 1.0 and later keep it.
    Text(LastSpec),
}

impl<'de> Shape<'de> for LastReconciledSpec {
    fn from_text(text: &str) -> Option<Self> {
        Some(LastReconciledSpec::Text(super::json::read_last_spec(text)))
    }

    fn from_mapping<A: MapAccess<'de>>(entries: A) -> Result<Option<Self>, A::Error> {
        Ok(LastObject::from_mapping(entries)?.map(LastReconciledSpec::Object))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LastObject {
    pub(super) job: Lenient<JobFields>,
}

/// The JSON in the text of `lastReconciledSpec`; later releases wrap it in `spec`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LastText {
    pub(super) job: Lenient<JobFields>,
    pub(super) spec: Lenient<LastObject>,
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
