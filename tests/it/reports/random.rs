//! The reports for other programs on findings that nobody wrote.
//!
//! The numbers are the same in every run.

use std::collections::BTreeSet;

use flink_migrate::diagnostic::{Diagnostic, Located, Location, Severity};
use flink_migrate::plan::{Changeset, FileOutcome};
use flink_migrate::report::Format;
use flink_migrate::text::{Excerpt, Position, Span};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value as Json;

use super::annotations::{complaints, readers};
use super::sample::orders;
use super::{PLAIN, parsed, written};

const CASES: u32 = 256;

/// What breaks lines, strings, commands, addresses and markup.
const TRICKS: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u{0}",
    "\u{1b}[2J",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{feff}",
    "%",
    "%0A",
    "%25",
    "%3A",
    "::",
    " ::error::",
    "::stop-commands::x",
    "##[error]",
    ",",
    ":",
    "=",
    "\"",
    "\\",
    "'",
    "`",
    "|",
    "<b>",
    "{0}",
    "{{ x }}",
    "[a](b)",
    "@all",
    "ö",
    "€",
    "😀",
    " ",
    "/",
    "//",
    "./",
    "../",
    "?",
    "#",
    "https://",
    "s3://user:hunter2@lake/x",
    "x",
    "job.yaml",
];

const RULES: &[&str] = &["api-version", "missing-savepoint", "operator-refuses", "broken-yaml"];

fn text() -> impl Strategy<Value = String> {
    let any = any::<char>().prop_map(String::from);
    let piece = prop_oneof![6 => select(TRICKS).prop_map(String::from), 1 => any];
    vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

/// A path, which is not empty, not of slashes and dots alone, and shown as it is.
fn path() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("{}z", text.replace("hunter2", "hunter")))
}

fn diagnostic() -> impl Strategy<Value = Located> {
    let said = (select(RULES), select(&Severity::ALL[..]), text(), option::of(text()));
    let about = (option::of(text()), option::of(text()), text());
    let place = (1usize..50, 1usize..50, 0usize..9, 0usize..9);
    (said, about, place).prop_map(|(said, about, (line, column, start, len))| {
        let (rule, severity, message, help) = said;
        let (workload, template, line_text) = about;
        let from = boundary(&line_text, start);
        let to = boundary(&line_text, from + len);
        let highlight = Span::new(from, to);
        let span = Span::new(start, start + len);
        let plain = Diagnostic::new(rule, severity, span, message);
        let diagnostic = Diagnostic { help, workload, ..plain };
        let excerpt = Excerpt { text: line_text, highlight };
        let position = Position { line, column };
        let file = "job.yaml".to_string();
        let location = Location { file, document: 0, position, template };
        Located { diagnostic, location, excerpt }
    })
}

/// The first end of a character at or behind `at`.
fn boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

fn changeset(most: usize) -> impl Strategy<Value = Changeset> {
    let file = (path(), vec(diagnostic(), 0..most));
    let file = file.prop_map(|(path, diagnostics)| FileOutcome { path, diagnostics, ..orders() });
    vec(file, 0..4).prop_map(|files| Changeset {
        files_read: files.len(),
        files,
        ..Changeset::default()
    })
}

fn hold(most: usize, law: impl Fn(Changeset) -> Result<(), TestCaseError>) {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    if let Err(error) = runner.run(&changeset(most), law) {
        panic!("{error}");
    }
}

fn all(changeset: &Changeset) -> impl Iterator<Item = (&FileOutcome, &Located)> {
    changeset
        .files
        .iter()
        .flat_map(|file| file.diagnostics.iter().map(move |located| (file, located)))
}

/// A command as the runner reads it (`ActionCommand.cs`, `TryParseV2`).
struct Command {
    name: String,
    properties: Vec<(String, String)>,
    data: String,
}

fn command(line: &str) -> Option<Command> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, data) = rest.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let unescaped = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    };
    let property = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        Some((key.to_string(), unescaped(value)))
    };
    Some(Command {
        name: name.to_string(),
        properties: properties.split(',').filter_map(property).collect(),
        data: data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%"),
    })
}

const KINDS: [(&str, &str, &[Severity]); 3] = [
    ("error", "error", &[Severity::Error, Severity::Decision]),
    ("warning", "warning", &[Severity::Change]),
    ("notice", "notice", &[Severity::Note]),
];

#[test]
fn annotations_are_ten_of_a_kind_the_gravest_first_and_the_others_are_counted() {
    hold(30, |changeset| {
        let report = written(Format::Github, &changeset, &PLAIN);
        let (commands, rest): (Vec<_>, Vec<_>) =
            report.lines().map(|line| (line, command(line))).partition(|(_, c)| c.is_some());
        let commands: Vec<Command> = commands.into_iter().filter_map(|(_, c)| c).collect();
        let mut left = Vec::new();
        let mut expected = Vec::new();
        for (kind, noun, levels) in KINDS {
            let of = |level: Severity| {
                let of_level = all(&changeset).filter(move |(_, p)| p.diagnostic.severity == level);
                of_level.collect::<Vec<_>>()
            };
            let found: Vec<_> = levels.iter().flat_map(|level| of(*level)).collect();
            expected.extend(found.iter().take(10).map(|found| (kind, *found)));
            let more = found.len().saturating_sub(10);
            if more > 0 {
                left.push(format!("{more} {noun}{}", if more == 1 { "" } else { "s" }));
            }
        }
        prop_assert_eq!(commands.len(), expected.len());
        for (command, (kind, (_, located))) in commands.iter().zip(&expected) {
            prop_assert_eq!(&command.name, kind);
            let keys: Vec<&str> = command.properties.iter().map(|(key, _)| key.as_str()).collect();
            prop_assert_eq!(keys, ["file", "line", "col", "title"]);
            prop_assert_eq!(&command.properties[1].1, &located.location.position.line.to_string());
            prop_assert_eq!(
                &command.properties[2].1,
                &located.location.position.column.to_string()
            );
            let title = &command.properties[3].1;
            prop_assert!(title.ends_with(&format!("[{}]", located.diagnostic.id)), "{}", title);
            let lines = 1 + usize::from(located.diagnostic.help.is_some());
            prop_assert_eq!(command.data.lines().count(), lines, "{:?}", &command.data);
        }
        let closing = "flink-migrate: not annotated, since a step has 10 of a kind: ";
        let closing =
            if left.is_empty() { vec![] } else { vec![format!("{closing}{}", left.join(", "))] };
        prop_assert_eq!(rest.iter().map(|(line, _)| *line).collect::<Vec<_>>(), closing);
        prop_assert!(report.chars().all(|c| c == '\n' || printable(c)));
        Ok(())
    });
}

/// True for what may stand on a line of a log.
fn printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}' | '\u{feff}')
}

#[test]
fn no_text_breaks_the_json_or_leaves_its_schema_or_shows_a_secret() {
    let readers = readers();
    hold(6, |changeset| {
        for (format, reader) in &readers {
            let report = written(*format, &changeset, &PLAIN);
            prop_assert!(!report.contains("hunter2"), "{}", format.name());
            prop_assert!(report.chars().all(|c| c == '\n' || printable(c)));
            let report: Json = serde_json::from_str(&report).expect("the report is JSON");
            prop_assert_eq!(complaints(reader, &report), [""; 0], "{}", format.name());
        }
        Ok(())
    });
}

fn results(report: &Json) -> &[Json] {
    report["runs"][0]["results"].as_array().expect("results")
}

#[test]
fn every_finding_is_told_once_with_a_fingerprint_and_a_rule_of_its_own() {
    hold(12, |changeset| {
        let sarif = parsed(Format::Sarif, &changeset);
        let gitlab = parsed(Format::Gitlab, &changeset);
        let rdjson = parsed(Format::Rdjson, &changeset);
        let gitlab = gitlab.as_array().expect("a list");
        let count = all(&changeset).count();
        prop_assert_eq!(results(&sarif).len(), count);
        prop_assert_eq!(gitlab.len(), count);
        prop_assert_eq!(rdjson["diagnostics"].as_array().map(Vec::len), Some(count));
        let prints = prints(&sarif);
        prop_assert_eq!(prints.iter().collect::<BTreeSet<_>>().len(), count);
        for ((result, issue), print) in results(&sarif).iter().zip(gitlab).zip(&prints) {
            prop_assert_eq!(&issue["fingerprint"], print.as_str());
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number"));
            let rules = &sarif["runs"][0]["tool"]["driver"]["rules"];
            prop_assert_eq!(&rules[index.expect("small")]["id"], &result["ruleId"]);
        }
        Ok(())
    });
}

fn prints(sarif: &Json) -> Vec<String> {
    let print =
        |result: &Json| result["partialFingerprints"]["primaryLocationLineHash"].to_string();
    results(sarif).iter().map(|result| print(result).trim_matches('"').to_string()).collect()
}

#[test]
fn fingerprints_stay_where_lines_move() {
    hold(12, |changeset| {
        let mut moved = changeset.clone();
        for located in moved.files.iter_mut().flat_map(|file| &mut file.diagnostics) {
            located.location.position.line += 17;
            located.location.position.column += 3;
            located.diagnostic.span = located.diagnostic.span.shifted(200);
            located.location.document += 1;
            located.diagnostic.message = located.diagnostic.message.replace('0', "12");
        }
        let before = prints(&parsed(Format::Sarif, &changeset));
        prop_assert_eq!(before, prints(&parsed(Format::Sarif, &moved)));
        Ok(())
    });
}

#[test]
fn an_address_leads_back_to_its_path_and_nowhere_else() {
    hold(3, |changeset| {
        let sarif = parsed(Format::Sarif, &changeset);
        for ((file, _), result) in all(&changeset).zip(results(&sarif)) {
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().expect("an address");
            let mut path = file.path.as_str();
            while let Some(rest) = path.strip_prefix("./") {
                path = rest.trim_start_matches('/');
            }
            prop_assert_eq!(decoded(uri), path.trim_start_matches('/'), "{}", uri);
            prop_assert!(!uri.contains([':', '?', '#', '\\', ' ']) && !uri.starts_with('/'));
        }
        Ok(())
    });
}

fn decoded(uri: &str) -> String {
    let mut pieces = uri.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).expect("two digits"));
        bytes.extend(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).expect("a path is UTF-8")
}

#[test]
fn a_report_is_the_same_every_time() {
    hold(6, |changeset| {
        for format in [Format::Sarif, Format::Github, Format::Gitlab, Format::Rdjson] {
            let again = written(format, &changeset.clone(), &PLAIN);
            prop_assert_eq!(written(format, &changeset, &PLAIN), again);
        }
        Ok(())
    });
}
