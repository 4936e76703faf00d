//! A document that is at v1beta1 already and does not start from its savepoint.

use super::{
    Acceptable, Check, Context, Diagnostic, Rule, STARTS_EMPTY, Step, Subject, Theme,
    initial_savepoint, state,
};
use crate::diagnostic::SymbolicLocation;
use crate::flink::location::masked;
use crate::flink::names::ApiVersion;
use crate::flink::nested::{nested_workload, visit_others, visit_stable_in_text};
use crate::flink::objects::opaque;
use crate::flink::savepoints::{EntryValue, SavepointEntry};
use crate::flink::workload::Workload;
use crate::path::RepoPath;
use crate::project::{Ambiguity, BuiltWorkload, Lookup};
use crate::yaml::{Document, FieldPath, NodeKind, Style};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Convert],
    answer: "write the path, or fresh = true",
    accept: Acceptable::ForOneWorkload,
    checks: &[Check::Stable(check), Check::Document(check_nested)],
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
    let built = context.project.built_workloads(&workload.key, &workload.file);
    let in_document = workload.text(&state::PATH);
    if let [_, _, ..] = built[..]
        && let Some(found) = of_each_build(subject, &built)
    {
        return found;
    }
    let written = match &built[..] {
        [only] if only.savepoint_path.is_some() => only.savepoint_path,
        _ => in_document,
    };
    match context.entry(&workload.key, workload.source()) {
        Lookup::Found(entry) => compared(subject, &key.to_string(), entry, written),
        Lookup::ByName(entry) => {
            let mut found = compared(subject, &key.to_string(), entry, written);
            for decision in &mut found {
                decision.message += &initial_savepoint::by_name(subject, entry);
            }
            found
        }
        Lookup::Nothing => Vec::new(),
        Lookup::Ambiguous(ambiguity) => ambiguous(subject, written, &built, &ambiguity),
    }
}

/// The decisions for the manifests at v1beta1 inside other objects: nothing edits them, and nothing else
/// compares them with the map.
fn check_nested(doc: &Document<'_>, file: &RepoPath, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    visit_others(doc, &mut |node, path| {
        if let NodeKind::Scalar { text, style } = &node.node().kind
            && *style != Style::Plain
        {
            visit_stable_in_text(text, path, file, &mut |it| found.extend(nested(it, context)));
        }
        let workload = nested_workload(node, path, file);
        let workload = workload.filter(|workload| workload.version == ApiVersion::Stable);
        found.extend(workload.and_then(|workload| nested(&workload, context)));
    });
    found
}

/// The decision unless this nested manifest has the path of an entry that may be its own.
fn nested(workload: &Workload<'_>, context: &Context<'_>) -> Option<Diagnostic> {
    let Workload { root, kind, key, file, .. } = workload;
    let written = workload.text(&state::PATH);
    let is_later = opaque(workload).is_some();
    let is_silent = workload.is_partial() && written.is_none() || workload.job().is_none();
    let fresh = context.workload_override(key, file).is_some_and(|overrides| overrides.fresh);
    if is_silent && !is_later || fresh {
        return None;
    }
    let entries = context.scope_inputs(file).savepoints.entries().iter();
    let mut own = entries
        .filter(|entry| entry.value != EntryValue::Stateless && key.may_become(&entry.key))
        .peekable();
    let first = *own.peek()?;
    if written.is_some() && own.any(|entry| entry.location().is_none_or(|it| Some(it) == written)) {
        return None;
    }
    let has = if written.is_some() { "another path" } else { "no path" };
    let relation = if first.key == *key { "belongs" } else { "may belong" };
    let message = format!(
        "{} {key} is nested at {root}, at v1beta1 and with {has}: the entry `{}` {relation} to it",
        kind.name(),
        first.key
    );
    let help = format!(
        "write the path there by hand; if the job has started since, remove the entry ({})",
        first.place
    );
    let path = state::PATH.iter().fold(root.clone(), |path: FieldPath, key| path.key(key));
    let waived_by = context.policy.waivers.for_key(RULE.id, key);
    let decision = Diagnostic::decision(RULE.id, SymbolicLocation::Field(path), message).help(help);
    Some(Diagnostic { workload: Some(key.to_string()), waived_by, ..decision })
}

/// The decisions for a base that is built several times, for each build that has an entry with its own key;
/// nothing if some key cannot be told, or an entry could belong to several of them.
fn of_each_build(
    subject: &Subject<'_, '_>,
    built: &[BuiltWorkload<'_>],
) -> Option<Vec<Diagnostic>> {
    let Subject { workload, context, .. } = subject;
    let mut found = Vec::new();
    for (i, one) in built.iter().enumerate() {
        let scope = context.lookup_scope(&one.root.file).number;
        let is_twin = |other: &BuiltWorkload<'_>| {
            other.key == one.key && context.lookup_scope(&other.root.file).number == scope
        };
        let key = one.key.as_ref().filter(|_| !built[..i].iter().any(is_twin))?;
        let map = &context.scope_inputs(&one.root.file).savepoints;
        if map.with_name(&key.name).any(|entry| entry.key.namespace.is_none()) {
            return None;
        }
        let Some(entry) = map.with_name(&key.name).find(|entry| entry.key == *key) else {
            continue;
        };
        let root = context.project.names().display(&one.root.file);
        let name = format!("{key}, as {root} builds it,");
        let written = one.savepoint_path.or_else(|| workload.text(&state::PATH));
        found.extend(compared(subject, &name, entry, written));
    }
    Some(found)
}

/// The decision unless the workload of this name starts from its entry.
fn compared(
    subject: &Subject<'_, '_>,
    name: &str,
    entry: &SavepointEntry,
    written: Option<&str>,
) -> Vec<Diagnostic> {
    let message = match (entry.location(), written) {
        _ if entry.value == EntryValue::Stateless => return Vec::new(),
        (Some(location), Some(path)) if location == path => return Vec::new(),
        (None, Some(_)) => return Vec::new(),
        (Some(location), None) => {
            format!(
                "{name} is at v1beta1 already and has no path: it would not start from {}",
                masked(location)
            )
        }
        (Some(location), Some(path)) => format!(
            "{name} is at v1beta1 already and starts from {}, not from {}",
            masked(path),
            masked(location)
        ),
        (None, None) => format!(
            "{name} is at v1beta1 already and has no path, and its savepoint is not trusted ({})",
            entry.place
        ),
    };
    let help = format!(
        "write the path by hand, or put the version back and convert; if the job has started \
         since, remove the entry ({})",
        entry.place
    );
    let decision = Diagnostic::decision(RULE.id, &state::PATH, message).help(help);
    // A waiver given before the version changed, for a start without state, covers this too.
    let starts_empty = entry.location().is_none().then(|| subject.waiver(STARTS_EMPTY)).flatten();
    vec![Diagnostic { waived_by: starts_empty, ..decision }]
}

/// The decision where an entry may belong to the workload or to another. There is none if a person set
/// the path: a patch on every build path sets one, and each entry of the name is among them, or it is that
/// of the entry with the same key as built or of the only entry of the name.
fn ambiguous(
    subject: &Subject<'_, '_>,
    written: Option<&str>,
    built: &[BuiltWorkload<'_>],
    ambiguity: &Ambiguity,
) -> Vec<Diagnostic> {
    let Subject { workload, context, inputs, key, .. } = subject;
    let is_placed = |entry: &SavepointEntry| {
        let location = entry.location();
        location.is_none() || built.iter().any(|one| one.savepoint_path == location)
    };
    let names = context.project.built_names(&workload.key.name, &workload.file);
    let mut entries = names.iter().flatten().flat_map(|name| inputs.savepoints.with_name(name));
    let is_patched = !built.is_empty()
        && built.iter().all(|one| one.savepoint_path.is_some())
        && entries.all(is_placed);
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
