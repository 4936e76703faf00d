//! v1beta1 rejects a stateful job without a checkpoint directory.

use std::collections::HashMap;

use super::{Acceptable, CheckpointsDir, Facts, Judges, Rule, state};
use crate::finding::{Finding, Remedy};
use crate::flink::names::{field, is_placeholder, key};
use crate::gitops::{Key, Known, Workload, directory};
use crate::yaml::{Change, FieldPath, Position, Value};

pub(super) const RULE: Rule = Rule {
    id: "checkpoint-dir",
    summary: "v1beta1 wants a checkpoint directory for stateful jobs",
    explain: "\
What changed: with upgradeMode savepoint or last-state, v1beta1 rejects a job without
`state.checkpoints.dir` (or the older `state.backend.fs.checkpointdir`). Operator 0.1.0 did not ask.

What is done: nothing without `--checkpoints-dir`. `sibling` puts the directory beside a savepoint
directory that is called `savepoints` and that no other workload uses; a template may hold {namespace}
and {name}; `operator` states that the operator's own configuration has it, and nothing is written.

Why not guess: jobs on Flink 1.14 and 1.15 under high availability all have the job id 0…0, so two of
them that share a directory overwrite each other's checkpoints. One directory for two workloads is
therefore a decision.

Before:
    state.savepoints.dir: s3://lake/orders/savepoints
After:
    state.savepoints.dir: s3://lake/orders/savepoints
    state.checkpoints.dir: s3://lake/orders/checkpoints

Accepting leaves the document without the key: right only if the operator's configuration has it.

Source: DefaultValidator.java:178 (1.0.0), FLINK-27495; FLINK-29109 for the job ids.
",
    accept: Acceptable::Yes,
    judges: Judges::Complete,
    check,
};

const CONFIGURATION: [&str; 2] = [field::SPEC, field::FLINK_CONFIGURATION];
const DIRECTORY: [&str; 3] = [field::SPEC, field::FLINK_CONFIGURATION, key::CHECKPOINTS_DIR];

fn check(workload: &Workload<'_>, facts: &Facts) -> Vec<Finding> {
    if !workload.needs_checkpoints_dir(&state::mode(workload, facts)) {
        return Vec::new();
    }
    let place = Place::of(workload);
    match place.directory(facts) {
        Ok(None) => Vec::new(),
        Ok(Some(dir)) => match place.shared_with(&dir, facts) {
            None => vec![edit(workload, &dir)],
            Some(other) => {
                let message = format!(
                    "the checkpoint directory `{dir}` would be shared with {} ({})",
                    other.key, other.place
                );
                vec![decision(workload, facts, message)]
            }
        },
        Err(reason) => vec![decision(workload, facts, reason)],
    }
}

fn edit(workload: &Workload<'_>, dir: &str) -> Finding {
    let value = Value::Text(dir.to_string());
    let change = if workload.get(&CONFIGURATION).is_some()
        || workload.spec().is_some_and(|spec| spec.get(field::FLINK_CONFIGURATION).is_some())
    {
        workload.put(&DIRECTORY, value, Position::After(key::SAVEPOINTS_DIR))
    } else {
        let block = Value::Mapping(vec![(key::CHECKPOINTS_DIR.to_string(), value)]);
        let path = FieldPath::of(CONFIGURATION);
        Change::Insert { path, value: block, position: Position::After(field::FLINK_VERSION) }
    };
    let message = format!("the checkpoint directory becomes {dir}");
    Finding::new(RULE.id, Remedy::Edit(vec![change]), workload.point(&DIRECTORY), message)
}

fn decision(workload: &Workload<'_>, facts: &Facts, reason: String) -> Finding {
    let key = facts.key(workload);
    let help = match sibling(workload.savepoints_dir()) {
        Ok(directory) if facts.checkpoints_dir.is_none() => {
            format!(
                "pass `--checkpoints-dir sibling` for {directory}, a template, or `operator` if the operator's configuration has it"
            )
        }
        _ => format!(
            "set `checkpoints-dir` under [workload.\"{key}\"] in flink-migrate.toml, or pass \
             `--checkpoints-dir TEMPLATE` with {{namespace}} and {{name}} in it"
        ),
    };
    Finding::new(RULE.id, Remedy::Decision, workload.point(&DIRECTORY), reason).help(help)
}

/// What the question is asked of: this workload, or another that might get the same directory.
struct Place<'w> {
    key: &'w Key,
    file: &'w str,
    savepoints_dir: Option<&'w str>,
}

impl<'w> Place<'w> {
    fn of(workload: &'w Workload<'_>) -> Place<'w> {
        Place {
            key: &workload.key,
            file: &workload.file,
            savepoints_dir: workload.savepoints_dir(),
        }
    }

    fn known(known: &'w Known) -> Place<'w> {
        Place {
            key: &known.key,
            file: &known.file,
            savepoints_dir: known.savepoints_dir.as_deref(),
        }
    }

    /// The directory it is to have, nothing if none is to be written; an error says why not.
    fn directory(&self, facts: &Facts) -> Result<Option<String>, String> {
        let own =
            facts.answer_for(self.key, self.file).and_then(|answer| answer.checkpoints_dir.clone());
        let setting = own.map(CheckpointsDir::Template).or_else(|| facts.checkpoints_dir.clone());
        match setting {
            None => Err(
                "v1beta1 rejects a stateful job without state.checkpoints.dir, and none is known"
                    .into(),
            ),
            Some(CheckpointsDir::Operator) => Ok(None),
            Some(CheckpointsDir::Sibling) => {
                let sibling = sibling(self.savepoints_dir)?;
                let dir = self.savepoints_dir.unwrap_or_default();
                match facts.index.with_savepoints_in(dir).find(|other| !self.is(other)) {
                    None => Ok(Some(sibling)),
                    Some(other) => Err(format!(
                        "its savepoint directory is used by {} ({}) too, so that their checkpoints would collide",
                        other.key, other.place
                    )),
                }
            }
            Some(CheckpointsDir::Template(template)) => self.expanded(&template, facts).map(Some),
        }
    }

    fn expanded(&self, template: &str, facts: &Facts) -> Result<String, String> {
        let key = facts.key_of(self.key, self.file);
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
    fn shared_with<'f>(&self, dir: &str, facts: &'f Facts) -> Option<&'f Known> {
        let has = facts.index.with_checkpoints_in(dir);
        let would_get = facts.proposed_checkpoints_dirs(proposals).get(directory(dir));
        let would_get = would_get.into_iter().flatten().map(|&i| &facts.index.workloads()[i]);
        has.chain(would_get).find(|other| !self.is(other))
    }

    fn is(&self, other: &Known) -> bool {
        other.file == self.file && other.key == *self.key
    }
}

/// The directory that each workload of the tree without one would get, and which those are.
fn proposals(facts: &Facts) -> HashMap<String, Vec<usize>> {
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, known) in facts.index.workloads().iter().enumerate() {
        if !known.needs_checkpoints_dir {
            continue;
        }
        if let Ok(Some(dir)) = Place::known(known).directory(facts) {
            found.entry(directory(&dir).to_string()).or_default().push(i);
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
    match directory(savepoints_dir).strip_suffix("/savepoints") {
        Some(parent) if !is_placeholder(savepoints_dir) => Ok(format!("{parent}/checkpoints")),
        _ => Err(format!(
            "its savepoint directory `{savepoints_dir}` is not called `savepoints`, so it has no sibling"
        )),
    }
}
