//! Overrides, waivers and scopes that match nothing: often a misspelt name.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::diagnostic::{FilePosition, Located};
use crate::inputs::{Waiver, WorkloadOverride};
use crate::k8s::ObjectKey;
use crate::plan::Changeset;
use crate::rules::{Check, Facts};
use crate::workspace::FileError;

/// A note for each override, waiver or scope that matched no workload. What the configuration says is
/// for the whole tree, so that it is only held against it when all of the tree was judged.
/// `flag_waivers` are those of this run alone.
pub(crate) fn notes(
    facts: &Facts,
    flag_waivers: &[Waiver],
    changeset: &Changeset,
    all_judged: bool,
) -> Vec<String> {
    let workloads: HashSet<&str> = changeset
        .files
        .iter()
        .flat_map(|file| &file.documents)
        .flat_map(|document| &document.workloads)
        .map(String::as_str)
        .collect();
    let mut named: HashMap<String, Vec<ObjectKey>> = HashMap::new();
    for key in workloads.iter().map(|workload| ObjectKey::parse(workload)) {
        named.entry(key.name.clone()).or_default().push(key);
    }
    let known = |key: &ObjectKey| {
        named.get(&key.name).into_iter().flatten().any(|workload| key.may_be(workload))
    };
    let mut notes = Vec::new();
    if let Some(select) = &facts.policy().select
        && !workloads.iter().any(|workload| select.is_match(workload))
    {
        notes.push(format!("--select {}: no workload matches", select.glob().glob()));
    }
    let asked = if all_judged { facts.policy().waivers.all() } else { flag_waivers };
    // What is accepted for another step waits for it.
    let asked = asked.iter().filter(|waiver| {
        crate::rules::rule(&waiver.rule)
            .is_none_or(|rule| rule.steps.contains(&facts.policy().step))
    });
    let is_whole = all_judged && facts.policy().select.is_none();
    notes.extend(
        asked.filter_map(|waiver| idle_waiver(waiver, &workloads, facts, changeset, is_whole)),
    );
    if all_judged {
        notes.extend(idle_scopes(facts));
        notes.extend(idle_overrides(facts, &known));
    }
    notes
}

/// The note for a waiver that waived nothing. If `is_whole`, all that it could be about was judged.
fn idle_waiver(
    waiver: &Waiver,
    workloads: &HashSet<&str>,
    facts: &Facts,
    changeset: &Changeset,
    is_whole: bool,
) -> Option<String> {
    let Waiver { rule, workload, source } = waiver;
    let is_of_run = |rule: &str| {
        let checks = crate::rules::rule(rule).map(|rule| rule.checks).unwrap_or_default();
        checks.iter().any(|check| matches!(check, Check::Run(..)))
    };
    match workload {
        // Acceptance asks for the whole key, and does not guess a namespace.
        Some(key) if !is_of_run(rule) && !workloads.contains(&*key.to_string()) => {
            Some(format!("{source}: {rule}={key} names no workload"))
        }
        Some(key) => {
            let is_idle = is_whole && !facts.was_accepted(rule, Some(key));
            let key_text = Some(key.to_string());
            let is_open = changeset.diagnostics().any(|Located { diagnostic, .. }| {
                diagnostic.id == rule && diagnostic.workload == key_text
            });
            let because = if is_open {
                "it could mean more than one workload"
            } else {
                "the rule asks nothing there"
            };
            is_idle.then(|| format!("{source}: {rule}={key} accepts nothing: {because}"))
        }
        None => {
            let is_idle = is_whole && !facts.was_accepted(rule, None);
            is_idle.then(|| format!("{source}: {rule} accepts nothing: the rule asks nothing here"))
        }
    }
}

/// Scopes in which there is nothing.
fn idle_scopes(facts: &Facts) -> impl Iterator<Item = String> {
    let used: HashSet<usize> =
        facts.project().workloads().iter().filter_map(|known| facts.scope(&known.file)).collect();
    let idle = facts.inputs().scopes.iter().enumerate().filter(move |(i, _)| !used.contains(i));
    idle.map(|(_, scope)| {
        let paths: Vec<String> =
            scope.paths.iter().map(|path| format!("`{}`", path.text)).collect();
        format!("{}: the scope of {} holds no workload", scope.origin, paths.join(", "))
    })
}

/// Overrides that apply to no workload.
fn idle_overrides(facts: &Facts, known: &dyn Fn(&ObjectKey) -> bool) -> Vec<String> {
    let applied: BTreeSet<&FilePosition> = facts
        .project()
        .workloads()
        .iter()
        .filter_map(|known| facts.workload_override(&known.key, &known.file))
        .map(|applied| &applied.origin)
        .collect();
    let scopes = facts.inputs().scopes.iter().flat_map(|scope| scope.inputs.overrides.values());
    let idle = facts.inputs().whole_tree.overrides.values().chain(scopes);
    let idle = idle.filter(|one| !applied.contains(&one.origin));
    let notes = idle.map(|one| {
        let WorkloadOverride { key, origin, .. } = one;
        if known(key) {
            let help = "give each its namespace, or write it under the [[scope]] that is meant";
            format!("{origin}: [workload.\"{key}\"] could mean more than one workload; {help}")
        } else {
            format!("{origin}: [workload.\"{key}\"]: there is no such workload")
        }
    });
    notes.collect()
}

/// Files that two scopes claim with equally long paths.
pub(crate) fn conflicts(facts: &Facts) -> Vec<FileError> {
    let mut reported = HashSet::new();
    let mut problems = Vec::new();
    for known in facts.project().workloads() {
        if let [one, other, ..] = facts.scopes_of(&known.file)[..]
            && reported.insert((one, other))
        {
            let message = format!(
                "{} belongs to this scope and to the one at {}; make one of their paths longer",
                facts.project().names().display(&known.file),
                facts.inputs().scopes[one].origin
            );
            problems.push(FileError::new(facts.inputs().scopes[other].origin.to_string(), message));
        }
    }
    problems
}
