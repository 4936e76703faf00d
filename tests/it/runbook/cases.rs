//! One folder is one case: `cases/NAME/` holds `case.toml`, the `tree`, dumps and values beside it, and
//! the golden `runbook.md`. `BLESS=1` writes it.

use std::fs;
use std::path::PathBuf;

use super::page::{Page, Section, number};
use crate::sandbox::Sandbox;
use crate::support::{folders, golden, plant, root, tree};

/// `case.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    #[expect(dead_code, reason = "it is for people")]
    claim: String,
    /// Options, as typed in `tree`.
    args: Vec<String>,
    status: i32,
}

fn home() -> PathBuf {
    root().join("tests/runbook/cases")
}

pub(crate) fn names() -> Vec<String> {
    folders(&home())
}

/// A case in a repository of its own.
pub(crate) fn planted(name: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    plant(&tree(&home().join(name)), &sandbox.root());
    sandbox.git("tree", &["init", "-q"]);
    sandbox
}

/// The Markdown of a case, with these options behind its own.
pub(crate) fn made_with(sandbox: &Sandbox, name: &str, more: &[&str]) -> String {
    let text = fs::read_to_string(home().join(name).join("case.toml")).expect(name);
    let spec: Spec = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let args = std::iter::once("runbook").chain(spec.args.iter().map(String::as_str));
    let args: Vec<&str> = args.chain(more.iter().copied()).collect();
    sandbox.run_in("tree", &args).ended(spec.status).out
}

pub(crate) fn page(sandbox: &Sandbox, name: &str) -> Page {
    Page::read(&made_with(sandbox, name, &[]))
}

#[test]
fn every_case_has_its_runbook() {
    let mut complaints = Vec::new();
    for name in names() {
        let sandbox = planted(&name);
        let before = sandbox.tree();
        let text = made_with(&sandbox, &name, &[]);
        complaints.extend(golden::file(&home().join(&name).join("runbook.md"), &text).err());
        assert_eq!(sandbox.tree(), before, "{name}: a runbook writes nothing");
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn the_sample_repository_has_its_runbook() {
    let sandbox = Sandbox::new();
    plant(&tree(&root().join("examples/gitops")), &sandbox.path("gitops"));
    sandbox.git("", &["init", "-q"]);
    let ran = sandbox.run(&["runbook", "--target-operator", "1.6"]).ended(0);
    assert_eq!(ran.err, "");
    golden::file(&root().join("tests/runbook/sample.md"), &ran.out).unwrap();
}

#[test]
fn nothing_in_a_name_is_markup_or_moves_a_cursor() {
    let text = made_with(&planted("hostile-names"), "hostile-names", &[]);
    let odd = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!text.contains(odd));
    assert!(text.lines().all(|line| line.trim_end() == line), "blanks at an end");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    let page = Page::read(&text);
    let rows = page.rows("Workloads");
    assert!(rows.iter().any(|row| row[0].contains("<script>")), "it is shown as text");
    let commands = page.sections.iter().flat_map(|section| {
        let items = section.items.iter().flat_map(|item| &item.commands);
        items.chain(&section.blocks).map(String::as_str).collect::<Vec<_>>()
    });
    for command in commands {
        assert!(!command.contains("```") && !command.is_empty(), "{command}");
    }
}

#[test]
fn headings_are_those_of_the_program_whatever_a_name_holds() {
    let known =
        ["First", "Workloads", "What applies them", "The cluster and the tree", "If it goes wrong"];
    let troubles = [
        "Before step 7: the resources are still there",
        "After step 7: the resources are gone, and the new operator cannot be installed",
        "The first start of a job failed, under operator 1.0.0 to 1.3.0",
        "The new operator does not start, or a job does not run under it",
    ];
    for name in names() {
        let page = page(&planted(&name), &name);
        let mut steps = 0;
        for (i, section) in page.sections.iter().enumerate() {
            let heading = section.heading.as_str();
            match section.level {
                1 => assert_eq!(i, 0, "{name}: {heading}"),
                2 if known.contains(&heading) => {}
                2 => {
                    steps += 1;
                    assert_eq!(number(heading), Some(steps), "{name}: {heading}");
                    assert!(!heading.contains('`'), "{name}: {heading}");
                }
                _ => assert!(troubles.contains(&heading), "{name}: {heading}"),
            }
        }
        assert_eq!(page.is_migration(), steps == 11, "{name}: {steps}");
    }
}

#[test]
fn what_only_the_cluster_has_stops_both_steps_that_look_for_it() {
    let page = page(&planted("extra-on-the-cluster"), "extra-on-the-cluster");
    for number in [5, 7] {
        assert!(page.step(number).items[0].is_stop(), "{number}");
    }
}

#[test]
fn in_no_runbook_is_anything_deleted_before_or_resumed_after_its_time() {
    let mut seen = 0;
    for name in names() {
        let page = page(&planted(&name), &name);
        if !page.is_migration() {
            continue;
        }
        seen += 1;
        let calls: Vec<String> = page.steps().flat_map(Section::calls).collect();
        let places = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let is_call = |i: &usize| !calls[*i].starts_with("person ");
            (0..calls.len()).filter(is_call).filter(|i| is(&calls[*i])).collect()
        };
        let is_deletion = |line: &str| {
            ["kubectl delete flink", "kubectl delete $flink"].iter().any(|it| line.starts_with(it))
        };
        let deleted = places(&is_deletion);
        let (first, last) = (deleted[0], deleted[deleted.len() - 1]);
        let definition = places(&|line| line.starts_with("kubectl delete crd/"));
        let operator = places(&|line| {
            line.starts_with("helm uninstall") || line.starts_with("kubectl delete deployment/")
        });
        assert!(!operator.is_empty() && !definition.is_empty(), "{name}");
        assert!(operator.iter().chain(&definition).all(|at| *at > last), "{name}");
        assert!(definition.iter().all(|at| operator.iter().all(|o| o < at)), "{name}");

        let pausing = ["sync-policy=none", "flux suspend", "\"automated\":null"];
        let paused = places(&|line| pausing.iter().any(|word| line.contains(word)));
        assert!(paused.iter().all(|at| *at < first), "{name}");
        let resuming = ["sync-policy=automated", "flux resume", "app sync", "\"automated\":{"];
        let resumed = places(&|line| resuming.iter().any(|word| line.contains(word)));
        assert!(resumed.iter().all(|at| *at > definition[0]), "{name}");
        assert!(paused.len() <= resumed.len(), "{name}: {paused:?} {resumed:?}");

        for words in [
            "flink-migrate runbook --cluster",
            "flink-migrate check --step convert --fail-on decision",
        ] {
            let asked = places(&|line| line.starts_with(words));
            assert!(asked.iter().any(|at| *at < first), "{name}: {words}");
        }
        let written = places(&|line| line.starts_with("flink-migrate write --step convert"));
        assert!(written.iter().max().is_some_and(|at| *at > definition[0]), "{name}");
        assert!(calls[first - 1].starts_with("person Go or no-go."), "{name}: somebody says go");

        let items = page.steps().flat_map(|step| &step.items);
        let is_in_item = |command: &String| is_deletion(&command.replace('\'', ""));
        let before: Vec<_> =
            items.take_while(|item| !item.commands.iter().any(is_in_item)).collect();
        for row in page.rows("Workloads") {
            if !row[2].starts_with("Stopped with a savepoint") {
                continue;
            }
            for must in ["must print `suspended savepoint", "must print nothing, or `suspended"] {
                let looked = before.iter().any(|item| {
                    let what = &item.what;
                    what.contains("is stopped with a savepoint")
                        && what.contains(&row[0])
                        && what.contains(must)
                });
                assert!(looked, "{name}: {row:?}");
            }
        }
    }
    assert!(seen >= 7, "{seen}");
}
