//! A kustomization that still asks for the old version.

use super::{Acceptable, Check, Example, Facts, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::names::field;
use crate::gitops::Kustomization;

pub(super) const RULE: Rule = Rule {
    id: "reference",
    theme: Theme::Repository,
    steps: &[Step::Convert],
    summary: "a kustomization names the old version",
    answer: "write v1beta1 there",
    explain: "\
When: a kustomization names v1alpha1 beside a Flink kind or group: in the target of a patch, in a
replacement, in an inline patch.

Why: kustomize finds what to patch by group, version and kind. With the documents converted and
the selector forgotten, it drops the patch and exits 0. So the kustomization is a decision, and
every document it builds from is held until it is settled.

What to do: write v1beta1 there, or leave the version out of the selector. If the patch sets what
the rules judge, the documents are then held as `partial`: build the overlay and convert that.
",
    example: Example {
        given: &[(
            "kustomization.yaml",
            "\
resources: [orders.yaml]
patches:
  - target: {kind: FlinkDeployment, version: v1alpha1}
    patch: '[{op: replace, path: /spec/job/parallelism, value: 8}]'
",
        )],
        args: &[],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "kustomization.yaml:3:46: decision: a selector of version v1alpha1 stands here: once \
            its target is converted, kustomize drops the patch silently",
    },
    accepting: Some(
        "the documents are converted and the kustomization stays as it is: kustomize then \
         drops the patch",
    ),
    source: "measured with kubectl kustomize",
    accept: Acceptable::Yes,
    check: Check::Partial(check),
};

/// The manifest of the example, which is left as it is.
const EXAMPLE: &str = "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: stateless
";

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
        if !kustomization.mentions.is_empty() {
            facts.has_accepted(RULE.id, "");
        }
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
