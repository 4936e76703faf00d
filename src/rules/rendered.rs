//! Rendered charts that were committed.

use super::{Acceptable, Check, Rule, Theme};
use crate::diagnostic::{Diagnostic, SymbolicLocation};
use crate::task::Step;

pub(crate) const RULE: Rule = Rule {
    id: "rendered",
    theme: Theme::Repository,
    steps: &Step::ALL,
    answer: "change the chart as well",
    accept: Acceptable::Yes,
    checks: &[Check::Rendered(check)],
    page: include_str!("rendered.md"),
};

/// The finding for a file that Helm rendered from the template `source`.
fn check(source: &str, at: SymbolicLocation) -> Diagnostic {
    let message = format!("Helm rendered this from {source}: the next render undoes the change");
    let help = "change the chart as well, or convert what it renders each time";
    Diagnostic::note(RULE.id, at, message).help(help)
}
