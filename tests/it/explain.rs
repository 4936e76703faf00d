//! The pages of `explain`: each example is planted and run, what a page says of accepting is tried,
//! and `docs/rules.md` holds the same pages. `BLESS=1` writes it; then read the difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{golden, plant, root, run, tree};
use flink_migrate::report::pages;
use flink_migrate::rules::{Acceptable, Example, RULES, Rule};

/// Columns of the longest line of a page.
const WIDEST: usize = 100;

/// Examples in which a second rule has to speak: a job gets a savepoint, or is stopped, by this one
/// alone, and it has a word on a path that stands there already.
const COMPANIONS: [(&str, &str); 3] = [
    ("stateless-savepoint", "initial-savepoint"),
    ("savepoints-dir", "suspend"),
    ("checkpoint-dir", "initial-savepoint"),
];

#[test]
fn every_example_does_what_its_page_shows() {
    each(|rule, at| {
        let Example { args, file, before, after, says, .. } = &rule.example;
        let said = lines(at, &[&["check"], *args].concat());
        let rest = said.iter().find_map(|line| line.strip_prefix(says)).unwrap_or_else(|| {
            panic!("{}: it does not say\n{says}\n\nbut\n{}", rule.id, said.join("\n"))
        });
        let ends = rest.strip_suffix(&format!(" [{}]", rule.id)).unwrap_or("?");
        assert!(ends.is_empty() || ends.starts_with("; "), "{}: {says}{rest}", rule.id);
        assert_eq!(fs::read_to_string(at.join(file)).unwrap(), *before, "{}", rule.id);

        let companion = COMPANIONS.iter().find(|(id, _)| *id == rule.id).map(|(_, other)| other);
        let known = [rule.id, "api-version"].into_iter().chain(companion.copied());
        for line in &said {
            let id = id_of(line);
            assert!(known.clone().any(|known| known == id), "{}: another speaks: {line}", rule.id);
        }

        run(at, &[&["write", "--keep-going"], *args].concat());
        let mut wanted = planted(&rule.example);
        wanted.insert(file.to_string(), after.as_bytes().to_vec());
        let found = tree(at);
        let text = |tree: &BTreeMap<String, Vec<u8>>| {
            String::from_utf8_lossy(tree.get(*file).unwrap()).into_owned()
        };
        assert_eq!(text(&found), text(&wanted), "{}", rule.id);
        assert_eq!(found, wanted, "{}", rule.id);
    });
}

#[test]
fn a_decision_that_is_accepted_is_gone() {
    each(|rule, at| {
        let accept = match rule.accept {
            Acceptable::No => return,
            Acceptable::Yes => rule.id.to_string(),
            Acceptable::ForOneWorkload => format!("{}=prod/orders", rule.id),
        };
        let Example { args, .. } = &rule.example;
        let open = |said: &[String]| {
            said.iter().any(|line| line.contains(": decision: ") && id_of(line) == rule.id)
        };
        let before = lines(at, &[&["check"], *args].concat());
        let after = lines(at, &[&["check", "--accept", &accept], *args].concat());
        assert!(!open(&after), "{}: {}", rule.id, after.join("\n"));
        assert!(
            open(&before) == rule.example.says.contains(": decision: "),
            "{}: {}",
            rule.id,
            before.join("\n")
        );
    });
}

#[test]
fn what_can_only_be_answered_cannot_be_accepted() {
    let place = tempfile::tempdir().unwrap();
    for rule in RULES.iter().filter(|rule| rule.accept == Acceptable::No) {
        let accept = format!("{}=prod/orders", rule.id);
        let ran = run(place.path(), &["check", "--accept", &accept]);
        assert_eq!(ran.status.code(), Some(2), "{}", rule.id);
        assert!(explained(rule.id).contains("`--accept` does not take"), "{}", rule.id);
    }
}

#[test]
fn a_page_is_not_wider_than_it_may_be() {
    for page in pages::all() {
        let text = explained(page.id);
        assert!(text.starts_with(&format!("{}: {}\n\n", page.id, page.summary)), "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= WIDEST, "{}: {line}", page.id);
            assert_eq!(line.trim_end(), line, "{}: it ends in blanks", page.id);
        }
    }
}

#[test]
fn the_page_of_a_rule_says_each_thing_in_its_place() {
    for rule in RULES {
        let Rule { id, explain, source, .. } = rule;
        for elsewhere in ["Before:", "After:", "Source:", "Accepting:"] {
            let begins = |line: &str| line.trim_start().starts_with(elsewhere);
            assert!(!explain.lines().any(begins), "{id}: {elsewhere}");
        }
        assert!(!source.ends_with('.') && !source.is_empty(), "{id}");
        let text = explained(id);
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{id}: no {part}"));
        assert!(at("\nExample:\n") < at("\nAccepting: ") && at("\nAccepting: ") < at("\nSource: "));
    }
}

#[test]
fn the_document_holds_the_same_pages() {
    golden::file(&root().join("docs/rules.md"), &pages::document()).unwrap();
}

#[test]
fn the_document_has_one_sentence_on_a_line() {
    let document = pages::document();
    let mut in_code = false;
    for line in document.lines() {
        in_code ^= line.starts_with("```");
        if !in_code && !line.starts_with('|') {
            let ends = [". ", "? ", "! "].iter().filter_map(|end| line.split_once(end));
            let mut next = ends.map(|(_, rest)| rest.chars().next());
            assert!(!next.any(|c| c.is_some_and(char::is_uppercase)), "{line}");
        }
    }
    assert!(!in_code);
}

#[test]
fn every_link_of_the_document_leads_to_a_heading() {
    let document = pages::document();
    let headings: Vec<String> = document
        .lines()
        .filter_map(|line| line.strip_prefix("## ").or(line.strip_prefix("### ")))
        .map(|heading| heading.to_lowercase().replace(' ', "-"))
        .collect();
    for link in document.split("](#").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert_eq!(headings.iter().filter(|heading| *heading == link).count(), 1, "{link}");
    }
    for page in pages::all() {
        assert!(headings.iter().any(|heading| heading == page.id), "{}", page.id);
    }
}

/// Calls with each rule and a folder in which its example is planted.
fn each(mut act: impl FnMut(&Rule, &Path)) {
    for rule in RULES {
        let place = tempfile::tempdir().unwrap();
        plant(&planted(&rule.example), place.path());
        act(rule, place.path());
    }
}

fn planted(example: &Example) -> BTreeMap<String, Vec<u8>> {
    let given = example.given.iter().copied();
    let files = given.chain([(example.file, example.before)]);
    files.map(|(name, text)| (name.to_string(), text.as_bytes().to_vec())).collect()
}

/// What the command prints.
fn lines(at: &Path, args: &[&str]) -> Vec<String> {
    let ran = run(at, args);
    let said = String::from_utf8(ran.stdout).unwrap();
    let failed = ran.status.code() == Some(2);
    assert!(!failed, "{args:?}: {said}{}", String::from_utf8_lossy(&ran.stderr));
    said.lines().map(String::from).collect()
}

/// The rule that a line is of.
fn id_of(line: &str) -> &str {
    line.rsplit_once('[').map_or("", |(_, id)| id.trim_end_matches(']'))
}

fn explained(id: &str) -> String {
    let ran = run(&root(), &["explain", id]);
    assert_eq!(ran.status.code(), Some(0), "{id}");
    String::from_utf8(ran.stdout).unwrap()
}
