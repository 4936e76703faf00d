//! What a repository of thousands of workloads comes to: grouped, counted, sorted.

use std::collections::BTreeSet;

use flink_migrate::diagnostic::{Diagnostic, Severity};
use flink_migrate::plan::{Changeset, FileOutcome, Outcome};
use flink_migrate::report::{Format, Look, counts, verdict};
use flink_migrate::text::{Excerpt, Position as Place, SourceFile, Span};

use super::sample::{ORDERS, fraud, fraud_changes, located, orders, plan, says};
use super::{PLAIN, parsed, without_colors, written};

const WORKLOADS: usize = 3_000;

/// Rule, what is to come of it, how many of a thousand workloads have it, and what it says of `@`.
type Said = (&'static str, Severity, usize, &'static str);

const SAID: &[Said] = &[
    ("missing-savepoint", Severity::Decision, 270, "no savepoint is known: @ would start empty"),
    ("stale-savepoint", Severity::Decision, 40, "the path in Git is honoured again: @ goes back"),
    ("ambiguous-savepoint", Severity::Decision, 30, "the tree has more than one `@`"),
    ("contradiction", Severity::Decision, 3, "@ has a savepoint and is marked `fresh`"),
    ("unplaced-savepoint", Severity::Decision, 5, "@ does not start from its savepoint"),
    ("job-state", Severity::Decision, 35, "@ is suspended, and nothing says why"),
    ("service-account", Severity::Decision, 70, "@ runs under `default`"),
    ("checkpoint-dir", Severity::Decision, 34, "no checkpoint directory is known"),
    ("operator-refuses", Severity::Decision, 20, "the name of @ is refused by operator 1.7"),
    ("preview-dialect", Severity::Decision, 10, "`logging` is of a snapshot before 0.1.0"),
    ("partial", Severity::Decision, 8, "@ is patched, and cannot be judged alone"),
    ("reference", Severity::Decision, 15, "a selector of version v1alpha1 stands here"),
    ("template", Severity::Decision, 28, "this is a template that has not been rendered"),
    ("sops", Severity::Decision, 9, "the document is encrypted by SOPS"),
    ("broken-yaml", Severity::Error, 7, "the document is not YAML"),
    ("not-utf8", Severity::Error, 1, "the file is not UTF-8"),
    ("api-version", Severity::Change, 900, "v1alpha1 becomes v1beta1"),
    ("initial-savepoint", Severity::Change, 500, "@ starts from its savepoint"),
    ("operator-defaults", Severity::Note, 990, "it relies on defaults that later charts drop"),
    ("operator-refuses", Severity::Note, 980, "operator 1.9 refuses what @ asks for"),
    ("jobmanager-cpu", Severity::Note, 700, "the JobManager's cpu stays 0"),
    ("rendered", Severity::Note, 50, "Helm rendered this from charts/@.yaml"),
    ("embedded", Severity::Note, 11, "a manifest at v1alpha1 stands inside a text"),
];

/// A tree with findings of every kind, and a savepoint map that needs a decision.
pub(crate) fn crowd() -> Changeset {
    let mut files: Vec<FileOutcome> = (0..WORKLOADS).map(workload).collect();
    files.push(savepoint_map());
    Changeset { files, files_read: 20_000, ..Changeset::default() }
}

fn workload(number: usize) -> FileOutcome {
    let key = format!("team-{}/job-{number:04}", number % 17);
    let name = format!("clusters/c{}/job-{number:04}.yaml", number / 500);
    let file = SourceFile { name: &name, text: ORDERS };
    let mut found = Vec::new();
    for (i, (rule, severity, share, message)) in SAID.iter().enumerate() {
        // A walk over the thousand that meets each number once, and another one for each rule.
        if (number * 619 + i * 337) % 1000 < *share {
            let diagnostic = says(rule, *severity, &message.replace('@', &key));
            let fix = Some(fraud_changes()).filter(|_| *severity == Severity::Change);
            let diagnostic = Diagnostic { fix, ..diagnostic.help(format!("answer it for {key}")) };
            found.push(located(&file, "savepoint", &key, diagnostic));
        }
    }
    let grave = found.iter().map(|located| located.diagnostic.severity).max();
    let mut plan = match grave {
        Some(Severity::Error) => plan(&file, Outcome::Failed, &key),
        Some(Severity::Decision) => plan(&file, Outcome::Held, &key),
        Some(Severity::Change) => {
            let like = FileOutcome { path: name.clone(), ..fraud() };
            FileOutcome { diagnostics: Vec::new(), ..like }
        }
        _ => plan(&file, Outcome::AlreadyRight, &key),
    };
    plan.diagnostics = found;
    plan
}

/// The findings about a file that is no manifest: there is no line to show.
fn savepoint_map() -> FileOutcome {
    let file = SourceFile { name: "savepoints.yaml", text: "" };
    let mut map = plan(&file, Outcome::Held, "");
    map.documents[0].kind = Some("savepoint map".to_string());
    map.documents[0].workloads.clear();
    map.diagnostics = (1..=190)
        .map(|line| {
            let key = format!("prod/gone-{line}");
            let message = format!("there is no workload `{key}`");
            let diagnostic = Diagnostic { span: Span::empty(0), ..unused(&message) };
            let mut located = located(&file, "", &key, diagnostic);
            located.location.position = Place { line, column: 1 };
            located.excerpt = Excerpt { text: String::new(), highlight: Span::empty(0) };
            located
        })
        .collect();
    map
}

fn unused(message: &str) -> Diagnostic {
    says("unused-savepoint", Severity::Decision, message).help("correct the name")
}

/// Word, rule, findings and files of each heading, as they follow each other.
fn headings(report: &str) -> Vec<(String, String, usize, usize)> {
    let heading = |line: &str| {
        let (title, count) = line.split_once("]: ")?;
        let (word, rule) = title.split_once('[')?;
        let (findings, files) = count.split_once(" in ")?;
        let files = files.strip_suffix(" files").or(files.strip_suffix(" file"))?;
        Some((word.into(), rule.into(), findings.parse().ok()?, files.parse().ok()?))
    };
    report.lines().filter_map(heading).collect()
}

/// Rule (the one above where it is not repeated), word, findings and files of each row.
fn rows(report: &str) -> Vec<(String, String, usize, usize)> {
    let table = report.split("\nrule ").nth(1).expect("a table");
    let mut rule = String::new();
    let mut rows = Vec::new();
    for line in table.lines().skip(1).take_while(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        if !line.starts_with(' ') {
            rule = words.next().expect("a rule").to_string();
        }
        let word = words.next().expect("a level").to_string();
        let mut number = || words.next().and_then(|word| word.parse().ok()).expect("a number");
        rows.push((rule.clone(), word, number(), number()));
    }
    rows
}

#[test]
fn twenty_findings_are_shown_one_by_one_and_more_are_grouped() {
    let one = |number: usize| FileOutcome { path: format!("job-{number}.yaml"), ..orders() };
    let report = |count: usize| {
        let files = (0..count).map(one).collect();
        written(
            Format::Human,
            &Changeset { files, files_read: count, ..Changeset::default() },
            &PLAIN,
        )
    };
    let few = report(20);
    assert_eq!(few.matches("\n --> job-").count(), 20, "{few}");
    assert!(!few.contains("how to answer"));
    let many = report(21);
    assert!(many.starts_with("decision[missing-savepoint]: 21 in 21 files\n"), "{many}");
    assert_eq!(many.matches("\n --> job-").count(), 3, "{many}");
    assert_eq!(many.matches("\n  job-").count(), 10, "{many}");
    assert!(many.contains("\n  ... and 8 more (flink-migrate explain missing-savepoint)\n"));
    assert_eq!(many.matches("help: ").count(), 1, "what all advise is said once: {many}");
}

#[test]
fn three_thousand_workloads_fit_into_four_hundred_lines() {
    let report = written(Format::Human, &crowd(), &PLAIN);
    assert!(report.lines().count() < 400, "{} lines", report.lines().count());
    let narrow = written(Format::Human, &crowd(), &Look { width: 80, ..PLAIN });
    assert!(narrow.lines().count() < 400, "{} lines", narrow.lines().count());
}

#[test]
fn the_gravest_come_first_then_the_largest_then_the_names() {
    let report = written(Format::Human, &crowd(), &PLAIN);
    let rank = |word: &str| match word {
        "error" => 0,
        "decision" => 1,
        "change" | "pending" => 2,
        "note" => 3,
        _ => panic!("{word}"),
    };
    let headings = headings(&report);
    assert!(headings.len() > 20, "{report}");
    let order: Vec<_> = headings
        .iter()
        .map(|(word, rule, findings, _)| (rank(word), usize::MAX - findings, rule, word))
        .collect();
    assert!(order.is_sorted(), "{headings:?}");
    assert_eq!(written(Format::Human, &crowd(), &PLAIN), report);
}

#[test]
fn the_table_names_each_rule_once_and_counts_what_the_headings_count() {
    let changeset = crowd();
    let report = written(Format::Human, &changeset, &PLAIN);
    let rows = rows(&report);
    let rules: BTreeSet<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    let table = report.split("\nrule ").nth(1).expect("a table");
    for rule in &rules {
        let named = table.lines().filter(|line| line.split(' ').next() == Some(rule));
        assert_eq!(named.count(), 1, "{rule}");
    }
    assert_eq!(rules.len(), SAID.iter().map(|said| said.0).collect::<BTreeSet<_>>().len() + 1);
    for (word, rule, findings, files) in headings(&report) {
        let row = (rule, word, findings, files);
        assert!(rows.contains(&row), "{row:?}");
    }
    for level in Severity::ALL {
        let is =
            |word: &str| word == level.word() || word == "pending" && level == Severity::Change;
        let sum: usize = rows.iter().filter(|row| is(&row.1)).map(|row| row.2).sum();
        assert_eq!(sum, changeset.of_severity(level), "{}", level.word());
    }
    assert_eq!(
        rows.iter().filter(|row| row.0 == "unused-savepoint").map(|row| row.3).sum::<usize>(),
        1
    );
    assert!(
        report.ends_with(&format!("{}\n", broken_as_printed(&verdict(&changeset)))),
        "{report}"
    );
}

/// The verdict in a hundred columns.
fn broken_as_printed(verdict: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for (i, part) in verdict.split(", ").enumerate() {
        let len = part.len() + 2;
        let fits = column + len <= PLAIN.width;
        out += if i == 0 {
            ""
        } else if fits {
            ", "
        } else {
            ",\n"
        };
        column = if fits { column + len } else { len };
        out += part;
    }
    out
}

#[test]
fn notes_do_not_drown_what_must_be_decided() {
    let report = written(Format::Human, &crowd(), &PLAIN);
    let first = report.find("\nnote[").expect("notes");
    let notes = &report[first..report.find("\nrule ").expect("a table")];
    assert!(notes.lines().count() < 60, "{notes}");
    assert!(!notes.contains("-->") && !notes.contains("decision["), "{notes}");
    assert!(notes.contains("\nnote[operator-defaults]: 2970 in 2970 files\n"), "{notes}");
    assert!(notes.contains("\n  ... and 2968 more\n"), "{notes}");

    let look = Look { notes: false, changes: false, ..PLAIN };
    let report = written(Format::Human, &crowd(), &look);
    assert!(!report.contains("note") || report.ends_with(" notes not shown)\n"), "{report}");
    assert!(rows(&report).iter().all(|row| row.1 == "decision" || row.1 == "error"), "{report}");
}

#[test]
fn a_crowd_fits_the_width_and_its_colors_add_nothing() {
    for width in [60, 80, 100, 140] {
        let look = Look { width, ..PLAIN };
        let report = written(Format::Human, &crowd(), &look);
        for line in report.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        let colored = written(Format::Human, &crowd(), &Look { color: true, ..look });
        assert!(colored.contains("\u{1b}["));
        assert_eq!(without_colors(&colored), report);
    }
    let report = written(Format::Human, &crowd(), &Look { width: 0, ..PLAIN });
    assert!(report.contains("  savepoint map, or fresh = true\n"), "{report}");
}

#[test]
fn a_long_path_shows_its_end_and_a_long_highlight_its_beginning() {
    let deep = "very-long-folder/".repeat(9);
    let text =
        format!("kind: FlinkDeployment\nspec: {{job: {{upgradeMode: {}}}}}\n", "x".repeat(200));
    let name = format!("{deep}job.yaml");
    let file = SourceFile { name: &name, text: &text };
    let mut held = plan(&file, Outcome::Held, "job");
    let message = |i: usize| format!("odd in its own way {i}");
    held.diagnostics = (0..30)
        .map(|i| {
            located(
                &file,
                &"x".repeat(200),
                "job",
                says("partial", Severity::Decision, &message(i)),
            )
        })
        .collect();
    let changeset = Changeset { files: vec![held], files_read: 1, ..Changeset::default() };
    let report = written(Format::Human, &changeset, &Look { width: 80, ..PLAIN });
    for line in report.lines().filter(|line| !line.contains("-->")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(report.contains("\n  ...ong-folder/"), "{report}");
    assert!(report.contains("/job.yaml:2:27\n"), "{report}");
}

#[test]
fn concise_stays_a_line_for_each_and_is_counted_beside_it() {
    let changeset = crowd();
    let concise = written(Format::Concise, &changeset, &PLAIN);
    let all: usize = changeset.files.iter().map(|file| file.diagnostics.len()).sum();
    assert_eq!(concise.lines().count(), all);
    let mut table = String::new();
    counts(&changeset, &PLAIN, &mut table).expect("a string takes everything");
    assert!(written(Format::Human, &changeset, &PLAIN).contains(&table), "{table}");
    let mut none = String::new();
    let few = Changeset { files: vec![orders(), fraud()], files_read: 2, ..Changeset::default() };
    counts(&few, &PLAIN, &mut none).expect("a string takes everything");
    assert_eq!(none, "");
}

#[test]
fn a_file_that_is_no_manifest_is_named_without_a_line() {
    let mut map = savepoint_map();
    map.diagnostics.truncate(1);
    let changeset = Changeset { files: vec![map, orders()], files_read: 2, ..Changeset::default() };
    let report = written(Format::Human, &changeset, &PLAIN);
    let expected = "decision[unused-savepoint]: there is no workload `prod/gone-1`\n\
                    --> savepoints.yaml:1:1\n |\nhelp: correct the name\n\n";
    assert!(report.starts_with(expected), "{report}");
    let concise = written(Format::Concise, &changeset, &PLAIN);
    assert!(concise.starts_with(
        "savepoints.yaml:1:1: decision: there is no workload `prod/gone-1`; correct the name \
         [unused-savepoint]\n"
    ));
    let json = parsed(Format::Json, &changeset);
    assert_eq!(json["files"][0]["findings"][0]["line"], 1);
    assert_eq!(json["files"][0]["documents"][0]["kind"], "savepoint map");
    assert_eq!(
        verdict(&changeset),
        "no file would change, 1 savepoint map needs a decision, 1 document is held for a decision"
    );
}

#[test]
fn the_verdict_calls_files_that_are_no_manifests_by_their_name() {
    let values = || {
        let mut file = savepoint_map();
        file.documents[0].kind = Some("values of the operator's chart".to_string());
        file
    };
    let files = vec![savepoint_map(), savepoint_map(), values()];
    assert_eq!(
        verdict(&Changeset { files, files_read: 3, ..Changeset::default() }),
        "no file would change, 2 savepoint maps need a decision, 1 file of operator values needs a \
         decision"
    );
}

#[test]
fn the_template_that_helm_rendered_from_is_named_once() {
    let from = |mut file: FileOutcome, message: Option<&str>| {
        file.diagnostics.truncate(1);
        file.diagnostics[0].location.template = Some("jobs/templates/orders.yaml".to_string());
        if let Some(message) = message {
            file.diagnostics[0].diagnostic.message = message.to_string();
        }
        Changeset { files: vec![file], files_read: 1, ..Changeset::default() }
    };
    let unnamed = from(orders(), None);
    let human = written(Format::Human, &unnamed, &PLAIN);
    let place = " --> payments/orders.yaml:6:18 (from jobs/templates/orders.yaml)\n";
    assert!(human.contains(place), "{human}");
    let concise = written(Format::Concise, &unnamed, &PLAIN);
    assert!(
        concise.contains(": it would start empty (from jobs/templates/orders.yaml); add "),
        "{concise}"
    );
    let json = parsed(Format::Json, &unnamed);
    assert_eq!(json["files"][0]["findings"][0]["origin"], "jobs/templates/orders.yaml");

    let named = from(fraud(), Some("Helm rendered this from jobs/templates/orders.yaml: odd"));
    for format in [Format::Human, Format::Concise] {
        let text = written(format, &named, &PLAIN);
        assert_eq!(text.matches("jobs/templates/orders.yaml").count(), 1, "{text}");
    }
}

#[test]
fn a_crowd_from_a_chart_is_listed_with_its_templates() {
    let mut changeset = crowd();
    for located in changeset.files.iter_mut().flat_map(|file| &mut file.diagnostics) {
        located.location.template = Some("jobs/templates/all.yaml".to_string());
    }
    let report = written(Format::Human, &changeset, &PLAIN);
    let is_listed = |line: &&str| line.starts_with("  clusters/") && line.contains(".yaml:6:18 (");
    let listed: Vec<&str> = report.lines().filter(is_listed).collect();
    assert!(listed.len() > 30, "{report}");
    assert!(listed.iter().all(|line| line.contains(" (from jobs/templates/all.yaml)")));
}
