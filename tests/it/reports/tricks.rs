//! In a review no text of a manifest is more than text, whatever it holds.

use flink_migrate::diagnostic::{Diagnostic, Severity};
use flink_migrate::plan::{Changeset, FileOutcome, Outcome};
use flink_migrate::report::{Format, MARKDOWN_BUDGET};
use flink_migrate::text::Span;
use flink_migrate::yaml::{Change, FieldPath, InsertPosition, Value};
use proptest::prelude::*;

use super::hostile::hostile_changeset;
use super::review::{LEAST, assert_sound, within};
use super::sample::{fraud, hunks_between, orders};
use super::{PLAIN, markup, written};

#[test]
fn the_hostile_are_texts() {
    let changeset = hostile_changeset();
    assert_sound(&changeset, MARKDOWN_BUDGET);
    let page = written(Format::Html, &changeset, &PLAIN);
    markup::html(&page);
    let is_odd = |c: &char| (c.is_control() && *c != '\n' && *c != '\t') || *c == '\u{202e}';
    assert!(!page.chars().any(|c| is_odd(&c)));
}

/// What would break out of something somewhere.
const TRICKS: [&str; 34] = [
    "`",
    "``` ",
    "~~~",
    "|",
    "\\|",
    "\\",
    "\n",
    "\r\n",
    "</details>",
    "</summary>",
    "<details>",
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "@team/all",
    "#12",
    "https://x.example/",
    "www.x.y",
    "[a](b)",
    "![a](b)",
    "[^1]: x",
    "\"onclick=\"x",
    "'",
    "&lt;",
    "&",
    "*",
    "_",
    "~~",
    "$x$",
    "::error::",
    "</pre></style>",
    "\u{202e}",
    "- [ ] ",
    "1. ",
];

fn hostile_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => prop::sample::select(TRICKS.to_vec()).prop_map(String::from),
        2 => "[a-z ]{0,6}",
        1 => any::<String>(),
    ];
    prop::collection::vec(part, 0..7).prop_map(|parts| parts.concat())
}

/// The words of one file, and of which kind it is.
type Words = (usize, [String; 6]);

fn hostile_words() -> impl Strategy<Value = Words> {
    let text = hostile_text;
    (0..4_usize, [text(), text(), text(), text(), text(), text()])
}

/// A file in which these words stand wherever a manifest could have put them.
fn file_of((kind, [path, name, message, help, value, line]): &Words) -> FileOutcome {
    let (id, severity) = [
        ("jobmanager-cpu", Severity::Decision),
        ("jobmanager-cpu", Severity::Change),
        ("jobmanager-cpu", Severity::Note),
        ("template", Severity::Decision),
    ][*kind];
    let changes = vec![
        Change::Insert {
            path: FieldPath::from_keys(["spec", value.as_str()]),
            value: Value::Text(value.clone()),
            position: InsertPosition::Last,
            mark: None,
        },
        Change::Remove { path: FieldPath::from_keys([name.as_str()]) },
    ];
    let mut file = if *kind == 1 { fraud() } else { orders() };
    file.path.clone_from(path);
    file.documents[0].kind = Some(value.clone());
    file.documents[0].workloads = vec![name.clone()];
    file.documents[0].fields.clear();
    let diagnostic = Diagnostic {
        workload: Some(name.clone()),
        fix: Some(changes).filter(|_| severity == Severity::Change),
        ..Diagnostic::new(id, severity, Span::empty(0), message)
    };
    file.diagnostics.truncate(1);
    file.diagnostics[0].diagnostic = diagnostic.help(help.clone());
    file.documents[0].outcome =
        [Outcome::Held, Outcome::Changed, Outcome::AlreadyRight, Outcome::NotUnderstood][*kind];
    let [line, value] = [line, value].map(|text| text.replace('\n', ""));
    let (before, after) = (format!("a\n1{line}\nb\n"), format!("a\n2{line}\n3{value}\nb\n"));
    let hunks = hunks_between(&before, &after, 3);
    match kind {
        1 => file.rewrite.as_mut().expect("a rewrite").hunks = hunks,
        0 => file.held = hunks,
        _ => file.held.clear(),
    }
    if *kind != 1 {
        file.rewrite = None;
    }
    file
}

fn changeset_of(words: &[Words]) -> Changeset {
    let files: Vec<FileOutcome> = words.iter().map(file_of).collect();
    Changeset { files_read: files.len(), files, ..Changeset::default() }
}

/// The same changeset with words that are only words.
fn tame(words: &[Words]) -> Changeset {
    let tamed = |(kind, texts): &Words| (*kind, texts.clone().map(|_| "x".to_string()));
    changeset_of(&words.iter().map(tamed).collect::<Vec<_>>())
}

/// The constructs that do not depend on how a message is split into words and code.
fn frame(census: markup::Census) -> markup::Census {
    census.into_iter().filter(|(name, _)| name != "code" && name != "lines of code").collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_text_of_a_manifest_is_more_than_text(words in prop::collection::vec(hostile_words(), 0..5)) {
        let (hostile, tame) = (changeset_of(&words), tame(&words));
        let report = assert_sound(&hostile, MARKDOWN_BUDGET);
        let page = written(Format::Html, &hostile, &PLAIN);
        // Rows of the same risk, and messages that all say, depend on the words themselves.
        let one = words.len() == 1;
        let counts = frame(markup::markdown(&report));
        let of_page = frame(markup::html(&page));
        if one {
            prop_assert_eq!(counts, frame(markup::markdown(&within(&tame, MARKDOWN_BUDGET))));
            prop_assert_eq!(of_page, frame(markup::html(&written(Format::Html, &tame, &PLAIN))));
        }
    }

    #[test]
    fn every_budget_is_kept(
        words in prop::collection::vec(hostile_words(), 0..12),
        budget in 0..40_000_usize,
        times in 1..40_usize,
    ) {
        let files = changeset_of(&words).files;
        let files: Vec<FileOutcome> = (0..times).flat_map(|_| files.clone()).collect();
        assert_sound(&Changeset { files_read: files.len(), files, ..Changeset::default() }, budget);
    }
}

#[test]
fn a_word_as_long_as_a_page_leaves_the_report_whole() {
    let long = |c: &str| c.repeat(3_000);
    for c in ["`", "é", "|", "&", "a ", "`a", "😀", "\u{0}"] {
        let words: Words = (0, std::array::from_fn(|_| long(c)));
        for kind in 0..4 {
            let changeset = changeset_of(&vec![(kind, words.1.clone()); 3]);
            assert_sound(&changeset, MARKDOWN_BUDGET);
            assert_sound(&changeset, LEAST);
            markup::html(&written(Format::Html, &changeset, &PLAIN));
        }
    }
}
