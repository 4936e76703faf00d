//! The keys of `flink-migrate.toml` as they are written.
//!
//! `schema/config-v1.schema.json` is made from these types and their comments.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// A text and where it stands.
pub(crate) type FieldText = Spanned<String>;

/// What a repository says to flink-migrate once and for all. Paths are relative to this file.
#[derive(Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawConfig {
    /// Where the repository stands in its migration.
    #[cfg_attr(test, schemars(with = "Option<String>", extend("enum" = ["prepare", "suspend", "convert", "cleanup", "done"])))]
    pub(crate) step: Option<FieldText>,
    /// The operator release that is installed after the migration. A string: 1.10 is not 1.1.
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = r"^1\.[0-9]+(\.[0-9]+)?$"))
    )]
    pub(crate) target_operator: Option<FieldText>,
    /// Defaults that changed: write down what v1beta1 uses, keep what 0.1.0 used, or only note them.
    #[cfg_attr(test, schemars(with = "Option<String>", extend("enum" = ["explicit", "preserve", "leave"])))]
    pub(crate) defaults: Option<FieldText>,
    /// The account of jobs that would otherwise get `default`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) service_account: Option<FieldText>,
    /// Where state.checkpoints.dir comes from: `operator`, `sibling`, or a location that may hold
    /// {namespace} and {name}.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) checkpoints_dir: Option<FieldText>,
    /// What the operator's own configuration says: flink-conf.yaml, config.yaml, chart values of
    /// either shape, or the `ConfigMap`.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub(crate) operator_config: Vec<FieldText>,
    /// Savepoint maps.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub(crate) savepoints: Vec<FieldText>,
    /// Globs of files and directories to leave out.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub(crate) exclude: Vec<FieldText>,
    /// Rules whose decision is accepted, RULE or RULE=NAMESPACE/NAME.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub(crate) accept: Vec<FieldText>,
    /// Answers for single workloads, by namespace/name.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, RawOverride>"))]
    pub(crate) workload: BTreeMap<FieldText, RawOverride>,
    /// Parts of the tree with facts of their own: one per cluster or environment.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<RawScope>"))]
    pub(crate) scope: Vec<Spanned<RawScope>>,
}

/// Answers for one workload.
#[derive(Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawOverride {
    /// It may start without state.
    #[serde(default)]
    pub(crate) fresh: bool,
    /// Whether step suspend stops it with a savepoint, whatever its upgrade mode says.
    pub(crate) savepoint: Option<bool>,
    /// What becomes of a job that is suspended in Git.
    #[cfg_attr(test, schemars(with = "Option<String>", extend("enum" = ["running", "suspended"])))]
    pub(crate) state: Option<FieldText>,
    /// The upgrade mode it is to have.
    #[cfg_attr(test, schemars(with = "Option<String>", extend("enum" = ["savepoint", "last-state", "stateless"])))]
    pub(crate) upgrade_mode: Option<FieldText>,
    /// Its service account.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) service_account: Option<FieldText>,
    /// Its checkpoint directory.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) checkpoints_dir: Option<FieldText>,
    /// Rules whose decision is accepted for it.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub(crate) accept: Vec<FieldText>,
}

/// A part of the tree with facts of its own. The longest path that matches a file wins.
#[derive(Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawScope {
    /// Globs of its files; a directory takes all that lies below it.
    #[cfg_attr(test, schemars(with = "Vec<String>", length(min = 1)))]
    pub(crate) paths: Vec<FieldText>,
    /// Savepoint maps that take the place of those above.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(crate) savepoints: Option<Vec<FieldText>>,
    /// Its operator's configuration, in the place of that above.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(crate) operator_config: Option<Vec<FieldText>>,
    /// The namespace of documents that name none.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) namespace: Option<FieldText>,
    /// The operator release that is installed there.
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = r"^1\.[0-9]+(\.[0-9]+)?$"))
    )]
    pub(crate) target_operator: Option<FieldText>,
    /// The account of jobs that would otherwise get `default`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) service_account: Option<FieldText>,
    /// Answers for single workloads of this part, by namespace/name.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, RawOverride>"))]
    pub(crate) workload: BTreeMap<FieldText, RawOverride>,
}

/// Every key, for "did you mean".
pub(crate) const KEYS: [&str; 17] = [
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
    "savepoint",
    "state",
    "upgrade-mode",
];

/// The JSON Schema of the configuration.
#[cfg(test)]
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(RawConfig).to_value();
    schema["title"] = "flink-migrate.toml, version 1".into();
    no_null(&mut schema);
    schema
}

/// TOML has no null: what may be left out may not be null.
#[cfg(test)]
fn no_null(schema: &mut serde_json::Value) {
    if let Some(types) = schema.get_mut("type") {
        let first = types.as_array().and_then(|types| types.first().cloned());
        *types = first.unwrap_or_else(|| types.clone());
    }
    match schema {
        serde_json::Value::Object(members) => members.values_mut().for_each(no_null),
        serde_json::Value::Array(items) => items.iter_mut().for_each(no_null),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn every_key_of_the_schema_is_suggested() {
        let schema = schema();
        let mut keys: Vec<&str> =
            [&schema, &schema["$defs"]["RawOverride"], &schema["$defs"]["RawScope"]]
                .into_iter()
                .flat_map(|schema| schema["properties"].as_object().unwrap().keys())
                .map(String::as_str)
                .collect();
        let mut known = KEYS.to_vec();
        keys.sort_unstable();
        keys.dedup();
        known.sort_unstable();
        assert_eq!(known, keys);
    }

    #[test]
    fn the_schema_takes_what_the_program_takes() {
        let schema = jsonschema::validator_for(&schema()).unwrap();
        let judged = |text: &str| {
            let table: toml::Table = toml::from_str(text).unwrap();
            let by_schema = schema.is_valid(&serde_json::to_value(&table).unwrap());
            let by_us = Config::parse("c", "/", text, &|_, _| Ok(())).is_ok();
            assert_eq!(by_schema, by_us, "{text}");
            by_us
        };
        assert!(judged("target-operator = \"1.10\"\naccept = [\"operator-refuses\"]\n"));
        assert!(judged("[workload.a]\nfresh = true\nupgrade-mode = \"last-state\"\n"));
        assert!(judged(
            "[[scope]]\npaths = [\"eu\"]\nnamespace = \"prod\"\n[scope.workload.a]\nfresh = true\n"
        ));
        for wrong in [
            "stp = \"convert\"\n",
            "target-operator = 1.10\n",
            "defaults = \"keep\"\n",
            "savepoints = \"a.yaml\"\n",
            "[workload.a]\nstate = \"parked\"\n",
            "[[scope]]\nnamespace = \"prod\"\n",
            "[[scope]]\npaths = []\n",
            "[[scope]]\npaths = [\"eu\"]\nfresh = true\n",
        ] {
            assert!(!judged(wrong), "{wrong}");
        }
    }
}
