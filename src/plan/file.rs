//! One file: all its documents, one edit set or none.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::Utf8Error;

use super::base::Base;
use super::other_text::{embedded, is_other_text};
use super::parts::{Parts, Patch, feed};
use super::read::{Read, part, read_known, said};
use super::survey::Readings;
use super::{FilePlan, Outcome, Passed, input};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::{concerns_us, wide};
use crate::gitops::is_kustomization;
use crate::rules::Facts;
use crate::text::{Digest, EditSet, Hunks, Lines, SourceFile, Span, diff_header};
use crate::yaml::{self, Chunk};

/// The plan for one file; nothing if it does not concern us. `name` is the path as shown to people,
/// `context` the number of unchanged lines around a change in its diff.
///
/// Never panics: a panic while judging is a broken law, and the file is left alone.
pub fn plan_file(name: &str, bytes: &[u8], facts: &Facts, context: usize) -> Option<FilePlan> {
    plan_read_file(name, bytes, &Readings::default(), facts, context)
}

/// The same for a file some of whose documents have been read: these very bytes, by the first look.
pub fn plan_read_file(
    name: &str,
    bytes: &[u8],
    readings: &Readings,
    facts: &Facts,
    context: usize,
) -> Option<FilePlan> {
    if !concerns_us(bytes) && !is_kustomization(name) {
        return None;
    }
    let mut base = Base::default();
    let planned = catch_unwind(AssertUnwindSafe(|| {
        let text = match text_of(name, bytes, std::str::from_utf8(bytes), &base) {
            Ok(text) => text,
            Err(unreadable) => return Some(unreadable.plan(name, &base)),
        };
        let source = &SourceFile { name, text: &text }.counted();
        let parts = parts_of(source, &mut base, |source| {
            let read = |chunk: &Chunk| {
                let text = &source.file.text[chunk.span.range()];
                let known = readings.document(text, chunk.span.start);
                read_known(source, chunk, known.as_ref(), facts)
            };
            yaml::chunks(source.file.text).iter().map(read).collect()
        });
        (!parts.is_empty()).then(|| assemble(source, parts, &base, context))
    }));
    let plan = planned.unwrap_or_else(|_| Some(panicked(name, bytes, &Base::default())));
    plan.map(|plan| FilePlan { digest: Digest::of(bytes), ..plan })
}

/// The documents of the text that concern us, each knowing of the others.
pub(super) fn parts_of(
    source: &Lines<'_>,
    base: &mut Base,
    read: impl FnOnce(&Lines<'_>) -> Vec<Read>,
) -> Parts {
    if is_other_text(source.file.name) {
        return Parts::of(embedded(source).map(|part| Read::Part(Box::new(part))));
    }
    let mut parts = Parts::of(read(source));
    parts.settle(source, base);
    parts
}

fn assemble(source: &Lines<'_>, parts: Parts, base: &Base, context: usize) -> FilePlan {
    let changing = |outcome| outcome == Outcome::Changed;
    let document_edits = parts.edits(changing);
    let (edits, diff, held_diff) = if parts.are_sound() {
        let diff = diff(source.file, &parts.patches(source, changing), context);
        (document_edits.clone(), diff, String::new())
    } else {
        let everything = parts.patches(source, |outcome| outcome <= Outcome::Held);
        (EditSet::default(), String::new(), diff(source.file, &everything, context))
    };
    let (documents, findings) = parts.told(source, base);
    FilePlan { edits, document_edits, diff, held_diff, documents, findings, ..empty(source) }
}

/// A plan that comes to nothing and says nothing.
pub(super) fn empty(source: &Lines<'_>) -> FilePlan {
    FilePlan {
        path: source.file.name.to_string(),
        digest: Digest::of(&[]),
        edits: EditSet::default(),
        document_edits: EditSet::default(),
        diff: String::new(),
        held_diff: String::new(),
        documents: Vec::new(),
        findings: Vec::new(),
        passed: Passed::default(),
    }
}

fn diff(file: SourceFile<'_>, patches: &[Patch], context: usize) -> String {
    let mut hunks = Hunks::new(context);
    feed(&mut hunks, file.text.as_bytes(), patches);
    hunks.finish();
    let hunks = hunks.take();
    if hunks.is_empty() {
        return String::new();
    }
    diff_header(file.name) + &String::from_utf8_lossy(&hunks)
}

/// Why a text cannot be read, and a stand-in to point into.
pub(super) struct Unreadable<'t> {
    text: Cow<'t, str>,
    finding: Finding,
}

/// The text of these bytes, which were read as UTF-8 already. That of another language need not be
/// whole.
pub(super) fn text_of<'t>(
    name: &str,
    bytes: &'t [u8],
    read: Result<&'t str, Utf8Error>,
    base: &Base,
) -> Result<Cow<'t, str>, Box<Unreadable<'t>>> {
    if is_other_text(name) {
        return Ok(String::from_utf8_lossy(bytes));
    }
    if let Some(text) = wide(bytes) {
        return Err(Box::new(Unreadable { text: Cow::Owned(text), finding: too_wide() }));
    }
    read.map(Cow::Borrowed).map_err(|error| {
        let span = Span::empty(error.valid_up_to());
        let message = format!("byte {} is not UTF-8", base.bytes + error.valid_up_to());
        let finding = Finding::new(input::NOT_UTF8, Remedy::Broken, span, message)
            .help("save the file as UTF-8");
        Box::new(Unreadable { text: String::from_utf8_lossy(bytes), finding })
    })
}

pub(super) fn too_wide() -> Finding {
    let message = "the file is in UTF-16 or UTF-32";
    Finding::new(input::UTF16, Remedy::NotUnderstood, Span::empty(0), message)
        .help("save it as UTF-8")
}

impl Unreadable<'_> {
    pub(super) fn plan(self, name: &str, base: &Base) -> FilePlan {
        whole(name, &self.text, self.finding, base)
    }
}

/// What a panic comes to.
pub(super) fn panicked(name: &str, bytes: &[u8], base: &Base) -> FilePlan {
    let message = "the rewrite breaks the law `no panic`: judging this file panicked";
    let finding = Finding::new(input::PROOF, Remedy::Broken, Span::empty(0), message).help(
        "nothing was changed; this is a bug of flink-migrate, please report it with the file",
    );
    whole(name, &String::from_utf8_lossy(bytes), finding, base)
}

/// The plan of a text of which nothing is to be said but this.
pub(super) fn whole(name: &str, text: &str, finding: Finding, base: &Base) -> FilePlan {
    let source = &SourceFile { name, text }.counted_from(base.lines);
    let chunk = Chunk { span: Span::new(0, text.len()), index: base.documents, after_marker: None };
    let part = part(source, &chunk, said(finding), EditSet::default());
    let (documents, findings) = Parts::of([Read::Part(Box::new(part))]).told(source, base);
    FilePlan { documents, findings, ..empty(source) }
}
