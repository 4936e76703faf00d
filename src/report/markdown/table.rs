//! The one table: a row for each workload, the riskiest first.

use super::Part;
use super::escape::{code, name, short};
use crate::report::review::{Field, Review, Risk, SavepointChange, WorkloadRow, counted};

const HEAD: &str = "\n### Workloads\n\n\
                    | workload | file | changes | savepoint | risk |\n|---|---|---|---|---|\n";

/// Kept free for the row that stands for the others.
const FOR_THE_REST: usize = 60;

/// Fields named in a row.
const NAMED: usize = 3;

/// Characters of a path and of a location; their ends tell more than their beginnings.
const PATH: usize = 60;
const LOCATION: usize = 50;

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
        changes(row),
        savepoint(&row.savepoint),
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

fn changes(row: &WorkloadRow<'_>) -> String {
    let mut named: Vec<String> = Vec::new();
    for field in &row.fields {
        let name = if field.is_version() { "version".to_string() } else { short_name(field) };
        if !named.contains(&name) {
            named.push(name);
        }
    }
    let more = named.len().saturating_sub(NAMED);
    if more > 0 {
        named.truncate(NAMED);
        named.push(format!("{more} more"));
    }
    let named = if named.is_empty() { "–".to_string() } else { named.join(", ") };
    if row.is_waiting { format!("{named} (waits for its file)") } else { named }
}

fn short_name(field: &Field) -> String {
    short(&field.short(), PATH)
}

fn savepoint(savepoint: &SavepointChange) -> String {
    match savepoint {
        SavepointChange::Untouched => "–".to_string(),
        SavepointChange::NoJob => "no job".to_string(),
        SavepointChange::Written { location, replaces } => {
            let replaces = if *replaces { " (replaces another)" } else { "" };
            format!("{}{replaces}", short(location, LOCATION))
        }
        SavepointChange::Removed => "removed, starts empty".to_string(),
        SavepointChange::Empty => "starts empty".to_string(),
        SavepointChange::Kept(Some(location)) => format!("{} (stays)", short(location, LOCATION)),
        SavepointChange::Kept(None) => "the path in Git stays".to_string(),
        SavepointChange::Open(rule) => format!("**{}**", code(rule)),
    }
}

/// What asks for a person is bold.
fn risk(risk: Risk) -> String {
    let word = risk.word();
    if risk >= Risk::State { format!("**{word}**") } else { word.to_string() }
}

/// The risks that occur, with what they mean.
fn legend(review: &Review<'_>) -> String {
    let rows = || review.files.iter().flat_map(|reviewed| &reviewed.rows);
    let occurs = |risk: &Risk| rows().any(|row| row.risk == *risk);
    let named = Risk::ALL.into_iter().filter(occurs);
    let named: Vec<String> =
        named.map(|risk| format!("**{}**: {}", risk.word(), risk.meaning())).collect();
    format!("\n<sub>{}</sub>\n", named.join(" · "))
}
