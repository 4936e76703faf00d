//! The options that several commands share, and how their values are read.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum, ValueHint};

use super::run_context::CommandError;
use crate::report::Format;
use crate::task::Step::{self, Cleanup, Convert, Prepare, Resume, Suspend};
use crate::text::did_you_mean;

/// What `diff`, `check` and `write` have in common.
#[derive(Debug, Args)]
pub(crate) struct SharedArgs {
    /// Files or directories, or `-` for standard input
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,

    /// The name of standard input in findings and diffs
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub(crate) stdin_filename: Option<String>,

    #[command(flatten)]
    pub(crate) tree: TreeArgs,

    /// The step of the migration: prepare, suspend, convert, cleanup, resume
    /// [default: `step` of the configuration, else convert]
    #[arg(long, value_name = "STEP", value_parser = step, help_heading = "Migration")]
    pub(crate) step: Option<Step>,

    /// Where a job without `state.savepoints.dir` puts the savepoint it is suspended with: a
    /// location that may hold {namespace} and {name}
    #[arg(long, value_name = "TEMPLATE", help_heading = "Migration")]
    pub(crate) savepoints_dir: Option<String>,

    /// The JSON report of `verify`, which shows step cleanup what was restored
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Migration")]
    pub(crate) verified: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) hook: HookArgs,

    #[command(flatten)]
    pub(crate) inputs: InputArgs,

    /// Lowest level at which the status is not 0 [default: change]
    #[arg(long, value_name = "LEVEL", help_heading = "Run")]
    pub(crate) fail_on: Option<FailOn>,

    /// End with status 0 whatever was found; wrong usage and unreadable files still give 2
    #[arg(long, conflicts_with = "fail_on", help_heading = "Run")]
    pub(crate) exit_zero: bool,

    /// Count notes as decisions: the status is then at least 3
    ///
    /// Notes of the run count too, such as that of an `accept` that matches nothing. What is written
    /// and printed stays the same, but for a job whose location may not be its savepoint: it is held.
    /// What was accepted does not count.
    #[arg(long, conflicts_with = "exit_zero", help_heading = "Run")]
    pub(crate) strict: bool,

    /// Write a report to a file as well; may be repeated
    #[arg(long, value_name = "NAME=PATH", value_parser = report, help_heading = "Output")]
    pub(crate) report: Vec<(Format, PathBuf)>,

    /// Unchanged lines around a change in a diff
    #[arg(long, value_name = "N", default_value_t = 3, help_heading = "Output")]
    pub(crate) context: usize,

    /// Size limit of a Markdown report, in bytes; less than 4,000 counts as 4,000
    #[arg(long, value_name = "BYTES", default_value_t = crate::report::MARKDOWN_BUDGET)]
    #[arg(help_heading = "Output")]
    pub(crate) markdown_budget: usize,

    #[command(flatten)]
    pub(crate) verbosity: VerbosityArgs,
}

/// How a run goes that Git begins.
#[derive(Debug, Args)]
pub(crate) struct HookArgs {
    /// Judge only what is staged in Git; for hooks
    ///
    /// If nothing is staged, or if a savepoint map, the configuration or an object of Argo CD or Flux is,
    /// everything under PATH is judged. A file of which only a part is staged is refused.
    #[arg(long, help_heading = "Input")]
    pub(crate) staged: bool,

    /// Until a step after prepare is given or configured, only report, with status 0
    ///
    /// For hooks that are installed before the migration begins. A file that cannot be read still
    /// gives status 2.
    #[arg(long, help_heading = "Migration")]
    pub(crate) require_step: bool,
}

/// Which part of the tree counts.
#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    /// Leave out files and directories that match; may be repeated
    ///
    /// A glob begins at the root of the repository: `vendor` is that folder alone, and `**/vendor`
    /// every folder of that name. Adds to `exclude` of the configuration.
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub(crate) exclude: Vec<String>,

    /// Leave out also what is named on the command line but excluded or ignored
    #[arg(long, help_heading = "Input")]
    pub(crate) force_exclude: bool,

    /// Judge only workloads whose `namespace/name` matches
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub(crate) select: Option<String>,

    /// Judge only workloads of this `[[scope]]` of the configuration
    ///
    /// Options that supply facts, such as --savepoints, are then for this scope alone.
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub(crate) scope: Option<String>,
}

/// What is known besides the manifests, and how a run goes about it.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Savepoint map, `namespace/name: location`; may be repeated
    ///
    /// YAML, JSON, or by the extension .csv a table with the header namespace,name,location; or what
    /// `kubectl get flinkdeployments -A -o json` prints, judged as `savepoints` does.
    /// Replaces `savepoints` of the configuration.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Migration")]
    pub(crate) savepoints: Vec<PathBuf>,

    /// New defaults: write them out, keep what 0.1.0 did, or only note them [default: explicit]
    #[arg(long, value_name = "HOW", help_heading = "Migration")]
    #[arg(value_parser = PossibleValuesParser::new(["explicit", "preserve", "leave"]))]
    pub(crate) defaults: Option<String>,

    /// The account of jobs that would otherwise get `default`
    #[arg(long, value_name = "NAME", help_heading = "Migration")]
    pub(crate) service_account: Option<String>,

    /// Where `state.checkpoints.dir` comes from: `operator`, `sibling`, or a location that may
    /// hold {namespace} and {name}
    #[arg(long, value_name = "WHERE", help_heading = "Migration")]
    pub(crate) checkpoints_dir: Option<String>,

    /// The operator's own configuration; may be repeated
    ///
    /// Its flink-conf.yaml or config.yaml, the values of its chart, old or new, or its `ConfigMap`.
    /// Replaces `operator-config` of the configuration.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Migration")]
    pub(crate) operator_config: Vec<PathBuf>,

    /// The operator release that is installed after the migration, such as 1.15
    #[arg(long, value_name = "X.Y", help_heading = "Migration")]
    pub(crate) target_operator: Option<String>,

    /// The namespace of documents without one
    #[arg(long, value_name = "NS", help_heading = "Migration")]
    pub(crate) namespace: Option<String>,

    /// Write documents as if this rule had reported nothing; may be repeated
    ///
    /// A rule about state is accepted for one workload only: RULE=NAMESPACE/NAME. Adds to `accept`
    /// of the configuration.
    #[arg(long, value_name = "RULE[=WORKLOAD]", help_heading = "Migration")]
    pub(crate) accept: Vec<String>,

    /// Configuration [default: the nearest flink-migrate.toml at or above the working directory]
    #[arg(long, value_name = "FILE", env = "FLINK_MIGRATE_CONFIG", value_hint = ValueHint::FilePath)]
    #[arg(help_heading = "Run")]
    pub(crate) config: Option<PathBuf>,

    /// Ignore all configuration files, --config included
    #[arg(long, help_heading = "Run")]
    pub(crate) isolated: bool,

    /// Number of threads [default: all cores]
    #[arg(long, value_name = "N", env = "FLINK_MIGRATE_JOBS", value_parser = jobs)]
    #[arg(help_heading = "Run")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

type InputOption = (&'static str, &'static [Step], fn(&InputArgs) -> bool);

/// The options of [`InputArgs`] of which a command may use only some: the steps that use each, and
/// whether it was typed.
pub(crate) const INPUT_OPTIONS: [InputOption; 8] = [
    ("savepoints", &[Convert, Cleanup, Resume], |args| !args.savepoints.is_empty()),
    ("defaults", &[Prepare, Convert], |args| args.defaults.is_some()),
    ("service-account", &[Prepare, Convert], |args| args.service_account.is_some()),
    ("checkpoints-dir", &[Prepare, Convert], |args| args.checkpoints_dir.is_some()),
    ("operator-config", &[Prepare, Suspend, Convert, Resume], |it| !it.operator_config.is_empty()),
    ("target-operator", &[Prepare, Convert], |args| args.target_operator.is_some()),
    ("namespace", &Step::ALL, |args| args.namespace.is_some()),
    ("accept", &Step::ALL, |args| !args.accept.is_empty()),
];

/// The command without those of the options that it refuses, for help, manuals and completions.
pub(crate) fn hide_unused(mut command: clap::Command, used: &[&str]) -> clap::Command {
    for (name, ..) in INPUT_OPTIONS.iter().filter(|(name, ..)| !used.contains(name)) {
        command = command.mut_arg(name.replace('-', "_"), |arg| arg.hide(true));
    }
    command
}

impl InputArgs {
    /// Refuses what was typed and is none of the options `used`, without dashes: whoever types an
    /// option expects it to count. Those that say where inputs are, or how to run, always do.
    pub(crate) fn reject_unused(&self, used: &[&str], subject: &str) -> Result<(), CommandError> {
        let mut unused = INPUT_OPTIONS.iter().filter(|(name, ..)| !used.contains(name));
        unused.find(|(_, _, is_typed)| is_typed(self)).map_or(Ok(()), |(name, ..)| {
            let message = format!("{subject} does not use it");
            Err(CommandError::usage(&format!("--{name}"), &message))
        })
    }
}

/// How much is said, and in which colours.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct VerbosityArgs {
    /// When to colour
    #[arg(long, value_name = "WHEN", env = "FLINK_MIGRATE_COLOR", default_value = "auto")]
    #[arg(help_heading = "Output")]
    pub(crate) color: Color,

    /// Print no notes and no summary
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Print notes too; `check` always does
    #[arg(short, long, help_heading = "Output")]
    pub(crate) verbose: bool,
}

/// What `--color` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless the environment says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether to colour; nothing if the terminal and the environment decide.
    pub(crate) fn choice(self) -> Option<bool> {
        match self {
            Color::Auto => None,
            Color::Always => Some(true),
            Color::Never => Some(false),
        }
    }
}

/// What `--fail-on` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Changes, decisions and errors
    Change,
    /// Decisions and errors
    Decision,
    /// Errors
    Error,
}

/// Reads `--step`. That a migration is done is said of the repository, not of one run.
fn step(text: &str) -> Result<Step, String> {
    match Step::from_name(text) {
        Some(Step::Done) => Err("write `step = \"done\"` in flink-migrate.toml".into()),
        Some(step) => Ok(step),
        None => Err(Step::unknown(text, Step::Done)),
    }
}

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a number of threads, at least 1".to_string())
}

pub(crate) fn format(text: &str) -> Result<Format, String> {
    find_format(text, &Format::BY_NAME)
}

/// The format of this name; an error that names them all if there is none.
pub(crate) fn find_format<F: Copy>(text: &str, formats: &[(&str, F)]) -> Result<F, String> {
    let found = formats.iter().find(|(name, _)| *name == text);
    found.map(|(_, format)| *format).ok_or_else(|| {
        let names: Vec<&str> = formats.iter().map(|(name, _)| *name).collect();
        let near = did_you_mean(text, names.iter().copied());
        format!("unknown format `{text}`{near} (known: {})", names.join(", "))
    })
}

fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("write NAME=PATH, such as `json=report.json`")?;
    match path {
        "" => Err("the path is missing; write NAME=PATH".into()),
        "-" => Err("a report goes to a file; `check --format` prints to standard output".into()),
        _ => Ok((format(name)?, path.into())),
    }
}
