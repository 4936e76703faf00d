//! The keys of `flink-migrate.toml` as they are written, and the errors for those that do not fit.
//!
//! `schema/config-v1.schema.json` is made from these types and their comments.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::text::did_you_mean;

// A text and where it is. No doc comment: it would be the description of every field of this type.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(serde::Serialize, JsonSchema), schemars(inline))]
#[serde(transparent)]
pub(crate) struct FieldText(
    #[cfg_attr(test, schemars(with = "String"))] pub(crate) Spanned<String>,
);

/// The configuration of flink-migrate for a repository. Paths are relative to this file.
#[derive(Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawConfig {
    /// The step of the migration that the repository is in.
    #[cfg_attr(test, schemars(extend("enum" = ["prepare", "suspend", "convert", "cleanup", "done"])))]
    pub(crate) step: Option<FieldText>,
    /// The operator release to be installed after the migration. A string: 1.10 is not 1.1.
    #[cfg_attr(test, schemars(regex(pattern = r"^1\.[0-9]+(\.[0-9]+)?$")))]
    pub(crate) target_operator: Option<FieldText>,
    /// Defaults that changed: write down what v1beta1 uses, keep what 0.1.0 used, or only note them.
    #[cfg_attr(test, schemars(extend("enum" = ["explicit", "preserve", "leave"])))]
    pub(crate) defaults: Option<FieldText>,
    /// The account of jobs that would otherwise get `default`.
    pub(crate) service_account: Option<FieldText>,
    /// Where state.checkpoints.dir comes from: `operator`, `sibling`, or a location that may hold
    /// {namespace} and {name}.
    pub(crate) checkpoints_dir: Option<FieldText>,
    /// The operator's own configuration: flink-conf.yaml, config.yaml, chart values of
    /// either shape, or the `ConfigMap`.
    #[serde(default)]
    pub(crate) operator_config: Vec<FieldText>,
    /// Savepoint maps.
    #[serde(default)]
    pub(crate) savepoints: Vec<FieldText>,
    /// Globs of files and directories to leave out.
    #[serde(default)]
    pub(crate) exclude: Vec<FieldText>,
    /// Globs of files whose objects of Argo CD and Flux no cluster has.
    #[serde(default)]
    pub(crate) not_delivered: Vec<FieldText>,
    /// Files of such objects that lie elsewhere: manifests, or a dump of the cluster that has them.
    #[serde(default)]
    pub(crate) deliveries: Vec<FieldText>,
    /// Rules whose decision is accepted, RULE or RULE=NAMESPACE/NAME.
    #[serde(default)]
    pub(crate) accept: Vec<FieldText>,
    /// Answers for single workloads, by namespace/name.
    #[serde(default)]
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
    /// Whether step suspend stops it with a savepoint, regardless of its upgrade mode.
    pub(crate) savepoint: Option<bool>,
    /// The state of a job that is suspended in Git.
    #[cfg_attr(test, schemars(extend("enum" = ["running", "suspended"])))]
    pub(crate) state: Option<FieldText>,
    /// Its upgrade mode after the migration.
    #[cfg_attr(test, schemars(extend("enum" = ["savepoint", "last-state", "stateless"])))]
    pub(crate) upgrade_mode: Option<FieldText>,
    /// Its service account.
    pub(crate) service_account: Option<FieldText>,
    /// Its checkpoint directory.
    pub(crate) checkpoints_dir: Option<FieldText>,
    /// Rules whose decision is accepted for it.
    #[serde(default)]
    pub(crate) accept: Vec<FieldText>,
}

/// A part of the tree with facts of its own: a cluster, an environment. The longest path that matches wins.
#[derive(Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawScope {
    /// By which messages and `--scope` call it.
    pub(crate) name: Option<FieldText>,
    /// Globs of its build roots, plain manifests, or the objects that deliver them; a directory includes
    /// everything below it.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(crate) paths: Vec<FieldText>,
    /// The step of the migration that it is in, if that is another than the one above.
    #[cfg_attr(test, schemars(extend("enum" = ["prepare", "suspend", "convert", "cleanup", "done"])))]
    pub(crate) step: Option<FieldText>,
    /// Savepoint maps that replace those above.
    pub(crate) savepoints: Option<Vec<FieldText>>,
    /// Its operator's configuration, which replaces that above.
    pub(crate) operator_config: Option<Vec<FieldText>>,
    /// The namespace of documents without one.
    pub(crate) namespace: Option<FieldText>,
    /// The operator release that is installed there.
    #[cfg_attr(test, schemars(regex(pattern = r"^1\.[0-9]+(\.[0-9]+)?$")))]
    pub(crate) target_operator: Option<FieldText>,
    /// The account of jobs that would otherwise get `default`.
    pub(crate) service_account: Option<FieldText>,
    /// Answers for single workloads of this part, by namespace/name.
    #[serde(default)]
    pub(crate) workload: BTreeMap<FieldText, RawOverride>,
}

/// Every key of every part of the file.
const KEYS: &str = "step target-operator defaults service-account checkpoints-dir operator-config \
    savepoints exclude not-delivered deliveries accept workload scope paths name namespace fresh savepoint state upgrade-mode";

/// Where a key belongs that is in the wrong part of the file.
const PLACES: [(&[&str], &str); 3] = [
    (&["namespace"], "write it under [[scope]], or pass `--namespace`"),
    (&["paths", "name"], "write it under [[scope]]"),
    (
        &["fresh", "savepoint", "state", "upgrade-mode"],
        "write it under [workload.\"NAMESPACE/NAME\"]",
    ),
];

/// What the parser says, on one line, in the words of somebody who wrote the file, and what to do: it
/// speaks of the types that hold it.
pub(crate) fn readable_message(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        return unknown_key(rest);
    }
    if let Some(key) = between(message, "missing field `", "`") {
        let example = if key == "paths" { ", such as `paths = [\"clusters/eu/**\"]`" } else { "" };
        return format!("missing key `{key}`{example}");
    }
    let types =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "));
    match types {
        Some((found, expected)) => type_mismatch(found, expected),
        None => message.to_string(),
    }
}

/// `rest` is the key and what would be known in its place, each between backticks.
fn unknown_key(rest: &str) -> String {
    let key = rest.split('`').next().unwrap_or_default();
    let here: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
    let near = did_you_mean(key, here.iter().copied());
    let help = match PLACES.iter().find(|(keys, _)| keys.contains(&key)) {
        // A slip is likelier than a key of another place.
        Some((_, place)) if near.is_empty() => format!("; {place}"),
        None if KEYS.split(' ').any(|known| known == key) => {
            "; write it at the top of the file".into()
        }
        None if near.is_empty() => "; remove it".into(),
        _ => near,
    };
    format!("unknown key `{key}`{help}")
}

fn type_mismatch(found: &str, expected: &str) -> String {
    let value = between(found, "`", "`").unwrap_or_default();
    let is_table = found.starts_with("map");
    let what = match found.split(' ').next().unwrap_or_default() {
        "string" => format!("the string {}", found.trim_start_matches("string ")),
        "integer" | "floating" => format!("the number {value}"),
        "boolean" => value.to_string(),
        "sequence" => "a list".to_string(),
        // A date is held in a map of its own kind.
        _ if expected.contains("string") => "a table or a date".to_string(),
        _ => "a table".to_string(),
    };
    let is_list = expected.contains("sequence");
    let wanted = match expected {
        _ if is_list => "a list",
        _ if expected.contains("boolean") => "true or false",
        _ if expected.contains("string") => "a string",
        _ => "a table",
    };
    let help = match wanted {
        "a list" if is_table => {
            "; write [\"a\", \"b\"] for a list of strings, and for a scope write [[scope]] with \
             two brackets"
        }
        "a list" => "; write [\"a\", \"b\"]",
        "a string" if found.starts_with("floating") => "; write it in quotes: 1.10 is not 1.1",
        "a string" if found.starts_with("integer") => "; write it in quotes",
        "a table" => "; write it as a [table] with keys of its own",
        _ => "",
    };
    format!("expected {wanted}, found {what}{help}")
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inner, _)| inner)
}

/// The JSON Schema of the configuration.
#[cfg(test)]
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(RawConfig).to_value();
    schema["title"] = "flink-migrate.toml, version 1".into();
    no_null(&mut schema);
    schema
}

/// What may be left out may not be null: TOML has no null, and no report writes one.
#[cfg(test)]
pub(crate) fn no_null(schema: &mut serde_json::Value) {
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
        let mut known: Vec<&str> = KEYS.split(' ').collect();
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
