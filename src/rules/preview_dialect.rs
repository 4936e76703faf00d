//! Fields of snapshots before 0.1.0.

use super::{Check, Diagnostic, FLINK_VERSION, Rule, Step, Subject, Theme};
use crate::flink::account::{AccountSource, Accounts};
use crate::flink::dialect::{self, AWAKENED, Awakened, DEPLOYMENT_NAME, PRUNED, Pruned, old};
use crate::flink::names::{FlinkKind, field, key};
use crate::flink::releases::{Release, flink_version_since};
use crate::yaml::{Change, FieldPath, InsertPosition, Scalar, Value};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Convert],
    answer: "remove it, or translate it",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::Fields, include_str!("preview_dialect.md"))
};

const CLUSTER_ID: [&str; 2] = [field::SPEC, old::CLUSTER_ID];

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    if subject.workload.kind == FlinkKind::SessionJob {
        return cluster_id(subject).into_iter().collect();
    }
    let pruned = PRUNED.iter().filter_map(|field| pruned(subject, field));
    let awakened = AWAKENED.iter().filter_map(|field| awakened(subject, field));
    let others = pruned.chain(only_account(subject)).chain(awakened);
    version(subject).into_iter().chain(others).collect()
}

fn version(subject: &Subject<'_, '_>) -> Option<Diagnostic> {
    let workload = subject.workload;
    let written = workload.text(&FLINK_VERSION)?;
    let version = dialect::flink_version(written)?;
    if flink_version_since(&version).is_none() {
        let message = format!(
            "flinkVersion `{written}` would be spelt `{version}` since 0.1.0, and no operator knows \
             `{version}`"
        );
        let help = "move flinkVersion and image to a Flink that the operator runs, such as `v1_16`";
        let at = &FLINK_VERSION;
        return Some(Diagnostic::decision(RULE.id, at, message).help(help));
    }
    let message = format!("flinkVersion `{written}` is spelt `{version}` since 0.1.0");
    let change = workload.put(&FLINK_VERSION, Value::Text(version), InsertPosition::Last);
    Some(Diagnostic::change(RULE.id, &FLINK_VERSION, message, vec![change]))
}

fn cluster_id(subject: &Subject<'_, '_>) -> Option<Diagnostic> {
    let workload = subject.workload;
    let written = workload.get(&CLUSTER_ID)?;
    let at = &CLUSTER_ID;
    if workload.get(&[field::SPEC, DEPLOYMENT_NAME]).is_some() {
        let message = format!("both `{}` and `{DEPLOYMENT_NAME}` are set", old::CLUSTER_ID);
        let help = format!("remove `{}`", old::CLUSTER_ID);
        return Some(Diagnostic::decision(RULE.id, at, message).help(help));
    }
    let value = match written.scalar()? {
        Scalar::Text(text) => Value::Text(text.to_string()),
        _ => Value::Number(written.text()?.to_string()),
    };
    let change =
        Change::Rename { path: FieldPath::from_keys(CLUSTER_ID), to: DEPLOYMENT_NAME, value };
    let message = format!("`{}` is named `{DEPLOYMENT_NAME}` since 1.0.0", old::CLUSTER_ID);
    Some(Diagnostic::change(RULE.id, at, message, vec![change]))
}

fn pruned(subject: &Subject<'_, '_>, field: &Pruned) -> Option<Diagnostic> {
    subject.workload.get(field.path)?;
    let Pruned { path, translation, effect, source } = field;
    let name = path.last()?;
    let message =
        format!("`{name}` is from a snapshot before 0.1.0, which drops it: it has no effect today");
    let help =
        format!("remove it to keep it so, or write {translation} ({source}), which {effect}");
    Some(Diagnostic::decision(RULE.id, *path, message).help(help))
}

fn awakened(subject: &Subject<'_, '_>, field: &Awakened) -> Option<Diagnostic> {
    let Awakened { path, since, neutral, effect } = field;
    let value = subject.workload.get(path)?;
    let is_neutral = neutral.is_some_and(|neutral| value.text() == Some(neutral));
    let target = subject.inputs.target.unwrap_or(Release::LAST);
    if is_neutral || target < *since {
        return None;
    }
    let name = path.last()?;
    let message =
        format!("`{name}` has no effect today: operator 0.1.0 drops it; from {since} on, {effect}");
    Some(Diagnostic::note(RULE.id, *path, message).help("remove it unless that is meant"))
}

/// The JobManager's key was once the account of the whole cluster.
fn only_account(subject: &Subject<'_, '_>) -> Option<Diagnostic> {
    let Subject { workload, inputs, .. } = subject;
    let spec = workload.spec()?;
    let named = workload.text(&[field::SPEC, field::SERVICE_ACCOUNT]).is_some();
    let answered = subject.overrides.is_some_and(|overrides| overrides.service_account.is_some());
    if named || answered || inputs.service_account.is_some() {
        return None;
    }
    let accounts = Accounts::new(spec, &workload.configuration, &inputs.operator);
    let own = AccountSource::Configuration(key::JOB_MANAGER_SERVICE_ACCOUNT);
    if accounts.job_manager.source != own || accounts.task_manager.source != AccountSource::Fallback
    {
        return None;
    }
    let account = &accounts.job_manager.name;
    let message = format!(
        "in snapshots before 0.1.0 `{}` was the account of the whole cluster; today it is the JobManager's alone",
        key::JOB_MANAGER_SERVICE_ACCOUNT
    );
    let help = format!("write `serviceAccount: {account}` if `{account}` is meant for all pods");
    let at = [field::SPEC, field::FLINK_CONFIGURATION, key::JOB_MANAGER_SERVICE_ACCOUNT];
    Some(Diagnostic::decision(RULE.id, &at, message).help(help))
}
