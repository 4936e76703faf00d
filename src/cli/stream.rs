//! A run over standard input: read whole, judged like a file, written document by document.

use super::outcome::Status;
use super::settings::{Settings, Verb};
use super::{show, talk, tree, unmatched};
use crate::gitops::Index;
use crate::plan::{self, Changeset, FileOutcome, Readings, Unit};
use crate::shell;
use crate::text::EditSet;

/// Standard input to standard output: what is held passes through unchanged, and the status says so.
/// Without a name the input is not judged.
pub(super) fn run(settings: &mut Settings, name: Option<&str>) -> Status {
    let bytes = match shell::read_stdin_bytes("standard input") {
        Ok(bytes) => bytes,
        Err(problem) => {
            talk::say(&problem.to_string());
            return Status::Failed;
        }
    };
    let plan = name.and_then(|name| planned(settings, name, &bytes));
    let edits = plan.as_ref().and_then(|plan| plan.rewrite.as_ref());
    let edits = edits.map(|rewrite| rewrite.edits.clone()).unwrap_or_default();
    let changeset = Changeset {
        files: plan::with_remarks(plan.into_iter().collect(), &settings.basis.facts, 0),
        files_read: usize::from(name.is_some()),
        unreadable: 0,
        step: settings.basis.facts.step,
    };
    if let Err(failed) = show::reports(settings, &changeset) {
        return failed;
    }
    let is_write = matches!(settings.verb, Verb::Write | Verb::WriteSound);
    let shown = match settings.verb {
        Verb::Check(format) => show::findings(settings, &changeset, format),
        Verb::Diff => show::diff(settings, &changeset),
        Verb::Write | Verb::WriteSound => {
            let shown = print_converted(&bytes, &edits);
            show::say_findings(settings, &changeset);
            shown
        }
        Verb::Announce => {
            show::say_findings(settings, &changeset);
            Status::Fine
        }
    };
    let status = Status::of(changeset.outcome(), is_write, settings.threshold);
    let notes = unmatched::notes(&settings.basis, &changeset, false);
    show::end(settings, &notes, &[]);
    status.max(shown).max(show::strictly(settings, &changeset, &notes))
}

fn planned(settings: &mut Settings, name: &str, bytes: &[u8]) -> Option<FileOutcome> {
    let survey = tree::surveyed(name, bytes);
    settings.basis.facts.index = Index::of(vec![survey], false, &settings.basis.home());
    let (facts, context) = (&settings.basis.facts, settings.context);
    shell::in_pool(|| {
        plan::plan_file(name, bytes, &Readings::default(), facts, context, Unit::Document)
    })
}

fn print_converted(bytes: &[u8], edits: &EditSet) -> Status {
    let mut out = shell::stdout();
    let mut done = 0;
    for edit in edits.iter() {
        out.bytes(&bytes[done..edit.span.start]);
        out.bytes(edit.text.as_bytes());
        done = edit.span.end;
    }
    out.bytes(&bytes[done..]);
    show::printed(out.finish())
}
