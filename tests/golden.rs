//! Every case folder, against what must come out: the findings people read and the bytes that are
//! written. `BLESS=1` accepts what comes out now; then read the difference line by line.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::collections::BTreeMap;
use std::fs;

use rayon::prelude::*;
use support::{Case, cases, folders, plant, root, run_case, tree};

#[test]
fn every_case_comes_out_as_its_golden_files_say() {
    let bless = std::env::var_os("BLESS").is_some();
    let failures: Vec<String> =
        cases().par_iter().filter_map(|case| judge(case, bless).err()).collect();
    assert!(failures.is_empty(), "{} cases fail:\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn no_golden_folder_is_without_a_case() {
    for suite in folders(&root().join("golden")) {
        for name in folders(&root().join("golden").join(&suite)) {
            let case = root().join("testdata").join(&suite).join(&name);
            assert!(case.join("case.toml").exists(), "golden/{suite}/{name} has no case");
        }
    }
}

#[test]
fn the_suites_hold_what_their_names_say() {
    for case in cases() {
        let changes = !tree(&case.golden.join("after")).is_empty();
        let status = case.spec.status;
        let plausible = (status == 1) <= changes && (status == 0) <= !changes;
        let right = match case.id.split('/').next().unwrap() {
            "convert" => status == 1 && changes,
            "decide" => status == 3,
            "untouched" => status == 0 && !changes,
            "refuse" => status == 2 && !changes,
            step @ ("prepare" | "suspend" | "cleanup" | "resume") => {
                plausible && names_step(&case, step)
            }
            _ => plausible,
        };
        assert!(right, "{}: status {status}, changes: {changes}", case.id);
    }
}

/// True if the case is about this step, typed or configured, or about an option of it at another.
fn names_step(case: &Case, step: &str) -> bool {
    let configured = || {
        let config = fs::read_to_string(case.before.join("flink-migrate.toml")).unwrap_or_default();
        config.contains(&format!("step = \"{step}\""))
    };
    case.spec.args.iter().any(|arg| arg == step) || configured() || case.spec.status == 2
}

#[test]
fn every_rule_and_every_problem_with_an_input_has_a_case_and_a_page() {
    use flink_migrate::{plan::input, rules::RULES};
    let mut said = std::collections::BTreeSet::new();
    for case in cases() {
        let findings = fs::read_to_string(case.golden.join("findings.txt")).unwrap_or_default();
        let ids = findings
            .lines()
            .filter_map(|line| Some(line.strip_suffix(']')?.rsplit_once('[')?.1.to_string()));
        said.extend(ids.filter(|id| !id.contains(' ')));
    }
    let pages = RULES.iter().map(|rule| rule.id).chain(input::PAGES.iter().map(|page| page.id));
    let pages: std::collections::BTreeSet<String> = pages.map(String::from).collect();
    // A broken law of ours cannot be provoked by a manifest; if it could, that would be the bug.
    let provocable = pages.iter().filter(|id| *id != input::PROOF).cloned().collect();
    assert_eq!(said, provocable);
}

/// What each rule can come to, by the words of the findings.
const REMEDIES: &[(&str, &[&str])] = &[
    ("ambiguous-savepoint", &["decision"]),
    ("api-version", &["change"]),
    ("checkpoint-dir", &["change", "decision"]),
    ("cleanup", &["change", "decision", "note"]),
    ("contradiction", &["decision"]),
    ("embedded", &["note"]),
    ("initial-savepoint", &["change", "note"]),
    ("job-state", &["change", "decision", "note"]),
    ("jobmanager-cpu", &["change", "decision", "note"]),
    ("jobmanager-replicas", &["change", "decision", "note"]),
    ("missing-savepoint", &["decision", "note"]),
    ("operator-defaults", &["change", "decision", "note"]),
    ("operator-refuses", &["decision", "note"]),
    ("operator-values", &["decision", "note"]),
    ("parked-without-savepoint", &["decision", "note"]),
    ("partial", &["decision"]),
    ("preview-dialect", &["change", "decision"]),
    ("reference", &["decision"]),
    ("rendered", &["note"]),
    ("resume", &["decision"]),
    ("savepoints-dir", &["change", "decision"]),
    ("service-account", &["change", "decision", "note"]),
    ("session-cluster", &["note"]),
    ("stale-savepoint", &["decision", "note"]),
    ("stateless-savepoint", &["note"]),
    ("still-preview", &["decision", "note"]),
    ("suspend", &["change", "decision"]),
    ("taskmanager-cpu", &["change", "decision", "note"]),
    ("unplaced-savepoint", &["decision"]),
    ("unused-savepoint", &["decision", "note"]),
];

#[test]
fn every_remedy_of_every_rule_has_a_case() {
    let mut said: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
    for case in cases() {
        let findings = fs::read_to_string(case.golden.join("findings.txt")).unwrap_or_default();
        for line in findings.lines() {
            let rule = line.strip_suffix(']').and_then(|line| Some(line.rsplit_once('[')?.1));
            let word = line.split(':').nth(3).map(str::trim);
            let (Some(rule), Some(word)) = (rule, word) else { continue };
            if flink_migrate::rules::rule(rule).is_some() {
                let word = word.replace("pending", "change");
                said.entry(rule.into()).or_default().insert(word);
            }
        }
    }
    let wanted = REMEDIES.iter().map(|(rule, words)| {
        ((*rule).to_string(), words.iter().map(|word| (*word).to_string()).collect())
    });
    assert_eq!(said, wanted.collect());
}

#[test]
fn traps_are_still_in_the_files() {
    for case in cases() {
        let files = tree(&case.before);
        for trap in &case.spec.traps {
            let carries = |bytes: &Vec<u8>| match trap.as_str() {
                "crlf" => bytes.windows(2).any(|pair| pair == b"\r\n"),
                "cr" => bytes.contains(&b'\r') && !bytes.windows(2).any(|pair| pair == b"\r\n"),
                "bom" => bytes.starts_with(b"\xef\xbb\xbf"),
                "no-final-newline" => !bytes.ends_with(b"\n") && !bytes.ends_with(b"\r"),
                other => panic!("{}: unknown trap {other}", case.id),
            };
            assert!(files.values().any(carries), "{}: no file carries {trap}", case.id);
        }
    }
}

fn judge(case: &Case, bless: bool) -> Result<(), String> {
    let place = tempfile::tempdir().unwrap();
    let before = tree(&case.before);
    plant(&before, place.path());
    let check = run_case(case, place.path(), &["check"]);
    let said = String::from_utf8(check.stdout).unwrap() + &String::from_utf8(check.stderr).unwrap();
    let status = check.status.code().unwrap();
    if status != case.spec.status {
        return Err(format!("{}: status {status}, not {}\n{said}", case.id, case.spec.status));
    }
    if tree(place.path()) != before {
        return Err(format!("{}: check has written", case.id));
    }
    run_case(case, place.path(), &["write", "--keep-going"]);
    let mut changed = tree(place.path());
    changed.retain(|name, bytes| before.get(name) != Some(bytes));
    if bless {
        bless_case(case, &said, &changed);
        return Ok(());
    }
    let wanted = tree(&case.golden.join("after"));
    if changed != wanted {
        return Err(format!("{}: other bytes\n{}\n{said}", case.id, difference(&wanted, &changed)));
    }
    let findings = fs::read_to_string(case.golden.join("findings.txt")).unwrap_or_default();
    if said != findings {
        return Err(format!(
            "{}: other findings\n--- wanted\n{findings}--- found\n{said}",
            case.id
        ));
    }
    Ok(())
}

fn bless_case(case: &Case, said: &str, changed: &BTreeMap<String, Vec<u8>>) {
    let _ = fs::remove_dir_all(case.golden.join("after"));
    fs::create_dir_all(&case.golden).unwrap();
    fs::write(case.golden.join("findings.txt"), said).unwrap();
    plant(changed, &case.golden.join("after"));
}

fn difference(wanted: &BTreeMap<String, Vec<u8>>, found: &BTreeMap<String, Vec<u8>>) -> String {
    let mut out = String::new();
    let names: std::collections::BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
    for name in names {
        let text = |tree: &BTreeMap<String, Vec<u8>>| {
            tree.get(name)
                .map_or("(unchanged)".into(), |bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let (wanted, found) = (text(wanted), text(found));
        out += &flink_migrate::text::unified(
            name,
            &wanted.escape_debug_lines(),
            &found.escape_debug_lines(),
            2,
        );
    }
    out
}

/// Makes carriage returns visible.
trait Visible {
    fn escape_debug_lines(&self) -> String;
}

impl Visible for str {
    fn escape_debug_lines(&self) -> String {
        self.replace('\r', "\\r").replace('\u{feff}', "\\u{feff}")
    }
}
