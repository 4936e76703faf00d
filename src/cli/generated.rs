//! What is made from the command line itself: completions and manual pages.

use super::args::{self, CompletionsArgs, ManArgs};
use super::outcome::Status;
use super::{show, talk};
use crate::shell;
use crate::text::did_you_mean;

/// Prints completions.
pub(super) fn completions(args: &CompletionsArgs) -> Status {
    let mut command = args::command();
    let name = command.get_name().to_string();
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut text);
    print(&text)
}

/// Prints the manual page of the program, or of one command.
pub(super) fn man(args: &ManArgs) -> Status {
    let mut command = args::command();
    command.build();
    let page = match &args.command {
        None => command,
        Some(name) => match command.find_subcommand(name) {
            Some(found) => {
                let title = format!("{}-{name}", command.get_name());
                found.clone().display_name(title)
            }
            None => {
                let names = command.get_subcommands().map(clap::Command::get_name);
                talk::say(&format!(
                    "error: there is no command `{name}`{}",
                    did_you_mean(name, names)
                ));
                return Status::Failed;
            }
        },
    };
    let mut text = Vec::new();
    // Text in memory takes everything.
    let _ = clap_mangen::Man::new(page).render(&mut text);
    print(&text)
}

fn print(text: &[u8]) -> Status {
    let mut out = shell::stdout();
    out.bytes(text);
    show::printed(out.finish())
}
