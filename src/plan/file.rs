//! One file: all its documents, what one means for its neighbours, and one edit set or none.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use memchr::memmem;
use rayon::prelude::*;

use super::document::JudgedDocument;
use super::place::Placement;
use super::placing::UnplacedChange;
use super::read::{
    PlannedDocument, ReadOutcome, ReadResult, embedded, is_other_text, planned_document,
    read_document,
};
use super::unread::unrendered_help;
use super::{FileChange, FileOutcome, Outcome, PlannedWorkload, STDIN, input};
use crate::diagnostic::{Diagnostic, Located, Location};
use crate::flink::location::masked;
use crate::flink::prefilter::{concerns_us, concerns_us_unread, decode_wide};
use crate::kustomize::is_kustomization;
use crate::project::{CatalogFile, MAX_DOCUMENT};
use crate::rules::{self, Context};
use crate::text::{ChangedSpan, Digest, EditSet, LineIndex, SourceFile, Span, TextChange, hunks};
use crate::yaml::{Chunk, Chunks, Unrendered, unrendered_line};

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
    /// Changes of what is built from it that it cannot take, unless it is held.
    pub(crate) unplaced: Vec<UnplacedChange>,
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
    if !context.takes(&file.file) || !concerns_us(bytes) && !is_kustomization(name) {
        return PlannedFile::default();
    }
    let planned = catch_unwind(AssertUnwindSafe(|| {
        let text = match text_of(name, bytes) {
            Ok(text) => text,
            Err(_) if !concerns_us_unread(bytes) => return PlannedFile::default(),
            Err(unreadable) => return whole(name, &unreadable.text, unreadable.diagnostic),
        };
        let source = &SourceFile { name, text: &text }.line_index();
        let mut documents = read_documents(file, source, context);
        let workloads = std::mem::take(&mut documents.workloads);
        let unplaced =
            documents.documents.iter_mut().map(|part| std::mem::take(&mut part.unplaced));
        let unplaced = unplaced.flatten().collect();
        let outcome =
            (!documents.is_empty()).then(|| assemble(source, documents, context_lines, unit));
        PlannedFile { outcome, workloads, unplaced }
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
            embedded(source, context.step(&file.file))
                .map(|part| ReadOutcome::Ours(Box::new(part)).into()),
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
    let is_template = |text: &&str| text.len() <= MAX_DOCUMENT;
    let line = Some(source.file.text).filter(is_template).and_then(unrendered_line);
    documents.unrendered = line.or(documents.unrendered);
    documents.apply_neighbours(source);
    documents
}

fn assemble(
    source: &LineIndex<'_>,
    documents: PlannedDocuments,
    context_lines: usize,
    unit: Unit,
) -> FileOutcome {
    let text = source.file.text;
    let change = |wanted: fn(Outcome) -> bool| {
        let edits = Some(documents.edits(wanted)).filter(|edits| !edits.is_empty())?;
        let digest = Digest::new(text.as_bytes());
        let hunks = hunks(text, &documents.patches(source, wanted), context_lines);
        Some(FileChange { text: TextChange::Edit { digest, edits }, hunks })
    };
    let is_written = unit == Unit::Document || documents.are_sound();
    let rewrite = if is_written { change(|outcome| outcome == Outcome::Changed) } else { None };
    let held = match unit {
        Unit::Document => change(|outcome| outcome == Outcome::Held),
        Unit::File if is_written => None,
        Unit::File => change(|outcome| outcome <= Outcome::Held),
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
    PlannedFile { outcome: Some(outcome), ..PlannedFile::default() }
}

/// The documents of a text that concern us, in order.
#[derive(Default)]
struct PlannedDocuments {
    documents: Vec<PlannedDocument>,
    /// The workloads in them, and in documents of which there is nothing to say.
    workloads: Vec<PlannedWorkload>,
    /// Where in the text it is a template, or an unfinished merge.
    unrendered: Option<(usize, Unrendered)>,
    /// What a waiver answers in documents of which nothing else is reported.
    waived: Vec<Diagnostic>,
}

impl PlannedDocuments {
    /// All that was read of a text, in order.
    fn new(documents: impl IntoIterator<Item = ReadResult>) -> PlannedDocuments {
        let mut planned = PlannedDocuments::default();
        for ReadResult { outcome, workloads } in documents {
            planned.workloads.extend(workloads);
            match outcome {
                ReadOutcome::Ours(part) => planned.add(*part),
                ReadOutcome::TemplateOfOthers(at) => {
                    planned.unrendered =
                        planned.unrendered.or(Some((at, Unrendered::Template(""))));
                }
                ReadOutcome::NotOurs(waived) => planned.waived.extend(waived),
            }
        }
        planned
    }

    fn add(&mut self, part: PlannedDocument) {
        let action = part.diagnostics.iter().find(|diagnostic| diagnostic.id == input::TEMPLATE);
        let action = action.map(|found| (found.span().start, Unrendered::Template("")));
        self.unrendered = self.unrendered.or(action);
        self.documents.push(part);
    }

    /// True if no document concerns us.
    fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.waived.is_empty()
    }

    /// Applies what one document means for the others.
    fn apply_neighbours(&mut self, source: &LineIndex<'_>) {
        if let Some((at, what)) = self.unrendered {
            self.hold_unrendered(what, at, source.position(at).line);
        }
        if source.file.name != STDIN {
            self.note_rendered();
        }
    }

    /// A literal document between template actions is still part of a template: it may be repeated
    /// or left out.
    fn hold_unrendered(&mut self, what: Unrendered, at: usize, line: usize) {
        // What is at v1beta1 is right however often it is rendered.
        let touched = [Outcome::Changed, Outcome::Held];
        let touched = |part: &&mut PlannedDocument| touched.contains(&part.plan.outcome);
        for part in self.documents.iter_mut().filter(touched) {
            part.plan.outcome = Outcome::NotUnderstood;
            part.plan.fields.clear();
            let span = part.diagnostics.first().map_or(Span::empty(at), Diagnostic::span);
            let message = match what {
                Unrendered::Conflict => {
                    format!("this file has merge conflict markers (line {line})")
                }
                Unrendered::Template(language) => {
                    let space = if language.is_empty() { "" } else { " " };
                    format!(
                        "this file is a{space}{language} template (line {line}): what it renders is unknown"
                    )
                }
            };
            let diagnostic = Diagnostic::decision(input::TEMPLATE, span, message);
            part.diagnostics = vec![diagnostic.help(unrendered_help(what))];
            part.template = None;
            part.edits = EditSet::default();
        }
    }

    /// Says once of a file that Helm has rendered what is to change in it.
    fn note_rendered(&mut self) {
        let touched = [Outcome::Changed, Outcome::Held];
        let changes = |part: &&mut PlannedDocument| {
            part.diagnostics.iter().any(|diagnostic| diagnostic.fix.is_some())
        };
        let touched = self.documents.iter_mut().filter(|part| touched.contains(&part.plan.outcome));
        for part in touched.filter(changes) {
            if let (Some(template), Some(first)) = (&part.template, part.diagnostics.first()) {
                let found = rules::judge_rendered(template, first.location.clone());
                part.diagnostics.insert(0, found);
                return;
            }
        }
    }

    /// True if each can stay as it is or change.
    fn are_sound(&self) -> bool {
        self.documents.iter().all(|part| part.plan.outcome <= Outcome::Changed)
    }

    /// The edits of the documents that end so.
    fn edits(&self, wanted: impl Fn(Outcome) -> bool) -> EditSet {
        let ending = self.documents.iter().filter(|part| wanted(part.plan.outcome));
        // The documents of a text are disjoint, and so are their edits.
        EditSet::new(ending.flat_map(|part| part.edits.iter().cloned()).collect())
            .unwrap_or_default()
    }

    /// What the edits of those documents come to.
    fn patches(
        &self,
        source: &LineIndex<'_>,
        wanted: impl Fn(Outcome) -> bool,
    ) -> Vec<ChangedSpan> {
        let ending = self.documents.iter().filter(|part| wanted(part.plan.outcome));
        let edited = ending.filter(|part| !part.edits.is_empty());
        let patch = |part: &PlannedDocument| {
            let after = part.edits.apply_within(source.file.text, part.span);
            ChangedSpan { span: part.span, after }
        };
        edited.map(patch).collect()
    }

    /// What was decided about each, and what is reported.
    fn outcome(self, source: &LineIndex<'_>) -> FileOutcome {
        let mut file = FileOutcome::new(source.file.name);
        file.waived = self.waived;
        for PlannedDocument { plan, ours, template, diagnostics, waived, .. } in self.documents {
            let locate = |diagnostic| locate(source, plan.index, template.as_deref(), diagnostic);
            file.diagnostics.extend(diagnostics.into_iter().map(locate));
            file.waived.extend(waived);
            file.documents.extend(Some(plan).filter(|_| ours));
        }
        file
    }
}

/// The diagnostic with its place and its line.
pub(crate) fn locate(
    source: &LineIndex<'_>,
    document: usize,
    template: Option<&str>,
    diagnostic: Diagnostic,
) -> Located {
    let span = diagnostic.span();
    let location = Location {
        file: source.file.name.to_string(),
        document,
        position: source.position(span.start),
        span,
        template: template.map(String::from),
    };
    let mut excerpt = source.file.excerpt(span);
    let shown = masked(&excerpt.text);
    if shown != excerpt.text {
        excerpt.highlight = Span::new(0, shown.len());
        excerpt.text = shown;
    }
    Located { diagnostic, location, excerpt }
}
