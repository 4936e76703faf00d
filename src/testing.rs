//! The program in the process, on files in memory: for tests, fuzz targets and benches.
//!
//! A command line is parsed as typed and reads nothing but the given files: no disk, no environment, no
//! terminal. It knows no ignore files and no symbolic links.

mod memory;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use memory::Memory;

use crate::cli;
use crate::rules::Facts;

/// Files by their path from the root of the tree, with `/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// How a command line ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The exit status.
    pub status: i32,
    /// What was printed.
    pub stdout: Vec<u8>,
    /// What was said.
    pub stderr: Vec<u8>,
    /// The files afterwards, new ones too.
    pub files: Files,
}

/// Where a command line runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The working directory, from the root of the tree.
    pub folder: &'a str,
    /// True if the tree is a repository of Git.
    pub is_repository: bool,
    /// Standard input.
    pub stdin: &'a [u8],
}

/// Runs a command line, the name of the program left out, in the root of a tree.
pub fn run(files: &Files, args: &[&str]) -> Run {
    Place::default().run(files, args)
}

/// What `check` with these options knows when it begins to judge, the index of the tree included, and
/// the names of the files under PATH; nothing if it is refused.
pub fn facts(files: &Files, options: &[&str]) -> Option<(Facts, Vec<String>)> {
    let memory = Memory::new(Place::default(), files);
    let facts = cli::facts_on(&memory, &typed(&[&["check"], options].concat()))?;
    Some((facts, taken(memory.judged)))
}

fn typed(args: &[&str]) -> Vec<OsString> {
    ["flink-migrate"].iter().chain(args).map(OsString::from).collect()
}

impl Place<'_> {
    /// Runs a command line, the name of the program left out, in this place.
    pub fn run(&self, files: &Files, args: &[&str]) -> Run {
        let memory = Memory::new(*self, files);
        let status = cli::run_on(&memory, &typed(args)).into();
        let mut after = files.clone();
        after.append(&mut taken(memory.written));
        Run { status, stdout: taken(memory.stdout), stderr: taken(memory.stderr), files: after }
    }
}

fn taken<T>(list: Mutex<T>) -> T {
    list.into_inner().unwrap_or_else(PoisonError::into_inner)
}
