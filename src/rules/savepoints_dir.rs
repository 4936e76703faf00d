//! Where the savepoint goes that a job is stopped with.

use super::state;
use super::suspend::{Stop, marked, stop};
use super::{Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::names::{SUSPEND_MARK, SUSPEND_MARK_ABSENT, key};
use crate::flink::workload::SAVEPOINTS_DIR;
use crate::yaml::{InsertPosition, NodeRef, Value};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Suspend],
    answer: "--savepoints-dir",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("savepoints_dir.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, key, .. } = subject;
    let is_stopped = workload.suspend_mark(&state::STATE).is_some();
    let stops = is_stopped || matches!(stop(subject), Stop::WithSavepoint);
    let has_dir =
        workload.savepoints_dir().is_some() || workload.suspend_mark(&SAVEPOINTS_DIR).is_some();
    if !stops || has_dir {
        return Vec::new();
    }
    let block = &SAVEPOINTS_DIR[..2];
    let at = block;
    let decision =
        |message: String, help: &str| vec![Diagnostic::decision(RULE.id, at, message).help(help)];
    let message = format!("{key} has no state.savepoints.dir to put its savepoint into");
    let Some(template) = &context.policy.savepoints_dir else {
        return decision(message, "pass `--savepoints-dir`, or write it into flinkConfiguration");
    };
    let needs_namespace = template.contains("{namespace}");
    let namespace = key.namespace.as_deref();
    if key.name.is_empty() || (needs_namespace && namespace.is_none()) {
        let message = format!("{message}, and its name or namespace is unknown");
        return decision(message, "give its namespace with `--namespace`, or write the directory");
    }
    if !workload.get(block).is_some_and(NodeRef::is_block_mapping) {
        return decision(message, "write it into flinkConfiguration, on a line of its own");
    }
    let dir =
        template.replace("{namespace}", namespace.unwrap_or_default()).replace("{name}", &key.name);
    let change =
        workload.put_setting(key::SAVEPOINTS_DIR, Value::Text(dir.clone()), InsertPosition::Last);
    let change = marked(change, format!("{SUSPEND_MARK}{SUSPEND_MARK_ABSENT}"));
    let message = format!("state.savepoints.dir becomes {dir}");
    vec![Diagnostic::change(RULE.id, at, message, vec![change])]
}
