//! The number of JobManagers, made visible.

use super::{Check, Diagnostic, Rule, Subject, Theme};
use crate::flink::names::{FlinkKind, field, key};
use crate::inputs::Defaults;
use crate::yaml::{InsertPosition, Value};

pub(crate) const RULE: Rule = Rule {
    answer: "write replicas, or --accept",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::Fields, include_str!("jobmanager_replicas.md"))
};

const BLOCK: [&str; 2] = [field::SPEC, field::JOB_MANAGER];
const REPLICAS: [&str; 3] = [field::SPEC, field::JOB_MANAGER, field::REPLICAS];

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let workload = subject.workload;
    let has_block = workload.get(&BLOCK).is_some();
    if workload.kind != FlinkKind::Deployment || !has_block || workload.get(&REPLICAS).is_some() {
        return Vec::new();
    }
    let at = &REPLICAS;
    let setting = subject.setting(key::JOB_MANAGER_REPLICAS);
    let other = setting.filter(|setting| setting.text.trim() != "1");
    if subject.context.policy.defaults != Defaults::Explicit {
        let message = "jobManager has no replicas: v1beta1 takes 1";
        return vec![Diagnostic::note(RULE.id, at, message)];
    }
    if let Some(setting) = other {
        let message = format!(
            "jobManager has no replicas, so v1beta1 takes 1 and overrides \
             kubernetes.jobmanager.replicas, which is {} {setting}",
            setting.text
        );
        let help =
            "write spec.jobManager.replicas by hand, or pass `--accept jobmanager-replicas` for 1";
        return vec![Diagnostic::decision(RULE.id, at, message).help(help)];
    }
    let change = workload.put(&REPLICAS, Value::Number("1".into()), InsertPosition::First);
    let message = "the JobManager's replicas become 1: the new default, made visible";
    vec![Diagnostic::change(RULE.id, at, message, vec![change])]
}
