//! The facts a run was given: what the rules may know besides the manifests.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use globset::{GlobMatcher, GlobSet};

use super::accepted::Accepted;
use super::step::Step;
use crate::flink::operator::OperatorConfig;
use crate::flink::releases::Release;
use crate::flink::savepoints::{Entry, SavepointMap};
use crate::flink::verified::Verified;
use crate::gitops::{Doubt, Index, Known, Lookup, Realm, look_up, look_up_answer};
use crate::k8s::{KeyTable, ObjectKey};

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
    pub key: ObjectKey,
    /// It may start without state.
    pub fresh: bool,
    /// Whether it is to be stopped with a savepoint, whatever its upgrade mode says.
    pub savepoint: Option<bool>,
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
    /// Where it stands: `path:line:col`.
    pub origin: String,
}

impl FromIterator<Answer> for KeyTable<Answer> {
    fn from_iter<I: IntoIterator<Item = Answer>>(answers: I) -> KeyTable<Answer> {
        answers.into_iter().map(|answer| (answer.key.clone(), answer)).collect()
    }
}

/// A rule whose decision is accepted: the document is written as if the rule had said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// Id of the rule.
    pub rule: String,
    /// The workload it is accepted for; every one if absent.
    pub workload: Option<ObjectKey>,
    /// Where it stands, `path:line:col`, or the option that said it.
    pub origin: String,
}

/// Every decision that is accepted.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    all: Vec<Accept>,
    for_every_workload: HashSet<String>,
    for_one: HashMap<String, KeyTable<()>>,
}

impl FromIterator<Accept> for Waivers {
    fn from_iter<I: IntoIterator<Item = Accept>>(accept: I) -> Waivers {
        let all: Vec<Accept> = accept.into_iter().collect();
        let mut by_rule: HashMap<String, Vec<(ObjectKey, ())>> = HashMap::new();
        let mut for_every_workload = HashSet::new();
        for Accept { rule, workload, .. } in &all {
            match workload {
                Some(key) => by_rule.entry(rule.clone()).or_default().push((key.clone(), ())),
                None => drop(for_every_workload.insert(rule.clone())),
            }
        }
        let for_one = by_rule.into_iter().map(|(rule, named)| (rule, named.into_iter().collect()));
        Waivers { for_one: for_one.collect(), for_every_workload, all }
    }
}

impl Waivers {
    /// Each of them, as it was written.
    pub fn all(&self) -> &[Accept] {
        &self.all
    }
}

/// What can be given for the whole tree, or for a part of it alone.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Where the savepoints lie.
    pub savepoints: Arc<SavepointMap>,
    /// The operator's own configuration.
    pub operator: Arc<OperatorConfig>,
    /// The release that is installed after the migration.
    pub target: Option<Release>,
    /// The namespace of documents that name none.
    pub namespace: Option<String>,
    /// The service account of jobs that ran under `default`.
    pub service_account: Option<String>,
    /// Per workload.
    pub answers: KeyTable<Answer>,
}

/// A part of the tree with facts of its own: a cluster, an environment (`[[scope]]`).
#[derive(Clone, Debug)]
pub struct Scope {
    /// Which files belong to it.
    pub paths: Vec<ScopePath>,
    /// What holds there: its own, and what it leaves open from the whole tree. Its answers are its
    /// own alone.
    pub given: Given,
    /// It has savepoint maps of its own, which take the place of those of the whole tree.
    pub own_savepoints: bool,
    /// Where it stands: `path:line:col`.
    pub origin: String,
}

/// A glob that takes files into a scope.
#[derive(Clone, Debug)]
pub struct ScopePath {
    /// As it was written, without a `/**` at its end: its length says how near it comes.
    pub text: String,
    /// Matches paths from the root of the file system, without the slash before it.
    pub matcher: GlobSet,
}

/// Everything the rules are given.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Where the repository stands.
    pub step: Step,
    /// What holds where no scope says otherwise.
    pub given: Given,
    /// Parts of the tree with facts of their own.
    pub scopes: Vec<Scope>,
    /// The rest of the tree.
    pub index: Index,
    /// About changed defaults.
    pub defaults: Defaults,
    /// About missing checkpoint directories; nothing was said if absent.
    pub checkpoints_dir: Option<CheckpointsDir>,
    /// Where a job without a savepoint directory puts the savepoint it is stopped with: a location
    /// that may hold `{namespace}` and `{name}`.
    pub savepoints_dir: Option<String>,
    /// What was seen of the restored jobs; nothing if nobody looked.
    pub verified: Option<Verified>,
    /// Accepted decisions.
    pub accept: Waivers,
    /// Only workloads that match are judged; every one if absent.
    pub select: Option<GlobMatcher>,
    /// What is worked out from all of these when it is first asked.
    pub derived: Derived,
}

/// Answers about the whole tree that many workloads ask for. Empty until then, and in a copy: whoever
/// makes one wants to change what these rest on.
#[derive(Debug, Default)]
pub struct Derived {
    /// Which workload of the index would get which checkpoint directory.
    pub(super) checkpoints_dirs: OnceLock<HashMap<String, Vec<usize>>>,
    /// The entries that belong to no workload, by the number of their realm.
    pub(super) unused: OnceLock<Vec<(usize, usize)>>,
    /// The decisions that were accepted.
    pub(super) accepted: Accepted,
}

impl Clone for Derived {
    fn clone(&self) -> Derived {
        Derived::default()
    }
}

impl Facts {
    /// The scope a file belongs to, that of the longest path; nothing if it belongs to none.
    pub fn scope(&self, file: &str) -> Option<usize> {
        self.scopes_of(file).first().copied()
    }

    /// The scopes whose paths match the file equally well, the nearest ones.
    pub fn scopes_of(&self, file: &str) -> Vec<usize> {
        if self.scopes.is_empty() {
            return Vec::new();
        }
        let file = self.index.normalised(self.index.deployed_from(file));
        let file = file.trim_start_matches('/');
        let near = |scope: &Scope| {
            let paths = scope.paths.iter().filter(|path| path.matcher.is_match(file));
            paths.map(|path| path.text.chars().count()).max()
        };
        let near: Vec<(usize, usize)> = self
            .scopes
            .iter()
            .enumerate()
            .filter_map(|(i, scope)| Some((near(scope)?, i)))
            .collect();
        let nearest = near.iter().map(|(length, _)| *length).max();
        near.into_iter().filter(|(length, _)| Some(*length) == nearest).map(|(_, i)| i).collect()
    }

    /// What was given for the file.
    pub fn given(&self, file: &str) -> &Given {
        self.scope(file).map_or(&self.given, |scope| &self.scopes[scope].given)
    }

    /// Every set of facts, with the number of the realm in which its savepoint map is asked: 0 for
    /// the whole tree, else the scope's, from 1.
    pub(super) fn realms(&self) -> impl Iterator<Item = (usize, &Given)> {
        let own = self.scopes.iter().enumerate().filter(|(_, scope)| scope.own_savepoints);
        std::iter::once((0, &self.given)).chain(own.map(|(i, scope)| (i + 1, &scope.given)))
    }

    /// Where the file's savepoints are looked up: files with other maps are another realm.
    pub(super) fn realm(&self, file: &str) -> Realm<'_> {
        let Some(scope) = self.scope(file) else { return Realm::of(&self.given, 0) };
        let own = self.scopes[scope].own_savepoints;
        Realm::of(&self.scopes[scope].given, if own { scope + 1 } else { 0 })
    }

    /// The savepoint that belongs to a workload of this key and file.
    pub(super) fn entry(&self, key: &ObjectKey, file: &str) -> Lookup<&Entry> {
        let map = &self.given(file).savepoints;
        let entries: Vec<&Entry> = match self.index.names(&key.name, file) {
            Some(names) => names.iter().flat_map(|name| map.named(name)).collect(),
            None => map.entries().iter().collect(),
        };
        let entries = entries.into_iter().map(|entry| (entry.key.clone(), entry));
        look_up(key, file, &|file| self.realm(file), &self.index, entries)
    }

    /// Another entry of any map that names the same savepoint.
    pub(super) fn sharing(&self, entry: &Entry) -> Option<&Entry> {
        self.realms().find_map(|(_, given)| given.savepoints.sharing(entry))
    }

    /// What the configuration says about the workload, its scope before the whole tree; nothing
    /// where its key could mean another.
    pub fn answer(&self, key: &ObjectKey, file: &str) -> Option<&Answer> {
        let own = self.scope(file).and_then(|scope| {
            let within =
                |file: &str| Realm::of(self.given(file), self.scope(file).map_or(0, |s| s + 1));
            answer_among(&self.scopes[scope].given.answers, key, file, &within, &self.index)
        });
        let everywhere = |file: &str| Realm::of(self.given(file), 0);
        own.or_else(|| answer_among(&self.given.answers, key, file, &everywhere, &self.index))
    }

    /// The key of a workload as built, or as written where that cannot be told.
    pub fn key(&self, key: &ObjectKey, file: &str) -> ObjectKey {
        self.built(key, file).unwrap_or_else(|_| key.clone())
    }

    /// The key of a workload as built, or why that cannot be told.
    pub(super) fn built(&self, key: &ObjectKey, file: &str) -> Result<ObjectKey, Doubt> {
        self.index.built_key(key, file, self.given(file).namespace.as_deref())
    }

    /// True if the rule's decision is accepted for every workload.
    pub fn accepts_for_all(&self, rule: &str) -> bool {
        self.accept.for_every_workload.contains(rule)
    }

    /// True if the rule's decision is accepted for what is called exactly so, or for all.
    pub(super) fn accepts_named(&self, rule: &str, key: &ObjectKey) -> bool {
        let named = || {
            let named = self.accept.for_one.get(rule)?;
            named.candidates(&key.name, Some(BTreeSet::new())).find(|(named, ())| named == key)
        };
        self.accepts_for_all(rule) || named().is_some()
    }

    /// True if the rule's decision is accepted for this workload. It is named like an entry of a
    /// savepoint map, and a name that could mean two accepts nothing.
    pub(super) fn accepts(&self, rule: &str, key: &ObjectKey, file: &str) -> bool {
        if self.accepts_for_all(rule) {
            return true;
        }
        let Some(named) = self.accept.for_one.get(rule) else { return false };
        let named = named.candidates(&key.name, self.index.names(&key.name, file));
        let everywhere = |file: &str| Realm::of(self.given(file), 0);
        let found = look_up_answer(key, file, &everywhere, &self.index, named);
        matches!(found, Lookup::Found(()))
    }

    /// True if the workload is among those that are to be judged.
    pub fn selects(&self, key: &ObjectKey, file: &str) -> bool {
        self.select.as_ref().is_none_or(|glob| glob.is_match(self.key(key, file).to_string()))
    }

    /// The jobs of the tree with what they are called as built, if that can be told.
    pub(super) fn jobs(&self) -> impl Iterator<Item = (&Known, Option<ObjectKey>)> {
        self.index.workloads().iter().filter(|known| known.has_job).map(|known| {
            let fallback = self.given(&known.file).namespace.as_deref();
            (known, self.index.built_key(&known.key, &known.file, fallback).ok())
        })
    }
}

impl<'g> Realm<'g> {
    fn of(given: &'g Given, number: usize) -> Realm<'g> {
        Realm { number, namespace: given.namespace.as_deref() }
    }
}

fn answer_among<'a>(
    answers: &'a KeyTable<Answer>,
    key: &ObjectKey,
    file: &str,
    realm: &dyn Fn(&str) -> Realm<'a>,
    index: &Index,
) -> Option<&'a Answer> {
    if answers.is_empty() {
        return None;
    }
    let answers = answers.candidates(&key.name, index.names(&key.name, file));
    match look_up_answer(key, file, realm, index, answers) {
        Lookup::Found(answer) => Some(answer),
        Lookup::Nothing | Lookup::Ambiguous(_) => None,
    }
}
