//! What the steps are written for: each workload once, and what a cluster is asked about it.

use super::command::{self, Command};
use super::holders::Holder;
use super::{Extra, Item, Prose, Situation, Step, compare};
use crate::flink::names::{ApiVersion, FlinkKind, state};
use crate::flink::workload::{ExpectedStart, Mode};
use crate::plan::PlannedWorkload;

/// What the steps are written for.
pub(crate) struct Scene<'s> {
    pub(crate) situation: &'s Situation,
    pub(crate) subjects: Vec<Subject<'s>>,
    pub(crate) holders: Vec<Holder>,
    pub(crate) extras: Vec<Extra>,
}

/// A workload and what a cluster is asked about it.
pub(crate) struct Subject<'s> {
    pub(crate) it: &'s PlannedWorkload,
    /// What it is called in commands; in capitals where that is to be filled in.
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The cluster was asked and does not have it.
    pub(crate) is_absent: bool,
    /// From where it starts, as somebody answered by hand: it is not stopped with a savepoint.
    pub(crate) answer: Option<&'s str>,
}

/// Stands for a namespace that nobody gave. Kubernetes takes no capitals, so no command that still
/// has it does anything.
const NAMESPACE: &str = "NAMESPACE";

/// Every workload once: two files that declare one have one resource on the cluster.
pub(crate) fn subjects(situation: &Situation) -> Vec<Subject<'_>> {
    let mut found: Vec<Subject<'_>> = Vec::new();
    let mut all: Vec<&PlannedWorkload> =
        situation.workloads.iter().map(|placed| &placed.it).collect();
    // What is at v1alpha1 speaks for what was copied and converted.
    all.sort_by_key(|one| {
        (one.key.clone(), one.summary.kind.name(), one.summary.version != ApiVersion::Preview)
    });
    all.dedup_by(|b, a| a.key == b.key && a.summary.kind == b.summary.kind);
    for it in all {
        let answers = situation.answers.as_ref();
        let answer = answers.and_then(|answers| answers.locations.get(&it.key));
        found.push(Subject {
            it,
            answer: answer.map(String::as_str),
            namespace: it.key.namespace.clone().unwrap_or_else(|| NAMESPACE.to_string()),
            name: it.key.name.clone(),
            is_absent: situation.cluster.as_ref().is_some_and(|observed| {
                !observed.iter().any(|one| compare::is_this(one, &it.key, it.summary.kind))
            }),
        });
    }
    found
}

impl Subject<'_> {
    pub(crate) fn is_preview(&self) -> bool {
        self.it.summary.version == ApiVersion::Preview
    }

    pub(crate) fn key(&self) -> String {
        self.it.key.to_string()
    }

    pub(crate) fn is_session(&self) -> bool {
        self.it.start == ExpectedStart::NoJob
    }

    pub(crate) fn is_parked(&self) -> bool {
        self.it.summary.is_parked
    }

    /// It was parked, and starts in step 9, since somebody said so.
    pub(crate) fn is_unparked(&self) -> bool {
        self.is_parked() && self.it.state_override.as_deref() == Some(state::RUNNING)
    }

    /// Its job is to be stopped with a savepoint.
    pub(crate) fn is_suspended_now(&self) -> bool {
        let is_wanted = self.it.savepoint_override.unwrap_or(self.it.summary.mode.is_stateful());
        let is_cluster = self.it.summary.kind == FlinkKind::Deployment;
        self.is_preview() && is_cluster && !self.is_session() && !self.is_parked() && is_wanted
    }

    /// `flinkdeployment/NAME`: a name after a slash is never taken for an option.
    pub(crate) fn resource(&self) -> String {
        format!("{}/{}", self.it.summary.kind.name().to_lowercase(), self.name)
    }

    pub(crate) fn in_namespace(&self) -> String {
        format!("--namespace={}", self.namespace)
    }

    /// What `kubectl get` prints of these fields.
    pub(crate) fn fields(&self, fields: &[&str]) -> Command {
        let template: Vec<String> = fields.iter().map(|field| format!("{{{field}}}")).collect();
        command::kubectl([
            "get".to_string(),
            self.resource(),
            self.in_namespace(),
            "--ignore-not-found".to_string(),
            format!("--output=jsonpath={}", template.join(" ")),
        ])
    }
}

impl Scene<'_> {
    pub(crate) fn preview(&self) -> impl Iterator<Item = &Subject<'_>> {
        self.subjects.iter().filter(|one| one.is_preview())
    }

    /// Jobs that are stopped with a savepoint, as far as the cluster has them.
    pub(crate) fn stopped(&self) -> impl Iterator<Item = &Subject<'_>> {
        let is_stopped = |one: &&Subject<'_>| one.is_suspended_now() && one.answer.is_none();
        self.preview().filter(move |one| is_stopped(one) && !one.is_absent)
    }

    /// Jobs that start from where somebody answered, as far as the cluster has them.
    pub(crate) fn answered(&self) -> impl Iterator<Item = &Subject<'_>> {
        self.preview().filter(|one| one.answer.is_some() && !one.is_absent)
    }

    pub(crate) fn sessions(&self) -> impl Iterator<Item = &Subject<'_>> {
        self.preview().filter(|one| one.is_session())
    }

    /// A further run of this program over the same tree, with those of its facts that it takes.
    pub(crate) fn again(&self, words: &[&str], takes: &[&str]) -> Command {
        let situation = self.situation;
        let words = words.iter().map(|word| (*word).to_string());
        let options = self.options(takes);
        let guard = situation.paths.iter().any(|path| path.starts_with('-'));
        let guard = guard.then(|| "--".to_string());
        let paths = guard.into_iter().chain(situation.paths.iter().cloned());
        command::flink_migrate(words.chain(options).chain(paths))
    }

    /// A file of the folder that takes what is kept.
    pub(crate) fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.situation.window)
    }

    /// The savepoint map that step 3 writes.
    pub(crate) fn map(&self) -> String {
        self.situation.map.clone().unwrap_or_else(|| self.file("savepoints.yaml"))
    }

    /// The options of this run that say where it looks, and those of its facts.
    pub(crate) fn options<'a>(&'a self, facts: &'a [&str]) -> impl Iterator<Item = String> + 'a {
        let options = self.situation.options.iter();
        let options = options.filter(|(name, _)| !FACTS.contains(name) || facts.contains(name));
        options.flat_map(|(name, value)| {
            std::iter::once(format!("--{name}")).chain(value.iter().cloned())
        })
    }

    /// The eleven steps.
    pub(crate) fn migration(&self) -> Vec<Step> {
        let steps = [
            self.back_up(),
            self.suspend(),
            self.harvest(),
            self.pause(),
            self.compare(),
            self.sessions_end(),
            self.delete(),
            self.replace(),
            self.convert(),
            self.verify(),
            self.clean_up(),
        ];
        let numbered = steps.into_iter().enumerate();
        numbered.map(|(i, step)| Step { number: i + 1, ..step }).collect()
    }
}

/// The options that are facts, of which each step takes its own.
pub(crate) const FACTS: [&str; 3] = ["namespace", "operator-config", "target-operator"];

/// A step without a number, and without anything particular.
pub(crate) fn step(title: &'static str, why: impl Into<Prose>, items: Vec<Item>) -> Step {
    Step {
        number: 0,
        title,
        why: why.into(),
        notes: Vec::new(),
        items,
        instead: Vec::new(),
        wrong: Vec::new(),
    }
}

/// True if the mode was not written, so that nothing says whether the job keeps state.
pub(crate) fn is_unsaid(mode: &Mode) -> bool {
    matches!(mode, Mode::Absent)
}
