//! What was typed, what it means, and how it ends.

mod args;
mod exit_status;
mod explain;
mod generated;
mod options;
mod printer;
mod run;
mod run_context;
mod runbook;
mod savepoints;
mod settings;
mod stream;
mod verify;

use std::ffi::OsString;

use args::Command;
use exit_status::ExitStatus;

use crate::engine::{self, Sought};
use crate::rules::Facts;
use crate::shell::{OsSystem, System, with_threads};

/// Runs the command line, the name of the program first, and returns the exit status.
pub fn main(typed: impl IntoIterator<Item = OsString>) -> u8 {
    let typed: Vec<OsString> = typed.into_iter().collect();
    run_on(&OsSystem, &typed)
}

/// The same on any machine.
pub(crate) fn run_on(system: &dyn System, typed: &[OsString]) -> u8 {
    let status = match args::parse(system, typed) {
        Err(status) => status,
        Ok(command) => with_threads(command.jobs(), || run_command(system, command)),
    };
    status.code()
}

/// What a command line over files knows when it begins to judge, the index of the tree included;
/// nothing if it is refused.
pub(crate) fn facts_on(system: &dyn System, typed: &[OsString]) -> Option<Facts> {
    let Ok(Command::Check(args)) = args::parse(system, typed) else { return None };
    let mut settings = settings::for_check(system, args).ok()?;
    let settings::ManifestInput::Paths(paths) = &settings.input else { return None };
    let mut facts = std::mem::take(&mut settings.run.facts);
    let workspace = settings.run.workspace(paths);
    engine::load(&*workspace, Sought::Workloads, &mut facts, &()).ok()?;
    Some(facts)
}

fn run_command(system: &dyn System, command: Command) -> ExitStatus {
    match command {
        Command::Runbook(args) => runbook::run(system, &args),
        Command::Savepoints(args) => savepoints::run(system, &args),
        Command::Verify(args) => verify::run(system, &args),
        Command::Explain(args) => explain::run(system, &args),
        Command::Completions(args) => generated::completions(system, &args),
        Command::Man(args) => generated::man(system, &args),
        Command::Diff(args) => settled(system, settings::for_diff(system, args)),
        Command::Check(args) => settled(system, settings::for_check(system, args)),
        Command::Write(args) => settled(system, settings::for_write(system, args)),
    }
}

fn settled(
    system: &dyn System,
    settings: Result<settings::Settings<'_>, run_context::CommandError>,
) -> ExitStatus {
    match settings {
        Ok(settings) => run::run(settings),
        Err(error) => {
            printer::eprint_line(system, &error.to_string());
            ExitStatus::Failed
        }
    }
}
