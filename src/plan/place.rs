//! From the changes of one document to its edits.

use super::document::Judged;
use super::input;
use super::proof::{self, Law};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::Facts;
use crate::text::{EditSet, Span};
use crate::yaml::{Document, surgery};

/// The edits of a judged document, within its own text, and what forbids them.
pub(super) struct Placement {
    /// What the changes come to; empty if they cannot be located.
    pub(super) edits: EditSet,
    /// Why they cannot be made, or must not.
    pub(super) refusal: Option<Diagnostic>,
}

/// Places the changes of a document and proves the result, unless it is held anyway: what a held
/// document would become is only shown.
pub(super) fn place(doc: &Document<'_>, judged: &Judged, file: &str, facts: &Facts) -> Placement {
    let changes = judged.changes();
    if changes.is_empty() {
        return Placement { edits: EditSet::default(), refusal: None };
    }
    if let Some(refusal) = unfit(doc) {
        return Placement { edits: EditSet::default(), refusal: Some(refusal) };
    }
    let edits = match surgery::edits(doc, &changes) {
        Ok(edits) => edits,
        Err(refusal) => {
            let span = Span::empty(doc.base + refusal.at);
            let message = format!("cannot be edited in place: {}", refusal.reason);
            let refusal = Diagnostic::decision(input::NOT_EDITABLE, span, message)
                .help("make this change by hand");
            return Placement { edits: EditSet::default(), refusal: Some(refusal) };
        }
    };
    if judged.reaches(Severity::Decision) {
        return Placement { edits, refusal: None };
    }
    match proof::prove(doc, &edits, &changes, file, facts) {
        Ok(()) => Placement { edits, refusal: None },
        Err(law) => Placement { edits: EditSet::default(), refusal: Some(broken(doc, &law)) },
    }
}

/// What makes a document mean different things to different readers.
fn unfit(doc: &Document<'_>) -> Option<Diagnostic> {
    if let Some(key) = doc.duplicate_key() {
        let span = doc.node(key).span.shifted(doc.base);
        let name = doc.slice(doc.node(key).span);
        let message = format!(
            "the key `{name}` stands twice in one mapping: readers disagree about which counts"
        );
        let refusal = Diagnostic::decision(input::DUPLICATE, span, message);
        return Some(refusal.help("remove one of the two"));
    }
    let at = doc.disputed_break()?;
    let message = "a U+0085, U+2028 or U+2029 stands outside quotes: kubectl takes it for a line break, others do not";
    let refusal = Diagnostic::decision(input::LINE_BREAK, Span::empty(doc.base + at), message);
    Some(refusal.help("remove the character, or put the text in quotes"))
}

fn broken(doc: &Document<'_>, law: &Law) -> Diagnostic {
    let span = Span::empty(doc.root().span_in_file().start);
    match law {
        Law::SecondReader(reason) => {
            let message = format!("libyaml cannot read this document: {reason}");
            Diagnostic::decision(input::SECOND_READER, span, message)
                .help("a rewrite is trusted only if two readers agree on it: convert this document by hand")
        }
        Law::Irreversible(reason) => {
            let message =
                format!("step convert could not restore what step suspend writes: {reason}");
            Diagnostic::decision(input::NOT_EDITABLE, span, message).help(
                "write state, upgradeMode and state.savepoints.dir in the plain way, one a line",
            )
        }
        Law::Broken(name, detail) => {
            let message = format!("the rewrite breaks the law `{name}`: {detail}");
            Diagnostic::error(input::PROOF, span, message)
                .help("nothing was changed; this is a bug of flink-migrate, please report it with the file")
        }
    }
}
