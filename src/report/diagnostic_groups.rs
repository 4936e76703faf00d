//! Many findings by rule, the gravest first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Look;
use crate::diagnostic::{Located, Severity};
use crate::plan::{Changeset, FileOutcome};

/// The findings of one rule that begin with the same word, in the order of the files.
pub(crate) struct DiagnosticGroup<'c> {
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    /// That of the severity, or `pending`.
    pub(crate) word: &'static str,
    /// Never empty.
    pub(crate) diagnostics: Vec<(&'c FileOutcome, &'c Located)>,
    /// Number of files they stand in.
    pub(crate) files: usize,
}

impl<'c> DiagnosticGroup<'c> {
    /// These findings as a group; nothing if there are none.
    pub(crate) fn new(
        rule: &'static str,
        severity: Severity,
        word: &'static str,
        diagnostics: impl IntoIterator<Item = (&'c FileOutcome, &'c Located)>,
    ) -> Option<DiagnosticGroup<'c>> {
        let diagnostics: Vec<_> = diagnostics.into_iter().collect();
        let is_in_another_file =
            |pair: &&[(&FileOutcome, &Located)]| !std::ptr::eq(pair[0].0, pair[1].0);
        let files = diagnostics.windows(2).filter(is_in_another_file).count()
            + usize::from(!diagnostics.is_empty());
        (!diagnostics.is_empty()).then_some(DiagnosticGroup {
            rule,
            severity,
            word,
            diagnostics,
            files,
        })
    }

    /// `812 in 790 files`.
    pub(crate) fn frequency(&self) -> String {
        let files = if self.files == 1 { "file" } else { "files" };
        format!("{} in {} {files}", self.diagnostics.len(), self.files)
    }

    /// What all of them say, if they say the same.
    pub(crate) fn shared_message(&self) -> Option<&'c str> {
        self.shared(|located| Some(located.diagnostic.message.as_str()))
    }

    /// What all of them advise, if they advise the same.
    pub(crate) fn shared_help(&self) -> Option<&'c str> {
        self.shared(|located| located.diagnostic.help.as_deref())
    }

    fn shared(&self, part: impl Fn(&'c Located) -> Option<&'c str>) -> Option<&'c str> {
        let mut parts = self.diagnostics.iter().map(|(_, located)| part(located));
        let first = parts.next().flatten()?;
        parts.all(|part| part == Some(first)).then_some(first)
    }
}

/// The findings that the look shows: the gravest level first, in a level the largest group first,
/// then by the name of the rule.
pub(crate) fn by_rule<'c>(changeset: &'c Changeset, look: &Look) -> Vec<DiagnosticGroup<'c>> {
    let mut groups: BTreeMap<_, DiagnosticGroup<'c>> = BTreeMap::new();
    for file in &changeset.files {
        for located in file.diagnostics.iter().filter(|located| look.shows(located)) {
            let (rule, word) = (located.diagnostic.id, super::word(file, located));
            let severity = located.diagnostic.severity;
            let group = groups.entry((rule, word)).or_insert_with(|| DiagnosticGroup {
                rule,
                severity,
                word,
                diagnostics: Vec::new(),
                files: 0,
            });
            let is_in_another_file =
                group.diagnostics.last().is_none_or(|(last, _)| !std::ptr::eq(*last, file));
            group.files += usize::from(is_in_another_file);
            group.diagnostics.push((file, located));
        }
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| {
        (Reverse(group.severity), Reverse(group.diagnostics.len()), group.rule, group.word)
    });
    groups
}
