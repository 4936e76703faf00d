//! In a report no text of a manifest is more than text, whatever it holds. The numbers are the same in
//! every run.

use std::collections::BTreeSet;

use flink_migrate::testing::Files;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::crowd::{CROWD, JSON};
use super::review::assert_sound;
use super::{
    complaints, files, findings, is_printable, markup, parsed, readers, report, run_at,
    without_colors,
};
use crate::sandbox::sound;

/// What breaks lines, strings, commands, addresses, tables and markup.
const TRICKS: [&str; 64] = [
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u{0}",
    "\u{1b}[2J",
    "\u{1b}]0;t\u{7}",
    "\u{9b}31m",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{feff}",
    "\u{a0}",
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
    "``` ",
    "~~~",
    "|",
    "\\|",
    "<b>",
    "</details>",
    "</summary>",
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "</pre></style>",
    "&lt;",
    "&",
    "*",
    "_",
    "~~",
    "$x$",
    "{0}",
    "[a](b)",
    "![a](b)",
    "[^1]: x",
    "@team/all",
    "#12",
    "- [ ] ",
    "1. ",
    "https://x.example/",
    "www.x.y",
    "\"onclick=\"x",
    "?",
    "s3://user:hunter2@lake/x",
    "ö",
    "€",
    "😀",
    " ",
    "x",
    "\nforged",
];

fn text() -> impl Strategy<Value = String> {
    let any = any::<char>().prop_map(String::from);
    let piece = prop_oneof![6 => select(&TRICKS[..]).prop_map(String::from), 1 => any];
    vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

/// The kind of a file, and the texts in it: a part of its path, a name and a value.
type Input = (usize, [String; 3]);

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    vec((0..5_usize, [text(), text(), text()]), 1..5)
}

/// A file in which these texts are wherever a manifest can have them.
fn file(number: usize, (kind, [path, name, value]): &Input) -> (String, String) {
    let path: String = path.chars().filter(|c| !"/\\".contains(*c)).collect();
    let path = format!("d{number}/{}z.yaml", path.replace("hunter2", "hunter"));
    let line: String = value.chars().map(|c| if c.is_control() { 'c' } else { c }).collect();
    let mode = ["savepoint", "stateless"][kind % 2];
    // A name is data, and what people put into one is shown.
    let name = name.replace("hunter2", "hunter");
    let manifest = json!({
        "apiVersion": "flink.apache.org/v1alpha1", "kind": "FlinkDeployment",
        "metadata": {"name": name, "namespace": "n"},
        "spec": {
            "flinkVersion": "v1_15", "image": value, "serviceAccount": "flink",
            "flinkConfiguration": {"state.checkpoints.dir": "s3://lake/c", value.as_str(): value},
            "job": {"jarURI": "local:///a.jar", "parallelism": 1, "upgradeMode": mode}
        }
    });
    let text = match kind {
        0 | 1 => escaped(&serde_json::to_string_pretty(&manifest).unwrap()) + "\n",
        2 => sound("a").replace("name: a\n", &format!("name: {} # {line}\n", json!(name))),
        3 => format!("# Source: {line}/templates/a.yaml\n{}", sound("a")),
        _ => format!(
            "kind: FlinkDeployment # {value}\napiVersion: flink.apache.org/v1alpha1\na: [\n"
        ),
    };
    (path, text)
}

/// JSON in which what is not ASCII is escaped: readers differ about the line breaks among them.
fn escaped(json: &str) -> String {
    let escape = |c: char| match c {
        ' '..='~' | '\n' => c.to_string(),
        _ => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
    };
    json.chars().map(escape).collect()
}

fn tree(inputs: &[Input]) -> Files {
    files(inputs.iter().enumerate().map(|(number, input)| file(number, input)))
}

fn hold(law: impl Fn(&[Input]) -> Result<(), TestCaseError>) {
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, random);
    if let Err(error) = runner.run(&inputs(), |inputs| law(&inputs)) {
        panic!("{error}");
    }
}

#[test]
fn no_text_of_a_manifest_forges_a_line() {
    hold(|inputs| {
        let tree = tree(inputs);
        let count = findings(&parsed(&tree, "json")).len();
        let concise = report(&tree, "concise");
        prop_assert_eq!(concise.lines().count(), count, "{}", concise);
        for (width, color) in [(Some(30), "always"), (Some(80), "never"), (None, "always")] {
            let args = ["check", "--format", "human", "--color", color];
            let human = without_colors(&run_at(width, &tree, &args).out);
            for line in human.lines().chain(concise.lines()) {
                prop_assert!(line.chars().all(is_printable), "{:?}", line);
                let line = line.trim_start();
                prop_assert!(!line.starts_with("forged") && !line.starts_with("::"), "{}", line);
            }
        }
        for line in run_at(None, &tree, &["diff"]).err.lines() {
            let is_ours = line.starts_with("held| ") || line.chars().all(is_printable);
            prop_assert!(is_ours && !line.trim_start().starts_with("::"), "{:?}", line);
            prop_assert!(line.chars().all(|c| is_printable(c) || c == '\t'), "{:?}", line);
        }
        Ok(())
    });
}

#[test]
fn no_text_breaks_the_data_or_leaves_its_schema_or_shows_a_secret() {
    let readers = readers();
    hold(|inputs| {
        let tree = tree(inputs);
        for (format, reader) in &readers {
            let report = report(&tree, format);
            prop_assert!(*format == "jsonpatch" || !report.contains("hunter2"), "{}", format);
            prop_assert!(report.chars().all(|c| c == '\n' || is_printable(c)), "{}", format);
            let report: Value = serde_json::from_str(&report).unwrap();
            prop_assert_eq!(complaints(reader, &report), [""; 0], "{}", format);
        }
        for format in ["human", "concise", "github", "markdown", "html"] {
            prop_assert!(!report(&tree, format).contains("hunter2"), "{}", format);
        }
        Ok(())
    });
}

#[test]
fn every_finding_is_reported_once_with_its_path_and_a_fingerprint_and_a_rule_of_its_own() {
    hold(|inputs| {
        let tree = tree(inputs);
        let (json, sarif) = (parsed(&tree, "json"), parsed(&tree, "sarif"));
        let (gitlab, rdjson) = (parsed(&tree, "gitlab"), parsed(&tree, "rdjson"));
        let (findings, results) = (findings(&json), results(&sarif));
        let gitlab = gitlab.as_array().unwrap();
        prop_assert_eq!(results.len(), findings.len());
        prop_assert_eq!(gitlab.len(), findings.len());
        prop_assert_eq!(rdjson["diagnostics"].as_array().unwrap().len(), findings.len());
        let prints = fingerprints(&sarif);
        prop_assert_eq!(prints.iter().collect::<BTreeSet<_>>().len(), findings.len());
        for (number, (path, finding)) in findings.into_iter().enumerate() {
            let result = &results[number];
            prop_assert!(tree.contains_key(path));
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            prop_assert_eq!(decoded(uri), path, "{}", uri);
            prop_assert!(!uri.contains([':', '?', '#', '\\', ' ']) && !uri.starts_with('/'));
            prop_assert_eq!(&gitlab[number]["fingerprint"], prints[number].as_str());
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            let rules = &sarif["runs"][0]["tool"]["driver"]["rules"];
            prop_assert_eq!(&rules[index]["id"], &finding["rule"]);
        }
        Ok(())
    });
}

#[test]
fn fingerprints_stay_where_lines_move() {
    hold(|inputs| {
        let tree = tree(inputs);
        let moved =
            files(tree.iter().map(|(name, text)| (name, [b"# moved\n\n", &text[..]].concat())));
        // A comment before it would hide where a manifest was rendered from, and JSON knows none.
        let is_block = |(kind, _): &&Input| matches!(kind, 2 | 4);
        prop_assume!(inputs.iter().all(|input| is_block(&input)));
        prop_assert_eq!(
            fingerprints(&parsed(&tree, "sarif")),
            fingerprints(&parsed(&moved, "sarif"))
        );
        Ok(())
    });
}

fn results(sarif: &Value) -> &[Value] {
    sarif["runs"][0]["results"].as_array().unwrap()
}

fn fingerprints(sarif: &Value) -> Vec<String> {
    let print = |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].clone();
    results(sarif).iter().map(|result| print(result).as_str().unwrap().to_string()).collect()
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
fn a_review_of_hostile_manifests_is_whole_and_keeps_its_budget() {
    hold(|inputs| {
        let tree = tree(inputs);
        for budget in [4_000, 60_000] {
            assert_sound(&tree, &[], Some(budget));
        }
        let page = report(&tree, "html");
        markup::html(&page);
        prop_assert!(page.chars().all(|c| c == '\n' || c == '\t' || is_printable(c)));
        Ok(())
    });
}

#[test]
fn a_review_is_built_alike_whatever_the_texts_are() {
    // How a message is split into words and code depends on the words.
    let frame = |mut census: markup::Census| {
        census.retain(|name, _| name != "code" && name != "lines of code");
        census
    };
    hold(|inputs| {
        for (kind, texts) in inputs.iter().filter(|(kind, _)| *kind < 2) {
            // Names that no cluster takes are all told alike, and placeholders are no names.
            let [path, name, value] = texts.clone().map(|text| text.replace(['{', '$'], ""));
            let hostile = tree(&[(*kind, [path, format!("X_{name}"), value])]);
            let tame = tree(&[(*kind, ["x", "X_x", "x"].map(String::from))]);
            let built = |tree: &Files| {
                let review = assert_sound(tree, &[], None);
                [frame(markup::markdown(&review)), frame(markup::html(&report(tree, "html")))]
            };
            prop_assert_eq!(built(&hostile), built(&tame));
        }
        Ok(())
    });
}

#[test]
fn a_word_as_long_as_a_page_leaves_the_review_whole() {
    for c in ["`", "é", "|", "&", "a ", "`a", "😀", "\u{0}"] {
        let texts = [c.into(), c.repeat(3_000), c.repeat(3_000)];
        let tree = tree(&[0, 1, 2, 3, 4].map(|kind| (kind, texts.clone())));
        for budget in [4_000, 60_000] {
            assert_sound(&tree, &[], Some(budget));
        }
        markup::html(&report(&tree, "html"));
    }
}

#[test]
fn hostile_names_come_back_from_json_as_they_were() {
    // With a dollar before its brace it would be a placeholder, and `file` keeps secrets out of names.
    let name = TRICKS.concat().replace('$', "").replace("hunter2", "hunter") + &"n".repeat(10_000);
    let path: String = name.chars().filter(|c| !"/\\".contains(*c)).take(200).collect();
    let (path, text) = file(0, &(1, [path, name.clone(), "x".into()]));
    let tree = files([(&path, text)]);
    let report = parsed(&tree, "json");
    assert_eq!(report["files"][0]["path"], json!(path));
    assert_eq!(report["files"][0]["documents"][0]["workloads"][0], json!(format!("n/{name}")));
}

/// Name, properties and data.
type WorkflowCommand = (String, Vec<(String, String)>, String);

/// A command as the runner reads it (`ActionCommand.cs`, `TryParseV2`).
fn command(line: &str) -> Option<WorkflowCommand> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, data) = rest.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let breaks = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
    let unescaped =
        |text: &str| breaks(text).replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
    let properties = properties.split(',').filter_map(|pair| pair.split_once('='));
    let properties = properties.map(|(key, value)| (key.to_string(), unescaped(value)));
    Some((name.to_string(), properties.collect(), breaks(data).replace("%25", "%")))
}

/// Annotations, and which severities they are for.
const ANNOTATIONS: [(&str, &[&str]); 3] =
    [("error", &["error", "decision"]), ("warning", &["change"]), ("notice", &["note"])];

/// The annotations are ten of a kind, the gravest first, and the others are counted.
fn assert_annotations(tree: &Files, json: &Value) {
    let report = report(tree, "github");
    assert!(report.chars().all(|c| c == '\n' || is_printable(c)), "{report:?}");
    let mut lines = report.lines();
    let mut left = Vec::new();
    for (kind, levels) in ANNOTATIONS {
        let all = findings(json);
        let of_level =
            |level: &'static str| all.iter().filter(move |(_, finding)| finding["level"] == level);
        let found: Vec<_> = levels.iter().copied().flat_map(of_level).collect();
        for (path, finding) in found.iter().take(10) {
            let (name, properties, data) = command(lines.next().unwrap()).unwrap();
            assert_eq!(name, kind);
            let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(keys, ["file", "line", "col", "title"]);
            let is_plain = path.chars().all(|c| is_printable(c) && c != '%' && c != ':');
            assert!(!is_plain || properties[0].1 == *path, "{properties:?} {path}");
            assert_eq!(properties[1].1, finding["line"].to_string());
            assert_eq!(properties[2].1, finding["column"].to_string());
            let rule = format!("[{}]", finding["rule"].as_str().unwrap());
            assert!(properties[3].1.ends_with(&rule), "{properties:?}");
            assert_eq!(
                data.lines().count(),
                1 + usize::from(finding.get("help").is_some()),
                "{data}"
            );
        }
        match found.len().saturating_sub(10) {
            0 => {}
            1 => left.push(format!("1 {kind}")),
            more => left.push(format!("{more} {kind}s")),
        }
    }
    let closing = "flink-migrate: not annotated, since a step shows 10 of a kind: ";
    let closing = (!left.is_empty()).then(|| format!("{closing}{}", left.join(", ")));
    assert_eq!(lines.collect::<Vec<_>>(), closing.iter().collect::<Vec<_>>());
}

#[test]
fn annotations_are_ten_of_a_kind_the_gravest_first_and_the_others_are_counted() {
    assert_annotations(&CROWD, &JSON);
    hold(|inputs| {
        let tree = tree(inputs);
        assert_annotations(&tree, &parsed(&tree, "json"));
        Ok(())
    });
}

#[test]
fn a_path_that_looks_like_a_command_or_a_link_is_neither() {
    let tree = files([
        ("::add-mask::x.yaml", sound("a")),
        ("a,line=7::b\n::error::c%0A.yaml", sound("b")),
    ]);
    let concise = report(&tree, "concise");
    assert!(concise.starts_with("./::add-mask::x.yaml:1:13: change: "), "{concise}");
    let github = report(&tree, "github");
    let wanted = "::warning file=a%2Cline=7%3A%3Ab\\n%3A%3Aerror%3A%3Ac%250A.yaml,line=1,col=13,";
    assert!(github.contains(wanted), "{github}");
    let link =
        "kind: FlinkDeployment\napiVersion: flink.apache.org/{{ [here](https://example.org) }}\n";
    let sarif = parsed(&files([("a.yaml", link)]), "sarif");
    let message = results(&sarif)[0]["message"]["text"].as_str().unwrap();
    assert!(message.contains("[here] (https://example.org)"), "{message}");
}
