//! The number of JobManagers, made visible.

use super::{Acceptable, Check, Defaults, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::FlinkKind;
use crate::flink::names::{field, key};
use crate::yaml::{Position, Value};

pub(super) const RULE: Rule = Rule {
    id: "jobmanager-replicas",
    theme: Theme::Fields,
    steps: &[Step::Prepare, Step::Convert],
    summary: "a jobManager block without replicas means 1 from now on",
    answer: "write replicas, or --accept",
    explain: "\
What changed: operator 0.1.0 rejected a `jobManager` block without `replicas`. From 1.0.0 on it
means 1, and that 1 overrides `kubernetes.jobmanager.replicas` of the configuration.

What is done: with `--defaults explicit`, which holds unless something else is said, `replicas: 1`
is written as the first key of the block. If `kubernetes.jobmanager.replicas` says otherwise, it
is a decision. With `preserve` and `leave` nothing is written, and there is a note.

What to do: write the number that you want. More than one JobManager needs high availability.
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
    resource: {memory: 2g, cpu: 1}
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
    resource: {memory: 2g, cpu: 1}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: stateless
",
        says: "orders.yaml:9:3: change: the JobManager's replicas become 1: the new default, made \
            visible",
    },
    accepting: Some("the block stays without `replicas`, which means one JobManager"),
    source: "JobManagerSpec.java:37 (0.1.0 and 1.0.0), DefaultDeploymentValidator.java:182 (0.1.0), \
        FlinkConfigBuilder.java:202 (1.0.0); FLINK-27329",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

const BLOCK: [&str; 2] = [field::SPEC, field::JOB_MANAGER];
const REPLICAS: [&str; 3] = [field::SPEC, field::JOB_MANAGER, field::REPLICAS];

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    let has_block = workload.get(&BLOCK).is_some();
    if workload.kind != FlinkKind::Deployment || !has_block || workload.get(&REPLICAS).is_some() {
        return Vec::new();
    }
    let span = workload.point(&REPLICAS);
    let setting = subject.setting(key::JOB_MANAGER_REPLICAS);
    let other = setting.filter(|setting| setting.text.trim() != "1");
    if subject.facts.defaults != Defaults::Explicit {
        let message = "jobManager has no replicas: v1beta1 takes 1";
        return vec![Finding::new(RULE.id, Remedy::Note, span, message)];
    }
    if let Some(setting) = other {
        let message = format!(
            "jobManager has no replicas, so v1beta1 takes 1 and overrides kubernetes.jobmanager.replicas, which says {} {setting}",
            setting.text
        );
        let finding = Finding::new(RULE.id, Remedy::Decision, span, message);
        return vec![finding.help(
            "write spec.jobManager.replicas by hand, or pass `--accept jobmanager-replicas` for 1",
        )];
    }
    let change = workload.put(&REPLICAS, Value::Number("1".into()), Position::First);
    let message = "the JobManager's replicas become 1: the new default, made visible";
    vec![Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message)]
}
