//! An entry of the savepoint map that belongs to no workload.

use std::collections::HashMap;

use super::{Check, Context, Rule, SAVEPOINT_MAP, Subject, Theme, Unread};
use crate::diagnostic::{Diagnostic, Severity};
use crate::flink::savepoints::{EntryValue, SavepointEntry};
use crate::k8s::ObjectKey;
use crate::project::{Lookup, nearest_key};

pub(crate) const RULE: Rule = Rule {
    answer: "correct the map, or --accept",
    checks: &[Check::Run(SAVEPOINT_MAP, check)],
    ..Rule::new(Theme::State, include_str!("unused_savepoint.md"))
};

/// How many entries are compared with every name: a map of another repository has no similar one.
const MAX_COMPARED: usize = 200;
/// How many comparisons are made if that many entries are fewer.
const MAX_COMPARISONS: usize = 100_000;

fn check(context: &Context<'_>, unread: Unread) -> Vec<Diagnostic> {
    let doubts = unread_reasons(context, unread);
    let is_read = unread_reasons(context, Unread { texts: 0, ..unread }).is_empty();
    let is_complete = context.judges_maps && is_complete(context);
    let mut jobs_without_entry = None;
    let unused = context.unused.iter().enumerate();
    let unused =
        unused.filter(|(_, (scope, _))| RULE.steps.contains(&context.step_of_lookup_scope(*scope)));
    let found = unused.filter_map(|(i, (scope, entry))| {
        let waived_by = context.policy.waivers.for_key(RULE.id, &entry.key);
        // Where a document was not understood, the entry may be its own, spelt correctly.
        let near = (waived_by.is_none() && is_read)
            .then(|| jobs_without_entry.get_or_insert_with(|| jobs_by_scope(context)).get(scope))
            .flatten()
            .filter(|jobs| i < MAX_COMPARED.max(MAX_COMPARISONS / jobs.len()))
            .and_then(|jobs| nearest_key(&entry.key, jobs).map(ToString::to_string));
        let found = match (is_complete, near) {
            (true, near) => diagnostic(context, entry, near.as_deref(), &doubts),
            // Its workload may be in a file that this run does not see.
            (false, near) => near_miss(entry, &near?),
        };
        Some(Diagnostic { waived_by, ..found })
    });
    found.collect()
}

/// A note for a run that does not judge the whole tree.
fn near_miss(entry: &SavepointEntry, near: &str) -> Diagnostic {
    let key = &entry.key;
    let message = format!("`{key}` names no workload of this run, and `{near}` has no entry");
    let help = "correct the name, or run over the whole tree to see whose it is";
    let note = Diagnostic::new(RULE.id, Severity::Note, &entry.place, message).help(help);
    Diagnostic { workload: Some(key.to_string()), ..note }
}

/// The jobs of each lookup scope without an entry: an unused entry can be meant for no other job.
fn jobs_by_scope(context: &Context<'_>) -> HashMap<usize, Vec<ObjectKey>> {
    let mut by_scope: HashMap<usize, Vec<ObjectKey>> = HashMap::new();
    for (summary, built) in context.jobs().filter(|(summary, _)| !summary.partial) {
        if context.entry(&summary.key, summary.source()) == Lookup::Nothing {
            let key = built.unwrap_or_else(|| summary.key.clone());
            by_scope.entry(context.lookup_scope(summary.source()).number).or_default().push(key);
        }
    }
    by_scope
}

/// Why an entry without a workload may have one all the same: documents that could not be read, and
/// jobs that get their name later.
fn unread_reasons(context: &Context<'_>, unread: Unread) -> String {
    let strings = context.project.nested().strings;
    let unread_resources = context.project.unread_resources().len();
    let counts = [
        (unread.files, "file could not be understood", "files could not be understood"),
        (context.project.unnamed_jobs(), "job has no name yet", "jobs have no names yet"),
        (strings, "string holds a manifest", "strings hold manifests"),
        (
            unread.texts,
            "file that is not read names v1alpha1",
            "files that are not read name v1alpha1",
        ),
        (unread_resources, "kustomize resource is not read", "kustomize resources are not read"),
    ];
    let counts = counts.into_iter().filter(|(count, ..)| *count > 0);
    let counts = counts.map(|(count, one, many)| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    });
    counts.collect::<Vec<_>>().join(", ")
}

fn diagnostic(
    context: &Context<'_>,
    entry: &SavepointEntry,
    near: Option<&str>,
    doubts: &str,
) -> Diagnostic {
    let key = &entry.key;
    let session = context.project.has_session_cluster(&key.name);
    let message = match (near, session) {
        (Some(near), _) => format!("no workload is named `{key}`, and `{near}` has no entry"),
        (None, true) => {
            format!("`{key}` is a session cluster: it has no job that could start from a savepoint")
        }
        (None, false) if doubts.is_empty() => format!("no workload with a job is named `{key}`"),
        (None, false) => format!("no workload that could be read is named `{key}`; {doubts}"),
    };
    let severity = if entry.location().is_some() { Severity::Decision } else { Severity::Note };
    let accept = format!("pass `--accept {}={key}`", RULE.id);
    let help = match near {
        _ if doubts.is_empty() => format!("correct the name, remove the entry, or {accept}"),
        Some(_) => format!("correct the name, or {accept}"),
        None => {
            format!("the entry may belong to one of these; if not, correct the name, or {accept}")
        }
    };
    let diagnostic = Diagnostic::new(RULE.id, severity, &entry.place, message).help(help);
    Diagnostic { workload: Some(key.to_string()), ..diagnostic }
}

/// True if all of the tree was read and all of it is judged.
fn is_complete(context: &Context<'_>) -> bool {
    context.project.is_whole_tree() && context.policy.select.is_none()
}

/// The entries that belong to no workload that was read, each with the number of its lookup scope,
/// ascending. What has no state loses nothing.
pub(crate) fn unused<'a>(context: &Context<'a>) -> Vec<(usize, &'a SavepointEntry)> {
    let entries = context.lookup_scopes().filter(|(scope, _)| context.takes_lookup_scope(*scope));
    let entries = entries.flat_map(|(scope, inputs)| {
        inputs.savepoints.entries().iter().map(move |entry| (scope, entry))
    });
    let entries = entries.filter(|(_, entry)| entry.value != EntryValue::Stateless);
    entries.filter(|(scope, entry)| !is_used(context, *scope, entry)).collect()
}

/// True if the entry is, or could be, that of a workload with a job.
fn is_used(context: &Context<'_>, scope: usize, entry: &SavepointEntry) -> bool {
    let key = &entry.key;
    let mut namesakes = context.project.jobs_named(&key.name);
    let named = namesakes.any(|summary| {
        let here = context.lookup_scope(summary.source());
        let built = context.project.built_key(&summary.key, &summary.file, here.namespace);
        let fits = if let Ok(built) = built {
            let delivered = context.project.delivered_namespace(&built, summary.source());
            let is_delivered =
                delivered.map(|(_, namespace)| namespace) == key.namespace.as_deref();
            let unqualified = built.namespace.is_none() || key.namespace.is_none();
            built == *key || unqualified || is_delivered
        } else {
            context.project.may_be_in(&summary.key, &summary.file, key.namespace.as_deref())
        };
        context.may_be_looked_up_in(scope, summary.source()) && fits
    });
    // A nested manifest is converted by hand, and needs its entry too.
    let nested = context.project.nested().jobs.iter().any(|job| job.key.may_become(key));
    let is_future = context.project.has_future_job(&key.name);
    named || nested || is_future || context.project.may_be_renamed_to(&key.name)
}

/// An unused entry with a key similar to that of this workload, which has none.
pub(crate) fn similar_entry<'a>(subject: &Subject<'a, '_>) -> Option<&'a SavepointEntry> {
    let context = subject.context;
    let workload = subject.workload;
    // A job that gets its name later may be the one that the entry is about.
    let is_open = !unread_reasons(context, Unread::default()).is_empty();
    if is_open
        || !is_complete(context)
        || context.entry(&workload.key, workload.source()) != Lookup::Nothing
    {
        return None;
    }
    let scope = context.lookup_scope(workload.source()).number;
    let unused = context
        .unused
        .iter()
        .filter(|(number, entry)| *number == scope && entry.location().is_some());
    let entries: Vec<&SavepointEntry> =
        unused.map(|(_, entry)| *entry).take(MAX_COMPARED).collect();
    let near = nearest_key(&subject.key, entries.iter().map(|entry| &entry.key))?;
    entries.iter().find(|entry| entry.key == *near).copied()
}
