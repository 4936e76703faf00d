//! How a run ends: 0 nothing to do or done, 1 changed, 3 held or not understood, 2 failed.

use crate::diagnostic::Severity;
use crate::plan::Outcome;

/// The end of a run, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitStatus {
    /// Nothing is left to do.
    Success,
    /// There are changes to make.
    Changed,
    /// Somebody must decide, or look.
    Held,
    /// Wrong usage, a file that cannot be handled, a broken document or law.
    Failed,
}

impl ExitStatus {
    /// What the process exits with.
    pub(crate) fn code(self) -> u8 {
        match self {
            ExitStatus::Success => 0,
            ExitStatus::Changed => 1,
            ExitStatus::Held => 3,
            ExitStatus::Failed => 2,
        }
    }

    /// The end of a run over manifests that end like this. `written` is true if what was to change
    /// has been changed. `fail_on` is the least severity that counts (`--fail-on`); if there is none,
    /// nothing that a manifest says counts (`--exit-zero`).
    pub(crate) fn from_outcome(
        outcome: Outcome,
        written: bool,
        fail_on: Option<Severity>,
    ) -> ExitStatus {
        let (status, severity) = match outcome {
            Outcome::AlreadyRight => return ExitStatus::Success,
            Outcome::Changed if written => return ExitStatus::Success,
            Outcome::Changed => (ExitStatus::Changed, Severity::Change),
            Outcome::Held | Outcome::NotUnderstood => (ExitStatus::Held, Severity::Decision),
            Outcome::Failed => (ExitStatus::Failed, Severity::Error),
        };
        if fail_on.is_some_and(|least| severity >= least) { status } else { ExitStatus::Success }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_the_one_that_says_two() {
        let order =
            [ExitStatus::Success, ExitStatus::Changed, ExitStatus::Held, ExitStatus::Failed];
        assert!(order.is_sorted());
        assert_eq!(order.map(ExitStatus::code), [0, 1, 3, 2]);
    }

    #[test]
    fn what_is_less_severe_than_fail_on_does_not_count() {
        let outcomes = [Outcome::Changed, Outcome::Held, Outcome::NotUnderstood, Outcome::Failed];
        for (fail_on, codes) in [
            (Some(Severity::Change), [1, 3, 3, 2]),
            (Some(Severity::Decision), [0, 3, 3, 2]),
            (Some(Severity::Error), [0, 0, 0, 2]),
            (None, [0, 0, 0, 0]),
        ] {
            assert_eq!(outcomes.map(|o| ExitStatus::from_outcome(o, false, fail_on).code()), codes);
        }
    }

    #[test]
    fn what_has_been_written_is_done() {
        let fail_on = Some(Severity::Change);
        assert_eq!(ExitStatus::from_outcome(Outcome::Changed, true, fail_on), ExitStatus::Success);
        assert_eq!(ExitStatus::from_outcome(Outcome::Held, true, fail_on), ExitStatus::Held);
    }
}
