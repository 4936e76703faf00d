//! What holds for the case folders together: each has its goldens, its suite, its rules and its traps.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{Case, PROOF, cases, folders, pages, root, tree};

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
    let mut reported = BTreeSet::new();
    for case in cases() {
        let findings = fs::read_to_string(case.golden.join("findings.txt")).unwrap_or_default();
        let ids = findings
            .lines()
            .filter_map(|line| Some(line.strip_suffix(']')?.rsplit_once('[')?.1.to_string()));
        reported.extend(ids.filter(|id| !id.contains(' ')));
    }
    // A broken law of ours cannot be provoked by a manifest; if it could, that would be the bug.
    let ids = pages().into_iter().map(|page| page.id).filter(|id| *id != PROOF);
    assert_eq!(reported, ids.collect());
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
