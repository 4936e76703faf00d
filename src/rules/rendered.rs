//! Rendered charts that were committed.

use super::{Rule, Step, Theme};
use crate::diagnostic::{Diagnostic, SymbolicLocation};

pub(crate) const RULE: Rule = Rule {
    steps: &Step::ALL,
    answer: "change the chart as well",
    ..Rule::new(Theme::Repository, include_str!("rendered.md"))
};

/// The finding for a file with changes that Helm rendered from the template `source`.
pub fn judge_rendered(source: &str, at: SymbolicLocation) -> Diagnostic {
    let message = format!("Helm rendered this from {source}: the next render undoes the change");
    let help = "change the chart as well, or convert what it renders each time";
    Diagnostic::note(RULE.id, at, message).help(help)
}
