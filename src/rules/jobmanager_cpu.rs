//! A JobManager without `cpu` ran with 0 and will run with 1.0.

use super::{Check, Diagnostic, Rule, Subject, Theme};
use crate::flink::configuration::plain_cpu;
use crate::flink::names::{FlinkKind, field, key};
use crate::inputs::Defaults;
use crate::yaml::{InsertPosition, Value};

pub(crate) const RULE: Rule = Rule {
    answer: "write cpu, or --defaults",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::Fields, include_str!("jobmanager_cpu.md"))
};

const RESOURCE: [&str; 3] = [field::SPEC, field::JOB_MANAGER, field::RESOURCE];
const CPU: [&str; 4] = [field::SPEC, field::JOB_MANAGER, field::RESOURCE, field::CPU];

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let workload = subject.workload;
    let has_resource = workload.get(&RESOURCE).is_some();
    if workload.kind != FlinkKind::Deployment || !has_resource || workload.get(&CPU).is_some() {
        return Vec::new();
    }
    let setting = subject.setting(key::JOB_MANAGER_CPU);
    let (number, because) = match (subject.context.policy.defaults, setting) {
        (Defaults::Leave, _) => {
            let message =
                "the JobManager has no cpu: it ran with 0 and will run with the new default";
            return vec![Diagnostic::note(RULE.id, &CPU, message)];
        }
        (Defaults::Preserve, _) => ("0", "what operator 0.1.0 used"),
        (Defaults::Explicit, None) => ("1.0", "the new default; operator 0.1.0 used 0"),
        (Defaults::Explicit, Some(setting)) => {
            (setting.text, "the key kubernetes.jobmanager.cpu, ignored until now")
        }
    };
    let number = number.trim();
    if plain_cpu(number).is_none() {
        let message =
            format!("kubernetes.jobmanager.cpu takes effect, and `{number}` is not a plain number");
        let help = "write spec.jobManager.resource.cpu by hand, or pass `--defaults preserve`";
        return vec![Diagnostic::decision(RULE.id, &CPU, message).help(help)];
    }
    let value = Value::Number(number.to_string());
    let change = workload.put(&CPU, value, InsertPosition::After(field::MEMORY));
    let message = format!("the JobManager's cpu becomes {number}: {because}");
    vec![Diagnostic::change(RULE.id, &CPU, message, vec![change])]
}
