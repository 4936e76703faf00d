//! What is made from the command line itself: completions and manual pages.

use super::args::{self, CompletionsArgs, ManArgs};
use super::exit_status::ExitStatus;
use super::printer;
use crate::shell::System;
use crate::text::did_you_mean;

/// Prints completions.
pub(crate) fn completions(system: &dyn System, args: &CompletionsArgs) -> ExitStatus {
    let mut command = args::command();
    let name = command.get_name().to_string();
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut text);
    print(system, &text)
}

/// Prints the manual page of the program, or of one command.
pub(crate) fn man(system: &dyn System, args: &ManArgs) -> ExitStatus {
    let mut command = args::command();
    command.build();
    let page = match &args.command {
        None => command,
        Some(name) => {
            let Some(found) = command.find_subcommand(name) else {
                let names = command.get_subcommands().map(clap::Command::get_name);
                let near = did_you_mean(name, names);
                printer::eprint_line(system, &format!("error: there is no command `{name}`{near}"));
                return ExitStatus::Failed;
            };
            found.clone().display_name(format!("{}-{name}", command.get_name()))
        }
    };
    let mut text = Vec::new();
    // Text in memory takes everything.
    let source = format!("{} {}", args::command().get_name(), env!("CARGO_PKG_VERSION"));
    let _ = clap_mangen::Man::new(page).source(source).render(&mut text);
    print(system, &text)
}

fn print(system: &dyn System, text: &[u8]) -> ExitStatus {
    let mut out = system.stdout();
    out.bytes(text);
    printer::stdout_status(system, out.finish())
}
