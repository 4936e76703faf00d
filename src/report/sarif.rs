//! Findings as SARIF 2.1.0, for code scanning on GitHub and for editors.
//!
//! What GitHub asks for beyond the standard is kept: a whole region, texts for each rule, one
//! location, and no more results than it takes. Nothing depends on the machine or the time.

mod rules;
mod uri;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::fingerprint::Fingerprints;
use super::json_writer::{self, LazyArray};
use super::region::{self, Region};
use super::said::{Said, ci_word};
use super::verdict;
use crate::diagnostic::Severity;
use crate::plan::{Changeset, Outcome};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Results of one run that GitHub takes; it refuses a file with more.
const LIMIT: usize = 25_000;

/// What paths are relative to. Its own place is not told: it is that of a machine.
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
    for (said, _) in &kept {
        let gravest = spoke.entry(said.rule()).or_insert(Severity::Note);
        *gravest = said.severity().max(*gravest);
    }
    let results = kept
        .iter()
        .map(|(said, fingerprint)| result(*said, fingerprint, spoke.range(..said.rule()).count()));
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
fn kept(changeset: &Changeset) -> (Vec<(Said<'_>, String)>, usize) {
    let mut fingerprints = Fingerprints::default();
    let mut all: Vec<(usize, Said<'_>, String)> = Said::all(changeset)
        .enumerate()
        .map(|(i, said)| (i, said, fingerprints.next(said)))
        .collect();
    let left = all.len().saturating_sub(LIMIT);
    if left > 0 {
        all.sort_by_key(|(i, said, _)| (Reverse(said.severity()), *i));
        all.truncate(LIMIT);
        all.sort_by_key(|(i, ..)| *i);
    }
    (all.into_iter().map(|(_, said, fingerprint)| (said, fingerprint)).collect(), left)
}

fn tool(spoke: &BTreeMap<&'static str, Severity>) -> Json {
    let version = env!("CARGO_PKG_VERSION");
    let rules: Vec<Json> =
        spoke.iter().map(|(id, gravest)| rules::rule(id, ci_word(*gravest))).collect();
    json!({
        "driver": {
            "name": env!("CARGO_PKG_NAME"),
            "version": version,
            "semanticVersion": version,
            "rules": rules,
        },
    })
}

/// How the run went. One that failed has not told everything.
fn invocation(changeset: &Changeset, left: usize) -> Json {
    let words = format!(
        "{left} findings are left out, none of them graver than those that are here: a report holds \
         {LIMIT}."
    );
    let notification = |level, words: &str| json!({"level": level, "message": text(words)});
    let unread = verdict::unreadable(changeset).map(|words| notification("error", &ended(&words)));
    let left_out = (left > 0).then(|| notification("warning", &words));
    let notifications: Vec<Json> = unread.into_iter().chain(left_out).collect();
    let mut invocation = json!({"executionSuccessful": changeset.outcome() != Outcome::Failed});
    if !notifications.is_empty() {
        invocation["toolExecutionNotifications"] = json!(notifications);
    }
    invocation
}

fn result(said: Said<'_>, fingerprint: &str, rule_index: usize) -> Json {
    let place =
        json!({"artifactLocation": artifact(said), "region": region(Region::of(said.located))});
    let mut result = json!({
        "ruleId": said.rule(),
        "ruleIndex": rule_index,
        "level": ci_word(said.severity()),
        "message": text(&sentences(said)),
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    });
    // What a write would do, if that is one replacement at a known place.
    if let Some(replacement) = region::replacement(said.file, said.located) {
        let replaced = json!({
            "deletedRegion": region(replacement.region),
            "insertedContent": text(replacement.text),
        });
        let change = json!({"artifactLocation": artifact(said), "replacements": [replaced]});
        let description = text(&ended(&said.message()));
        result["fixes"] = json!([{"description": description, "artifactChanges": [change]}]);
    }
    result
}

fn artifact(said: Said<'_>) -> Json {
    json!({"uri": uri::relative(said.path()), "uriBaseId": ROOT})
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
fn sentences(said: Said<'_>) -> String {
    let mut words = ended(&said.message());
    if let Some(help) = said.help() {
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
