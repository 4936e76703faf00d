//! A manifest that is deployed to several places, each of which has a job and state of its own.

use super::state::Row;
use super::{Acceptable, Check, Diagnostic, NAME, Rule, Subject, Theme};
use crate::path::{RepoPath, WorkloadSource};

pub(crate) const RULE: Rule = Rule {
    answer: "an overlay for each place",
    accept: Acceptable::ForOneWorkload,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("several_destinations.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, key, .. } = subject;
    if matches!(subject.row(), Row::NoJob | Row::Quiet | Row::DropPath) {
        return Vec::new();
    }
    let (file, scope) = (&workload.file, context.scope(workload.source()));
    // What objects of another scope deliver is a row of its own.
    let is_of_scope = |by: Option<&RepoPath>| {
        context.scope(WorkloadSource { file, delivering_file: by }) == scope
    };
    let Some(reason) = context.project.several_destinations(file, is_of_scope) else {
        return Vec::new();
    };
    let message = format!("{key} is deployed to more than one place: {reason}");
    let help = format!(
        "make an overlay for each place first, in a commit of its own, or pass `--accept {}={key}` if all \
         of them may start from one savepoint",
        RULE.id
    );
    vec![Diagnostic::decision(RULE.id, &NAME, message).help(help)]
}
