//! What changed between the versions. One file per rule; a rule proposes, `plan` applies.

mod facts;

pub use facts::{Accept, Answer, CheckpointsDir, Defaults, Facts};

/// A rule: what people are told about it, and what it asks.
pub struct Rule {
    /// Its id, in kebab-case.
    pub id: &'static str,
    /// One line, without a full stop.
    pub summary: &'static str,
    /// Its page.
    pub explain: &'static str,
    /// True if its decision can be accepted; `ForOne`: only for one exactly named workload.
    pub accept: Acceptable,
}

/// Whether a rule's decision can be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptable {
    /// For one workload or for all.
    Yes,
    /// It is about state: only for one exactly named workload.
    ForOneWorkload,
    /// It can only be answered.
    No,
}

/// Every rule, in the order in which they are listed.
pub static RULES: &[Rule] = &[];
