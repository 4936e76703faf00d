//! What was typed, what it means, and how it ends.

mod args;
mod commands;
mod exit_status;
mod options;
mod printer;
mod run_context;
mod settings;
mod staged;

use std::ffi::OsString;

use args::Command;
use exit_status::ExitStatus;
use settings::{Action, ManifestInput, Settings};

use crate::engine::{self, LoadedTree};
use crate::inputs::{Inputs, Policy};
use crate::shell::{OsSystem, System, with_threads};

/// Runs the command line, the name of the program first, and returns the exit status.
pub fn main(typed: impl IntoIterator<Item = OsString>) -> u8 {
    let typed: Vec<OsString> = typed.into_iter().collect();
    run_on(&OsSystem, &typed)
}

/// The same on any system.
pub(crate) fn run_on(system: &dyn System, typed: &[OsString]) -> u8 {
    let status = match args::parse(system, typed) {
        Err(status) => status,
        Ok(command) => with_threads(command.jobs(), || {
            commands::run(system, command).unwrap_or_else(|error| {
                printer::eprint_lines(system, "", error.0);
                ExitStatus::Failed
            })
        }),
    };
    status.code()
}

/// What a command line over files knows when it begins to judge; nothing if it is refused.
pub(crate) fn inputs_of_check(
    system: &dyn System,
    typed: &[OsString],
) -> Option<(Inputs, Policy, LoadedTree)> {
    let Ok(Command::Check(args)) = args::parse(system, typed) else { return None };
    let settings = Settings::new(system, Action::Check(args.format), args.shared).ok()?;
    if settings.input != ManifestInput::Paths {
        return None;
    }
    let run = &settings.run;
    let workspace = run.workspace(&settings.args.paths);
    let tree = engine::load(&*workspace, &run.inputs, &(), None).ok()?;
    Some((run.inputs.clone(), run.policy.clone(), tree))
}
