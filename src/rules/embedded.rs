//! Manifests inside something else.

use memchr::memmem;

use super::{Check, Context, Diagnostic, Rule, Severity, Step, Theme};
use crate::flink::names::{GROUP, PREVIEW};
use crate::flink::nested::holds_manifest;
use crate::path::RepoPath;
use crate::text::Span;
use crate::yaml::{Document, NodeKind, Style};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Convert, Step::Done],
    answer: "change it by hand",
    checks: &[Check::Document(check)],
    ..Rule::new(Theme::Repository, include_str!("embedded.md"))
};

const HELP: &str = "change it by hand: flink-migrate does not edit embedded manifests";

fn check(doc: &Document<'_>, file: &RepoPath, context: &Context<'_>) -> Vec<Diagnostic> {
    let version = format!("{GROUP}/{PREVIEW}");
    let texts = doc.nodes().filter_map(|node| match &node.kind {
        NodeKind::Scalar { text, style } if *style != Style::Plain => Some((node, text)),
        _ => None,
    });
    let holding = texts.filter(|(_, text)| holds_manifest(text));
    let diagnostics = holding.map(|(node, _)| {
        // With escapes in it the version is spelt otherwise: then the text as a whole is meant.
        let written = doc.text[node.span.start..].find(&version).unwrap_or_default();
        let at = Span::empty(doc.base + node.span.start + written);
        let what = "a v1alpha1 manifest is embedded in a string";
        let is_done = context.step(file) == Step::Done;
        let severity = if is_done { Severity::Decision } else { Severity::Note };
        Diagnostic::new(RULE.id, severity, at, what).help(HELP)
    });
    diagnostics.collect()
}

/// The findings for a file that is not YAML. `may_remain` is false once the old version must be gone from it.
pub fn judge_text(text: &str, may_remain: bool) -> Vec<Diagnostic> {
    let severity = if may_remain { Severity::Note } else { Severity::Decision };
    let version = format!("{GROUP}/{PREVIEW}");
    let found = memmem::find_iter(text.as_bytes(), version.as_bytes());
    let diagnostics = found.map(|at| {
        let at = Span::new(at, at + version.len());
        let what = "found v1alpha1 in a file that is not a manifest";
        Diagnostic::new(RULE.id, severity, at, what).help(HELP)
    });
    diagnostics.collect()
}
