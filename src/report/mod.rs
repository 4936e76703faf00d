//! Changesets as text, one file per format and what they share, and the pages of `explain`. Pure.
//!
//! Everything a manifest says is hostile here: no name, message or line of a file may begin a line
//! of the report, send an escape to a terminal, or show a password.

mod ci;
mod diagnostic_groups;
pub mod explain;
mod html;
mod human;
mod json;
mod json_patch;
mod json_writer;
mod markdown;
mod plain_diagnostic;
mod printable;
mod region;
mod review;
mod runbook;
mod sarif;
pub mod savepoints;
mod snippet;
mod summary_line;
mod verification;

use std::fmt;

use crate::plan::Changeset;

pub use markdown::{MARKDOWN_BUDGET, markdown};
use plain_diagnostic::PlainDiagnostic;
pub(crate) use printable::{counted, wrap};
pub use review::held;
pub(crate) use runbook::render as render_runbook;
pub use summary_line::summary_line;
pub(crate) use summary_line::{manifest_outcome, open_inputs, written};
pub use verification::{VerificationFormat, verification, verification_verdict};

/// The forms in which a changeset can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Findings with the line they speak of, and a summary; for a terminal.
    Human,
    /// One finding per line, `path:line:col: level: message [rule]`; for logs and grep.
    Concise,
    /// What would be written, as a unified diff that `git apply` accepts.
    Diff,
    /// Everything that was decided, by `schema/report-v1.schema.json`; for programs.
    Json,
    /// The changes alone as RFC 6902 patches, by `schema/jsonpatch-v1.schema.json`.
    JsonPatch,
    /// Findings as SARIF 2.1.0, for code scanning.
    Sarif,
    /// Findings as annotations of GitHub Actions.
    Github,
    /// Findings as a code quality report of GitLab.
    Gitlab,
    /// Findings in the diagnostic format of reviewdog.
    Rdjson,
    /// What a reviewer has to know, as a comment on a pull request.
    Markdown,
    /// The same with every diff, as one page for a browser.
    Html,
}

impl Format {
    /// Every format with the name by which it is asked for, in the order in which they are listed.
    pub const BY_NAME: [(&'static str, Format); 11] = [
        ("human", Format::Human),
        ("concise", Format::Concise),
        ("diff", Format::Diff),
        ("json", Format::Json),
        ("jsonpatch", Format::JsonPatch),
        ("sarif", Format::Sarif),
        ("github", Format::Github),
        ("gitlab", Format::Gitlab),
        ("rdjson", Format::Rdjson),
        ("markdown", Format::Markdown),
        ("html", Format::Html),
    ];
}

/// How a report for people looks. The formats for programs do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// ANSI colours, in the human report only.
    pub color: bool,
    /// Columns to fit the human report into; 0 never breaks a message.
    pub width: usize,
    /// Show notes.
    pub notes: bool,
    /// Show the findings that say what is changed.
    pub changes: bool,
}

/// More findings than this are grouped and counted: so many a person reads one by one.
const FEW: usize = 20;

/// True if the look shows so few findings that each stands for itself.
fn are_few(changeset: &Changeset, look: &Look) -> bool {
    PlainDiagnostic::shown(changeset, look).take(FEW + 1).count() <= FEW
}

/// The path of a file where a line may begin with it.
fn shown_path(path: &str) -> String {
    // A line that begins with two colons is a command to the log of some CI systems.
    let dot = if path.trim_start().starts_with("::") { "./" } else { "" };
    format!("{dot}{}", printable::escaped(path))
}

/// How many findings each rule has among those that the look shows, as a table. Nothing is written
/// where they are few. Fails only if `out` does.
pub fn counts(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    if are_few(changeset, look) {
        return Ok(());
    }
    diagnostic_groups::write_table(&diagnostic_groups::by_rule(changeset, look), look, out)
}

/// Writes the changeset in this format. Fails only if `out` does.
pub fn render(
    format: Format,
    changeset: &Changeset,
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    match format {
        Format::Human => human::human(changeset, look, out),
        Format::Concise => human::concise(changeset, look, out),
        Format::Diff => diff(changeset, out),
        Format::Json => json::render(changeset, out),
        Format::JsonPatch => json_patch::render(changeset, out),
        Format::Sarif => sarif::render(changeset, out),
        Format::Github => ci::github(changeset, out),
        Format::Gitlab => ci::gitlab(changeset, out),
        Format::Rdjson => ci::rdjson(changeset, out),
        Format::Markdown => markdown(changeset, MARKDOWN_BUDGET, out),
        Format::Html => html::render(changeset, out),
    }
}

/// The diffs of all files, byte for byte what a write would do. Empty if nothing changes.
///
/// What is deleted comes last: in a sub-directory, `git apply` learns how much of each path to leave out
/// from the first file of a diff, and from a deleted one it learns nothing (`parse_traditional_patch` in
/// `apply.c`, Git 2.47).
fn diff(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let changes = changeset.files.iter().filter_map(|file| Some((file, file.rewrite.as_ref()?)));
    let (deleted, others): (Vec<_>, Vec<_>) = changes.partition(|(_, change)| change.deletes());
    let mut all = others.into_iter().chain(deleted);
    all.try_for_each(|(file, change)| out.write_str(&change.diff(&file.repo_path)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    /// The schema of a report, made of its type.
    fn schema<T: schemars::JsonSchema>() -> Json {
        let mut schema = schemars::schema_for!(T).to_value();
        crate::inputs::no_null(&mut schema);
        close(&mut schema);
        schema
    }

    /// Refuses members without a name here, and takes out what is Rust's: `uint`, and the line
    /// breaks of comments.
    fn close(schema: &mut Json) {
        if let Json::Object(members) = schema {
            if members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(false.into());
            }
            if members.get("format").is_some_and(|format| format == "uint") {
                members.remove("format");
            }
            if let Some(Json::String(text)) = members.get_mut("description") {
                *text = text.replace('\n', " ");
            }
        }
        match schema {
            Json::Object(members) => members.values_mut().for_each(close),
            Json::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }

    #[test]
    fn the_schemas_in_the_repository_are_those_of_the_reports() {
        for (name, schema) in [
            ("report-v1", schema::<json::ChangesetReport<'_>>()),
            ("jsonpatch-v1", schema::<json_patch::Patches<'_>>()),
            ("verify-v1", schema::<verification::VerdictsReport<'_>>()),
        ] {
            let path = format!("{}/schema/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
            let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
            if std::env::var_os("BLESS").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            assert_eq!(std::fs::read_to_string(path).unwrap(), text, "BLESS=1 writes it");
        }
    }
}
