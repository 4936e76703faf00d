//! Findings as SARIF 2.1.0, for code scanning on GitHub and for editors.
//!
//! What GitHub asks for beyond the standard is kept: a whole region, texts for each rule, one
//! location, and no more results than it takes. Nothing depends on the machine or the time.

mod rules;
mod uri;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use super::fingerprint::Fingerprints;
use super::pretty::Json;
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
    let run = Json::object([
        ("tool", Some(tool(&spoke))),
        ("invocations", Some(Json::list([invocation(changeset, left)]))),
        ("originalUriBaseIds", Some(Json::object([(ROOT, Some(root()))]))),
        ("columnKind", Some(Json::text("unicodeCodePoints"))),
        ("results", Some(Json::list(results))),
    ]);
    let log = Json::object([
        ("$schema", Some(Json::text(SCHEMA))),
        ("version", Some(Json::text("2.1.0"))),
        ("runs", Some(Json::list([run]))),
    ]);
    log.write(out)
}

/// The findings that are shown, each with its fingerprint, and how many are not. A fingerprint does
/// not depend on what else is left out.
fn kept(changeset: &Changeset) -> (Vec<(Said<'_>, String)>, usize) {
    let mut fingerprints = Fingerprints::default();
    let mut all: Vec<(usize, Said<'_>, String)> = Said::all(changeset)
        .into_iter()
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
    let rules = spoke.iter().map(|(id, gravest)| rules::rule(id, ci_word(*gravest)));
    let driver = Json::object([
        ("name", Some(Json::text(env!("CARGO_PKG_NAME")))),
        ("version", Some(Json::text(version))),
        ("semanticVersion", Some(Json::text(version))),
        ("rules", Some(Json::list(rules))),
    ]);
    Json::object([("driver", Some(driver))])
}

/// How the run went. One that failed has not told everything.
fn invocation(changeset: &Changeset, left: usize) -> Json {
    let words = format!(
        "{left} findings are left out, none of them graver than those that are here: a report holds \
         {LIMIT}."
    );
    let unread = verdict::unreadable(changeset).map(|words| notification("error", &ended(&words)));
    let left_out = (left > 0).then(|| notification("warning", &words));
    let notifications: Vec<Json> = unread.into_iter().chain(left_out).collect();
    let is_noted = !notifications.is_empty();
    Json::object([
        ("executionSuccessful", Some(Json::Flag(changeset.outcome() != Outcome::Failed))),
        ("toolExecutionNotifications", is_noted.then(|| Json::list(notifications))),
    ])
}

fn notification(level: &str, words: &str) -> Json {
    Json::object([("level", Some(Json::text(level))), ("message", Some(text(words)))])
}

fn root() -> Json {
    Json::object([("description", Some(text("The directory in which flink-migrate ran.")))])
}

fn result(said: Said<'_>, fingerprint: &str, rule_index: usize) -> Json {
    let physical = Json::object([
        ("artifactLocation", Some(artifact(said))),
        ("region", Some(region(Region::of(said.located)))),
    ]);
    let location = Json::object([("physicalLocation", Some(physical))]);
    let prints = Json::object([("primaryLocationLineHash", Some(Json::text(fingerprint)))]);
    Json::object([
        ("ruleId", Some(Json::text(said.rule()))),
        ("ruleIndex", Some(Json::Count(rule_index))),
        ("level", Some(Json::text(ci_word(said.severity())))),
        ("message", Some(text(&sentences(said)))),
        ("locations", Some(Json::list([location]))),
        ("partialFingerprints", Some(prints)),
        ("fixes", fix(said).map(|fix| Json::list([fix]))),
    ])
}

fn artifact(said: Said<'_>) -> Json {
    Json::object([
        ("uri", Some(Json::text(uri::relative(said.path())))),
        ("uriBaseId", Some(Json::text(ROOT))),
    ])
}

fn region(Region { line, columns, .. }: Region) -> Json {
    Json::object([
        ("startLine", Some(Json::Count(line))),
        ("startColumn", Some(Json::Count(columns.start))),
        ("endLine", Some(Json::Count(line))),
        ("endColumn", Some(Json::Count(columns.end))),
    ])
}

/// What a write would do, if that is one replacement at a known place.
fn fix(said: Said<'_>) -> Option<Json> {
    let replacement = region::replacement(said.file, said.located)?;
    let replaced = Json::object([
        ("deletedRegion", Some(region(replacement.region))),
        ("insertedContent", Some(text(replacement.text))),
    ]);
    let change = Json::object([
        ("artifactLocation", Some(artifact(said))),
        ("replacements", Some(Json::list([replaced]))),
    ]);
    Some(Json::object([
        ("description", Some(text(&ended(&said.message())))),
        ("artifactChanges", Some(Json::list([change]))),
    ]))
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
    Json::object([("text", Some(Json::text(text)))])
}
