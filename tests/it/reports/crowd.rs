//! What a repository of hundreds of workloads comes to: grouped, counted, sorted.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use flink_migrate::testing::Files;
use serde_json::Value;

use super::{files, findings, report, run_at, verdict, without_colors};
use crate::sandbox::{BROKEN, held, migrated, sound};

const WORKLOADS: usize = 600;

/// A tree with findings of every kind, and a savepoint map that needs decisions.
pub(crate) static CROWD: LazyLock<Files> = LazyLock::new(|| {
    let manifest = |number: usize| {
        let name = format!("job-{number:04}");
        let job = "    upgradeMode: savepoint\n";
        match number % 20 {
            0 => format!("{}    initialSavepointPath: s3://lake/old/{number}\n", held(&name)),
            1 => sound(&name).replace("  serviceAccount: flink\n", ""),
            2 => held(&name).replace(job, &format!("    state: suspended\n{job}")),
            3 => BROKEN.to_string(),
            4 => format!(
                "kind: FlinkDeployment\napiVersion: flink.apache.org/{{{{ .v{number} }}}}\n"
            ),
            5 => migrated(&name),
            6 => format!(
                "kind: ConfigMap\ndata:\n  a: |\n    apiVersion: flink.apache.org/v1alpha1\n    kind: \
                 FlinkDeployment\n    metadata: {{name: {name}}}\n"
            ),
            7 => format!("# Source: jobs/templates/{number}.yaml\n{}", sound(&name)),
            8 => sound(&name).replace("      cpu: 1\n", ""),
            9..13 => held(&name),
            _ => sound(&name),
        }
    };
    let name = |number: usize| format!("clusters/c{}/job-{number:04}.yaml", number / 100);
    let mut tree = files((0..WORKLOADS).map(|number| (name(number), manifest(number))));
    tree.insert("not-utf8.yaml".into(), b"# flink.apache.org/v1alpha1 \xff\n".to_vec());
    let entries: String =
        (0..190).map(|number| format!("prod/gone-{number}: /sp/{number}\n")).collect();
    tree.insert("map.yaml".into(), entries.into_bytes());
    tree.insert("flink-migrate.toml".into(), b"savepoints = [\"map.yaml\"]\n".to_vec());
    tree
});

static HUMAN: LazyLock<String> = LazyLock::new(|| report(&CROWD, "human"));

/// The JSON report on the crowd.
pub(crate) static JSON: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&report(&CROWD, "json")).unwrap());

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
    let human = |count: usize| {
        let jobs = (0..count).map(|n| (format!("job-{n}.yaml"), held(&format!("job-{n}"))));
        run_at(None, &files(jobs), &["check", "--format", "human", "-q"]).out
    };
    // Each has a decision, a change, and a note that is not shown.
    let few = human(10);
    assert_eq!(few.matches("\n  --> job-").count(), 10, "{few}");
    assert!(!few.contains("how to answer"));
    assert!(human(11).contains("how to answer"));
    let many = human(21);
    assert!(many.starts_with("decision[missing-savepoint]: 21 in 21 files\n"), "{many}");
    assert_eq!(many.matches("\n  --> job-").count(), 3, "{many}");
    let is_listed = |line: &&str| line.starts_with("  job-") && line.contains(":24:18");
    assert_eq!(many.lines().filter(is_listed).count(), 10, "{many}");
    assert!(many.contains("\n  ... and 8 more (flink-migrate explain missing-savepoint)\n"));
}

#[test]
fn the_help_that_all_findings_of_a_group_share_is_printed_once() {
    let stream: Vec<String> = (0..30).map(|_| BROKEN.to_string()).collect();
    let named = stream.iter().enumerate().map(|(number, text)| (format!("{number}.yaml"), text));
    let human = report(&files(named), "human");
    assert!(human.starts_with("error[broken-yaml]: 30 in 30 files\n"), "{human}");
    assert_eq!(human.matches("help: ").count(), 1, "{human}");
}

#[test]
fn a_crowd_fits_into_three_hundred_lines_of_any_width_and_its_colours_add_nothing() {
    for width in [60, 80, 100, 140] {
        let at = |color: &str| {
            run_at(Some(width), &CROWD, &["check", "--format", "human", "--color", color]).out
        };
        let plain = at("never");
        assert!(plain.lines().count() < 300, "{} lines", plain.lines().count());
        for line in plain.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        let colored = at("always");
        assert!(colored.contains("\u{1b}["));
        assert_eq!(without_colors(&colored), plain);
    }
}

#[test]
fn the_gravest_come_first_then_the_largest_then_the_names() {
    let rank = |word: &str| match word {
        "error" => 0,
        "decision" => 1,
        "change" | "pending" => 2,
        "note" => 3,
        _ => panic!("{word}"),
    };
    let headings = headings(&HUMAN);
    assert!(headings.len() > 12, "{}", *HUMAN);
    let order: Vec<_> = headings
        .iter()
        .map(|(word, rule, findings, _)| (rank(word), usize::MAX - findings, rule, word))
        .collect();
    assert!(order.is_sorted(), "{headings:?}");
    assert_eq!(report(&CROWD, "human"), *HUMAN);
}

#[test]
fn the_table_names_each_rule_once_and_counts_what_the_headings_and_the_data_count() {
    let rows = rows(&HUMAN);
    let rules: BTreeSet<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    let table = HUMAN.split("\nrule ").nth(1).unwrap();
    for rule in &rules {
        let named = table.lines().filter(|line| line.split(' ').next() == Some(rule));
        assert_eq!(named.count(), 1, "{rule}");
    }
    let all = findings(&JSON);
    let reported: BTreeSet<&str> =
        all.iter().map(|(_, finding)| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, reported);
    for (word, rule, findings, files) in headings(&HUMAN) {
        let row = (rule, word, findings, files);
        assert!(rows.contains(&row), "{row:?}");
    }
    for level in ["error", "decision", "change", "note"] {
        let is = |word: &str| word == level || word == "pending" && level == "change";
        let sum: usize = rows.iter().filter(|row| is(&row.1)).map(|row| row.2).sum();
        assert_eq!(sum, JSON["summary"]["findings"][level], "{level}");
    }
    let unused = rows.iter().filter(|row| row.0 == "unused-savepoint");
    assert_eq!(unused.map(|row| (row.2, row.3)).collect::<Vec<_>>(), [(190, 1)]);
    // The report breaks the verdict at its commas.
    let verdict = verdict(&CROWD);
    assert!(HUMAN.replace(",\n", ", ").ends_with(&format!("{verdict}\n")), "{verdict}");
    assert!(verdict.contains(", 1 savepoint map needs a decision, "), "{verdict}");
}

#[test]
fn notes_do_not_drown_what_must_be_decided() {
    let first = HUMAN.find("\nnote[").unwrap();
    let notes = &HUMAN[first..HUMAN.find("\nrule ").unwrap()];
    assert!(notes.lines().count() < 60, "{notes}");
    assert!(!notes.contains("-->") && !notes.contains("decision["), "{notes}");
    assert!(notes.contains("\nnote[operator-defaults]: "), "{notes}");
    assert!(notes.contains("\n  ... and "), "{notes}");

    let quiet = run_at(None, &CROWD, &["check", "--format", "human", "-q"]).out;
    assert!(quiet.replace('\n', " ").ends_with(" notes not shown) "), "{quiet}");
    assert_eq!(quiet.matches("note").count(), 1, "{quiet}");
    assert!(rows(&quiet).iter().all(|row| row.1 != "note"), "{quiet}");
}

#[test]
fn concise_stays_a_line_for_each_and_is_counted_beside_it() {
    let concise = run_at(None, &CROWD, &["check"]);
    assert_eq!(concise.out.lines().count(), findings(&JSON).len());
    let table = HUMAN.split("\nrule ").nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(concise.err.contains(table), "{table}\n{}", concise.err);
}

#[test]
fn the_template_that_helm_rendered_from_is_named_once() {
    let source = "# Source: jobs/templates/orders.yaml\n";
    let tree = files([("a.yaml", format!("{source}{}", held("a")))]);
    for (format, place) in [
        ("human", " --> a.yaml:25:18 (from jobs/templates/orders.yaml)\n"),
        ("concise", " would start empty (from jobs/templates/orders.yaml); add "),
        ("json", "\"origin\": \"jobs/templates/orders.yaml\""),
    ] {
        let found = report(&tree, format);
        assert!(found.contains(place), "{format}: {found}");
    }
    let concise = report(&tree, "concise");
    let named = concise.lines().find(|line| line.ends_with("[rendered]")).unwrap();
    assert_eq!(named.matches("jobs/templates/orders.yaml").count(), 1, "{named}");
    let many =
        (0..40).map(|n| (format!("{n}.yaml"), format!("{source}{}", held(&format!("job-{n}")))));
    let human = run_at(None, &files(many), &["check", "--format", "human", "-q"]).out;
    let listed: Vec<&str> = human
        .lines()
        .filter(|line| {
            line.starts_with("  ") && !line.contains("-->") && line.contains(".yaml:25:18 (")
        })
        .collect();
    assert_eq!(listed.len(), 10, "{human}");
    assert!(listed.iter().all(|line| line.contains(" (from jobs/templates/orders.yaml)")));
}
