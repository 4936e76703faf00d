//! Many findings by rule, the gravest first; how many each rule has, and how they are answered.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use annotate_snippets::renderer::Style as Paint;

use super::Look;
use super::plain_diagnostic::{PENDING, PlainDiagnostic};
use super::printable::{counted, wrap};
use super::snippet::color;
use crate::diagnostic::{Located, Severity};
use crate::plan::Changeset;
use crate::plan::input::PAGES;
use crate::rules;

/// The findings of one rule that begin with the same word, in the order of the files.
pub(crate) struct DiagnosticGroup<'c> {
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    /// That of the severity, or `pending`.
    pub(crate) word: &'static str,
    /// Never empty.
    pub(crate) diagnostics: Vec<PlainDiagnostic<'c>>,
}

impl<'c> DiagnosticGroup<'c> {
    /// Number of files that have them.
    fn files(&self) -> usize {
        let neighbours = self.diagnostics.windows(2);
        1 + neighbours.filter(|pair| !std::ptr::eq(pair[0].file, pair[1].file)).count()
    }

    /// `812 in 790 files`.
    pub(crate) fn frequency(&self) -> String {
        format!("{} in {}", self.diagnostics.len(), counted(self.files(), "file"))
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
        let mut parts = self.diagnostics.iter().map(|diagnostic| part(diagnostic.located));
        let first = parts.next().flatten()?;
        parts.all(|part| part == Some(first)).then_some(first)
    }
}

/// The findings that the look shows: the gravest level first, in a level the largest group first,
/// then by the name of the rule.
pub(crate) fn by_rule<'c>(changeset: &'c Changeset, look: &Look) -> Vec<DiagnosticGroup<'c>> {
    let mut groups: BTreeMap<_, DiagnosticGroup<'c>> = BTreeMap::new();
    for diagnostic in PlainDiagnostic::shown(changeset, look) {
        let (rule, severity, word) = (diagnostic.rule(), diagnostic.severity(), diagnostic.word());
        let new = || DiagnosticGroup { rule, severity, word, diagnostics: Vec::new() };
        groups.entry((rule, word)).or_insert_with(new).diagnostics.push(diagnostic);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| {
        (Reverse(group.severity), Reverse(group.diagnostics.len()), group.rule, group.word)
    });
    groups
}

const BETWEEN: &str = "  ";

/// Narrowest column in which an answer is of use.
const NARROWEST: usize = 20;

/// A row, its answer apart: that column takes what the others leave.
struct Row {
    cells: [String; 4],
    paint: Paint,
    answer: &'static str,
}

/// The table, its rules in the order of the groups. Each rule is named once: what else it says
/// stands below, without the name.
pub(crate) fn write_table(
    groups: &[DiagnosticGroup<'_>],
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let rows = rows(groups);
    let widths = [0, 1, 2, 3].map(|i| rows.iter().map(|row| row.cells[i].len()).max().unwrap_or(0));
    let left: usize = widths.iter().map(|width| width + BETWEEN.len()).sum();
    let room = if look.width == 0 { usize::MAX } else { look.width.saturating_sub(left) };
    for Row { cells: [rule, level, findings, files], paint, answer } in &rows {
        let paint = if look.color { *paint } else { Paint::new() };
        write!(out, "{rule:0$}{BETWEEN}{paint}{level:1$}{paint:#}", widths[0], widths[1])?;
        write!(out, "{BETWEEN}{findings:>0$}{BETWEEN}{files:>1$}", widths[2], widths[3])?;
        let answer = if room < NARROWEST { String::new() } else { wrap(answer, room) };
        for (i, line) in answer.lines().enumerate() {
            let below = if i == 0 { BETWEEN.to_string() } else { format!("\n{:left$}", "") };
            write!(out, "{below}{line}")?;
        }
        out.write_char('\n')?;
    }
    Ok(())
}

fn rows(groups: &[DiagnosticGroup<'_>]) -> Vec<Row> {
    let mut rows = vec![Row {
        cells: ["rule", "level", "findings", "files"].map(String::from),
        paint: Paint::new(),
        answer: "how to answer",
    }];
    for (i, group) in groups.iter().enumerate() {
        if groups[..i].iter().any(|before| before.rule == group.rule) {
            continue;
        }
        let mut previous_answer = "";
        for (j, group) in groups[i..].iter().filter(|other| other.rule == group.rule).enumerate() {
            let rule = if j == 0 { group.rule } else { "" };
            let [count, files] = [group.diagnostics.len(), group.files()].map(|n| n.to_string());
            let answer = answer(group);
            rows.push(Row {
                cells: [rule, group.word, &count, &files].map(String::from),
                paint: color(group.severity),
                answer: if answer == previous_answer { "" } else { answer },
            });
            previous_answer = answer;
        }
    }
    rows
}

/// How these findings are answered; empty if no answer is needed.
pub(crate) fn answer(group: &DiagnosticGroup<'_>) -> &'static str {
    if group.severity == Severity::Change {
        return if group.word == PENDING { "once its file is not held" } else { "" };
    }
    let of_page = || PAGES.iter().find(|page| page.id == group.rule).map(|page| page.answer);
    rules::rule(group.rule).map(|rule| rule.answer).or_else(of_page).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    #[test]
    fn what_can_ask_has_an_answer_that_fits_beside_its_numbers_in_eighty_columns() {
        let rules = RULES.iter().map(|rule| (rule.id, rule.answer));
        for (id, answer) in rules.chain(PAGES.iter().map(|page| (page.id, page.answer))) {
            assert!(answer.chars().count() <= 32, "{id}: {answer}");
            // The version changes by itself.
            assert_eq!(answer.is_empty(), id == "api-version", "{id}");
        }
    }
}
