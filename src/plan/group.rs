//! What becomes of a file because of the others of its version group.

use super::{FileOutcome, Outcome, input};
use crate::diagnostic::{Diagnostic, Located};
use crate::text::{Position, Span};

/// Holds a file that would change, because of another one of its group and what is said of that.
pub(crate) fn hold(file: &mut FileOutcome, other: &str) {
    let Some(change) = file.rewrite.take() else { return };
    file.held = change.hunks;
    let message = format!("this is written together with {other}");
    let help = "kustomize finds one by the version of the other: answer what is open there, and convert both";
    stop(
        file,
        Outcome::Held,
        &Diagnostic::decision(input::GROUP, Span::empty(0), message).help(help),
    );
}

/// Refuses to write a file, because a root would build something else from it.
pub(crate) fn fail(file: &mut FileOutcome, what: &str) {
    file.rewrite = None;
    let message = format!("the rewrite breaks the law `same build`: {what}");
    let help =
        "nothing was changed; this is a bug of flink-migrate, please report it with the files";
    stop(
        file,
        Outcome::Failed,
        &Diagnostic::error(input::PROOF, Span::empty(0), message).help(help),
    );
}

fn stop(file: &mut FileOutcome, outcome: Outcome, why: &Diagnostic) {
    for document in file.documents.iter_mut().filter(|one| one.outcome == Outcome::Changed) {
        document.outcome = outcome;
        let position = Position { line: document.line, column: 1 };
        let mut located = Located::without_line(why.clone(), &file.path, position);
        located.location.document = document.index;
        file.diagnostics.push(located);
    }
    file.diagnostics.sort_by_key(|one| one.location.position);
}
