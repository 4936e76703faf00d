//! From the changes of one document to its edits.

use super::document::Judged;
use super::input;
use super::proof::{self, Law};
use crate::finding::{Finding, Level, Remedy};
use crate::rules::Facts;
use crate::text::{EditSet, Span};
use crate::yaml::{Document, surgery};

/// The edits of a judged document, within its own text, and what forbids them.
pub(super) struct Placed {
    /// What the changes come to; empty if they cannot be placed.
    pub(super) edits: EditSet,
    /// Why they cannot be made, or must not.
    pub(super) refusal: Option<Finding>,
}

/// Places the changes of a document and proves the result, unless it is held anyway: what a held
/// document would become is only shown.
pub(super) fn place(doc: &Document<'_>, judged: &Judged, file: &str, facts: &Facts) -> Placed {
    let changes = judged.changes();
    if changes.is_empty() {
        return Placed { edits: EditSet::default(), refusal: None };
    }
    if let Some(finding) = unfit(doc) {
        return Placed { edits: EditSet::default(), refusal: Some(finding) };
    }
    let edits = match surgery::edits(doc, &changes) {
        Ok(edits) => edits,
        Err(refusal) => {
            let span = Span::empty(doc.base + refusal.at);
            let message = format!("cannot be edited in place: {}", refusal.reason);
            let finding = Finding::new(input::NOT_EDITABLE, Remedy::NotUnderstood, span, message)
                .help("make this change by hand");
            return Placed { edits: EditSet::default(), refusal: Some(finding) };
        }
    };
    if judged.reaches(Level::Decision) {
        return Placed { edits, refusal: None };
    }
    match proof::prove(doc, &edits, &changes, file, facts) {
        Ok(()) => Placed { edits, refusal: None },
        Err(law) => Placed { edits: EditSet::default(), refusal: Some(broken(doc, &law)) },
    }
}

/// What makes a document mean different things to different readers.
fn unfit(doc: &Document<'_>) -> Option<Finding> {
    if let Some(key) = doc.duplicate_key() {
        let span = doc.node(key).span.shifted(doc.base);
        let name = doc.slice(doc.node(key).span);
        let message = format!(
            "the key `{name}` stands twice in one mapping: readers disagree about which counts"
        );
        let finding = Finding::new(input::DUPLICATE, Remedy::NotUnderstood, span, message);
        return Some(finding.help("remove one of the two"));
    }
    let at = doc.disputed_break()?;
    let message = "a U+0085, U+2028 or U+2029 stands outside quotes: kubectl takes it for a line break, others do not";
    let finding =
        Finding::new(input::LINE_BREAK, Remedy::NotUnderstood, Span::empty(doc.base + at), message);
    Some(finding.help("remove the character, or put the text in quotes"))
}

fn broken(doc: &Document<'_>, law: &Law) -> Finding {
    let span = Span::empty(doc.root().span_in_file().start);
    match law {
        Law::SecondReader(reason) => {
            let message = format!("libyaml cannot read this document: {reason}");
            Finding::new(input::SECOND_READER, Remedy::NotUnderstood, span, message)
                .help("a rewrite is trusted only if two readers agree on it: convert this document by hand")
        }
        Law::Irreversible(reason) => {
            let message =
                format!("step convert could not restore what step suspend writes: {reason}");
            Finding::new(input::NOT_EDITABLE, Remedy::NotUnderstood, span, message).help(
                "write state, upgradeMode and state.savepoints.dir in the plain way, one a line",
            )
        }
        Law::Broken(name, detail) => {
            let message = format!("the rewrite breaks the law `{name}`: {detail}");
            Finding::new(input::PROOF, Remedy::Broken, span, message)
                .help("nothing was changed; this is a bug of flink-migrate, please report it with the file")
        }
    }
}
