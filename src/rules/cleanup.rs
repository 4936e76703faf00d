//! The path of a job that has been restored from it.

use super::state;
use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::location::masked;
use crate::project::Lookup;
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
    if subject.is_partial() {
        let message = format!("this is a patch of {key}, and nobody built it: the path stays");
        let help = "remove it by hand, or build the overlay and clean up the result";
        return vec![Diagnostic::note(RULE.id, at, message).help(help)];
    }
    let entry = match context.entry(&workload.key, &workload.file) {
        Lookup::Found(entry) => Some(entry),
        Lookup::Nothing | Lookup::Ambiguous(_) => None,
    };
    if entry.and_then(|entry| entry.location.as_deref()) != Some(path) {
        let message = match entry {
            None => format!("{key} has a path that no entry names: it stays"),
            Some(entry) => format!(
                "{key} starts from {}, which is not what its entry says ({}): the path stays",
                masked(path),
                entry.place
            ),
        };
        return vec![Diagnostic::note(RULE.id, at, message)];
    }
    let seen = context.inputs.verified.as_ref().map(|verified| (verified, verified.verdict(key)));
    let open = match seen {
        None => "nobody has verified".to_string(),
        Some((verified, None)) => format!("{} does not say", verified.name),
        Some((verified, Some(seen))) if !seen.is_restored() => {
            format!("{} says {} and not", verified.name, seen.outcome)
        }
        Some((verified, Some(seen)))
            if seen
                .file()
                .is_some_and(|file| context.project.names().parse(file) != workload.file) =>
        {
            let file = seen.file().unwrap_or_default();
            format!("{} speaks of another {key}, that of {file}, and does not say", verified.name)
        }
        Some((verified, Some(seen))) if seen.location.as_deref() != Some(&*masked(path)) => {
            format!("{} speaks of another location and does not say", verified.name)
        }
        Some(_) => String::new(),
    };
    let waived_by = if open.is_empty() { None } else { subject.waiver(RULE.id) };
    if open.is_empty() || waived_by.is_some() {
        let change = Change::Remove { path: FieldPath::from_keys(state::PATH) };
        let message = if open.is_empty() {
            format!(
                "{key} was restored from its path, which goes: created anew, it would start empty"
            )
        } else {
            format!("accepted: the path of {key} goes: created anew, it would start empty")
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
