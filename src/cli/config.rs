//! `flink-migrate.toml`: what a repository says once and for all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::{accept, args, suggest, values};
use crate::rules::{Accept, Answer, CheckpointsDir, Defaults};
use crate::shell::Exclude;
use crate::text::SourceFile;

/// The name under which it is looked for.
pub(super) const FILE_NAME: &str = "flink-migrate.toml";

/// What the file says, read and judged. Nothing of it is set if there is no file.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) defaults: Option<Defaults>,
    pub(super) service_account: Option<String>,
    pub(super) checkpoints_dir: Option<CheckpointsDir>,
    /// Paths of maps, made absolute, with the places that name them.
    pub(super) savepoints: Vec<PathBuf>,
    pub(super) exclude: Option<Exclude>,
    pub(super) accept: Vec<Accept>,
    pub(super) answers: Vec<Answer>,
    /// What is understood but has no effect in this release.
    pub(super) notes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    step: Option<Spanned<String>>,
    target_operator: Option<Spanned<String>>,
    defaults: Option<Spanned<String>>,
    service_account: Option<Spanned<String>>,
    checkpoints_dir: Option<Spanned<String>>,
    #[serde(default)]
    savepoints: Vec<Spanned<String>>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    #[serde(default)]
    accept: Vec<Spanned<String>>,
    #[serde(default)]
    workload: BTreeMap<Spanned<String>, WrittenAnswer>,
    operator_config: Option<Spanned<IgnoredAny>>,
    scope: Option<Spanned<IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenAnswer {
    #[serde(default)]
    fresh: bool,
    state: Option<Spanned<String>>,
    upgrade_mode: Option<Spanned<String>>,
    service_account: Option<Spanned<String>>,
    checkpoints_dir: Option<Spanned<String>>,
    #[serde(default)]
    accept: Vec<Spanned<String>>,
}

/// Every key, for "did you mean".
const KEYS: [&str; 13] = [
    "step",
    "target-operator",
    "defaults",
    "service-account",
    "checkpoints-dir",
    "savepoints",
    "exclude",
    "accept",
    "workload",
    "fresh",
    "state",
    "upgrade-mode",
    "operator-config",
];

/// Values of `state` and `upgrade-mode` in `[workload]`.
const STATES: [&str; 2] = ["running", "suspended"];
const MODES: [&str; 3] = ["stateless", "savepoint", "last-state"];

/// Reads the text of the configuration in `directory`. The errors are whole lines.
pub(super) fn read(name: &str, text: &str, directory: &Path) -> Result<Config, Vec<String>> {
    let mut reading = Reading { file: SourceFile { name, text }, errors: Vec::new() };
    let written = match toml::from_str::<Written>(text) {
        Ok(written) => written,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reading.error(at, &explained(error.message()));
            return Err(reading.errors);
        }
    };
    let config = reading.judge(written, directory);
    if reading.errors.is_empty() { Ok(config) } else { Err(reading.errors) }
}

/// The file, and what is wrong with it so far.
struct Reading<'t> {
    file: SourceFile<'t>,
    errors: Vec<String>,
}

impl Reading<'_> {
    fn judge(&mut self, written: Written, directory: &Path) -> Config {
        for (key, span) in [
            ("operator-config", written.operator_config.map(|value| value.span())),
            ("[[scope]]", written.scope.map(|value| value.span())),
        ] {
            if let Some(span) = span {
                self.error(span.start, &format!("`{key}` is not in this release; take it out"));
            }
        }
        self.value(written.step, args::step);
        let mut notes = Vec::new();
        if self.value(written.target_operator, release).is_some() {
            notes.push(format!(
                "{}: `target-operator` has no effect in this release",
                self.file.name
            ));
        }
        let exclude: Vec<String> =
            written.exclude.iter().map(|glob| glob.get_ref().clone()).collect();
        let exclude = match Exclude::new(directory, &exclude) {
            Ok(set) => Some(set),
            Err(bad) => {
                let at = written.exclude.get(bad.index).map_or(0, |glob| glob.span().start);
                self.error(at, &format!("{}; write a glob such as `vendor/**`", bad.message));
                None
            }
        };
        Config {
            defaults: self.value(written.defaults, values::defaults),
            service_account: self.value(written.service_account, values::service_account),
            checkpoints_dir: self.value(written.checkpoints_dir, values::checkpoints_dir),
            savepoints: written
                .savepoints
                .into_iter()
                .filter_map(|path| self.value(Some(path), |path| below(directory, path)))
                .collect(),
            exclude,
            accept: self.all(written.accept, accept::parse),
            answers: written
                .workload
                .into_iter()
                .map(|(key, answer)| self.answer(&key, answer))
                .collect(),
            notes,
        }
    }

    fn answer(&mut self, key: &Spanned<String>, written: WrittenAnswer) -> Answer {
        if let Err(message) = accept::exact(key.get_ref()) {
            self.error(key.span().start, &message);
        }
        Answer {
            key: key.get_ref().clone(),
            fresh: written.fresh,
            state: self.value(written.state, |text| one_of(text, &STATES)),
            upgrade_mode: self.value(written.upgrade_mode, |text| one_of(text, &MODES)),
            service_account: self.value(written.service_account, values::service_account),
            checkpoints_dir: self.value(written.checkpoints_dir, values::location),
            accept: self.all(written.accept, |id| accept::acceptable(id, true).map(|()| id.into())),
        }
    }

    /// The value as `parse` understands it; an error at its place if it does not.
    fn value<T>(
        &mut self,
        written: Option<Spanned<String>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let written = written?;
        match parse(written.get_ref()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.error(written.span().start, &message);
                None
            }
        }
    }

    fn all<T>(
        &mut self,
        written: Vec<Spanned<String>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        written.into_iter().filter_map(|value| self.value(Some(value), &parse)).collect()
    }

    fn error(&mut self, at: usize, message: &str) {
        let place = self.file.position(at);
        let name = self.file.name;
        self.errors.push(format!("{name}:{}:{}: error: {message}", place.line, place.column));
    }
}

fn below(directory: &Path, path: &str) -> Result<PathBuf, String> {
    if path.is_empty() {
        return Err("the path is empty; name a savepoint map".into());
    }
    Ok(directory.join(path))
}

fn one_of(text: &str, values: &[&str]) -> Result<String, String> {
    if values.contains(&text) {
        return Ok(text.into());
    }
    Err(format!("`{text}` is none of {}", values.join(", ")))
}

/// A release of the operator: `1.15`.
fn release(text: &str) -> Result<(), String> {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() == 2 && parts.iter().all(|part| number(part)) {
        return Ok(());
    }
    Err(format!("`{text}` is not a release; write two numbers, such as \"1.15\""))
}

/// The parser's words on one line, with a suggestion for a key that does not exist.
fn explained(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    if let Some(key) =
        message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next())
    {
        let near = suggest::suffix(key, KEYS);
        let near = if near.is_empty() { "; take it out" } else { &near };
        return format!("there is no key `{key}` here{near}");
    }
    if message.contains("floating point") && message.contains("expected a string") {
        return format!("{message}; write it in quotes: 1.10 is not 1.1");
    }
    message.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        read("flink-migrate.toml", text, Path::new("/repo")).unwrap_err()
    }

    #[test]
    fn a_whole_configuration_is_understood() {
        let config = read(
            "flink-migrate.toml",
            r#"
step = "convert"
target-operator = "1.15"
defaults = "preserve"
service-account = "flink"
checkpoints-dir = "s3://lake/checkpoints/{namespace}/{name}"
savepoints = ["maps/eu.yaml"]
exclude = ["vendor/**"]

[workload."prod/orders"]
fresh = true
state = "running"
upgrade-mode = "last-state"
service-account = "orders"
checkpoints-dir = "s3://lake/orders"
"#,
            Path::new("/repo"),
        )
        .unwrap();
        assert_eq!(config.defaults, Some(Defaults::Preserve));
        assert_eq!(config.savepoints, [PathBuf::from("/repo/maps/eu.yaml")]);
        assert_eq!(config.answers[0].key, "prod/orders");
        assert!(config.answers[0].fresh);
        assert_eq!(config.notes.len(), 1);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_the_likely_one() {
        assert_eq!(
            errors("step = \"convert\"\nsavepoint = []\n"),
            ["flink-migrate.toml:2:1: error: there is no key `savepoint` here; \
                 did you mean `savepoints`?"]
        );
    }

    #[test]
    fn what_this_release_does_not_understand_is_not_passed_over() {
        assert!(errors("operator-config = [\"a\"]\n")[0].contains("not in this release"));
        assert!(errors("[[scope]]\npaths = [\"a\"]\n")[0].contains("not in this release"));
        assert!(errors("step = \"suspend\"\n")[0].contains("1:8: error: the step `suspend`"));
    }

    #[test]
    fn a_release_is_a_string() {
        assert!(errors("target-operator = 1.10\n")[0].contains("1.10 is not 1.1"));
        assert!(errors("target-operator = \"v1\"\n")[0].contains("not a release"));
    }

    #[test]
    fn a_workload_is_one_workload_and_its_values_are_known() {
        let errors = errors("[workload.\"prod/*\"]\nstate = \"runing\"\nupgrade-mode = \"x\"\n");
        assert_eq!(errors.len(), 3);
        assert!(errors[0].starts_with("flink-migrate.toml:1:11: error: `prod/*`"), "{errors:?}");
    }

    #[test]
    fn broken_toml_has_a_place() {
        assert!(errors("a = \n")[0].starts_with("flink-migrate.toml:1:"), "{:?}", errors("a = \n"));
    }
}
