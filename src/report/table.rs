//! How many findings each rule has, and how they are answered.

use std::fmt;

use annotate_snippets::renderer::Style as Paint;

use super::Look;
use super::diagnostic_groups::DiagnosticGroup;
use super::snippet::color;
use super::wrap::broken;
use crate::diagnostic::Severity;
use crate::plan::input::PAGES;
use crate::rules;

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
pub(crate) fn render(
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
        let answer = if room < NARROWEST { String::new() } else { broken(answer, room) };
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
            let answer = answer(group);
            rows.push(Row {
                cells: [
                    rule,
                    group.word,
                    &group.diagnostics.len().to_string(),
                    &group.files.to_string(),
                ]
                .map(String::from),
                paint: color(group.severity),
                answer: if answer == previous_answer { "" } else { answer },
            });
            previous_answer = answer;
        }
    }
    rows
}

/// How these findings are answered; empty if nobody has to.
pub(crate) fn answer(group: &DiagnosticGroup<'_>) -> &'static str {
    if group.severity == Severity::Change {
        return if group.word == super::PENDING { "once its file is not held" } else { "" };
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
