//! A job that keeps state would start empty.

use super::state::{self, Row};
use super::{Acceptable, Check, Rule, Subject, unused_savepoint};
use crate::finding::{Finding, Remedy};
use crate::flink::names::is_placeholder;

pub(super) const RULE: Rule = Rule {
    id: "missing-savepoint",
    summary: "a stateful job has no savepoint to start from",
    explain: "\
What changed: the resource is deleted and created anew. Without spec.job.initialSavepointPath the job
starts empty, whatever upgradeMode says: deletion also deletes the high-availability metadata that
`last-state` would restore from.

When: upgradeMode is savepoint or last-state, or filled in later, and the map has no entry; or the map
has null for the job, because its savepoint is not to be trusted; or upgradeMode is absent, which means
stateless, while the configuration shows checkpoints, savepoints or high availability.

What to do: put `namespace/name: location` into the savepoint map. If the job may start empty, say so
in flink-migrate.toml:

    [workload.\"prod/orders\"]
    fresh = true

or write `upgradeMode: stateless`. Accepting the rule for the one workload leaves the document without
a path: the job starts empty.

Source: JobReconciler.java:70 (0.1.0), ApplicationReconciler.java:81 (1.0.0), BaseReconciler.java:51
(0.1.0, deletes the metadata).
",
    accept: Acceptable::ForOneWorkload,
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let key = &subject.key;
    let (message, keys) = match subject.row() {
        Row::Distrusted(entry) => {
            let reason =
                entry.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
            let message =
                format!("the savepoint of {key} is not to be trusted ({}){reason}", entry.origin);
            (message, &state::MODE)
        }
        Row::StartsEmpty(mode) => {
            let message =
                format!("upgradeMode is {mode} and no savepoint is known: {key} would start empty");
            (message, &state::MODE)
        }
        Row::MightKeepState(sign) => {
            let message = format!(
                "upgradeMode is absent, which means stateless, but {sign}: {key} would start empty"
            );
            (message, &state::MODE)
        }
        _ => return Vec::new(),
    };
    let finding = Finding::new(RULE.id, Remedy::Decision, subject.workload.point(keys), message);
    vec![finding.help(advice(subject))]
}

fn advice(subject: &Subject<'_, '_>) -> String {
    let key = &subject.key;
    let later = key.name.is_empty() || key.namespace.as_deref().is_some_and(is_placeholder);
    if later {
        return "its name or namespace is filled in later: run on the rendered manifest, or give the \
                namespace with `--namespace`"
            .to_string();
    }
    if let Some(entry) = unused_savepoint::near(subject) {
        return format!(
            "`{}` ({}) belongs to no workload: if it is meant for this one, call it `{key}`; or set \
             `fresh = true` under [workload.\"{key}\"] in flink-migrate.toml",
            entry.key(),
            entry.origin
        );
    }
    format!(
        "add `{key}: LOCATION` to the savepoint map, or set `fresh = true` under [workload.\"{key}\"] \
         in flink-migrate.toml if it may start empty"
    )
}
