//! Patches cannot be judged alone.

use super::{Acceptable, Check, Context, Diagnostic, NAME, Rule, Step, Subject, Theme};
use crate::flink::names::FlinkKind;
use crate::flink::workload::Workload;

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Prepare, Step::Suspend, Step::Convert, Step::Resume],
    answer: "build the overlay, convert that",
    accept: Acceptable::No,
    checks: &[Check::Partial(check)],
    ..Rule::new(Theme::Repository, include_str!("partial.md"))
};

/// True for a document that is a patch.
pub(crate) fn is_partial(workload: &Workload<'_>, context: &Context<'_>) -> bool {
    let listed = workload.kind == FlinkKind::Deployment && context.project.is_patch(&workload.file);
    listed || workload.is_partial()
}

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, key, .. } = subject;
    let help = "judge patch and base together: convert both by hand, or build the overlay and convert that";
    let is_listed = |file| context.project.is_patch(file);
    if context.project.is_built_patch(&workload.file) {
        return Vec::new();
    }
    if subject.is_partial() {
        let brings_job =
            workload.job().is_some() && context.project.has_jobless(&workload.key.name);
        if !workload.touches_judged_fields() && !brings_job {
            return Vec::new();
        }
        let (what, help) = if is_listed(&workload.file) {
            (format!("this is a patch of {key}"), help)
        } else {
            let help = "add `spec.flinkVersion` if it is a whole manifest; else convert it and its base by \
                        hand, or build the overlay and convert that";
            (format!("{key} has no `spec.flinkVersion`, so it counts as a patch"), help)
        };
        let message = format!("{what}, and it sets fields that only make sense with its base");
        return vec![Diagnostic::decision(RULE.id, &NAME, message).help(help)];
    }
    let is_known = context.project.is_built_root(&workload.file);
    if is_known || context.project.unbuilt_root(&workload.file).is_some() {
        return Vec::new();
    }
    if let Some((kustomization, what)) = context.project.modifying_builder(workload) {
        let by = context.project.names().display(&kustomization.file);
        let message = format!("{by} {what}, so that {key} cannot be judged alone");
        return vec![Diagnostic::decision(RULE.id, &NAME, message).help(help)];
    }
    let has_job = workload.job().is_some();
    if let Some((by, what)) = context.project.modifying_delivery(&workload.file, has_job) {
        let message = format!("{by} {what}, so that {key} cannot be judged alone");
        let help = "move what it changes into a kustomization in its folder, and build that; or make the \
                    change in the manifest";
        return vec![Diagnostic::decision(RULE.id, &NAME, message).help(help)];
    }
    let Some(patch) = context.project.deciding_patch(&workload.key, has_job) else {
        return Vec::new();
    };
    let place = context.project.location(patch);
    let (message, help) = if is_listed(&patch.file) {
        (format!("{key} is patched at {place}, which decides what it becomes"), help)
    } else {
        (
            format!("{key} may be patched by {place}, which no kustomization lists"),
            "delete that patch, list it in a kustomization, or leave it out with `--exclude`; if it is a \
             whole manifest, add its `spec.flinkVersion`",
        )
    };
    vec![Diagnostic::decision(RULE.id, &NAME, message).help(help)]
}
