//! Many findings by rule, the gravest first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Look;
use crate::diagnostic::{Located, Severity};
use crate::plan::{Changeset, FileOutcome};

/// The findings of one rule that begin with the same word, in the order of the files.
pub(crate) struct Findings<'c> {
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    /// That of the severity, or `pending`.
    pub(crate) word: &'static str,
    /// Never empty.
    pub(crate) found: Vec<(&'c FileOutcome, &'c Located)>,
    /// Number of files they stand in.
    pub(crate) files: usize,
}

impl<'c> Findings<'c> {
    /// These findings as a group; nothing if there are none.
    pub(crate) fn new(
        rule: &'static str,
        severity: Severity,
        word: &'static str,
        found: impl IntoIterator<Item = (&'c FileOutcome, &'c Located)>,
    ) -> Option<Findings<'c>> {
        let found: Vec<_> = found.into_iter().collect();
        let another = |pair: &&[(&FileOutcome, &Located)]| !std::ptr::eq(pair[0].0, pair[1].0);
        let files = found.windows(2).filter(another).count() + usize::from(!found.is_empty());
        (!found.is_empty()).then_some(Findings { rule, severity, word, found, files })
    }

    /// `812 in 790 files`.
    pub(crate) fn count(&self) -> String {
        let files = if self.files == 1 { "file" } else { "files" };
        format!("{} in {} {files}", self.found.len(), self.files)
    }

    /// What all of them say, if they say the same.
    pub(crate) fn message(&self) -> Option<&'c str> {
        self.shared(|located| Some(located.diagnostic.message.as_str()))
    }

    /// What all of them advise, if they advise the same.
    pub(crate) fn help(&self) -> Option<&'c str> {
        self.shared(|located| located.diagnostic.help.as_deref())
    }

    fn shared(&self, part: impl Fn(&'c Located) -> Option<&'c str>) -> Option<&'c str> {
        let mut parts = self.found.iter().map(|(_, located)| part(located));
        let first = parts.next().flatten()?;
        parts.all(|part| part == Some(first)).then_some(first)
    }
}

/// The findings that the look shows: the gravest level first, in a level the largest group first,
/// then by the name of the rule.
pub(crate) fn of<'c>(changeset: &'c Changeset, look: &Look) -> Vec<Findings<'c>> {
    let mut groups: BTreeMap<_, Findings<'c>> = BTreeMap::new();
    for file in &changeset.files {
        for located in file.diagnostics.iter().filter(|located| look.shows(located)) {
            let (rule, word) = (located.diagnostic.id, super::word(file, located));
            let severity = located.diagnostic.severity;
            let group = groups.entry((rule, word)).or_insert_with(|| Findings {
                rule,
                severity,
                word,
                found: Vec::new(),
                files: 0,
            });
            let another = group.found.last().is_none_or(|(last, _)| !std::ptr::eq(*last, file));
            group.files += usize::from(another);
            group.found.push((file, located));
        }
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| {
        (Reverse(group.severity), Reverse(group.found.len()), group.rule, group.word)
    });
    groups
}
