//! The commands: those that print something about the program itself, and what several others do with
//! files.

mod plan;
pub(crate) mod runbook;
pub(crate) mod savepoints;
pub(crate) mod verify;

use std::path::{Path, PathBuf};

use super::args::{self, Command};
use super::exit_status::ExitStatus;
use super::printer;
use super::run_context::{CommandError, CommandResult, RunContext, lossy};
use super::settings::{Action, Settings};
use crate::cluster::{Dump, read_dump};
use crate::engine::{self, Decided};
use crate::flink::savepoints::{self as maps, SavepointMap};
use crate::plan::STDIN;
use crate::report::explain;
use crate::shell::{Stream, System};
use crate::text::did_you_mean;

/// Runs one command.
pub(crate) fn run(system: &dyn System, command: Command) -> CommandResult {
    let (action, args) = match command {
        Command::Runbook(args) => return runbook::run(system, &args),
        Command::Savepoints(args) => return savepoints::run(system, &args),
        Command::Verify(args) => return verify::run(system, &args),
        Command::Explain { rule } => return print_page(system, rule.as_deref()),
        Command::Completions { shell } => return Ok(print_completions(system, shell)),
        Command::Man { command } => return print_manual(system, command.as_deref()),
        Command::Diff(args) => (Action::Diff, args),
        Command::Check(args) => (Action::Check(args.format), args.shared),
        Command::Write(args) if args.keep_going => (Action::WriteKeepGoing, args.shared),
        Command::Write(args) => (Action::Write, args.shared),
    };
    plan::run(Settings::new(system, action, args)?)
}

/// Prints the page of one rule or of one problem with an input, or the list of both.
fn print_page(system: &dyn System, rule: Option<&str>) -> CommandResult {
    let Some(id) = rule else {
        // A program that reads the list gets a line for each page.
        let is_terminal = system.is_terminal(Stream::Stdout);
        let columns = if is_terminal { system.width(Stream::Stdout) } else { 0 };
        return Ok(printer::print(system, explain::list(columns).as_bytes()));
    };
    let page = explain::find(id).ok_or_else(|| {
        let near = did_you_mean(id, explain::all().map(|page| page.id));
        let message = format!("unknown rule `{id}`{near}");
        CommandError::new(format!("error: {message}\n\nfor the list: flink-migrate explain"))
    })?;
    Ok(if system.color(Stream::Stdout, None) {
        printer::print(system, page.styled(system.width(Stream::Stdout)).as_bytes())
    } else {
        printer::print(system, page.text.as_bytes())
    })
}

fn print_completions(system: &dyn System, shell: clap_complete::Shell) -> ExitStatus {
    let mut command = args::command();
    let name = command.get_name().to_string();
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut text);
    printer::print(system, &text)
}

/// Prints the manual page of the program, or of one command.
fn print_manual(system: &dyn System, name: Option<&str>) -> CommandResult {
    let mut command = args::command();
    command.build();
    let page = match name {
        None => command,
        Some(name) => {
            let Some(found) = command.find_subcommand(name) else {
                let near = did_you_mean(name, args::command_names(&command));
                let message = format!("error: unknown command `{name}`{near}");
                return Err(CommandError::new(message));
            };
            found.clone().display_name(format!("{}-{name}", command.get_name()))
        }
    };
    let mut text = Vec::new();
    let source = format!("{} {}", args::command().get_name(), env!("CARGO_PKG_VERSION"));
    // Text in memory takes everything.
    let _ = clap_mangen::Man::new(page).source(source).render(&mut text);
    Ok(printer::print(system, &text))
}

/// What is decided about the whole tree, any part of which could matter.
fn plan_tree(run: &RunContext<'_>, paths: &[PathBuf]) -> Result<Decided, CommandError> {
    let progress = run.system.progress(run.verbosity.quiet);
    let here = [PathBuf::from(".")];
    let workspace = run.workspace(if paths.is_empty() { &here } else { paths });
    let tree = engine::load(&*workspace, &run.inputs, &*progress, None)?;
    if !tree.problems.is_empty() {
        return Err(tree.problems.into());
    }
    Ok(engine::plan(&*workspace, tree, &run.inputs, &run.policy, &[], 0, &*progress)?)
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What messages call an input.
fn display_name(path: &Path) -> String {
    if is_stdin(path) { STDIN.to_string() } else { lossy(path) }
}

/// The dump in this file or from standard input.
fn dump(system: &dyn System, path: &Path) -> Result<(String, Dump), CommandError> {
    let name = display_name(path);
    let text = if is_stdin(path) {
        system.read_stdin_text(&name)?
    } else {
        system.read_text(path, &name)?
    };
    let dump = read_dump(&name, &text).map_err(CommandError::escaped)?;
    Ok((name, dump))
}

/// The savepoint map in this file.
fn savepoint_map(system: &dyn System, path: &Path) -> Result<SavepointMap, CommandError> {
    let name = lossy(path);
    let text = system.read_text(path, &name)?;
    maps::read(&name, &text).map_err(CommandError::escaped)
}

/// Why a report must not replace this file, such as a manifest.
pub(crate) fn is_manifest_name(path: &Path) -> bool {
    let extension = path.extension().map(|it| it.to_string_lossy().to_ascii_lowercase());
    matches!(extension.as_deref(), Some("yaml" | "yml" | "tpl"))
}
