//! A document at v1beta1 where the way back is taken.

use super::{Acceptable, Check, Rule, Subject, Theme};
use crate::diagnostic::Diagnostic;
use crate::flink::names::field;
use crate::task::Step;

pub(crate) const RULE: Rule = Rule {
    id: "resume",
    theme: Theme::State,
    steps: &[Step::Resume],
    answer: "take the conversion back in Git",
    accept: Acceptable::Yes,
    checks: &[Check::Stable(check)],
    page: include_str!("resume.md"),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let key = &subject.key;
    let at = &[field::API_VERSION];
    let message = format!("{key} is at v1beta1, which operator 0.1.0 does not serve");
    let help = "go back in Git to the commit before the conversion, and resume there";
    vec![Diagnostic::decision(RULE.id, at, message).help(help)]
}
