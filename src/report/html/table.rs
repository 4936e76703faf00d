//! The one table: a row for each workload, the riskiest first.

use std::fmt;

use super::{badge, code, open};
use crate::report::printable::counted;
use crate::report::review::{Markup, Review, Risk, WorkloadRow};

/// Rows from which on people may choose a risk.
const MANY: usize = 10;

const MARKUP: Markup =
    Markup { name: code, location: code, strong: ["<b>", "</b>"], aside: ["<small>", "</small>"] };

/// Every workload; those whose version alone changes share a row.
pub(crate) fn table(review: &Review<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let rows = review.rows();
    let (workloads, files) = review.version_only;
    if rows.is_empty() && workloads == 0 {
        return Ok(());
    }
    let all: usize = review.files.iter().map(|reviewed| reviewed.rows.len()).sum();
    open("workloads", &format!("Workloads <span>{all}</span>"), out)?;
    let counts = review.risks();
    if rows.len() >= MANY && counts.len() > 1 {
        choice(&counts, out)?;
    }
    out.write_str("<table class=\"workloads\">\n<thead><tr>")?;
    for title in ["workload", "file", "changes", "savepoint", "risk"] {
        write!(out, "<th scope=\"col\">{title}</th>")?;
    }
    out.write_str("</tr></thead>\n<tbody>\n")?;
    for (at, row) in rows {
        line(row, at, review, out)?;
    }
    if workloads > 0 {
        let (workloads, files) = (counted(workloads, "workload"), counted(files, "file"));
        writeln!(
            out,
            "<tr class=\"none\"><th scope=\"row\">{workloads}</th><td><a href=\"#alike\">{files}</a>\
             </td><td>version</td><td>–</td><td>{}</td></tr>",
            badge(Risk::None)
        )?;
    }
    out.write_str("</tbody>\n</table>\n</section>\n")
}

fn choice(counts: &[(Risk, usize)], out: &mut dyn fmt::Write) -> fmt::Result {
    out.write_str(
        "<fieldset class=\"choice\"><legend>Show</legend>\n<label><input type=\"radio\" \
         name=\"show\" id=\"show-all\" checked> all</label>\n",
    )?;
    for (risk, count) in counts {
        let word = risk.word();
        writeln!(
            out,
            "<label><input type=\"radio\" name=\"show\" id=\"show-{word}\"> {word} ({count})</label>"
        )?;
    }
    out.write_str("</fieldset>\n")
}

fn line(
    row: &WorkloadRow<'_>,
    at: usize,
    review: &Review<'_>,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let reviewed = &review.files[at];
    let place = code(&format!("{}:{}", reviewed.file.path, row.line));
    let place = if reviewed.has_something_to_show() {
        format!("<a href=\"#f{at}\">{place}</a>")
    } else {
        place
    };
    let name = row.workload.or(row.kind).map_or("–".to_string(), code);
    writeln!(
        out,
        "<tr class=\"{}\"><th scope=\"row\">{name}</th><td>{place}</td><td>{}</td><td>{}</td>\
         <td>{}</td></tr>",
        row.risk.word(),
        row.changes(&MARKUP, usize::MAX),
        row.savepoint.display(&MARKUP),
        badge(row.risk),
    )
}
