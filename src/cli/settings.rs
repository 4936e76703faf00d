//! What was typed and what the configuration says, as one meaning.

use std::fmt;
use std::path::{Path, PathBuf};

use globset::Glob;

use super::args::{CheckArgs, Color, DiffArgs, FailOn, SharedArgs, WriteArgs};
use super::config::{self, Config};
use super::outcome::Threshold;
use super::{accept, values};
use crate::flink::savepoints::{self as savepoint_map, SavepointMap};
use crate::report::Format;
use crate::rules::{Accept, Facts};
use crate::shell::{self, Exclude, Ground};

/// What is done with the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// Show them as a diff.
    Diff,
    /// Show them as findings; in the usual form if absent.
    Check(Option<Format>),
    /// Write what is sound if everything is.
    Write,
    /// Write what is sound.
    WriteSound,
}

/// Where the manifests are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Files and directories; the working directory if empty.
    Paths(Vec<PathBuf>),
    /// Standard input, under this name.
    Stream(String),
    /// Standard input under a name that is left out: not looked at.
    StreamLeftOut,
}

/// Everything about a run.
pub(super) struct Settings {
    pub(super) ground: Ground,
    pub(super) verb: Verb,
    pub(super) input: Input,
    /// The tree that a name must be unique in.
    pub(super) root: Option<PathBuf>,
    pub(super) exclude: Vec<Exclude>,
    pub(super) force_exclude: bool,
    /// Files that are never manifests.
    pub(super) never: Vec<PathBuf>,
    /// All but the index.
    pub(super) facts: Facts,
    /// Those of the accepted decisions that were typed for this run.
    pub(super) accepted_here: Vec<Accept>,
    pub(super) reports: Vec<(Format, PathBuf)>,
    pub(super) context: usize,
    pub(super) threshold: Threshold,
    /// `None`: as the terminal and the environment say.
    pub(super) color: Option<bool>,
    pub(super) quiet: bool,
    pub(super) verbose: bool,
    /// To be said if anything is.
    pub(super) notes: Vec<String>,
}

/// Why a run does not begin: whole lines.
#[derive(Debug)]
pub(super) struct Refusal(Vec<String>);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Refusal {
    fn usage(option: &str, message: &str) -> Refusal {
        Refusal(vec![format!("error: {option}: {message}")])
    }
}

/// What `diff` means.
pub(super) fn of_diff(args: DiffArgs) -> Result<Settings, Refusal> {
    settings(Verb::Diff, args.shared)
}

/// What `check` means.
pub(super) fn of_check(args: CheckArgs) -> Result<Settings, Refusal> {
    settings(Verb::Check(args.format), args.shared)
}

/// What `write` means.
pub(super) fn of_write(args: WriteArgs) -> Result<Settings, Refusal> {
    settings(if args.keep_going { Verb::WriteSound } else { Verb::Write }, args.shared)
}

fn settings(verb: Verb, args: SharedArgs) -> Result<Settings, Refusal> {
    shell::threads(args.jobs.map(Into::into));
    let ground = Ground::here().map_err(|cause| {
        Refusal(vec![format!("error: the working directory cannot be used: {cause}")])
    })?;
    let (config, config_file) = configuration(&args, &ground)?;
    let root = match &config_file {
        Some(file) => file.parent().map(shell::canonical),
        None => ground.repository().map(Path::to_path_buf),
    };

    let typed = Exclude::new(ground.cwd(), &args.exclude);
    let typed = typed.map_err(|bad| Refusal::usage("--exclude", &bad.message))?;
    let exclude: Vec<Exclude> = [Some(typed), config.exclude].into_iter().flatten().collect();

    let maps = if args.savepoints.is_empty() { config.savepoints } else { args.savepoints };
    reports_are_apart(&args.report, &maps, config_file.as_deref())?;
    let never: Vec<PathBuf> = maps
        .iter()
        .chain(args.report.iter().map(|(_, path)| path))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|path| shell::canonical(path))
        .collect();

    let accepted_here: Result<Vec<Accept>, String> =
        args.accept.iter().map(|text| accept::parse(text)).collect();
    let accepted_here = accepted_here.map_err(|error| Refusal::usage("--accept", &error))?;
    let flag = |option: &'static str| move |message: String| Refusal::usage(option, &message);
    let defaults =
        args.defaults.as_deref().map(values::defaults).transpose().map_err(flag("--defaults"))?;
    let account = args.service_account.as_deref().map(values::service_account).transpose();
    let account = account.map_err(flag("--service-account"))?;
    let checkpoints = args.checkpoints_dir.as_deref().map(values::checkpoints_dir).transpose();
    let checkpoints = checkpoints.map_err(flag("--checkpoints-dir"))?;
    let namespace = args.namespace.as_deref().map(values::namespace).transpose();
    let select = args.select.as_deref().map(Glob::new).transpose();
    let facts = Facts {
        savepoints: savepoints(&maps, &ground)?,
        defaults: defaults.or(config.defaults).unwrap_or_default(),
        service_account: account.or(config.service_account),
        checkpoints_dir: checkpoints.or(config.checkpoints_dir),
        namespace: namespace.map_err(flag("--namespace"))?,
        answers: config.answers,
        accept: config.accept.into_iter().chain(accepted_here.iter().cloned()).collect(),
        select: select
            .map_err(|error| Refusal::usage("--select", &error.kind().to_string()))?
            .map(|glob| glob.compile_matcher()),
        ..Facts::default()
    };
    Ok(Settings {
        verb,
        input: input(args.paths, args.stdin_filename, args.force_exclude, &exclude, &ground)?,
        root,
        exclude,
        force_exclude: args.force_exclude,
        never,
        facts,
        accepted_here,
        reports: args.report,
        context: args.context,
        threshold: match args.fail_on {
            _ if args.exit_zero => Threshold::Never,
            None | Some(FailOn::Change) => Threshold::Change,
            Some(FailOn::Decision) => Threshold::Decision,
            Some(FailOn::Error) => Threshold::Error,
        },
        color: match args.color {
            Color::Auto => None,
            Color::Always => Some(true),
            Color::Never => Some(false),
        },
        quiet: args.quiet,
        verbose: args.verbose,
        notes: config.notes,
        ground,
    })
}

/// The configuration and its file; an empty one if there is none.
fn configuration(args: &SharedArgs, ground: &Ground) -> Result<(Config, Option<PathBuf>), Refusal> {
    let file = match &args.config {
        _ if args.isolated => None,
        Some(file) => Some(shell::canonical(file)),
        None => ground.nearest(config::FILE_NAME),
    };
    let Some(file) = file else { return Ok((Config::default(), None)) };
    let name = match &args.config {
        Some(typed) => typed.to_string_lossy().into_owned(),
        None => ground.name_of(&file),
    };
    let text =
        shell::read_text(&file, &name).map_err(|problem| Refusal(vec![problem.to_string()]))?;
    let directory = file.parent().unwrap_or(Path::new("."));
    let config = config::read(&name, &text, directory).map_err(Refusal)?;
    Ok((config, Some(file)))
}

fn input(
    paths: Vec<PathBuf>,
    stdin_filename: Option<String>,
    force_exclude: bool,
    exclude: &[Exclude],
    ground: &Ground,
) -> Result<Input, Refusal> {
    if !paths.iter().any(|path| path.as_os_str() == "-") {
        if stdin_filename.is_some() {
            let message = "standard input is not read; give `-` as PATH";
            return Err(Refusal::usage("--stdin-filename", message));
        }
        return Ok(Input::Paths(paths));
    }
    if paths.len() > 1 {
        let message = "standard input is read alone; run once for `-` and once for the rest";
        return Err(Refusal::usage("PATH", message));
    }
    let Some(name) = stdin_filename else { return Ok(Input::Stream(STDIN_NAME.into())) };
    let place = ground.cwd().join(&name);
    if force_exclude && exclude.iter().any(|exclude| exclude.matches(&place)) {
        return Ok(Input::StreamLeftOut);
    }
    Ok(Input::Stream(name))
}

/// What standard input is called where nothing else was said.
const STDIN_NAME: &str = "<stdin>";

/// Reads every map; the errors of all of them come together.
fn savepoints(maps: &[PathBuf], ground: &Ground) -> Result<SavepointMap, Refusal> {
    let mut read = Vec::new();
    let mut errors = Vec::new();
    let mut seen = Vec::new();
    for map in maps {
        let file = shell::canonical(map);
        let name = if map.is_absolute() {
            ground.name_of(&file)
        } else {
            map.to_string_lossy().into_owned()
        };
        if seen.contains(&file) {
            continue;
        }
        match shell::read_text(map, &name) {
            Ok(text) => match savepoint_map::read(&name, &text) {
                Ok(map) => read.push(map),
                Err(problems) => errors.extend(problems.iter().map(ToString::to_string)),
            },
            Err(problem) => errors.push(problem.to_string()),
        }
        seen.push(file);
    }
    if !errors.is_empty() {
        return Err(Refusal(errors));
    }
    savepoint_map::merge(read)
        .map_err(|problems| Refusal(problems.iter().map(ToString::to_string).collect()))
}

/// A report must not take the place of something that people wrote, or of another report.
fn reports_are_apart(
    reports: &[(Format, PathBuf)],
    maps: &[PathBuf],
    config: Option<&Path>,
) -> Result<(), Refusal> {
    let mut taken: Vec<PathBuf> = maps.iter().map(|map| shell::canonical(map)).collect();
    taken.extend(config.map(shell::canonical));
    for (_, path) in reports {
        let refuse = |message: &str| {
            Err(Refusal::usage("--report", &format!("{}: {message}", path.display())))
        };
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml" | "tpl")) {
            return refuse("a report must not be called like a manifest; choose another name");
        }
        let path = shell::canonical(path);
        if taken.contains(&path) {
            return refuse("the file is needed for something else; choose another name");
        }
        taken.push(path);
    }
    Ok(())
}
