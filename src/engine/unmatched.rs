//! Overrides, waivers and scopes that match nothing: often a misspelt name.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::diagnostic::{Diagnostic, FilePosition, Located, WaiverId};
use crate::inputs::{Waiver, WorkloadOverride};
use crate::k8s::ObjectKey;
use crate::plan::Changeset;
use crate::project::nearest_key;
use crate::rules::{Check, Context};

/// A note for each override, waiver or scope that matched no workload. What the configuration says is
/// for the whole tree, so that it is only held against it when all of the tree was judged.
/// `flag_waivers` are those of this run alone, `waived` is all that some waiver answered.
pub(crate) fn notes(
    context: &Context<'_>,
    flag_waivers: &[Waiver],
    changeset: &Changeset,
    waived: &[Diagnostic],
    all_judged: bool,
) -> Vec<String> {
    let documents = changeset.files.iter().flat_map(|file| &file.documents);
    let mut workloads: HashSet<String> =
        documents.flat_map(|document| &document.workloads).cloned().collect();
    let nested = context.project.nested().jobs.iter();
    workloads.extend(nested.map(|job| job.key.to_string()));
    let named = ByName::new(workloads.iter().map(|workload| ObjectKey::parse(workload)));
    let mut notes = Vec::new();
    if let Some(select) = &context.policy.select
        && !workloads.iter().any(|workload| select.is_match(workload))
    {
        notes.push(format!("--select {}: no workload matches", select.glob().glob()));
    }
    if let Some(scope) = context.policy.scope
        && !context.project.workloads().iter().any(|known| context.takes(known.source()))
    {
        notes
            .push(format!("--scope: no workload is in {}", context.inputs.scope_name(Some(scope))));
    }
    let asked = if all_judged { context.policy.waivers.all() } else { flag_waivers };
    // What is accepted for another step waits for it.
    let asked = asked.iter().filter(|waiver| {
        crate::rules::rule(&waiver.rule).is_none_or(|rule| context.may_speak(rule))
    });
    let is_whole = all_judged && context.policy.select.is_none() && context.policy.scope.is_none();
    let waived = waived_by_rule(context.policy.waivers.all(), waived);
    let is_used = |waiver: &Waiver| !is_whole || has_waived(waiver, &waived);
    notes.extend(
        asked.filter_map(|waiver| idle_waiver(waiver, &workloads, changeset, is_used(waiver))),
    );
    if all_judged {
        notes.extend(idle_scopes(context));
        notes.extend(idle_overrides(context, &workloads, &named));
    }
    notes
}

/// Keys that are found by their name.
struct ByName(HashMap<String, Vec<ObjectKey>>);

impl ByName {
    fn new(keys: impl Iterator<Item = ObjectKey>) -> ByName {
        let mut by_name: HashMap<String, Vec<ObjectKey>> = HashMap::new();
        for key in keys {
            by_name.entry(key.name.clone()).or_default().push(key);
        }
        ByName(by_name)
    }

    /// True if one of them may be this key.
    fn may_have(&self, key: &ObjectKey) -> bool {
        self.0.get(&key.name).into_iter().flatten().any(|known| known.may_be(key))
    }
}

/// What was waived of each rule. One diagnostic may have several waivers and names only one of them, so
/// that it counts for its rule and its key.
fn waived_by_rule<'w>(waivers: &'w [Waiver], waived: &'w [Diagnostic]) -> HashMap<&'w str, ByName> {
    let mut keys: HashMap<&str, Vec<ObjectKey>> = HashMap::new();
    for Diagnostic { workload, waived_by, .. } in waived {
        let rule = match waived_by {
            Some(WaiverId::Policy(i)) => &waivers[*i].rule,
            Some(WaiverId::Override(rule)) => *rule,
            None => continue,
        };
        let key = workload.as_deref().map(ObjectKey::parse).unwrap_or_default();
        keys.entry(rule).or_default().push(key);
    }
    keys.into_iter().map(|(rule, keys)| (rule, ByName::new(keys.into_iter()))).collect()
}

fn has_waived(waiver: &Waiver, by_rule: &HashMap<&str, ByName>) -> bool {
    let keys = by_rule.get(&*waiver.rule);
    keys.is_some_and(|keys| waiver.workload.as_ref().is_none_or(|key| keys.may_have(key)))
}

/// The note for a waiver that matches no workload, or waived nothing.
fn idle_waiver(
    waiver: &Waiver,
    workloads: &HashSet<String>,
    changeset: &Changeset,
    is_used: bool,
) -> Option<String> {
    let Waiver { rule, workload, source } = waiver;
    let is_of_run = |rule: &str| {
        let checks = crate::rules::rule(rule).map(|rule| rule.checks).unwrap_or_default();
        checks.iter().any(|check| matches!(check, Check::Run(..)))
    };
    match workload {
        // Acceptance asks for the whole key, and does not guess a namespace.
        Some(key) if !is_of_run(rule) && !workloads.contains(&key.to_string()) => {
            let help = match key.namespace {
                None => "; write it as `namespace/name`".to_string(),
                Some(_) => did_you_mean_key(key, workloads),
            };
            Some(format!("{source}: {rule}={key} matches no workload{help}"))
        }
        Some(key) => {
            let key_text = Some(key.to_string());
            let is_open = changeset.diagnostics().any(|Located { diagnostic, .. }| {
                diagnostic.id == rule && diagnostic.workload == key_text
            });
            let because = if is_open {
                "it matches more than one workload"
            } else {
                "the rule reports nothing there"
            };
            (!is_used).then(|| format!("{source}: {rule}={key} has no effect: {because}"))
        }
        None => (!is_used)
            .then(|| format!("{source}: {rule} has no effect: the rule reports nothing here")),
    }
}

/// The workload that a misspelt key may mean, as the end of a sentence; empty if none is near.
fn did_you_mean_key(key: &ObjectKey, workloads: &HashSet<String>) -> String {
    let keys: Vec<ObjectKey> = workloads.iter().map(|known| ObjectKey::parse(known)).collect();
    nearest_key(key, &keys).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// Scopes in which there is nothing.
fn idle_scopes(context: &Context<'_>) -> impl Iterator<Item = String> {
    let known = context.project.workloads().iter();
    let used: HashSet<usize> =
        known.flat_map(|known| context.scopes(known.source())).flatten().collect();
    let idle = context.inputs.scopes.iter().enumerate().filter(move |(i, _)| !used.contains(i));
    idle.map(|(_, scope)| {
        let paths: Vec<String> =
            scope.paths.iter().map(|path| format!("`{}`", path.text)).collect();
        format!("{}: the scope of {} has no workload", scope.origin, paths.join(", "))
    })
}

/// Overrides that apply to no workload.
fn idle_overrides(
    context: &Context<'_>,
    workloads: &HashSet<String>,
    named: &ByName,
) -> Vec<String> {
    let project = context.project;
    let plain = project.workloads().iter().map(|known| (&known.key, known.source()));
    let nested = project.nested().jobs.iter().map(|known| (&known.key, (&known.file).into()));
    let applied: BTreeSet<&FilePosition> = plain
        .chain(nested)
        .filter_map(|(key, source)| context.workload_override(key, source))
        .map(|applied| &applied.origin)
        .collect();
    let scopes = context.inputs.scopes.iter().flat_map(|scope| scope.inputs.overrides.values());
    let idle = context.inputs.whole_tree.overrides.values().chain(scopes);
    let idle = idle.filter(|one| !applied.contains(&one.origin));
    let notes = idle.map(|one| {
        let WorkloadOverride { key, origin, .. } = one;
        if named.may_have(key) {
            let help = "give each its namespace, or write it under the [[scope]] that is meant";
            format!("{origin}: [workload.\"{key}\"] does not tell which workload it means; {help}")
        } else {
            let near = did_you_mean_key(key, workloads);
            format!("{origin}: [workload.\"{key}\"] matches no workload{near}")
        }
    });
    notes.collect()
}
