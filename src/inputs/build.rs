//! What the configuration, the options and the texts of files amount to.

use std::collections::HashMap;
use std::sync::Arc;

use super::config::ConfigScope;
use super::{
    Config, FileRef, Flags, InputText, InputTexts, Inputs, Policy, Scope, ScopeInputs,
    VerificationReport,
};
use crate::cluster::{self, Judge, Moment};
use crate::diagnostic::{FilePosition, Located};
use crate::flink::operator::{self, OperatorConfig};
use crate::flink::savepoints::{self, SavepointMap};

impl Inputs {
    /// Combines the configuration, the options and the texts of the files they name. `now` dates the
    /// savepoints of a dump; nothing if the time is unknown.
    ///
    /// # Errors
    /// All that is wrong with the files, each a whole line.
    pub fn build(
        config: &Config,
        flags: Flags,
        texts: &InputTexts,
        now: Option<Moment>,
    ) -> Result<(Inputs, Policy), Vec<String>> {
        let mut builder = InputsBuilder {
            flags: &flags,
            texts,
            now,
            maps: HashMap::new(),
            operators: HashMap::new(),
            owners: HashMap::new(),
            errors: Vec::new(),
        };
        // A map is that of one cluster, and the option would give it to every one.
        let of_cluster = config.scopes.iter().find(|scope| scope.savepoints.is_some());
        let is_for_all = flags.scope.is_none() && !flags.savepoints.is_empty();
        if let Some(scope) = of_cluster.filter(|_| is_for_all) {
            builder.errors.push(format!(
                "{}: error: this scope has a savepoint map of its own, and `--savepoints` would take its \
                 place; say with `--scope NAME` for which scope it is, or name the file in `savepoints` of \
                 its scope",
                scope.origin
            ));
        }
        let whole_tree = builder.inputs(&config.whole_tree, None, flags.scope.is_none());
        let scopes = config.scopes.iter().enumerate().map(|(i, scope)| {
            let is_chosen = flags.scope == Some(i);
            let inputs =
                builder.inputs(scope, Some(&whole_tree), is_chosen || flags.scope.is_none());
            let is_given = is_chosen && !flags.savepoints.is_empty();
            Scope {
                name: scope.name.clone(),
                step: scope.step.filter(|_| flags.has_scope_steps),
                paths: scope.paths.clone(),
                inputs,
                has_own_savepoints: scope.savepoints.is_some() || is_given,
                origin: scope.origin.clone(),
            }
        });
        let scopes = scopes.collect();
        let verified = builder.verified();
        let deliveries = builder.deliveries(&FileRef::either(&[], &config.deliveries));
        if !builder.errors.is_empty() {
            return Err(builder.errors);
        }
        let policy = Policy {
            step: flags.step,
            defaults: flags.defaults.or(config.defaults).unwrap_or_default(),
            checkpoints_dir: flags.checkpoints_dir.or_else(|| config.checkpoints_dir.clone()),
            savepoints_dir: flags.savepoints_dir,
            waivers: config.waivers.iter().cloned().chain(flags.waivers).collect(),
            strict: flags.strict,
            scope: flags.scope,
            select: flags.select,
        };
        let (folder, not_delivered) = (config.folder.clone(), config.not_delivered.clone());
        let inputs = Inputs { whole_tree, scopes, folder, verified, not_delivered, deliveries };
        Ok((inputs, policy))
    }
}

/// Parses each file once, and collects what is wrong with all of them.
struct InputsBuilder<'a> {
    flags: &'a Flags,
    texts: &'a InputTexts,
    now: Option<Moment>,
    maps: HashMap<&'a str, SavepointMap>,
    operators: HashMap<&'a str, OperatorConfig>,
    /// For each map by which part of the tree it is used.
    owners: HashMap<&'a str, String>,
    errors: Vec<String>,
}

impl<'a> InputsBuilder<'a> {
    /// The inputs of the whole tree, or of a scope, which has those of the whole tree where it has none.
    /// `has_flags` says that the options are for it.
    fn inputs(
        &mut self,
        own: &ConfigScope,
        whole: Option<&ScopeInputs>,
        has_flags: bool,
    ) -> ScopeInputs {
        let none = Flags::default();
        let flags = if has_flags { self.flags } else { &none };
        // An option for the whole tree takes the place of the files of every scope.
        let files = |flag: &[String], own: Option<&[String]>| match whole {
            Some(_) if flag.is_empty() && own.is_none() => None,
            Some(_) if !flag.is_empty() && flags.scope.is_none() => None,
            _ => Some(FileRef::either(flag, own.unwrap_or_default())),
        };
        let maps = files(&flags.savepoints, own.savepoints.as_deref());
        let operators = files(&flags.operator_config, own.operator.as_deref());
        let nothing = ScopeInputs::default();
        let origin = whole.map(|_| &own.origin);
        let whole = whole.unwrap_or(&nothing);
        let first = |flag: &Option<String>, own: &Option<String>, whole: &Option<String>| {
            flag.as_ref().or(own.as_ref()).or(whole.as_ref()).cloned()
        };
        let (account, own_account) = (&flags.service_account, &own.service_account);
        ScopeInputs {
            savepoints: match maps {
                Some(maps) => self.savepoints(&maps, origin),
                None => Arc::clone(&whole.savepoints),
            },
            operator: match operators {
                Some(files) => self.operator(&files),
                None => Arc::clone(&whole.operator),
            },
            target: flags.target.or(own.target).or(whole.target),
            namespace: first(&flags.namespace, &own.namespace, &whole.namespace),
            service_account: first(account, own_account, &whole.service_account),
            overrides: own.overrides.iter().cloned().collect(),
        }
    }

    /// The maps of the scope defined at `scope`, or of the whole tree. An entry is for one workload, so
    /// no map may be that of two clusters.
    fn savepoints(&mut self, files: &[FileRef], scope: Option<&FilePosition>) -> Arc<SavepointMap> {
        let mut maps = Vec::new();
        for file in self.unique_texts(files) {
            let (id, name) = (file.id.as_str(), &file.name);
            if let (Some(origin), Some(other)) = (scope, self.owners.get(id)) {
                self.errors.push(format!(
                    "{origin}: error: {name} is the savepoint map of {other} as well, and each of its \
                     entries would serve two workloads; give each scope a map of its own, or name it \
                     once for the whole tree"
                ));
            }
            let owner =
                scope.map_or("the whole tree".into(), |origin| format!("the scope at {origin}"));
            self.owners.entry(id).or_insert(owner);
            if !self.maps.contains_key(id) {
                let now = self.now;
                let map = self.parsed(file, |text| savepoint_map(name, text, now));
                self.maps.insert(id, map.unwrap_or_default());
            }
            maps.extend(self.maps.get(id).cloned());
        }
        Arc::new(savepoints::merge(maps).unwrap_or_else(|problems| {
            self.errors.extend(problems.iter().map(ToString::to_string));
            SavepointMap::default()
        }))
    }

    fn operator(&mut self, files: &[FileRef]) -> Arc<OperatorConfig> {
        let mut configs = Vec::new();
        for file in self.unique_texts(files) {
            let id = file.id.as_str();
            if !self.operators.contains_key(id) {
                let config = self.parsed(file, |text| operator::read(&file.name, text));
                self.operators.insert(id, config.unwrap_or_default());
            }
            configs.extend(self.operators.get(id).cloned());
        }
        let is_empty = configs.is_empty();
        Arc::new(if is_empty { OperatorConfig::default() } else { operator::merge(configs) })
    }

    fn verified(&mut self) -> Option<VerificationReport> {
        let file = FileRef::Flag(self.flags.verified.clone()?);
        let file = *self.unique_texts(&[file]).first()?;
        self.parsed(file, |text| VerificationReport::read(&file.name, text))
    }

    /// The files of delivering objects that could be read.
    fn deliveries(&mut self, files: &[FileRef]) -> Vec<InputText> {
        let texts: Vec<InputText> = self.unique_texts(files).into_iter().cloned().collect();
        self.errors.extend(texts.iter().filter_map(|text| text.text.clone().err()));
        texts
    }

    /// The files without repetition. One that the caller has not read is an error.
    fn unique_texts(&mut self, files: &[FileRef]) -> Vec<&'a InputText> {
        let mut unique_texts: Vec<&InputText> = Vec::new();
        for file in files {
            match self.texts.get(file) {
                Some(text) if unique_texts.iter().any(|known| known.id == text.id) => {}
                Some(text) => unique_texts.push(text),
                None => {
                    let (FileRef::Config(path) | FileRef::Flag(path)) = file;
                    self.errors.push(format!("{path}: error: the file was not read"));
                }
            }
        }
        unique_texts
    }

    fn parsed<T, E: ToString>(
        &mut self,
        file: &InputText,
        parse: impl FnOnce(&str) -> Result<T, Vec<E>>,
    ) -> Option<T> {
        match &file.text {
            Ok(text) => match parse(text) {
                Ok(parsed) => return Some(parsed),
                Err(problems) => self.errors.extend(problems.iter().map(ToString::to_string)),
            },
            Err(line) => self.errors.push(line.clone()),
        }
        None
    }
}

/// A savepoint map, or the map that a dump of the cluster amounts to. A file with the extension of a
/// table or of TOML is never a dump.
fn savepoint_map(
    name: &str,
    text: &str,
    now: Option<Moment>,
) -> Result<SavepointMap, Vec<Located>> {
    let file = name.rsplit('/').next().unwrap_or_default();
    let extension = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    let is_map = extension.is_some_and(|(_, extension)| {
        ["csv", "tsv", "toml"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    });
    if is_map || !cluster::is_dump(text) {
        return savepoints::read(name, text);
    }
    cluster::savepoint_map(name, text, &Judge { now, ..Judge::default() })
}

#[cfg(test)]
mod tests {
    use super::super::RequestedFiles;
    use super::*;
    use crate::flink::releases::Release;

    fn config(text: &str) -> Config {
        Config::parse("c.toml", "/repo", text, &|_, _| Ok(())).unwrap()
    }

    /// The texts of files, each with the path by which the configuration names it.
    fn texts(files: &[(&str, Result<&str, &str>)]) -> InputTexts {
        let text = |(path, text): &(&str, Result<&str, &str>)| {
            let text = text.map(String::from).map_err(String::from);
            let id = path.trim_start_matches("./").to_string();
            (FileRef::Config((*path).into()), InputText { name: (*path).into(), id, text })
        };
        files.iter().map(text).collect()
    }

    const SCOPED: &str = "savepoints = [\"all.yaml\"]\ntarget-operator = \"1.6\"\n\
        [[scope]]\npaths = [\"eu\"]\nsavepoints = [\"eu.yaml\"]\n\
        [[scope]]\npaths = [\"us\"]\ntarget-operator = \"1.7\"\n";

    #[test]
    fn a_scope_has_its_own_inputs_and_those_of_the_whole_tree_where_it_has_none() {
        let texts = texts(&[("all.yaml", Ok("p/a: /1\n")), ("eu.yaml", Ok("p/a: /2\n"))]);
        let (inputs, _) = Inputs::build(&config(SCOPED), Flags::default(), &texts, None).unwrap();
        let location = |scope: usize| {
            let savepoints = &inputs.scopes[scope].inputs.savepoints;
            savepoints.entries()[0].location().unwrap().to_string()
        };
        assert_eq!((location(0), location(1)), ("/2".into(), "/1".into()));
        assert!(inputs.scopes[0].has_own_savepoints && !inputs.scopes[1].has_own_savepoints);
        let targets = inputs.scopes.iter().map(|scope| scope.inputs.target);
        let expected = [Some(Release::new(6)), Some(Release::new(7))];
        assert_eq!(targets.collect::<Vec<_>>(), expected);
    }

    fn config_without_maps() -> Config {
        config(&SCOPED.replace("savepoints = [\"eu.yaml\"]\n", ""))
    }

    #[test]
    fn an_option_takes_precedence_and_the_files_of_the_configuration_are_not_asked_for() {
        let config = config(SCOPED);
        let paths = ["all.yaml", "eu.yaml"].map(|path| FileRef::Config(path.into()));
        assert_eq!(RequestedFiles::new(&config, &Flags::default()).savepoints, paths);
        let flags = Flags {
            savepoints: vec!["typed.yaml".into()],
            target: Some(Release::new(15)),
            ..Flags::default()
        };
        let typed = FileRef::Flag("typed.yaml".into());
        assert_eq!(RequestedFiles::new(&config, &flags).savepoints, std::slice::from_ref(&typed));
        let text = InputText {
            name: "typed.yaml".into(),
            id: "typed.yaml".into(),
            text: Ok("p/a: /3\n".into()),
        };
        let texts = [(typed, text)].into();
        let errors = Inputs::build(&config, flags.clone(), &texts, None).unwrap_err();
        assert!(errors[0].contains("this scope has a savepoint map of its own"), "{errors:?}");
        let config = config_without_maps();
        let (inputs, _) = Inputs::build(&config, flags, &texts, None).unwrap();
        for scope in &inputs.scopes {
            assert_eq!(scope.inputs.savepoints.entries()[0].location(), Some("/3"));
            assert_eq!(scope.inputs.target, Some(Release::new(15)));
        }
    }

    #[test]
    fn the_errors_of_all_files_come_together() {
        let text = "savepoints = [\"a.yaml\", \"gone.yaml\"]\noperator-config = [\"o.yaml\"]\n\
            deliveries = [\"apps.yaml\"]\n";
        let files = [
            ("a.yaml", Ok("p/a: [\n")),
            ("gone.yaml", Err("gone.yaml: error: cannot be read")),
            ("o.yaml", Ok("a: [\n")),
            ("apps.yaml", Err("apps.yaml: error: cannot be read")),
        ];
        let errors = Inputs::build(&config(text), Flags::default(), &texts(&files), None);
        let errors = errors.unwrap_err();
        let files: Vec<&str> =
            errors.iter().map(|line| line.split(':').next().unwrap_or_default()).collect();
        assert_eq!(files, ["a.yaml", "gone.yaml", "o.yaml", "apps.yaml"], "{errors:?}");
    }

    #[test]
    fn no_map_is_that_of_two_scopes_under_whatever_path() {
        let text = "[[scope]]\npaths = [\"eu\"]\nsavepoints = [\"m.yaml\"]\n\
                    [[scope]]\npaths = [\"us\"]\nsavepoints = [\"./m.yaml\"]\n";
        let texts = texts(&[("m.yaml", Ok("p/a: /1\n")), ("./m.yaml", Ok("p/a: /1\n"))]);
        let errors = Inputs::build(&config(text), Flags::default(), &texts, None).unwrap_err();
        assert!(errors[0].starts_with("c.toml:4:1: error: ./m.yaml is the savepoint map of the"));
        assert!(errors[0].contains("the scope at c.toml:1:1 as well"), "{errors:?}");
    }

    #[test]
    fn only_text_without_the_extension_of_a_table_is_a_dump() {
        let dump = r#"{"apiVersion": "v1", "kind": "List", "items": []}"#;
        for name in ["m.yaml", "maps.csv/m", ".csv", "m"] {
            assert!(savepoint_map(name, dump, None).is_ok(), "{name}");
        }
        assert!(savepoint_map("maps/M.CSV", dump, None).is_err());
    }
}
