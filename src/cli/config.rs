//! `flink-migrate.toml`: what a repository says once and for all.

mod explain;
mod scope;
mod written;

use std::path::{Path, PathBuf};

use toml::Spanned;

use super::{accept, options, values};
use crate::flink::releases::Release;
use crate::k8s::ObjectKey;
use crate::rules::{Accept, Answer, CheckpointsDir, Defaults, Step};
use crate::shell::Exclude;
use crate::text::SourceFile;
pub(super) use scope::ConfigScope;
use written::{Written, WrittenAnswer};

/// The name under which it is looked for.
pub(super) const FILE_NAME: &str = "flink-migrate.toml";

/// What the file says, read and judged. Nothing of it is set if there is no file.
#[derive(Debug, Default)]
#[expect(clippy::struct_field_names, reason = "the fields are called as the keys are")]
pub(super) struct Config {
    pub(super) step: Option<Step>,
    pub(super) defaults: Option<Defaults>,
    pub(super) target: Option<Release>,
    pub(super) service_account: Option<String>,
    pub(super) checkpoints_dir: Option<CheckpointsDir>,
    /// Paths of maps, made absolute.
    pub(super) savepoints: Vec<PathBuf>,
    /// Paths of what the operator says, made absolute.
    pub(super) operator_config: Vec<PathBuf>,
    pub(super) exclude: Option<Exclude>,
    pub(super) accept: Vec<Accept>,
    pub(super) answers: Vec<Answer>,
    pub(super) scopes: Vec<ConfigScope>,
}

/// Values of `state` and `upgrade-mode` in `[workload]`.
const STATES: [&str; 2] = ["running", "suspended"];
const MODES: [&str; 3] = ["stateless", "savepoint", "last-state"];

/// Reads the text of the configuration in `directory`. The errors are whole lines.
pub(super) fn read(name: &str, text: &str, directory: &Path) -> Result<Config, Vec<String>> {
    let mut reading = Reading { file: SourceFile { name, text }, directory, errors: Vec::new() };
    let written = match toml::from_str::<Written>(text) {
        Ok(written) => written,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reading.error(at, &explain::explained(error.message()));
            return Err(reading.errors);
        }
    };
    let config = reading.judge(written);
    if reading.errors.is_empty() { Ok(config) } else { Err(reading.errors) }
}

/// The file, and what is wrong with it so far.
struct Reading<'t> {
    file: SourceFile<'t>,
    directory: &'t Path,
    errors: Vec<String>,
}

impl Reading<'_> {
    fn judge(&mut self, written: Written) -> Config {
        let exclude: Vec<String> =
            written.exclude.iter().map(|glob| glob.get_ref().clone()).collect();
        let exclude = match Exclude::new(self.directory, &exclude) {
            Ok(set) => Some(set),
            Err(bad) => {
                let at = written.exclude.get(bad.index).map_or(0, |glob| glob.span().start);
                self.error(at, &format!("{}; write a glob such as `vendor/**`", bad.message));
                None
            }
        };
        Config {
            step: self.value(written.step, options::configured_step),
            defaults: self.value(written.defaults, values::defaults),
            target: self.value(written.target_operator, Release::parse),
            service_account: self.value(written.service_account, values::service_account),
            checkpoints_dir: self.value(written.checkpoints_dir, values::checkpoints_dir),
            savepoints: self.paths(written.savepoints),
            operator_config: self.paths(written.operator_config),
            exclude,
            accept: self.accepts(written.accept),
            answers: self.answers(written.workload),
            scopes: self.scopes(written.scope),
        }
    }

    fn accepts(&mut self, written: Vec<Spanned<String>>) -> Vec<Accept> {
        let accepts = written.into_iter().filter_map(|accept| {
            let origin = self.place(accept.span().start);
            self.value(Some(accept), |text| accept::parse(text, &origin))
        });
        accepts.collect()
    }

    fn answers(
        &mut self,
        written: impl IntoIterator<Item = (Spanned<String>, WrittenAnswer)>,
    ) -> Vec<Answer> {
        written.into_iter().map(|(key, answer)| self.answer(&key, answer)).collect()
    }

    fn answer(&mut self, key: &Spanned<String>, written: WrittenAnswer) -> Answer {
        if let Err(message) = accept::exact(key.get_ref()) {
            self.error(key.span().start, &message);
        }
        Answer {
            key: ObjectKey::parse(key.get_ref()),
            fresh: written.fresh,
            savepoint: written.savepoint,
            state: self.value(written.state, |text| one_of(text, &STATES)),
            upgrade_mode: self.value(written.upgrade_mode, |text| one_of(text, &MODES)),
            service_account: self.value(written.service_account, values::service_account),
            checkpoints_dir: self.value(written.checkpoints_dir, values::location),
            accept: self.all(written.accept, |id| accept::acceptable(id, true).map(|()| id.into())),
            origin: self.place(key.span().start),
        }
    }

    fn paths(&mut self, written: Vec<Spanned<String>>) -> Vec<PathBuf> {
        let directory = self.directory;
        self.all(written, |path| below(directory, path))
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

    fn place(&self, at: usize) -> String {
        let place = self.file.position(at);
        format!("{}:{}:{}", self.file.name, place.line, place.column)
    }

    fn error(&mut self, at: usize, message: &str) {
        let line = format!("{}: error: {message}", self.place(at));
        self.errors.push(line);
    }
}

fn below(directory: &Path, path: &str) -> Result<PathBuf, String> {
    if path.is_empty() {
        return Err("the path is empty; name a file".into());
    }
    Ok(directory.join(path))
}

fn one_of(text: &str, values: &[&str]) -> Result<String, String> {
    if values.contains(&text) {
        return Ok(text.into());
    }
    Err(format!("`{text}` is none of {}", values.join(", ")))
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
operator-config = ["platform/values.yaml"]
savepoints = ["maps/eu.yaml"]
exclude = ["vendor/**"]

[workload."prod/orders"]
fresh = true
state = "running"
upgrade-mode = "last-state"
service-account = "orders"
checkpoints-dir = "s3://lake/orders"

[[scope]]
paths = ["clusters/eu/**"]
namespace = "prod"
savepoints = ["clusters/eu/savepoints.yaml"]
target-operator = "1.6"

[scope.workload.orders]
fresh = true
"#,
            Path::new("/repo"),
        )
        .unwrap();
        assert_eq!(config.step, Some(Step::Convert));
        assert_eq!(config.defaults, Some(Defaults::Preserve));
        assert_eq!(config.target, Some(Release::new(15)));
        assert_eq!(config.savepoints, [PathBuf::from("/repo/maps/eu.yaml")]);
        assert_eq!(config.operator_config, [PathBuf::from("/repo/platform/values.yaml")]);
        assert_eq!(config.answers[0].key.to_string(), "prod/orders");
        assert_eq!(config.answers[0].origin, "flink-migrate.toml:11:11");
        assert!(config.answers[0].fresh);
        assert_eq!(config.scopes[0].target, Some(Release::new(6)));
        assert_eq!(config.scopes[0].answers[0].key.to_string(), "orders");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_the_likely_one() {
        assert_eq!(
            errors("step = \"convert\"\nsavepoint = []\n"),
            ["flink-migrate.toml:2:1: error: there is no key `savepoint` here; \
                 did you mean `savepoints`?"]
        );
        assert!(errors("[[scope]]\npath = [\"a\"]\n")[0].contains("did you mean `paths`?"));
    }

    #[test]
    fn a_key_that_stands_in_the_wrong_place_is_told_where_it_belongs() {
        let said = |text: &str| errors(text)[0].clone();
        assert_eq!(
            said("namespace = \"prod\"\n"),
            "flink-migrate.toml:1:1: error: there is no key `namespace` here; write it under [[scope]], \
             or pass `--namespace`"
        );
        assert!(said("fresh = true\n").contains("write it under [workload.\"NAMESPACE/NAME\"]"));
        assert!(said("[workload.a]\nexclude = []\n").contains("at the top of the file"));
        assert!(said("[[scope]]\npaths = [\"a\"]\nstep = \"convert\"\n").contains("at the top"));
    }

    #[test]
    fn a_value_of_another_kind_is_told_in_the_words_of_the_file() {
        for (text, said) in [
            ("savepoints = \"a.yaml\"\n", "the text \"a.yaml\" stands where a list is expected"),
            ("exclude = 1\n", "the number 1 stands where a list is expected"),
            ("[scope]\npaths = []\n", "write [[scope]] with two brackets"),
            ("workload = 1\n", "the number 1 stands where a table is expected"),
            ("[workload]\norders = true\n", "true stands where a table is expected"),
            ("[workload.a]\nfresh = \"yes\"\n", "stands where true or false is expected"),
            ("step = [\"convert\"]\n", "a list stands where a text is expected"),
            ("step = {}\n", "a table or a date stands where a text is expected"),
            ("step = 1979-05-27\n", "a table or a date stands where a text is expected"),
            ("savepoints = [1]\n", "the number 1 stands where a text is expected"),
            ("[[scope]]\nnamespace = \"a\"\n", "the key `paths` is missing here"),
            ("step = \"convert\"\nstep = \"convert\"\n", "duplicate key"),
        ] {
            let errors = errors(text);
            assert!(errors[0].contains(said), "{errors:?}");
            for of_ours in ["struct", "Written", "sequence", "invalid type", "missing field", "map"]
            {
                assert!(!errors[0].contains(of_ours), "{errors:?}");
            }
        }
    }

    #[test]
    fn a_scope_whose_path_leaves_the_folder_is_refused() {
        for path in ["/abs/**", "../x/**", "eu/../../x", ".."] {
            let errors = errors(&format!("[[scope]]\npaths = [\"{path}\"]\n"));
            assert!(errors[0].starts_with("flink-migrate.toml:2:10: error: "), "{errors:?}");
            assert!(errors[0].contains("relative to the configuration's folder"), "{errors:?}");
        }
    }

    #[test]
    fn what_this_release_does_not_understand_is_not_passed_over() {
        assert!(errors("step = \"resume\"\n")[0].contains("1:8: error: no repository stays at"));
        assert!(errors("step = \"convrt\"\n")[0].contains("did you mean `convert`?"));
    }

    #[test]
    fn a_release_is_a_string_and_exists() {
        assert!(errors("target-operator = 1.10\n")[0].contains("1.10 is not 1.1"));
        assert!(errors("target-operator = \"1.99\"\n")[0].contains("1:19: error: "));
        assert!(errors("target-operator = \"v1\"\n")[0].contains("1:19: error: "));
    }

    #[test]
    fn a_workload_is_one_workload_and_its_values_are_known() {
        let errors = errors("[workload.\"prod/*\"]\nstate = \"runing\"\nupgrade-mode = \"x\"\n");
        assert_eq!(errors.len(), 3);
        assert!(errors[0].starts_with("flink-migrate.toml:1:11: error: `prod/*`"), "{errors:?}");
    }

    #[test]
    fn scopes_that_say_two_things_of_one_path_are_refused() {
        let two = "[[scope]]\npaths = [\"eu/**\"]\n[[scope]]\npaths = [\"us\", \"eu/\"]\n";
        let errors = errors(two);
        assert!(errors[0].contains("4:16: error: `eu/` belongs to the scope at"), "{errors:?}");
    }

    #[test]
    fn broken_toml_has_a_place() {
        assert!(errors("a = \n")[0].starts_with("flink-migrate.toml:1:"), "{:?}", errors("a = \n"));
    }
}
