//! What is expected of a workload, what became of it, and what that rests on.

use super::attribution::AttributedBy;
use crate::flink::workload::ExpectedStart;
use crate::k8s::ObjectKey;

/// A workload of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedWorkload {
    /// Its key.
    pub key: ObjectKey,
    /// Its file, as shown to people.
    pub file: String,
    /// Line of its manifest, from 1.
    pub line: usize,
    /// What is expected of it.
    pub expected_start: ExpectedStart,
}

/// How it ended, as far as it was seen. Which of them is right depends on what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
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

impl Verdict {
    /// Every verdict, the worst first where something else was expected.
    pub const ALL: [Verdict; 6] = [
        Verdict::RestoredElsewhere,
        Verdict::StartedEmpty,
        Verdict::NotStarted,
        Verdict::Asked,
        Verdict::NotSeen,
        Verdict::Restored,
    ];

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Restored => "restored",
            Verdict::RestoredElsewhere => "restored-elsewhere",
            Verdict::StartedEmpty => "started-empty",
            Verdict::Asked => "asked",
            Verdict::NotStarted => "not-started",
            Verdict::NotSeen => "not-seen",
        }
    }
}

/// Whether that is what was expected, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expectation {
    /// It is not: it runs from a state that is not its own, or from none.
    Contradicted,
    /// It is not: it does not run.
    NotMet,
    /// Nobody can say.
    Unknown,
    /// It is.
    Met,
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
pub struct WorkloadVerdict {
    /// The workload.
    pub workload: ExpectedWorkload,
    /// How it ended.
    pub verdict: Verdict,
    /// Whether that is right.
    pub expectation: Expectation,
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
    pub verdicts: Vec<WorkloadVerdict>,
    /// The controllers of the operator that were seen to start.
    pub reconcilers: Vec<String>,
    /// What could not be used, and why.
    pub notes: Vec<String>,
}

impl Verification {
    /// The worst of all; nothing if there is no workload.
    pub fn worst(&self) -> Option<Expectation> {
        self.verdicts.iter().map(|verdict| verdict.expectation).min()
    }
}
