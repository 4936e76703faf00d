//! What every command over a tree rests on: where it stands, what it leaves out, what it knows.

use std::fmt;
use std::path::{Path, PathBuf};

use globset::Glob;

use super::config::{self, Config};
use super::options::{Color, FactArgs, TalkArgs, TreeArgs};
use super::{accept, given, values};
use crate::rules::{Accept, Facts, Step};
use crate::shell::{Exclude, Ground, Search, System, WritableWorkspace};

/// The ground of a run, and all that is known on it.
pub(super) struct Basis<'s> {
    pub(super) system: &'s dyn System,
    pub(super) ground: Ground,
    /// The configuration, if there is one.
    pub(super) config_file: Option<PathBuf>,
    /// The tree that a name must be unique in.
    pub(super) root: Option<PathBuf>,
    pub(super) exclude: Vec<Exclude>,
    pub(super) force_exclude: bool,
    /// Files that give facts.
    pub(super) inputs: Vec<PathBuf>,
    /// Files that are never manifests.
    pub(super) never: Vec<PathBuf>,
    /// Where the configuration says that the repository stands.
    pub(super) configured_step: Option<Step>,
    /// All but the index, and at the step that is taken if nobody names one.
    pub(super) facts: Facts,
    /// Those of the accepted decisions that were typed for this run.
    pub(super) accepted_here: Vec<Accept>,
    pub(super) talk: Talk,
}

/// How a run speaks.
#[derive(Clone, Copy)]
pub(super) struct Talk {
    /// `None`: as the terminal and the environment say.
    pub(super) color: Option<bool>,
    pub(super) quiet: bool,
    pub(super) verbose: bool,
}

impl Talk {
    pub(super) fn of(args: &TalkArgs) -> Talk {
        let color = match args.color {
            Color::Auto => None,
            Color::Always => Some(true),
            Color::Never => Some(false),
        };
        Talk { color, quiet: args.quiet, verbose: args.verbose }
    }
}

/// Why a run does not begin: whole lines.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) Vec<String>);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Refusal {
    pub(super) fn usage(option: &str, message: &str) -> Refusal {
        Refusal(vec![format!("error: {option}: {message}")])
    }
}

impl<'s> Basis<'s> {
    /// What was typed and what the configuration says. `outputs` are files that the run will write:
    /// they are no manifests.
    pub(super) fn of(
        system: &'s dyn System,
        tree: &TreeArgs,
        args: &FactArgs,
        talk: &TalkArgs,
        outputs: &[&Path],
    ) -> Result<Basis<'s>, Refusal> {
        let ground = system.ground().map_err(|cause| {
            Refusal(vec![format!("error: the working directory cannot be used: {cause}")])
        })?;
        let (config, config_file) = configuration(system, args, &ground)?;
        let root = match &config_file {
            Some(file) => file.parent().map(|folder| system.canonical(folder)),
            None => ground.repository().map(Path::to_path_buf),
        };
        let typed = Exclude::new(ground.cwd(), &tree.exclude);
        let typed = typed.map_err(|bad| Refusal::usage("--exclude", &bad.message))?;
        let exclude: Vec<Exclude> =
            [Some(typed), config.exclude.clone()].into_iter().flatten().collect();

        let mut reading = given::Reading::new(system, &ground, args)?;
        let (whole, scopes) = reading.all(&config)?;
        let inputs = reading.files().to_vec();
        let maps = reading.maps().iter().map(PathBuf::as_path);
        let never =
            maps.chain(outputs.iter().copied()).map(|file| system.canonical(file)).collect();

        let accepted_here: Result<Vec<Accept>, String> =
            args.accept.iter().map(|text| accept::parse(text, "--accept")).collect();
        let accepted_here = accepted_here.map_err(|error| Refusal::usage("--accept", &error))?;
        let flag = |option: &'static str| move |message: String| Refusal::usage(option, &message);
        let defaults = args.defaults.as_deref().map(values::defaults).transpose();
        let defaults = defaults.map_err(flag("--defaults"))?;
        let checkpoints = args.checkpoints_dir.as_deref().map(values::checkpoints_dir).transpose();
        let checkpoints = checkpoints.map_err(flag("--checkpoints-dir"))?;
        let select = tree.select.as_deref().map(Glob::new).transpose();
        let select =
            select.map_err(|error| Refusal::usage("--select", &error.kind().to_string()))?;
        let facts = Facts {
            given: whole,
            scopes,
            defaults: defaults.or(config.defaults).unwrap_or_default(),
            checkpoints_dir: checkpoints.or(config.checkpoints_dir),
            accept: config.accept.into_iter().chain(accepted_here.iter().cloned()).collect(),
            select: select.map(|glob| glob.compile_matcher()),
            ..Facts::default()
        };
        Ok(Basis {
            system,
            config_file,
            root,
            exclude,
            force_exclude: tree.force_exclude,
            inputs,
            never,
            configured_step: config.step,
            facts,
            accepted_here,
            talk: Talk::of(talk),
            ground,
        })
    }

    /// The files of a run over these paths.
    pub(super) fn workspace<'a>(&'a self, paths: &'a [PathBuf]) -> Box<dyn WritableWorkspace + 'a> {
        self.system.workspace(Search {
            ground: &self.ground,
            paths,
            root: self.root.as_deref(),
            exclude: &self.exclude,
            force_exclude: self.force_exclude,
            never: &self.never,
        })
    }
}

/// The configuration and its file; an empty one if there is none.
fn configuration(
    system: &dyn System,
    args: &FactArgs,
    ground: &Ground,
) -> Result<(Config, Option<PathBuf>), Refusal> {
    let file = match &args.config {
        _ if args.isolated => None,
        Some(file) => Some(system.canonical(file)),
        None => system.nearest(ground, config::FILE_NAME),
    };
    let Some(file) = file else { return Ok((Config::default(), None)) };
    let name = match &args.config {
        Some(typed) => typed.to_string_lossy().into_owned(),
        None => ground.name_of(&file),
    };
    let text =
        system.read_text(&file, &name).map_err(|problem| Refusal(vec![problem.to_string()]))?;
    let directory = file.parent().unwrap_or(Path::new("."));
    let config = config::read(&name, &text, directory).map_err(Refusal)?;
    Ok((config, Some(file)))
}
