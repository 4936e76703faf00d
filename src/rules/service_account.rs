//! v1beta1 has no default service account and rejects a manifest without one.

use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::account::{Account, AccountSource, Accounts};
use crate::flink::names::{ApiVersion, FlinkKind, field, is_placeholder};
use crate::flink::workload::Workload;
use crate::inputs::ScopeInputs;
use crate::yaml::{InsertPosition, Value};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Prepare, Step::Convert, Step::Done],
    answer: "--service-account NAME",
    accept: Acceptable::No,
    checks: &[Check::EitherVersion(check)],
    ..Rule::new(Theme::Fields, include_str!("service_account.md"))
};

const KEYS: [&str; 2] = [field::SPEC, field::SERVICE_ACCOUNT];

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, inputs, .. } = subject;
    let Some(spec) = workload.spec() else { return Vec::new() };
    if workload.kind != FlinkKind::Deployment || workload.text(&KEYS).is_some() {
        return Vec::new();
    }
    if workload.version == ApiVersion::Stable {
        let message = "spec.serviceAccount is missing: the operator rejects this manifest";
        let help = "write the account of the job's pods; the operator's chart creates `flink`";
        return vec![Diagnostic::note(RULE.id, &KEYS, message).help(help)];
    }
    let answered = subject.overrides.and_then(|overrides| overrides.service_account.clone());
    if let Some(name) = answered {
        return vec![edit(workload, &name, "as flink-migrate.toml says")];
    }
    let accounts = Accounts::new(spec, &workload.configuration, &inputs.operator);
    let accounts = Accounts {
        job_manager: filled(accounts.job_manager, inputs),
        task_manager: filled(accounts.task_manager, inputs),
    };
    let is_named = |account: &&Account| {
        account.source != AccountSource::Fallback || inputs.service_account.is_some()
    };
    match accounts.common().filter(is_named).filter(|account| !is_placeholder(&account.name)) {
        Some(account) if account.source == AccountSource::Fallback => {
            vec![edit(workload, &account.name, "as given for jobs without one")]
        }
        Some(account) => vec![edit(workload, &account.name, &account.source.to_string())],
        None => vec![undecided(subject, &accounts)],
    }
}

/// The option takes the place of the fallback.
fn filled(account: Account, inputs: &ScopeInputs) -> Account {
    match &inputs.service_account {
        Some(name) if account.source == AccountSource::Fallback => {
            Account { name: name.clone(), ..account }
        }
        _ => account,
    }
}

fn edit(workload: &Workload<'_>, name: &str, because: &str) -> Diagnostic {
    let value = Value::Text(name.to_string());
    let change = workload.put(&KEYS, value, InsertPosition::After(field::FLINK_CONFIGURATION));
    let message = format!("spec.serviceAccount becomes `{name}`, {because}");
    Diagnostic::change(RULE.id, &KEYS, message, vec![change])
}

fn undecided(subject: &Subject<'_, '_>, accounts: &Accounts) -> Diagnostic {
    let Subject { inputs, key, .. } = subject;
    let Accounts { job_manager, task_manager } = accounts;
    let message = if job_manager == task_manager && job_manager.source == AccountSource::Fallback {
        format!(
            "spec.serviceAccount is missing and {key} runs under `default`, because no account is set"
        )
    } else {
        format!(
            "spec.serviceAccount is missing: the JobManager runs under `{}` ({}), the TaskManagers under `{}` ({})",
            job_manager.name, job_manager.source, task_manager.name, task_manager.source
        )
    };
    let unnamed =
        [job_manager, task_manager].iter().any(|account| account.source == AccountSource::Fallback);
    let option = if unnamed && inputs.service_account.is_none() {
        "pass `--service-account NAME` for jobs without one, or "
    } else {
        ""
    };
    let help =
        format!("{option}set `service-account` under [workload.\"{key}\"] in flink-migrate.toml");
    Diagnostic::decision(RULE.id, &KEYS, message).help(help)
}
