//! One page for a browser, with every diff: a file of its own that loads nothing and runs nothing.
//!
//! Its policy allows one style sheet, by its hash, and nothing else; so even a text that became an
//! element could neither load nor run anything.

mod diagnostics;
mod files;

use std::fmt;

use diagnostics::diagnostics;

use super::printable::{self, counted};
use super::review::{Markup, Piece, Review, ReviewedFile, Risk, WorkloadRow, pieces};
use crate::plan::Changeset;

const NAME: &str = env!("CARGO_PKG_NAME");

const STYLE: &str = include_str!("style.css");

/// The digest of [`STYLE`] as a content security policy names it. A test compares the two.
const STYLE_HASH: &str = "sha256-k9+DQptV6zv1Agn5379eoYq3uIrxLlGmnAGg2IH0j28=";

/// The review of a changeset as a page. Fails only if `out` does.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let review = Review::new(changeset);
    for part in [
        head(&review).as_str(),
        "<main>\n",
        &diagnostics(&review, &review.questions, "decide", "To decide"),
        &workloads(&review),
        &files::files(&review),
        &diagnostics(&review, &review.unread, "unread", "Not understood, and left alone"),
        &diagnostics(&review, &review.notes, "notes", "Notes"),
        "</main>\n",
    ] {
        out.write_str(part)?;
    }
    write!(
        out,
        "<footer><p>Made by {NAME}. <code>{NAME} explain RULE</code> explains a rule, and \
         <code>{NAME} diff</code> prints the change to apply: secrets are masked here.\
         </p></footer>\n</body>\n</html>\n"
    )
}

fn head(review: &Review<'_>) -> String {
    let merge = review.merge.map(|words| format!("<p>{}</p>\n", message(words)));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         '{STYLE_HASH}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{NAME}: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<p class=\"tool\">{NAME}</p>\n<h1>{}</h1>\n{}{}{}{}</header>\n",
        text(&review.summary),
        message(&review.summary),
        callout(review),
        merge.unwrap_or_default(),
        chips(review),
        navigation(review)
    )
}

/// What the summary means for somebody who is asked to approve.
fn callout(review: &Review<'_>) -> String {
    let warnings = review.warnings("<a href=\"#unread\">Why</a>").into_iter();
    let warnings: Vec<String> = warnings
        .map(|(what, consequence)| format!("<strong>{what}.</strong> {consequence}"))
        .collect();
    if !warnings.is_empty() {
        let (warnings, ends) = (warnings.join(" "), review.jobs_end());
        return format!("<p class=\"callout warning\">{warnings}{ends}</p>\n");
    }
    if !review.changes {
        return String::new();
    }
    let ends = review.jobs_end();
    format!("<p class=\"callout\"><strong>No decision is open.</strong>{ends}</p>\n")
}

/// How many workloads run which risk.
fn chips(review: &Review<'_>) -> String {
    let chips = review.risks().into_iter().map(|(risk, count)| {
        format!("<li>{} <b>{count}</b> {}</li>\n", badge(risk), risk.meaning())
    });
    match chips.collect::<String>() {
        chips if chips.is_empty() => chips,
        chips => {
            format!("<ul class=\"chips\" aria-label=\"Workloads by risk\">\n{chips}</ul>\n")
        }
    }
}

/// The word of a risk, coloured by it.
fn badge(risk: Risk) -> String {
    format!("<span class=\"risk {0}\">{0}</span>", risk.word())
}

fn navigation(review: &Review<'_>) -> String {
    let has_files = review.files.iter().any(ReviewedFile::has_something_to_show);
    let parts = [
        (!review.questions.is_empty(), "decide", "To decide"),
        (!review.files.is_empty(), "workloads", "Workloads"),
        (has_files, "files", "Files"),
        (!review.unread.is_empty(), "unread", "Not understood"),
        (!review.notes.is_empty(), "notes", "Notes"),
    ];
    let parts = parts.iter().filter(|(is_there, ..)| *is_there);
    let links = parts.map(|(_, id, title)| format!("<li><a href=\"#{id}\">{title}</a></li>\n"));
    match links.collect::<String>() {
        links if links.is_empty() => links,
        links => format!("<nav aria-label=\"Parts of this report\">\n<ul>\n{links}</ul>\n</nav>\n"),
    }
}

fn section(id: &str, title: &str, content: &str) -> String {
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n\
         <h2 id=\"{id}-title\">{title}</h2>\n{content}</section>\n"
    )
}

fn table(class: &str, caption: &str, titles: &[&str], rows: &str) -> String {
    let titles = titles.iter().map(|title| format!("<th scope=\"col\">{title}</th>"));
    format!(
        "<table class=\"{class}\">\n{caption}<thead><tr>{}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table>\n",
        titles.collect::<String>()
    )
}

/// The text, harmless in an element and in a quoted attribute.
pub(crate) fn text(text: &str) -> String {
    entities(&printable::escaped(text))
}

/// The same for a line of a file, which keeps its tabs.
pub(crate) fn line(line: &str) -> String {
    entities(&printable::escaped_line(line))
}

fn entities(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

/// The text as code.
pub(crate) fn code(text: &str) -> String {
    format!("<code>{}</code>", self::text(text))
}

/// A message of a rule, or words of our own.
pub(crate) fn message(message: &str) -> String {
    let message = printable::message(message);
    let piece = |piece: Piece<'_>| match piece {
        Piece::Plain(words) => text(&words),
        Piece::Code(words) => code(words),
    };
    pieces(&message).into_iter().map(piece).collect()
}

/// Rows from which on people may choose a risk.
const MANY: usize = 10;

const MARKUP: Markup =
    Markup { name: code, location: code, strong: ["<b>", "</b>"], aside: ["<small>", "</small>"] };

/// The one table: a row for each workload, the riskiest first; those whose version alone changes share
/// a row.
fn workloads(review: &Review<'_>) -> String {
    let rows = review.rows();
    let (workloads, files) = review.version_only;
    if rows.is_empty() && workloads == 0 {
        return String::new();
    }
    let all: usize = review.files.iter().map(|reviewed| reviewed.rows.len()).sum();
    let counts = review.risks();
    let choice =
        if rows.len() >= MANY && counts.len() > 1 { choice(&counts) } else { String::new() };
    let mut rows: String = rows.into_iter().map(|(at, row)| table_row(row, at, review)).collect();
    if workloads > 0 {
        let (workloads, files) = (counted(workloads, "workload"), counted(files, "file"));
        rows += &format!(
            "<tr class=\"none\"><th scope=\"row\">{workloads}</th><td><a href=\"#alike\">{files}</a>\
             </td><td>version</td><td>–</td><td>{}</td></tr>\n",
            badge(Risk::None)
        );
    }
    let titles = ["workload", "file", "changes", "savepoint", "risk"];
    let content = choice + &table("workloads", "", &titles, &rows);
    section("workloads", &format!("Workloads <span>{all}</span>"), &content)
}

fn choice(counts: &[(Risk, usize)]) -> String {
    let choices = counts.iter().map(|(risk, count)| {
        let word = risk.word();
        format!(
            "<label><input type=\"radio\" name=\"show\" id=\"show-{word}\"> {word} ({count})</label>\n"
        )
    });
    format!(
        "<fieldset class=\"choice\"><legend>Show</legend>\n<label><input type=\"radio\" \
         name=\"show\" id=\"show-all\" checked> all</label>\n{}</fieldset>\n",
        choices.collect::<String>()
    )
}

fn table_row(row: &WorkloadRow<'_>, at: usize, review: &Review<'_>) -> String {
    let reviewed = &review.files[at];
    let place = code(&format!("{}:{}", reviewed.file.repo_path, row.line));
    let place = if reviewed.has_something_to_show() {
        format!("<a href=\"#f{at}\">{place}</a>")
    } else {
        place
    };
    let name = row.workload.or(row.kind).map_or("–".to_string(), code);
    format!(
        "<tr class=\"{}\"><th scope=\"row\">{name}</th><td>{place}</td><td>{}</td><td>{}</td>\
         <td>{}</td></tr>\n",
        row.risk.word(),
        row.changes(&MARKUP, usize::MAX),
        row.savepoint.display(&MARKUP),
        badge(row.risk),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_an_element() {
        assert_eq!(
            text("<b a=\"x\" c='y'>&amp;"),
            "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;"
        );
        assert_eq!(line("a\t<\u{1b}"), "a\t&lt;\\u{1b}");
        assert_eq!(message("ask `<b>` & me"), "ask <code>&lt;b&gt;</code> <code>&amp;</code> me");
    }
}
