//! What a runbook has to know of a tree.

use std::collections::HashSet;

use super::{JudgedFile, Tree, read_again};
use crate::flink::operator::OperatorConfig;
use crate::path::RepoPath;
use crate::plan::{self, Declared, Outcome, Unit};
use crate::rules::Facts;
use crate::runbook::{Placed, Situation};
use crate::workspace::{FileError, Workspace, par_map};

/// What the tree says of the situation; what the cluster and people say is left open.
///
/// # Errors
/// If a file is no longer what it was.
pub fn situation(
    workspace: &dyn Workspace,
    tree: Tree,
    facts: &Facts,
) -> Result<Situation, FileError> {
    let spellings = workspace.names();
    let mut workloads = Vec::new();
    let mut unread = Vec::new();
    for looked in par_map(&tree.judged, |file| looked_at(workspace, file, facts)) {
        let (declared, unclear) = looked?;
        unread.extend(unclear);
        // One that gets its name later cannot be asked for by name.
        let (named, nameless): (Vec<_>, Vec<_>) =
            declared.into_iter().partition(|one| !one.key.name.is_empty());
        unread.extend(nameless.iter().map(|one| spellings.display_line(&one.file, one.line)));
        workloads.extend(named);
    }
    let unnamed = workloads.iter().filter_map(|one| {
        let doubt = facts.project().built_key(&one.key, &one.file, None).err()?;
        Some((one.key.clone(), doubt.reason))
    });
    let unnamed = unnamed.collect();
    let mut scopes: Vec<_> = workloads.iter().map(|one| facts.scope(&one.file)).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let scopes: Vec<_> = if scopes.is_empty() { vec![None] } else { scopes };
    let of_scope = |scope: &Option<usize>| facts.inputs().scope_inputs(*scope);
    let mut operators: Vec<_> = scopes.iter().map(|scope| &*of_scope(scope).operator).collect();
    operators.extend(facts.project().old_values());
    let operator_called = operators.iter().rev().find_map(|operator| operator.called());
    Ok(Situation {
        operator_called: operator_called.map(String::from),
        renamed: renamed(&operators),
        delivering_objects: tree
            .delivering_objects
            .into_iter()
            .map(|it| {
                let file = it.file.clone().unwrap_or_default();
                Placed { places: places(facts, &file), it }
            })
            .collect(),
        workloads: workloads
            .into_iter()
            .map(|it| Placed { places: places(facts, &it.file), it })
            .collect(),
        unread,
        unnamed,
        targets: scopes.iter().map(|scope| of_scope(scope).target).collect(),
        names: spellings.clone(),
        ..Situation::default()
    })
}

/// What a file declares, and the documents of it of which nothing is known.
type Looked = (Vec<Declared>, Vec<String>);

fn looked_at(
    workspace: &dyn Workspace,
    file: &JudgedFile,
    facts: &Facts,
) -> Result<Looked, FileError> {
    let bytes = read_again(workspace, file)?;
    let readings = &file.kept.readings;
    let declared = plan::inventory(&file.file, &bytes, readings, facts);
    let plan = plan::plan_file(&file.file, &file.name, &bytes, readings, facts, 0, Unit::File);
    let documents = plan.iter().flat_map(|plan| &plan.documents);
    let unclear = documents
        .filter(|document| matches!(document.outcome, Outcome::NotUnderstood | Outcome::Failed));
    let unclear = unclear.map(|document| format!("{}:{}", file.name, document.line));
    Ok((declared, unclear.collect()))
}

/// Keys of chart values that have another name since operator 0.1.0: where, before, after. Each once.
fn renamed(operators: &[&OperatorConfig]) -> Vec<(String, String, String)> {
    let all = operators.iter().flat_map(|operator| operator.renamed()).map(|one| {
        let place = format!("{}:{}:{}", one.path, one.position.line, one.position.column);
        (place, one.before.clone(), one.after.clone())
    });
    let mut seen = HashSet::new();
    all.filter(|one| seen.insert(one.clone())).collect()
}

/// A file and the kustomization that builds it.
fn places(facts: &Facts, file: &RepoPath) -> Vec<RepoPath> {
    let from = facts.project().deployed_from(file);
    let from = (from != file).then_some(from);
    [Some(file), from].into_iter().flatten().cloned().collect()
}
