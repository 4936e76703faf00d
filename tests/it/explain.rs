//! The pages of `explain`: the example of a rule is its case in `testdata/rules`, what a page says of
//! accepting is tried, and `docs/rules.md` lists every page. `BLESS=1` writes the examples and the
//! list; then read the difference.

use std::fmt::Write as _;
use std::fs;

use crate::support::{Case, Page, cases, golden, pages, root, run, run_case, tree};

/// Columns of the longest line of code on a page, findings apart.
const WIDEST: usize = 100;

#[test]
fn the_example_of_every_page_is_the_case_of_its_rule() {
    let mut rules = 0;
    for (page, case) in pages_of_rules() {
        let (before, rest) = page.text.split_once("## Example\n").unwrap();
        let (_, after) = rest.split_once("**Steps:** ").unwrap();
        let wanted = format!("{before}{}\n**Steps:** {after}", example(&case, &page));
        golden::file(&root().join(file(&page)), &wanted).unwrap();
        rules += 1;
    }
    assert_eq!(cases().iter().filter(|case| case.id.starts_with("rules/")).count(), rules);
}

#[test]
fn a_decision_that_is_accepted_is_gone() {
    for (page, case) in pages_of_rules() {
        let Some(waiver) = page.waiver() else { continue };
        let before = tree(&case.before);
        let is_open = |command: &[&str]| {
            let found = String::from_utf8(run_case(&case, &before, command).stdout).unwrap();
            found.lines().any(|line| page.wrote(line) && line.contains(": decision: "))
        };
        assert!(!is_open(&["check", "--accept", &waiver]), "{}", page.id);
        let is_decision = example(&case, &page).contains(": decision: ");
        assert_eq!(is_open(&["check"]), is_decision, "{}", page.id);
    }
}

#[test]
fn what_can_only_be_answered_cannot_be_accepted() {
    let place = tempfile::tempdir().unwrap();
    for page in pages().iter().filter(|page| page.is_rule() && page.waiver().is_none()) {
        assert!(page.text.contains("this rule cannot be accepted.\n"), "{}", page.id);
        let ran = run(place.path(), &["check", "--accept", &format!("{}=prod/orders", page.id)]);
        assert_eq!(ran.status.code(), Some(2), "{}", page.id);
    }
}

#[test]
fn a_pipe_gets_the_page_as_it_is() {
    for page in pages() {
        let ran = run(&root(), &["explain", &page.id]);
        let printed = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(printed, page.text);
        assert_eq!(printed, fs::read_to_string(root().join(file(&page))).unwrap());
    }
}

#[test]
fn a_page_has_one_sentence_on_a_line_and_code_that_is_not_too_wide() {
    let pages = pages();
    for Page { id, text, .. } in &pages {
        let mut in_code = false;
        for line in text.lines() {
            in_code ^= line.starts_with("```");
            if in_code {
                let is_finding = pages.iter().any(|page| page.wrote(line));
                assert!(is_finding || line.chars().count() <= WIDEST, "{id}: {line}");
                continue;
            }
            assert_eq!(line.trim_end(), line, "{id}: it ends in blanks");
            let ends = [". ", "? ", "! "].iter().filter_map(|end| line.split_once(end));
            let mut next = ends.map(|(_, rest)| rest.chars().next());
            assert!(!next.any(|c| c.is_some_and(char::is_uppercase)), "{id}: {line}");
        }
        assert!(!in_code && text.ends_with('\n'), "{id}");
    }
}

#[test]
fn docs_rules_lists_every_page_under_its_theme() {
    let path = root().join("docs/rules.md");
    let found = fs::read_to_string(&path).unwrap();
    let mut wanted = found.split("\n## ").next().unwrap().to_string();
    let mut theme = String::new();
    for page in pages() {
        if page.theme != theme {
            write!(wanted, "\n## {}\n\n", page.theme).unwrap();
            theme.clone_from(&page.theme);
        }
        writeln!(wanted, "* [`{}`](../{}): {}", page.id, file(&page), page.summary).unwrap();
    }
    golden::file(&path, &wanted).unwrap();
}

/// The pages of all rules, each with the case that is its example.
fn pages_of_rules() -> impl Iterator<Item = (Page, Case)> {
    let rules = pages().into_iter().filter(Page::is_rule);
    rules.map(|page| (Case::read("rules", &page.id), page)).map(|(case, page)| (page, case))
}

/// The file of a page.
fn file(page: &Page) -> String {
    let folder = if page.is_rule() { "rules" } else { "plan/input" };
    format!("src/{folder}/{}.md", page.id.replace('-', "_"))
}

/// The section of the page: every file, changed ones as a diff, the command, and the findings of the
/// rule as the golden file has them.
fn example(case: &Case, page: &Page) -> String {
    let mut out = "## Example\n".to_string();
    let after = tree(&case.golden.join("after"));
    for (name, before) in tree(&case.before) {
        let before = String::from_utf8(before).unwrap();
        let (language, shown) = match after.get(&name) {
            None => (name.rsplit('.').next().unwrap(), before),
            Some(after) => ("diff", diff(&before, std::str::from_utf8(after).unwrap())),
        };
        write!(out, "\n`{name}`\n\n```{language}\n{shown}```\n").unwrap();
    }
    let options: String = case.spec.args.iter().map(|arg| format!(" {arg}")).collect();
    let findings = fs::read_to_string(case.golden.join("findings.txt")).unwrap();
    let findings = findings.split_inclusive('\n').filter(|line| page.wrote(line.trim_end()));
    let findings: String = findings.collect();
    assert!(!findings.is_empty(), "{}: the rule reports nothing", case.id);
    write!(out, "\n```console\n$ flink-migrate check{options}\n{findings}```\n").unwrap();
    out
}

/// Every line of the file behind `-`, `+` or a blank, without the header of three lines.
fn diff(before: &str, after: &str) -> String {
    let diff = flink_migrate::testing::diff("", before, after, 1_000);
    diff.lines().skip(3).map(|line| format!("{line}\n")).collect()
}
