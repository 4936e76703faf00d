//! What the rules have to say about one document, gathered.

use crate::finding::{Change, Finding, Level, Remedy};
use crate::flink::kind::ApiVersion;
use crate::gitops::{Kustomization, Object, Workload, objects};
use crate::plan::input;
use crate::rules::{self, Facts};
use crate::text::Span;
use crate::yaml::{Document, FieldPath, Value};

/// The judgement of one document.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What was found, and about which workload.
    pub(super) findings: Vec<(Finding, Option<String>)>,
    /// The kind of the document: that of its first object, or of the list.
    pub(super) kind: Option<String>,
    /// The workloads in it.
    pub(super) workloads: Vec<String>,
}

impl Judged {
    /// The changes that the findings ask for, in the order of their paths.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = self
            .findings
            .iter()
            .filter_map(|(finding, _)| match &finding.remedy {
                Remedy::Edit(changes) => Some(changes),
                _ => None,
            })
            .flatten()
            .cloned()
            .collect();
        changes.sort_by(|a, b| a.path().cmp(b.path()));
        joined(changes)
    }

    /// True if some finding is at least this grave.
    pub(super) fn reaches(&self, level: Level) -> bool {
        self.findings.iter().any(|(finding, _)| finding.level() >= level)
    }

    fn say(&mut self, finding: Finding, workload: Option<&str>) {
        self.findings.push((finding, workload.map(String::from)));
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
pub(super) fn judge(doc: &Document<'_>, file: &str, facts: &Facts) -> Option<Judged> {
    judge_objects(doc, &objects(doc, file), file, facts)
}

/// The objects as if those at these paths were at v1alpha1.
pub(super) fn put_back(objects: &mut [Object<'_>], paths: &[FieldPath]) {
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
pub(super) fn judge_objects(
    doc: &Document<'_>,
    objects: &[Object<'_>],
    file: &str,
    facts: &Facts,
) -> Option<Judged> {
    let mut judged = Judged::default();
    // The version of a typed list is that of all its items.
    let left_out = objects
        .iter()
        .any(|object| matches!(object, Object::Workload(w) if !facts.selects(&w.key, file)));
    for object in objects {
        match object {
            Object::Unclear { span, reason } => judged.say(unclear(*span, reason), None),
            Object::List { .. } if left_out => {}
            Object::List { node, root, version } => {
                judged.kind.get_or_insert_with(|| kind_of(doc));
                if let Some(mut finding) = rules::judge_list(*node, *version, facts.step) {
                    below(&mut finding, root);
                    judged.say(finding, None);
                }
            }
            Object::Workload(workload) if facts.selects(&workload.key, file) => {
                judged.kind.get_or_insert_with(|| kind_of(doc));
                judge_workload(workload, facts, &mut judged);
            }
            Object::Workload(_) => {}
        }
    }
    let nothing_selected = judged.kind.is_none() && judged.findings.is_empty();
    (!objects.is_empty() && !nothing_selected).then_some(judged)
}

/// Judges a kustomization; nothing if there is nothing to say.
pub(super) fn judge_kustomization(kustomization: &Kustomization, facts: &Facts) -> Option<Judged> {
    let findings = rules::judge_kustomization(kustomization, facts);
    let findings: Vec<_> = findings.into_iter().map(|finding| (finding, None)).collect();
    let kind = Some("Kustomization".to_string());
    (!findings.is_empty()).then_some(Judged { findings, kind, workloads: Vec::new() })
}

fn judge_workload(workload: &Workload<'_>, facts: &Facts, judged: &mut Judged) {
    let key = facts.key(&workload.key, &workload.file).to_string();
    if workload.is_dump() {
        let message = format!(
            "{key} carries a status or a uid: this is what a cluster printed, not a manifest"
        );
        let span = workload.point(&["apiVersion"]);
        let finding = Finding::new(input::DUMP, Remedy::NotUnderstood, span, message).help(
            "remove status and metadata.uid if it is a manifest, or leave it out with `--exclude`",
        );
        judged.say(finding, Some(&key));
    } else {
        for mut finding in rules::judge(workload, facts) {
            below(&mut finding, &workload.root);
            judged.say(finding, Some(&key));
        }
    }
    judged.workloads.push(key);
}

/// Paths of a workload become paths of its document.
fn below(finding: &mut Finding, root: &FieldPath) {
    if let Remedy::Edit(changes) = &mut finding.remedy {
        *changes = changes.drain(..).map(|change| change.below(root)).collect();
    }
}

fn unclear(span: Span, reason: &str) -> Finding {
    Finding::new(input::UNCLEAR, Remedy::NotUnderstood, span, reason.to_string())
        .help("run on the rendered manifest, or leave the file out with `--exclude`")
}

fn kind_of(doc: &Document<'_>) -> String {
    doc.root().get("kind").and_then(crate::yaml::NodeRef::text).unwrap_or_default().to_string()
}
