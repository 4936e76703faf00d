//! The commands, and what several of them do with files.

mod help;
mod plan;
pub(crate) mod runbook;
pub(crate) mod savepoints;
pub(crate) mod verify;

use std::path::{Path, PathBuf};

use super::args::Command;
use super::run_context::{CommandError, CommandResult, RunContext, lossy};
use super::settings::{Action, Settings};
use crate::cluster::{Dump, read_dump};
use crate::engine::{self, Decided, Sought};
use crate::flink::savepoints::{self as maps, SavepointMap};
use crate::plan::STDIN;
use crate::shell::System;

/// Runs one command.
pub(crate) fn run(system: &dyn System, command: Command) -> CommandResult {
    let (action, args) = match command {
        Command::Runbook(args) => return runbook::run(system, &args),
        Command::Savepoints(args) => return savepoints::run(system, &args),
        Command::Verify(args) => return verify::run(system, &args),
        Command::Explain(args) => return help::explain(system, &args),
        Command::Completions(args) => return Ok(help::completions(system, &args)),
        Command::Man(args) => return help::man(system, &args),
        Command::Diff(args) => (Action::Diff, args.shared),
        Command::Check(args) => (Action::Check(args.format), args.shared),
        Command::Write(args) if args.keep_going => (Action::WriteKeepGoing, args.shared),
        Command::Write(args) => (Action::Write, args.shared),
    };
    plan::run(Settings::new(system, action, args)?)
}

/// What is decided about the whole tree, any part of which could matter.
fn plan_tree(
    run: &RunContext<'_>,
    paths: &[PathBuf],
    sought: Sought,
) -> Result<Decided, CommandError> {
    let progress = run.system.progress(run.verbosity.quiet);
    let workspace = run.workspace(paths);
    let tree = engine::load(&*workspace, sought, &run.inputs, &*progress)?;
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

/// Why a file must not be replaced by a report: nobody's manifest goes for one.
pub(crate) fn is_manifest_name(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "tpl"))
}
