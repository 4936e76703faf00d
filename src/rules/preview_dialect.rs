//! Fields of snapshots before 0.1.0.

use super::{Acceptable, Check, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::flink::account::{Accounts, Source};
use crate::flink::detect::FlinkKind;
use crate::flink::dialect::{self, DEPLOYMENT_NAME, PRUNED, Pruned, old};
use crate::flink::names::{field, key};
use crate::yaml::{Change, FieldPath, Position, Scalar, Value};

pub(super) const RULE: Rule = Rule {
    id: "preview-dialect",
    summary: "a field of a snapshot before 0.1.0",
    explain: "\
What changed: the snapshots of February and March 2022 had other fields, and their examples live on.
  flinkVersion: 1.14.3        flinkVersion: v1_14            rejected as it is
  clusterId: X (session job)  deploymentName: X              rejected as it is
  ingressDomain: D            ingress.template: \"{{name}}.{{namespace}}.D\"
  taskManager.taskSlots: N    taskmanager.numberOfTaskSlots: \"N\" in flinkConfiguration
  logging                     logConfiguration
  job.cancelMode, job.restoreMode   upgradeMode
  kubernetes.jobmanager.service-account as the only account   serviceAccount

What is done: the first two are edited, since no release would take the manifest otherwise. The other
fields are a decision. The API server of 0.1.0 drops them without a word, so they have no effect today,
and their translation would give them one: create an Ingress, double the slots, keep state.

Before:
    flinkVersion: 1.14.3
After:
    flinkVersion: v1_14

What to do: take the field out to keep what runs today, or write the translation by hand. Accepting
leaves the field as it is: without effect.

Source: FLINK-26640, FLINK-27360, FLINK-26706, FLINK-26290, FLINK-26328, commit 23408e45.
",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

const FLINK_VERSION: [&str; 2] = [field::SPEC, field::FLINK_VERSION];
const CLUSTER_ID: [&str; 2] = [field::SPEC, old::CLUSTER_ID];

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    if subject.workload.kind == FlinkKind::SessionJob {
        return cluster_id(subject).into_iter().collect();
    }
    let pruned = PRUNED.iter().filter_map(|field| pruned(subject, field));
    version(subject).into_iter().chain(pruned).chain(only_account(subject)).collect()
}

fn version(subject: &Subject<'_, '_>) -> Option<Finding> {
    let workload = subject.workload;
    let written = workload.text(&FLINK_VERSION)?;
    let version = dialect::flink_version(written)?;
    let message = format!("flinkVersion `{written}` is spelt `{version}` since 0.1.0");
    let change = workload.put(&FLINK_VERSION, Value::Text(version), Position::Last);
    Some(Finding::new(RULE.id, Remedy::Edit(vec![change]), workload.point(&FLINK_VERSION), message))
}

fn cluster_id(subject: &Subject<'_, '_>) -> Option<Finding> {
    let workload = subject.workload;
    let written = workload.get(&CLUSTER_ID)?;
    let span = workload.point(&CLUSTER_ID);
    if workload.get(&[field::SPEC, DEPLOYMENT_NAME]).is_some() {
        let message = format!("both `{}` and `{DEPLOYMENT_NAME}` are set", old::CLUSTER_ID);
        let help = format!("take `{}` out", old::CLUSTER_ID);
        return Some(Finding::new(RULE.id, Remedy::Decision, span, message).help(help));
    }
    let value = match written.scalar()? {
        Scalar::Text(text) => Value::Text(text),
        _ => Value::Number(written.text()?.to_string()),
    };
    let change = Change::Rename { path: FieldPath::of(CLUSTER_ID), to: DEPLOYMENT_NAME, value };
    let message = format!("`{}` is called `{DEPLOYMENT_NAME}` since 1.0.0", old::CLUSTER_ID);
    Some(Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message))
}

fn pruned(subject: &Subject<'_, '_>, field: &Pruned) -> Option<Finding> {
    subject.workload.get(field.path)?;
    let Pruned { path, translation, effect, source } = field;
    let name = path.last()?;
    let message =
        format!("`{name}` is of a snapshot before 0.1.0, which drops it: it has no effect today");
    let help =
        format!("take it out to keep it so, or write {translation} ({source}), which {effect}");
    Some(Finding::new(RULE.id, Remedy::Decision, subject.workload.point(path), message).help(help))
}

/// The JobManager's key was once the account of the whole cluster.
fn only_account(subject: &Subject<'_, '_>) -> Option<Finding> {
    let Subject { workload, given, .. } = subject;
    let spec = workload.spec()?;
    let named = workload.text(&[field::SPEC, field::SERVICE_ACCOUNT]).is_some();
    let answered = subject.answer.is_some_and(|answer| answer.service_account.is_some());
    if named || answered || given.service_account.is_some() {
        return None;
    }
    let accounts = Accounts::of(spec, &workload.configuration, &given.operator);
    let own = Source::Configuration(key::JOB_MANAGER_SERVICE_ACCOUNT);
    if accounts.job_manager.source != own || accounts.task_manager.source != Source::Fallback {
        return None;
    }
    let account = &accounts.job_manager.name;
    let message = format!(
        "in snapshots before 0.1.0 `{}` was the account of the whole cluster; today it is the JobManager's alone",
        key::JOB_MANAGER_SERVICE_ACCOUNT
    );
    let help = format!("write `serviceAccount: {account}` if `{account}` is meant for all pods");
    let at = [field::SPEC, field::FLINK_CONFIGURATION, key::JOB_MANAGER_SERVICE_ACCOUNT];
    Some(Finding::new(RULE.id, Remedy::Decision, workload.point(&at), message).help(help))
}
