//! A finding as the programs that show findings beside code want it: one line, harmless, no secret;
//! and by what it is known again in the next run, wherever its lines have gone.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Look, printable};
use crate::diagnostic::{Located, Severity};
use crate::plan::{Changeset, FileOutcome};

/// The word for a change that waits.
pub(crate) const PENDING: &str = "pending";

/// A finding and its file.
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

    /// Those that the look shows.
    pub(crate) fn shown(
        changeset: &'c Changeset,
        look: &Look,
    ) -> impl Iterator<Item = PlainDiagnostic<'c>> {
        let Look { notes, changes, .. } = *look;
        PlainDiagnostic::all(changeset).filter(move |diagnostic| match diagnostic.severity() {
            Severity::Note => notes,
            Severity::Change => changes,
            Severity::Decision | Severity::Error => true,
        })
    }

    /// The word before a message: a change waits as long as something holds its file or, where the
    /// documents of a stream go their own ways, its document.
    pub(crate) fn word(self) -> &'static str {
        let is_held = !self.file.changes() || self.file.is_held(self.located.location.document);
        match self.severity() {
            Severity::Change if is_held => PENDING,
            severity => severity.word(),
        }
    }

    /// `path:line:col`, and the template it was rendered from unless the message says so.
    pub(crate) fn location(self) -> String {
        let position = self.located.location.position;
        let path = super::shown_path(&self.file.path);
        self.with_template(format!("{path}:{}:{}", position.line, position.column))
    }

    /// The text with the template that Helm rendered the document from, unless the message names it.
    pub(crate) fn with_template(self, text: String) -> String {
        match self.located.location.template.as_deref() {
            Some(template) if !self.located.diagnostic.message.contains(template) => {
                format!("{text} (from {})", printable::message(template))
            }
            _ => text,
        }
    }

    /// How severe it is.
    pub(crate) fn severity(self) -> Severity {
        self.located.diagnostic.severity
    }

    /// Id of the rule.
    pub(crate) fn rule(self) -> &'static str {
        self.located.diagnostic.id
    }

    /// The path of the file from the root of the repository, without a `./` before it.
    pub(crate) fn path(self) -> &'c str {
        let mut path = self.file.repo_path.as_str();
        while let Some(rest) = path.strip_prefix("./") {
            path = rest.trim_start_matches('/');
        }
        path
    }

    /// What is, with the template it comes from.
    pub(crate) fn message(self) -> String {
        self.with_template(printable::message(&self.located.diagnostic.message))
    }

    /// What to do about it.
    pub(crate) fn help(self) -> Option<String> {
        self.located.diagnostic.help.as_ref().map(|help| printable::message(help))
    }

    /// What is and what to do, parted as in a line of the concise report.
    pub(crate) fn message_with_help(self) -> String {
        match self.help() {
            Some(help) => format!("{}; {help}", self.message()),
            None => self.message(),
        }
    }
}

/// Fingerprints of one report, no two of them alike.
#[derive(Default)]
pub(crate) struct Fingerprints {
    seen: HashMap<u64, usize>,
}

impl Fingerprints {
    /// The fingerprint of the next finding, in order of place: a hash of the rule, the file, the
    /// workload and the message, and how often that hash has come up. Lines and columns do not
    /// count, nor does the level: a change that waits is the change that is made.
    pub(crate) fn next(&mut self, diagnostic: PlainDiagnostic<'_>) -> String {
        let mut hash = Hash::EMPTY;
        hash.part(diagnostic.rule());
        hash.part(diagnostic.path());
        hash.part(diagnostic.located.diagnostic.workload.as_deref().unwrap_or_default());
        match &diagnostic.located.diagnostic.fix {
            Some(changes) if !changes.is_empty() => {
                for change in changes {
                    hash.part(&change.path().to_string());
                }
            }
            // Messages name lines of other files.
            _ => {
                let message = printable::masked(&diagnostic.located.diagnostic.message);
                hash.part(&message.replace(|c: char| c.is_ascii_digit(), ""));
            }
        }
        let count = self.seen.entry(hash.0).or_default();
        *count += 1;
        format!("{:016x}:{count}", hash.0)
    }
}

/// FNV-1a with 64 bits: the same on every machine and in every release, unlike the hashes of the
/// standard library. It need not withstand anybody, since hashes that meet are counted.
struct Hash(u64);

impl Hash {
    const EMPTY: Hash = Hash(0xcbf2_9ce4_8422_2325);
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(Hash::PRIME);
    }

    fn part(&mut self, text: &str) {
        for byte in text.bytes() {
            self.byte(byte);
        }
        // A byte that UTF-8 never has.
        self.byte(0xff);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        let mut hash = Hash::EMPTY;
        "foobar".bytes().for_each(|byte| hash.byte(byte));
        assert_eq!(hash.0, 0x8594_4171_f739_67e8);
    }
}
