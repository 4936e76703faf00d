//! Every case folder is a test: `check` must report its golden findings, and `write` must write its
//! golden bytes. `cargo test --test cases -- service-account-from-pod-template` runs one case.
//! Every tenth case runs the binary on a disk; the others run in the process.
//! `BLESS=1` accepts what comes out now; then read the difference line by line.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod support;

use std::path::Path;

use support::golden::{self, Difference};
use support::{Case, run_case, spawn_case, tree};

datatest_stable::harness! {
    { test = comes_out_as_accepted, root = "testdata", pattern = r"^[^/]+/[^/]+/case\.toml$" },
}

/// Holds the case of this `case.toml`.
fn comes_out_as_accepted(toml: &Path) -> datatest_stable::Result<()> {
    let mut folders = toml.iter().rev().skip(1).map(|name| name.to_str().unwrap());
    let (name, suite) = (folders.next().unwrap(), folders.next().unwrap());
    let case = Case::read(suite, name);
    judge(&case).map_err(|Difference(text)| {
        let claim = &case.spec.claim;
        Difference(format!("{}: {claim}\n{text}", case.id)).into()
    })
}

fn judge(case: &Case) -> Result<(), Difference> {
    let before = tree(&case.before);
    let run = if is_end_to_end(case) { spawn_case } else { run_case };
    let check = run(case, &before, &["check"]);
    let findings =
        String::from_utf8(check.stdout).unwrap() + &String::from_utf8(check.stderr).unwrap();
    let (status, wanted) = (check.status, case.spec.status);
    if status != wanted {
        return Err(Difference(format!("status {status}, not {wanted}\n{findings}")));
    }
    if check.files != before {
        return Err(Difference("check has written".into()));
    }
    let mut changed = run(case, &before, &["write", "--keep-going"]).files;
    changed.retain(|name, bytes| before.get(name) != Some(bytes));
    let bytes = golden::folder(&case.golden.join("after"), &changed);
    let findings = golden::file(&case.golden.join("findings.txt"), &findings);
    match (bytes, findings) {
        (Err(bytes), Err(findings)) => Err(Difference(format!("{bytes}{findings}"))),
        (bytes, findings) => bytes.and(findings),
    }
}

/// True for every tenth case, and for those that need ignore files, which only a disk has.
fn is_end_to_end(case: &Case) -> bool {
    let sum: usize = case.id.bytes().map(usize::from).sum();
    sum.is_multiple_of(10) || case.before.join(".flink-migrate-ignore").exists()
}
