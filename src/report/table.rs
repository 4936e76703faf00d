//! How many findings each rule has, and how they are answered.

use std::fmt;

use annotate_snippets::renderer::Style as Paint;

use super::groups::Findings;
use super::whole::color;
use super::wrap::broken;
use super::{Look, answers};

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
pub(super) fn render(
    groups: &[Findings<'_>],
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

fn rows(groups: &[Findings<'_>]) -> Vec<Row> {
    let mut rows = vec![Row {
        cells: ["rule", "level", "findings", "files"].map(String::from),
        paint: Paint::new(),
        answer: "how to answer",
    }];
    for (i, group) in groups.iter().enumerate() {
        if groups[..i].iter().any(|before| before.rule == group.rule) {
            continue;
        }
        let mut said = "";
        for (j, group) in groups[i..].iter().filter(|other| other.rule == group.rule).enumerate() {
            let rule = if j == 0 { group.rule } else { "" };
            let answer = answers::to(group);
            rows.push(Row {
                cells: [rule, group.word, &group.found.len().to_string(), &group.files.to_string()]
                    .map(String::from),
                paint: color(group.level),
                answer: if answer == said { "" } else { answer },
            });
            said = answer;
        }
    }
    rows
}
