//! Patches cannot be judged alone.

use super::{Acceptable, Check, Facts, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::FlinkKind;
use crate::flink::names::field;
use crate::gitops::Workload;

pub(super) const RULE: Rule = Rule {
    id: "partial",
    summary: "a patch and its base can only be judged together",
    explain: "\
When: a document is listed as a patch in a kustomization, or has no spec.flinkVersion, which every
complete manifest needs. It gets its version and nothing else: what it leaves out is its base's
business.

If it sets upgradeMode, state, a path, an account, a pod template, configuration or resources, it
decides what the rules judge. This release does not build overlays, so the patch and every complete
document of its name are held: a base that looks stateless may be stateful once it is patched. A
kustomization that patches such fields by a selector, inline or as JSON 6902, or has transformers or
replacements that could reach them, holds every document it builds from.

What to do: convert the pair by hand, or build the overlay and convert the result.
",
    accept: Acceptable::No,
    check: Check::Partial(check),
};

/// True for a document that is a patch.
pub(super) fn is_partial(workload: &Workload<'_>, facts: &Facts) -> bool {
    let listed = workload.kind == FlinkKind::Deployment && facts.index.is_patch(&workload.file);
    listed || workload.is_partial()
}

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Subject { workload, facts, key, .. } = subject;
    let help = "judge patch and base together: convert both by hand, or build the overlay and convert that";
    if subject.is_partial() {
        if !workload.touches_judged_fields() {
            return Vec::new();
        }
        let message = format!(
            "this is a patch of {key}, and it sets fields that only make sense with its base"
        );
        let span = workload.point(&[field::METADATA, field::NAME]);
        return vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)];
    }
    let span = workload.point(&[field::METADATA, field::NAME]);
    if let Some((kustomization, what)) = facts.index.deciding_builder(&workload.key, &workload.file)
    {
        let message =
            format!("{} {what}, so that {key} cannot be judged alone", kustomization.file);
        return vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)];
    }
    let Some(patch) = facts.index.deciding_patch(&workload.key) else { return Vec::new() };
    let message = format!("{key} is patched at {}, which decides what it becomes", patch.place);
    vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)]
}
