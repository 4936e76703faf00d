//! The steps of the migration.

use crate::text::did_you_mean;

/// A step of the migration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// What v1alpha1 already understands is written while the manifests are still at v1alpha1. Hooks
    /// only report: the window is still to come.
    Prepare,
    /// Each stateful job is stopped with a savepoint, under the old operator.
    Suspend,
    /// The version changes, and each job gets its savepoint.
    #[default]
    Convert,
    /// Paths go from which the jobs have been restored.
    Cleanup,
    /// The way back: each job gets its savepoint and runs, under the old operator.
    Resume,
    /// Everything is at v1beta1: what is not was forgotten, and nothing is rewritten.
    Done,
}

impl Step {
    /// Every step, in the order in which they are taken; the way back before the last.
    pub const ALL: [Step; 6] =
        [Step::Prepare, Step::Suspend, Step::Convert, Step::Cleanup, Step::Resume, Step::Done];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Step::Prepare => "prepare",
            Step::Suspend => "suspend",
            Step::Convert => "convert",
            Step::Cleanup => "cleanup",
            Step::Resume => "resume",
            Step::Done => "done",
        }
    }

    /// The step of that name; nothing if there is none.
    pub fn from_name(name: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.name() == name)
    }

    /// The error message for a word that is no step. It lists every step but `except`.
    pub fn unknown(text: &str, except: Step) -> String {
        let names = Step::ALL.into_iter().filter(|step| *step != except).map(Step::name);
        let names: Vec<&str> = names.collect();
        let near = did_you_mean(text, names.iter().copied());
        format!("unknown step `{text}`{near} (known: {})", names.join(", "))
    }
}
