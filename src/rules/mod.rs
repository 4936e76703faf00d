//! What changed between the versions. One file per rule; a rule proposes, `plan` applies.
//!
//! Adding a rule takes one file here, one line in [`RULES`] and one case folder in `testdata`.

mod ambiguous_savepoint;
mod api_version;
mod checkpoint_dir;
mod contradiction;
mod facts;
mod initial_savepoint;
mod job_state;
mod jobmanager_cpu;
mod jobmanager_replicas;
mod missing_savepoint;
mod partial;
mod reference;
mod service_account;
mod session_cluster;
mod stale_savepoint;
mod state;
mod stateless_savepoint;

pub use api_version::list_version;
pub use facts::{Accept, Answer, CheckpointsDir, Defaults, Facts};
pub use reference::outdated_selectors;

use crate::finding::{Finding, Remedy};
use crate::flink::detect::ApiVersion;
use crate::gitops::Workload;

/// A rule: what people are told about it, and what it asks.
pub struct Rule {
    /// Its id, in kebab-case.
    pub id: &'static str,
    /// One line, without a full stop.
    pub summary: &'static str,
    /// Its page.
    pub explain: &'static str,
    /// Whether its decision can be accepted.
    pub accept: Acceptable,
    /// Which documents it is asked about.
    pub judges: Judges,
    /// What it has to say about a workload.
    pub check: fn(&Workload<'_>, &Facts) -> Vec<Finding>,
}

/// Whether a rule's decision can be accepted: the document is then written as if it had said nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptable {
    /// For one workload or for all.
    Yes,
    /// It is about state: only for one exactly named workload.
    ForOneWorkload,
    /// It can only be answered.
    No,
}

/// Which documents a rule is asked about. Only v1alpha1 documents are ever edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judges {
    /// Complete manifests at v1alpha1.
    Complete,
    /// Patches at v1alpha1 too.
    Partial,
    /// Complete manifests at either version.
    EitherVersion,
}

/// Every rule, in the order in which they are listed.
pub static RULES: &[Rule] = &[
    api_version::RULE,
    initial_savepoint::RULE,
    missing_savepoint::RULE,
    stale_savepoint::RULE,
    stateless_savepoint::RULE,
    ambiguous_savepoint::RULE,
    contradiction::RULE,
    job_state::RULE,
    session_cluster::RULE,
    service_account::RULE,
    jobmanager_cpu::RULE,
    jobmanager_replicas::RULE,
    checkpoint_dir::RULE,
    partial::RULE,
    reference::RULE,
];

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// What the rules have to say about a workload, accepted decisions left out.
pub fn judge(workload: &Workload<'_>, facts: &Facts) -> Vec<Finding> {
    judge_with(RULES, workload, facts)
}

/// The same with the rules in an order of the caller's: the order must make no difference.
pub fn judge_with<'r>(
    rules: impl IntoIterator<Item = &'r Rule>,
    workload: &Workload<'_>,
    facts: &Facts,
) -> Vec<Finding> {
    let partial = partial::is_partial(workload, facts);
    let asked = rules.into_iter().filter(|rule| match (rule.judges, workload.version) {
        (Judges::Partial, version) => version == ApiVersion::Preview,
        (Judges::Complete, version) => version == ApiVersion::Preview && !partial,
        (Judges::EitherVersion, _) => !partial,
    });
    let said = asked.flat_map(|rule| (rule.check)(workload, facts));
    said.filter(|finding| {
        finding.remedy != Remedy::Decision || !facts.accepts(finding.rule, Some(workload))
    })
    .collect()
}
