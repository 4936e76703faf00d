//! The review of a changeset, as Markdown and as a page: what it says, and what has room in it.

use std::collections::BTreeSet;

use flink_migrate::diagnostic::Severity;
use flink_migrate::plan::{Changeset, FieldChange, FileOutcome, Outcome};
use flink_migrate::report::{Format, MARKDOWN_BUDGET, markdown as write_markdown, verdict};
use flink_migrate::text::{Excerpt, SourceFile, Span};
use flink_migrate::yaml::{Change, FieldPath, InsertPosition, Mark, Value};

use super::crowd::crowd;
use super::sample::{FRAUD, changes, fraud, hunks_between, located, orders, plan, sample};
use super::{PLAIN, markup, written};

/// Less is never kept to.
pub(crate) const LEAST: usize = 4_000;

pub(crate) fn within(changeset: &Changeset, budget: usize) -> String {
    let mut out = String::new();
    write_markdown(changeset, budget, &mut out).expect("a string takes everything");
    out
}

/// Whatever was decided, the report keeps to its budget, is whole, and says what changes.
pub(crate) fn assert_sound(changeset: &Changeset, budget: usize) -> String {
    let report = within(changeset, budget);
    assert!(report.len() <= budget.max(LEAST), "{} of {budget}", report.len());
    markup::markdown(&report);
    let mut lines = report.lines();
    assert_eq!(lines.next(), Some("<!-- flink-migrate -->"));
    let heading = lines.next().expect("a heading");
    assert_eq!(heading, format!("## flink-migrate: {}", verdict(changeset)));
    let changes = changeset.files.iter().filter(|file| file.changes()).count();
    let says = heading.contains(" would change") && !heading.contains("no file would change");
    assert_eq!(says, changes > 0, "{heading}");
    let open = changeset.of_severity(Severity::Decision) + changeset.of_severity(Severity::Error);
    assert_eq!(report.contains("> [!WARNING]"), open > 0, "{report}");
    assert_eq!(within(changeset, budget), report);
    report
}

fn row_count(report: &str) -> usize {
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| workload |");
    report.lines().filter(is_row).count()
}

#[test]
fn nothing_to_do_is_a_line() {
    let nothing = Changeset { files: Vec::new(), files_read: 3, ..Changeset::default() };
    let report = assert_sound(&nothing, MARKDOWN_BUDGET);
    assert_eq!(
        report,
        "<!-- flink-migrate -->\n## flink-migrate: nothing to migrate in the 3 files that were read\n"
    );
    let page = written(Format::Html, &nothing, &PLAIN);
    assert!(page.contains("<h1>nothing to migrate in the 3 files that were read</h1>"));
    markup::html(&page);
}

#[test]
fn what_could_not_be_read_stands_in_every_heading() {
    let changes =
        Changeset { files: vec![orders()], files_read: 1, unreadable: 2, ..Changeset::default() };
    let nothing = Changeset { files_read: 3, unreadable: 1, ..Changeset::default() };
    for (changeset, words) in
        [(changes, "2 files could not be read"), (nothing, "1 file could not be read")]
    {
        assert_eq!(changeset.outcome(), Outcome::Failed);
        let report = within(&changeset, LEAST);
        markup::markdown(&report);
        let heading = report.lines().nth(1).expect("a heading");
        assert!(heading.ends_with(&format!(", {words}")), "{heading}");
        assert!(report.contains(&format!("> [!WARNING]\n> **{words}.**")), "{report}");
        assert!(!report.contains("Nothing is left to decide"), "{report}");
        let page = written(Format::Html, &changeset, &PLAIN);
        markup::html(&page);
        assert!(page.contains(&format!("{words}</h1>")), "{page}");
        assert!(page.contains(&format!("<p class=\"callout warning\"><strong>{words}.</strong>")));
        assert!(!page.contains("Nothing is left to decide"));
    }
}

#[test]
fn a_review_says_what_is_open_before_what_changes() {
    let report = assert_sound(&sample(), MARKDOWN_BUDGET);
    let page = written(Format::Html, &sample(), &PLAIN);
    markup::html(&page);
    for parts in [
        [
            "Merge this when the runbook says so",
            "### To decide: 1",
            "### Workloads",
            "<details>",
            "### Not understood",
        ]
        .map(|part| report.find(part)),
        [
            "Merge this when the runbook says so",
            "id=\"decide\"",
            "id=\"workloads\"",
            "id=\"files\"",
            "id=\"unread\"",
        ]
        .map(|part| page.find(part)),
    ] {
        assert!(parts.iter().all(Option::is_some) && parts.is_sorted(), "{parts:?}\n{report}");
    }
    for row in [
        "| `payments/orders` | `payments/orders.yaml:6` | – | **`missing-savepoint`** | **decide** |\n",
        "| `zoo.yaml:2` | – | – | **unread** |\n",
        "| `payments/fraud` | `payments/fraud.yaml:1` | version, `jobManager.replicas`, \
         `jobManager.cpu`, 3 more | – | low |\n",
    ] {
        assert!(report.contains(row), "{row}{report}");
    }
    assert!(!report.contains("payments/gateway"), "what is right already is only counted");
}

#[test]
fn fields_are_told_with_what_stood_there_and_why() {
    let text =
        FRAUD.replace("    parallelism: 2\n", "    initialSavepointPath: 's3://k:s@lake/old'\n");
    let file = SourceFile { name: "a.yaml", text: &text };
    let path = FieldPath::from_keys(["spec", "job", "initialSavepointPath"]);
    let value = Value::Text("s3://k:hunter2@lake/new".into());
    let change = Change::Set { path, value, mark: Mark::Keep };
    let was = Some("s3://k:s@lake/old".to_string());
    let mut fields = vec![FieldChange { change: change.clone(), old: was }];
    let savepoint =
        changes("initial-savepoint", vec![change], "it starts from `s3://k:hunter2@lake/new`");
    let version = FieldPath::from_keys(["apiVersion"]);
    let value = Value::Text("flink.apache.org/v1beta1".into());
    let version = Change::Set { path: version, value, mark: Mark::Keep };
    let was = Some("flink.apache.org/v1alpha1".to_string());
    fields.push(FieldChange { change: version.clone(), old: was });
    let version = changes("api-version", vec![version], "v1alpha1 becomes v1beta1");
    let account = Change::Insert {
        path: FieldPath::from_keys(["spec", "serviceAccount"]),
        value: Value::Text("flink".into()),
        position: InsertPosition::Last,
        mark: None,
    };
    fields.push(FieldChange { change: account.clone(), old: None });
    let account = changes("service-account", vec![account], "nothing else names one");
    let mut plan = plan(&file, Outcome::Changed, "payments/a");
    plan.rewrite = fraud().rewrite;
    plan.documents[0].fields = fields;
    plan.diagnostics = vec![
        located(&file, "flink.apache.org/v1alpha1", "payments/a", version),
        located(&file, "spec", "payments/a", account),
        located(&file, "'s3://k:s@lake/old'", "payments/a", savepoint),
    ];
    // As a plan does with a line that holds credentials.
    plan.diagnostics[2].excerpt = Excerpt {
        text: "    initialSavepointPath: 's3://***@lake/old'".into(),
        highlight: Span::new(0, 45),
    };
    let changeset = Changeset { files: vec![plan], files_read: 1, ..Changeset::default() };
    let report = assert_sound(&changeset, MARKDOWN_BUDGET);
    for line in [
        "- `apiVersion`: `flink.apache.org/v1alpha1` → `flink.apache.org/v1beta1`\n",
        "- `spec.serviceAccount`: unset → `flink`<br>nothing else names one\n",
        "- `spec.job.initialSavepointPath`: `s3://***@lake/old` → `s3://***@lake/new`<br>it starts \
         from `s3://***@lake/new`\n",
        "| `payments/a` | `a.yaml:1` | version, `serviceAccount`, `job.initialSavepointPath` | \
         `s3://***@lake/new` (replaces another) | **state** |\n",
    ] {
        assert!(report.contains(line), "{line}{report}");
    }
}

#[test]
fn secrets_are_shown_by_neither() {
    let mut file = fraud();
    let after = FRAUD.replace("v1alpha1", "v1beta1");
    let secret = |text: &str| text.replace("kind: F", "password: hunter2\nkind: F");
    file.rewrite.as_mut().expect("a rewrite").hunks =
        hunks_between(&secret(FRAUD), &secret(&after), 3);
    let changeset =
        Changeset { files: vec![file, orders()], files_read: 2, ..Changeset::default() };
    for format in [Format::Markdown, Format::Html] {
        let text = written(format, &changeset, &PLAIN);
        assert!(!text.contains("hunter2") && text.contains("password: ***"), "{text}");
    }
}

#[test]
fn workloads_whose_version_alone_changes_share_a_row() {
    let one = |number: usize| {
        let mut file = fraud();
        file.path = format!("job-{number}.yaml");
        file.documents[0].workloads = vec![format!("prod/job-{number}")];
        file.documents[0].fields.truncate(1);
        file.diagnostics.truncate(1);
        file.diagnostics[0].diagnostic.workload = Some(format!("prod/job-{number}"));
        let change = file.documents[0].fields[0].change.clone();
        file.diagnostics[0].diagnostic.fix = Some(vec![change]);
        file
    };
    let changeset =
        Changeset { files: (0..40).map(one).collect(), files_read: 40, ..Changeset::default() };
    let report = assert_sound(&changeset, MARKDOWN_BUDGET);
    assert_eq!(row_count(&report), 1, "{report}");
    assert!(report.contains("| 40 workloads | 40 files | version | – | none |\n"), "{report}");
    assert!(report.contains("<summary>Only the version changes: 40 files</summary>"), "{report}");
    assert!(!report.contains("```"), "{report}");
    let page = written(Format::Html, &changeset, &PLAIN);
    assert!(page.contains("<a href=\"#alike\">40 files</a>"));
    assert_eq!(page.matches("<del>-apiVersion").count(), 2 * 40, "each diff in both views");
    markup::html(&page);
}

#[test]
fn a_crowd_keeps_to_any_budget_and_says_what_is_left_out() {
    let changeset = crowd();
    for budget in [0, 5_000, 20_000, MARKDOWN_BUDGET, 1_000_000] {
        let report = assert_sound(&changeset, budget);
        assert!(report.contains("**Left out** to stay below "), "{report}");
        assert!(report.contains("All of it: `flink-migrate check --report html=report.html`"));
    }
    let report = within(&changeset, MARKDOWN_BUDGET);
    let more = report.split("| … and ").nth(1).expect("a row for the others");
    let more: usize = more.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    let shown = row_count(&report) - 1;
    assert!(shown > 100, "{shown}");
    assert!(report.contains(&format!("{more} of {} workloads", shown + more)), "{report}");
}

#[test]
fn five_thousand_workloads_have_room_in_a_comment() {
    let one = |number: usize| {
        let like = if number.is_multiple_of(9) { orders() } else { fraud() };
        FileOutcome { path: format!("größe/✓/{number:05}.yaml"), ..like }
    };
    let changeset = Changeset {
        files: (0..5_000).map(one).collect(),
        files_read: 5_000,
        ..Changeset::default()
    };
    let report = assert_sound(&changeset, MARKDOWN_BUDGET);
    assert!(report.chars().count() <= MARKDOWN_BUDGET && report.len() <= 65_000);
    assert!(report.len() > MARKDOWN_BUDGET * 3 / 4, "the room is used: {}", report.len());
}

#[test]
fn small_diffs_have_room_before_large_ones() {
    let sized = |number: usize, lines: usize| {
        let mut file = fraud();
        file.path = format!("{number}.yaml");
        let text = |mark: &str| (0..lines).map(|n| format!("{mark}{n}\n")).collect::<String>();
        file.rewrite.as_mut().expect("a rewrite").hunks = hunks_between(&text("a"), &text("b"), 3);
        file
    };
    let files = vec![sized(0, 3_000), sized(1, 3), sized(2, 30_000), sized(3, 5)];
    let report =
        assert_sound(&Changeset { files, files_read: 4, ..Changeset::default() }, MARKDOWN_BUDGET);
    assert_eq!(report.matches("```diff").count(), 3, "the largest alone has none");
    assert!(report.contains("<code>2.yaml</code>: <b>low</b>, 6 fields</summary>"), "{report}");
    assert!(report.contains("**Left out** to stay below 60000 bytes: 1 of 4 diffs."));
}

#[test]
fn a_page_of_a_crowd_is_whole_and_leaves_nothing_out() {
    let changeset = crowd();
    let page = written(Format::Html, &changeset, &PLAIN);
    markup::html(&page);
    let rows = page.matches("<tr class=\"").count();
    let concerned =
        changeset.files.iter().filter(|file| file.outcome() > Some(Outcome::AlreadyRight));
    // A savepoint map is no workload.
    assert!(rows + 1 >= concerned.count(), "{rows}");
    assert!(page.len() < 12_000_000, "{}", page.len());
    let named = |what: &str| -> Vec<&str> {
        page.split(what).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    };
    let ids = named(" id=\"");
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), known.len(), "each place is one");
    assert!(named("href=\"#").iter().all(|id| known.contains(id)));
}
