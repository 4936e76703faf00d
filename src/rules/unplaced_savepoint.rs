//! A document that is at v1beta1 already and does not start from its savepoint.

use super::{Acceptable, Check, Rule, Subject, state};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::ApiVersion;
use crate::flink::location::masked;
use crate::gitops::Lookup;

pub(super) const RULE: Rule = Rule {
    id: "unplaced-savepoint",
    summary: "a job at v1beta1 does not start from its savepoint",
    explain: "\
When: a document is at v1beta1, the map has an entry for it, and it has no path or another one. Often
somebody changed the version with `sed`, and the job would start empty.

Why no edit: documents at v1beta1 are never edited. Their job may have been running for years, and a
path that is set anew is honoured at its next re-creation.

What to do: write the path by hand, or put the version back and convert. Once the migration is over,
take the map out of flink-migrate.toml, or its entry. `fresh = true` says that the job may start empty.
Accepting the rule for the one workload leaves the document as it is.

Source: AbstractFlinkResourceReconciler.java:109 (1.15.0).
",
    accept: Acceptable::ForOneWorkload,
    check: Check::EitherVersion(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Subject { workload, facts, key, .. } = subject;
    let fresh = subject.answer.is_some_and(|answer| answer.fresh);
    if workload.version != ApiVersion::Stable || workload.job().is_none() || fresh {
        return Vec::new();
    }
    let Lookup::Found(entry) = facts.entry(&workload.key, &workload.file) else {
        return Vec::new();
    };
    let written = workload.text(&state::PATH);
    let message = match (&entry.location, written) {
        (Some(location), Some(path)) if location == path => return Vec::new(),
        (None, Some(_)) => return Vec::new(),
        (Some(location), None) => {
            format!(
                "{key} is at v1beta1 already and has no path: it would not start from {}",
                masked(location)
            )
        }
        (Some(location), Some(path)) => format!(
            "{key} is at v1beta1 already and starts from {}, not from {}",
            masked(path),
            masked(location)
        ),
        (None, None) => format!(
            "{key} is at v1beta1 already and has no path, and its savepoint is not to be trusted ({})",
            entry.origin
        ),
    };
    let help = format!(
        "write the path by hand, or put the version back and convert; if the job has started since, take \
         the entry out ({})",
        entry.origin
    );
    vec![Finding::new(RULE.id, Remedy::Decision, workload.point(&state::PATH), message).help(help)]
}
