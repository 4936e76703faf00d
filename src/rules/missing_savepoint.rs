//! A job that keeps state would start empty.

use super::state::{self, Row};
use super::{
    Acceptable, Check, Diagnostic, Rule, Subject, Theme, initial_savepoint, unused_savepoint,
};
use crate::flink::savepoints::STATELESS;
use crate::k8s::{is_dns_label, is_dns_name};

pub(crate) const RULE: Rule = Rule {
    answer: "savepoint map, or fresh = true",
    accept: Acceptable::ForOneWorkload,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("missing_savepoint.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let key = &subject.key;
    let message = match subject.row() {
        Row::Distrusted(entry) => {
            let reason =
                entry.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
            let by_name = initial_savepoint::by_name(subject, entry);
            format!("the savepoint of {key} is not trusted ({}){reason}{by_name}", entry.place)
        }
        Row::StartsEmpty(mode) if !mode.is_stateful() && subject.workload.is_marked_suspended() => {
            format!(
                "step suspend stopped {key} with a savepoint, and none is known: it would start empty"
            )
        }
        Row::StartsEmpty(mode) => {
            let known = known(subject);
            let meant = mode.meant().map_or_else(String::new, |meant| {
                format!(", which no API server takes (did you mean `{meant}`?),")
            });
            format!("upgradeMode is {mode}{meant} and {known}: {key} would start empty")
        }
        Row::MightKeepState(sign) => {
            format!(
                "upgradeMode is absent, which means stateless, but {sign}: {key} would start empty"
            )
        }
        _ => return Vec::new(),
    };
    vec![Diagnostic::decision(RULE.id, &state::MODE, message).help(advice(subject))]
}

/// What the map says of a job without a savepoint.
fn known(subject: &Subject<'_, '_>) -> String {
    let Subject { workload, context, .. } = subject;
    match context.entry(&workload.key, workload.source()).certain() {
        Some(entry) => format!("the map says `{STATELESS}` ({})", entry.place),
        None => "no savepoint is known".to_string(),
    }
}

fn advice(subject: &Subject<'_, '_>) -> String {
    let key = &subject.key;
    let later =
        !is_dns_name(&key.name) || key.namespace.as_deref().is_some_and(|it| !is_dns_label(it));
    if later {
        return "its name or namespace is filled in later: run on the rendered manifest, or give the \
                namespace with `--namespace`"
            .to_string();
    }
    if let Err(ambiguity) = subject.built() {
        return format!(
            "{}: {}, or set `fresh = true` under [workload.\"{key}\"] in flink-migrate.toml if it may \
             start empty wherever it is built",
            ambiguity.reason, ambiguity.help
        );
    }
    if let Some(entry) = unused_savepoint::similar_entry(subject) {
        return format!(
            "`{}` ({}) matches no workload: if it is meant for this one, name it `{key}`; or set \
             `fresh = true` under [workload.\"{key}\"] in flink-migrate.toml",
            entry.key, entry.place
        );
    }
    format!(
        "add `{key}: LOCATION` to the savepoint map, or set `fresh = true` under [workload.\"{key}\"] \
         in flink-migrate.toml if it may start empty"
    )
}
