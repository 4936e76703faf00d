//! All tests of the program but its cases and its laws. Each module has one subject, and
//! `cargo test --test it tidy` runs the tests of one.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test reports what it skips")]

#[path = "../support/mod.rs"]
mod support;

mod action;
mod bad_input;
mod cli;
mod deliveries;
mod delivery;
mod detours;
mod exam;
mod explain;
mod generated;
mod goldens;
mod hooks;
mod links;
mod lists;
mod packaging;
mod patches;
mod properties;
mod reports;
mod runbook;
mod savepoints;
mod story;
mod stream;
mod tidy;
mod verify;
mod walk;
mod whole_files;

use support::sandbox;
