//! The files and flags that give facts, for the whole tree and for each scope.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::basis::Refusal;
use super::config::{Config, ConfigScope};
use super::options::FactArgs;
use super::values;
use crate::cluster::{self, Judge, Moment};
use crate::flink::operator::{self, OperatorConfig};
use crate::flink::problem::FileProblem;
use crate::flink::releases::Release;
use crate::flink::savepoints::{self, SavepointMap};
use crate::rules::{Given, Scope};
use crate::shell::{Ground, System};

/// Reads the files, each once, and gathers what is wrong with all of them.
pub(super) struct Reading<'a> {
    system: &'a dyn System,
    ground: &'a Ground,
    typed: Typed<'a>,
    maps: HashMap<PathBuf, SavepointMap>,
    operators: HashMap<PathBuf, OperatorConfig>,
    map_files: Vec<PathBuf>,
    /// Whose each map is.
    owners: HashMap<PathBuf, String>,
    files: Vec<PathBuf>,
    errors: Vec<String>,
}

/// What was typed wins over the configuration, in every scope.
struct Typed<'a> {
    savepoints: &'a [PathBuf],
    operator_config: &'a [PathBuf],
    target: Option<Release>,
    namespace: Option<String>,
    service_account: Option<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        system: &'a dyn System,
        ground: &'a Ground,
        args: &'a FactArgs,
    ) -> Result<Reading<'a>, Refusal> {
        let flag = |option: &'static str| move |message: String| Refusal::usage(option, &message);
        let target = args.target_operator.as_deref().map(Release::parse).transpose();
        let namespace = args.namespace.as_deref().map(values::namespace).transpose();
        let account = args.service_account.as_deref().map(values::service_account).transpose();
        let typed = Typed {
            savepoints: &args.savepoints,
            operator_config: &args.operator_config,
            target: target.map_err(flag("--target-operator"))?,
            namespace: namespace.map_err(flag("--namespace"))?,
            service_account: account.map_err(flag("--service-account"))?,
        };
        Ok(Reading {
            system,
            ground,
            typed,
            maps: HashMap::new(),
            operators: HashMap::new(),
            map_files: Vec::new(),
            owners: HashMap::new(),
            files: Vec::new(),
            errors: Vec::new(),
        })
    }

    /// What is given for the whole tree, and for each scope. The errors of all files come together.
    pub(super) fn all(&mut self, config: &Config) -> Result<(Given, Vec<Scope>), Refusal> {
        let typed = self.typed.savepoints;
        let maps = if typed.is_empty() { &config.savepoints[..] } else { typed };
        let typed = self.typed.operator_config;
        let operators = if typed.is_empty() { &config.operator_config[..] } else { typed };
        let whole = Given {
            savepoints: self.savepoints(maps, None),
            operator: self.operator(operators),
            target: self.typed.target.or(config.target),
            namespace: self.typed.namespace.clone(),
            service_account: self.typed.service_account.clone().or(config.service_account.clone()),
            answers: config.answers.iter().cloned().collect(),
        };
        let scopes = config.scopes.iter().map(|scope| self.scope(scope, &whole)).collect();
        if self.errors.is_empty() {
            Ok((whole, scopes))
        } else {
            Err(Refusal(std::mem::take(&mut self.errors)))
        }
    }

    /// The savepoint maps: no manifests, whatever they are called.
    pub(super) fn maps(&self) -> &[PathBuf] {
        &self.map_files
    }

    /// Every file that was read.
    pub(super) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    fn scope(&mut self, scope: &ConfigScope, whole: &Given) -> Scope {
        let maps = scope.savepoints.as_deref().filter(|_| self.typed.savepoints.is_empty());
        let operators =
            scope.operator_config.as_deref().filter(|_| self.typed.operator_config.is_empty());
        let (typed_account, typed_target) = (&self.typed.service_account, self.typed.target);
        let account = typed_account.clone().or(scope.service_account.clone());
        let namespace = self.typed.namespace.clone().or(scope.namespace.clone());
        let given = Given {
            target: typed_target.or(scope.target).or(whole.target),
            namespace: namespace.or(whole.namespace.clone()),
            service_account: account.or(whole.service_account.clone()),
            answers: scope.answers.iter().cloned().collect(),
            savepoints: maps.map_or_else(
                || Arc::clone(&whole.savepoints),
                |maps| self.savepoints(maps, Some(&scope.origin)),
            ),
            operator: operators
                .map_or_else(|| Arc::clone(&whole.operator), |files| self.operator(files)),
        };
        let origin = scope.origin.clone();
        Scope { paths: scope.paths.clone(), given, own_savepoints: maps.is_some(), origin }
    }

    /// The maps of a scope, or of the whole tree. An entry serves one workload, so that no map may
    /// serve two clusters.
    fn savepoints(&mut self, files: &[PathBuf], scope: Option<&str>) -> Arc<SavepointMap> {
        let mut read = Vec::new();
        for (file, name) in self.named(files) {
            let owner =
                scope.map_or("the whole tree".into(), |origin| format!("the scope at {origin}"));
            if let (Some(origin), Some(other)) = (scope, self.owners.get(&file)) {
                self.errors.push(format!(
                    "{origin}: error: {name} is the savepoint map of {other} as well, and each of its \
                     entries would serve two workloads; give each scope a map of its own, or name it \
                     once for the whole tree"
                ));
            }
            self.owners.entry(file.clone()).or_insert(owner);
            self.map_files.push(file.clone());
            if !self.maps.contains_key(&file) {
                let now = self.system.now().and_then(Moment::of_millis);
                let map = self.text(&file, &name, |text| map(&name, text, now));
                self.maps.insert(file.clone(), map.unwrap_or_default());
            }
            read.extend(self.maps.get(&file).cloned());
        }
        Arc::new(savepoints::merge(read).unwrap_or_else(|problems| {
            self.errors.extend(problems.iter().map(ToString::to_string));
            SavepointMap::default()
        }))
    }

    fn operator(&mut self, files: &[PathBuf]) -> Arc<OperatorConfig> {
        let mut read = Vec::new();
        for (file, name) in self.named(files) {
            if !self.operators.contains_key(&file) {
                let config = self.text(&file, &name, |text| operator::read(&name, text));
                self.operators.insert(file.clone(), config.unwrap_or_default());
            }
            read.extend(self.operators.get(&file).cloned());
        }
        Arc::new(if read.is_empty() { OperatorConfig::default() } else { operator::merge(read) })
    }

    /// The files, each once, with the names by which people know them.
    fn named(&self, files: &[PathBuf]) -> Vec<(PathBuf, String)> {
        let mut named: Vec<(PathBuf, String)> = Vec::new();
        for typed in files {
            let file = self.system.canonical(typed);
            let name = if typed.is_absolute() {
                self.ground.name_of(&file)
            } else {
                typed.to_string_lossy().into_owned()
            };
            if named.iter().all(|(known, _)| *known != file) {
                named.push((file, name));
            }
        }
        named
    }

    /// What `parse` makes of the text of the file; nothing if that failed, which is then said.
    fn text<T, E: ToString>(
        &mut self,
        file: &Path,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Vec<E>>,
    ) -> Option<T> {
        self.files.push(file.to_path_buf());
        match self.system.read_text(file, name) {
            Ok(text) => match parse(&text) {
                Ok(parsed) => return Some(parsed),
                Err(problems) => self.errors.extend(problems.iter().map(ToString::to_string)),
            },
            Err(problem) => self.errors.push(problem.to_string()),
        }
        None
    }
}

/// A savepoint map, or a dump of the cluster as the map that it amounts to. A file whose extension says
/// that it is a table or TOML is never a dump.
fn map(name: &str, text: &str, now: Option<Moment>) -> Result<SavepointMap, Vec<FileProblem>> {
    let extension = Path::new(name).extension().unwrap_or_default().to_ascii_lowercase();
    let is_map = ["csv", "tsv", "toml"].iter().any(|known| extension == *known);
    if is_map || !cluster::is_dump(text) {
        return savepoints::read(name, text);
    }
    cluster::savepoint_map(name, text, &Judge { now, ..Judge::default() })
}
