//! Findings as SARIF 2.1.0, for code scanning on GitHub and for editors.
//!
//! What GitHub asks for beyond the standard is kept: a whole region, texts for each rule, one
//! location, and no more results than it takes. Nothing depends on the machine or the time.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::explain::{self, ExplainPage};
use super::json_writer::{self, LazyArray};
use super::plain_diagnostic::Fingerprints;
use super::plain_diagnostic::{PlainDiagnostic, ci_word};
use super::region::{self, Region};
use super::{printable, summary_line};
use crate::diagnostic::Severity;
use crate::plan::{Changeset, Outcome};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Results of one run that GitHub takes; it refuses a file with more.
const LIMIT: usize = 25_000;

/// What paths are relative to. Its own place is left out: it belongs to one machine.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<R>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<R> {
    tool: Json,
    invocations: [Json; 1],
    original_uri_base_ids: Json,
    column_kind: &'static str,
    results: R,
}

/// One run: the rules that spoke by id, and the results in order of place, the gravest if there are
/// too many.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let (kept, left) = kept(changeset);
    let mut spoke: BTreeMap<&'static str, Severity> = BTreeMap::new();
    for (diagnostic, _) in &kept {
        let gravest = spoke.entry(diagnostic.rule()).or_insert(Severity::Note);
        *gravest = diagnostic.severity().max(*gravest);
    }
    let results = kept.iter().map(|(diagnostic, fingerprint)| {
        result(*diagnostic, fingerprint, spoke.range(..diagnostic.rule()).count())
    });
    let root = json!({"description": text("The directory in which flink-migrate ran.")});
    let run = Run {
        tool: tool(&spoke),
        invocations: [invocation(changeset, left)],
        original_uri_base_ids: json!({ROOT: root}),
        column_kind: "unicodeCodePoints",
        results: LazyArray(|| results.clone()),
    };
    json_writer::write(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] }, out)
}

/// The findings that are shown, each with its fingerprint, and how many are not. A fingerprint does
/// not depend on what else is left out.
fn kept(changeset: &Changeset) -> (Vec<(PlainDiagnostic<'_>, String)>, usize) {
    let mut fingerprints = Fingerprints::default();
    let mut all: Vec<(usize, PlainDiagnostic<'_>, String)> = PlainDiagnostic::all(changeset)
        .enumerate()
        .map(|(i, diagnostic)| (i, diagnostic, fingerprints.next(diagnostic)))
        .collect();
    let left = all.len().saturating_sub(LIMIT);
    if left > 0 {
        all.sort_by_key(|(i, diagnostic, _)| (Reverse(diagnostic.severity()), *i));
        all.truncate(LIMIT);
        all.sort_by_key(|(i, ..)| *i);
    }
    (all.into_iter().map(|(_, diagnostic, fingerprint)| (diagnostic, fingerprint)).collect(), left)
}

fn tool(spoke: &BTreeMap<&'static str, Severity>) -> Json {
    let version = env!("CARGO_PKG_VERSION");
    let rules: Vec<Json> = spoke.iter().map(|(id, gravest)| rule(id, ci_word(*gravest))).collect();
    json!({
        "driver": {
            "name": env!("CARGO_PKG_NAME"),
            "version": version,
            "semanticVersion": version,
            "rules": rules,
        },
    })
}

/// How the run went. A run that failed has not reported everything.
fn invocation(changeset: &Changeset, left: usize) -> Json {
    let words = format!(
        "{left} findings are left out, none more severe than those listed: a report has at most \
         {LIMIT}."
    );
    let notification = |level, words: &str| json!({"level": level, "message": text(words)});
    let unread =
        summary_line::unreadable(changeset).map(|words| notification("error", &ended(&words)));
    let left_out = (left > 0).then(|| notification("warning", &words));
    let notifications: Vec<Json> = unread.into_iter().chain(left_out).collect();
    let mut invocation = json!({"executionSuccessful": changeset.outcome() != Outcome::Failed});
    if !notifications.is_empty() {
        invocation["toolExecutionNotifications"] = json!(notifications);
    }
    invocation
}

fn result(diagnostic: PlainDiagnostic<'_>, fingerprint: &str, rule_index: usize) -> Json {
    let place = json!({"artifactLocation": artifact(diagnostic), "region": region(Region::new(diagnostic.located))});
    let mut result = json!({
        "ruleId": diagnostic.rule(),
        "ruleIndex": rule_index,
        "level": ci_word(diagnostic.severity()),
        "message": text(&sentences(diagnostic)),
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    });
    // What a write would do, if that is one replacement at a known place.
    if let Some(suggestion) = region::suggestion(diagnostic.file, diagnostic.located) {
        let replaced = json!({
            "deletedRegion": region(suggestion.region),
            "insertedContent": text(suggestion.text),
        });
        let change = json!({"artifactLocation": artifact(diagnostic), "replacements": [replaced]});
        let description = text(&ended(&diagnostic.message()));
        result["fixes"] = json!([{"description": description, "artifactChanges": [change]}]);
    }
    result
}

fn artifact(diagnostic: PlainDiagnostic<'_>) -> Json {
    json!({"uri": relative_uri(diagnostic.path()), "uriBaseId": ROOT})
}

fn region(Region { line, columns, .. }: Region) -> Json {
    json!({
        "startLine": line,
        "startColumn": columns.start,
        "endLine": line,
        "endColumn": columns.end,
    })
}

/// What is, which is all that is shown where room is short, and what to do.
fn sentences(diagnostic: PlainDiagnostic<'_>) -> String {
    let mut words = ended(&diagnostic.message());
    if let Some(help) = diagnostic.help() {
        words += &format!(" Help: {}", ended(&help));
    }
    // A viewer would make a link of it.
    words.replace("](", "] (")
}

fn ended(sentence: &str) -> String {
    let stop = if sentence.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{sentence}{stop}")
}

fn text(text: &str) -> Json {
    json!({"text": text})
}

/// Longest description that GitHub takes, in characters.
const DESCRIPTION: usize = 1_024;

/// The rule with this id. The severity is that of its gravest result, since one rule can note here
/// what it asks about there; each result says its own.
fn rule(id: &str, gravest: &str) -> Json {
    let page = explain::find(id);
    let summary = page.map_or_else(|| id.to_string(), |page| ended(&capitalised(page.summary())));
    let about = page.map_or_else(|| summary.clone(), |page| page.opening());
    let help = page.map_or(summary.as_str(), |page| page.text);
    let properties = match page {
        Some(page) => json!({"tags": [tag(page)], "precision": "high"}),
        None => json!({"precision": "high"}),
    };
    json!({
        "id": id,
        "shortDescription": text(&summary),
        "fullDescription": text(&printable::truncate_end(&about, DESCRIPTION)),
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": gravest},
        "properties": properties,
    })
}

/// The theme in a word or two.
fn tag(page: ExplainPage) -> String {
    page.theme.to_lowercase().replace(' ', "-")
}

/// Begins with a capital, unless the first word is a name.
fn capitalised(summary: &str) -> String {
    let word = summary.split(' ').next().unwrap_or_default();
    if !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return summary.to_string();
    }
    summary[..1].to_ascii_uppercase() + &summary[1..]
}

/// The path as a relative reference of RFC 3986: every byte is escaped that is not plainly part of a name, so that no path can name a
/// scheme, another host, a query or a fragment. A slash at the beginning is left out: a reference
/// with one would not be relative.
fn relative_uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_fits_the_limits_of_code_scanning() {
        for page in explain::all() {
            let opening = page.opening();
            assert!(!opening.is_empty() && !opening.contains('\n'), "{}: {opening}", page.id);
            assert!(opening.chars().count() <= DESCRIPTION, "{}", page.id);
            assert!(!page.text.contains("]("), "{}: a link leads nowhere there", page.id);
        }
    }

    #[test]
    fn a_summary_that_begins_with_a_name_stays_as_it_is() {
        assert_eq!(capitalised("a job"), "A job");
        assert_eq!(capitalised("v1beta1 wants it"), "v1beta1 wants it");
    }

    #[test]
    fn no_path_leaves_the_tree_by_its_spelling() {
        for (path, uri) in [
            ("a/b-c_d.e~f.yaml", "a/b-c_d.e~f.yaml"),
            ("../base/job.yaml", "../base/job.yaml"),
            ("a b/ö%20.yaml", "a%20b/%C3%B6%2520.yaml"),
            ("https://example.org/x?y#z", "https%3A//example.org/x%3Fy%23z"),
            ("//example.org/x", "example.org/x"),
            ("a\\b\n\"", "a%5Cb%0A%22"),
        ] {
            assert_eq!(relative_uri(path), uri);
        }
    }
}
