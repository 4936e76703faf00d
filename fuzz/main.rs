//! Mutates the manifests of the case folders and holds laws over them, without a coverage engine and on
//! stable Rust:
//!
//! ```sh
//! cargo run --release --example fuzz -- manifests --seed 7 --time 60
//! ```
//!
//! Target `manifests` holds the laws of the test suite over whole runs, `edits` holds that every single
//! edit of a document is read as that edit. The same seed tries the same manifests, so that a failure
//! comes again; it is printed after it was made as small as possible.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use support::mutated::{Search, inputs};

/// Manifests of one round; the next has another seed.
const ROUND: u32 = 4_000;

const USAGE: &str = "usage: fuzz manifests|edits [--seed N] [--time SECONDS]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |option: &str, default: u64| match args.iter().position(|arg| arg == option) {
        Some(at) => args.get(at + 1).and_then(|value| value.parse().ok()),
        None => Some(default),
    };
    let (target, seed, seconds) = match (args.first(), number("--seed", 1), number("--time", 60)) {
        (Some(target), Some(seed), Some(seconds))
            if ["manifests", "edits"].contains(&target.as_str()) =>
        {
            (target.as_str(), seed, seconds)
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let inputs = inputs();
    let mut seed = seed;
    loop {
        let search = Search { seed, cases: ROUND, deadline: Some(deadline) };
        let (summary, failures) = if target == "manifests" {
            let (counters, failures) = search.hold_laws(&inputs);
            (counters.counts(), failures)
        } else {
            let (tried, failures) = search.hold_edits(&inputs);
            (format!("{tried} edits tried"), failures)
        };
        println!("{target}, seed {seed}: {summary}");
        if !failures.is_empty() {
            eprintln!("{}", failures.join("\n\n"));
            return ExitCode::FAILURE;
        }
        if Instant::now() > deadline {
            return ExitCode::SUCCESS;
        }
        seed += 1;
    }
}
