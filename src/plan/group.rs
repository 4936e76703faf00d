//! What becomes of a file because of what is built from it and others.

use super::{FileOutcome, Outcome, input};
use crate::diagnostic::{Diagnostic, Located, SymbolicLocation};
use crate::text::{Position, Span};

/// The decision of what is written together with something else, and what is said of that.
pub(crate) fn group_decision(other: &str) -> Diagnostic {
    let message = format!("this is written together with {other}");
    let help = "kustomize finds one by the version of the other: answer what is open there, and convert both";
    Diagnostic::decision(input::GROUP, Span::empty(0), message).help(help)
}

/// Holds a file that would change, for this reason: of one of its documents, or of all that change.
pub(crate) fn hold(file: &mut FileOutcome, document: Option<usize>, why: &Diagnostic) {
    let Some(change) = file.rewrite.take() else { return };
    file.held = Some(change);
    let concerned = file.documents.iter_mut().filter(|one| one.outcome == Outcome::Changed);
    for held in concerned.filter(|one| document.is_none_or(|document| document == one.index)) {
        held.outcome = Outcome::Held;
        let position = Position { line: held.line, column: 1 };
        let location = SymbolicLocation::Text(Span::empty(0));
        let why = Diagnostic { location, ..why.clone() };
        let mut located = Located::without_line(why, &file.path, position);
        located.location.document = held.index;
        file.diagnostics.push(located);
    }
    file.diagnostics.sort_by_key(|one| one.location.position);
}
