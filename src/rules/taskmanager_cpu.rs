//! A key for the TaskManagers' cpu that was ignored begins to count.

use super::{Acceptable, Check, Defaults, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::cpu::plain_cpu;
use crate::flink::detect::FlinkKind;
use crate::flink::names::{field, key};
use crate::yaml::{Position, Value};

pub(super) const RULE: Rule = Rule {
    id: "taskmanager-cpu",
    theme: Theme::Fields,
    steps: &[Step::Prepare, Step::Convert],
    summary: "kubernetes.taskmanager.cpu begins to count",
    answer: "write cpu",
    explain: "\
What changed: operator 0.1.0 wrote 0 over `kubernetes.taskmanager.cpu` where
`spec.taskManager.resource` had no `cpu`, and Flink takes 0 for the number of slots. From 1.0.0 on
the key counts.

When: the block has no `cpu`, and the key is set, in the manifest or in the operator's
configuration. Without the key nothing changes, and nothing is said: in both versions a
TaskManager gets as many cpus as it has slots, and the 1.0 of the upgrade guide holds for the
JobManager alone. `taskmanager.cpu.cores` beats all of these in both versions.

What is done: `--defaults` says what.

* `explicit`, unless something else is said: the key's value is written behind `memory`, which is
  what v1beta1 will use.
* `preserve`: the number of slots is written, which is what 0.1.0 used.
* `leave`: nothing is written, and there is a note.

A value that is no plain number above 0 is a decision: `010` is ten to Flink and eight in a
manifest, `1_0`, `0x10` or `.inf` are no number to Flink at all, and it takes 0 for the slots.

What to do: write `cpu` by hand.
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
    kubernetes.taskmanager.cpu: \"3\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager:
    resource:
      memory: 4g
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
    kubernetes.taskmanager.cpu: \"3\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager:
    resource:
      memory: 4g
      cpu: 3
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: stateless
",
        says: "orders.yaml:12:5: change: the TaskManagers' cpu becomes 3: kubernetes.taskmanager.cpu \
            in flinkConfiguration begins to count",
    },
    accepting: Some("the block stays without `cpu`, and v1beta1 uses the value of the key"),
    source: "FlinkConfigBuilder.java:205 (0.1.0), :277 (1.0.0); pods measured with Flink 1.14.4, \
        1.15.0 and 1.20.1",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

const RESOURCE: [&str; 3] = [field::SPEC, field::TASK_MANAGER, field::RESOURCE];
const CPU: [&str; 4] = [field::SPEC, field::TASK_MANAGER, field::RESOURCE, field::CPU];

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    let has_resource = workload.get(&RESOURCE).is_some();
    if workload.kind != FlinkKind::Deployment || !has_resource || workload.get(&CPU).is_some() {
        return Vec::new();
    }
    let Some(setting) = subject.setting(key::TASK_MANAGER_CPU) else { return Vec::new() };
    if subject.setting(key::TASK_MANAGER_CORES).is_some() {
        return Vec::new();
    }
    let span = workload.point(&CPU);
    let begins = format!("kubernetes.taskmanager.cpu {setting} begins to count");
    let slots = subject.slots_today();
    let (number, because) = match subject.facts.defaults {
        Defaults::Leave => {
            let message = format!(
                "the TaskManagers have no cpu: they ran with {slots}, one for each slot; {begins}"
            );
            return vec![Finding::new(RULE.id, Remedy::Note, span, message)];
        }
        Defaults::Preserve => (slots, "one for each slot, what operator 0.1.0 used".to_string()),
        Defaults::Explicit => (setting.text.trim(), begins),
    };
    // Flink takes 0 for the number of slots, so that it is none that anybody could mean.
    if !plain_cpu(number).is_some_and(|cpu| cpu > 0.0) {
        let what = match subject.facts.defaults {
            Defaults::Preserve => "the number of slots, which 0.1.0 used",
            _ => "kubernetes.taskmanager.cpu, which begins to count",
        };
        let message =
            format!("the TaskManagers' cpu is {what}, and `{number}` is no plain number above 0");
        let help = "write spec.taskManager.resource.cpu by hand";
        return vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)];
    }
    let change =
        workload.put(&CPU, Value::Number(number.to_string()), Position::After(field::MEMORY));
    let message = format!("the TaskManagers' cpu becomes {number}: {because}");
    vec![Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message)]
}
