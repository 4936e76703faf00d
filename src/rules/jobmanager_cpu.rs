//! A JobManager without `cpu` ran with 0 and will run with 1.0.

use super::{Acceptable, Check, Defaults, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::cpu::plain_cpu;
use crate::flink::detect::FlinkKind;
use crate::flink::names::{field, key};
use crate::yaml::{Position, Value};

pub(super) const RULE: Rule = Rule {
    id: "jobmanager-cpu",
    theme: Theme::Fields,
    steps: &[Step::Prepare, Step::Convert],
    summary: "a JobManager without cpu gets 1.0 instead of 0",
    answer: "write cpu, or --defaults",
    explain: "\
What changed: operator 0.1.0 read a missing `spec.jobManager.resource.cpu` as 0, for request and
limit, which is no limit at all. From 1.0.0 on, `kubernetes.jobmanager.cpu` of the configuration
counts, else 1.0. TaskManagers are another matter: see `taskmanager-cpu`.

What is done: `--defaults` says what.

* `explicit`, unless something else is said: what v1beta1 will use is written behind `memory`.
* `preserve`: `cpu: 0` is written, which gives the same pod as before.
* `leave`: nothing is written, and there is a note.

A `resource` block is never created: in it, memory would be missing. With `explicit`, a key whose
value is no plain number is a decision: `010` is ten to Flink and eight in a manifest, and `1_0`,
`0x10` or `.inf` are no number to Flink at all.

What to do: write `cpu` by hand, or pass `--defaults preserve`.
",
    example: Example {
        given: &[],
        args: &[],
        file: "orders.yaml",
        before: "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager:
    replicas: 1
    resource:
      memory: 2g
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: stateless
",
        after: "\
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager:
    replicas: 1
    resource:
      memory: 2g
      cpu: 1.0
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: stateless
",
        says: "orders.yaml:11:5: change: the JobManager's cpu becomes 1.0: the new default; operator \
            0.1.0 used 0",
    },
    accepting: Some("the block stays without `cpu`, and v1beta1 uses the value of the key"),
    source: "Resource.java:33 and FlinkConfigBuilder.java:205 (0.1.0), :277 (1.0.0); FLINK-27329; \
        pods measured with Flink 1.14.4, 1.15.0 and 1.20.1",
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
    let number = number.trim();
    if plain_cpu(number).is_none() {
        let message =
            format!("kubernetes.jobmanager.cpu begins to count, and `{number}` is no plain number");
        let finding = Finding::new(RULE.id, Remedy::Decision, workload.point(&CPU), message);
        return vec![
            finding
                .help("write spec.jobManager.resource.cpu by hand, or pass `--defaults preserve`"),
        ];
    }
    let value = Value::Number(number.to_string());
    let change = workload.put(&CPU, value, Position::After(field::MEMORY));
    let message = format!("the JobManager's cpu becomes {number}: {because}");
    vec![Finding::new(RULE.id, Remedy::Edit(vec![change]), workload.point(&CPU), message)]
}
