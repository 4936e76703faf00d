//! The pages of `explain`: the example of a rule is its case in `testdata/rules`, what a page says of
//! accepting is tried, and `docs/rules.md` lists every page. `BLESS=1` writes the examples and the
//! list; then read the difference.

use std::fmt::Write as _;
use std::fs;

use crate::support::{Case, cases, golden, root, run, run_case, tree};
use flink_migrate::report::explain::{self, Page};
use flink_migrate::rules::{Acceptable, RULES, Rule};
use flink_migrate::task::Step;

/// Columns of the longest line of code on a page, findings apart.
const WIDEST: usize = 100;

#[test]
fn the_example_of_every_page_is_the_case_of_its_rule() {
    let cases: Vec<Case> = cases_of_rules().collect();
    let ids: Vec<&str> = cases.iter().filter_map(|case| case.id.strip_prefix("rules/")).collect();
    let mut rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    rules.sort_unstable();
    assert_eq!(ids, rules);
    for case in &cases {
        let rule = rule_of(case);
        let file = rule.id.replace('-', "_");
        let (before, rest) = rule.page.split_once("## Example\n").unwrap();
        let (_, after) = rest.split_once("**Steps:** ").unwrap();
        let wanted = format!("{before}{}\n**Steps:** {after}", example(case, rule));
        golden::file(&root().join(format!("src/rules/{file}.md")), &wanted).unwrap();
    }
}

#[test]
fn every_page_ends_with_the_steps_of_its_rule_how_it_is_accepted_and_the_source() {
    for rule in RULES {
        let names = rule.steps.iter().map(|step| format!("`{}`", step.name()));
        let steps = if rule.steps.len() == Step::ALL.len() {
            "all".to_string()
        } else {
            names.collect::<Vec<_>>().join(", ")
        };
        let accepting = match accepted(rule) {
            Some(words) => {
                format!("with `--accept {}`, ", words.replace("prod/orders", "NAMESPACE/NAME"))
            }
            None => "`--accept` does not take this rule.\n".to_string(),
        };
        let wanted = format!("\n\n**Steps:** {steps}.\n\n**Accepting:** {accepting}");
        let (_, rest) = rule.page.split_once(&wanted).unwrap_or_else(|| panic!("no {wanted}"));
        assert!(rest.contains("\n**Source:** "), "{}", rule.id);
    }
}

#[test]
fn a_decision_that_is_accepted_is_gone() {
    for case in cases_of_rules() {
        let rule = rule_of(&case);
        let Some(words) = accepted(rule) else { continue };
        let before = tree(&case.before);
        let is_open = |words: &[&str]| {
            let found = String::from_utf8(run_case(&case, &before, words).stdout).unwrap();
            let mut of_rule = found.lines().filter(|line| is_of(rule, line));
            of_rule.any(|line| line.contains(": decision: "))
        };
        assert!(!is_open(&["check", "--accept", &words]), "{}", rule.id);
        let is_decision = example(&case, rule).contains(": decision: ");
        assert_eq!(is_open(&["check"]), is_decision, "{}", rule.id);
    }
}

#[test]
fn what_can_only_be_answered_cannot_be_accepted() {
    let place = tempfile::tempdir().unwrap();
    for rule in RULES.iter().filter(|rule| rule.accept == Acceptable::No) {
        let ran = run(place.path(), &["check", "--accept", &format!("{}=prod/orders", rule.id)]);
        assert_eq!(ran.status.code(), Some(2), "{}", rule.id);
    }
}

#[test]
fn a_pipe_gets_the_page_as_it_is() {
    for page in explain::all() {
        let ran = run(&root(), &["explain", page.id]);
        assert_eq!(String::from_utf8(ran.stdout).unwrap(), page.text);
    }
}

#[test]
fn a_page_has_one_sentence_on_a_line_and_code_that_is_not_too_wide() {
    for Page { id, text, .. } in explain::all() {
        let mut in_code = false;
        for line in text.lines() {
            in_code ^= line.starts_with("```");
            let is_finding = RULES.iter().any(|rule| is_of(rule, line));
            if in_code {
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
    let mut last = "";
    for page in explain::all() {
        let Page { id, theme, .. } = page;
        if theme != last {
            write!(wanted, "\n## {theme}\n\n").unwrap();
            last = theme;
        }
        let is_rule = RULES.iter().any(|rule| rule.id == id);
        let folder = if is_rule { "rules" } else { "plan/input" };
        let file = format!("src/{folder}/{}.md", id.replace('-', "_"));
        assert!(root().join(&file).exists(), "{file}");
        writeln!(wanted, "* [`{id}`](../{file}): {}", page.summary()).unwrap();
    }
    golden::file(&path, &wanted).unwrap();
}

fn cases_of_rules() -> impl Iterator<Item = Case> {
    cases().into_iter().filter(|case| case.id.starts_with("rules/"))
}

fn rule_of(case: &Case) -> &'static Rule {
    let id = case.id.strip_prefix("rules/").unwrap();
    flink_migrate::rules::rule(id).unwrap_or_else(|| panic!("{}: there is no such rule", case.id))
}

/// The section of the page: every file, changed ones as a diff, the command, and the findings of the
/// rule as the golden file has them.
fn example(case: &Case, rule: &Rule) -> String {
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
    let words: Vec<&str> = ["flink-migrate", "check"]
        .into_iter()
        .chain(case.spec.args.iter().map(String::as_str))
        .collect();
    let findings = fs::read_to_string(case.golden.join("findings.txt")).unwrap();
    let findings: String =
        findings.split_inclusive('\n').filter(|line| is_of(rule, line.trim_end())).collect();
    assert!(!findings.is_empty(), "{}: its rule does not speak", case.id);
    write!(out, "\n```console\n$ {}\n{findings}```\n", words.join(" ")).unwrap();
    out
}

/// Every line of the file behind `-`, `+` or a blank, without the header of three lines.
fn diff(before: &str, after: &str) -> String {
    let diff = flink_migrate::text::unified("", before, after, 1_000);
    diff.lines().skip(3).map(|line| format!("{line}\n")).collect()
}

fn is_of(rule: &Rule, line: &str) -> bool {
    line.ends_with(&format!(" [{}]", rule.id))
}

/// What `--accept` takes for the rule; nothing if it can only be answered.
fn accepted(rule: &Rule) -> Option<String> {
    match rule.accept {
        Acceptable::No => None,
        Acceptable::Yes => Some(rule.id.to_string()),
        Acceptable::ForOneWorkload => Some(format!("{}=prod/orders", rule.id)),
    }
}
