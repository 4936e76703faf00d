//! Under which service account a workload's pods run today.

use super::configuration::Configuration;
use super::names::{field, key};
use super::operator::OperatorConfig;
use crate::diagnostic::FilePosition;
use crate::yaml::NodeRef;

/// An account and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// What says so.
    pub source: AccountSource,
}

/// What decides about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountSource {
    /// This key of `flinkConfiguration`.
    Configuration(&'static str),
    /// This key of the operator's own configuration.
    Operator {
        /// The key.
        key: &'static str,
        /// Where it is.
        origin: FilePosition,
        /// The operator will still have it after the migration.
        stays: bool,
    },
    /// The pod template, the component's own merged over the common one; the field that names it.
    PodTemplate(&'static str),
    /// Nothing: Kubernetes takes `default`.
    Fallback,
}

impl std::fmt::Display for AccountSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AccountSource::Configuration(key) => write!(f, "from `{key}` in flinkConfiguration"),
            AccountSource::Operator { key, origin, .. } => {
                write!(f, "from `{key}` in the operator's configuration ({origin})")
            }
            AccountSource::PodTemplate(field) => write!(f, "from `{field}` in the pod template"),
            AccountSource::Fallback => write!(f, "because none is set"),
        }
    }
}

/// The accounts of the two components when `spec.serviceAccount` is absent.
///
/// Order of a component: its own key, the common key (each in the manifest, then in the operator's
/// configuration, which 0.1.0 lays under it), the merged pod template (`serviceAccount`
/// before `serviceAccountName`), `default`. Source: Flink's `KubernetesUtils.getServiceAccount`,
/// measured with Flink 1.14.4, 1.15.0 and 1.20.1; templates are merged by operator 0.1.0
/// (`FlinkConfigBuilder.java`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// The JobManager's.
    pub job_manager: Account,
    /// The TaskManagers'.
    pub task_manager: Account,
}

impl Accounts {
    /// The accounts of a workload with this `spec` and this configuration.
    pub fn new(
        spec: NodeRef<'_>,
        configuration: &Configuration<'_>,
        operator: &OperatorConfig,
    ) -> Accounts {
        let component =
            |own_key, block| component_account(spec, configuration, operator, own_key, block);
        Accounts {
            job_manager: component(key::JOB_MANAGER_SERVICE_ACCOUNT, field::JOB_MANAGER),
            task_manager: component(key::TASK_MANAGER_SERVICE_ACCOUNT, field::TASK_MANAGER),
        }
    }

    /// The account that `spec.serviceAccount` must name for nothing to change: that of the
    /// components without a key of their own, which stays in force; the JobManager's if both have
    /// one. Nothing if the two need different ones.
    pub fn common(&self) -> Option<&Account> {
        let has_own = |account: &Account, own| match account.source {
            AccountSource::Configuration(key)
            | AccountSource::Operator { key, stays: true, .. } => key == own,
            _ => false,
        };
        let job_manager = has_own(&self.job_manager, key::JOB_MANAGER_SERVICE_ACCOUNT);
        let task_manager = has_own(&self.task_manager, key::TASK_MANAGER_SERVICE_ACCOUNT);
        match (job_manager, task_manager) {
            (true, false) => Some(&self.task_manager),
            (false, false) if self.job_manager.name != self.task_manager.name => None,
            _ => Some(&self.job_manager),
        }
    }
}

fn component_account(
    spec: NodeRef<'_>,
    configuration: &Configuration<'_>,
    operator: &OperatorConfig,
    own_key: &'static str,
    block: &str,
) -> Account {
    for key in [own_key, key::SERVICE_ACCOUNT] {
        if let Some(setting) = configuration.get(key) {
            return Account {
                name: setting.text.to_string(),
                source: AccountSource::Configuration(key),
            };
        }
        if let Some(setting) = operator.today(key) {
            let stays = operator.tomorrow(key).is_some_and(|later| later.text == setting.text);
            let source = AccountSource::Operator { key, origin: setting.place.clone(), stays };
            return Account { name: setting.text.clone(), source };
        }
    }
    let own = spec.get(block).and_then(|component| component.get(field::POD_TEMPLATE));
    let templates = [own, spec.get(field::POD_TEMPLATE)];
    for name in [field::SERVICE_ACCOUNT, field::SERVICE_ACCOUNT_NAME] {
        let found = templates.into_iter().flatten().find_map(|template| {
            template.get(field::SPEC)?.get(name)?.text().filter(|account| !account.is_empty())
        });
        if let Some(account) = found {
            return Account { name: account.to_string(), source: AccountSource::PodTemplate(name) };
        }
    }
    Account { name: "default".to_string(), source: AccountSource::Fallback }
}
