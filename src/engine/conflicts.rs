//! What the configuration and the options say of more than one thing, although it is meant for one.

use std::collections::HashSet;

use crate::inputs::{Inputs, Waiver, WaiverSource, WorkloadOverride};
use crate::k8s::ObjectKey;
use crate::project::{Project, WorkloadSummary};
use crate::rules::{Check, Context, rule, scopes_of, sources};
use crate::workspace::FileError;

/// Workloads that two scopes claim with equally long paths.
pub(crate) fn scopes(inputs: &Inputs, project: &Project) -> Vec<FileError> {
    let mut reported = HashSet::new();
    let mut problems = Vec::new();
    let known = project.workloads().iter().filter(|_| !inputs.scopes.is_empty());
    for source in known.flat_map(|known| sources(project, known.source())) {
        if let [one, other, ..] = scopes_of(inputs, project, source)[..]
            && reported.insert((one, other))
        {
            let by = source.delivering_file.map_or_else(String::new, |file| {
                format!(", delivered by {},", project.names().display(file))
            });
            let message = format!(
                "{}{by} belongs to this scope and to the one at {}; make one of their paths longer",
                project.names().display(source.file),
                inputs.scopes[one].origin
            );
            problems.push(FileError::new(inputs.scopes[other].origin.to_string(), message));
        }
    }
    problems
}

/// Answers that meet two workloads: each job has state of its own, so that one answer is none.
pub(crate) fn shared_answers(context: &Context<'_>) -> Vec<FileError> {
    let Inputs { whole_tree, scopes, .. } = context.inputs;
    let is_known = |_: &WorkloadSummary| true;
    let everywhere = whole_tree.overrides.values().filter_map(|one| table(one, context, is_known));
    let in_scopes = scopes.iter().enumerate().flat_map(|(i, scope)| {
        let is_own = move |row: &WorkloadSummary| context.scope(row.source()) == Some(i);
        scope.inputs.overrides.values().filter_map(move |one| table(one, context, is_own))
    });
    let waivers = context.policy.waivers.all().iter();
    let waived = waivers.filter_map(|waiver| accepted(waiver, context));
    everywhere.chain(in_scopes).chain(waived).collect()
}

/// The error for a table of the configuration.
fn table(
    one: &WorkloadOverride,
    context: &Context<'_>,
    is_met: impl Fn(&WorkloadSummary) -> bool,
) -> Option<FileError> {
    let met = met(&one.key, context, is_met)?;
    let message = format!("[workload.\"{}\"] meets {met}", one.key);
    Some(FileError::new(one.origin.to_string(), message))
}

/// The error for what is accepted for one workload. An option is for the chosen scope alone.
fn accepted(waiver: &Waiver, context: &Context<'_>) -> Option<FileError> {
    let Waiver { rule: id, workload, source } = waiver;
    // A rule of the run speaks of entries, not of workloads.
    let is_of_run = rule(id)?.checks.iter().all(|check| matches!(check, Check::Run(..)));
    let is_flag = *source == WaiverSource::Flag;
    let is_met = |row: &WorkloadSummary| !is_flag || context.takes(row.source());
    let key = workload.as_ref().filter(|_| !is_of_run)?;
    let met = met(key, context, is_met)?;
    let message = format!("{id}={key} meets {met}");
    let at = if is_flag { "--accept".to_string() } else { source.to_string() };
    Some(FileError::new(at, message))
}

/// The workloads of this key, if they are several, and what to do: the end of a sentence.
fn met(
    key: &ObjectKey,
    context: &Context<'_>,
    is_met: impl Fn(&WorkloadSummary) -> bool,
) -> Option<String> {
    let rows = context.rows(key).into_iter().filter(|row| is_met(row));
    let rows: Vec<&WorkloadSummary> = rows.collect();
    let (i, one) = rows.iter().enumerate().find_map(|(i, one)| {
        // A session cluster and a session job may have one name.
        let is_twin = |other: &&&WorkloadSummary| other.kind == one.kind;
        rows[i + 1..].iter().find(is_twin).map(|_| (i, *one))
    })?;
    let of_kind: Vec<_> = rows[i..].iter().filter(|other| other.kind == one.kind).collect();
    let scopes: HashSet<_> = of_kind.iter().map(|row| context.scope(row.source())).collect();
    let place = |row: &WorkloadSummary| {
        let scope = context.scope(row.source()).map(|scope| context.inputs.scope_name(Some(scope)));
        let scope = scope.map_or_else(String::new, |scope| format!(" in {scope}"));
        format!("{}{scope}", context.project.location(row))
    };
    let places: Vec<String> = of_kind.iter().map(|row| place(row)).collect();
    let help = if scopes.len() > 1 {
        "write it under [scope.workload] of the scope that is meant"
    } else {
        "exclude all but one, or give each a [[scope]] of its own"
    };
    Some(format!("{} workloads, at {}; {help}", places.len(), places.join(" and ")))
}
