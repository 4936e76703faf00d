//! One file: all its documents, one edit set or none.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use memchr::memmem;
use rayon::prelude::*;

use super::document::JudgedDocument;
use super::other_text::{embedded, is_other_text};
use super::parts::PlannedDocuments;
use super::place::Placement;
use super::read::{ReadOutcome, planned_document, read_document};
use super::{FileChange, FileOutcome, Outcome, PlannedWorkload, input};
use crate::diagnostic::Diagnostic;
use crate::flink::objects::{concerns_us, decode_wide};
use crate::kustomize::is_kustomization;
use crate::project::CatalogFile;
use crate::rules::Context;
use crate::text::{Digest, LineIndex, SourceFile, Span, hunks};
use crate::yaml::{Chunk, Chunks};

/// What is written as a whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The file: one document that is held holds its neighbours.
    File,
    /// Each document for itself, as on standard input.
    Document,
}

/// What was decided about a file.
#[derive(Debug, Default)]
pub struct PlannedFile {
    /// Nothing if no document of it concerns us. It may hold nothing but waived diagnostics.
    pub outcome: Option<FileOutcome>,
    /// Its selected workloads, in order; patches are none.
    pub workloads: Vec<PlannedWorkload>,
}

/// Judges one file. These are its bytes, as they were when it was read first; `context_lines` is the number of
/// unchanged lines around a change in its diff.
///
/// Never panics: a panic while judging is a broken law, and the file is left alone.
pub fn plan_file(
    file: &CatalogFile,
    bytes: &[u8],
    context: &Context<'_>,
    context_lines: usize,
    unit: Unit,
) -> PlannedFile {
    let name = &*file.name;
    if !concerns_us(bytes) && !is_kustomization(name) {
        return PlannedFile::default();
    }
    let planned = catch_unwind(AssertUnwindSafe(|| {
        let text = match text_of(name, bytes) {
            Ok(text) => text,
            Err(unreadable) => return whole(name, &unreadable.text, unreadable.diagnostic),
        };
        let source = &SourceFile { name, text: &text }.line_index();
        let mut documents = read_documents(file, source, context);
        let workloads = std::mem::take(&mut documents.workloads);
        let outcome =
            (!documents.is_empty()).then(|| assemble(source, documents, context_lines, unit));
        PlannedFile { outcome, workloads }
    }));
    planned.unwrap_or_else(|_| panicked(name, bytes))
}

/// The documents of the text that concern us, judged in the light of each other.
fn read_documents(
    file: &CatalogFile,
    source: &LineIndex<'_>,
    context: &Context<'_>,
) -> PlannedDocuments {
    if is_other_text(source.file.name) {
        return PlannedDocuments::new(
            embedded(source).map(|part| ReadOutcome::Ours(Box::new(part)).into()),
        );
    }
    let read = |chunk: &Chunk| read_document(file, source, chunk, context);
    let is_kustomization = is_kustomization(source.file.name);
    let is_relevant = |chunk: &Chunk| {
        let bytes = &source.file.text.as_bytes()[chunk.span.range()];
        is_kustomization || concerns_us(bytes) || memmem::find(bytes, b"{{").is_some()
    };
    let chunks: Vec<Chunk> = Chunks::new(source.file.text).filter(is_relevant).collect();
    // On a thread of a pool, the other threads of the pool take some of the documents.
    let is_in_pool = rayon::current_thread_index().is_some();
    let mut documents = PlannedDocuments::new(if is_in_pool {
        chunks.par_iter().map(read).collect::<Vec<_>>()
    } else {
        chunks.iter().map(read).collect()
    });
    documents.apply_neighbours(source);
    documents
}

fn assemble(
    source: &LineIndex<'_>,
    documents: PlannedDocuments,
    context_lines: usize,
    unit: Unit,
) -> FileOutcome {
    let hunks = |wanted: fn(Outcome) -> bool| {
        hunks(source.file.text, &documents.patches(source, wanted), context_lines)
    };
    let is_written = unit == Unit::Document || documents.are_sound();
    let changing = |outcome| outcome == Outcome::Changed;
    let edits = Some(documents.edits(changing)).filter(|edits| is_written && !edits.is_empty());
    let rewrite = edits.map(|edits| FileChange {
        digest: Digest::new(source.file.text.as_bytes()),
        edits,
        hunks: hunks(changing),
    });
    let held = match unit {
        Unit::Document => hunks(|outcome| outcome == Outcome::Held),
        Unit::File if is_written => Vec::new(),
        Unit::File => hunks(|outcome| outcome <= Outcome::Held),
    };
    FileOutcome { rewrite, held, ..documents.outcome(source) }
}

/// Why a text cannot be read, and a stand-in to point into.
struct Unreadable<'t> {
    text: Cow<'t, str>,
    diagnostic: Diagnostic,
}

/// The text of these bytes. That of another language need not be whole.
fn text_of<'t>(name: &str, bytes: &'t [u8]) -> Result<Cow<'t, str>, Box<Unreadable<'t>>> {
    if is_other_text(name) {
        return Ok(String::from_utf8_lossy(bytes));
    }
    if let Some(text) = decode_wide(bytes) {
        let message = "the file is in UTF-16 or UTF-32";
        let diagnostic =
            Diagnostic::decision(input::UTF16, Span::empty(0), message).help("save it as UTF-8");
        return Err(Box::new(Unreadable { text: Cow::Owned(text), diagnostic }));
    }
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let span = Span::empty(error.valid_up_to());
        let message = format!("byte {} is not UTF-8", error.valid_up_to());
        let diagnostic =
            Diagnostic::error(input::NOT_UTF8, span, message).help("save the file as UTF-8");
        Box::new(Unreadable { text: String::from_utf8_lossy(bytes), diagnostic })
    })
}

/// What a panic comes to.
fn panicked(name: &str, bytes: &[u8]) -> PlannedFile {
    let message = "the rewrite breaks the law `no panic`: judging this file panicked";
    let diagnostic = Diagnostic::error(input::PROOF, Span::empty(0), message).help(
        "nothing was changed; this is a bug of flink-migrate, please report it with the file",
    );
    whole(name, &String::from_utf8_lossy(bytes), diagnostic)
}

/// The plan of a text of which only this is reported.
fn whole(name: &str, text: &str, diagnostic: Diagnostic) -> PlannedFile {
    let source = &SourceFile { name, text }.line_index();
    let chunk = Chunk { span: Span::new(0, text.len()), index: 0, after_marker: None };
    let part = planned_document(
        source,
        &chunk,
        JudgedDocument::only(vec![diagnostic]),
        Placement::default(),
    );
    let outcome = PlannedDocuments::new([ReadOutcome::Ours(Box::new(part)).into()]).outcome(source);
    PlannedFile { outcome: Some(outcome), workloads: Vec::new() }
}
