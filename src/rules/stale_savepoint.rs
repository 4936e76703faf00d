//! An old path still in Git would rewind the job.

use super::state::{self, Row};
use super::{Acceptable, Check, Diagnostic, Rule, Subject, Theme, missing_savepoint};
use crate::flink::location::masked;

pub(crate) const RULE: Rule = Rule {
    answer: "savepoint map, fresh or --accept",
    accept: Acceptable::ForOneWorkload,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("stale_savepoint.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let path = match subject.row() {
        Row::OldPath(path) => path.as_str(),
        // A waiver of `missing-savepoint` does not cover the path that the job would start from instead.
        Row::Distrusted(_) if subject.waiver(missing_savepoint::RULE.id).is_some() => {
            let Some(path) = subject.workload.text(&state::PATH) else { return Vec::new() };
            path
        }
        _ => return Vec::new(),
    };
    let key = &subject.key;
    let message = format!(
        "{key} would go back to {}: the operator has ignored this path since the first deployment, \
         and the next one is a first deployment again",
        masked(path)
    );
    vec![Diagnostic::decision(RULE.id, &state::PATH, message).help(advice(subject))]
}

fn advice(subject: &Subject<'_, '_>) -> String {
    let Subject { key, .. } = subject;
    // A base that is built as several workloads has no key that an entry could name.
    let (start, empty) = match subject.built() {
        Ok(_) => (format!("add `{key}: LOCATION` to the savepoint map"), "to start empty"),
        Err(ambiguity) => (
            format!("{}: {}", ambiguity.reason, ambiguity.help),
            "in flink-migrate.toml if it may start empty wherever it is built",
        ),
    };
    format!(
        "{start}, set `fresh = true` under [workload.\"{key}\"] {empty}, or \
         pass `--accept {}={key}` to start from the old path",
        RULE.id
    )
}
