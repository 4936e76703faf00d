//! The facts a run was given: what the rules may know besides the manifests.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::flink::savepoints::{Entry, SavepointMap};
use crate::gitops::{Index, Key, Lookup, Workload, look_up};

/// What to do about a default that changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Defaults {
    /// Write down what v1beta1 will use.
    #[default]
    Explicit,
    /// Write down what v1alpha1 used.
    Preserve,
    /// Write nothing; say it.
    Leave,
}

/// Where a stateful job without a checkpoint directory gets one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointsDir {
    /// The operator's own configuration has it: nothing is written.
    Operator,
    /// Beside the savepoint directory: `…/savepoints` gives `…/checkpoints`.
    Sibling,
    /// A location that may hold `{namespace}` and `{name}`.
    Template(String),
}

/// What the configuration says about one workload (`[workload."namespace/name"]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its key, matched like one of a savepoint map.
    pub key: String,
    /// It may start without state.
    pub fresh: bool,
    /// `running` or `suspended`: the answer to a job that was parked.
    pub state: Option<String>,
    /// The upgrade mode it is to have.
    pub upgrade_mode: Option<String>,
    /// Its service account.
    pub service_account: Option<String>,
    /// Its checkpoint directory.
    pub checkpoints_dir: Option<String>,
    /// Rules whose decision is accepted for it.
    pub accept: Vec<String>,
}

/// A rule whose decision is accepted: the document is written as if the rule had said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// Id of the rule.
    pub rule: String,
    /// The workload it is accepted for; every one if absent.
    pub workload: Option<String>,
}

/// Everything the rules are given.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Where the savepoints lie.
    pub savepoints: SavepointMap,
    /// The rest of the tree.
    pub index: Index,
    /// About changed defaults.
    pub defaults: Defaults,
    /// The service account of jobs that ran under `default`.
    pub service_account: Option<String>,
    /// About missing checkpoint directories; nothing was said if absent.
    pub checkpoints_dir: Option<CheckpointsDir>,
    /// The namespace of documents that name none.
    pub namespace: Option<String>,
    /// Per workload.
    pub answers: Vec<Answer>,
    /// Accepted decisions.
    pub accept: Vec<Accept>,
    /// Only workloads that match are judged; every one if absent.
    pub select: Option<globset::GlobMatcher>,
    /// Which workload of the index would get which checkpoint directory; worked out when first asked.
    pub proposed_checkpoints_dirs: OnceLock<HashMap<String, Vec<usize>>>,
}

impl Facts {
    /// The savepoint that belongs to the workload.
    pub fn entry(&self, workload: &Workload<'_>) -> Lookup<&Entry> {
        let named = self.savepoints.named(&workload.key.name).map(|entry| {
            let key = Key { namespace: entry.namespace.clone(), name: entry.name.clone() };
            (key, entry)
        });
        look_up(&workload.key, &workload.file, self.namespace.as_deref(), &self.index, named)
    }

    /// What the configuration says about the workload; nothing where its key could mean another.
    pub fn answer(&self, workload: &Workload<'_>) -> Option<&Answer> {
        self.answer_for(&workload.key, &workload.file)
    }

    /// The same for a workload known only by name.
    pub fn answer_for(&self, key: &Key, file: &str) -> Option<&Answer> {
        let answers = self.answers.iter().map(|answer| (Key::parse(&answer.key), answer));
        match look_up(key, file, self.namespace.as_deref(), &self.index, answers) {
            Lookup::Found(answer) => Some(answer),
            Lookup::Nothing | Lookup::Ambiguous(_) => None,
        }
    }

    /// The workload's key as built, or as written where that cannot be told.
    pub fn key(&self, workload: &Workload<'_>) -> Key {
        self.key_of(&workload.key, &workload.file)
    }

    /// The same for a workload known only by name.
    pub fn key_of(&self, key: &Key, file: &str) -> Key {
        self.index.built_key(key, file, self.namespace.as_deref()).unwrap_or_else(|_| key.clone())
    }

    /// True if the rule's decision is accepted for the workload. A workload is named like an entry of
    /// a savepoint map, and a name that could mean two accepts nothing.
    pub fn accepts(&self, rule: &str, workload: Option<&Workload<'_>>) -> bool {
        let of_rule = || self.accept.iter().filter(|accept| accept.rule == rule);
        if of_rule().any(|accept| accept.workload.is_none()) {
            return true;
        }
        let Some(workload) = workload else { return false };
        let named =
            of_rule().filter_map(|accept| Some((Key::parse(accept.workload.as_ref()?), ())));
        let fallback = self.namespace.as_deref();
        let named = look_up(&workload.key, &workload.file, fallback, &self.index, named);
        let answered = self.answer(workload);
        named == Lookup::Found(())
            || answered.is_some_and(|answer| answer.accept.iter().any(|accepted| accepted == rule))
    }

    /// The checkpoint directories that would be given out: each with the numbers of its workloads.
    pub(super) fn proposed_checkpoints_dirs(
        &self,
        work_out: fn(&Facts) -> HashMap<String, Vec<usize>>,
    ) -> &HashMap<String, Vec<usize>> {
        self.proposed_checkpoints_dirs.get_or_init(|| work_out(self))
    }

    /// True if the workload is among those that are to be judged.
    pub fn selects(&self, workload: &Workload<'_>) -> bool {
        self.select.as_ref().is_none_or(|glob| glob.is_match(self.key(workload).to_string()))
    }
}
