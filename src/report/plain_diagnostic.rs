//! A finding as the programs that show findings beside code want it: one line, harmless, no secret.

use std::cmp::Reverse;
use std::fmt::Write;

use super::wrap;
use crate::diagnostic::{Located, Severity};
use crate::plan::{Changeset, FileOutcome};

/// A finding and the file it stands in.
#[derive(Clone, Copy)]
pub(crate) struct PlainDiagnostic<'c> {
    /// The file.
    pub(crate) file: &'c FileOutcome,
    /// The finding.
    pub(crate) located: &'c Located,
}

/// The word that CI systems have in common for a severity. It follows the exit status: what ends it at
/// 2 or 3 is an error, what ends it at 1 a warning, and notes never count.
pub(crate) fn ci_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Change => "warning",
        Severity::Decision | Severity::Error => "error",
    }
}

impl<'c> PlainDiagnostic<'c> {
    /// Every diagnostic, in order of place.
    pub(crate) fn all(changeset: &'c Changeset) -> impl Iterator<Item = PlainDiagnostic<'c>> {
        let of_file = |file: &'c FileOutcome| {
            file.diagnostics.iter().map(move |located| PlainDiagnostic { file, located })
        };
        changeset.files.iter().flat_map(of_file)
    }

    /// The same with the gravest first; what is equally grave stays in order of place.
    pub(crate) fn worst_first(changeset: &'c Changeset) -> Vec<PlainDiagnostic<'c>> {
        let mut all: Vec<PlainDiagnostic<'c>> = PlainDiagnostic::all(changeset).collect();
        all.sort_by_key(|diagnostic| Reverse(diagnostic.severity()));
        all
    }

    /// How severe it is.
    pub(crate) fn severity(self) -> Severity {
        self.located.diagnostic.severity
    }

    /// Id of the rule.
    pub(crate) fn rule(self) -> &'static str {
        self.located.diagnostic.id
    }

    /// The path of the file, without a `./` before it.
    pub(crate) fn path(self) -> &'c str {
        let mut path = self.file.path.as_str();
        while let Some(rest) = path.strip_prefix("./") {
            path = rest.trim_start_matches('/');
        }
        path
    }

    /// What is, with the template it comes from.
    pub(crate) fn message(self) -> String {
        let mut message = wrap::prose(&self.located.diagnostic.message, 0, 0);
        if let Some(template) = super::rendered_from(self.located) {
            // Text in memory takes everything.
            let _ = write!(message, " (from {template})");
        }
        message
    }

    /// What to do about it.
    pub(crate) fn help(self) -> Option<String> {
        self.located.diagnostic.help.as_ref().map(|help| wrap::prose(help, 0, 0))
    }

    /// What is and what to do, parted as in a line of the concise report.
    pub(crate) fn message_with_help(self) -> String {
        match self.help() {
            Some(help) => format!("{}; {help}", self.message()),
            None => self.message(),
        }
    }
}
