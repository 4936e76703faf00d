//! A kustomization that still asks for the old version.

use super::{Acceptable, Check, Facts, Rule, Subject, Theme};
use crate::diagnostic::Diagnostic;
use crate::flink::names::field;
use crate::k8s::ObjectKey;
use crate::kustomize::Kustomization;
use crate::task::Step;

pub(crate) const RULE: Rule = Rule {
    id: "reference",
    theme: Theme::Repository,
    steps: &[Step::Convert],
    answer: "write v1beta1 there",
    accept: Acceptable::Yes,
    checks: &[Check::Partial(check), Check::Kustomization(check_kustomization)],
    page: include_str!("reference.md"),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, facts, .. } = subject;
    let outdated = facts.project.outdated_builders(&workload.file);
    let Some(kustomization) = outdated.first() else { return Vec::new() };
    let builder = facts.project.names().display(&kustomization.file);
    let message = format!("{builder} builds from this document and names v1alpha1");
    let span = workload.point(&[field::API_VERSION]);
    let help = "settle the kustomization first: with this document converted, its patch would be dropped silently";
    vec![Diagnostic::decision(RULE.id, span, message).help(help)]
}

/// The selectors of the kustomization itself.
fn check_kustomization(kustomization: &Kustomization, facts: &Facts) -> Vec<Diagnostic> {
    if facts.policy.waivers.waives_all(RULE.id) {
        if !kustomization.mentions.is_empty() {
            facts.has_accepted(RULE.id, &ObjectKey::default());
        }
        return Vec::new();
    }
    let said = kustomization.mentions.iter().map(|mention| {
        let message = format!(
            "{} stands here: once its target is converted, kustomize drops the patch silently",
            mention.what
        );
        let help = "write v1beta1, or leave the version out of the selector; what the patch sets is judged then";
        Diagnostic::decision(RULE.id, mention.span, message).help(help)
    });
    said.collect()
}
