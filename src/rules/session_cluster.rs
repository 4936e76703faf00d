//! A session cluster has no savepoint to come back from.

use super::{Acceptable, Check, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::FlinkKind;
use crate::flink::names::field;

pub(super) const RULE: Rule = Rule {
    id: "session-cluster",
    summary: "the jobs of a session cluster end with it",
    explain: "\
When: a FlinkDeployment has no spec.job. Its jobs were submitted by hand: they are in no manifest, and
deleting the resource ends them.

What to do: take savepoints of the jobs that matter before the cluster is deleted, and submit them
again afterwards. No path is ever written into a session cluster: it would become another kind of
cluster.
",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    if workload.kind != FlinkKind::Deployment || workload.job().is_some() {
        return Vec::new();
    }
    let key = &subject.key;
    let message =
        format!("{key} is a session cluster: the jobs that run in it end when it is deleted");
    let span = workload.point(&[field::METADATA, field::NAME]);
    vec![
        Finding::new(RULE.id, Remedy::Note, span, message)
            .help("take savepoints of those jobs first"),
    ]
}
