//! A document at v1alpha1 in a repository whose migration is done.

use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::names::field;
use crate::text::Span;

pub(super) const RULE: Rule = Rule {
    id: "still-preview",
    theme: Theme::Repository,
    steps: &[Step::Cleanup, Step::Done],
    summary: "a document is at v1alpha1 although the migration is done",
    answer: "convert it, or leave it out",
    explain: "\
When: `flink-migrate.toml` says `step = \"done\"`, and a document is at v1alpha1: often a branch
that was open during the migration, or a manifest copied from an old page.

Why no edit: the cluster has moved on. There is no v1alpha1 job left whose savepoint could be
taken, and a path from the old map would rewind a job that has been running since. So nothing is
rewritten at this step, and every other rule is silent about the document.

What to do: write the document for v1beta1 by hand. If it is a job of a cluster that has not been
migrated yet, set `step = \"convert\"` while it is, or leave its files out with `exclude`.
",
    example: Example {
        given: &[("flink-migrate.toml", "step = \"done\"\n")],
        args: &[],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:1:13: decision: prod/orders is at v1alpha1, and the migration of this \
            repository is done",
    },
    accepting: None,
    source: "the CRD of each release lists one version, and from 1.0 on that is v1beta1",
    accept: Acceptable::No,
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
    let Subject { workload, facts, key, .. } = subject;
    // An item of a typed list need not name its version: the list does, and is told.
    if workload.node.get(field::API_VERSION).is_none() {
        return Vec::new();
    }
    let span = workload.point(&[field::API_VERSION]);
    if facts.step == Step::Cleanup {
        let message = format!("{key} is still at v1alpha1: there is nothing to clean up in it");
        return vec![Finding::new(RULE.id, Remedy::Note, span, message)];
    }
    vec![finding(span, &key.to_string())]
}

/// The finding for a typed list, whose version is that of all its items.
pub(super) fn of_list(span: Span) -> Finding {
    finding(span, "this list")
}

fn finding(span: Span, what: &str) -> Finding {
    let message = format!("{what} is at v1alpha1, and the migration of this repository is done");
    let help = "write it for v1beta1 by hand, or leave the file out with `exclude`";
    Finding::new(RULE.id, Remedy::Decision, span, message).help(help)
}
