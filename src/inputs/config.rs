//! `flink-migrate.toml`: what a repository says once and for all.

mod schema;
mod scope;

use super::waivers::check_workload_key;
use super::{
    CheckpointsDir, Defaults, Waiver, WaiverCheck, WaiverSource, WorkloadOverride, values,
};
use crate::diagnostic::FilePosition;
use crate::flink::releases::Release;
use crate::k8s::ObjectKey;
use crate::task::Step;
use crate::text::SourceFile;
#[cfg(test)]
pub(crate) use schema::no_null;
#[cfg(test)]
pub use schema::schema;
use schema::{FieldText, RawConfig, RawOverride, readable_message};
pub(crate) use scope::ConfigScope;

/// The parsed configuration; empty if there is no file.
#[derive(Debug, Default)]
pub struct Config {
    /// The step at which the repository is.
    pub step: Option<Step>,
    /// Globs of files to leave out, relative to the folder of the configuration.
    pub exclude: Vec<(FilePosition, values::ExcludedPaths)>,
    /// Globs of the files whose delivering objects no cluster has, in the same folder.
    pub(crate) not_delivered: Vec<(FilePosition, values::ExcludedPaths)>,
    /// Paths of files of further delivering objects, as written.
    pub(crate) deliveries: Vec<String>,
    pub(crate) folder: String,
    pub(crate) defaults: Option<Defaults>,
    pub(crate) checkpoints_dir: Option<CheckpointsDir>,
    pub(crate) waivers: Vec<Waiver>,
    /// What holds where no scope says otherwise.
    pub(crate) whole_tree: ConfigScope,
    pub(crate) scopes: Vec<ConfigScope>,
}

/// Values of `state` and `upgrade-mode` in `[workload]`.
const STATES: [&str; 2] = ["running", "suspended"];
const MODES: [&str; 3] = ["stateless", "savepoint", "last-state"];

impl Config {
    /// Parses the text of the configuration. `name` is what messages call the file, `folder` where it
    /// is, from the root of the file system. `check` knows which rules may be waived.
    ///
    /// # Errors
    /// All that is wrong with the file, each a whole line.
    pub fn parse(
        name: &str,
        folder: &str,
        text: &str,
        check: WaiverCheck<'_>,
    ) -> Result<Config, Vec<String>> {
        let file = SourceFile { name, text };
        let mut parser = Parser { file, folder, check, errors: Vec::new() };
        let config = match toml::from_str::<RawConfig>(text) {
            Ok(raw) => parser.config(raw),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                parser.error(at, &readable_message(error.message()));
                Config::default()
            }
        };
        if parser.errors.is_empty() { Ok(config) } else { Err(parser.errors) }
    }
}

/// The file, and what is wrong with it so far.
struct Parser<'t> {
    file: SourceFile<'t>,
    folder: &'t str,
    check: WaiverCheck<'t>,
    errors: Vec<String>,
}

impl Parser<'_> {
    fn config(&mut self, raw: RawConfig) -> Config {
        let exclude = self.globs(raw.exclude);
        let not_delivered = self.globs(raw.not_delivered);
        let deliveries = self.all(raw.deliveries, path);
        let step = self.value(raw.step, step);
        let defaults = self.value(raw.defaults, Defaults::parse);
        let mut whole_tree = ConfigScope {
            target: self.value(raw.target_operator, Release::parse),
            service_account: self.value(raw.service_account, values::service_account),
            ..ConfigScope::default()
        };
        let checkpoints_dir = self.value(raw.checkpoints_dir, CheckpointsDir::parse);
        whole_tree.savepoints = Some(self.all(raw.savepoints, path));
        whole_tree.operator = Some(self.all(raw.operator_config, path));
        let waivers = self.waivers(raw.accept);
        whole_tree.overrides = self.overrides(raw.workload);
        let (scopes, folder) = (self.scopes(raw.scope), self.folder.to_string());
        Config {
            step,
            exclude,
            not_delivered,
            deliveries,
            folder,
            defaults,
            checkpoints_dir,
            waivers,
            whole_tree,
            scopes,
        }
    }

    fn globs(&mut self, raw: Vec<FieldText>) -> Vec<(FilePosition, values::ExcludedPaths)> {
        let globs = raw.into_iter().filter_map(|glob| {
            let origin = self.origin(glob.0.span().start);
            Some((origin, self.value(Some(glob), values::exclude_glob)?))
        });
        globs.collect()
    }

    fn waivers(&mut self, raw: Vec<FieldText>) -> Vec<Waiver> {
        let check = self.check;
        let waivers = raw.into_iter().filter_map(|accept| {
            let source = WaiverSource::Config(self.origin(accept.0.span().start));
            self.value(Some(accept), |text| Waiver::parse(text, source.clone(), check))
        });
        waivers.collect()
    }

    fn overrides(
        &mut self,
        raw: impl IntoIterator<Item = (FieldText, RawOverride)>,
    ) -> Vec<WorkloadOverride> {
        raw.into_iter().map(|(key, answer)| self.workload_override(&key, answer)).collect()
    }

    fn workload_override(&mut self, key: &FieldText, raw: RawOverride) -> WorkloadOverride {
        if let Err(message) = check_workload_key(key.0.get_ref()) {
            self.error(key.0.span().start, &message);
        }
        let check = self.check;
        WorkloadOverride {
            key: ObjectKey::parse(key.0.get_ref()),
            fresh: raw.fresh,
            savepoint: raw.savepoint,
            state: self.value(raw.state, |text| one_of(text, &STATES)),
            upgrade_mode: self.value(raw.upgrade_mode, |text| one_of(text, &MODES)),
            service_account: self.value(raw.service_account, values::service_account),
            checkpoints_dir: self.value(raw.checkpoints_dir, values::location),
            waived: self.all(raw.accept, |id| check(id, true).map(|()| id.into())),
            origin: self.origin(key.0.span().start),
        }
    }

    /// The value as `parse` reads it; nothing, and an error at its position, if it cannot.
    fn value<T>(
        &mut self,
        raw: Option<FieldText>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let raw = raw?;
        match parse(raw.0.get_ref()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.error(raw.0.span().start, &message);
                None
            }
        }
    }

    fn all<T>(&mut self, raw: Vec<FieldText>, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        raw.into_iter().filter_map(|value| self.value(Some(value), &parse)).collect()
    }

    fn origin(&self, at: usize) -> FilePosition {
        FilePosition { name: self.file.name.into(), position: self.file.position(at) }
    }

    fn error(&mut self, at: usize, message: &str) {
        let line = format!("{}: error: {message}", self.origin(at));
        self.errors.push(line);
    }
}

/// Reads `step`. Nobody stays at the way back, so it is an option of one run.
fn step(text: &str) -> Result<Step, String> {
    match Step::from_name(text) {
        Some(Step::Resume) => {
            Err("`resume` is not a step of the configuration: pass `--step resume`".into())
        }
        Some(step) => Ok(step),
        None => Err(Step::unknown(text, Step::Resume)),
    }
}

fn path(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("the path is empty; name a file".into()) } else { Ok(text.into()) }
}

fn one_of(text: &str, values: &[&str]) -> Result<String, String> {
    if values.contains(&text) {
        return Ok(text.into());
    }
    Err(format!("unknown value `{text}`, expected one of {}", values.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Vec<String>> {
        let check = |rule: &str, _| match rule {
            "known" => Ok(()),
            _ => Err(format!("there is no rule `{rule}`")),
        };
        Config::parse("flink-migrate.toml", "/repo", text, &check)
    }

    fn errors(text: &str) -> Vec<String> {
        parse(text).unwrap_err()
    }

    #[test]
    fn a_whole_configuration_is_understood() {
        let config = parse(
            r#"
step = "convert"
target-operator = "1.15"
defaults = "preserve"
service-account = "flink"
checkpoints-dir = "s3://lake/checkpoints/{namespace}/{name}"
operator-config = ["platform/values.yaml"]
savepoints = ["maps/eu.yaml"]
exclude = ["vendor/**"]
not-delivered = ["archive/**"]
deliveries = ["../argo/apps.yaml"]

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
        )
        .unwrap();
        assert_eq!(config.step, Some(Step::Convert));
        assert_eq!(config.defaults, Some(Defaults::Preserve));
        assert_eq!(config.whole_tree.target, Some(Release::new(15)));
        assert_eq!(config.whole_tree.savepoints.unwrap(), ["maps/eu.yaml"]);
        assert_eq!(config.whole_tree.operator.unwrap(), ["platform/values.yaml"]);
        assert!(config.exclude[0].1.matcher.is_match("vendor/a.yaml"));
        assert!(config.not_delivered[0].1.matcher.is_match("archive/eu/apps.yaml"));
        assert_eq!(config.deliveries, ["../argo/apps.yaml"]);
        assert_eq!(config.whole_tree.overrides[0].key.to_string(), "prod/orders");
        assert_eq!(config.whole_tree.overrides[0].origin.to_string(), "flink-migrate.toml:13:11");
        assert!(config.whole_tree.overrides[0].fresh);
        assert_eq!(config.scopes[0].target, Some(Release::new(6)));
        assert_eq!(config.scopes[0].overrides[0].key.to_string(), "orders");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_the_likely_one() {
        assert_eq!(
            errors("step = \"convert\"\nsavepoint = []\n"),
            ["flink-migrate.toml:2:1: error: unknown key `savepoint`; \
                 did you mean `savepoints`?"]
        );
        assert!(errors("not_delivered = []\n")[0].contains("did you mean `not-delivered`?"));
        assert!(errors("delivery = []\n")[0].contains("did you mean `deliveries`?"));
        assert!(errors("[[scope]]\npath = [\"a\"]\n")[0].contains("did you mean `paths`?"));
    }

    #[test]
    fn a_key_that_stands_in_the_wrong_place_is_told_where_it_belongs() {
        let said = |text: &str| errors(text)[0].clone();
        assert_eq!(
            said("namespace = \"prod\"\n"),
            "flink-migrate.toml:1:1: error: unknown key `namespace`; write it under [[scope]], \
             or pass `--namespace`"
        );
        assert!(said("fresh = true\n").contains("write it under [workload.\"NAMESPACE/NAME\"]"));
        assert!(said("[workload.a]\nexclude = []\n").contains("at the top of the file"));
        assert!(said("[[scope]]\npaths = [\"a\"]\nexclude = []\n").contains("at the top"));
        assert!(said("[[scope]]\npaths = []\ndeliveries = []\n").contains("at the top"));
    }

    #[test]
    fn a_value_of_another_kind_is_told_in_the_words_of_the_file() {
        for (text, said) in [
            ("not-delivered = \"a\"\n", "expected a list, found the string \"a\""),
            ("not-delivered = [\"\"]\n", "1:18: error: the glob is empty"),
            ("not-delivered = [\"{a\"]\n", "write a glob such as `vendor/**`"),
            ("deliveries = [\"\"]\n", "1:15: error: the path is empty"),
            ("savepoints = \"a.yaml\"\n", "expected a list, found the string \"a.yaml\""),
            ("exclude = 1\n", "expected a list, found the number 1"),
            ("[scope]\npaths = []\n", "write [[scope]] with two brackets"),
            ("workload = 1\n", "expected a table, found the number 1"),
            ("[workload]\norders = true\n", "expected a table, found true"),
            ("[workload.a]\nfresh = \"yes\"\n", "expected true or false, found"),
            ("step = [\"convert\"]\n", "expected a string, found a list"),
            ("step = {}\n", "expected a string, found a table or a date"),
            ("step = 1979-05-27\n", "expected a string, found a table or a date"),
            ("savepoints = [1]\n", "expected a string, found the number 1"),
            ("[[scope]]\nnamespace = \"a\"\n", "missing key `paths`"),
            ("step = \"convert\"\nstep = \"convert\"\n", "duplicate key"),
        ] {
            let errors = errors(text);
            assert!(errors[0].contains(said), "{errors:?}");
            for of_ours in ["struct", "Raw", "sequence", "invalid type", "missing field", "map"] {
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
        assert!(errors("step = \"resume\"\n")[0].contains("1:8: error: `resume` is not a step"));
        assert!(errors("step = \"convrt\"\n")[0].contains("did you mean `convert`?"));
        let scope = "[[scope]]\npaths = [\"a\"]\nstep = \"resume\"\n";
        assert!(errors(scope)[0].contains("3:8: error: `resume` is not a step"));
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
    fn a_rule_that_cannot_be_waived_is_reported_with_everything_else() {
        let text = "accept = [\"known\", \"known=a/b/c\", \"gone\"]\n\
                    [workload.\"a*\"]\naccept = [\"lost\"]\n";
        let errors = errors(text);
        assert_eq!(errors.len(), 4, "{errors:?}");
        for (error, position) in errors.iter().zip(["1:20", "1:35", "2:11", "3:11"]) {
            let start = format!("flink-migrate.toml:{position}: error: ");
            assert!(error.starts_with(&start), "{errors:?}");
        }
        let waivers = parse("accept = [\"known=prod/a\"]\n").unwrap().waivers;
        assert_eq!(waivers[0].source.to_string(), "flink-migrate.toml:1:11");
    }

    #[test]
    fn broken_toml_has_a_place() {
        assert!(errors("a = \n")[0].starts_with("flink-migrate.toml:1:"), "{:?}", errors("a = \n"));
    }
}
