//! One document: read, judged and placed, or the reason why not.

use std::cmp::Reverse;

use memchr::{memmem, memrchr2};

use super::document::{self, JudgedDocument};
use super::place::{self, Placement};
use super::placing::UnplacedChange;
use super::unread::{TEMPLATE_HELP, commented_json, too_large, unreadable, unrendered};
use super::{DocumentOutcome, Outcome, PlannedWorkload, input};
use crate::diagnostic::Diagnostic;
use crate::flink::names::PREVIEW;
use crate::flink::objects::objects;
use crate::flink::prefilter::{concerns_us, concerns_us_unread, has_prose_extension};
use crate::helm::template_source;
use crate::kustomize::is_kustomization;
use crate::path::RepoPath;
use crate::project::{CatalogFile, MAX_DOCUMENT};
use crate::rules::{self, Context};
use crate::task::Step;
use crate::text::{EditSet, LineIndex, Span};
use crate::yaml::{self, Chunk, NodeRef};

/// One document of ours, judged and placed. Its spans are those of the text at hand.
pub(crate) struct PlannedDocument {
    pub(crate) plan: DocumentOutcome,
    /// It is one of our objects, and not something that only holds one as text.
    pub(crate) ours: bool,
    /// The template that Helm rendered it from.
    pub(crate) template: Option<String>,
    /// What is reported about it, in order of place.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What a waiver answers.
    pub(crate) waived: Vec<Diagnostic>,
    /// What it comes to; what it would come to if it is held.
    pub(crate) edits: EditSet,
    pub(crate) span: Span,
    /// Changes of what is built from it that it cannot take.
    pub(crate) unplaced: Vec<UnplacedChange>,
}

/// One document of the text.
pub(crate) struct ReadResult {
    pub(crate) outcome: ReadOutcome,
    pub(crate) workloads: Vec<PlannedWorkload>,
}

impl From<ReadOutcome> for ReadResult {
    fn from(outcome: ReadOutcome) -> ReadResult {
        ReadResult { outcome, workloads: Vec::new() }
    }
}

/// What reading a document came to.
pub(crate) enum ReadOutcome {
    Ours(Box<PlannedDocument>),
    /// A template that does not name us, but in whose file no document can be taken literally.
    TemplateOfOthers(usize),
    /// Nothing to report, and perhaps diagnostics that a waiver answers.
    NotOurs(Vec<Diagnostic>),
}

/// Reads and judges one document of the text.
pub(crate) fn read_document(
    file: &CatalogFile,
    source: &LineIndex<'_>,
    chunk: &Chunk,
    context: &Context<'_>,
) -> ReadResult {
    let slice = &source.file.text[chunk.span.range()];
    let kustomization = is_kustomization(source.file.name);
    let ours = concerns_us(slice.as_bytes());
    let has_braces = slice.contains("{{");
    let of_others = |is_template| {
        let at = chunk.span.start;
        let not_ours = ReadOutcome::NotOurs(Vec::new());
        if is_template { ReadOutcome::TemplateOfOthers(at) } else { not_ours }.into()
    };
    if !ours && !kustomization {
        let is_small = slice.len() <= MAX_DOCUMENT;
        return of_others(has_braces && is_small && !is_plain_yaml(file, source, chunk));
    }
    let refused = |diagnostic| {
        let judged = JudgedDocument::only(vec![diagnostic]);
        ReadOutcome::Ours(Box::new(planned_document(source, chunk, judged, Placement::default())))
            .into()
    };
    let is_unread_ours = || concerns_us_unread(slice.as_bytes());
    if slice.len() > MAX_DOCUMENT {
        if !kustomization && !is_unread_ours() {
            return of_others(false);
        }
        return refused(too_large(chunk.span.start));
    }
    if let Some(at) = slice.find('\0').filter(|_| is_unread_ours()) {
        let span = Span::empty(chunk.span.start + at);
        let error = Diagnostic::error(input::BROKEN, span, "the document contains a NUL byte");
        return refused(error.help("remove it"));
    }
    match file.document(source.file.text, chunk) {
        Ok(doc) if doc.root().text().is_some() && yaml::is_commented_json(slice) => {
            refused(commented_json(slice, Span::empty(chunk.span.start)))
        }
        Ok(doc) => ReadResult {
            workloads: document::planned_workloads(&doc, chunk.index, &file.file, context),
            outcome: judge(&file.file, source, chunk, &doc, context),
        },
        Err(error) if !(is_unread_ours() || kustomization && slice.contains(PREVIEW)) => {
            if !kustomization || context.project.workloads().is_empty() {
                return of_others(has_braces && !kustomization);
            }
            let span = Span::empty(chunk.span.start + error.at);
            let message = format!("this kustomization cannot be read: {}", error.message);
            let help = "until it can be read, it counts as building everything that it could name";
            refused(Diagnostic::note(input::BROKEN, span, message).help(help))
        }
        Err(error) => {
            let span = Span::empty(chunk.span.start + error.at);
            refused(unreadable(&error, span, source.file.name, slice))
        }
    }
}

/// Judges and places a document.
fn judge(
    file: &RepoPath,
    source: &LineIndex<'_>,
    chunk: &Chunk,
    doc: &yaml::Document<'_>,
    context: &Context<'_>,
) -> ReadOutcome {
    let kustomization = is_kustomization(source.file.name);
    let builds = context.project.built_from(file, chunk.index);
    let whole = |judged, placement| {
        ReadOutcome::Ours(Box::new(planned_document(source, chunk, judged, placement)))
    };
    let mut judged = if kustomization {
        document::judge_kustomization(doc, file, context)
    } else {
        document::judge(doc, &objects(doc, file), builds, file, context)
    };
    judged.take(doc, &(file.clone(), chunk.index), context);
    let unread = if kustomization { document::unread_resources(file, context) } else { Vec::new() };
    if judged.kind.is_none() && judged.diagnostics.is_empty() {
        if unread.is_empty() {
            return ReadOutcome::NotOurs(judged.waived);
        }
        return whole(JudgedDocument { diagnostics: unread, ..judged }, Placement::default());
    }
    let is_right = judged.diagnostics.is_empty();
    let unrendered = yaml::unrendered_comment(doc).filter(|_| !is_right).map(|(at, found)| {
        let span = Span::empty(doc.base + at);
        unrendered(found, span)
    });
    if let Some(diagnostic) = unrendered.or_else(|| misread(doc)) {
        let judged = JudgedDocument { diagnostics: vec![diagnostic], ..judged };
        return whole(judged, Placement::default());
    }
    if let Some(span) = chunk.after_marker {
        let message = "content after `---` on the same line: kubectl refuses this stream";
        let note = Diagnostic::note(input::MARKER, span, message);
        judged.diagnostics.push(note.help("begin the content on the next line"));
    }
    judged.diagnostics.extend(unread);
    let placement = place::place(doc, &judged, builds, file, context);
    whole(judged, placement)
}

/// What a document comes to that was judged and placed so.
pub(crate) fn planned_document(
    source: &LineIndex<'_>,
    chunk: &Chunk,
    judged: JudgedDocument,
    placement: Placement,
) -> PlannedDocument {
    let mut diagnostics = judged.diagnostics;
    diagnostics.extend(placement.refusal);
    let outcome = diagnostics.iter().map(Outcome::of).max().unwrap_or(Outcome::AlreadyRight);
    let slice = &source.file.text[chunk.span.range()];
    let content = slice.len() - slice.trim_start().len();
    diagnostics.sort_by(|a, b| {
        let place = |d: &Diagnostic| (d.span(), Reverse(d.severity), d.id);
        place(a).cmp(&place(b)).then_with(|| a.message.cmp(&b.message))
    });
    let plan = DocumentOutcome {
        index: chunk.index,
        line: source.position(chunk.span.start + content).line,
        kind: judged.kind,
        workloads: judged.workloads,
        outcome,
        fields: placement.fields,
    };
    PlannedDocument {
        ours: plan.kind.is_some() || outcome > Outcome::AlreadyRight,
        plan,
        template: template_source(slice).map(String::from),
        diagnostics,
        waived: judged.waived,
        edits: placement.edits.shifted(chunk.span.start),
        span: chunk.span,
        unplaced: judged.unplaced,
    }
}

/// False for a template that has not been rendered: its actions break the syntax, or are taken for
/// mappings.
fn is_plain_yaml(file: &CatalogFile, source: &LineIndex<'_>, chunk: &Chunk) -> bool {
    let text = &source.file.text[chunk.span.range()];
    let quoted = memmem::find_iter(text.as_bytes(), b"{{").all(|at| is_quoted(text, at));
    let doc = || file.document(source.file.text, chunk);
    quoted || doc().is_ok_and(|doc| doc.collection_key().is_none())
}

/// True if quotes that are opened and closed on its line stand around the byte at `at`, as around the
/// actions of alerts and dashboards, which stand in every rendered stream. Whether the line means so
/// is for the reader to tell; an action that breaks the syntax stands outside of quotes.
fn is_quoted(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let start = memrchr2(b'\n', b'\r', &bytes[..at]).map_or(0, |end| end + 1);
    let mut open = None;
    let mut before = b':';
    let mut i = start;
    while let Some(&byte) = bytes.get(i).filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        match open {
            None if i >= at => return false,
            // A quote within a word is one of its letters.
            None if matches!(byte, b'"' | b'\'') && b":-,[{".contains(&before) => open = Some(byte),
            None if byte != b' ' => before = byte,
            Some(b'"') if byte == b'\\' => i += 1,
            Some(quote) if byte == quote => {
                if i > at {
                    return true;
                }
                open = None;
                before = byte;
            }
            _ => {}
        }
        i += 1;
    }
    false
}

/// A document that parses and is still not what it seems.
fn misread(doc: &yaml::Document<'_>) -> Option<Diagnostic> {
    if let Some(key) = doc.collection_key().filter(|_| doc.text.contains("{{")) {
        let span = doc.node(key).span.shifted(doc.base);
        let message = "found a template action that YAML reads as a mapping";
        return Some(Diagnostic::decision(input::TEMPLATE, span, message).help(TEMPLATE_HELP));
    }
    let sops = doc.root().get("sops")?;
    let encrypted = sops.get("mac").or(sops.get("lastmodified")).and_then(NodeRef::text).is_some();
    encrypted.then(|| {
        Diagnostic::decision(input::SOPS, sops.span_in_file(), "the document is encrypted by SOPS")
            .help("decrypt it, convert it, and encrypt it again: an edit breaks its checksum")
    })
}

/// The findings for the text; none if it does not name the preview version.
pub(crate) fn embedded(source: &LineIndex<'_>, step: Step) -> Option<PlannedDocument> {
    let text = source.file.text;
    let may_remain = step != Step::Done || has_prose_extension(source.file.name);
    let diagnostics = rules::judge_text(text, may_remain);
    if diagnostics.is_empty() {
        return None;
    }
    let chunk = Chunk { span: Span::new(0, text.len()), index: 0, after_marker: None };
    Some(planned_document(source, &chunk, JudgedDocument::only(diagnostics), Placement::default()))
}

/// True for the names of prose and code: only a person who named such a file can have meant it, so it is
/// searched and never parsed.
pub(crate) fn is_other_text(name: &str) -> bool {
    let extension = name.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
    extension.is_some_and(|(_, extension)| PROSE.contains(&extension) || CODE.contains(&extension))
}

/// Extensions of files that hold manifests as text among other text.
const PROSE: [&str; 5] = ["adoc", "html", "md", "mdx", "rst"];
const CODE: [&str; 28] = [
    "bash",
    "bzl",
    "c",
    "cc",
    "cpp",
    "cs",
    "cue",
    "dhall",
    "go",
    "groovy",
    "hcl",
    "java",
    "js",
    "jsonnet",
    "k",
    "kt",
    "libsonnet",
    "pkl",
    "py",
    "rb",
    "rs",
    "scala",
    "sh",
    "star",
    "tf",
    "tofu",
    "ts",
    "tsx",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_in_quotes_is_told_without_reading_the_document() {
        for quoted in [
            "summary: \"{{ $labels.app }} is slow\"",
            "- '{{ x }}' # it's",
            "{\"format\": \"a \\\" {{b}}\"}",
            "it's: \"{{ x }}\"",
            "[a, 'it''s', \"{{ x }}\"]",
        ] {
            let at = quoted.find("{{").unwrap();
            assert!(is_quoted(quoted, at), "{quoted}");
        }
        for bare in [
            "name: {{ x }}",
            "{{- if x }}",
            "{{ quote \"x\" }}",
            "a: \"b\" {{ c }}",
            "it's {{ x }}'",
            "a: \"{{ x }}\n  more\"",
        ] {
            let at = bare.find("{{").unwrap();
            assert!(!is_quoted(bare, at), "{bare}");
        }
    }
}
