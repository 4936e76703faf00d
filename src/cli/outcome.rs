//! How a run ends: 0 nothing to do or done, 1 changed, 3 held or not understood, 2 failed.

use crate::plan::Outcome;

/// The end of a run, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    /// Nothing is left to do.
    Fine,
    /// There are changes to make.
    Changed,
    /// Somebody must decide, or look.
    Held,
    /// Wrong usage, a file that cannot be handled, a broken document or law.
    Failed,
}

/// From which end on a run counts as failed (`--fail-on`, `--exit-zero`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Threshold {
    /// Changes count.
    #[default]
    Change,
    /// Decisions count.
    Decision,
    /// Errors count.
    Error,
    /// Nothing that a manifest says counts.
    Never,
}

impl Status {
    /// What the process exits with.
    pub(super) fn code(self) -> u8 {
        match self {
            Status::Fine => 0,
            Status::Changed => 1,
            Status::Held => 3,
            Status::Failed => 2,
        }
    }

    /// The end of a run over manifests that end like this. `written` is true if what was to change
    /// has been changed.
    pub(super) fn of(outcome: Outcome, written: bool, threshold: Threshold) -> Status {
        let status = match outcome {
            Outcome::AlreadyRight => Status::Fine,
            Outcome::Changed if written => Status::Fine,
            Outcome::Changed => Status::Changed,
            Outcome::Held | Outcome::NotUnderstood => Status::Held,
            Outcome::Failed => Status::Failed,
        };
        let least = match threshold {
            Threshold::Change => Status::Changed,
            Threshold::Decision => Status::Held,
            Threshold::Error => Status::Failed,
            Threshold::Never => return Status::Fine,
        };
        if status >= least { status } else { Status::Fine }
    }

    /// The end of a run that has notes and in which they count (`--strict`): that of a decision.
    pub(super) fn of_notes(threshold: Threshold) -> Status {
        Status::of(Outcome::Held, false, threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_the_one_that_says_two() {
        let order = [Status::Fine, Status::Changed, Status::Held, Status::Failed];
        assert!(order.is_sorted());
        assert_eq!(order.map(Status::code), [0, 1, 3, 2]);
    }

    #[test]
    fn a_threshold_silences_what_lies_below_it() {
        let outcomes = [Outcome::Changed, Outcome::Held, Outcome::NotUnderstood, Outcome::Failed];
        for (threshold, codes) in [
            (Threshold::Change, [1, 3, 3, 2]),
            (Threshold::Decision, [0, 3, 3, 2]),
            (Threshold::Error, [0, 0, 0, 2]),
            (Threshold::Never, [0, 0, 0, 0]),
        ] {
            assert_eq!(outcomes.map(|o| Status::of(o, false, threshold).code()), codes);
        }
    }

    #[test]
    fn what_has_been_written_is_done() {
        assert_eq!(Status::of(Outcome::Changed, true, Threshold::Change), Status::Fine);
        assert_eq!(Status::of(Outcome::Held, true, Threshold::Change), Status::Held);
    }
}
