//! What is expected of a workload, what became of it, and what that rests on.

use super::attribution::AttributedBy;
use crate::flink::workload::ExpectedStart;
use crate::k8s::ObjectKey;

/// A workload of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// Its key.
    pub key: ObjectKey,
    /// Its file, as shown to people.
    pub file: String,
    /// Line of its manifest, from 1.
    pub line: usize,
    /// What is expected of it.
    pub expected: ExpectedStart,
}

/// How it ended, as far as it was seen. Which of them is right depends on what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// From the location that was expected.
    Restored,
    /// From another location, where one was expected or none.
    RestoredElsewhere,
    /// Without state.
    StartedEmpty,
    /// It was asked to start from the location that was expected. Whether it did was not seen.
    Asked,
    /// It did not start.
    NotStarted,
    /// Nothing was seen of it that counts.
    NotSeen,
}

impl Outcome {
    /// Every outcome, the worst first where something else was expected.
    pub const ALL: [Outcome; 6] = [
        Outcome::RestoredElsewhere,
        Outcome::StartedEmpty,
        Outcome::NotStarted,
        Outcome::Asked,
        Outcome::NotSeen,
        Outcome::Restored,
    ];

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Restored => "restored",
            Outcome::RestoredElsewhere => "restored-elsewhere",
            Outcome::StartedEmpty => "started-empty",
            Outcome::Asked => "asked",
            Outcome::NotStarted => "not-started",
            Outcome::NotSeen => "not-seen",
        }
    }
}

/// Whether that is what was expected, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AsExpected {
    /// It is not: it runs from a state that is not its own, or from none.
    Wrong,
    /// It is not: it does not run.
    No,
    /// Nobody can say.
    Open,
    /// It is.
    Yes,
}

/// A line of a log or a place in a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The file, as shown to people.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What stands there, or what it comes to.
    pub text: String,
    /// How it is known whose it is.
    pub by: AttributedBy,
}

/// What became of one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The workload.
    pub awaited: Awaited,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether that is right.
    pub as_expected: AsExpected,
    /// From where it started, if that is known.
    pub from: Option<String>,
    /// What was found, as a sentence without a subject.
    pub found: String,
    /// What else there is to say about it.
    pub notes: Vec<String>,
    /// What to do about it.
    pub repair: Option<String>,
    /// What that rests on, the deciding line first.
    pub evidence: Vec<Evidence>,
}

/// What became of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// One for each workload, the worst first.
    pub verdicts: Vec<Verified>,
    /// The controllers of the operator that were seen to start.
    pub reconcilers: Vec<String>,
    /// What could not be used, and why.
    pub notes: Vec<String>,
}

impl Verification {
    /// The worst of all; nothing if there is no workload.
    pub fn worst(&self) -> Option<AsExpected> {
        self.verdicts.iter().map(|verdict| verdict.as_expected).min()
    }
}
