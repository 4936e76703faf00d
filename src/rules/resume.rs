//! A document at v1beta1 where the way back is taken.

use super::{Check, Diagnostic, Rule, Step, Subject, Theme};
use crate::flink::names::field;

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Resume],
    answer: "take the conversion back in Git",
    checks: &[Check::Stable(check)],
    ..Rule::new(Theme::State, include_str!("resume.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let key = &subject.key;
    let message = format!("{key} is at v1beta1, which operator 0.1.0 does not serve");
    let help = "go back in Git to the commit before the conversion, and resume there";
    vec![Diagnostic::decision(RULE.id, &[field::API_VERSION], message).help(help)]
}
