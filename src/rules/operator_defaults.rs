//! Defaults of the operator's chart that later charts no longer have.

use super::{Acceptable, Check, Defaults, Example, Rule, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::FlinkKind;
use crate::flink::names::{chart_default, field, key};
use crate::flink::releases::{MEMORY_DEFAULTS_GONE, MEMORY_REQUIRED, Row, SLOTS_DEFAULT};
use crate::yaml::Value;

pub(super) const RULE: Rule = Rule {
    id: "operator-defaults",
    theme: Theme::Releases,
    summary: "later charts drop defaults that the manifest relies on",
    explain: "\
What changed: the chart of operator 0.1.0 gave 1600m of JobManager memory, 1728m of TaskManager
memory and two slots per TaskManager to every cluster that did not say otherwise.

* From 1.2 on the chart gives no memory, and a cluster that relied on it fails when it is
  deployed.
* From 1.3 on it gives one slot: twice as many TaskManagers, each with half the cpu where that
  follows the slots.
* From 1.4 on the operator rejects a manifest whose memory nothing says.

The manifest is asked first, then the operator's configuration (`--operator-config`).

What is done: with a `--target-operator` that no longer has what the manifest relies on,
`--defaults preserve` writes what 0.1.0 used at the end of `flinkConfiguration`, and otherwise it
is a decision. Without a target it is a note that names the releases.

What to do: write the values that you want, put them into the operator's configuration, or pass
`--defaults preserve`.
",
    example: Example {
        given: &[],
        args: &["--target-operator", "1.15", "--defaults", "preserve"],
        file: "orders.yaml",
        before: "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    state.backend: rocksdb
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
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
    state.backend: rocksdb
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: stateless
",
        says: "orders.yaml:6:3: change: the number of slots becomes 2, what operator 0.1.0 used",
    },
    accepting: Some(
        "the values stay left out: a TaskManager gets one slot, and missing memory stays \
         missing",
    ),
    source: "flink-conf.yaml of the chart (0.1.0; 1.2.0, commit c84f923f; 1.3.0, commit 772a2a4d); \
        DefaultValidator.java (1.4.0), FLINK-30411",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

/// A default that a later chart drops.
struct Dropped {
    /// What it is, in a sentence.
    what: &'static str,
    /// The key that makes up for it.
    key: &'static str,
    /// What 0.1.0's chart gave.
    value: &'static str,
    /// From which release on it is gone.
    since: Row,
    /// What becomes of a manifest without it.
    then: fn(&Subject<'_, '_>) -> &'static str,
}

const DEFAULTS: [Dropped; 3] = [
    Dropped {
        what: "memory of the JobManager",
        key: key::JOB_MANAGER_MEMORY,
        value: chart_default::JOB_MANAGER_MEMORY,
        since: MEMORY_DEFAULTS_GONE,
        then: without_memory,
    },
    Dropped {
        what: "memory of the TaskManagers",
        key: key::TASK_MANAGER_MEMORY,
        value: chart_default::TASK_MANAGER_MEMORY,
        since: MEMORY_DEFAULTS_GONE,
        then: without_memory,
    },
    Dropped {
        what: "number of slots",
        key: key::SLOTS,
        value: chart_default::SLOTS,
        since: SLOTS_DEFAULT,
        then: |_| "a TaskManager gets one slot, and half the cpu",
    },
];

fn without_memory(subject: &Subject<'_, '_>) -> &'static str {
    match subject.given.target {
        Some(target) if MEMORY_REQUIRED.holds(target) => "the operator rejects the manifest",
        _ => "the pods fail to start",
    }
}

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    if workload.kind != FlinkKind::Deployment {
        return Vec::new();
    }
    let relied_on: Vec<&Dropped> =
        DEFAULTS.iter().filter(|default| is_left_out(subject, default.key)).collect();
    let Some(target) = subject.given.target else {
        return releases_note(subject, &relied_on).into_iter().collect();
    };
    let dropped = relied_on.into_iter().filter(|default| default.since.holds(target));
    dropped.map(|default| judged(subject, default)).collect()
}

/// True if neither the manifest nor the operator's configuration says it.
fn is_left_out(subject: &Subject<'_, '_>, key: &str) -> bool {
    let (component, keys) = match key {
        self::key::JOB_MANAGER_MEMORY => (field::JOB_MANAGER, self::key::JOB_MANAGER_MEMORIES),
        self::key::TASK_MANAGER_MEMORY => (field::TASK_MANAGER, self::key::TASK_MANAGER_MEMORIES),
        _ => return subject.setting(key).is_none(),
    };
    let operator = &subject.given.operator;
    subject.workload.lacks_memory(component)
        && keys.iter().all(|key| operator.tomorrow(key).is_none())
}

fn judged(subject: &Subject<'_, '_>, default: &Dropped) -> Finding {
    let workload = subject.workload;
    let span = workload.point(&[field::SPEC, field::FLINK_CONFIGURATION]);
    let Dropped { what, key, .. } = default;
    let value = subject.setting_today(key).map_or(default.value, |setting| setting.text.trim());
    if subject.facts.defaults == Defaults::Preserve {
        let change = workload.put_setting(key, Value::Text(value.to_string()), LAST);
        let message = format!("the {what} becomes {value}, what operator 0.1.0 used");
        return Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message);
    }
    let since = default.since.from;
    let then = (default.then)(subject);
    let message = format!(
        "the {what} came from the chart of operator 0.1.0; without it, from {since} on, {then}"
    );
    let help = format!(
        "write it, pass `--defaults preserve` for `{key}: {value}`, or `--operator-config FILE` if the \
         operator's configuration has it"
    );
    Finding::new(RULE.id, Remedy::Decision, span, message).help(help)
}

/// Behind no key that there is: at the end.
const LAST: &str = "";

fn releases_note(subject: &Subject<'_, '_>, relied_on: &[&Dropped]) -> Option<Finding> {
    let said =
        relied_on.iter().map(|default| format!("{} (from {})", default.what, default.since.from));
    let said: Vec<String> = said.collect();
    if said.is_empty() {
        return None;
    }
    let message = format!(
        "it relies on defaults of operator 0.1.0's chart that later charts drop: {}",
        said.join(", ")
    );
    let span = subject.workload.point(&[field::SPEC, field::FLINK_CONFIGURATION]);
    let help = "name the release you will install with `--target-operator`";
    Some(Finding::new(RULE.id, Remedy::Note, span, message).help(help))
}
