//! Files in another language, which only a person who named them can have meant: they are searched
//! and never parsed.

use super::document::JudgedDocument;
use super::place::Placement;
use super::read::{PlannedDocument, planned_document};
use crate::rules;
use crate::text::{LineIndex, Span};
use crate::yaml::Chunk;

/// What is to be said of the text; nothing if it does not name the preview version.
pub(crate) fn embedded(source: &LineIndex<'_>) -> Option<PlannedDocument> {
    let text = source.file.text;
    let diagnostics = rules::judge_text(text);
    if diagnostics.is_empty() {
        return None;
    }
    let chunk = Chunk { span: Span::new(0, text.len()), index: 0, after_marker: None };
    Some(planned_document(source, &chunk, JudgedDocument::only(diagnostics), Placement::default()))
}

/// True for the names of prose and code.
pub(crate) fn is_other_text(name: &str) -> bool {
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
