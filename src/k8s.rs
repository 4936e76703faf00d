//! What Kubernetes calls objects, and the labels and annotations that name their owner.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

/// Stands for a name that is missing.
const UNNAMED: &str = "(unnamed)";

/// True for a DNS label (RFC 1123), as every namespace is one: what is none is filled in later.
pub fn is_dns_label(text: &str) -> bool {
    !text.contains('.') && is_dns_name(text)
}

/// True for a DNS subdomain (RFC 1123), as the API server wants of the name of a resource.
pub fn is_dns_name(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(ends) && text.ends_with(ends) && is_part_of_dns_name(text)
}

/// True for text that can be part of the name of a resource, as a prefix or suffix is.
pub fn is_part_of_dns_name(text: &str) -> bool {
    text.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
}

/// What an object is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Its namespace, if it is written; a placeholder where it is filled in later.
    pub namespace: Option<String>,
    /// Its name; empty if it has none or gets it later.
    pub name: String,
}

impl ObjectKey {
    /// From `namespace/name` or `name`, as a key displays itself.
    pub fn parse(text: &str) -> ObjectKey {
        let (namespace, name) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace.to_string()), name),
            None => (None, text),
        };
        let name = if name == UNNAMED { "" } else { name };
        ObjectKey { namespace, name: name.to_string() }
    }

    /// True if both are equal, or one of them has no namespace and the names are equal.
    pub fn may_be(&self, other: &ObjectKey) -> bool {
        let (a, b) = (&self.namespace, &other.namespace);
        self.name == other.name && (a.is_none() || b.is_none() || a == b)
    }

    /// True if the object can have this name, because it does or because its name is filled in later.
    pub fn may_be_named(&self, name: &str) -> bool {
        self.name == name || !is_dns_name(&self.name)
    }

    /// True if the object can have this key, as its name and namespace are written or once they are
    /// filled in.
    pub fn may_become(&self, key: &ObjectKey) -> bool {
        let own = self.namespace.as_deref();
        let is_other =
            |own: &str| is_dns_label(own) && key.namespace.as_deref().is_some_and(|it| it != own);
        self.may_be_named(&key.name) && !own.is_some_and(is_other)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { UNNAMED } else { &self.name };
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{name}"),
            None => f.write_str(name),
        }
    }
}

/// Values by key, in the order in which they were written. The values of one name are found without
/// a search over all of them.
#[derive(Clone, Debug)]
pub struct KeyTable<T> {
    entries: Vec<(ObjectKey, T)>,
    by_name: HashMap<String, Vec<usize>>,
}

impl<T> Default for KeyTable<T> {
    fn default() -> KeyTable<T> {
        KeyTable { entries: Vec::new(), by_name: HashMap::new() }
    }
}

impl<T> FromIterator<(ObjectKey, T)> for KeyTable<T> {
    fn from_iter<I: IntoIterator<Item = (ObjectKey, T)>>(entries: I) -> KeyTable<T> {
        let mut table = KeyTable::default();
        for (key, value) in entries {
            table.by_name.entry(key.name.clone()).or_default().push(table.entries.len());
            table.entries.push((key, value));
        }
        table
    }
}

impl<T> KeyTable<T> {
    /// True if there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every value.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// What may belong to a workload that its document calls `name`, and kustomize one of `built`:
    /// everything if its built name is decided later.
    pub fn candidates(
        &self,
        name: &str,
        built: Option<BTreeSet<String>>,
    ) -> impl Iterator<Item = (ObjectKey, &T)> {
        let positions: BTreeSet<usize> = match built {
            None => (0..self.entries.len()).collect(),
            Some(mut names) => {
                names.insert(name.to_string());
                names.iter().filter_map(|name| self.by_name.get(name)).flatten().copied().collect()
            }
        };
        positions.into_iter().map(|i| (self.entries[i].0.clone(), &self.entries[i].1))
    }
}

/// Labels and annotations that name the owner of an object.
pub mod labels {
    #![allow(missing_docs)] // The names say what they are.

    pub const ARGO_INSTANCE: &str = "argocd.argoproj.io/instance";
    pub const ARGO_TRACKING: &str = "argocd.argoproj.io/tracking-id";
    pub const INSTANCE: &str = "app.kubernetes.io/instance";
    pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
    pub const FLUX_KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/name";
    pub const FLUX_KUSTOMIZATION_NS: &str = "kustomize.toolkit.fluxcd.io/namespace";
    pub const FLUX_HELM: &str = "helm.toolkit.fluxcd.io/name";
    pub const FLUX_HELM_NS: &str = "helm.toolkit.fluxcd.io/namespace";
    pub const HELM_RELEASE: &str = "meta.helm.sh/release-name";
    pub const HELM_RELEASE_NS: &str = "meta.helm.sh/release-namespace";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_namespace_may_be_any_of_its_name() {
        let may_be = |a: &str, b: &str| ObjectKey::parse(a).may_be(&ObjectKey::parse(b));
        assert!(may_be("prod/orders", "prod/orders"));
        assert!(may_be("orders", "prod/orders"));
        assert!(may_be("prod/orders", "orders"));
        assert!(!may_be("prod/orders", "test/orders"));
        assert!(!may_be("order", "prod/orders"));
    }

    #[test]
    fn what_is_filled_in_later_may_become_any_key() {
        let key = ObjectKey::parse("prod/orders");
        for later in ["#{NS}#/orders", "__NS__/orders", "NAMESPACE/#@ n", "prod/Orders", "orders"] {
            assert!(ObjectKey::parse(later).may_become(&key), "{later}");
        }
        for other in ["test/orders", "prod/clicks", "test/__N__"] {
            assert!(!ObjectKey::parse(other).may_become(&key), "{other}");
        }
    }

    #[test]
    fn a_key_table_gives_candidates_in_the_order_of_the_file() {
        let keys = ["b/x", "a/y", "x", "c/z"].map(|key| (ObjectKey::parse(key), key));
        let table: KeyTable<&str> = keys.into_iter().collect();
        let names = |built: Option<&[&str]>| {
            let built = built.map(|names| names.iter().map(|name| (*name).to_string()).collect());
            table.candidates("x", built).map(|(_, value)| *value).collect::<Vec<_>>()
        };
        assert_eq!(names(Some(&["z"])), ["b/x", "x", "c/z"]);
        assert_eq!(names(None), ["b/x", "a/y", "x", "c/z"]);
    }
}
