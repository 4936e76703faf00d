//! v1beta1 rejects a stateful job without a checkpoint directory.

use std::collections::HashMap;

use super::context::job_scope;
use super::{CONFIGURATION, Check, Context, Diagnostic, Rule, Subject, Theme};
use crate::flink::names::{field, is_placeholder, key};
use crate::flink::releases::{CHECKPOINTING_DIR, JOB_DEFAULTS};
use crate::flink::workload::Workload;
use crate::inputs::{CheckpointsDir, ScopeInputs};
use crate::k8s::ObjectKey;
use crate::path::WorkloadSource;
use crate::project::{Ambiguity, WorkloadSummary, directory};
use crate::yaml::{InsertPosition, Value};

pub(crate) const RULE: Rule = Rule {
    answer: "--checkpoints-dir LOCATION",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::Fields, include_str!("checkpoint_dir.md"))
};

const DIRECTORY: [&str; 3] = [field::SPEC, field::FLINK_CONFIGURATION, key::CHECKPOINTS_DIR];

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, .. } = subject;
    let candidate = Candidate::from_workload(workload, context);
    if !workload.must_have_checkpoints_dir(&subject.mode()) || candidate.has_directory() {
        return Vec::new();
    }
    match candidate.directory() {
        Ok(None) => Vec::new(),
        Ok(Some(dir)) => match (subject.built(), candidate.shared_with(&dir)) {
            (Err(ambiguity), _) => vec![undecided(subject, &dir, &ambiguity)],
            (Ok(_), None) => vec![edit(workload, &dir)],
            (Ok(_), Some(other)) => {
                let message = format!(
                    "the checkpoint directory `{dir}` would be shared with {} ({})",
                    other.key,
                    context.project.location(other)
                );
                vec![decision(subject, message)]
            }
        },
        Err(reason) => vec![decision(subject, reason)],
    }
}

/// True if it is an open question where this workload keeps its checkpoints.
pub(crate) fn is_open(summary: &WorkloadSummary, context: &Context<'_>) -> bool {
    let candidate = Candidate::from_summary(summary, context);
    let is_settled = || match candidate.directory() {
        Ok(Some(_)) => context.built(&summary.key, summary.source()).is_ok(),
        Ok(None) => true,
        Err(_) => false,
    };
    summary.must_have_checkpoints_dir && !candidate.has_directory() && !is_settled()
}

fn edit(workload: &Workload<'_>, dir: &str) -> Diagnostic {
    let value = Value::Text(dir.to_string());
    let change = workload.put_setting(
        key::CHECKPOINTS_DIR,
        value,
        InsertPosition::After(key::SAVEPOINTS_DIR),
    );
    let message = format!("the checkpoint directory becomes {dir}");
    Diagnostic::change(RULE.id, &DIRECTORY, message, vec![change])
}

/// A directory written into what is built more than once would be that of each of them.
fn undecided(subject: &Subject<'_, '_>, dir: &str, ambiguity: &Ambiguity) -> Diagnostic {
    let message = format!(
        "the checkpoint directory `{dir}` could belong to more than one workload: {}",
        ambiguity.reason
    );
    let help = format!(
        "{}; pass `--accept {}={}` if the operator's configuration or each overlay names one",
        ambiguity.help, RULE.id, subject.key
    );
    Diagnostic::decision(RULE.id, &CONFIGURATION, message).help(help)
}

fn decision(subject: &Subject<'_, '_>, reason: String) -> Diagnostic {
    let Subject { workload, context, inputs, key, .. } = subject;
    let configured = if inputs.operator.is_given() {
        "write it into the operator's configuration"
    } else {
        "pass `--operator-config FILE` if the operator's configuration has it"
    };
    let written = workload.checkpoints_dir();
    let sibling = Candidate::from_workload(workload, context).own_sibling();
    let help = match (sibling, written) {
        (_, Some((_, dir))) if context.policy.checkpoints_dir.is_none() => format!(
            "pass `--target-operator {}` or later if that is what will be installed, or write `{}: {dir}` as well",
            CHECKPOINTING_DIR.from,
            self::key::CHECKPOINTS_DIR,
        ),
        (Ok(directory), None) if context.policy.checkpoints_dir.is_none() => format!(
            "{configured}, else `--checkpoints-dir sibling` for {directory}, or a template with {{namespace}} and {{name}}"
        ),
        (_, None) if context.policy.checkpoints_dir.is_none() => format!(
            "{configured}, else `--checkpoints-dir TEMPLATE` with {{namespace}} and {{name}} in it"
        ),
        _ => format!(
            "set `checkpoints-dir` under [workload.\"{key}\"] in flink-migrate.toml, or pass \
             `--checkpoints-dir TEMPLATE` with {{namespace}} and {{name}} in it"
        ),
    };
    Diagnostic::decision(RULE.id, &CONFIGURATION, reason).help(help)
}

/// The judged workload, or another of the tree that might get the same directory.
struct Candidate<'w> {
    key: &'w ObjectKey,
    source: WorkloadSource<'w>,
    savepoints_dir: Option<&'w str>,
    /// The key that names a checkpoint directory in the manifest.
    named_by: Option<&'static str>,
    flink_version: Option<&'w str>,
    context: &'w Context<'w>,
    inputs: &'w ScopeInputs,
}

impl<'w> Candidate<'w> {
    fn from_workload(workload: &'w Workload<'_>, context: &'w Context<'w>) -> Candidate<'w> {
        Candidate {
            key: &workload.key,
            source: workload.source(),
            savepoints_dir: workload.savepoints_dir(),
            named_by: workload.checkpoints_dir().map(|(key, _)| key),
            flink_version: workload.text(&[field::SPEC, field::FLINK_VERSION]),
            context,
            inputs: context.scope_inputs(workload.source()),
        }
    }

    fn from_summary(summary: &'w WorkloadSummary, context: &'w Context<'w>) -> Candidate<'w> {
        Candidate {
            key: &summary.key,
            source: summary.source(),
            savepoints_dir: summary.savepoints_dir.as_deref(),
            named_by: summary.checkpoints_dir.as_ref().map(|(key, _)| *key),
            flink_version: summary.flink_version.as_deref(),
            context,
            inputs: context.scope_inputs(summary.source()),
        }
    }

    /// True if the operator will find a directory, in the manifest or in its own configuration.
    fn has_directory(&self) -> bool {
        let keys = [key::CHECKPOINTS_DIR, key::OLD_CHECKPOINTS_DIR, key::CHECKPOINTING_DIR];
        let read = keys.into_iter().filter(|key| self.is_read(key));
        let built = self.context.key(self.key, self.source);
        let job = job_scope(&built, self.flink_version, self.inputs);
        let mut read = read.filter(|key| {
            self.named_by == Some(*key) || self.inputs.operator.tomorrow_of(key, job).is_some()
        });
        read.next().is_some()
    }

    fn is_read(&self, key: &str) -> bool {
        let newer = self.inputs.target.is_some_and(|target| CHECKPOINTING_DIR.contains(target));
        key != self::key::CHECKPOINTING_DIR || newer
    }

    /// The directory it is to have, nothing if none is to be written; an error says why not.
    fn directory(&self) -> Result<Option<String>, String> {
        let overrides = self.context.workload_override(self.key, self.source);
        let own = overrides.and_then(|overrides| overrides.checkpoints_dir.clone());
        let setting = own
            .map(CheckpointsDir::Template)
            .or_else(|| self.context.policy.checkpoints_dir.clone());
        match setting {
            None => Err(self.missing_reason()),
            Some(CheckpointsDir::Operator) if self.inputs.operator.is_given() => {
                Err("the checkpoint directory is expected in the operator's configuration, which \
                    has none"
                    .into())
            }
            Some(CheckpointsDir::Operator) => Ok(None),
            Some(CheckpointsDir::Sibling) => self.own_sibling().map(Some),
            Some(CheckpointsDir::Template(template)) => self.expand(&template).map(Some),
        }
    }

    /// The sibling of its savepoint directory, if no other workload has either.
    fn own_sibling(&self) -> Result<String, String> {
        let sibling = sibling(self.savepoints_dir)?;
        let project = &self.context.project;
        let mut sharing = project.with_savepoints_in(self.savepoints_dir.unwrap_or_default());
        match sharing.find(|other| !self.is_same(other)) {
            None => Ok(sibling),
            Some(other) => {
                let another = if other.key == *self.key { "another " } else { "" };
                let (key, location) = (&other.key, project.location(other));
                Err(format!(
                    "its savepoint directory is also used by {another}{key} ({location}), so their \
                     checkpoints would collide"
                ))
            }
        }
    }

    /// Why v1beta1 will reject it.
    fn missing_reason(&self) -> String {
        let needs = "v1beta1 rejects a stateful job without state.checkpoints.dir";
        let operator = &self.inputs.operator;
        let old = [key::CHECKPOINTS_DIR, key::OLD_CHECKPOINTS_DIR]
            .into_iter()
            .find_map(|key| operator.today(key));
        match (self.named_by, old) {
            (Some(unheard), _) => {
                format!("{needs}, and only operators {CHECKPOINTING_DIR} read `{unheard}`")
            }
            (None, Some(old)) => format!(
                "{needs}, and `{}` is set where only operator 0.1.0 reads it ({})",
                old.key, old.place
            ),
            (None, None) => {
                let built = self.context.key(self.key, self.source);
                let job = job_scope(&built, self.flink_version, self.inputs);
                match operator.special_starting_with(key::CHECKPOINTS_DIR, job) {
                    Some(special) => format!(
                        "{needs}, and only operators {JOB_DEFAULTS} read `{}` ({})",
                        special.key, special.place
                    ),
                    None => format!("{needs}, and none is set"),
                }
            }
        }
    }

    fn expand(&self, template: &str) -> Result<String, String> {
        let key = self.context.key(self.key, self.source);
        if template.contains("{name}") && key.name.is_empty() {
            return Err(
                "the checkpoint directory needs {name}, and the workload's name is unknown".into(),
            );
        }
        let namespace = match (&key.namespace, template.contains("{namespace}")) {
            (None, true) => {
                return Err(
                    "the checkpoint directory needs {namespace}, and the workload's is unknown"
                        .into(),
                );
            }
            (namespace, _) => namespace.as_deref().unwrap_or_default(),
        };
        Ok(template.replace("{namespace}", namespace).replace("{name}", &key.name))
    }

    /// Another workload of the tree that has this directory, or would get it.
    fn shared_with(&self, dir: &str) -> Option<&'w WorkloadSummary> {
        let has = self.context.project.with_checkpoints_in(dir);
        let would_get = self.context.checkpoints_dirs.get(&directory(dir)).into_iter().flatten();
        let would_get = would_get.map(|&i| &self.context.project.workloads()[i]);
        has.chain(would_get).find(|other| !self.is_same(other))
    }

    fn is_same(&self, other: &WorkloadSummary) -> bool {
        other.source() == self.source && other.key == *self.key
    }
}

/// The directory that each workload of the tree without one would get, and which those are.
pub(crate) fn proposed_directories(context: &Context<'_>) -> HashMap<String, Vec<usize>> {
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, summary) in context.project.workloads().iter().enumerate() {
        if !summary.must_have_checkpoints_dir {
            continue;
        }
        let candidate = Candidate::from_summary(summary, context);
        if candidate.has_directory() {
            continue;
        }
        if let Ok(Some(dir)) = candidate.directory() {
            found.entry(directory(&dir)).or_default().push(i);
        }
    }
    found
}

/// The directory beside a savepoint directory of that name.
fn sibling(savepoints_dir: Option<&str>) -> Result<String, String> {
    let Some(savepoints_dir) = savepoints_dir else {
        return Err(
            "it has no state.savepoints.dir whose sibling could hold its checkpoints".into()
        );
    };
    match savepoints_dir.trim_end_matches('/').strip_suffix("/savepoints") {
        Some(parent) if !is_placeholder(savepoints_dir) => Ok(format!("{parent}/checkpoints")),
        _ => Err(format!(
            "its savepoint directory `{savepoints_dir}` is not called `savepoints`, so it has no sibling"
        )),
    }
}
