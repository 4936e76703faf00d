//! A run over standard input: read whole, judged like a file, written document by document.

use super::outcome::Status;
use super::settings::{Settings, Verb};
use super::{show, talk};
use crate::engine::{self, Decided};
use crate::text::EditSet;

/// Standard input to standard output: what is held passes through unchanged, and the status says so.
/// Without a name the input is not judged.
pub(crate) fn run(settings: &mut Settings<'_>, name: Option<&str>) -> Status {
    let system = settings.basis.system;
    let bytes = match system.read_stdin("standard input") {
        Ok(bytes) => bytes,
        Err(problem) => {
            talk::say(system, &problem.to_string());
            return Status::Failed;
        }
    };
    let basis = &mut settings.basis;
    let names = basis.run_dirs.names();
    let input = name.map(|name| (name, &*bytes));
    let Decided { changeset, notes, .. } =
        engine::plan_stream(input, &mut basis.facts, names, &basis.flag_waivers, settings.context);
    if let Err(failed) = show::reports(settings, &changeset) {
        return failed;
    }
    let is_write = matches!(settings.verb, Verb::Write | Verb::WriteSound);
    let shown = match settings.verb {
        Verb::Check(format) => show::findings(settings, &changeset, format),
        Verb::Diff => show::diff(settings, &changeset),
        Verb::Write | Verb::WriteSound => {
            let judged = changeset.files.iter().find(|file| Some(&*file.path) == name);
            let rewrite = judged.and_then(|file| file.rewrite.as_ref());
            let shown = print_converted(settings, &bytes, rewrite.map(|rewrite| &rewrite.edits));
            show::say_findings(settings, &changeset);
            shown
        }
        Verb::Announce => {
            show::say_findings(settings, &changeset);
            Status::Fine
        }
    };
    let status = Status::of(changeset.outcome(), is_write, settings.fail_on);
    show::end(settings, &notes, &[]);
    status.max(shown).max(show::strictly(settings, &changeset, &notes))
}

fn print_converted(settings: &Settings<'_>, bytes: &[u8], edits: Option<&EditSet>) -> Status {
    let system = settings.basis.system;
    let mut out = system.stdout();
    let mut done = 0;
    for edit in edits.into_iter().flat_map(EditSet::iter) {
        out.bytes(&bytes[done..edit.span.start]);
        out.bytes(edit.text.as_bytes());
        done = edit.span.end;
    }
    out.bytes(&bytes[done..]);
    show::printed(system, out.finish())
}
