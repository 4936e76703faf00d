//! What one overlay needs and its base cannot give it.

use super::{Acceptable, Diagnostic, NAME, Rule, Step, Theme};
use crate::yaml::FieldPath;

pub(crate) const RULE: Rule = Rule {
    steps: &Step::ALL,
    answer: "write it into the overlay",
    accept: Acceptable::No,
    ..Rule::new(Theme::Repository, include_str!("shared_base.md"))
};

const BY_HAND: &str = "change the patches of that kustomization by hand, so that they leave such fields alone, then run again";

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

/// The decision for an edit after which this root builds something else than the conversion of what it built.
pub fn misbuilt(root: &str, what: &str) -> Diagnostic {
    let message = format!("once this is written, {root} no longer builds what it should: {what}");
    Diagnostic::decision(RULE.id, &NAME, message).help(BY_HAND)
}

/// The same where one field differs; `decider` is what decides it, if that is not the document.
pub fn misbuilt_field(
    root: &str,
    path: &FieldPath,
    what: &str,
    decider: Option<&str>,
) -> Diagnostic {
    match decider {
        Some(place) => {
            let message =
                format!("once this is written, {place} makes {root} build another `{path}`");
            let help = format!("change what {place} does by hand, then run again");
            Diagnostic::decision(RULE.id, &NAME, message).help(help)
        }
        None => misbuilt(root, what),
    }
}
