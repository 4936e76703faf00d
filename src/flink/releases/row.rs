//! One line of the table: what releases do, to what, and who says so.

use super::Release;

/// What a release does with what a row speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Effect {
    /// The API server or the validator of the operator rejects it.
    Refuses,
    /// It is accepted and not acted upon; at best an event says so.
    Ignores,
    /// A field is pruned or a key taken out in silence, or a default is gone.
    Drops,
    /// It means something else than before, or has another default.
    Changes,
    /// It is possible from here on. Before, an unknown field was pruned and an unknown value or kind
    /// rejected, unless a row of the same topic says otherwise.
    Accepts,
}

impl Effect {
    /// The effect as a verb: `refuses`.
    pub fn verb(self) -> &'static str {
        match self {
            Effect::Refuses => "refuses",
            Effect::Ignores => "ignores",
            Effect::Drops => "drops",
            Effect::Changes => "changes",
            Effect::Accepts => "accepts",
        }
    }
}

/// One fact about operator releases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// What it is about, in kebab-case. Rows that share a topic stand together in the table.
    pub topic: &'static str,
    /// The first release it holds for; 1.0 also stands for "as in 0.1.0".
    pub from: Release,
    /// The last release it holds for; none if it still holds in [`Release::LAST`].
    pub to: Option<Release>,
    /// What these releases do.
    pub effect: Effect,
    /// One sentence, without a capital and without a full stop.
    pub what: &'static str,
    /// The words of the operator or a part of them, in all releases of the row; `%s` stands for what
    /// differs from case to case. None if it says nothing, or if its words are not known.
    pub message: Option<&'static str>,
    /// The file of the operator, its lines and the release they are counted in, and the issue.
    /// Issues are `FLINK-…`, commits have eight digits; a path without a folder is a Java file.
    pub source: &'static str,
    /// The rule of this program that looks at it, if any does.
    pub rule: Option<&'static str>,
}

impl Row {
    /// True if it holds for the release.
    pub fn holds(&self, release: Release) -> bool {
        self.from <= release && self.to.is_none_or(|to| release <= to)
    }

    /// The releases it holds for, in words: `1.7 and 1.8`, `1.9 and later`, `1.0 to 1.6`, `1.0`.
    pub fn releases(&self) -> String {
        let from = self.from;
        match self.to {
            None => format!("{from} and later"),
            Some(to) if to == from => from.to_string(),
            Some(to) if to.minor == from.minor + 1 => format!("{from} and {to}"),
            Some(to) => format!("{from} to {to}"),
        }
    }

    pub(super) const fn new(
        topic: &'static str,
        (from, to): Period,
        effect: Effect,
        what: &'static str,
        source: &'static str,
    ) -> Row {
        Row { topic, from, to, effect, what, message: None, source, rule: None }
    }

    pub(super) const fn says(self, message: &'static str) -> Row {
        Row { message: Some(message), ..self }
    }

    pub(super) const fn rule(self, rule: &'static str) -> Row {
        Row { rule: Some(rule), ..self }
    }
}

/// First and last release of a row.
pub(super) type Period = (Release, Option<Release>);

pub(super) const ALWAYS: Period = (Release::FIRST, None);

pub(super) const fn since(minor: u16) -> Period {
    (Release::new(minor), None)
}

pub(super) const fn until(minor: u16) -> Period {
    (Release::FIRST, Some(Release::new(minor)))
}

pub(super) const fn between(first: u16, last: u16) -> Period {
    (Release::new(first), Some(Release::new(last)))
}
