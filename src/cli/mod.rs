//! What was typed, what it means, and how it ends.

mod accept;
mod args;
mod basis;
mod config;
mod explain;
mod generated;
mod given;
mod options;
mod outcome;
mod run;
mod runbook;
mod savepoints;
mod settings;
mod show;
mod stream;
mod talk;
mod tree;
mod unmatched;
mod values;
mod verify;

use std::ffi::OsString;

use args::Command;
use outcome::Status;

/// Runs the command line, the name of the program first, and returns the exit status.
pub fn main(typed: impl IntoIterator<Item = OsString>) -> u8 {
    let typed: Vec<OsString> = typed.into_iter().collect();
    let status = match args::parse(&typed) {
        Err(status) => status,
        Ok(Command::Runbook(args)) => runbook::run(&args),
        Ok(Command::Savepoints(savepoints)) => savepoints::run(&savepoints),
        Ok(Command::Verify(verify)) => verify::run(&verify),
        Ok(Command::Explain(explain)) => explain::run(&explain),
        Ok(Command::Completions(completions)) => generated::completions(&completions),
        Ok(Command::Man(man)) => generated::man(&man),
        Ok(Command::Diff(diff)) => settled(settings::of_diff(diff)),
        Ok(Command::Check(check)) => settled(settings::of_check(check)),
        Ok(Command::Write(write)) => settled(settings::of_write(write)),
    };
    status.code()
}

fn settled(settings: Result<settings::Settings, basis::Refusal>) -> Status {
    match settings {
        Ok(settings) => run::run(settings),
        Err(refusal) => {
            talk::say(&refusal.to_string());
            Status::Failed
        }
    }
}
