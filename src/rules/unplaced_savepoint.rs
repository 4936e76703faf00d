//! A document that is at v1beta1 already and does not start from its savepoint.

use super::{
    Acceptable, Check, Diagnostic, Rule, STARTS_EMPTY, Step, Subject, Theme, initial_savepoint,
    state,
};
use crate::flink::location::masked;
use crate::flink::savepoints::EntryValue;
use crate::project::{Ambiguity, Lookup};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Convert],
    answer: "write the path, or fresh = true",
    accept: Acceptable::ForOneWorkload,
    checks: &[Check::Stable(check)],
    ..Rule::new(Theme::State, include_str!("unplaced_savepoint.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, key, .. } = subject;
    let fresh = subject.overrides.is_some_and(|overrides| overrides.fresh);
    if subject.is_partial() || workload.job().is_none() || fresh {
        return Vec::new();
    }
    if let Some((keys, _)) = workload.suspend_marks().first() {
        let message = format!(
            "{key} is at v1beta1 already and still carries the marks of step suspend: it does not start"
        );
        let help = "put the version back and convert, which takes the marks back";
        return vec![Diagnostic::decision(RULE.id, keys, message).help(help)];
    }
    let patched = context.project.patched_paths(&workload.key, &workload.file);
    let written = match patched[..] {
        [Some(path)] => Some(path),
        _ => workload.text(&state::PATH),
    };
    let entry = match context.entry(&workload.key, &workload.file) {
        Lookup::Found(entry) | Lookup::ByName(entry) => entry,
        Lookup::Nothing => return Vec::new(),
        Lookup::Ambiguous(ambiguity) => return ambiguous(subject, written, &ambiguity),
    };
    let message = match (entry.location(), written) {
        _ if entry.value == EntryValue::Stateless => return Vec::new(),
        (Some(location), Some(path)) if location == path => return Vec::new(),
        (None, Some(_)) => return Vec::new(),
        (Some(location), None) => {
            format!(
                "{key} is at v1beta1 already and has no path: it would not start from {}",
                masked(location)
            )
        }
        (Some(location), Some(path)) => format!(
            "{key} is at v1beta1 already and starts from {}, not from {}",
            masked(path),
            masked(location)
        ),
        (None, None) => format!(
            "{key} is at v1beta1 already and has no path, and its savepoint is not trusted ({})",
            entry.place
        ),
    };
    let help = format!(
        "write the path by hand, or put the version back and convert; if the job has started \
         since, remove the entry ({})",
        entry.place
    );
    let message = message + &initial_savepoint::by_name(subject, entry);
    let decision = Diagnostic::decision(RULE.id, &state::PATH, message).help(help);
    // A waiver given before the version changed, for a start without state, covers this too.
    let starts_empty = entry.location().is_none().then(|| subject.waiver(STARTS_EMPTY)).flatten();
    vec![Diagnostic { waived_by: starts_empty, ..decision }]
}

/// The decision where an entry may belong to the workload or to another. There is none if a person set
/// the path: a patch on every build path sets one, or it is that of the entry with the same key as built
/// or of the only entry of the name.
fn ambiguous(
    subject: &Subject<'_, '_>,
    written: Option<&str>,
    ambiguity: &Ambiguity,
) -> Vec<Diagnostic> {
    let Subject { workload, context, inputs, key, .. } = subject;
    let patched = context.project.patched_paths(&workload.key, &workload.file);
    let is_patched = !patched.is_empty() && patched.iter().all(Option::is_some);
    let is_own = subject.built().is_ok_and(|built| {
        let entries: Vec<_> = inputs.savepoints.with_name(&built.name).collect();
        entries.iter().any(|entry| {
            let is_meant = entry.key.namespace == built.namespace || entries.len() == 1;
            is_meant && entry.location().is_some() && entry.location() == written
        })
    });
    if is_patched || is_own {
        return Vec::new();
    }
    let has = if written.is_some() { "a path" } else { "no path" };
    let message = format!(
        "{key} is at v1beta1 already and has {has}, and an entry may belong to it: {}",
        ambiguity.reason
    );
    vec![Diagnostic::decision(RULE.id, &state::PATH, message).help(&ambiguity.help)]
}
