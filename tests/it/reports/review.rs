//! The review of a changeset, as Markdown and as a page: what it says, and what has room in it.

use std::collections::BTreeSet;

use flink_migrate::testing::Files;
use serde_json::Value;

use super::crowd::{CROWD, JSON};
use super::{files, markup, report, run_at, verdict};
use crate::sandbox::{held, sound};

/// Room for a review unless somebody says otherwise.
const BUDGET: usize = 60_000;

/// Less is never kept to.
const LEAST: usize = 4_000;

/// The review with these options; of this many bytes at most.
fn within(files: &Files, options: &[&str], budget: Option<usize>) -> String {
    let budget = budget.unwrap_or(BUDGET).to_string();
    let args = ["check", "--format", "markdown", "--markdown-budget", &budget];
    run_at(None, files, &[&args, options].concat()).out
}

/// Whatever was decided, the review keeps to its budget, is whole, and says what changes.
pub(crate) fn assert_sound(files: &Files, options: &[&str], budget: Option<usize>) -> String {
    let review = within(files, options, budget);
    assert!(review.len() <= budget.unwrap_or(BUDGET).max(LEAST), "{} bytes", review.len());
    markup::markdown(&review);
    let run = run_at(None, files, &[&["check", "--format", "json"], options].concat());
    let summary: Value = serde_json::from_str::<Value>(&run.out).unwrap()["summary"].take();
    let mut lines = review.lines();
    assert_eq!(lines.next(), Some("<!-- flink-migrate -->"));
    let heading = lines.next().unwrap();
    let err = run_at(None, files, &[&["check"], options].concat()).err;
    let is_verdict = err.lines().any(|line| heading == format!("## flink-migrate: {line}"));
    assert!(is_verdict, "{heading}\n{err}");
    let says = heading.contains(" would change") && !heading.contains("no file would change");
    assert_eq!(says, summary["files"]["changed"] != 0, "{heading}");
    let is_open = ["decision", "error"].iter().any(|level| summary["findings"][level] != 0);
    assert_eq!(review.contains("> [!WARNING]"), is_open, "{review}");
    review
}

fn row_count(review: &str) -> usize {
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| workload |");
    review.lines().filter(is_row).count()
}

#[test]
fn nothing_to_do_is_a_line() {
    let nothing = files((0..3).map(|number| (format!("{number}.yaml"), "a: 1\n")));
    assert_eq!(
        assert_sound(&nothing, &[], None),
        "<!-- flink-migrate -->\n## flink-migrate: nothing to migrate in the 3 files that were read\n"
    );
    let page = report(&nothing, "html");
    assert!(page.contains("<h1>nothing to migrate in the 3 files that were read</h1>"));
    markup::html(&page);
}

#[test]
fn a_review_says_what_is_open_before_what_changes() {
    let tree = files([
        ("a.yaml", sound("a")),
        ("b.yaml", held("b")),
        ("c.yaml", "kind: FlinkDeployment\napiVersion: flink.apache.org/{{ .x }}\n".to_string()),
    ]);
    let (review, page) = (assert_sound(&tree, &[], None), report(&tree, "html"));
    for (text, parts) in [
        (&review, ["### To decide: 1", "### Workloads", "<details>", "### Not understood"]),
        (&page, ["id=\"decide\"", "id=\"workloads\"", "id=\"files\"", "id=\"unread\""]),
    ] {
        let runbook = text.find("Merge this when the runbook says so");
        let places: Vec<Option<usize>> =
            [runbook].into_iter().chain(parts.map(|part| text.find(part))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{text}");
    }
}

#[test]
fn workloads_whose_version_alone_changes_share_a_row() {
    let alike = (0..40).map(|n| (format!("job-{n}.yaml"), sound(&format!("job-{n}"))));
    let tree = files(alike);
    let review = assert_sound(&tree, &[], None);
    assert_eq!(row_count(&review), 1, "{review}");
    assert!(review.contains("| 40 workloads | 40 files | version | – | none |\n"), "{review}");
    assert!(review.contains("<summary>Only the version changes: 40 files</summary>"), "{review}");
    assert!(!review.contains("```"), "{review}");
    let page = report(&tree, "html");
    assert!(page.contains("<a href=\"#alike\">40 files</a>"));
    assert_eq!(page.matches("<del>-apiVersion").count(), 2 * 40, "each diff in both views");
    markup::html(&page);
}

#[test]
fn a_crowd_keeps_to_any_budget_and_says_what_is_left_out() {
    for budget in [LEAST, 5_000, 20_000, BUDGET] {
        let review = assert_sound(&CROWD, &[], Some(budget));
        assert!(review.contains("**Left out** to stay below "), "{review}");
        assert!(review.contains("All of it: `flink-migrate check --report html=report.html`"));
    }
    let review = within(&CROWD, &[], Some(20_000));
    let (_, left_out) = review.rsplit_once("**Left out**").unwrap();
    let workloads = left_out.split(", ").find(|part| part.ends_with(" workloads")).unwrap();
    let (more, all) = workloads.split_once(" of ").unwrap();
    assert!(review.contains(&format!("| … and {more} ")), "{review}");
    let all: usize = all.split(' ').next().unwrap().parse().unwrap();
    assert!(all - more.parse::<usize>().unwrap() > 20, "{workloads}");
}

#[test]
fn a_thousand_workloads_have_room_in_a_comment() {
    let like = |n: usize| {
        if n.is_multiple_of(9) {
            held("a")
        } else {
            sound("a").replace("  serviceAccount: flink\n", "")
        }
    };
    let many = (0..1_000).map(|n| {
        let name = format!("größe/✓/{n:05}.yaml");
        (name, like(n).replace("name: a\n", &format!("name: a-{n}\n")))
    });
    let review = assert_sound(&files(many), &["--service-account", "flink"], None);
    assert!(review.chars().count() <= BUDGET && review.len() <= 65_000);
    assert!(review.len() > BUDGET * 3 / 4, "the room is used: {}", review.len());
}

#[test]
fn small_diffs_have_room_before_large_ones() {
    let sized = |documents: usize| {
        let text = |n: usize| {
            sound(&format!("job-{documents}-{n}")).replace("  serviceAccount: flink\n", "")
        };
        (0..documents).map(text).collect::<Vec<_>>().join("---\n")
    };
    let tree = files([
        ("0.yaml", sized(20)),
        ("1.yaml", sized(1)),
        ("2.yaml", sized(250)),
        ("3.yaml", sized(2)),
    ]);
    let review = assert_sound(&tree, &["--service-account", "flink"], None);
    assert_eq!(review.matches("```diff").count(), 3, "the largest alone has none");
    assert!(!review.contains("<code>2.yaml</code>: <b>"), "{review}");
    assert!(review.contains("**Left out** to stay below 60000 bytes: "), "{review}");
    assert!(review.contains("1 of 4 diffs"), "{review}");
}

#[test]
fn a_page_of_a_crowd_is_whole_and_leaves_nothing_out() {
    let page = report(&CROWD, "html");
    markup::html(&page);
    for file in JSON["files"].as_array().unwrap() {
        let is_named = page.contains(file["path"].as_str().unwrap());
        assert!(is_named || file["outcome"] == "already-right", "{}", file["path"]);
    }
    assert!(page.len() < 4_000_000, "{}", page.len());
    let named = |what: &str| -> Vec<&str> {
        page.split(what).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    };
    let ids = named(" id=\"");
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len(), "each place is one");
    assert!(named("href=\"#").iter().all(|id| distinct.contains(id)));
    assert!(page.contains(&format!("<h1>{}</h1>", verdict(&CROWD))));
}
