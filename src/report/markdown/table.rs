//! The one table: a row for each workload, the riskiest first.

use super::{Part, name, short};
use crate::report::printable::counted;
use crate::report::review::{Markup, Review, Risk, WorkloadRow};

const HEAD: &str = "\n### Workloads\n\n\
                    | workload | file | changes | savepoint | risk |\n|---|---|---|---|---|\n";

/// Kept free for the row that stands for the others.
const FOR_THE_REST: usize = 60;

/// Fields named in a row.
const NAMED: usize = 3;

/// Characters of a path and of a location; their ends tell more than their beginnings.
const PATH: usize = 60;
const LOCATION: usize = 50;

const MARKUP: Markup = Markup {
    name: |name| short(name, PATH),
    location: |location| short(location, LOCATION),
    strong: ["**", "**"],
    aside: ["(", ")"],
};

/// As many rows as have room.
pub(crate) fn table(review: &Review<'_>, room: usize) -> Part {
    let rows = review.rows();
    let alike = alike(review);
    let legend = legend(review);
    let fixed = HEAD.len() + alike.len() + legend.len() + FOR_THE_REST;
    if rows.is_empty() && alike.is_empty() {
        return Part::nothing();
    }
    let mut text = String::from(HEAD);
    let mut shown = 0;
    for (at, row) in &rows {
        let line = line(row, &review.files[*at].file.path);
        if fixed + text.len() - HEAD.len() + line.len() > room {
            break;
        }
        text += &line;
        shown += 1;
    }
    let missing = rows.len() - shown;
    if missing > 0 {
        text += &format!("| … and {missing} more | | | | |\n");
    }
    text += &alike;
    text += &legend;
    let left_out = (missing > 0).then(|| format!("{missing} of {} workloads", rows.len()));
    Part { text, left_out }
}

fn line(row: &WorkloadRow<'_>, path: &str) -> String {
    format!(
        "| {} | {} | {} | {} | {} |\n",
        row.workload.or(row.kind).map_or("–".to_string(), name),
        short(&format!("{path}:{}", row.line), PATH),
        row.changes(&MARKUP, NAMED),
        row.savepoint.display(&MARKUP),
        risk(row.risk),
    )
}

/// What stands for every workload whose version alone changes.
fn alike(review: &Review<'_>) -> String {
    let (workloads, files) = review.version_only;
    if workloads == 0 {
        return String::new();
    }
    let (workloads, files) = (counted(workloads, "workload"), counted(files, "file"));
    format!("| {workloads} | {files} | version | – | {} |\n", risk(Risk::None))
}

/// What asks for a person is bold.
fn risk(risk: Risk) -> String {
    let word = risk.word();
    if risk >= Risk::State { format!("**{word}**") } else { word.to_string() }
}

/// The risks that occur, with what they mean.
fn legend(review: &Review<'_>) -> String {
    let explained = review.risks().into_iter();
    let explained: Vec<String> =
        explained.map(|(risk, _)| format!("**{}**: {}", risk.word(), risk.meaning())).collect();
    format!("\n<sub>{}</sub>\n", explained.join(" · "))
}
