//! What the reports say, to the letter, and what no manifest can make them say.

mod annotations;
mod crowd;
mod gitops;
mod hostile;
mod markup;
mod page;
mod pages;
mod people;
mod programs;
mod random;
mod review;
mod sample;
mod tricks;

use flink_migrate::plan::Changeset;
use flink_migrate::report::{Format, Look, held, render};

const PLAIN: Look = Look { color: false, width: 100, notes: true, changes: true };

fn written(format: Format, changeset: &Changeset, look: &Look) -> String {
    let mut out = String::new();
    render(format, changeset, look, &mut out).expect("a string takes everything");
    out
}

fn held_back(changeset: &Changeset) -> String {
    let mut out = String::new();
    held(changeset, &mut out).expect("a string takes everything");
    out
}

fn parsed(format: Format, changeset: &Changeset) -> serde_json::Value {
    serde_json::from_str(&written(format, changeset, &PLAIN)).expect("the report is JSON")
}

fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |out, part| {
        let (sequence, rest) = part.split_once('m').expect("only colours are sent");
        assert!(sequence.chars().all(|c| c.is_ascii_digit() || c == ';'), "{sequence:?}");
        out + rest
    })
}
