//! What is wrong with a file that people wrote for us, and where.

use std::fmt;
use std::sync::Arc;

use crate::text::Position;

/// What is wrong with a savepoint map or with the operator's configuration. Shown as
/// `path:line:col: error: message; help`. Holds no value of a configuration: some are secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// The file, as shown to people.
    pub path: String,
    /// Where in it.
    pub position: Position,
    /// What is.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileProblem { path, position: Position { line, column }, message, help } = self;
        write!(f, "{path}:{line}:{column}: error: {message}; {help}")
    }
}

impl std::error::Error for FileProblem {}

/// A place in such a file. Shown as `path:line:col`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as shown to people.
    pub path: Arc<str>,
    /// Where in it.
    pub position: Position,
}

impl Place {
    /// This is wrong here.
    pub fn problem(&self, message: impl Into<String>, help: impl Into<String>) -> FileProblem {
        FileProblem {
            path: self.path.to_string(),
            position: self.position,
            message: message.into(),
            help: help.into(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.position.line, self.position.column)
    }
}
