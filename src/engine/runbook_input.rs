//! What a runbook has to know of a tree.

use std::collections::{BTreeSet, HashSet};

use super::Decided;
use crate::flink::operator::OperatorConfig;
use crate::inputs::Inputs;
use crate::path::RepoPath;
use crate::plan::{Outcome, PlannedWorkload};
use crate::project::Project;
use crate::rules::scopes_of;
use crate::runbook::{Deployed, RunbookInput};

/// The scopes with savepoint maps of their own to which the workloads of a run belong, as messages call them,
/// and what belongs to none of them.
pub fn clusters(decided: &Decided, inputs: &Inputs) -> Vec<String> {
    let scope = |one: &PlannedWorkload| {
        let scope = scopes_of(inputs, &decided.project, one.summary.source()).first().copied();
        scope.filter(|scope| inputs.scopes[*scope].has_own_savepoints)
    };
    let scopes: BTreeSet<Option<usize>> = decided.changeset.workloads.iter().map(scope).collect();
    scopes.into_iter().rev().map(|scope| inputs.scope_name(scope)).collect()
}

/// What the tree says; what the cluster and people say is left empty.
pub fn runbook_input(decided: Decided, inputs: &Inputs) -> RunbookInput {
    let Decided { changeset, project, .. } = decided;
    let names = project.names();
    // One that gets its name later cannot be asked for by name.
    let (workloads, nameless): (Vec<_>, Vec<_>) =
        changeset.workloads.into_iter().partition(|one| !one.key.name.is_empty());
    let mut unread = Vec::new();
    for file in &changeset.files {
        let unclear = |outcome| matches!(outcome, Outcome::NotUnderstood | Outcome::Failed);
        let documents = file.documents.iter().filter(|document| unclear(document.outcome));
        unread.extend(documents.map(|document| (file.path.clone(), document.line)));
    }
    let nameless = nameless
        .iter()
        .map(|PlannedWorkload { summary, .. }| (names.display(&summary.file), summary.line));
    unread.extend(nameless);
    unread.sort_by(|(a, _), (b, _)| a.cmp(b));
    let unread = unread.into_iter().map(|(file, line)| format!("{file}:{line}")).collect();
    let unnamed = workloads.iter().filter_map(|one| {
        let doubt = project.built_key(&one.key, &one.summary.file, None).err()?;
        Some((one.key.clone(), doubt.reason))
    });
    let unnamed = unnamed.collect();
    let scope =
        |one: &PlannedWorkload| scopes_of(inputs, &project, one.summary.source()).first().copied();
    let mut scopes: Vec<_> = workloads.iter().map(scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let scopes: Vec<_> = if scopes.is_empty() { vec![None] } else { scopes };
    let of_scope = |scope: &Option<usize>| inputs.scope_inputs(*scope);
    let mut operators: Vec<_> = scopes.iter().map(|scope| &*of_scope(scope).operator).collect();
    operators.extend(project.old_values());
    let operator_deployment =
        operators.iter().rev().find_map(|operator| operator.deployment_name());
    RunbookInput {
        operator_deployment: operator_deployment.map(String::from),
        renamed: renamed(&operators),
        delivering_objects: project
            .delivering_objects()
            .iter()
            .map(|it| {
                let file = it.file.clone().unwrap_or_default();
                Deployed { places: places(&project, &file), item: it.clone() }
            })
            .collect(),
        workloads: workloads
            .into_iter()
            .map(|it| Deployed { places: places(&project, &it.summary.file), item: it })
            .collect(),
        unread,
        unnamed,
        targets: scopes.iter().map(|scope| of_scope(scope).target).collect(),
        names: names.clone(),
        ..RunbookInput::default()
    }
}

/// Keys of chart values that have another name since operator 0.1.0: where, before, after. Each once.
fn renamed(operators: &[&OperatorConfig]) -> Vec<(String, String, String)> {
    let all = operators
        .iter()
        .flat_map(|operator| operator.renamed())
        .map(|one| (one.place.to_string(), one.before.clone(), one.after.clone()));
    let mut seen = HashSet::new();
    all.filter(|one| seen.insert(one.clone())).collect()
}

/// A file and the kustomization that builds it.
fn places(project: &Project, file: &RepoPath) -> Vec<RepoPath> {
    let from = project.deployed_from(file);
    let from = (from != file).then_some(from);
    [Some(file), from].into_iter().flatten().cloned().collect()
}
