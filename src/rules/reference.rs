//! A kustomization that still asks for the old version.

use super::{Check, Context, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::names::field;
use crate::kustomize::Kustomization;

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Convert],
    answer: "write v1beta1 there",
    checks: &[Check::Partial(check)],
    ..Rule::new(Theme::Repository, include_str!("reference.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, .. } = subject;
    let outdated = context.project.outdated_builders(&workload.file);
    let Some(kustomization) = outdated.first() else { return Vec::new() };
    let builder = context.project.names().display(&kustomization.file);
    let message = format!("{builder} builds from this document and names v1alpha1");
    let help = "fix the kustomization first: once this document is converted, its patch would be \
         dropped silently";
    vec![Diagnostic::decision(RULE.id, &[field::API_VERSION], message).help(help)]
}

/// The findings for the selectors of the kustomization itself.
pub fn judge_kustomization(
    kustomization: &Kustomization,
    context: &Context<'_>,
) -> Vec<Diagnostic> {
    let waived_by = context.policy.waivers.for_all(RULE.id);
    let diagnostics = kustomization.mentions.iter().map(|mention| {
        let message = format!(
            "found {}: once its target is converted, kustomize drops the patch silently",
            mention.what
        );
        let help = "write v1beta1, or leave the version out of the selector; what the patch sets is judged then";
        let decision = Diagnostic::decision(RULE.id, mention.span, message).help(help);
        Diagnostic { waived_by, ..decision }
    });
    diagnostics.collect()
}
