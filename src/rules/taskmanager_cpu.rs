//! A key for the TaskManagers' cpu that was ignored begins to count.

use super::{Check, Diagnostic, Rule, Subject, Theme};
use crate::flink::configuration::plain_cpu;
use crate::flink::names::{FlinkKind, field, key};
use crate::inputs::Defaults;
use crate::yaml::{InsertPosition, Value};

pub(crate) const RULE: Rule = Rule {
    answer: "write cpu",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::Fields, include_str!("taskmanager_cpu.md"))
};

const RESOURCE: [&str; 3] = [field::SPEC, field::TASK_MANAGER, field::RESOURCE];
const CPU: [&str; 4] = [field::SPEC, field::TASK_MANAGER, field::RESOURCE, field::CPU];

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let workload = subject.workload;
    let has_resource = workload.get(&RESOURCE).is_some();
    if workload.kind != FlinkKind::Deployment || !has_resource || workload.get(&CPU).is_some() {
        return Vec::new();
    }
    let Some(setting) = subject.setting(key::TASK_MANAGER_CPU) else { return Vec::new() };
    if subject.setting(key::TASK_MANAGER_CORES).is_some() {
        return Vec::new();
    }
    let at = &CPU;
    let begins = format!("kubernetes.taskmanager.cpu {setting} takes effect");
    let slots = subject.slots_today();
    let (number, because) = match subject.context.policy.defaults {
        Defaults::Leave => {
            let message = format!(
                "the TaskManagers have no cpu: they ran with {slots}, one for each slot; {begins}"
            );
            return vec![Diagnostic::note(RULE.id, at, message)];
        }
        Defaults::Preserve => (slots, "one for each slot, what operator 0.1.0 used".to_string()),
        Defaults::Explicit => (setting.text.trim(), begins),
    };
    // Flink takes 0 for the number of slots, so that it is none that anybody could mean.
    if !plain_cpu(number).is_some_and(|cpu| cpu > 0.0) {
        let what = match subject.context.policy.defaults {
            Defaults::Preserve => "the number of slots, which 0.1.0 used",
            _ => "kubernetes.taskmanager.cpu, which takes effect",
        };
        let message = format!(
            "the TaskManagers' cpu is {what}, and `{number}` is not a plain number above 0"
        );
        let help = "write spec.taskManager.resource.cpu by hand";
        return vec![Diagnostic::decision(RULE.id, at, message).help(help)];
    }
    let change =
        workload.put(&CPU, Value::Number(number.to_string()), InsertPosition::After(field::MEMORY));
    let message = format!("the TaskManagers' cpu becomes {number}: {because}");
    vec![Diagnostic::change(RULE.id, at, message, vec![change])]
}
