//! A dump: everything that one call of kubectl printed.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::Observed;
use super::foreign;
use super::sink::Sink;
use super::{json, yaml};
use crate::flink::problem::FileProblem;
use crate::text::SourceFile;

/// What a dump holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// The operator's resources, in the order of the dump.
    pub resources: Vec<Observed>,
    /// How many objects of each other kind stand in it.
    pub others: BTreeMap<String, usize>,
    /// How many of its documents are lists.
    pub lists: usize,
}

impl Dump {
    /// True if the cluster was asked and has nothing of what was asked for.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.others.is_empty()
    }
}

/// Reads a dump: JSON or YAML, a list (`List`, `FlinkDeploymentList`), a single object, or several
/// documents of either. `name` is the file as shown to people.
///
/// # Errors
/// What is not a dump, not a whole one, or one of other things than the operator's resources. A list
/// without items is no error.
pub fn read_dump(name: &str, text: &str) -> Result<Dump, Vec<FileProblem>> {
    let problem = |at: usize, message: &str, help: &str| {
        let position = SourceFile { name: "", text }.position(at);
        vec![FileProblem {
            path: name.to_string(),
            position,
            message: message.to_string(),
            help: help.to_string(),
        }]
    };
    if let Some(foreign) = foreign::recognise(text) {
        return Err(problem(foreign.at, &foreign.message, foreign.help));
    }
    let dump = read(name, text)?;
    if dump.resources.is_empty() && !dump.others.is_empty() {
        let held: Vec<String> =
            dump.others.iter().map(|(kind, count)| format!("{count} {}", said(kind))).collect();
        let message =
            format!("the dump holds none of the operator's resources, but {}", held.join(", "));
        return Err(problem(0, &message, foreign::HOW));
    }
    if dump.is_empty() && dump.lists == 0 {
        return Err(problem(0, "the dump holds nothing", foreign::HOW));
    }
    Ok(dump)
}

/// True for a text that is one or more Kubernetes objects, or begins like one, and no savepoint map.
pub fn is_dump(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"apiVersion").is_some()
        && foreign::begins_as_object(text)
}

fn read(name: &str, text: &str) -> Result<Dump, Vec<FileProblem>> {
    let bare = text.trim_start_matches('\u{feff}');
    let lines = || SourceFile { name: "", text: bare }.counted();
    let mut sink = Sink::new(name, lines());
    if !bare.trim_start().starts_with('{') {
        yaml::read(bare, &mut sink);
        return sink.finish();
    }
    json::read(bare, &mut sink);
    sink.finish().or_else(|problems| {
        // YAML in flow style begins like JSON. If it is neither, JSON was meant.
        let mut sink = Sink::new(name, lines());
        yaml::read(bare, &mut sink);
        sink.finish().map_err(|_| problems)
    })
}

/// A kind as a message may show it.
fn said(kind: &str) -> String {
    let kind: String = kind.chars().take(60).collect();
    kind.escape_debug().to_string()
}
