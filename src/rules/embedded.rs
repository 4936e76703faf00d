//! Manifests inside something else.

use memchr::memmem;

use super::{Check, Diagnostic, Rule, Step, Theme};
use crate::flink::names::{GROUP, PREVIEW, field};
use crate::text::Span;
use crate::yaml::{Document, NodeKind, Style};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Convert, Step::Done],
    answer: "change it by hand",
    checks: &[Check::Document(check)],
    ..Rule::new(Theme::Repository, include_str!("embedded.md"))
};

const HELP: &str = "change it by hand: flink-migrate does not edit embedded manifests";

fn check(doc: &Document<'_>) -> Vec<Diagnostic> {
    let version = format!("{GROUP}/{PREVIEW}");
    let texts = doc.nodes().filter_map(|node| match &node.kind {
        NodeKind::Scalar { text, style } if *style != Style::Plain => Some((node, text)),
        _ => None,
    });
    let holding = texts.filter(|(_, text)| first_manifest(text).is_some());
    let diagnostics = holding.map(|(node, _)| {
        // With escapes in it the version is spelt otherwise: then the text as a whole is meant.
        let written = doc.text[node.span.start..].find(&version).unwrap_or_default();
        let at = Span::empty(doc.base + node.span.start + written);
        let what = "a v1alpha1 manifest is embedded in a string";
        Diagnostic::note(RULE.id, at, what).help(HELP)
    });
    diagnostics.collect()
}

/// The findings for a file that is not YAML.
pub fn judge_text(text: &str) -> Vec<Diagnostic> {
    let version = format!("{GROUP}/{PREVIEW}");
    let found = memmem::find_iter(text.as_bytes(), version.as_bytes());
    let diagnostics = found.map(|at| {
        let at = Span::new(at, at + version.len());
        Diagnostic::note(RULE.id, at, "found v1alpha1 in a file that is not a manifest").help(HELP)
    });
    diagnostics.collect()
}

/// Where in the text a line says `apiVersion: flink.apache.org/v1alpha1`, quoted or not.
fn first_manifest(text: &str) -> Option<usize> {
    let version = format!("{GROUP}/{PREVIEW}");
    let mut found = memmem::find_iter(text.as_bytes(), version.as_bytes());
    found.find(|&at| {
        let before = text[..at].trim_end_matches(['"', '\'', '\\']).trim_end();
        let key = before.strip_suffix(':').map(str::trim_end);
        let key = key.map(|key| key.trim_end_matches(['"', '\'', '\\']));
        key.is_some_and(|key| key.ends_with(field::API_VERSION))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_told_from_a_mention() {
        for manifest in [
            "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\n",
            "{\"apiVersion\":\"flink.apache.org/v1alpha1\"}",
            "{\\\"apiVersion\\\": \\\"flink.apache.org/v1alpha1\\\"}",
            "- apiVersion: 'flink.apache.org/v1alpha1'",
        ] {
            assert!(first_manifest(manifest).is_some(), "{manifest}");
        }
        for mention in
            ["we left flink.apache.org/v1alpha1 behind", "apiVersion: flink.apache.org/v1beta1"]
        {
            assert_eq!(first_manifest(mention), None, "{mention}");
        }
    }
}
