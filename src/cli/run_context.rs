//! Finds and reads what every command over a tree needs: the configuration and the files it names.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use globset::Glob;

use super::exit_status::ExitStatus;
use super::options::{InputArgs, TreeArgs, VerbosityArgs};
use crate::cluster::Moment;
use crate::flink::releases::Release;
use crate::inputs::{
    CheckpointsDir, Config, Defaults, FileRef, Flags, InputText, InputTexts, Inputs, Policy,
    RequestedFiles, Waiver, WaiverSource, values,
};
use crate::plan::input;
use crate::rules::check_waiver;
use crate::shell::{ExcludeGlob, GitDiff, RunDirs, ScanRequest, System, WritableWorkspace, now};
use crate::task::Step;
use crate::workspace::{FileError, escape_controls};

/// The name under which the configuration is looked for.
const CONFIG_NAME: &str = "flink-migrate.toml";

/// The directories of a run, and all that is known on it.
pub(crate) struct RunContext<'s> {
    pub(crate) system: &'s dyn System,
    pub(crate) run_dirs: RunDirs,
    /// The configuration, if there is one.
    pub(crate) config_file: Option<PathBuf>,
    /// The tree that a name must be unique in.
    pub(crate) root: Option<PathBuf>,
    pub(crate) exclude: Vec<ExcludeGlob>,
    pub(crate) force_exclude: bool,
    /// Files that were read as inputs.
    pub(crate) input_files: Vec<PathBuf>,
    /// Files that are never manifests.
    pub(crate) not_manifests: Vec<PathBuf>,
    /// All but the index.
    pub(crate) inputs: Inputs,
    pub(crate) policy: Policy,
    /// The waivers that were typed for this run.
    pub(crate) flag_waivers: Vec<Waiver>,
    pub(crate) verbosity: VerbosityArgs,
}

/// The configuration, and where it was found.
pub(crate) struct LoadedConfig<'s> {
    system: &'s dyn System,
    run_dirs: RunDirs,
    file: Option<PathBuf>,
    pub(crate) config: Config,
}

/// Options that only some commands have.
#[derive(Default)]
pub(crate) struct StepFlags<'a> {
    pub(crate) step: Step,
    /// The own steps of the scopes count.
    pub(crate) has_scope_steps: bool,
    pub(crate) savepoints_dir: Option<&'a str>,
    pub(crate) strict: bool,
    pub(crate) verified: Option<&'a Path>,
}

/// Why a command cannot be carried out: whole lines.
#[derive(Debug)]
pub(crate) struct CommandError(pub(crate) Vec<String>);

/// How a command ends.
pub(crate) type CommandResult = Result<ExitStatus, CommandError>;

impl CommandError {
    pub(crate) fn new(line: impl Into<String>) -> CommandError {
        CommandError(vec![line.into()])
    }

    /// What was typed makes no sense.
    pub(crate) fn usage(option: &str, message: &str) -> CommandError {
        CommandError::new(format!("error: {option}: {message}"))
    }

    /// What is wrong with files, whose texts must not move the cursor.
    pub(crate) fn escaped(problems: Vec<impl Display>) -> CommandError {
        let lines = problems.into_iter().map(|problem| escape_controls(&problem.to_string()));
        CommandError(lines.collect())
    }
}

impl From<FileError> for CommandError {
    fn from(error: FileError) -> CommandError {
        CommandError::new(error.to_string())
    }
}

impl From<Vec<FileError>> for CommandError {
    fn from(errors: Vec<FileError>) -> CommandError {
        CommandError(errors.iter().map(ToString::to_string).collect())
    }
}

impl<'s> LoadedConfig<'s> {
    /// Finds the configuration and parses it; an empty one if there is none.
    pub(crate) fn find(
        system: &'s dyn System,
        args: &InputArgs,
    ) -> Result<LoadedConfig<'s>, CommandError> {
        let run_dirs = system.run_dirs().map_err(|cause| {
            CommandError::new(format!("error: the working directory cannot be used: {cause}"))
        })?;
        let file = match &args.config {
            _ if args.isolated => None,
            Some(file) => Some(system.canonical(file)),
            None => system.nearest(&run_dirs, CONFIG_NAME),
        };
        let folder = file.as_deref().and_then(Path::parent).map(|folder| system.canonical(folder));
        let run_dirs = run_dirs.with_config_folder(folder.as_deref());
        let config = match &file {
            None => Config::default(),
            Some(file) => {
                let name = args.config.as_deref().map_or_else(|| run_dirs.display(file), lossy);
                let text = system.read_text(file, &name)?;
                let folder = lossy(file.parent().unwrap_or(Path::new(".")));
                Config::parse(&name, &folder, &text, &can_be_waived).map_err(CommandError)?
            }
        };
        Ok(LoadedConfig { system, run_dirs, file, config })
    }

    /// Number of the scope that was typed.
    pub(crate) fn chosen_scope(&self, tree: &TreeArgs) -> Result<Option<usize>, CommandError> {
        let scope = tree.scope.as_deref().map(|name| self.config.scope(name)).transpose();
        scope.map_err(|message| CommandError::usage("--scope", &message))
    }

    fn folder(&self) -> Option<&Path> {
        self.file.as_deref().and_then(Path::parent)
    }

    /// The texts of the files that the inputs are made from, and where they are. A typed path need not be
    /// UTF-8.
    fn read(&self, wanted: &RequestedFiles, typed: &[&Path]) -> (InputTexts, Vec<PathBuf>) {
        let (mut texts, mut read) = (InputTexts::new(), Vec::new());
        let files = wanted.savepoints.iter().chain(&wanted.operator_config).chain(&wanted.verified);
        let files = files.chain(&wanted.deliveries);
        for file in files {
            if texts.contains_key(file) {
                continue;
            }
            let path = match file {
                FileRef::Config(path) => self.folder().unwrap_or(Path::new("")).join(path),
                FileRef::Flag(text) => {
                    let typed = typed.iter().find(|path| lossy(path) == *text);
                    typed.map_or_else(|| text.into(), |path| path.to_path_buf())
                }
            };
            let canonical = self.system.canonical(&path);
            let name = if path.is_absolute() && wanted.verified.as_ref() != Some(file) {
                self.run_dirs.display(&canonical)
            } else {
                lossy(&path)
            };
            let text = self.system.read_text(&canonical, &name).map_err(|error| error.to_string());
            texts.insert(file.clone(), InputText { name, id: lossy(&canonical), text });
            read.push(canonical);
        }
        (texts, read)
    }

    /// Combines the configuration with the options. `outputs` are files that the run will write: they
    /// are no manifests.
    pub(crate) fn run(
        self,
        tree: &TreeArgs,
        args: &InputArgs,
        verbosity: VerbosityArgs,
        options: &StepFlags<'_>,
        outputs: &[&Path],
    ) -> Result<RunContext<'s>, CommandError> {
        let typed = tree.exclude.iter().map(|glob| {
            let glob = values::exclude_glob(glob);
            let glob = glob.map_err(|message| CommandError::usage("--exclude", &message))?;
            Ok(ExcludeGlob::new(self.run_dirs.base(), glob, "--exclude".into()))
        });
        let mut exclude: Vec<ExcludeGlob> = typed.collect::<Result<_, CommandError>>()?;
        if let Some(folder) = self.folder() {
            let configured = self.config.exclude.iter().map(|(origin, glob)| {
                ExcludeGlob::new(folder, glob.clone(), format!("{origin}: exclude"))
            });
            exclude.extend(configured);
        }
        let mut flags = flags(tree, args, options)?;
        flags.scope = self.chosen_scope(tree)?;
        let flag_waivers = flags.waivers.clone();
        let wanted = RequestedFiles::new(&self.config, &flags);
        let typed = args.savepoints.iter().chain(&args.operator_config).map(PathBuf::as_path);
        let typed: Vec<&Path> = typed.chain(options.verified).collect();
        let (texts, read) = self.read(&wanted, &typed);
        let now = now().and_then(Moment::from_millis);
        let (inputs, policy) =
            Inputs::build(&self.config, flags, &texts, now).map_err(CommandError)?;
        let maps = wanted.savepoints.iter().chain(&wanted.verified);
        let maps = maps.filter_map(|file| texts.get(file)).map(|text| PathBuf::from(&text.id));
        let not_manifests =
            maps.chain(outputs.iter().map(|file| self.system.canonical(file))).collect();
        Ok(RunContext {
            system: self.system,
            root: match self.folder() {
                Some(folder) => Some(self.system.canonical(folder)),
                None => self.run_dirs.repository().map(Path::to_path_buf),
            },
            exclude,
            force_exclude: tree.force_exclude,
            input_files: read,
            not_manifests,
            inputs,
            policy,
            flag_waivers,
            verbosity,
            config_file: self.file,
            run_dirs: self.run_dirs,
        })
    }
}

impl<'s> RunContext<'s> {
    /// That of a command that knows no steps.
    pub(crate) fn load(
        system: &'s dyn System,
        tree: &TreeArgs,
        args: &InputArgs,
        verbosity: VerbosityArgs,
        outputs: &[&Path],
    ) -> Result<RunContext<'s>, CommandError> {
        LoadedConfig::find(system, args)?.run(tree, args, verbosity, &StepFlags::default(), outputs)
    }

    /// What is to be read to judge a text of this name: in a repository the tree that it lies in, elsewhere
    /// the file of that name; nothing if there is neither.
    pub(crate) fn tree_of(&self, name: &str) -> Option<PathBuf> {
        let file = self.run_dirs.disk_path(&self.run_dirs.names().parse(name));
        let repository = self.run_dirs.repository();
        let roots = repository.and(self.root.as_deref()).into_iter().chain(repository);
        let tree = roots.into_iter().find(|root| file.starts_with(root));
        let alone = || self.system.is_file(&file).then_some(file.as_path());
        tree.or_else(alone).map(Path::to_path_buf)
    }

    /// True for the configuration and for what it, or an option, names as an input.
    pub(crate) fn is_configuration(&self, file: &Path) -> bool {
        let is_named = file.file_name().is_some_and(|name| name == CONFIG_NAME);
        is_named
            || self.config_file.as_deref() == Some(file)
            || self.input_files.iter().any(|it| it == file)
    }

    /// The files of this repository, absolute, that differ between two of their states.
    pub(crate) fn changed_in_git(
        &self,
        repository: &Path,
        compared: GitDiff,
    ) -> Result<Vec<PathBuf>, CommandError> {
        self.system.changed_in_git(repository, compared).map_err(|cause| {
            CommandError::usage("--staged", &format!("Git does not say what is staged: {cause}"))
        })
    }

    /// The files of a run over these paths.
    pub(crate) fn workspace<'a>(&'a self, paths: &'a [PathBuf]) -> Box<dyn WritableWorkspace + 'a> {
        self.system.workspace(ScanRequest {
            run_dirs: &self.run_dirs,
            paths,
            root: self.root.as_deref(),
            exclude: &self.exclude,
            force_exclude: self.force_exclude,
            not_manifests: &self.not_manifests,
        })
    }
}

/// The options as values. The first that cannot be read is an error.
fn flags(
    tree: &TreeArgs,
    args: &InputArgs,
    options: &StepFlags<'_>,
) -> Result<Flags, CommandError> {
    fn value<T>(
        option: &str,
        text: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CommandError> {
        text.map(parse).transpose().map_err(|message| CommandError::usage(option, &message))
    }
    let texts = |paths: &[PathBuf]| paths.iter().map(|path| lossy(path)).collect();
    let select = |text: &str| Glob::new(text).map_err(|error| error.kind().to_string());
    let waiver = |text: &String| Waiver::parse(text, WaiverSource::Flag, &can_be_waived);
    let waivers: Result<_, _> = args.accept.iter().map(waiver).collect();
    Ok(Flags {
        step: options.step,
        has_scope_steps: options.has_scope_steps,
        savepoints: texts(&args.savepoints),
        operator_config: texts(&args.operator_config),
        verified: options.verified.map(lossy),
        target: value("--target-operator", args.target_operator.as_deref(), Release::parse)?,
        namespace: value("--namespace", args.namespace.as_deref(), values::namespace)?,
        service_account: value(
            "--service-account",
            args.service_account.as_deref(),
            values::service_account,
        )?,
        waivers: waivers.map_err(|message| CommandError::usage("--accept", &message))?,
        defaults: value("--defaults", args.defaults.as_deref(), Defaults::parse)?,
        checkpoints_dir: value(
            "--checkpoints-dir",
            args.checkpoints_dir.as_deref(),
            CheckpointsDir::parse,
        )?,
        select: value("--select", tree.select.as_deref(), select)?
            .map(|glob| glob.compile_matcher()),
        savepoints_dir: value("--savepoints-dir", options.savepoints_dir, values::location)?,
        strict: options.strict,
        scope: None,
    })
}

/// An error unless the rule may be waived: problems with an input have an id too, and are no rules.
fn can_be_waived(id: &str, for_one: bool) -> Result<(), String> {
    if input::PAGES.iter().any(|page| page.id == id) {
        return Err(format!(
            "`{id}` is a problem with an input, not a rule, and cannot be accepted; \
             `flink-migrate explain {id}` says what to do"
        ));
    }
    check_waiver(id, for_one)
}

pub(crate) fn lossy(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_in_the_repository_is_that_of_the_configuration() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/config-v1.schema.json");
        let made = serde_json::to_string_pretty(&crate::inputs::schema()).unwrap() + "\n";
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), made, "BLESS=1 writes it");
    }

    #[test]
    fn a_problem_with_an_input_is_known_and_cannot_be_waived() {
        for page in input::PAGES {
            let error = can_be_waived(page.id, true).unwrap_err();
            assert!(error.contains("cannot be accepted"), "{error}");
        }
    }
}
