//! Promise 2 on trees and dumps that nobody wrote: no job starts empty, from an old path or from the
//! savepoint of another job, unless somebody has answered for it or the run has asked.
//!
//! Each tree and each dump comes from a seed, and a fault names its own: `GENERATED=1 SEED=1234` repeats it.
//! `GENERATED=20000 SEED=7` asks for so many workloads and statuses from that seed on.

mod cluster_model;
mod delivery;
mod dumps;
mod inputs;
mod judge;
mod operator_model;
mod texts;
mod trees;

use std::collections::BTreeMap;

use judge::{Counts, convert};

use crate::support::in_parallel;

/// How many workloads or statuses are asked for, and the seed of the first.
fn asked() -> (usize, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (
        number("GENERATED").map_or(400, |asked: u64| usize::try_from(asked).unwrap()),
        number("SEED").unwrap_or(1),
    )
}

/// Tries one seed after the other until there are so many, prints the counts, and gives the faults.
fn search(attempt: impl Fn(u64) -> (Counts, Vec<String>) + Sync) -> (Counts, Vec<String>) {
    let (asked, first) = asked();
    let (mut all, mut faults) = (Counts::new(), Vec::new());
    let mut next = first;
    while all.get("all").is_none_or(|seen| *seen < asked) {
        let seeds: Vec<u64> = (next..next + 16).collect();
        next += 16;
        for (counts, found) in in_parallel(&seeds, |seed| attempt(*seed)) {
            for (what, count) in counts {
                *all.entry(what).or_default() += count;
            }
            faults.extend(found);
        }
    }
    println!("seed {first}: {all:?}");
    for fault in &faults {
        println!("{}", fault.lines().next().unwrap_or_default());
    }
    (all, faults)
}

/// Something of every class was really tried: at least one in so many of all.
fn reached(counts: &Counts, wanted: &BTreeMap<&'static str, usize>) {
    // A few say nothing.
    for (what, one_in) in wanted.iter().filter(|_| counts["all"] >= 300) {
        let seen = counts.get(what).copied().unwrap_or_default();
        assert!(seen * one_in >= counts["all"], "only {seen} of {} {what}", counts["all"]);
    }
}

#[test]
fn no_tree_starts_a_job_without_its_state_in_silence() {
    let (counts, faults) = search(convert);
    assert!(faults.is_empty(), "{} faults, the first with its tree:\n{}", faults.len(), faults[0]);
    let wanted = [
        ("served", 4),
        ("restored", 6),
        ("held", 8),
        ("stateless", 20),
        ("suspended", 20),
        ("answered", 200),
    ];
    reached(&counts, &wanted.into());
}

#[test]
fn no_dump_gives_a_savepoint_that_is_not_the_latest() {
    let (counts, faults) = search(dumps::collect);
    assert!(
        faults.is_empty(),
        "{} faults, the first with its status:\n{}",
        faults.len(),
        faults[0]
    );
    reached(&counts, &[("trusted", 6), ("distrusted", 6), ("stateless", 20)].into());
    let needless = counts.get("needless").copied().unwrap_or_default();
    assert!(
        needless * 50 <= counts["all"],
        "{needless} of {} are distrusted for nothing",
        counts["all"]
    );
}
