//! The keys of `flink-migrate.toml` as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Written {
    pub(super) step: Option<Spanned<String>>,
    pub(super) target_operator: Option<Spanned<String>>,
    pub(super) defaults: Option<Spanned<String>>,
    pub(super) service_account: Option<Spanned<String>>,
    pub(super) checkpoints_dir: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) operator_config: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) savepoints: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) exclude: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) accept: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) workload: BTreeMap<Spanned<String>, WrittenAnswer>,
    #[serde(default)]
    pub(super) scope: Vec<Spanned<WrittenScope>>,
}

/// `[workload."namespace/name"]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WrittenAnswer {
    #[serde(default)]
    pub(super) fresh: bool,
    pub(super) state: Option<Spanned<String>>,
    pub(super) upgrade_mode: Option<Spanned<String>>,
    pub(super) service_account: Option<Spanned<String>>,
    pub(super) checkpoints_dir: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) accept: Vec<Spanned<String>>,
}

/// `[[scope]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WrittenScope {
    pub(super) paths: Vec<Spanned<String>>,
    pub(super) savepoints: Option<Vec<Spanned<String>>>,
    pub(super) operator_config: Option<Vec<Spanned<String>>>,
    pub(super) namespace: Option<Spanned<String>>,
    pub(super) target_operator: Option<Spanned<String>>,
    pub(super) service_account: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) workload: BTreeMap<Spanned<String>, WrittenAnswer>,
}

/// Every key, for "did you mean".
pub(super) const KEYS: [&str; 17] = [
    "step",
    "target-operator",
    "defaults",
    "service-account",
    "checkpoints-dir",
    "operator-config",
    "savepoints",
    "exclude",
    "accept",
    "workload",
    "scope",
    "paths",
    "namespace",
    "fresh",
    "state",
    "upgrade-mode",
    "checkpoints-dir",
];
