//! What a run shows: data on standard output, talk on standard error.

use std::fmt::{self, Display, Write};
use std::io;
use std::path::Path;

use super::exit_status::ExitStatus;
use super::run_context::{CommandError, CommandResult};
use super::settings::{Action, Settings};
use crate::diagnostic::Severity;
use crate::plan::{Changeset, Outcome};
use crate::report::{self, Format, Look};
use crate::shell::{Stream, System};
use crate::workspace::{FileError, escape_controls};

/// The diff is data; what it leaves out is talk: what the held files would become, why they are held,
/// and what it all comes to.
pub(crate) fn print_diff(settings: &Settings<'_>, changeset: &Changeset) -> ExitStatus {
    let status = print_rendered(settings, |out| {
        let look = Look { color: false, width: 0, notes: false, changes: false };
        report::render(Format::Diff, changeset, &look, out)
    });
    if !settings.run.verbosity.quiet {
        let mut err = settings.run.system.stderr();
        let _ = report::held(changeset, &mut err);
        let _ = err.finish();
    }
    eprint_diagnostics(settings, changeset);
    status
}

/// The findings are data.
pub(crate) fn print_diagnostics(
    settings: &Settings<'_>,
    changeset: &Changeset,
    format: Option<Format>,
) -> ExitStatus {
    let format = format.unwrap_or_else(|| default_format(settings, Stream::Stdout));
    let look = look(settings, Stream::Stdout, !settings.run.verbosity.quiet, true);
    let status = print_rendered(settings, |out| rendered(settings, format, changeset, &look, out));
    if format == Format::Concise {
        eprint_summary(settings, changeset, !settings.run.verbosity.quiet, true);
    }
    status
}

/// The changeset in this format, in the room there is for it.
fn rendered(
    settings: &Settings<'_>,
    format: Format,
    changeset: &Changeset,
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    match format {
        Format::Markdown => report::markdown(changeset, settings.args.markdown_budget, out),
        _ => report::render(format, changeset, look, out),
    }
}

/// The summary, with a count for each rule where there are many findings.
fn eprint_summary(settings: &Settings<'_>, changeset: &Changeset, notes: bool, changes: bool) {
    if settings.run.verbosity.quiet {
        return;
    }
    let look = look(settings, Stream::Stderr, notes, changes);
    let mut table = String::new();
    // Text in memory takes everything.
    let _ = report::counts(changeset, &look, &mut table);
    if !table.is_empty() {
        eprint_line(settings.run.system, &format!("\n{table}"));
    }
    eprint_line(settings.run.system, &report::summary_line(changeset));
}

/// Decisions and errors, notes if they were asked for, and the summary. Changes are left to the
/// diff or to the files; where there is neither, they are said too.
pub(crate) fn eprint_diagnostics(settings: &Settings<'_>, changeset: &Changeset) {
    let format = default_format(settings, Stream::Stderr);
    let changes = settings.action == Action::Preview;
    let look = look(settings, Stream::Stderr, settings.run.verbosity.verbose, changes);
    let shown = changeset.of_severity(Severity::Decision) + changeset.of_severity(Severity::Error);
    let shown = if changes { shown + changeset.of_severity(Severity::Change) } else { shown };
    let notes = if look.notes { changeset.of_severity(Severity::Note) } else { 0 };
    if shown + notes > 0 {
        let mut err = settings.run.system.stderr();
        let _ = report::render(format, changeset, &look, &mut err);
        let _ = err.finish();
        if format == Format::Human {
            return;
        }
    }
    if matches!(settings.action, Action::Diff | Action::Preview) {
        eprint_summary(settings, changeset, look.notes, changes);
    }
}

/// The form that suits this stream.
fn default_format(settings: &Settings<'_>, stream: Stream) -> Format {
    let plain = settings.run.verbosity.quiet || !settings.run.system.is_terminal(stream);
    if plain { Format::Concise } else { Format::Human }
}

fn look(settings: &Settings<'_>, stream: Stream, notes: bool, changes: bool) -> Look {
    let color = settings.run.system.color(stream, settings.run.verbosity.color.choice());
    Look { color, width: settings.run.system.width(stream), notes, changes }
}

/// Prints this text to standard output.
pub(crate) fn print(system: &dyn System, text: &[u8]) -> ExitStatus {
    let mut out = system.stdout();
    out.bytes(text);
    stdout_status(system, out.finish())
}

/// Writes this text to a file, or prints it if there is none.
pub(crate) fn write_or_print(
    system: &dyn System,
    output: Option<&Path>,
    text: &str,
) -> CommandResult {
    let Some(path) = output else { return Ok(print(system, text.as_bytes())) };
    system.replace_one(path, text)?;
    Ok(ExitStatus::Success)
}

/// Prints to standard output. A reader that has gone changes nothing; a full disk does.
fn print_rendered(
    settings: &Settings<'_>,
    render: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result,
) -> ExitStatus {
    let mut out = settings.run.system.stdout();
    // The stream remembers why it could not go on.
    let _ = render(&mut out);
    stdout_status(settings.run.system, out.finish())
}

/// How printing went; said if it went wrong.
pub(crate) fn stdout_status(system: &dyn System, finished: io::Result<()>) -> ExitStatus {
    match finished {
        Ok(()) => ExitStatus::Success,
        Err(cause) => {
            let error = FileError::io("standard output", "cannot be written", &cause);
            eprint_lines(system, "", [error]);
            ExitStatus::Failed
        }
    }
}

/// Writes every report that was asked for.
pub(crate) fn write_reports(
    settings: &Settings<'_>,
    changeset: &Changeset,
) -> Result<(), CommandError> {
    for (format, path) in &settings.args.report {
        let look = Look { color: false, width: 0, notes: true, changes: true };
        let mut text = String::new();
        // Text in memory takes everything.
        let _ = rendered(settings, *format, changeset, &look, &mut text);
        settings.run.system.replace_one(path, &text)?;
    }
    Ok(())
}

/// What the notes of the run and its findings add to the status: nothing, unless they count. What was
/// accepted counts as settled.
pub(crate) fn strict_status(
    settings: &Settings<'_>,
    changeset: &Changeset,
    notes: &[String],
) -> ExitStatus {
    let is_noted = changeset.open_notes() > 0 || !notes.is_empty();
    if settings.args.strict && is_noted {
        // A note that counts is a decision.
        ExitStatus::from_outcome(Outcome::Held, false, settings.fail_on)
    } else {
        ExitStatus::Success
    }
}

/// Says what is left to say.
pub(crate) fn eprint_notes(settings: &Settings<'_>, notes: &[String], problems: &[FileError]) {
    if !settings.run.verbosity.quiet {
        eprint_lines(settings.run.system, "note: ", notes.iter().map(|note| escape_controls(note)));
    }
    eprint_lines(settings.run.system, "", problems);
}

/// A sentence for people, unless they want none. A terminal would break it within a word.
pub(crate) fn eprint_unless_quiet(settings: &Settings<'_>, line: &str) {
    let system = settings.run.system;
    if settings.run.verbosity.quiet {
        return;
    }
    if system.is_terminal(Stream::Stderr) {
        eprint_line(system, &report::wrap(line, system.width(Stream::Stderr)));
    } else {
        eprint_line(system, line);
    }
}

/// One line, or several.
pub(crate) fn eprint_line(system: &dyn System, text: &str) {
    eprint_lines(system, "", [text]);
}

/// Each on its own line, after the same word.
pub(crate) fn eprint_lines(
    system: &dyn System,
    word: &str,
    lines: impl IntoIterator<Item = impl Display>,
) {
    let mut out = system.stderr();
    for line in lines {
        let _ = writeln!(out, "{word}{line}");
    }
    let _ = out.finish();
}
