//! What was typed and what the configuration says, as one meaning.

use std::fmt;
use std::path::{Path, PathBuf};

use globset::Glob;

use super::args::{CheckArgs, Color, DiffArgs, FailOn, PREPARE, SharedArgs, WriteArgs, by_hand};
use super::config::{self, Config};
use super::outcome::Threshold;
use super::{accept, given, values};
use crate::plan::STDIN;
use crate::report::Format;
use crate::rules::{Accept, Facts, Step};
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
    /// Say what a write would be about, and leave it at that.
    Announce,
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
#[expect(clippy::struct_excessive_bools, reason = "independent switches are bools")]
pub(super) struct Settings {
    pub(super) ground: Ground,
    pub(super) verb: Verb,
    /// The run only reports, since no step was given (`--require-step`).
    pub(super) waits: bool,
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
    /// Bytes that a Markdown report may have.
    pub(super) markdown_budget: usize,
    pub(super) threshold: Threshold,
    /// Notes count like decisions.
    pub(super) strict: bool,
    /// `None`: as the terminal and the environment say.
    pub(super) color: Option<bool>,
    pub(super) quiet: bool,
    pub(super) verbose: bool,
}

impl Settings {
    /// The folder from which files are named.
    pub(super) fn home(&self) -> String {
        self.ground.cwd().to_string_lossy().into_owned()
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

    let step = args.step.or(config.step);
    let waits = args.require_step && step.is_none_or(|step| step == Step::Prepare);
    if step == Some(Step::Prepare) && !waits {
        let message = format!("{}; pass `--step convert` to look ahead", by_hand(PREPARE));
        let name = config_file.map_or_else(String::new, |file| ground.name_of(&file));
        return Err(Refusal(vec![format!("{name}: error: {message}")]));
    }
    let typed = Exclude::new(ground.cwd(), &args.exclude);
    let typed = typed.map_err(|bad| Refusal::usage("--exclude", &bad.message))?;
    let exclude: Vec<Exclude> =
        [Some(typed), config.exclude.clone()].into_iter().flatten().collect();

    let mut reading = given::Reading::new(&ground, &args)?;
    let (whole, scopes) = reading.all(&config)?;
    let facts_files = reading.files();
    reports_are_apart(&args.report, facts_files, config_file.as_deref())?;
    let maps = reading.maps().iter();
    let reports = args.report.iter().map(|(_, path)| path);
    let never = maps.chain(reports).map(|path| shell::canonical(path)).collect();

    let accepted_here: Result<Vec<Accept>, String> =
        args.accept.iter().map(|text| accept::parse(text, "--accept")).collect();
    let accepted_here = accepted_here.map_err(|error| Refusal::usage("--accept", &error))?;
    let flag = |option: &'static str| move |message: String| Refusal::usage(option, &message);
    let defaults =
        args.defaults.as_deref().map(values::defaults).transpose().map_err(flag("--defaults"))?;
    let checkpoints = args.checkpoints_dir.as_deref().map(values::checkpoints_dir).transpose();
    let checkpoints = checkpoints.map_err(flag("--checkpoints-dir"))?;
    let select = args.select.as_deref().map(Glob::new).transpose();
    let facts = Facts {
        step: step.unwrap_or_default(),
        given: whole,
        scopes,
        defaults: defaults.or(config.defaults).unwrap_or_default(),
        checkpoints_dir: checkpoints.or(config.checkpoints_dir),
        accept: config.accept.into_iter().chain(accepted_here.iter().cloned()).collect(),
        select: select
            .map_err(|error| Refusal::usage("--select", &error.kind().to_string()))?
            .map(|glob| glob.compile_matcher()),
        ..Facts::default()
    };
    let input = input(args.paths, args.stdin_filename, args.force_exclude, &exclude, &ground)?;
    if args.require_step && !matches!(input, Input::Paths(_)) {
        let message = "it is for files; standard input is rewritten nowhere";
        return Err(Refusal::usage("--require-step", message));
    }
    Ok(Settings {
        verb: match verb {
            Verb::Write | Verb::WriteSound if waits => Verb::Announce,
            verb => verb,
        },
        waits,
        input,
        root,
        exclude,
        force_exclude: args.force_exclude,
        never,
        facts,
        accepted_here,
        reports: args.report,
        context: args.context,
        strict: args.strict,
        markdown_budget: args.markdown_budget,
        threshold: match args.fail_on {
            _ if args.exit_zero || waits => Threshold::Never,
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
    let Some(name) = stdin_filename else { return Ok(Input::Stream(STDIN.into())) };
    let place = ground.cwd().join(&name);
    if force_exclude && exclude.iter().any(|exclude| exclude.matches(&place)) {
        return Ok(Input::StreamLeftOut);
    }
    Ok(Input::Stream(name))
}

/// A report must not take the place of something that people wrote, or of another report.
fn reports_are_apart(
    reports: &[(Format, PathBuf)],
    facts: &[PathBuf],
    config: Option<&Path>,
) -> Result<(), Refusal> {
    let mut taken: Vec<PathBuf> = facts.iter().map(|file| shell::canonical(file)).collect();
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
