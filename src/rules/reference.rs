//! What else names the old version: kustomizations, selectors, references of other kinds, and manifests
//! inside other objects.

use std::collections::HashSet;

use super::mentions::{BY_HAND, mention};
use super::{Check, Context, Diagnostic, Rule, Step, Subject, Theme, still_preview};
use crate::diagnostic::SymbolicLocation;
use crate::flink::names::{ApiVersion, field};
use crate::flink::nested::{nested_workload, visit_others};
use crate::flink::objects::{Identity, identify};
use crate::flink::workload::Workload;
use crate::kustomize::{FileRole, MentionKind, mentions};
use crate::path::RepoPath;
use crate::yaml::Document;

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Suspend, Step::Convert, Step::Resume, Step::Done],
    answer: "write v1beta1 there",
    checks: &[Check::Partial(check), Check::Document(check_document)],
    ..Rule::new(Theme::Repository, include_str!("reference.md"))
};

pub(crate) fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, .. } = subject;
    let names = context.project.names();
    let outdated = context.project.outdated_builder(&workload.file);
    let Some((kustomization, file)) = outdated.filter(|_| subject.step() == Step::Convert) else {
        return Vec::new();
    };
    let builder = names.display(&kustomization.file);
    let (message, help) = match file.map(|file| names.display(file)) {
        None => (
            format!("{builder} builds from this document and names v1alpha1"),
            "fix the kustomization first: once this document is converted, what names v1alpha1 there \
             no longer applies to it"
                .to_string(),
        ),
        Some(file) => (
            format!("{builder} applies {file} to this document, and that asks for v1alpha1"),
            format!("change {file} first: once this document is converted, it no longer applies, or the build fails"),
        ),
    };
    vec![Diagnostic::decision(RULE.id, &[field::API_VERSION], message).help(help)]
}

/// What keeps a workload from being converted in an object that delivers this root: a patch at the preview
/// version.
pub fn judge_deliveries(
    workload: &Workload<'_>,
    root: &RepoPath,
    context: &Context<'_>,
) -> Option<Diagnostic> {
    if workload.version != ApiVersion::Preview || context.step(root) != Step::Convert {
        return None;
    }
    let deliveries = context.project.deliveries_of(&root.folder());
    let mut outdated = deliveries.iter().filter(|(_, it)| it.root_edits.has_preview_patch());
    let (object, _) = outdated.next()?;
    let object = context.project.delivering_object_name(object);
    let message = format!(
        "{object} has a patch at v1alpha1 without `target`: once this document is converted, it matches \
         nothing, and the build fails"
    );
    let help = "give that patch a `target` with kind and name: kustomize then ignores its version";
    let waived_by = context.policy.waivers.for_all(RULE.id);
    let found = Diagnostic::decision(RULE.id, &[field::API_VERSION], message).help(help);
    Some(Diagnostic { waived_by, ..found })
}

/// The findings for the kustomization in this file itself.
pub fn judge_kustomization(
    doc: &Document<'_>,
    file: &RepoPath,
    context: &Context<'_>,
) -> Vec<Diagnostic> {
    let waived_by = context.policy.waivers.for_all(RULE.id);
    let mut unserved = Vec::new();
    visit_others(doc, &mut |node, path| {
        if let Some(mention) = mention(node, path).filter(|it| !it.why.is_empty()) {
            let diagnostic = mention.diagnostic(context.step(file));
            unserved.extend(diagnostic.map(|it| Diagnostic { waived_by, ..it }));
        }
    });
    let diagnostics = mentions(doc.root()).into_iter().map(|mention| {
        let (message, help) = match mention.kind {
            MentionKind::Selector => (
                "found a selector of version v1alpha1: once its target is converted, it selects nothing: \
                 kustomize drops a patch or the target of a replacement silently, and fails at the source of one",
                "write v1beta1, or leave the version out of the selector; what is set with it is judged then",
            ),
            MentionKind::ApiVersion => (
                "found flink.apache.org/v1alpha1: once its target is converted, a patch without `target` or a \
                 var matches nothing, and the build fails",
                "write flink.apache.org/v1beta1; what a patch sets is judged then",
            ),
        };
        let decision = Diagnostic::decision(RULE.id, mention.span, message).help(help);
        Diagnostic { waived_by, ..decision }
    });
    let outdated = context.project.outdated_files(file).map(|(file, named)| {
        let file = context.project.names().display(file);
        let (message, help) = match named.role {
            FileRole::Setting => (
                format!("{file} names v1alpha1: once the manifests are converted, what it says no longer applies"),
                "write v1beta1 there too, or leave the version out",
            ),
            _ => (
                format!("{file} is at v1alpha1 and is not converted: its name is not that of a manifest"),
                "rename it so that it ends in .yaml, and convert it",
            ),
        };
        let decision = Diagnostic::decision(RULE.id, named.span, message).help(help);
        Diagnostic { waived_by, ..decision }
    });
    diagnostics.chain(outdated).chain(unserved).collect()
}

fn check_document(doc: &Document<'_>, file: &RepoPath, context: &Context<'_>) -> Vec<Diagnostic> {
    let step = context.step(file);
    let mut found = Vec::new();
    let mut covered = HashSet::new();
    visit_others(doc, &mut |node, path| {
        if let Some(workload) = nested_workload(node, path, &RepoPath::default())
            && workload.version == ApiVersion::Preview
        {
            covered.extend(node.own_entry(field::API_VERSION).map(|version| version.value));
            found.extend(nested(&workload, step));
        } else if let Some(mention) =
            mention(node, path).filter(|it| !covered.contains(&it.node.id))
        {
            covered.insert(mention.node.id);
            found.extend(mention.diagnostic(step));
        }
    });
    found
}

/// A whole manifest inside another object.
fn nested(workload: &Workload<'_>, step: Step) -> Option<Diagnostic> {
    let Workload { root, kind, key, .. } = workload;
    let version = SymbolicLocation::Field(root.key(field::API_VERSION));
    let mut what = format!("{} {key} is nested at {root}", kind.name());
    let is_served = match identify(workload.node) {
        Identity::Unclear(reason) => {
            what = format!("{what}, and {reason}");
            false
        }
        _ => true,
    };
    let is_whole = !workload.is_partial() || workload.touches_judged_fields();
    // A specification that is filled in later may have one.
    let has_job = (is_whole && workload.job().is_some()) || !workload.spec()?.is_mapping();
    let (message, help) = match step {
        Step::Done if is_served => return Some(still_preview::nested(version, &what)),
        _ if !has_job && ![Step::Convert, Step::Done].contains(&step) => return None,
        Step::Suspend => (
            format!("{what}: its job is not suspended"),
            "write `state: suspended` and `upgradeMode: savepoint` there by hand, then pass `--accept reference`",
        ),
        _ if !has_job && step != Step::Done => {
            let message = if is_served { format!("{what}, at v1alpha1") } else { what };
            return Some(Diagnostic::note(RULE.id, version, message).help(BY_HAND));
        }
        _ if !is_served => (
            what,
            "write v1beta1 there by hand, with `initialSavepointPath` if the job keeps state",
        ),
        _ => (
            format!("{what}: it is not edited, and its job gets no savepoint"),
            "convert it by hand, with `initialSavepointPath` if the job keeps state",
        ),
    };
    Some(Diagnostic::decision(RULE.id, version, message).help(help))
}
