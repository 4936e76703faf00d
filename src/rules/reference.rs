//! A kustomization that still asks for the old version.

use super::{Acceptable, Check, Facts, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::flink::names::field;
use crate::gitops::Kustomization;

pub(super) const RULE: Rule = Rule {
    id: "reference",
    summary: "a kustomization names the old version",
    explain: "\
When: a kustomization names v1alpha1 beside a Flink kind or group: in the target of a patch, in a
replacement, in an inline patch.

Why: kustomize finds what to patch by group, version and kind. With the documents converted and the
selector forgotten it drops the patch and exits 0. So the kustomization is a decision, and every
document it builds from is held until it is settled.

What to do: write v1beta1 there, or leave the version out of the selector. If the inline patch sets
what the rules judge, build the overlay and convert that. Accepting converts the documents and leaves
the kustomization as it is: the patch is then dropped.

Source: measured with kubectl kustomize.
",
    accept: Acceptable::Yes,
    check: Check::Partial(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Subject { workload, facts, .. } = subject;
    let outdated = facts.index.outdated_builders(&workload.file);
    let Some(kustomization) = outdated.first() else { return Vec::new() };
    let message = format!("{} builds from this document and names v1alpha1", kustomization.file);
    let span = workload.point(&[field::API_VERSION]);
    let help = "settle the kustomization first: with this document converted, its patch would be dropped silently";
    vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)]
}

/// What a kustomization itself is told.
pub fn outdated_selectors(kustomization: &Kustomization, facts: &Facts) -> Vec<Finding> {
    if facts.accepts_for_all(RULE.id) {
        return Vec::new();
    }
    let said = kustomization.mentions.iter().map(|mention| {
        let message = format!(
            "{} stands here: once its target is converted, kustomize drops the patch silently",
            mention.what
        );
        let help = "write v1beta1, or leave the version out of the selector; what the patch sets is judged then";
        Finding::new(RULE.id, Remedy::Decision, mention.span, message).help(help)
    });
    said.collect()
}
