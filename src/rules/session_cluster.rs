//! A session cluster has no savepoint to come back from.

use super::{Check, Diagnostic, NAME, Rule, Step, Subject, Theme};
use crate::flink::names::FlinkKind;

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Suspend, Step::Convert],
    answer: "take savepoints of its jobs",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::State, include_str!("session_cluster.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, .. } = subject;
    let may_get_job = || {
        let summaries = context.project.workloads_in(&workload.file).iter();
        let mut own = summaries.filter(|summary| summary.key == workload.key);
        own.any(|summary| context.project.may_get_job(summary))
    };
    let key = &subject.key;
    if workload.kind == FlinkKind::SessionJob && context.policy.step == Step::Suspend {
        let message = format!(
            "{key} is a job of a session cluster: step suspend does not stop it, and it ends when the \
             cluster is deleted"
        );
        return vec![
            Diagnostic::note(RULE.id, &NAME, message).help("take a savepoint of it first"),
        ];
    }
    if workload.kind != FlinkKind::Deployment || workload.job().is_some() || may_get_job() {
        return Vec::new();
    }
    let message =
        format!("{key} is a session cluster: the jobs that run in it end when it is deleted");
    vec![Diagnostic::note(RULE.id, &NAME, message).help("take savepoints of those jobs first")]
}
