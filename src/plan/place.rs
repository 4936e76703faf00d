//! From the changes of one document to its edits.

use super::document::JudgedDocument;
use super::proof::{self, Law};
use super::{FieldChange, input};
use crate::diagnostic::{Change, Diagnostic, Severity};
use crate::path::RepoPath;
use crate::project::BuiltManifest;
use crate::rules::Context;
use crate::text::{EditSet, Span};
use crate::yaml::patch::EditRefusal;
use crate::yaml::{Document, FieldPath, patch};

/// What the changes of a document come to.
#[derive(Default)]
pub(crate) struct Placement {
    /// The changes, each with what its field was.
    pub(crate) fields: Vec<FieldChange>,
    /// Their edits, within the text of the document; empty if they cannot be made, or must not.
    pub(crate) edits: EditSet,
    /// Why they cannot be made, or must not.
    pub(crate) refusal: Option<Diagnostic>,
}

/// Places the changes of a document and proves the result, unless it is held anyway: what a held
/// document would become is only shown.
pub(crate) fn place(
    doc: &Document<'_>,
    judged: &JudgedDocument,
    builds: &[BuiltManifest],
    file: &RepoPath,
    context: &Context<'_>,
) -> Placement {
    let changes = judged.changes();
    let is_held = judged.reaches(Severity::Decision);
    let placed = match unfit(doc) {
        _ if changes.is_empty() => Ok(EditSet::default()),
        Some(refusal) => Err(Box::new(refusal)),
        None => {
            patch::edits(doc, &changes).map_err(|refusal| Box::new(not_editable(doc, &refusal)))
        }
    };
    let proved = placed.and_then(|edits| {
        if !is_held && !changes.is_empty() {
            proof::prove(doc, &edits, &changes, builds, file, context)
                .map_err(|law| Box::new(broken(doc, &law)))?;
        }
        Ok(edits)
    });
    let (edits, refusal) = match proved {
        Ok(edits) => (edits, None),
        Err(refusal) => (EditSet::default(), Some(*refusal)),
    };
    let mut begun: Option<FieldPath> = None;
    let fields = changes.into_iter().map(|change| {
        let appended = matches!(change, Change::Append { .. }).then(|| change.path().clone());
        // What was null is a list once it has an item.
        let is_begun = appended.is_some() && begun == appended;
        begun = appended;
        let old = doc
            .root()
            .at(change.path())
            .and_then(|old| if old.is_null() { Some("null") } else { old.text() })
            .filter(|_| !is_begun);
        FieldChange { old: old.map(String::from), change }
    });
    Placement { fields: fields.collect(), edits, refusal }
}

fn not_editable(doc: &Document<'_>, refusal: &EditRefusal) -> Diagnostic {
    let span = Span::empty(doc.base + refusal.at);
    let message = format!("cannot be edited in place: {}", refusal.reason);
    let refusal = Diagnostic::decision(input::NOT_EDITABLE, span, message);
    refusal.help("make this change by hand")
}

/// What makes a document mean different things to different readers.
fn unfit(doc: &Document<'_>) -> Option<Diagnostic> {
    if let Some(key) = doc.duplicate_key() {
        let span = doc.node(key).span.shifted(doc.base);
        let name = doc.slice(doc.node(key).span);
        let message = format!(
            "duplicate key `{name}` in this mapping: readers disagree about which one counts"
        );
        let refusal = Diagnostic::decision(input::DUPLICATE, span, message);
        return Some(refusal.help("remove one of the two"));
    }
    let at = doc.disputed_break()?;
    let message = "found U+0085, U+2028 or U+2029 outside quotes: kubectl reads it as a line \
         break, others do not";
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
                "write state, upgradeMode and state.savepoints.dir as plain scalars, one per line",
            )
        }
        Law::Broken(name, detail) => {
            let message = format!("the rewrite breaks the law `{name}`: {detail}");
            Diagnostic::error(input::PROOF, span, message)
                .help("nothing was changed; this is a bug of flink-migrate, please report it with the file")
        }
    }
}
