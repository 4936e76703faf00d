//! One folder is one case: `cases/NAME/` holds `case.toml`, the `tree`, dumps and values beside it, and
//! the goldens `runbook.md` and, where it says so, `runbook.sh`. `BLESS=1` writes them.

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser};

use crate::sandbox::{Ran, Sandbox};
use crate::support::golden;

/// `case.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    #[expect(dead_code, reason = "it is for people")]
    claim: String,
    /// Options, as typed in `tree`.
    pub(crate) args: Vec<String>,
    pub(crate) status: i32,
    /// Its script is a golden too.
    pub(crate) script: bool,
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runbook/cases")
}

pub(crate) fn names() -> Vec<String> {
    let folders = fs::read_dir(home()).expect("there are cases");
    let mut names: Vec<String> = folders
        .map(|entry| entry.expect("it can be read").file_name().into_string().expect("it is UTF-8"))
        .collect();
    names.sort();
    names
}

pub(crate) fn spec(name: &str) -> Spec {
    let text = fs::read_to_string(home().join(name).join("case.toml")).expect(name);
    toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A case in a repository of its own.
pub(crate) fn planted(name: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut open = vec![home().join(name)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let inside = path.strip_prefix(home().join(name)).expect("it lies there");
                let text = fs::read_to_string(&path).expect("it is UTF-8");
                sandbox.write(inside.to_str().expect("it is UTF-8"), &text);
            }
        }
    }
    sandbox.git("tree", &["init", "-q"]);
    sandbox
}

/// The runbook of a case in this format.
pub(crate) fn made(sandbox: &Sandbox, name: &str, format: &str) -> Ran {
    let spec = spec(name);
    let args = ["runbook", "--format", format].into_iter();
    let args: Vec<&str> = args.chain(spec.args.iter().map(String::as_str)).collect();
    sandbox.run_in("tree", &args).ended(spec.status)
}

#[test]
fn every_case_has_its_runbook() {
    let mut complaints = Vec::new();
    for name in names() {
        let sandbox = planted(&name);
        let before = sandbox.tree();
        complaints.extend(
            golden::file(
                &home().join(&name).join("runbook.md"),
                &made(&sandbox, &name, "markdown").out,
            )
            .err(),
        );
        if spec(&name).script {
            complaints.extend(
                golden::file(
                    &home().join(&name).join("runbook.sh"),
                    &made(&sandbox, &name, "sh").out,
                )
                .err(),
            );
        }
        assert_eq!(sandbox.tree(), before, "{name}: a runbook writes nothing");
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn the_sample_repository_has_its_runbook() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sandbox = Sandbox::new();
    let copied = std::process::Command::new("cp")
        .args(["-r"])
        .args([&root.join("examples/gitops"), &sandbox.path("gitops")])
        .status();
    assert!(copied.is_ok_and(|status| status.success()));
    sandbox.git("", &["init", "-q"]);
    let ran = sandbox.run(&["runbook", "--target-operator", "1.6"]).ended(0);
    assert_eq!(ran.err, "");
    golden::file(&root.join("tests/runbook/sample.md"), &ran.out).unwrap();
}

#[test]
fn the_runbook_for_programs_is_what_its_schema_says() {
    let schema = include_str!("../../../schema/runbook-v1.schema.json");
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
    for name in names() {
        let text = made(&planted(&name), &name, "json").out;
        let json = serde_json::from_str(&text).expect("it is JSON");
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn every_format_has_the_same_commands_in_the_same_order() {
    for name in names() {
        let sandbox = planted(&name);
        let json: serde_json::Value =
            serde_json::from_str(&made(&sandbox, &name, "json").out).expect("it is JSON");
        let steps = json["steps"].as_array().expect("steps are an array");
        let items = steps.iter().flat_map(|step| step["items"].as_array().expect("an array"));
        let commands = items.filter_map(|item| item.get("command")).count();
        let script = made(&sandbox, &name, "sh").out;
        let lines = script.lines().map(str::trim_start);
        let words = ["run ", "into ", "see ", "await "];
        let in_script =
            lines.filter(|line| words.iter().any(|word| line.starts_with(word))).count();
        // One line of the head begins so as well.
        assert_eq!(in_script, commands, "{name}");
        assert_eq!(json["way"] == "migration", steps.len() == 11, "{name}");
    }
}

/// What GitHub would show of a Markdown text: the blocks of code, and every other text.
fn shown(markdown: &str) -> (Vec<String>, Vec<String>) {
    let (mut blocks, mut others, mut in_block) = (Vec::new(), Vec::new(), false);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS) {
        match event {
            Event::Start(pulldown_cmark::Tag::CodeBlock(_)) => {
                in_block = true;
                blocks.push(String::new());
            }
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_block = false,
            Event::Text(text) if in_block => {
                blocks.last_mut().expect("one is open").push_str(&text);
            }
            Event::Html(html) | Event::InlineHtml(html) => panic!("an element: {html}"),
            Event::Start(pulldown_cmark::Tag::Link { .. } | pulldown_cmark::Tag::Image { .. }) => {
                panic!("a link")
            }
            Event::Text(text) | Event::Code(text) => others.push(text.to_string()),
            _ => {}
        }
    }
    (blocks, others)
}

#[test]
fn nothing_in_a_name_is_markup_or_moves_a_cursor() {
    let sandbox = planted("hostile-names");
    let text = made(&sandbox, "hostile-names", "markdown").out;
    let odd = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    for format in ["markdown", "sh", "json"] {
        let text = made(&sandbox, "hostile-names", format).out;
        assert!(!text.contains(odd), "{format}");
        assert!(text.lines().all(|line| line.trim_end() == line), "{format}: blanks at an end");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{format}");
    }
    let (blocks, others) = shown(&text);
    assert!(others.iter().any(|text| text.contains("<script>")), "it is shown as text");
    assert!(blocks.iter().all(|block| !block.contains("```") && !block.is_empty()));
}

#[test]
fn headings_are_those_of_the_steps_whatever_a_name_holds() {
    for name in names() {
        let sandbox = planted(&name);
        let text = made(&sandbox, &name, "markdown").out;
        let json: serde_json::Value =
            serde_json::from_str(&made(&sandbox, &name, "json").out).expect("it is JSON");
        let count = |member: &str| json[member].as_array().expect("an array").len();
        let sections = ["warnings", "workloads", "holders", "troubles"];
        let compared = usize::from(json["compared"] == true);
        let sections = sections.iter().filter(|member| count(member) > 0).count() + compared;
        let headings = Parser::new(&text)
            .filter(|e| matches!(e, Event::Start(pulldown_cmark::Tag::Heading { .. })))
            .count();
        assert_eq!(headings, 1 + sections + count("steps") + count("troubles"), "{name}");
    }
}

/// The items of a runbook in order: the command as one text, and the item.
pub(crate) fn items(json: &serde_json::Value) -> Vec<(String, &serde_json::Value)> {
    let steps = json["steps"].as_array().expect("steps are an array");
    let items = steps.iter().flat_map(|step| step["items"].as_array().expect("an array"));
    let line = |item: &serde_json::Value| {
        let Some(command) = item.get("command") else { return String::new() };
        let arguments = command["arguments"].as_array().expect("an array");
        let words = std::iter::once(&command["program"]).chain(arguments);
        words.map(|word| word.as_str().expect("a text")).collect::<Vec<_>>().join(" ")
    };
    items.map(|item| (line(item), item)).collect()
}

#[test]
fn in_no_runbook_is_anything_deleted_before_or_resumed_after_its_time() {
    let mut seen = 0;
    for name in names() {
        let json: serde_json::Value =
            serde_json::from_str(&made(&planted(&name), &name, "json").out).expect("it is JSON");
        if json["way"] != "migration" {
            continue;
        }
        seen += 1;
        let items = items(&json);
        let places = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
            (0..items.len()).filter(|i| is(&items[*i].0)).collect()
        };
        let deleted = places(&|line| line.starts_with("kubectl delete flink"));
        let (first, last) = (deleted[0], deleted[deleted.len() - 1]);
        let definition = places(&|line| line.starts_with("kubectl delete crd/"));
        let operator = places(&|line| {
            line.starts_with("helm uninstall") || line.starts_with("kubectl delete deployment/")
        });
        assert!(operator.iter().chain(&definition).all(|at| *at > last), "{name}");
        assert!(definition.iter().all(|at| operator.iter().all(|o| o < at)), "{name}");

        let pausing = ["sync-policy=none", "flux suspend", "\"automated\":null"];
        let paused = places(&|line| pausing.iter().any(|word| line.contains(word)));
        assert!(paused.iter().all(|at| *at < first), "{name}");
        let resuming = ["sync-policy=automated", "flux resume", "app sync", "\"automated\":{"];
        let resumed = places(&|line| resuming.iter().any(|word| line.contains(word)));
        assert!(resumed.iter().all(|at| *at > definition[0]), "{name}");
        assert!(paused.len() <= resumed.len(), "{name}: {paused:?} {resumed:?}");

        let asked = |words: &str| places(&|line| line.starts_with(words)).into_iter().max();
        let before = |words: &str| places(&|line| line.starts_with(words));
        for words in [
            "flink-migrate runbook --cluster",
            "flink-migrate check --step convert --fail-on decision",
        ] {
            assert!(before(words).iter().any(|at| *at < first), "{name}: {words}");
        }
        assert!(
            asked("flink-migrate write --step convert").is_some_and(|at| at > definition[0]),
            "{name}"
        );
        let person = (0..first).rev().find(|i| items[*i].1["kind"] == "person");
        assert!(person.is_some_and(|at| at + 1 == first), "{name}: somebody says go");

        for row in json["workloads"].as_array().expect("an array") {
            if !row["fate"].as_str().expect("a text").starts_with("Stopped with a savepoint") {
                continue;
            }
            for expect in ["exactly", "exactly-or-nothing"] {
                let looked = items[..first].iter().any(|(_, item)| {
                    item["about"] == row["workload"]
                        && item["what"] == "is stopped with a savepoint"
                        && item["expect"] == expect
                });
                assert!(looked, "{name}: {row}");
            }
        }
    }
    assert!(seen >= 7, "{seen}");
}
