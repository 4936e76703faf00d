//! A runbook as text, one file per format. Names in it are as hostile as in any report, and here they
//! stand in commands as well.

mod json;
mod markdown;
mod quote;
mod sh;

use std::fmt;

use crate::runbook::{Command, Expect, Runbook, Way};

/// The forms in which a runbook can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunbookFormat {
    /// For people, with boxes to tick.
    Markdown,
    /// A script that stops at every check.
    Sh,
    /// For programs, by `schema/runbook-v1.schema.json`.
    Json,
}

impl RunbookFormat {
    /// Every format, in the order in which they are listed to people.
    pub const ALL: [RunbookFormat; 3] =
        [RunbookFormat::Markdown, RunbookFormat::Sh, RunbookFormat::Json];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            RunbookFormat::Markdown => "markdown",
            RunbookFormat::Sh => "sh",
            RunbookFormat::Json => "json",
        }
    }
}

/// The runbook in this format.
///
/// # Errors
/// Only if `out` fails.
pub fn render(format: RunbookFormat, runbook: &Runbook, out: &mut dyn fmt::Write) -> fmt::Result {
    match format {
        RunbookFormat::Markdown => markdown::render(runbook, out),
        RunbookFormat::Sh => sh::render(runbook, out),
        RunbookFormat::Json => json::render(runbook, out),
    }
}

/// What the runbook is about, as a title.
fn title(way: Way) -> &'static str {
    match way {
        Way::Migration => "Migrate Flink workloads from v1alpha1 to v1beta1",
        Way::NoWorkloads => "Replace operator 0.1.0, without workloads",
        Way::Upgrade => "Upgrade the Flink operator",
    }
}

/// The command as one line for a shell.
fn shown(command: &Command) -> String {
    let words = std::iter::once(&command.program).chain(&command.args);
    let line = quote::line(words.map(String::as_str));
    match &command.into {
        // What was kept before anything was changed is worth more than what is there now.
        Some(file) if file.rsplit('.').next() == Some("bak") => {
            let file = quote::quoted(file);
            format!("test -s {file} || {line} > {file}")
        }
        Some(file) => format!("{line} > {}", quote::quoted(file)),
        None => line,
    }
}

/// What a check has to print, as the end of a sentence, and the text it speaks of.
fn demanded(expect: &Expect) -> (&'static str, Option<&str>) {
    match expect {
        Expect::Success => ("must end with status 0", None),
        Expect::Nothing => ("must print nothing", None),
        Expect::Something => ("must print something", None),
        Expect::Exactly(text) => ("must print", Some(text)),
        Expect::ExactlyOrNothing(text) => ("must print nothing, or", Some(text)),
        Expect::Holds(text) => ("must print, among other things,", Some(text)),
        Expect::Lacks(text) => ("must end with status 0 and not print", Some(text)),
    }
}

/// One word for it.
fn word(expect: &Expect) -> &'static str {
    match expect {
        Expect::Success => "success",
        Expect::Nothing => "nothing",
        Expect::Something => "something",
        Expect::Exactly(_) => "exactly",
        Expect::ExactlyOrNothing(_) => "exactly-or-nothing",
        Expect::Holds(_) => "holds",
        Expect::Lacks(_) => "lacks",
    }
}
