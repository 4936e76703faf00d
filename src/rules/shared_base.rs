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

/// Why a document cannot take a change that one root needs. Files are as people call them.
#[derive(Debug)]
pub enum Hindrance {
    /// This place decides the field.
    Decider(String),
    /// Another root builds the document too.
    OtherRoot,
    /// The root is delivered to other places too; the object in this file delivers it here.
    Delivery(String),
    /// This root builds the document too, and is outside the chosen scope.
    LeftOut(String),
    /// The document is in this file, which is outside of the run.
    Outside(String),
}

/// The decision in the place of a change that the document cannot take: the root that needs it, the field, and
/// the reason.
pub fn unplaced_change(
    wanted: &Diagnostic,
    root: &str,
    path: &FieldPath,
    hindrance: &Hindrance,
) -> Diagnostic {
    let wanted_message = &wanted.message;
    let (why, help) = match hindrance {
        Hindrance::Decider(place) => (
            format!("{place} decides `{path}`"),
            format!("change it in {place} by hand, then run again"),
        ),
        Hindrance::LeftOut(other) => (
            format!("{other} builds this document too, and is left out by `--scope`"),
            "run without `--scope`, or give each scope a base of its own first".to_string(),
        ),
        Hindrance::Outside(file) => (
            format!("{file} is not in this run, and {root} cannot take the change"),
            format!("give {file} as a path too"),
        ),
        Hindrance::Delivery(by) => (
            format!("`{path}` of this document is not that of what {by} delivers alone"),
            "make an overlay for each place first, in a commit of its own, then run again"
                .to_string(),
        ),
        Hindrance::OtherRoot => (
            format!("`{path}` of this document is not that of {root} alone"),
            format!(
                "give {root} as a path too if it is not in this run; else write it into a patch of {root} by \
                 hand, then run again"
            ),
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
