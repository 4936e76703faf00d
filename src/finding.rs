//! The words that rules, plans and reports share.

use crate::text::{Excerpt, Position, Span};
pub use crate::yaml::Change;

/// What is to come of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// These changes are made.
    Edit(Vec<Change>),
    /// The document is held until somebody supplies a fact.
    Decision,
    /// Nothing; people should know.
    Note,
    /// Nothing more: somebody has taken the decision as given, and people should know what it means.
    Accepted,
    /// The document concerns us but is not something to be judged or edited as it stands.
    NotUnderstood,
    /// The document is broken, or a law of ours would be.
    Broken,
}

/// One thing that one rule, or the reading of the input, has to say about one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Id of the rule; of the input problem where no rule was asked.
    pub rule: &'static str,
    /// What is to come of it.
    pub remedy: Remedy,
    /// The bytes of the file it speaks of.
    pub span: Span,
    /// What is.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Finding {
    /// A finding without advice.
    pub fn new(
        rule: &'static str,
        remedy: Remedy,
        span: Span,
        message: impl Into<String>,
    ) -> Finding {
        Finding { rule, remedy, span, message: message.into(), help: None }
    }

    /// The same finding, saying what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = Some(help.into());
        self
    }

    /// How grave it is.
    pub fn level(&self) -> Level {
        match self.remedy {
            Remedy::Note | Remedy::Accepted => Level::Note,
            Remedy::Edit(_) => Level::Change,
            Remedy::Decision | Remedy::NotUnderstood => Level::Decision,
            Remedy::Broken => Level::Error,
        }
    }
}

/// How grave a finding is, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For information.
    Note,
    /// Something will be written.
    Change,
    /// Somebody must decide.
    Decision,
    /// Something is broken.
    Error,
}

impl Level {
    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Change => "change",
            Level::Decision => "decision",
            Level::Error => "error",
        }
    }
}

/// A finding with its place, so that the text need not be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What is said.
    pub finding: Finding,
    /// The workload it is about, `namespace/name` or `name`.
    pub workload: Option<String>,
    /// Number of the document in its file, from 0.
    pub document: usize,
    /// Line and column.
    pub position: Position,
    /// The template that Helm rendered the document from, if it says so.
    pub origin: Option<String>,
    /// The line itself, credentials masked.
    pub excerpt: Excerpt,
}
