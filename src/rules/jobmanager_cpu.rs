//! A JobManager without `cpu` ran with 0 and will run with 1.0.

use super::{Acceptable, Check, Defaults, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::FlinkKind;
use crate::flink::names::{field, is_placeholder, key};
use crate::yaml::{Position, Scalar, Value, resolve};

pub(super) const RULE: Rule = Rule {
    id: "jobmanager-cpu",
    summary: "a JobManager without cpu gets 1.0 instead of 0",
    explain: "\
What changed: operator 0.1.0 read a missing spec.jobManager.resource.cpu as 0, request and limit. From
1.0.0 on, `kubernetes.jobmanager.cpu` of flinkConfiguration counts, else 1.0. TaskManagers without cpu
are another matter: see taskmanager-cpu.

What is done: with `--defaults explicit` what v1beta1 will use is written behind memory; with
`preserve`, `cpu: 0`, which gives the same pod as before; with `leave`, nothing. A resource block is
never created: in it, memory would be missing.

Before:
    resource:
      memory: 2048m
After:
    resource:
      memory: 2048m
      cpu: 1.0

Source: Resource.java:33 and FlinkConfigBuilder.java:205 (0.1.0), :277 (1.0.0); FLINK-27329; pods
measured with Flink 1.14.4, 1.15.0 and 1.20.1.
",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

const RESOURCE: [&str; 3] = [field::SPEC, field::JOB_MANAGER, field::RESOURCE];
const CPU: [&str; 4] = [field::SPEC, field::JOB_MANAGER, field::RESOURCE, field::CPU];

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    let has_resource = workload.get(&RESOURCE).is_some();
    if workload.kind != FlinkKind::Deployment || !has_resource || workload.get(&CPU).is_some() {
        return Vec::new();
    }
    let setting = subject.setting(key::JOB_MANAGER_CPU);
    let (number, because) = match (subject.facts.defaults, setting) {
        (Defaults::Leave, _) => {
            let message =
                "the JobManager has no cpu: it ran with 0 and will run with the new default";
            return vec![Finding::new(RULE.id, Remedy::Note, workload.point(&CPU), message)];
        }
        (Defaults::Preserve, _) => ("0", "what operator 0.1.0 used"),
        (Defaults::Explicit, None) => ("1.0", "the new default; operator 0.1.0 used 0"),
        (Defaults::Explicit, Some(setting)) => {
            (setting.text, "the key kubernetes.jobmanager.cpu, ignored until now")
        }
    };
    if !matches!(resolve(number.trim()), Scalar::Number(_)) || is_placeholder(number) {
        let message =
            format!("kubernetes.jobmanager.cpu begins to count, and `{number}` is no plain number");
        let finding = Finding::new(RULE.id, Remedy::Decision, workload.point(&CPU), message);
        return vec![
            finding
                .help("write spec.jobManager.resource.cpu by hand, or pass `--defaults preserve`"),
        ];
    }
    let value = Value::Number(number.trim().to_string());
    let change = workload.put(&CPU, value, Position::After(field::MEMORY));
    let message = format!("the JobManager's cpu becomes {}: {because}", number.trim());
    vec![Finding::new(RULE.id, Remedy::Edit(vec![change]), workload.point(&CPU), message)]
}
