//! A run over standard input: read whole, judged like a file, written document by document.

use super::exit_status::ExitStatus;
use super::printer;
use super::settings::{Action, Settings};
use crate::engine::{self, Decided};
use crate::text::EditSet;

/// Standard input to standard output: what is held passes through unchanged, and the status says so.
/// Without a name the input is not judged.
pub(crate) fn run(settings: &mut Settings<'_>, name: Option<&str>) -> ExitStatus {
    let system = settings.run.system;
    let bytes = match system.read_stdin("standard input") {
        Ok(bytes) => bytes,
        Err(problem) => {
            printer::eprint_line(system, &problem.to_string());
            return ExitStatus::Failed;
        }
    };
    let run = &mut settings.run;
    let names = run.run_dirs.names();
    let input = name.map(|name| (name, &*bytes));
    let Decided { changeset, notes, .. } =
        engine::plan_stream(input, &mut run.facts, names, &run.flag_waivers, settings.context);
    if let Err(failed) = printer::write_reports(settings, &changeset) {
        return failed;
    }
    let is_write = matches!(settings.action, Action::Write | Action::WriteKeepGoing);
    let shown = match settings.action {
        Action::Check(format) => printer::print_diagnostics(settings, &changeset, format),
        Action::Diff => printer::print_diff(settings, &changeset),
        Action::Write | Action::WriteKeepGoing => {
            let judged = changeset.files.iter().find(|file| Some(&*file.path) == name);
            let rewrite = judged.and_then(|file| file.rewrite.as_ref());
            let shown = print_converted(settings, &bytes, rewrite.map(|rewrite| &rewrite.edits));
            printer::eprint_diagnostics(settings, &changeset);
            shown
        }
        Action::Preview => {
            printer::eprint_diagnostics(settings, &changeset);
            ExitStatus::Success
        }
    };
    let status = ExitStatus::from_outcome(changeset.outcome(), is_write, settings.fail_on);
    printer::eprint_notes(settings, &notes, &[]);
    status.max(shown).max(printer::strict_status(settings, &changeset, &notes))
}

fn print_converted(settings: &Settings<'_>, bytes: &[u8], edits: Option<&EditSet>) -> ExitStatus {
    let system = settings.run.system;
    let mut out = system.stdout();
    let mut done = 0;
    for edit in edits.into_iter().flat_map(EditSet::iter) {
        out.bytes(&bytes[done..edit.span.start]);
        out.bytes(edit.text.as_bytes());
        done = edit.span.end;
    }
    out.bytes(&bytes[done..]);
    printer::stdout_status(system, out.finish())
}
