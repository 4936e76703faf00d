//! A run over standard input, where the unit is the document.

use super::outcome::Status;
use super::run::surveyed;
use super::settings::{Settings, Verb};
use super::{show, talk, unmatched};
use crate::gitops::Index;
use crate::plan::{self, Changeset};
use crate::shell::{self, Problem};

/// Standard input to standard output, where the unit is the document: what is held passes through
/// unchanged, and the status says so. Without a name the stream is not looked at.
pub(super) fn run(settings: &mut Settings, name: Option<&str>) -> Status {
    let bytes = match shell::read_stdin() {
        Ok(bytes) => bytes,
        Err(cause) => {
            talk::say(&Problem::io("standard input", "cannot be read", &cause).to_string());
            return Status::Failed;
        }
    };
    let plan = name.and_then(|name| {
        settings.facts.index = Index::of(vec![surveyed(name, &bytes)], false, &settings.home());
        plan::plan_file(name, &bytes, &settings.facts, settings.context)
    });
    let is_write = matches!(settings.verb, Verb::Write | Verb::WriteSound);
    let after = match (&plan, std::str::from_utf8(&bytes)) {
        (Some(plan), Ok(text)) if is_write && !plan.document_edits.is_empty() => {
            Some(plan.document_edits.apply(text))
        }
        _ => None,
    };
    let changeset = Changeset {
        files: plan::with_remarks(plan.into_iter().collect(), &settings.facts),
        files_read: usize::from(name.is_some()),
    };
    if let Err(failed) = show::reports(settings, &changeset) {
        return failed;
    }
    let mut status = Status::of(changeset.outcome(), is_write, settings.threshold);
    let shown = match settings.verb {
        Verb::Diff => show::diff(settings, &changeset),
        Verb::Check(format) => show::findings(settings, &changeset, format),
        Verb::Write | Verb::WriteSound => {
            let mut out = shell::stdout();
            out.bytes(after.as_deref().map_or(&bytes[..], str::as_bytes));
            let shown = show::printed(out.finish());
            show::say_findings(settings, &changeset);
            shown
        }
    };
    status = status.max(shown);
    let notes = unmatched::notes(settings, &changeset, false);
    show::end(settings, &notes, &[]);
    status
}
