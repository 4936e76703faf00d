//! The command line as it is typed.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};

use super::outcome::Status;
use super::savepoints::SavepointsArgs;
use super::talk;
use crate::report::Format;
use crate::rules::Step;
use crate::shell;
use crate::text::did_you_mean;

/// Move manifests of the Apache Flink Kubernetes Operator from v1alpha1 to v1beta1, byte for byte,
/// without losing a job's state.
#[derive(Debug, Parser)]
#[command(name = "flink-migrate", version, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  flink-migrate diff                                      what would change below this directory
  flink-migrate diff --savepoints savepoints.yaml         the same, each job with its savepoint
  flink-migrate check deploy/ --savepoints map.yaml       one finding per line, for CI
  flink-migrate write --savepoints savepoints.yaml        rewrite, all or nothing
  helm template chart | flink-migrate write - > out.yaml  convert a stream
  kubectl get flinkdeployments -A -o json | flink-migrate savepoints -o map.yaml
                                                          where each job's state lies
  flink-migrate explain missing-savepoint                 what a decision is about

Status: 0 nothing to do, or `write` did it; 1 there are changes; 3 something is held for a
decision or not understood; 2 wrong usage, unreadable, or a broken guarantee.
";

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print what would change as a unified diff; write nothing
    Diff(DiffArgs),
    /// Print findings, one per line; for CI
    Check(CheckArgs),
    /// Rewrite in place, all or nothing
    Write(WriteArgs),
    /// Turn a dump of the cluster into a savepoint map, and say which savepoints not to trust
    Savepoints(SavepointsArgs),
    /// Print the page of one rule, or the list of rules
    Explain(ExplainArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, of the program or of one command
    Man(ManArgs),
}

/// Options of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Standard output is exactly what `write --keep-going` would write:
  flink-migrate diff --savepoints map.yaml | git apply")]
pub(super) struct DiffArgs {
    #[command(flatten)]
    pub(super) shared: SharedArgs,
}

/// Options of `check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flink-migrate check --savepoints map.yaml
  flink-migrate check --fail-on decision --report json=report.json")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) shared: SharedArgs,

    /// Form of the findings: human, concise, diff, json, jsonpatch, markdown, html,
    /// sarif, github, gitlab, rdjson
    /// [default: human on a terminal, else concise]
    #[arg(long, value_name = "NAME", env = "FLINK_MIGRATE_FORMAT", value_parser = format)]
    #[arg(help_heading = "Output")]
    pub(super) format: Option<Format>,
}

/// Options of `write`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flink-migrate write --savepoints map.yaml
  flink-migrate write --savepoints map.yaml --keep-going deploy/
  helm template chart | flink-migrate write - --namespace prod > rendered.yaml")]
pub(super) struct WriteArgs {
    #[command(flatten)]
    pub(super) shared: SharedArgs,

    /// Write the sound files although others are held or failed; the status stays
    #[arg(long, help_heading = "Writing")]
    pub(super) keep_going: bool,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Id of the rule, as it stands in brackets behind a finding
    #[arg(value_name = "RULE")]
    pub(super) rule: Option<String>,
}

/// Options of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flink-migrate completions bash > ~/.local/share/bash-completion/completions/flink-migrate
  flink-migrate completions zsh > ~/.zfunc/_flink-migrate")]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

/// Options of `man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  flink-migrate man | man -l -")]
pub(super) struct ManArgs {
    /// A command, such as `diff` [default: the program]
    #[arg(value_name = "COMMAND")]
    pub(super) command: Option<String>,
}

/// What `diff`, `check` and `write` have in common.
#[expect(clippy::struct_excessive_bools, reason = "a switch that is typed or not is a bool")]
#[derive(Debug, Args)]
pub(super) struct SharedArgs {
    /// Files or directories, or `-` for standard input [default: .]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// What standard input is called in findings and diffs
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub(super) stdin_filename: Option<String>,

    /// Leave out files and directories that match; may be repeated
    ///
    /// Relative to the working directory. A glob without a slash matches a name at every depth.
    /// Adds to `exclude` of the configuration.
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub(super) exclude: Vec<String>,

    /// Leave out and ignore even what was named
    #[arg(long, help_heading = "Input")]
    pub(super) force_exclude: bool,

    /// Judge only workloads whose `namespace/name` matches
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub(super) select: Option<String>,

    /// The step of the migration
    #[arg(long, value_name = "STEP", value_parser = step, help_heading = "Facts")]
    pub(super) step: Option<Step>,

    /// Until a step is given or configured, only report: write nothing, and let the status be 0
    ///
    /// For hooks that are installed before the migration begins. A file that cannot be read stays 2.
    #[arg(long, help_heading = "Facts")]
    pub(super) require_step: bool,

    /// Where the savepoints lie: `namespace/name: location`; may be repeated
    ///
    /// YAML, JSON, or by extension .csv, .tsv (header: namespace,name,location), .toml ([savepoints]);
    /// or what `kubectl get flinkdeployments -A -o json` prints, judged as `savepoints` does.
    /// Takes the place of `savepoints` of the configuration.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Facts")]
    pub(super) savepoints: Vec<PathBuf>,

    /// New defaults: write them out, keep what 0.1.0 did, or only note them [default: explicit]
    #[arg(long, value_name = "HOW", help_heading = "Facts")]
    #[arg(value_parser = PossibleValuesParser::new(["explicit", "preserve", "leave"]))]
    pub(super) defaults: Option<String>,

    /// The account of jobs that would otherwise get `default`
    #[arg(long, value_name = "NAME", help_heading = "Facts")]
    pub(super) service_account: Option<String>,

    /// Where `state.checkpoints.dir` comes from: `operator`, `sibling`, or a location that may
    /// hold {namespace} and {name}
    #[arg(long, value_name = "WHERE", help_heading = "Facts")]
    pub(super) checkpoints_dir: Option<String>,

    /// What the operator's own configuration says; may be repeated
    ///
    /// Its flink-conf.yaml or config.yaml, the values of its chart, old or new, or its `ConfigMap`.
    /// Takes the place of `operator-config` of the configuration.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Facts")]
    pub(super) operator_config: Vec<PathBuf>,

    /// The operator release that is installed after the migration, such as 1.15
    #[arg(long, value_name = "X.Y", help_heading = "Facts")]
    pub(super) target_operator: Option<String>,

    /// The namespace of documents that name none
    #[arg(long, value_name = "NS", help_heading = "Facts")]
    pub(super) namespace: Option<String>,

    /// Write a document as if that rule had said nothing; may be repeated
    ///
    /// A rule about state is accepted for one workload only: RULE=NAMESPACE/NAME. Adds to `accept`
    /// of the configuration.
    #[arg(long, value_name = "RULE[=WORKLOAD]", help_heading = "Facts")]
    pub(super) accept: Vec<String>,

    /// Configuration [default: the nearest flink-migrate.toml at or above the working directory]
    #[arg(long, value_name = "FILE", env = "FLINK_MIGRATE_CONFIG", value_hint = ValueHint::FilePath)]
    #[arg(help_heading = "Run")]
    pub(super) config: Option<PathBuf>,

    /// Read no configuration, whatever --config says
    #[arg(long, help_heading = "Run")]
    pub(super) isolated: bool,

    /// Number of threads [default: what the machine has]
    #[arg(long, value_name = "N", env = "FLINK_MIGRATE_JOBS", help_heading = "Run")]
    pub(super) jobs: Option<NonZeroUsize>,

    /// Let the status be 0 below this
    #[arg(long, value_name = "LEVEL", help_heading = "Run")]
    pub(super) fail_on: Option<FailOn>,

    /// Let the status be 0 whatever was found; wrong usage and unreadable files stay 2
    #[arg(long, conflicts_with = "fail_on", help_heading = "Run")]
    pub(super) exit_zero: bool,

    /// Let a note count like a decision: the status is then at least 3
    ///
    /// Notes of the run count too, such as that of an `accept` that matches nothing. What is written
    /// and said stays the same. What was accepted is settled and does not count.
    #[arg(long, conflicts_with = "exit_zero", help_heading = "Run")]
    pub(super) strict: bool,

    /// Write a report to a file as well; may be repeated
    #[arg(long, value_name = "NAME=PATH", value_parser = report, help_heading = "Output")]
    pub(super) report: Vec<(Format, PathBuf)>,

    /// Unchanged lines around a change in a diff
    #[arg(long, value_name = "N", default_value_t = 3, help_heading = "Output")]
    pub(super) context: usize,

    /// Room for a Markdown report, in bytes; 4,000 at least
    #[arg(long, value_name = "BYTES", default_value_t = crate::report::MARKDOWN_BUDGET)]
    #[arg(help_heading = "Output")]
    pub(super) markdown_budget: usize,

    /// When to colour
    #[arg(long, value_name = "WHEN", env = "FLINK_MIGRATE_COLOR", default_value = "auto")]
    #[arg(help_heading = "Output")]
    pub(super) color: Color,

    /// Say less: no notes, no summary
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,

    /// Say more: notes
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
}

/// Steps of the migration that are done by hand in this release.
const STEPS_BY_HAND: [&str; 3] = ["suspend", "cleanup", "resume"];
/// The step at which hooks wait.
pub(super) const PREPARE: &str = "prepare";

/// Commands that do not exist in this release.
const LATER: [&str; 4] = ["runbook", "verify", "post-render", "fn"];

/// What `--color` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless the environment says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What `--fail-on` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Changes, decisions and errors
    Change,
    /// Decisions and errors
    Decision,
    /// Errors
    Error,
}

/// Reads the command line. What ends the run at once (help, wrong usage) has been said already.
pub(super) fn parse(typed: &[OsString]) -> Result<Command, Status> {
    let error = match Cli::try_parse_from(typed) {
        Ok(cli) => return Ok(cli.command),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let mut out = shell::stdout();
            let text = error.render();
            let color = shell::color(shell::Stream::Stdout, None);
            let text = if color { text.ansi().to_string() } else { text.to_string() };
            out.bytes(text.as_bytes());
            Err(if out.finish().is_ok() { Status::Fine } else { Status::Failed })
        }
        kind => {
            match typed.get(1) {
                None => say_rendered(&Cli::command().render_help()),
                Some(first) => match not_a_command(first, kind, &error) {
                    Some(message) => talk::say(&message),
                    None => say_rendered(&error.render()),
                },
            }
            Err(Status::Failed)
        }
    }
}

/// The command line as clap knows it, for what is made from it.
pub(super) fn command() -> clap::Command {
    Cli::command()
}

fn say_rendered(text: &clap::builder::StyledStr) {
    let color = shell::color(shell::Stream::Stderr, None);
    let text = if color { text.ansi().to_string() } else { text.to_string() };
    talk::say(text.trim_end());
}

/// What to say about a first word that is no command.
fn not_a_command(first: &OsString, kind: ErrorKind, error: &clap::Error) -> Option<String> {
    let shown = first.to_string_lossy();
    let is_option = shown.starts_with('-') && shown != "-";
    let known = Cli::command().get_subcommands().any(|command| first == command.get_name());
    let about_commands = matches!(kind, ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
    if is_option || known || !about_commands {
        return None;
    }
    if LATER.iter().any(|later| first == *later) {
        let message = format!("error: `{shown}` is not in this release");
        return Some(message);
    }
    let path_like =
        shown == "-" || shown.contains(['/', '.', '\\']) || std::path::Path::new(first).exists();
    if !path_like && error.get(ContextKind::SuggestedSubcommand).is_some_and(is_said) {
        return None;
    }
    if !path_like {
        let near =
            did_you_mean(&shown, Cli::command().get_subcommands().map(clap::Command::get_name));
        let message = format!("error: there is no command `{shown}`{near}");
        return Some(format!("{message}\n\nfor the list: flink-migrate --help"));
    }
    Some(format!("error: no command given; did you mean `flink-migrate diff {shown}`?"))
}

fn is_said(value: &ContextValue) -> bool {
    !matches!(value, ContextValue::None)
}

/// Reads `--step`. That a migration is done is said of the repository, not of one run.
fn step(text: &str) -> Result<Step, String> {
    match configured_step(text)? {
        Step::Done => Err("write `step = \"done\"` in flink-migrate.toml".into()),
        Step::Prepare => Err(by_hand(text)),
        Step::Convert => Ok(Step::Convert),
    }
}

/// What is said of a step that this release does not take.
pub(super) fn by_hand(step: &str) -> String {
    format!("the step `{step}` is not in this release; `convert` is")
}

/// Reads `step` of the configuration.
pub(super) fn configured_step(text: &str) -> Result<Step, String> {
    match text {
        PREPARE => Ok(Step::Prepare),
        "convert" => Ok(Step::Convert),
        "done" => Ok(Step::Done),
        _ if STEPS_BY_HAND.contains(&text) => Err(by_hand(text)),
        _ => Err(format!("there is no step `{text}`; write `convert`")),
    }
}

fn format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.into_iter().map(Format::name).collect();
        let near = did_you_mean(text, names.iter().copied());
        format!("there is no format `{text}`{near} (known: {})", names.join(", "))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_names_every_format() {
        let mut check = Cli::command().find_subcommand("check").unwrap().clone();
        let help = check.render_help().to_string().replace('\n', " ");
        for format in Format::ALL {
            assert!(help.contains(format.name()), "{}", format.name());
        }
    }
}
