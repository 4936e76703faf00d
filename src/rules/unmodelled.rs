//! What a root builds is not known here.

use super::{Acceptable, Check, Diagnostic, NAME, Rule, Step, Subject, Theme};
use crate::kustomize::BuildError;
use crate::project::UnbuiltRoot;

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Prepare, Step::Suspend, Step::Convert, Step::Resume],
    answer: "repair it, or convert its output",
    accept: Acceptable::No,
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::Repository, include_str!("unmodelled.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, key, .. } = subject;
    let (project, names) = (context.project, context.project.names());
    let Some(UnbuiltRoot { root, error, line }) = project.unbuilt_root(&workload.file) else {
        return Vec::new();
    };
    let (place, root) = (names.display_line(&error.place().file, *line), names.display(root));
    let (what, help) = match error {
        BuildError::Unmodelled { .. } => (
            "is not known",
            format!(
                "convert the output of `kubectl kustomize {}`, or build {key} without that",
                folder(&root)
            ),
        ),
        BuildError::Refused { .. } => (
            "is not known, and kustomize refuses it",
            "repair that, or delete the kustomization".into(),
        ),
        BuildError::Missing { .. } => {
            ("is not known", "add that file, or take it out of the kustomization".into())
        }
    };
    let message = format!("what {root} makes of {key} {what}: {place} {}", error.reason());
    vec![Diagnostic::decision(RULE.id, &NAME, message).help(&help)]
}

/// The folder of a kustomization, as a command names it.
fn folder(kustomization: &str) -> &str {
    kustomization.rsplit_once('/').map_or(".", |(folder, _)| folder)
}
