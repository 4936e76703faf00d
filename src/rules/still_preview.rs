//! A document at v1alpha1 in a repository whose migration is done.

use super::{Acceptable, Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::diagnostic::SymbolicLocation;
use crate::flink::names::field;
use crate::yaml::NodeRef;

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Cleanup, Step::Done],
    answer: "convert it, or leave it out",
    accept: Acceptable::No,
    checks: &[Check::Partial(check), Check::List(check_list)],
    ..Rule::new(Theme::Repository, include_str!("still_preview.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, key, .. } = subject;
    // An item of a typed list need not name its version: the list does, and is reported.
    if workload.node.get(field::API_VERSION).is_none() {
        return Vec::new();
    }
    if subject.step() == Step::Cleanup {
        let message = format!("{key} is still at v1alpha1: there is nothing to clean up in it");
        return vec![Diagnostic::note(RULE.id, &[field::API_VERSION], message)];
    }
    vec![diagnostic(&key.to_string())]
}

/// A typed list is named only once the migration is done.
fn check_list(list: NodeRef<'_>, step: Step) -> Option<Diagnostic> {
    let version = list.get(field::API_VERSION).filter(|_| step == Step::Done);
    version.map(|_| diagnostic("this list"))
}

/// A manifest inside another object, whose version is at this place.
pub(crate) fn nested(location: SymbolicLocation, what: &str) -> Diagnostic {
    Diagnostic { location, ..diagnostic(&format!("{what}: it")) }
}

fn diagnostic(what: &str) -> Diagnostic {
    let message = format!("{what} is at v1alpha1, and the migration of this repository is done");
    let help = "write it for v1beta1 by hand, or leave the file out with `.flink-migrate-ignore`";
    Diagnostic::decision(RULE.id, &[field::API_VERSION], message).help(help)
}
