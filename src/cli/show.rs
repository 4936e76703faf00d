//! What a run shows: data on standard output, talk on standard error.

use std::fmt;
use std::io;

use super::outcome::Status;
use super::settings::{Settings, Verb};
use super::talk;
use crate::diagnostic::Severity;
use crate::plan::Changeset;
use crate::report::{self, Format, Look};
use crate::shell::{Stream, System};
use crate::workspace::{FileError, escape_controls};

/// The diff is data; what it leaves out is talk: what the held files would become, why they are held,
/// and what it all comes to.
pub(crate) fn diff(settings: &Settings<'_>, changeset: &Changeset) -> Status {
    let status = print(settings, |out| {
        let look = Look { color: false, width: 0, notes: false, changes: false };
        report::render(Format::Diff, changeset, &look, out)
    });
    if !settings.basis.talk.quiet {
        let mut err = settings.basis.system.stderr();
        let _ = report::held(changeset, &mut err);
        let _ = err.finish();
    }
    say_findings(settings, changeset);
    status
}

/// The findings are data.
pub(crate) fn findings(
    settings: &Settings<'_>,
    changeset: &Changeset,
    format: Option<Format>,
) -> Status {
    let format = format.unwrap_or_else(|| people(settings, Stream::Stdout));
    let look = look(settings, Stream::Stdout, !settings.basis.talk.quiet, true);
    let status = print(settings, |out| rendered(settings, format, changeset, &look, out));
    if format == Format::Concise {
        say_verdict(settings, changeset, !settings.basis.talk.quiet, true);
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
        Format::Markdown => report::markdown(changeset, settings.markdown_budget, out),
        _ => report::render(format, changeset, look, out),
    }
}

/// What it all comes to, and how often each rule has spoken where it did many times.
fn say_verdict(settings: &Settings<'_>, changeset: &Changeset, notes: bool, changes: bool) {
    if settings.basis.talk.quiet {
        return;
    }
    let look = look(settings, Stream::Stderr, notes, changes);
    let mut table = String::new();
    // Text in memory takes everything.
    let _ = report::counts(changeset, &look, &mut table);
    if !table.is_empty() {
        talk::say(settings.basis.system, &format!("\n{table}"));
    }
    talk::say(settings.basis.system, &report::verdict(changeset));
}

/// Decisions and errors, notes if they were asked for, and what it all comes to. Changes are left to the
/// diff or to the files; where there is neither, they are said too.
pub(crate) fn say_findings(settings: &Settings<'_>, changeset: &Changeset) {
    let format = people(settings, Stream::Stderr);
    let changes = settings.verb == Verb::Announce;
    let look = look(settings, Stream::Stderr, settings.basis.talk.verbose, changes);
    let shown = changeset.of_severity(Severity::Decision) + changeset.of_severity(Severity::Error);
    let shown = if changes { shown + changeset.of_severity(Severity::Change) } else { shown };
    let notes = if look.notes { changeset.of_severity(Severity::Note) } else { 0 };
    if shown + notes > 0 {
        let mut err = settings.basis.system.stderr();
        let _ = report::render(format, changeset, &look, &mut err);
        let _ = err.finish();
        if format == Format::Human {
            return;
        }
    }
    if matches!(settings.verb, Verb::Diff | Verb::Announce) {
        say_verdict(settings, changeset, look.notes, changes);
    }
}

/// The form for whoever sees this stream.
fn people(settings: &Settings<'_>, stream: Stream) -> Format {
    let plain = settings.basis.talk.quiet || !settings.basis.system.is_terminal(stream);
    if plain { Format::Concise } else { Format::Human }
}

fn look(settings: &Settings<'_>, stream: Stream, notes: bool, changes: bool) -> Look {
    let color = settings.basis.system.color(stream, settings.basis.talk.color);
    Look { color, width: settings.basis.system.width(stream), notes, changes }
}

/// Prints to standard output. A reader that has gone changes nothing; a full disk does.
fn print(
    settings: &Settings<'_>,
    render: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result,
) -> Status {
    let mut out = settings.basis.system.stdout();
    // The stream remembers why it could not go on.
    let _ = render(&mut out);
    printed(settings.basis.system, out.finish())
}

/// How printing went; said if it went wrong.
pub(crate) fn printed(system: &dyn System, finished: io::Result<()>) -> Status {
    match finished {
        Ok(()) => Status::Fine,
        Err(cause) => {
            let problem = FileError::io("standard output", "cannot be written", &cause);
            talk::say(system, &problem.to_string());
            Status::Failed
        }
    }
}

/// Writes every report that was asked for.
pub(crate) fn reports(settings: &Settings<'_>, changeset: &Changeset) -> Result<(), Status> {
    for (format, path) in &settings.reports {
        let look = Look { color: false, width: 0, notes: true, changes: true };
        let mut text = String::new();
        // Text in memory takes everything.
        let _ = rendered(settings, *format, changeset, &look, &mut text);
        if let Err(problem) =
            settings.basis.system.replace_one(path, &path.to_string_lossy(), &text)
        {
            talk::say(settings.basis.system, &problem.to_string());
            return Err(Status::Failed);
        }
    }
    Ok(())
}

/// What the notes of the run and its findings add to the status: nothing, unless they count. What was
/// accepted counts as settled.
pub(crate) fn strictly(settings: &Settings<'_>, changeset: &Changeset, notes: &[String]) -> Status {
    let is_noted = changeset.open_notes() > 0 || !notes.is_empty();
    if settings.strict && is_noted { Status::of_notes(settings.fail_on) } else { Status::Fine }
}

/// Says what is left to say.
pub(crate) fn end(settings: &Settings<'_>, notes: &[String], problems: &[FileError]) {
    if !settings.basis.talk.quiet {
        talk::say_each(
            settings.basis.system,
            "note: ",
            notes.iter().map(|note| escape_controls(note)),
        );
    }
    talk::say_each(settings.basis.system, "", problems);
}

/// One line for people, unless they want none.
pub(crate) fn say_unless_quiet(settings: &Settings<'_>, line: &str) {
    if !settings.basis.talk.quiet {
        talk::say(settings.basis.system, line);
    }
}
