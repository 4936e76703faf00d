//! `explain`, `completions` and `man`: what is printed about the program itself.

use crate::cli::args::{self, CompletionsArgs, ExplainArgs, ManArgs};
use crate::cli::exit_status::ExitStatus;
use crate::cli::printer;
use crate::cli::run_context::{CommandError, CommandResult};
use crate::report::explain;
use crate::shell::{Stream, System};
use crate::text::did_you_mean;

/// Prints the page of one rule or of one problem with an input, or the list of both.
pub(crate) fn explain(system: &dyn System, args: &ExplainArgs) -> CommandResult {
    let Some(id) = &args.rule else {
        return Ok(printer::print(system, explain::list().as_bytes()));
    };
    let page = explain::find(id).ok_or_else(|| {
        let near = did_you_mean(id, explain::all().map(|page| page.id));
        let message = format!("there is no page `{id}`{near}");
        CommandError::new(format!("error: {message}\n\nfor the list: flink-migrate explain"))
    })?;
    Ok(if system.color(Stream::Stdout, None) {
        printer::print(system, page.styled(system.width(Stream::Stdout)).as_bytes())
    } else {
        printer::print(system, page.text.as_bytes())
    })
}

pub(crate) fn completions(system: &dyn System, args: &CompletionsArgs) -> ExitStatus {
    let mut command = args::command();
    let name = command.get_name().to_string();
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut text);
    printer::print(system, &text)
}

/// Prints the manual page of the program, or of one command.
pub(crate) fn man(system: &dyn System, args: &ManArgs) -> CommandResult {
    let mut command = args::command();
    command.build();
    let page = match &args.command {
        None => command,
        Some(name) => {
            let Some(found) = command.find_subcommand(name) else {
                let near = did_you_mean(name, args::command_names(&command));
                let message = format!("error: there is no command `{name}`{near}");
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
