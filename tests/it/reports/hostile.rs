//! No text of a manifest forges a line or reaches the terminal as a command.

use flink_migrate::diagnostic::{Diagnostic, Located, Location, Severity};
use flink_migrate::plan::{Changeset, FileOutcome};
use flink_migrate::report::{Format, Look};
use flink_migrate::text::{Excerpt, Hunk, Position as Place, Sign, Span};
use flink_migrate::yaml::{Change, FieldPath, InsertPosition, Value};
use serde_json::json;

use super::sample::{fields, fraud, orders};
use super::{PLAIN, held_back, parsed, without_colors, written};

/// A name that tries everything, and is long.
pub(crate) fn hostile() -> String {
    let tricks = "x\n::error::forged\r\nzoo.yaml:1:1: error: forged [yaml]\u{1b}[2J\u{1b}]0;t\u{7}\
                  \u{9b}31m\u{0}\u{1}\"'`\\\u{2028}forged\u{85}\u{202e}\u{feff}\t";
    format!("{tricks}{}", "n".repeat(10_000))
}

/// A changeset in which every text of a manifest is hostile.
pub(crate) fn hostile_changeset() -> Changeset {
    let name = hostile();
    let mut file = fraud();
    file.path.clone_from(&name);
    file.documents[0].kind = Some(name.clone());
    file.documents[0].workloads = vec![name.clone()];
    file.documents[0].fields = fields(vec![Change::Insert {
        path: FieldPath::from_keys([name.as_str()]),
        value: Value::Mapping(vec![(name.clone(), Value::Text(name.clone()))]),
        position: InsertPosition::Last,
        mark: None,
    }]);
    let runs = vec![(Sign::Gone, format!("{name}\n")), (Sign::New, "y\n".to_string())];
    file.held = vec![Hunk { old: 0..1, new: 0..1, runs }];
    let error = Diagnostic::error("yaml", Span::empty(0), name.clone()).help(name.clone());
    let template = format!("{name}/templates/job.yaml");
    let excerpt = Excerpt { text: name.clone(), highlight: Span::new(1, name.len()) };
    let position = Place { line: 1, column: 2 };
    let location =
        Location { file: file.path.clone(), document: 0, position, template: Some(template) };
    let diagnostic = Diagnostic { workload: Some(name), ..error };
    file.diagnostics = vec![Located { diagnostic, location, excerpt }];
    Changeset { files: vec![file], files_read: 1, ..Changeset::default() }
}

/// True for what a report may put on a line by itself.
fn printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}' | '\u{feff}')
}

#[test]
fn no_text_of_a_manifest_forges_a_line() {
    let changeset = hostile_changeset();
    let concise = written(Format::Concise, &changeset, &PLAIN);
    assert_eq!(concise.lines().count(), 1);
    assert!(concise.trim_end_matches('\n').chars().all(printable));

    for color in [false, true] {
        let human = written(Format::Human, &changeset, &Look { color, ..PLAIN });
        for line in without_colors(&human).lines() {
            assert!(line.chars().all(printable), "{line:?}");
            let line = line.trim_start();
            assert!(!line.starts_with("forged") && !line.starts_with("::error"), "{line}");
            assert!(!line.starts_with("zoo.yaml"), "{line}");
        }
    }

    for line in held_back(&changeset).lines() {
        assert!(line.starts_with("held| ") || line.starts_with("changed: x\\n"), "{line}");
        assert!(line.chars().all(|c| printable(c) || c == '\t'), "{line:?}");
    }
}

#[test]
fn no_text_of_many_manifests_forges_a_line_of_their_groups() {
    let mut changeset = hostile_changeset();
    let said = changeset.files[0].diagnostics[0].clone();
    for severity in Severity::ALL.into_iter().rev() {
        for number in 0..30 {
            let mut another = said.clone();
            another.diagnostic.severity = severity;
            // Some say the same and some do not, with a workload and without.
            another.diagnostic.message += if number % 2 == 0 { "" } else { "\r\nforged" };
            another.diagnostic.workload = another.diagnostic.workload.filter(|_| number % 3 == 0);
            changeset.files[0].diagnostics.push(another);
        }
    }
    for (color, width) in [(false, 80), (true, 140), (false, 0)] {
        let human = written(Format::Human, &changeset, &Look { color, width, ..PLAIN });
        assert!(human.contains("how to answer"));
        for line in without_colors(&human).lines() {
            assert!(line.chars().all(printable), "{line:?}");
            let line = line.trim_start();
            assert!(!line.starts_with("forged") && !line.starts_with("::error"), "{line}");
            assert!(!line.starts_with("zoo.yaml"), "{line}");
        }
    }
}

#[test]
fn no_line_of_a_message_begins_like_a_command_to_a_log() {
    let mut file = fraud();
    file.path = "\u{a0}::add-mask::x".to_string();
    for number in 0..60 {
        let mut another = file.diagnostics[0].clone();
        let words = format!("::error::forged {} \u{a0}::warning::forged", "x".repeat(number));
        another.diagnostic.message = words.clone();
        another.diagnostic.help = Some(words.clone());
        another.diagnostic.severity = [Severity::Decision, Severity::Note][number % 2];
        another.diagnostic.workload = (number % 3 == 0).then_some(words);
        file.diagnostics.push(another);
    }
    let one = |at: usize| {
        let diagnostics = vec![file.diagnostics[at].clone()];
        FileOutcome { path: file.path.clone(), diagnostics, ..orders() }
    };
    let many = Changeset { files: vec![file.clone()], files_read: 1, ..Changeset::default() };
    let same = Changeset {
        files: (0..30).map(|_| one(7)).collect(),
        files_read: 30,
        ..Changeset::default()
    };
    let few =
        Changeset { files: (1..20).map(one).collect(), files_read: 20, ..Changeset::default() };
    for changeset in [many, same, few] {
        for width in [0, 30, 60, 100] {
            let human = written(Format::Human, &changeset, &Look { width, ..PLAIN });
            for line in human.lines() {
                assert!(!line.trim_start().starts_with("::"), "{human}");
            }
        }
        let concise = written(Format::Concise, &changeset, &PLAIN);
        assert!(concise.lines().all(|line| !line.trim_start().starts_with("::")));
    }
}

#[test]
fn hostile_names_come_back_from_json_as_they_were() {
    let name = hostile();
    for format in [Format::Json, Format::JsonPatch] {
        let text = written(format, &hostile_changeset(), &PLAIN);
        assert!(text.lines().flat_map(str::chars).all(printable), "{}", format.name());
    }
    let report = parsed(Format::Json, &hostile_changeset());
    assert_eq!(report["files"][0]["path"], json!(name));
    assert_eq!(report["files"][0]["findings"][0]["message"], json!(name));
    let patch = parsed(Format::JsonPatch, &hostile_changeset());
    assert_eq!(patch[0]["patch"][0]["value"][name.as_str()], json!(name));
}

#[test]
fn credentials_in_a_location_are_shown_by_the_data_formats_alone() {
    let location = "s3://user:hunter2@lake/savepoint-1";
    let mut file = fraud();
    file.documents[0].fields = fields(vec![Change::Insert {
        path: FieldPath::from_keys(["spec", "job", "initialSavepointPath"]),
        value: Value::Text(location.to_string()),
        position: InsertPosition::Last,
        mark: None,
    }]);
    file.diagnostics[0].diagnostic.message = format!("starts from {location}");
    file.diagnostics[0].diagnostic.help = Some(format!("keep {location}"));
    let changeset = Changeset { files: vec![file], files_read: 1, ..Changeset::default() };
    for format in [Format::Human, Format::Concise, Format::Json, Format::Markdown, Format::Html] {
        let text = written(format, &changeset, &PLAIN);
        assert!(!text.contains("hunter2"), "{}", format.name());
        assert!(text.contains("@lake/savepoint-1"), "{}", format.name());
    }
    assert!(written(Format::JsonPatch, &changeset, &PLAIN).contains(location));
}
