//! What the rules have to say about one document, gathered.

use crate::diagnostic::{Change, Diagnostic, Severity, SymbolicLocation};
use crate::flink::configuration::Configuration;
use crate::flink::names::{ApiVersion, field};
use crate::flink::objects::{Object, objects, workloads};
use crate::flink::workload::{Workload, anchor};
use crate::kustomize::{FileRole, NamedFile};
use crate::path::RepoPath;
use crate::plan::placing::{UnplacedChange, without_emptied};
use crate::plan::{PlannedWorkload, builds, input};
use crate::project::{BuiltManifest, WorkloadSummary};
use crate::rules::{self, Context, DocumentId, RULES};
use crate::text::Span;
use crate::yaml::{Document, FieldPath, NodeRef, PathSegment, Value};

/// The judgement of one document.
#[derive(Debug, Default)]
pub(crate) struct JudgedDocument {
    /// What is reported about it.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The kind of the document: that of its first object, or of the list.
    pub(crate) kind: Option<String>,
    /// The workloads in it.
    pub(crate) workloads: Vec<String>,
    /// What a waiver answers.
    pub(crate) waived: Vec<Diagnostic>,
    /// Changes of what is built from it that it cannot take.
    pub(crate) unplaced: Vec<UnplacedChange>,
}

impl JudgedDocument {
    fn report(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        let reported = found.into_iter().filter_map(|one| unless_waived(one, &mut self.waived));
        self.diagnostics.extend(reported);
    }

    /// Adds what this document takes of the changes of workloads that are built.
    pub(crate) fn take(&mut self, doc: &Document<'_>, id: &DocumentId, context: &Context<'_>) {
        let Some(taken) = context.placed.taken.get(id) else { return };
        let mut taken = taken.clone();
        let fixes = taken.iter().filter_map(|one| one.fix.as_ref());
        let mut changes: Vec<Change> = fixes.flatten().cloned().collect();
        without_emptied(doc.root(), &mut changes);
        // What goes with what is around it is reported, and changed once.
        for one in &mut taken {
            let own = one.fix.take().unwrap_or_default();
            let concerns = |it: &Change| own.iter().any(|one| one == it || one.is_within(it));
            one.fix = Some(changes.iter().filter(|it| concerns(it)).cloned().collect());
        }
        self.report(
            taken.into_iter().map(|one| in_document(one, doc.root(), &FieldPath::default())),
        );
    }

    /// A document of which only this is reported.
    pub(crate) fn only(diagnostics: Vec<Diagnostic>) -> JudgedDocument {
        JudgedDocument { diagnostics, ..JudgedDocument::default() }
    }

    /// The changes of all fixes, in the order of their paths, items that go last.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let fixes = self.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
        let mut changes: Vec<Change> = fixes.flatten().cloned().collect();
        // An item that goes would change the numbers of those behind it: the last goes first.
        changes.sort_by(|a, b| match (a.removes_item(), b.removes_item()) {
            (true, true) => b.path().cmp(a.path()),
            (false, false) => a.path().cmp(b.path()),
            (a, b) => a.cmp(&b),
        });
        // Two roots that build the document can ask for the same.
        changes.dedup();
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
        if let (
            Some(Change::Insert { path: known, value: Value::Sequence(items), .. }),
            Change::Insert { path, value: Value::Sequence(more), .. },
        ) = (out.last_mut(), &change)
            && known == path
        {
            items.extend(more.iter().cloned());
            continue;
        }
        out.push(change);
    }
    out
}

/// Where objects with a version of their own are in their document.
pub(crate) fn roots(objects: &[Object<'_>]) -> Vec<FieldPath> {
    let root = |object: &Object<'_>| match object {
        Object::Workload(Workload { root, .. }) | Object::List { root, .. } => Some(root.clone()),
        Object::Unclear { .. } => None,
    };
    objects.iter().filter_map(root).collect()
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

/// Judges a document that has these objects, and whatever else of ours it names.
pub(crate) fn judge(
    doc: &Document<'_>,
    objects: &[Object<'_>],
    builds: &[BuiltManifest],
    file: &RepoPath,
    context: &Context<'_>,
) -> JudgedDocument {
    let mut judged = judge_objects(doc, objects, builds, file, context);
    if context.outside.contains_key(file) {
        return judged;
    }
    let found = rules::judge_document(doc, file, context).into_iter();
    judged.report(found.map(|one| in_document(one, doc.root(), &FieldPath::default())));
    judged
}

fn judge_objects(
    doc: &Document<'_>,
    objects: &[Object<'_>],
    builds: &[BuiltManifest],
    file: &RepoPath,
    context: &Context<'_>,
) -> JudgedDocument {
    let mut judged = JudgedDocument::default();
    // The version of a typed list is that of all its items.
    let left_out = objects.iter().any(|object| {
        matches!(object, Object::Workload(w) if builds.is_empty() && !context.selects(&w.key, w.source()))
    });
    let is_outside = context.outside.contains_key(file);
    for object in objects {
        match object {
            Object::Unclear { .. } | Object::List { .. } if is_outside => {}
            Object::Unclear { span, reason } => judged.diagnostics.push(unclear(*span, reason)),
            Object::List { .. } if left_out => {}
            Object::List { node, root, version } => {
                judged.kind.get_or_insert_with(|| kind_of(doc));
                let found = rules::judge_list(*node, *version, context.step(file));
                judged
                    .diagnostics
                    .extend(found.map(|diagnostic| in_document(diagnostic, *node, root)));
            }
            Object::Workload(workload) if !builds.is_empty() => {
                let start = workload.node.span_in_file().start;
                let own = builds.iter().filter(|one| one.start == start);
                let own: Vec<&BuiltManifest> = own.collect();
                let found = builds::judge(workload, &own, context);
                judged.kind.get_or_insert_with(|| kind_of(doc));
                let diagnostics = found.diagnostics.into_iter();
                judged.report(diagnostics.map(|it| in_document(it, workload.node, &workload.root)));
                judged.workloads.extend(found.keys);
                judged.unplaced.extend(found.unplaced);
            }
            Object::Workload(workload)
                if !is_outside && context.selects(&workload.key, workload.source()) =>
            {
                judged.kind.get_or_insert_with(|| kind_of(doc));
                judge_workload(workload, context, &mut judged);
            }
            Object::Workload(_) => {}
        }
    }
    judged
}

/// The complete workloads of a document that the run selects.
pub(crate) fn planned_workloads(
    doc: &Document<'_>,
    document: usize,
    file: &RepoPath,
    context: &Context<'_>,
) -> Vec<PlannedWorkload> {
    let built = context.project.built_from(file, document);
    if !built.is_empty() {
        let planned = built.iter().filter_map(|one| {
            let planned = one.with_workload(|workload| {
                let is_selected = context.takes_build(&one.root, file)
                    && context.selects(&workload.key, workload.source());
                let summary = one.summary(workload);
                is_selected.then(|| planned_workload(summary, workload, context))
            });
            planned.flatten()
        });
        return planned.collect();
    }
    let summaries = context.project.workloads_of(file, document);
    if summaries.is_empty() {
        return Vec::new();
    }
    // The summaries were made of the same text, so they are as many.
    let objects = objects(doc, file);
    let both = summaries.iter().zip(workloads(&objects));
    let judged = both
        .filter(|(summary, _)| !summary.partial && context.selects(&summary.key, summary.source()));
    judged.map(|(summary, workload)| planned_workload(summary.clone(), workload, context)).collect()
}

fn planned_workload(
    summary: WorkloadSummary,
    workload: &Workload<'_>,
    context: &Context<'_>,
) -> PlannedWorkload {
    let overrides = context.workload_override(&summary.key, summary.source());
    PlannedWorkload {
        key: context.key(&summary.key, summary.source()),
        state_override: overrides.and_then(|overrides| overrides.state.clone()),
        savepoint_override: overrides.and_then(|overrides| overrides.savepoint),
        start: rules::expected_start(workload, context),
        summary,
    }
}

/// Judges the kustomization in this file, which has a kind only if something is reported of it.
pub(crate) fn judge_kustomization(
    doc: &Document<'_>,
    file: &RepoPath,
    context: &Context<'_>,
) -> JudgedDocument {
    let mut judged = JudgedDocument::default();
    let found = rules::judge_kustomization(doc, file, context).into_iter();
    judged.report(found.map(|one| in_document(one, doc.root(), &FieldPath::default())));
    judged.kind = (!judged.diagnostics.is_empty()).then(|| "Kustomization".to_string());
    judged
}

/// A note for each resource of the kustomization in this file that is not read, where it matters.
pub(crate) fn unread_resources(file: &RepoPath, context: &Context<'_>) -> Vec<Diagnostic> {
    let all = context.project.unread_resources().iter();
    let own = all.filter(|(holder, _)| holder == file && !context.project.workloads().is_empty());
    let note = |(_, named): &(RepoPath, NamedFile)| {
        let written = &named.written;
        let message = match named.role {
            FileRole::Remote => {
                format!("`{written}` is not in this tree: what it builds is not judged")
            }
            FileRole::Resource => {
                format!("`{written}` is no kustomization and no file that can be read")
            }
            _ => format!("`{written}` does not exist"),
        };
        let help = "correct the path if it is misspelt; a workload of any name may be there, so write \
                    the entries of the savepoint map as `namespace/name`";
        Diagnostic::note(input::UNREAD_RESOURCE, named.span, message).help(help)
    };
    own.map(note).collect()
}

/// What is reported of a diagnostic. One with a waiver is put by, and is reported only where something
/// changes, or where it decides what a job starts from: then a note remains.
pub(crate) fn unless_waived(one: Diagnostic, waived: &mut Vec<Diagnostic>) -> Option<Diagnostic> {
    if one.waived_by.is_none() {
        return Some(one);
    }
    waived.push(one.clone());
    match one.severity {
        Severity::Change => Some(one),
        _ if [rules::STARTS_EMPTY, rules::KEEPS_PATH].contains(&one.id) => {
            Some(one.into_waived_note())
        }
        _ => None,
    }
}

fn judge_workload(workload: &Workload<'_>, context: &Context<'_>, judged: &mut JudgedDocument) {
    let key = context.key(&workload.key, workload.source()).to_string();
    let found = if workload.is_dump() {
        let message =
            format!("{key} has a status or a uid: this is a dump of a cluster, not a manifest");
        let help =
            "remove status and metadata.uid if it is a manifest, or leave it out with `--exclude`";
        vec![Diagnostic::decision(input::DUMP, &[field::API_VERSION], message).help(help)]
    } else {
        rules::judge(RULES, workload, context)
    };
    judged.report(found.into_iter().map(|diagnostic| Diagnostic {
        workload: Some(key.clone()),
        ..in_document(diagnostic, workload.node, &workload.root)
    }));
    judged.workloads.push(key);
}

/// The diagnostic of an object in the terms of its document: paths from the root, bytes of the file.
fn in_document(diagnostic: Diagnostic, object: NodeRef<'_>, root: &FieldPath) -> Diagnostic {
    let below = |changes: Vec<Change>| changes.into_iter().map(|change| change.below(root));
    let location = match diagnostic.location {
        SymbolicLocation::Field(path) => SymbolicLocation::Text(field_span(object, &path)),
        SymbolicLocation::Setting(key) => SymbolicLocation::Text(setting_span(object, key)),
        other @ (SymbolicLocation::Text(_) | SymbolicLocation::Input(..)) => other,
    };
    let fix = diagnostic.fix.map(|changes| below(changes).collect());
    Diagnostic { location, fix, ..diagnostic }
}

/// The deepest field of the path that is there.
fn field_span(object: NodeRef<'_>, path: &FieldPath) -> Span {
    let mut span = anchor(object);
    let mut here = object;
    for (i, segment) in path.steps().iter().enumerate() {
        let found = match segment {
            PathSegment::Key(key) => here.own_entry(key).map(|entry| (entry.key, entry.value)),
            PathSegment::Index(index) => here.items().nth(*index).map(|item| (item.id, item.id)),
        };
        let Some((key, value)) = found else { break };
        let value = NodeRef { doc: here.doc, id: value };
        let is_last = i + 1 == path.steps().len();
        let scalar = is_last && value.scalar().is_some() && !value.node().span.is_empty();
        let pointed = if scalar { value.id } else { key };
        span = NodeRef { doc: here.doc, id: pointed }.span_in_file();
        here = value;
    }
    span
}

fn setting_span(object: NodeRef<'_>, key: &str) -> Span {
    let block = object.get(field::SPEC).and_then(|spec| spec.get(field::FLINK_CONFIGURATION));
    match Configuration::read(block).get(key) {
        Some(setting) => setting.node.span_in_file(),
        None => anchor(object),
    }
}

fn unclear(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::decision(input::UNCLEAR, span, reason.to_string())
        .help("run on the rendered manifest, or leave the file out with `--exclude`")
}

fn kind_of(doc: &Document<'_>) -> String {
    doc.root().get("kind").and_then(NodeRef::text).unwrap_or_default().to_string()
}
