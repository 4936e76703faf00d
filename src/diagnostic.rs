//! One thing to report about an input: what is wrong or will change, how severe it is, and where.

use std::fmt;
use std::sync::Arc;

use crate::text::{Excerpt, Position, Span};
pub use crate::yaml::Change;
use crate::yaml::FieldPath;

/// How severe a diagnostic is, the most severe last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For information.
    Note,
    /// Something will be written.
    Change,
    /// Somebody must decide; the document is held.
    Decision,
    /// The input is broken, or a law of ours would be.
    Error,
}

impl Severity {
    /// Every severity, the most severe last. The schema of the report lists them.
    #[cfg(test)]
    pub const ALL: [Severity; 4] =
        [Severity::Note, Severity::Change, Severity::Decision, Severity::Error];

    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Change => "change",
            Severity::Decision => "decision",
            Severity::Error => "error",
        }
    }
}

/// What a rule, or the reading of an input, reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Id of the rule, or of the input problem if no rule ran.
    pub id: &'static str,
    /// How severe it is.
    pub severity: Severity,
    /// What it is about.
    pub location: SymbolicLocation,
    /// The workload that it is about, `namespace/name` or `name`.
    pub workload: Option<String>,
    /// What is wrong, or what will change.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The changes that a write makes, if it makes any.
    pub fix: Option<Vec<Change>>,
    /// What waives it, if somebody has accepted it.
    pub waived_by: Option<WaiverId>,
}

/// Where a rule points. `plan` resolves it to the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SymbolicLocation {
    /// A field of the object that is judged: its value if that is a scalar, else its key. Of a path that
    /// is not all there, as much as is there; of none, the version of the object.
    Field(FieldPath),
    /// The value of this key of `flinkConfiguration`, which may be nested.
    Setting(&'static str),
    /// Bytes of a text that holds no object.
    Text(Span),
    /// A place in an input that is not a manifest.
    Input(FilePosition),
}

impl From<Span> for SymbolicLocation {
    fn from(span: Span) -> SymbolicLocation {
        SymbolicLocation::Text(span)
    }
}

impl From<&FilePosition> for SymbolicLocation {
    fn from(place: &FilePosition) -> SymbolicLocation {
        SymbolicLocation::Input(place.clone())
    }
}

impl From<&[&str]> for SymbolicLocation {
    fn from(keys: &[&str]) -> SymbolicLocation {
        SymbolicLocation::Field(FieldPath::from_keys(keys.iter().copied()))
    }
}

impl<const N: usize> From<&[&str; N]> for SymbolicLocation {
    fn from(keys: &[&str; N]) -> SymbolicLocation {
        SymbolicLocation::from(&keys[..])
    }
}

/// What waives a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiverId {
    /// A waiver of the policy, by its number.
    Policy(usize),
    /// The override of the workload, which waives the rule of this id.
    Override(&'static str),
}

impl Diagnostic {
    /// A diagnostic without help or fix.
    pub fn new(
        id: &'static str,
        severity: Severity,
        location: impl Into<SymbolicLocation>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            id,
            severity,
            location: location.into(),
            workload: None,
            message: message.into(),
            help: None,
            fix: None,
            waived_by: None,
        }
    }

    /// For information.
    pub fn note(
        id: &'static str,
        location: impl Into<SymbolicLocation>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(id, Severity::Note, location, message)
    }

    /// Holds its document until somebody supplies a fact or makes the change by hand.
    pub fn decision(
        id: &'static str,
        location: impl Into<SymbolicLocation>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(id, Severity::Decision, location, message)
    }

    /// The input is broken, or a law of ours would be.
    pub fn error(
        id: &'static str,
        location: impl Into<SymbolicLocation>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(id, Severity::Error, location, message)
    }

    /// Makes these changes.
    pub fn change(
        id: &'static str,
        location: impl Into<SymbolicLocation>,
        message: impl Into<String>,
        changes: Vec<Change>,
    ) -> Diagnostic {
        Diagnostic {
            fix: Some(changes),
            ..Diagnostic::new(id, Severity::Change, location, message)
        }
    }

    /// The same diagnostic with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Its bytes in the text at hand; none if it points at a field, or into another file.
    pub fn span(&self) -> Span {
        match self.location {
            SymbolicLocation::Text(span) => span,
            _ => Span::empty(0),
        }
    }

    /// The note that is left of this decision once somebody has accepted it.
    #[must_use]
    pub fn into_waived_note(self) -> Diagnostic {
        let message = format!("accepted: {}", self.message);
        Diagnostic { severity: Severity::Note, message, help: None, ..self }
    }
}

/// A place in the files of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, as shown to people.
    pub file: String,
    /// Number of the document in its file, from 0.
    pub document: usize,
    /// Line and column.
    pub position: Position,
    /// Its bytes; empty where a place has no extent.
    pub span: Span,
    /// The template that Helm rendered the document from, if the document names it.
    pub template: Option<String>,
}

/// A diagnostic with its place and its line: reports have no text of any file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// What to report.
    pub diagnostic: Diagnostic,
    /// Where.
    pub location: Location,
    /// The line, credentials masked.
    pub excerpt: Excerpt,
}

impl Located {
    /// A diagnostic about a file of which no line is shown.
    pub fn without_line(diagnostic: Diagnostic, file: &str, position: Position) -> Located {
        let file = file.to_string();
        Located {
            diagnostic,
            location: Location {
                file,
                document: 0,
                position,
                span: Span::empty(0),
                template: None,
            },
            excerpt: Excerpt { text: String::new(), highlight: Span::empty(0) },
        }
    }
}

/// Shown as `path:line:col: severity: message; help`, on one line.
impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Located { diagnostic, location, .. } = self;
        let (Position { line, column }, severity) = (location.position, diagnostic.severity.word());
        write!(f, "{}:{line}:{column}: {severity}: {}", location.file, diagnostic.message)?;
        diagnostic.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

/// A place in a file that people wrote for us: a savepoint map, a configuration. Shown as
/// `path:line:col`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePosition {
    /// What messages call the file.
    pub name: Arc<str>,
    /// Where in it.
    pub position: Position,
}

/// The beginning of a file without a name.
impl Default for FilePosition {
    fn default() -> FilePosition {
        FilePosition { name: "".into(), position: Position { line: 1, column: 1 } }
    }
}

impl FilePosition {
    /// What is wrong here, and what to do about it.
    pub fn error(&self, message: impl Into<String>, help: impl Into<String>) -> Located {
        let error = Diagnostic::error("input", Span::empty(0), message).help(help);
        Located::without_line(error, &self.name, self.position)
    }
}

impl fmt::Display for FilePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.name, self.position.line, self.position.column)
    }
}
