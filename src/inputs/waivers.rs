//! Waivers: decisions that the user accepts (`accept`), so that documents are written all the same.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use crate::diagnostic::{FilePosition, WaiverId};
use crate::k8s::{KeyTable, ObjectKey};

/// An accepted decision: the document is written as if the rule were silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Id of the rule.
    pub rule: String,
    /// The workload it is waived for; all if absent.
    pub workload: Option<ObjectKey>,
    /// Where it is written.
    pub source: WaiverSource,
}

/// Where a waiver is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaiverSource {
    /// An option of this run.
    Flag,
    /// The configuration.
    Config(FilePosition),
}

impl fmt::Display for WaiverSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaiverSource::Flag => f.write_str("--accept"),
            WaiverSource::Config(position) => position.fmt(f),
        }
    }
}

/// Whether the rule of this id may be waived; the flag is true if one workload is named. The rules know
/// the answer, and they come after this module.
pub type WaiverCheck<'c> = &'c dyn Fn(&str, bool) -> Result<(), String>;

impl Waiver {
    /// Reads `RULE` or `RULE=WORKLOAD`. The error is a message without a location.
    pub fn parse(
        text: &str,
        source: WaiverSource,
        check: WaiverCheck<'_>,
    ) -> Result<Waiver, String> {
        let (rule, workload) = match text.split_once('=') {
            Some((rule, workload)) => (rule.trim(), Some(workload.trim())),
            None => (text.trim(), None),
        };
        if let Some(workload) = workload {
            check_workload_key(workload)?;
        }
        check(rule, workload.is_some())?;
        Ok(Waiver { rule: rule.into(), workload: workload.map(ObjectKey::parse), source })
    }
}

/// An error unless the key names exactly one workload: `namespace/name`, or `name`.
pub(crate) fn check_workload_key(key: &str) -> Result<(), String> {
    let parts: Vec<&str> = key.split('/').collect();
    let plain =
        |part: &&str| !part.is_empty() && !part.contains(|c: char| "*?[]{}\\ \t".contains(c));
    if parts.len() <= 2 && parts.iter().all(plain) {
        return Ok(());
    }
    Err(format!("`{key}` does not name one workload; write `namespace/name`, or `name`"))
}

/// All waivers of a run.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    all: Vec<Waiver>,
    for_one: HashMap<String, KeyTable<WaiverId>>,
}

impl FromIterator<Waiver> for Waivers {
    fn from_iter<I: IntoIterator<Item = Waiver>>(waivers: I) -> Waivers {
        let all: Vec<Waiver> = waivers.into_iter().collect();
        let mut by_rule: HashMap<String, Vec<(ObjectKey, WaiverId)>> = HashMap::new();
        for (i, Waiver { rule, workload, .. }) in all.iter().enumerate() {
            let named = workload.iter().map(|key| (key.clone(), WaiverId::Policy(i)));
            by_rule.entry(rule.clone()).or_default().extend(named);
        }
        let for_one = by_rule.into_iter().map(|(rule, named)| (rule, named.into_iter().collect()));
        Waivers { for_one: for_one.collect(), all }
    }
}

impl Waivers {
    /// Each of them, as written.
    pub fn all(&self) -> &[Waiver] {
        &self.all
    }

    /// What waives the rule for every workload.
    pub fn for_all(&self, rule: &str) -> Option<WaiverId> {
        let waives_all = |waiver: &Waiver| waiver.workload.is_none() && waiver.rule == rule;
        self.all.iter().position(waives_all).map(WaiverId::Policy)
    }

    /// The workloads for which the rule is waived one by one; nothing if there are none.
    pub fn workloads(&self, rule: &str) -> Option<&KeyTable<WaiverId>> {
        self.for_one.get(rule)
    }

    /// What waives the rule for exactly this key, or for every workload.
    pub fn for_key(&self, rule: &str, key: &ObjectKey) -> Option<WaiverId> {
        let named = self.workloads(rule).into_iter();
        let mut named = named.flat_map(|t| t.candidates(&key.name, Some(BTreeSet::new())));
        let named = || named.find(|(named, _)| named == key).map(|(_, id)| *id);
        self.for_all(rule).or_else(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_names_a_rule_and_perhaps_one_workload() {
        let check = |rule: &str, for_one: bool| match (rule, for_one) {
            ("known", _) | ("state", true) => Ok(()),
            _ => Err(format!("refused {rule}")),
        };
        let parse = |text| Waiver::parse(text, WaiverSource::Flag, &check);
        let workload = |text| parse(text).unwrap().workload;
        assert_eq!(workload("known"), None);
        assert_eq!(workload(" state = prod/orders "), Some(ObjectKey::parse("prod/orders")));
        assert_eq!(parse("state"), Err("refused state".into()));
        assert!(parse("known=prod/*").unwrap_err().contains("does not name one workload"));
    }

    #[test]
    fn a_waiver_for_one_workload_waives_no_other() {
        let waiver = |rule: &str, workload: Option<&str>| Waiver {
            rule: rule.into(),
            workload: workload.map(ObjectKey::parse),
            source: WaiverSource::Flag,
        };
        let waivers = [waiver("a", None), waiver("b", Some("prod/orders"))];
        let waivers: Waivers = waivers.into_iter().collect();
        let is_waived = |rule, key| waivers.for_key(rule, &ObjectKey::parse(key)).is_some();
        assert!(waivers.for_all("a").is_some() && is_waived("a", "prod/clicks"));
        assert!(waivers.for_all("b").is_none() && is_waived("b", "prod/orders"));
        assert!(!is_waived("b", "orders"));
    }

    #[test]
    fn one_workload_is_one_name() {
        for key in ["orders", "prod/orders"] {
            assert_eq!(check_workload_key(key), Ok(()));
        }
        for key in ["", "prod/", "/orders", "prod/*", "a/b/c", "orders "] {
            assert!(check_workload_key(key).is_err(), "{key:?}");
        }
    }
}
