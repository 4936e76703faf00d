//! The path of a job that has been restored from it.

use super::state;
use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::location::masked;
use crate::flink::savepoints::SavepointEntry;
use crate::yaml::{Change, FieldPath};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Cleanup],
    answer: "--verified",
    accept: Acceptable::ForOneWorkload,
    checks: &[Check::Stable(check)],
    ..Rule::new(Theme::State, include_str!("cleanup.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, key, .. } = subject;
    let Some(path) = workload.text(&state::PATH) else { return Vec::new() };
    let at = &state::PATH;
    if context.project.is_built_patch(&workload.file) {
        return Vec::new();
    }
    if subject.is_partial() {
        let message =
            format!("this is a patch of {key}, and no kustomization builds it: the path stays");
        let help = "remove it by hand, or build the overlay and clean up the result";
        return vec![Diagnostic::note(RULE.id, at, message).help(help)];
    }
    let entry = context.entry(&workload.key, workload.source()).certain();
    if entry.and_then(SavepointEntry::location) != Some(path) {
        let message = match entry {
            None => format!("{key} has a path that is not in the savepoint map: it stays"),
            Some(entry) => format!(
                "{key} starts from {}, which is not the location of its entry ({}): the path stays",
                masked(path),
                entry.place
            ),
        };
        return vec![Diagnostic::note(RULE.id, at, message)];
    }
    let seen = context.inputs.verified.as_ref().map(|verified| (verified, verified.verdict(key)));
    let open = match seen {
        None => "no report shows".to_string(),
        Some((verified, None)) => format!("{} does not show", verified.name),
        Some((verified, Some(seen))) if !seen.is_restored() => {
            format!("{} reports {} and does not show", verified.name, seen.outcome)
        }
        Some((verified, Some(_))) if verified.unattributed > 0 => {
            format!(
                "{} holds a start that may be of any workload, and does not show",
                verified.name
            )
        }
        Some((verified, Some(seen)))
            if seen
                .file()
                .is_some_and(|file| context.project.names().parse(file) != workload.file) =>
        {
            let file = seen.file().unwrap_or_default();
            format!("{} is about another {key}, that of {file}, and does not show", verified.name)
        }
        Some((verified, Some(seen))) if seen.location.as_deref() != Some(&*masked(path)) => {
            format!("{} is about another location and does not show", verified.name)
        }
        Some(_) => String::new(),
    };
    let waived_by = if open.is_empty() { None } else { subject.waiver(RULE.id) };
    if open.is_empty() || waived_by.is_some() {
        let change = Change::Remove { path: FieldPath::from_keys(state::PATH) };
        let message = if open.is_empty() {
            format!(
                "{key} was restored from its path, which is removed: if recreated, it starts empty"
            )
        } else {
            format!("accepted: the path of {key} is removed: if recreated, it starts empty")
        };
        let change = Diagnostic::change(RULE.id, at, message, vec![change]);
        return vec![Diagnostic { waived_by, ..change }];
    }
    let message = format!("{open} that {key} was restored from its path");
    let help = format!(
        "verify it, and pass the report with `--verified`, or remove the path with \
         `--accept {}={key}`",
        RULE.id
    );
    vec![Diagnostic::decision(RULE.id, at, message).help(help)]
}
