//! Patches cannot be judged alone.

use super::{Acceptable, Check, Example, Facts, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::FlinkKind;
use crate::flink::names::field;
use crate::gitops::Workload;

pub(super) const RULE: Rule = Rule {
    id: "partial",
    theme: Theme::Repository,
    steps: &[Step::Prepare, Step::Suspend, Step::Convert, Step::Resume],
    summary: "a patch and its base can only be judged together",
    answer: "build the overlay, convert that",
    explain: "\
When: a document is listed as a patch in a kustomization, or has no `spec.flinkVersion`, which
every complete manifest needs. It gets its version and nothing else, since what it leaves out is
its base's business.

Why: a patch decides what the rules judge if it sets `upgradeMode`, `state`, a path, an account, a
pod template, configuration or resources. A base that looks stateless may be stateful once it is
patched. Overlays are not built here, so such a patch and every complete document of its name are
held. A kustomization holds every document it builds from if it patches such fields by a selector,
inline or as JSON 6902, or has transformers, or replacements that could reach them.

What to do: convert patch and base by hand, or build the overlay and convert the result:

    kubectl kustomize overlays/prod | flink-migrate write - > prod.yaml

If the document is a whole manifest, give it its `spec.flinkVersion`.
",
    example: Example {
        given: &[("kustomization.yaml", "resources: [../base]\npatches:\n  - path: orders.yaml\n")],
        args: &[],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:3:18: decision: this is a patch of orders, and it sets fields that only \
            make sense with its base",
    },
    accepting: None,
    source: "no release takes a manifest without flinkVersion: DefaultDeploymentValidator.java:83 \
        (0.1.0), DefaultValidator.java:101 (1.0.0), :148 (1.15.0)",
    accept: Acceptable::No,
    check: Check::Partial(check),
};

/// The manifest of the example, which is left as it is.
const EXAMPLE: &str = "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {name: orders}
spec:
  job: {upgradeMode: savepoint}
";

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
