//! One file: all its documents, one edit set or none.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::document::{self, Judged};
use super::{DocumentPlan, FilePlan, MAX_DOCUMENT, Outcome, STDIN, input, place};
use crate::finding::{Finding, Placed, Remedy};
use crate::flink::detect::{concerns_us, wide};
use crate::flink::location::masked;
use crate::flink::names::PREVIEW;
use crate::gitops::{Kustomization, is_kustomization, source_of};
use crate::rules::{self, Facts};
use crate::text::{Digest, EditSet, Lines, SourceFile, Span, unified};
use crate::yaml::{self, Chunk, NodeRef};

/// The plan for one file; nothing if it does not concern us. `name` is the path as shown to people,
/// `context` the number of unchanged lines around a change in its diff.
///
/// Never panics: a panic while judging is a broken law, and the file is left alone.
pub fn plan_file(name: &str, bytes: &[u8], facts: &Facts, context: usize) -> Option<FilePlan> {
    if !concerns_us(bytes) && !is_kustomization(name) {
        return None;
    }
    let planned = catch_unwind(AssertUnwindSafe(|| {
        if is_other_text(name) {
            return other_text(name, bytes);
        }
        plan(name, bytes, facts, context)
    }));
    planned.unwrap_or_else(|_| {
        let message = "the rewrite breaks the law `no panic`: judging this file panicked";
        let finding = Finding::new(input::PROOF, Remedy::Broken, Span::empty(0), message).help(
            "nothing was changed; this is a bug of flink-migrate, please report it with the file",
        );
        Some(whole_file(name, bytes, &String::from_utf8_lossy(bytes), finding))
    })
}

fn plan(name: &str, bytes: &[u8], facts: &Facts, context: usize) -> Option<FilePlan> {
    let text = match readable(bytes) {
        Ok(text) => text,
        Err(unreadable) => {
            let (text, finding) = *unreadable;
            return Some(whole_file(name, bytes, &text, finding));
        }
    };
    let source = &SourceFile { name, text }.counted();
    let mut parts = Vec::new();
    let mut template = None;
    for chunk in yaml::chunks(text) {
        match read(source, &chunk, facts) {
            Read::Part(part) => {
                let action = part.findings.iter().find(|said| said.finding.rule == input::TEMPLATE);
                template = template.or(action.map(|said| said.finding.span.start));
                parts.push(*part);
            }
            Read::TemplateOfOthers(at) => template = template.or(Some(at)),
            Read::NotOurs => {}
        }
    }
    if let Some(at) = template {
        hold_template(&mut parts, source, at);
    }
    say_rendered(&mut parts, source);
    (!parts.is_empty()).then(|| assemble(source, bytes, parts, context))
}

/// One document of ours, judged and placed.
struct Part {
    plan: DocumentPlan,
    /// It is one of our objects, and not something that only holds one as text.
    ours: bool,
    findings: Vec<Placed>,
    /// What it comes to, in bytes of the file; what it would come to if it is held.
    edits: EditSet,
}

enum Read {
    Part(Box<Part>),
    /// A template that does not name us, but in whose file no document can be taken literally.
    TemplateOfOthers(usize),
    NotOurs,
}

fn read(source: &Lines<'_>, chunk: &Chunk, facts: &Facts) -> Read {
    let slice = &source.file.text[chunk.span.range()];
    let kustomization = is_kustomization(source.file.name);
    let ours = concerns_us(slice.as_bytes());
    let has_braces = slice.contains("{{");
    if !ours && !kustomization {
        let template = has_braces && slice.len() <= MAX_DOCUMENT && !is_plain_yaml(slice);
        return if template { Read::TemplateOfOthers(chunk.span.start) } else { Read::NotOurs };
    }
    if slice.len() > MAX_DOCUMENT {
        let message = format!("the document is larger than {} MiB", MAX_DOCUMENT >> 20);
        let finding = Finding::new(
            input::LIMIT,
            Remedy::NotUnderstood,
            Span::empty(chunk.span.start),
            message,
        );
        return part(
            source,
            chunk,
            said(finding.help("split it, or leave the file out with `--exclude`")),
            None,
        );
    }
    if let Some(at) = slice.find('\0').filter(|_| ours) {
        let span = Span::empty(chunk.span.start + at);
        let finding =
            Finding::new(input::BROKEN, Remedy::Broken, span, "a NUL byte stands in the document");
        return part(source, chunk, said(finding.help("remove it")), None);
    }
    let doc = match yaml::parse(slice, chunk.span.start) {
        Ok(doc) => doc,
        Err(_) if !ours && !slice.contains(PREVIEW) => return Read::NotOurs,
        Err(error) => {
            let span = Span::empty(chunk.span.start + error.at);
            return part(source, chunk, said(unreadable(&error, span, has_braces)), None);
        }
    };
    let judged = if kustomization {
        document::judge_kustomization(&Kustomization::read(source.file.name, doc.root()), facts)
    } else {
        document::judge(&doc, source.file.name, facts)
    };
    let embedded = if kustomization { Vec::new() } else { rules::judge_document(&doc) };
    if judged.is_none() && embedded.is_empty() {
        return Read::NotOurs;
    }
    let mut judged = judged.unwrap_or_default();
    judged.findings.extend(embedded.into_iter().map(|finding| (finding, None)));
    if let Some(finding) = misread(&doc, has_braces) {
        return part(source, chunk, Judged { findings: vec![(finding, None)], ..judged }, None);
    }
    if let Some(span) = chunk.after_marker {
        let message = "content behind `---` on the same line: kubectl refuses this stream";
        let finding = Finding::new(input::MARKER, Remedy::Note, span, message);
        judged.findings.push((finding.help("begin the content on the next line"), None));
    }
    let placed = place::place(&doc, &judged, source.file.name, facts);
    judged.findings.extend(placed.refusal.map(|finding| (finding, None)));
    part(source, chunk, judged, Some(placed.edits.shifted(chunk.span.start)))
}

fn part(source: &Lines<'_>, chunk: &Chunk, judged: Judged, edits: Option<EditSet>) -> Read {
    let mut changes = judged.changes();
    let outcome = outcome(&judged, !changes.is_empty());
    if outcome != Outcome::Changed {
        changes.clear();
    }
    let content = source.file.text[chunk.span.range()].len()
        - source.file.text[chunk.span.range()].trim_start().len();
    let origin = source_of(&source.file.text[chunk.span.range()]);
    let mut findings: Vec<Placed> = judged
        .findings
        .into_iter()
        .map(|(finding, workload)| {
            let origin = origin.map(String::from);
            Placed { origin, ..locate(source, chunk.index, finding, workload) }
        })
        .collect();
    findings.sort_by(|a, b| {
        let place =
            |p: &Placed| (p.finding.span, std::cmp::Reverse(p.finding.level()), p.finding.rule);
        place(a).cmp(&place(b)).then_with(|| a.finding.message.cmp(&b.finding.message))
    });
    let ours = judged.kind.is_some() || outcome > Outcome::AlreadyRight;
    let plan = DocumentPlan {
        index: chunk.index,
        line: source.position(chunk.span.start + content).line,
        kind: judged.kind,
        workloads: judged.workloads,
        outcome,
        changes,
    };
    Read::Part(Box::new(Part { plan, ours, findings, edits: edits.unwrap_or_default() }))
}

fn outcome(judged: &Judged, changes: bool) -> Outcome {
    let has =
        |remedy: &Remedy| judged.findings.iter().any(|(finding, _)| finding.remedy == *remedy);
    if has(&Remedy::Broken) {
        Outcome::Failed
    } else if has(&Remedy::NotUnderstood) {
        Outcome::NotUnderstood
    } else if has(&Remedy::Decision) {
        Outcome::Held
    } else if changes {
        Outcome::Changed
    } else {
        Outcome::AlreadyRight
    }
}

fn locate(
    source: &Lines<'_>,
    document: usize,
    finding: Finding,
    workload: Option<String>,
) -> Placed {
    let position = source.position(finding.span.start);
    let mut excerpt = source.file.excerpt(finding.span);
    let shown = masked(&excerpt.text);
    if shown != excerpt.text {
        excerpt.highlight = Span::new(0, shown.len());
        excerpt.text = shown;
    }
    Placed { finding, workload, document, position, origin: None, excerpt }
}

/// Says once of a file that Helm has rendered what is to change in it.
fn say_rendered(parts: &mut [Part], source: &Lines<'_>) {
    if source.file.name == STDIN {
        return;
    }
    let touched = [Outcome::Changed, Outcome::Held];
    let mut changing = parts.iter_mut().filter(|part| touched.contains(&part.plan.outcome));
    let rendered = changing.find_map(|part| {
        let placed = part.findings.first()?;
        Some((placed.origin.clone()?, placed.finding.span, part))
    });
    let Some((origin, span, part)) = rendered else { return };
    let said = locate(source, part.plan.index, rules::from_chart(&origin, span), None);
    part.findings.insert(0, Placed { origin: Some(origin), ..said });
}

/// A file in another language, which only a person who named it can have meant: it is searched and
/// never parsed. Nothing if it does not name the preview version.
fn other_text(name: &str, bytes: &[u8]) -> Option<FilePlan> {
    let text = String::from_utf8_lossy(bytes);
    let source = &SourceFile { name, text: &text }.counted();
    let findings: Vec<(Finding, Option<String>)> =
        rules::embedded_in_text(&text).into_iter().map(|finding| (finding, None)).collect();
    if findings.is_empty() {
        return None;
    }
    let judged = Judged { findings, ..Judged::default() };
    let chunk = Chunk { span: Span::new(0, text.len()), index: 0, after_marker: None };
    let Read::Part(part) = part(source, &chunk, judged, None) else { return None };
    Some(assemble(source, bytes, vec![*part], 0))
}

/// True for the names of prose and code.
fn is_other_text(name: &str) -> bool {
    let extension = name.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
    extension.is_some_and(|(_, extension)| OTHER_TEXT.contains(&extension))
}

/// Extensions of files that hold manifests as text among other text.
const OTHER_TEXT: [&str; 28] = [
    "adoc",
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
    "html",
    "java",
    "js",
    "jsonnet",
    "kt",
    "libsonnet",
    "md",
    "mdx",
    "py",
    "rb",
    "rs",
    "rst",
    "scala",
    "sh",
    "tf",
    "ts",
    "tsx",
];

/// False for a template that has not been rendered: its actions break the syntax, or are taken for
/// mappings.
fn is_plain_yaml(text: &str) -> bool {
    yaml::parse(text, 0).is_ok_and(|doc| doc.collection_key().is_none())
}

/// A literal document between template actions is still part of a template: it may be repeated or
/// left out.
fn hold_template(parts: &mut [Part], source: &Lines<'_>, at: usize) {
    let line = source.position(at).line;
    for part in parts.iter_mut().filter(|part| part.plan.outcome <= Outcome::Held) {
        part.plan.outcome = Outcome::NotUnderstood;
        part.plan.changes.clear();
        let span = part.findings.first().map_or(Span::empty(at), |placed| placed.finding.span);
        let message = format!(
            "this file is a template (line {line}): what it renders cannot be told from here"
        );
        let finding =
            Finding::new(input::TEMPLATE, Remedy::NotUnderstood, span, message).help(TEMPLATE_HELP);
        part.findings = vec![locate(source, part.plan.index, finding, None)];
        part.edits = EditSet::default();
    }
}

const TEMPLATE_HELP: &str =
    "run on the output of `helm template`, or leave the file out with `--exclude`";

fn assemble(source: &Lines<'_>, bytes: &[u8], parts: Vec<Part>, context: usize) -> FilePlan {
    // The documents of a file are disjoint, and so are their edits.
    let merged = |parts: &[Part], wanted: fn(Outcome) -> bool| {
        let chosen = parts.iter().filter(|part| wanted(part.plan.outcome));
        EditSet::new(chosen.flat_map(|part| part.edits.iter().cloned()).collect())
            .unwrap_or_default()
    };
    let document_edits = merged(&parts, |outcome| outcome == Outcome::Changed);
    let everything = merged(&parts, |outcome| outcome <= Outcome::Held);
    let sound = parts.iter().all(|part| part.plan.outcome <= Outcome::Changed);
    let after = |edits: &EditSet| edits.apply(source.file.text);
    let diff_of =
        |edits: &EditSet| unified(source.file.name, source.file.text, &after(edits), context);
    let (edits, diff, held_diff) = if sound {
        (document_edits.clone(), diff_of(&document_edits), String::new())
    } else {
        (EditSet::default(), String::new(), diff_of(&everything))
    };
    let mut documents = Vec::new();
    let mut findings = Vec::new();
    for part in parts {
        documents.extend(Some(part.plan).filter(|_| part.ours));
        findings.extend(part.findings);
    }
    FilePlan {
        path: source.file.name.to_string(),
        digest: Digest::of(bytes),
        edits,
        document_edits,
        diff,
        held_diff,
        documents,
        findings,
    }
}

/// The text of the file, or why there is none and a stand-in to point into.
fn readable(bytes: &[u8]) -> Result<&str, Box<(Cow<'_, str>, Finding)>> {
    if let Some(text) = wide(bytes) {
        let finding = Finding::new(
            input::UTF16,
            Remedy::NotUnderstood,
            Span::empty(0),
            "the file is in UTF-16 or UTF-32",
        )
        .help("save it as UTF-8");
        return Err(Box::new((Cow::Owned(text), finding)));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let span = Span::empty(error.valid_up_to());
        let message = format!("byte {} is not UTF-8", error.valid_up_to());
        let finding = Finding::new(input::NOT_UTF8, Remedy::Broken, span, message)
            .help("save the file as UTF-8");
        Box::new((String::from_utf8_lossy(bytes), finding))
    })
}

fn whole_file(name: &str, bytes: &[u8], text: &str, finding: Finding) -> FilePlan {
    let source = &SourceFile { name, text }.counted();
    let judged = said(finding);
    let chunk = Chunk { span: Span::new(0, text.len()), index: 0, after_marker: None };
    let parts = match part(source, &chunk, judged, None) {
        Read::Part(part) => vec![*part],
        Read::TemplateOfOthers(_) | Read::NotOurs => Vec::new(),
    };
    let plan = assemble(source, bytes, parts, 0);
    FilePlan { held_diff: String::new(), ..plan }
}

fn said(finding: Finding) -> Judged {
    Judged { findings: vec![(finding, None)], kind: None, workloads: Vec::new() }
}

fn unreadable(error: &yaml::ParseError, span: Span, has_braces: bool) -> Finding {
    if error.too_deep {
        let message = format!("the document is nested more than {} deep", yaml::MAX_NESTING);
        return Finding::new(input::LIMIT, Remedy::NotUnderstood, span, message)
            .help("leave the file out with `--exclude`");
    }
    if has_braces {
        let message = "this is a template that has not been rendered";
        return Finding::new(input::TEMPLATE, Remedy::NotUnderstood, span, message)
            .help(TEMPLATE_HELP);
    }
    let message = format!("the document is not YAML: {}", error.message);
    Finding::new(input::BROKEN, Remedy::Broken, span, message)
        .help("fix the syntax, or leave the file out with `--exclude`")
}

/// A document that parses and is still not what it seems.
fn misread(doc: &yaml::Document<'_>, has_braces: bool) -> Option<Finding> {
    if let Some(key) = doc.collection_key().filter(|_| has_braces) {
        let span = doc.node(key).span.shifted(doc.base);
        let message = "a template action stands here that YAML reads as a mapping";
        return Some(
            Finding::new(input::TEMPLATE, Remedy::NotUnderstood, span, message).help(TEMPLATE_HELP),
        );
    }
    let sops = doc.root().get("sops")?;
    let encrypted = sops.get("mac").or(sops.get("lastmodified")).and_then(NodeRef::text).is_some();
    encrypted.then(|| {
        Finding::new(
            input::SOPS,
            Remedy::NotUnderstood,
            sops.span_in_file(),
            "the document is encrypted by SOPS",
        )
        .help("decrypt it, convert it, and encrypt it again: an edit breaks its checksum")
    })
}
