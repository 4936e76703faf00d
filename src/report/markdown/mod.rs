//! A comment on a pull request: the summary, when to merge, what is open, one table, and the
//! diffs folded away.
//!
//! GitHub refuses a comment of more than 65,536 characters, so the report keeps to a budget. It is
//! never cut: whole diffs are left out first, the largest before the others, then rows and examples,
//! and a last line says what is missing and how to see it. Bytes are counted, which are at least as
//! many as characters however somebody counts those.
//!
//! Text from manifests stands in code spans and fences alone, where nothing is a mention, a link, an
//! element or a cell.

mod diagnostics;
mod files;

use std::fmt;

use super::printable::{self, counted};
use super::review::{Markup, MaskedHunk, Piece, Review, Risk, WorkloadRow, pieces};
use crate::plan::Changeset;

/// The default size of a report, in bytes.
pub const MARKDOWN_BUDGET: usize = 60_000;

/// Less room than this is not kept to: the summary must fit.
const LEAST: usize = 4_000;

/// By this line a comment is found again and replaced.
pub(crate) const MARKER: &str = "<!-- flink-migrate -->";

const NAME: &str = env!("CARGO_PKG_NAME");

/// Kept free for the line that says what is left out.
const FOR_THE_END: usize = 500;

/// The review of a changeset as Markdown of at most `budget` bytes, but of at least 4,000 if it needs
/// them. Fails only if `out` does.
pub fn markdown(changeset: &Changeset, budget: usize, out: &mut dyn fmt::Write) -> fmt::Result {
    let review = Review::new(changeset);
    let budget = budget.max(LEAST);
    let head = head(&review);
    let taken = head.len() + FOR_THE_END;
    let mut room = Room { left: budget.saturating_sub(taken), left_out: Vec::new() };
    // What matters most takes its room first, but not all of it.
    let questions = room.take(|left| diagnostics::questions(&review, left / 5 * 2));
    let unread = room.take(|left| diagnostics::unread(&review, left / 5));
    let table = room.take(|left| table(&review, left));
    let files = room.take(|left| files::files(&review, left));
    let alike = room.take(|left| files::alike(&review, left));
    let notes = room.take(|left| diagnostics::notes(&review, left));
    let end = end(&room.left_out, budget);
    let parts = [head, questions, table, files, alike, notes, unread, end];
    parts.iter().try_for_each(|part| out.write_str(part))
}

/// What is left of the budget, and what had no room in it.
struct Room {
    left: usize,
    left_out: Vec<String>,
}

impl Room {
    /// The text of a part that is given what is left.
    fn take(&mut self, part: impl FnOnce(usize) -> Part) -> String {
        let part = part(self.left);
        self.left = self.left.saturating_sub(part.text.len());
        self.left_out.extend(part.left_out);
        part.text
    }
}

/// A section, and what had no room in it.
struct Part {
    /// Ends with a newline; empty if there is nothing to say.
    text: String,
    /// `3 of 40 diffs`.
    left_out: Option<String>,
}

impl Part {
    fn nothing() -> Part {
        Part { text: String::new(), left_out: None }
    }
}

fn head(review: &Review<'_>) -> String {
    let mut head = format!("{MARKER}\n## {NAME}: {}\n", message(&review.summary));
    let warnings: Vec<String> = review
        .warnings("The end of this report says why.")
        .into_iter()
        .map(|(what, consequence)| format!("> **{what}.** {consequence}\n"))
        .collect();
    if !warnings.is_empty() {
        head += &format!("\n> [!WARNING]\n{}", warnings.join(">\n"));
        head += &match review.jobs_end() {
            none if none.is_empty() => none,
            ends => format!(">\n>{ends}\n"),
        };
    } else if review.changes {
        head += &format!("\n> [!NOTE]\n> No decision is open.{}\n", review.jobs_end());
    }
    if let Some(words) = review.merge {
        head += &format!("\n{}\n", message(words));
    }
    head
}

fn end(left_out: &[String], budget: usize) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    format!(
        "\n---\n\n**Left out** to stay below {budget} bytes: {}. All of it: `{NAME} check \
         --report html=report.html`\n",
        left_out.join(", ")
    )
}

/// Longest name or path shown whole, in characters; of a longer one the end is shown.
const LONGEST: usize = 300;

/// The text as a code span, in a table too: a pipe is spelled out, since no renderer agrees with
/// the next one on how a backslash before it is read.
pub(crate) fn code(text: &str) -> String {
    let text = printable::escaped(text).replace('|', "\\u{7c}");
    if text.is_empty() {
        return "(empty)".to_string();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A name or a path as a code span.
pub(crate) fn name(text: &str) -> String {
    code(&printable::truncate_start(&printable::escaped(text), LONGEST))
}

/// The same, of at most so many characters.
pub(crate) fn short(text: &str, longest: usize) -> String {
    code(&printable::truncate_start(&printable::escaped(text), longest))
}

/// The text inside an element.
pub(crate) fn html(text: &str) -> String {
    let text = printable::truncate_start(&printable::escaped(text), LONGEST);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A message of a rule, or words of our own.
pub(crate) fn message(text: &str) -> String {
    let text = printable::message(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut after_code = false;
    for piece in pieces(&text) {
        match piece {
            Piece::Plain(words) => {
                out += &words;
                after_code = false;
            }
            Piece::Code(text) => {
                // Two spans side by side would be read as one.
                out += if after_code { " " } else { "" };
                out += &code(text);
                after_code = true;
            }
        }
    }
    out.trim_end().to_string()
}

/// The hunks as a fenced block of a diff without the names of the files, so that no tool applies
/// it; no final newline.
pub(crate) fn fenced(hunks: &[MaskedHunk]) -> String {
    let mut body = String::new();
    for hunk in hunks {
        body += &format!("{}\n", hunk.header);
        for (sign, text) in &hunk.lines {
            body += &format!("{}{text}\n", sign.mark());
        }
    }
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    format!("{fence}diff\n{body}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

const TABLE_HEAD: &str = "\n### Workloads\n\n\
                    | workload | file | changes | savepoint | risk |\n|---|---|---|---|---|\n";

/// Kept free for the row that stands for the others.
const FOR_THE_LAST_ROW: usize = 60;

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

/// The one table: a row for each workload, the riskiest first; as many as have room.
fn table(review: &Review<'_>, room: usize) -> Part {
    let rows = review.rows();
    let alike = alike_row(review);
    let legend = legend(review);
    let fixed = TABLE_HEAD.len() + alike.len() + legend.len() + FOR_THE_LAST_ROW;
    if rows.is_empty() && alike.is_empty() {
        return Part::nothing();
    }
    let mut text = String::from(TABLE_HEAD);
    let mut shown = 0;
    for (at, row) in &rows {
        let line = table_row(row, &review.files[*at].file.repo_path);
        if fixed + text.len() - TABLE_HEAD.len() + line.len() > room {
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

fn table_row(row: &WorkloadRow<'_>, path: &str) -> String {
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
fn alike_row(review: &Review<'_>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_longer_than_any_backtick_in_it() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a|b\n"), "`a\\u{7c}b\\n`");
        assert_eq!(code(""), "(empty)");
    }

    #[test]
    fn a_message_keeps_its_words_and_spells_its_names() {
        assert_eq!(message("ask @team about `a``b`"), "ask `@team` about `a` `b`");
        assert_eq!(message("an odd ` one"), "an odd `` ` `` one");
    }
}
