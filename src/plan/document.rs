//! What the rules have to say about one document, gathered.

use crate::diagnostic::{Change, Diagnostic, Severity};
use crate::flink::names::ApiVersion;
use crate::flink::objects::{Object, objects, workloads};
use crate::flink::workload::Workload;
use crate::kustomize::Kustomization;
use crate::path::RepoPath;
use crate::plan::{PlannedWorkload, input};
use crate::rules::{self, Facts};
use crate::text::Span;
use crate::yaml::{Document, FieldPath, Value};

/// The judgement of one document.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// What is reported about it.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The kind of the document: that of its first object, or of the list.
    pub(crate) kind: Option<String>,
    /// The workloads in it.
    pub(crate) workloads: Vec<String>,
}

impl Judged {
    /// A document of which only this is reported.
    pub(crate) fn only(diagnostics: Vec<Diagnostic>) -> Judged {
        Judged { diagnostics, ..Judged::default() }
    }

    /// The changes of all fixes, in the order of their paths.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let fixes = self.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
        let mut changes: Vec<Change> = fixes.flatten().cloned().collect();
        changes.sort_by(|a, b| a.path().cmp(b.path()));
        joined(changes)
    }

    /// True if some diagnostic is at least this severe.
    pub(crate) fn reaches(&self, severity: Severity) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity >= severity)
    }
}

/// Blocks that several rules begin at one place become one block, in the order of its keys.
fn joined(changes: Vec<Change>) -> Vec<Change> {
    let mut out: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        if let (
            Some(Change::Insert { path: known, value: Value::Mapping(entries), .. }),
            Change::Insert { path, value: Value::Mapping(more), .. },
        ) = (out.last_mut(), &change)
            && known == path
        {
            entries.extend(more.iter().cloned());
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            continue;
        }
        out.push(change);
    }
    out
}

/// Judges a document; nothing if none of its objects is ours.
pub(crate) fn judge(doc: &Document<'_>, file: &RepoPath, facts: &Facts) -> Option<Judged> {
    judge_objects(doc, &objects(doc, file), file, facts)
}

/// The objects as if those at these paths were at v1alpha1.
pub(crate) fn put_back(objects: &mut [Object<'_>], paths: &[FieldPath]) {
    for object in objects {
        if let Object::Workload(Workload { root, version, .. }) | Object::List { root, version, .. } =
            object
            && paths.contains(root)
        {
            *version = ApiVersion::Preview;
        }
    }
}

/// Judges a document whose objects are known.
pub(crate) fn judge_objects(
    doc: &Document<'_>,
    objects: &[Object<'_>],
    file: &RepoPath,
    facts: &Facts,
) -> Option<Judged> {
    let mut judged = Judged::default();
    // The version of a typed list is that of all its items.
    let left_out = objects
        .iter()
        .any(|object| matches!(object, Object::Workload(w) if !facts.selects(&w.key, file)));
    for object in objects {
        match object {
            Object::Unclear { span, reason } => judged.diagnostics.push(unclear(*span, reason)),
            Object::List { .. } if left_out => {}
            Object::List { node, root, version } => {
                judged.kind.get_or_insert_with(|| kind_of(doc));
                let found = rules::judge_list(*node, *version, facts.policy().step);
                judged.diagnostics.extend(found.map(|diagnostic| below(diagnostic, root)));
            }
            Object::Workload(workload) if facts.selects(&workload.key, file) => {
                judged.kind.get_or_insert_with(|| kind_of(doc));
                judge_workload(workload, facts, &mut judged);
            }
            Object::Workload(_) => {}
        }
    }
    let nothing_selected = judged.kind.is_none() && judged.diagnostics.is_empty();
    (!objects.is_empty() && !nothing_selected).then_some(judged)
}

/// The complete workloads of a document that the run selects.
pub(crate) fn planned_workloads(
    doc: &Document<'_>,
    document: usize,
    file: &RepoPath,
    facts: &Facts,
) -> Vec<PlannedWorkload> {
    let summaries = facts.project().workloads_of(file, document);
    if summaries.is_empty() {
        return Vec::new();
    }
    // The summaries were made of the same text, so they are as many.
    let objects = objects(doc, file);
    let both = summaries.iter().zip(workloads(&objects));
    let judged = both.filter(|(summary, _)| !summary.partial && facts.selects(&summary.key, file));
    let planned = judged.map(|(summary, workload)| {
        let overrides = facts.workload_override(&summary.key, file);
        PlannedWorkload {
            summary: summary.clone(),
            key: facts.key(&summary.key, file),
            state_override: overrides.and_then(|overrides| overrides.state.clone()),
            savepoint_override: overrides.and_then(|overrides| overrides.savepoint),
            start: rules::expected_start(workload, facts),
        }
    });
    planned.collect()
}

/// Judges a kustomization; nothing if there is nothing to say.
pub(crate) fn judge_kustomization(kustomization: &Kustomization, facts: &Facts) -> Option<Judged> {
    let diagnostics = rules::judge_kustomization(kustomization, facts);
    let kind = Some("Kustomization".to_string());
    (!diagnostics.is_empty()).then_some(Judged { diagnostics, kind, workloads: Vec::new() })
}

fn judge_workload(workload: &Workload<'_>, facts: &Facts, judged: &mut Judged) {
    let key = facts.key(&workload.key, &workload.file).to_string();
    let found = if workload.is_dump() {
        let message = format!(
            "{key} carries a status or a uid: this is what a cluster printed, not a manifest"
        );
        let span = workload.point(&["apiVersion"]);
        let help =
            "remove status and metadata.uid if it is a manifest, or leave it out with `--exclude`";
        vec![Diagnostic::decision(input::DUMP, span, message).help(help)]
    } else {
        rules::judge(workload, facts)
    };
    judged.diagnostics.extend(found.into_iter().map(|diagnostic| Diagnostic {
        workload: Some(key.clone()),
        ..below(diagnostic, &workload.root)
    }));
    judged.workloads.push(key);
}

/// Paths of a workload become paths of its document.
fn below(diagnostic: Diagnostic, root: &FieldPath) -> Diagnostic {
    let below = |changes: Vec<Change>| changes.into_iter().map(|change| change.below(root));
    Diagnostic { fix: diagnostic.fix.map(|changes| below(changes).collect()), ..diagnostic }
}

fn unclear(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::decision(input::UNCLEAR, span, reason.to_string())
        .help("run on the rendered manifest, or leave the file out with `--exclude`")
}

fn kind_of(doc: &Document<'_>) -> String {
    doc.root().get("kind").and_then(crate::yaml::NodeRef::text).unwrap_or_default().to_string()
}
