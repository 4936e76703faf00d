//! What one overlay needs and its base cannot give it.

use super::{Acceptable, Diagnostic, Rule, Step, Theme};
use crate::yaml::FieldPath;

pub(crate) const RULE: Rule = Rule {
    steps: &Step::ALL,
    answer: "write it into the overlay",
    accept: Acceptable::No,
    ..Rule::new(Theme::Repository, include_str!("shared_base.md"))
};

/// The decision in the place of a change that the document cannot take: the root that needs it, the field, and
/// what decides the field, if it is not the document.
pub fn unplaced_change(
    wanted: &Diagnostic,
    root: &str,
    path: &FieldPath,
    decider: Option<&str>,
) -> Diagnostic {
    let wanted_message = &wanted.message;
    let (why, help) = match decider {
        Some(place) => (
            format!("{place} decides `{path}`"),
            format!("change it in {place} by hand, then run again"),
        ),
        None => (
            format!("`{path}` of this document is not that of {root} alone"),
            format!("write it into a patch of {root} by hand, then run again"),
        ),
    };
    let message = format!("{root}: {wanted_message}; {why}");
    Diagnostic::decision(RULE.id, wanted.location.clone(), message).help(help)
}
