//! What a dump has in the fields that are read. Serde skips all others unread, however large they are
//! (`managedFields`, pod templates, Secrets in the same list).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::documents::LIST_SUFFIX;
use super::object::flink_kind;
use crate::flink::names::TRIGGER_TYPE;
use crate::k8s::labels;

/// The root of a document; `items` is read there alone.
const DOCUMENT: &str = "";
/// An item of a list: the items of a nested list are not read.
const ITEMS: &str = "items";
/// The object or JSON text with what was reconciled last.
pub(crate) const LAST_SPEC: &str = "lastReconciledSpec";

/// The keys that are read in the mapping under this key.
fn keys(parent: &str) -> &'static [&'static str] {
    match parent {
        DOCUMENT => &["apiVersion", "kind", "metadata", "spec", "status", ITEMS],
        ITEMS => &["apiVersion", "kind", "metadata", "spec", "status"],
        "metadata" => &[
            "annotations",
            "continue",
            "creationTimestamp",
            "deletionTimestamp",
            "finalizers",
            "labels",
            "name",
            "namespace",
            "remainingItemCount",
        ],
        "annotations" => &[
            labels::ARGO_TRACKING,
            labels::ARGO_INSTANCE,
            labels::HELM_RELEASE,
            labels::HELM_RELEASE_NS,
        ],
        "labels" => &[
            labels::ARGO_INSTANCE,
            labels::INSTANCE,
            labels::MANAGED_BY,
            labels::FLUX_KUSTOMIZATION,
            labels::FLUX_KUSTOMIZATION_NS,
            labels::FLUX_HELM,
            labels::FLUX_HELM_NS,
            TRIGGER_TYPE,
        ],
        "spec" => &["checkpoint", "flinkVersion", "job", "jobReference", "savepoint"],
        LAST_SPEC => &["job", "spec"],
        "job" => &["initialSavepointPath", "savepointTriggerNonce", "state", "upgradeMode"],
        "jobReference" => &["kind", "name"],
        "savepoint" => &["disposeOnDelete"],
        "status" => &[
            "error",
            "jobManagerDeploymentStatus",
            "jobStatus",
            "lifecycleState",
            "path",
            "reconciliationStatus",
            "resultTimestamp",
            "state",
            "triggerId",
        ],
        "jobStatus" => {
            &["jobId", "savepointInfo", "startTime", "state", "updateTime", "upgradeSavepointPath"]
        }
        "savepointInfo" => &[
            "lastPeriodicSavepointTimestamp",
            "lastSavepoint",
            "savepointHistory",
            "triggerId",
            "triggerTimestamp",
        ],
        "lastSavepoint" | "savepointHistory" => &["location", "timeStamp", "triggerType"],
        "reconciliationStatus" => &["error", LAST_SPEC, "state", "success"],
        _ => &[],
    }
}

/// A value, whatever its shape.
#[derive(Debug)]
pub(crate) enum DumpValue<'t> {
    Null,
    Bool(bool),
    /// As it is spelled in YAML, or as serde prints it in JSON.
    Number(String),
    Text(String),
    List(Vec<DumpValue<'t>>),
    Mapping(DumpMapping<'t>),
    Items(Items<'t>),
}

impl<'t> DumpValue<'t> {
    pub(crate) fn into_text(self) -> Option<String> {
        if let DumpValue::Text(text) = self { Some(text) } else { None }
    }

    /// Text or a number: the operator or an editor may leave either.
    pub(crate) fn into_scalar(self) -> Option<String> {
        match self {
            DumpValue::Text(text) | DumpValue::Number(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn into_bool(self) -> Option<bool> {
        if let DumpValue::Bool(value) = self { Some(value) } else { None }
    }

    pub(crate) fn into_list(self) -> Option<Vec<DumpValue<'t>>> {
        if let DumpValue::List(list) = self { Some(list) } else { None }
    }

    pub(crate) fn into_mapping(self) -> Option<DumpMapping<'t>> {
        if let DumpValue::Mapping(mapping) = self { Some(mapping) } else { None }
    }
}

/// The entries of a mapping that are read, in the order of the dump.
#[derive(Debug, Default)]
pub(crate) struct DumpMapping<'t> {
    /// The first of all its keys, unless it is written with escapes.
    pub(crate) first_key: Option<&'t str>,
    pub(crate) entries: Vec<(Cow<'t, str>, DumpValue<'t>)>,
}

impl<'t> DumpMapping<'t> {
    pub(crate) fn get(&self, key: &str) -> Option<&DumpValue<'t>> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        if let DumpValue::Text(text) = self.get(key)? { Some(text) } else { None }
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<DumpValue<'t>> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(at).1)
    }
}

/// The items of a list.
#[derive(Debug, Default)]
pub(crate) struct Items<'t> {
    /// The items that may be the operator's.
    pub(crate) objects: Vec<DumpMapping<'t>>,
    /// How many items of each other kind there are.
    pub(crate) others: BTreeMap<String, usize>,
    /// One of the items is not a mapping.
    pub(crate) is_malformed: bool,
}

impl<'t> Items<'t> {
    fn add(&mut self, item: DumpValue<'t>) {
        let DumpValue::Mapping(item) = item else {
            self.is_malformed = true;
            return;
        };
        // An item without a kind may get it from the list.
        let kind = item.text("kind").filter(|kind| !kind.ends_with(LIST_SUFFIX));
        match kind.filter(|kind| flink_kind(item.text("apiVersion"), Some(kind)).is_none()) {
            Some(kind) => *self.others.entry(kind.to_string()).or_default() += 1,
            None => self.objects.push(item),
        }
    }
}

/// A key of a mapping, borrowed from the dump unless it is written with escapes.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Key<'t> {
    #[serde(borrow)]
    pub(crate) name: Cow<'t, str>,
}

/// Reads the value under this key.
pub(crate) struct ValueSeed(pub(crate) &'static str);

impl<'de> Deserialize<'de> for DumpValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ValueSeed(DOCUMENT).deserialize(deserializer)
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = DumpValue<'de>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<DumpValue<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed {
    type Value = DumpValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<DumpValue<'de>, E> {
        Ok(DumpValue::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<DumpValue<'de>, E> {
        Ok(DumpValue::Bool(value))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<DumpValue<'de>, E> {
        Ok(DumpValue::Number(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<DumpValue<'de>, E> {
        Ok(DumpValue::Number(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<DumpValue<'de>, E> {
        Ok(DumpValue::Number(number.to_string()))
    }

    /// The YAML reader passes numbers as bytes, since serde has no number that keeps its spelling.
    fn visit_bytes<E: Error>(self, number: &[u8]) -> Result<DumpValue<'de>, E> {
        Ok(DumpValue::Number(String::from_utf8_lossy(number).into_owned()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<DumpValue<'de>, E> {
        Ok(DumpValue::Text(text.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<DumpValue<'de>, A::Error> {
        if self.0 == ITEMS {
            let mut items = Items::default();
            while let Some(item) = values.next_element_seed(ValueSeed(ITEMS))? {
                items.add(item);
            }
            return Ok(DumpValue::Items(items));
        }
        let mut list = Vec::new();
        while let Some(value) = values.next_element_seed(ValueSeed(self.0))? {
            list.push(value);
        }
        Ok(DumpValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<DumpValue<'de>, A::Error> {
        let mut mapping = DumpMapping::default();
        while let Some(Key { name }) = entries.next_key()? {
            if let (None, Cow::Borrowed(key)) = (mapping.first_key, &name) {
                mapping.first_key = Some(key);
            }
            match keys(self.0).iter().find(|key| **key == name) {
                Some(key) if mapping.get(key).is_some() => {
                    let message = format!("duplicate key `{key}` in this mapping");
                    return Err(A::Error::custom(message));
                }
                Some(key) => mapping.entries.push((name, entries.next_value_seed(ValueSeed(key))?)),
                None => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(DumpValue::Mapping(mapping))
    }
}
