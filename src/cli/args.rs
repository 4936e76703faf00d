//! The command line as it is typed.

use std::ffi::OsString;

use clap::builder::{OsStr, Resettable, StyledStr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::commands::runbook::RunbookArgs;
use super::commands::savepoints::SavepointsArgs;
use super::commands::verify::VerifyArgs;
use super::exit_status::ExitStatus;
use super::options::{SharedArgs, format};
use super::printer;
use crate::report::Format;
use crate::shell::{Stream, System};
use crate::text::{did_you_mean, distance};

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
  flink-migrate check deploy/ --savepoints map.yaml       findings, for people and CI
  flink-migrate write --savepoints savepoints.yaml        rewrite, all or nothing
  helm template chart | flink-migrate write - > out.yaml  convert a stream
  flink-migrate runbook > runbook.md                      what to do on the cluster
  kubectl get flinkdeployments -A -o json | flink-migrate savepoints -o map.yaml
                                                          where each job's state is
  flink-migrate explain missing-savepoint                 what a decision is about

Exit status: 0 nothing to do, or `write` did it; 1 there are changes;
3 something is held for a decision or not understood; 2 wrong usage,
a file that cannot be read, or a broken guarantee.
";

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print what would change as a unified diff; write nothing
    #[command(after_help = "\
Standard output is exactly what `write --keep-going` would write:
  flink-migrate diff --savepoints map.yaml | git apply")]
    Diff(SharedArgs),
    /// Print findings, for people and CI
    Check(CheckArgs),
    /// Rewrite in place, all or nothing
    Write(WriteArgs),
    /// Print the steps on the cluster around the change in Git
    Runbook(RunbookArgs),
    /// Turn a dump of the cluster into a savepoint map, and say which savepoints not to trust
    Savepoints(SavepointsArgs),
    /// Check from logs or a dump that every job started as expected
    Verify(VerifyArgs),
    /// Print the page of one rule, or the list of rules
    Explain {
        /// Id of the rule, in brackets after a finding
        #[arg(value_name = "RULE")]
        rule: Option<String>,
    },
    /// Print completions for a shell
    #[command(after_help = "\
Examples:
  flink-migrate completions bash > ~/.local/share/bash-completion/completions/flink-migrate
  flink-migrate completions zsh > ~/.zfunc/_flink-migrate")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of the program or of one command
    #[command(after_help = "\
Example:
  flink-migrate man | man -l -")]
    Man {
        /// A command, such as `diff` [default: the program]
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

impl Command {
    /// The number of threads that it is to use.
    pub(crate) fn jobs(&self) -> Option<usize> {
        let inputs = match self {
            Command::Diff(args) => &args.inputs,
            Command::Check(args) => &args.shared.inputs,
            Command::Write(args) => &args.shared.inputs,
            Command::Runbook(args) => &args.inputs,
            Command::Verify(args) => &args.inputs,
            _ => return None,
        };
        inputs.jobs.map(Into::into)
    }
}

/// Options of `check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flink-migrate check --savepoints map.yaml
  flink-migrate check --fail-on decision --report json=report.json")]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) shared: SharedArgs,

    /// Format of the findings: human, concise, diff, json, jsonpatch, markdown, html,
    /// sarif, github, gitlab, rdjson
    /// [default: human on a terminal, else concise]
    #[arg(long, value_name = "NAME", env = "FLINK_MIGRATE_FORMAT", value_parser = format)]
    #[arg(help_heading = "Output")]
    pub(crate) format: Option<Format>,
}

/// Options of `write`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flink-migrate write --savepoints map.yaml
  flink-migrate write --savepoints map.yaml --keep-going deploy/
  helm template chart | flink-migrate write - --namespace prod > rendered.yaml")]
pub(crate) struct WriteArgs {
    #[command(flatten)]
    pub(crate) shared: SharedArgs,

    /// Write the sound files even if others are held or failed; the status is the same
    #[arg(long, help_heading = "Writing")]
    pub(crate) keep_going: bool,
}

/// Commands that do not exist in this release.
const FUTURE_COMMANDS: [&str; 2] = ["post-render", "fn"];

/// What other programs call a command, and what does it here.
const GUESSED_COMMANDS: [(&[&str], &str); 7] = [
    (&["plan", "preview"], "`flink-migrate diff` shows what `write` would do"),
    (
        &["apply", "fix", "convert", "migrate", "upgrade", "restore"],
        "`flink-migrate write` changes the manifests; for the cluster's side: `flink-migrate runbook`",
    ),
    (
        &["lint", "validate", "scan", "audit", "test"],
        "`flink-migrate check` lists what is found, for people and CI",
    ),
    (&["list", "ls", "get", "workloads"], "`flink-migrate check` lists the workloads it judges"),
    (
        &["harvest", "savepoint", "dump"],
        "`flink-migrate savepoints` makes a savepoint map of a dump of the cluster",
    ),
    (&["rules", "docs"], "`flink-migrate explain` lists the rules and prints the page of one"),
    (&["version"], "`flink-migrate --version` prints the version"),
];

/// What other programs call an option, and what does it here.
const GUESSED_OPTIONS: [(&[&str], &str); 7] = [
    (&["--dry-run", "--plan"], "`flink-migrate diff` shows what `write` would do"),
    (&["--fix"], "`flink-migrate write` changes the manifests"),
    (&["-f", "--filename"], "a path needs no option: write it behind the command"),
    (&["-n"], "`--namespace NS` is the namespace of manifests without one"),
    (&["-A", "--all-namespaces"], "the manifests of all namespaces are read anyway"),
    (&["--json", "-o", "--output-format"], "`--format json` is the format for programs"),
    (
        &["--since", "--changed"],
        "`git diff --name-only REF | xargs flink-migrate check` judges what has changed",
    ),
];

/// Reads the command line. What ends the run at once (help, wrong usage) has been said already.
pub(crate) fn parse(system: &dyn System, typed: &[OsString]) -> Result<Command, ExitStatus> {
    // A variable that is set to nothing is not set.
    let is_set =
        |variable: &std::ffi::OsStr| system.variable(variable).is_some_and(|it| !it.is_empty());
    let with_variable = |arg: clap::Arg| {
        if arg.get_env().is_some_and(is_set) { arg } else { arg.env(Resettable::<OsStr>::Reset) }
    };
    let mut cli = Cli::command().mut_subcommands(|command| command.mut_args(with_variable));
    let parsed = cli.try_get_matches_from_mut(typed).and_then(|mut matches| {
        Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut cli))
    });
    let mut error = match parsed {
        Ok(cli) => return Ok(cli.command),
        Err(error) => error,
    };
    drop_far_suggestion(&mut error);
    name_variable(&mut error, &cli, typed);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = styled(system, Stream::Stdout, &error.render());
            Err(printer::print(system, text.as_bytes()))
        }
        kind => {
            match typed.get(1) {
                None => eprint_styled(system, &command().render_help()),
                Some(first) => match unknown_command(system, first, kind) {
                    Some(message) => printer::eprint_line(system, &message),
                    None => match guessed_option(&error) {
                        Some(message) => printer::eprint_line(system, &message),
                        None => eprint_styled(system, &error.render()),
                    },
                },
            }
            Err(ExitStatus::Failed)
        }
    }
}

pub(crate) fn command_names(command: &clap::Command) -> impl Iterator<Item = &str> {
    command.get_subcommands().map(clap::Command::get_name)
}

/// The command line as clap knows it, for what is made from it.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

fn eprint_styled(system: &dyn System, text: &StyledStr) {
    printer::eprint_line(system, styled(system, Stream::Stderr, text).trim_end());
}

fn styled(system: &dyn System, stream: Stream, text: &StyledStr) -> String {
    if system.color(stream, None) { text.ansi().to_string() } else { text.to_string() }
}

/// What to say about a first word that is no command.
fn unknown_command(system: &dyn System, first: &OsString, kind: ErrorKind) -> Option<String> {
    let command = Cli::command();
    let typed = first.to_string_lossy();
    let is_option = typed.starts_with('-') && typed != "-";
    let is_command = command_names(&command).any(|name| first == name);
    let is_unknown = matches!(kind, ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
    if is_option || is_command || !is_unknown {
        return None;
    }
    if FUTURE_COMMANDS.iter().any(|name| first == *name) {
        return Some(format!("error: `{typed}` is not in this release"));
    }
    let is_path = typed == "-"
        || typed.contains(['/', '.', '\\'])
        || system.exists(std::path::Path::new(first));
    if is_path {
        return Some(format!(
            "error: no command given; did you mean `flink-migrate diff {typed}`?"
        ));
    }
    if let Some(hint) = hint(&GUESSED_COMMANDS, &typed) {
        return Some(format!("error: unknown command `{typed}`\n\n{hint}"));
    }
    let near = command_names(&command).filter(|name| distance(&typed, name) <= FARTHEST);
    let near = did_you_mean(&typed, near);
    let message = format!("error: unknown command `{typed}`{near}");
    Some(format!("{message}\n\nfor the list: flink-migrate --help"))
}

/// How far a command may be from what was typed to be suggested: a short word is near to any other.
const FARTHEST: usize = 2;

/// Takes back that another option may have been meant: a wrong one may change what is decided.
fn drop_far_suggestion(error: &mut clap::Error) {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    let (typed, suggested) = (text(ContextKind::InvalidArg), text(ContextKind::SuggestedArg));
    if distance(&typed, &suggested) > FARTHEST {
        error.remove(ContextKind::SuggestedArg);
    }
}

/// Says of a value that it is that of a variable, if nobody has typed it.
fn name_variable(error: &mut clap::Error, cli: &clap::Command, typed: &[OsString]) {
    let Some(ContextValue::String(arg)) = error.get(ContextKind::InvalidArg) else { return };
    let option = arg.split(' ').next().unwrap_or_default().to_string();
    let is_typed = typed.iter().any(|word| word.to_string_lossy().starts_with(&option));
    let mut args = cli.get_subcommands().flat_map(clap::Command::get_arguments);
    let is_it = |arg: &&clap::Arg| arg.get_long() == option.strip_prefix("--");
    if let Some(variable) = args.find(is_it).and_then(clap::Arg::get_env)
        && !is_typed
    {
        let name = variable.to_string_lossy().into_owned();
        error.insert(ContextKind::InvalidArg, ContextValue::String(name));
    }
}

/// What to say about an option that another program has.
fn guessed_option(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let name = typed.split('=').next().unwrap_or(typed);
    let hint = hint(&GUESSED_OPTIONS, name)?;
    Some(format!("error: unexpected argument `{name}`\n\n{hint}"))
}

fn hint(table: &[(&[&str], &'static str)], typed: &str) -> Option<&'static str> {
    table.iter().find(|(names, _)| names.contains(&typed)).map(|(_, hint)| *hint)
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
        for (name, _) in Format::BY_NAME {
            assert!(help.contains(name), "{name}");
        }
    }
}
