//! One page for a browser, with every diff: a file of its own that loads nothing and runs nothing.
//!
//! Its policy allows one style sheet, by its hash, and nothing else; so even a text that became an
//! element could neither load nor run anything.

mod diagnostics;
mod files;

use std::fmt;

use super::printable::{self, counted};
use super::review::{Markup, Piece, Review, Risk, WorkloadRow, pieces};
use crate::plan::Changeset;

const NAME: &str = env!("CARGO_PKG_NAME");

const STYLE: &str = include_str!("style.css");

/// The digest of [`STYLE`] as a content security policy names it. A test compares the two.
const STYLE_HASH: &str = "sha256-/NJ6mF5hwKy0BZSAnxbO+w0lIRa1/D67iq/q6KLbXcg=";

/// The review of a changeset as a page. Fails only if `out` does.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    let review = Review::new(changeset);
    head(&review, out)?;
    out.write_str("<main>\n")?;
    diagnostics::section(&review, &review.questions, ("decide", "To decide"), out)?;
    table(&review, out)?;
    files::files(&review, out)?;
    let title = "Not understood, and left alone";
    diagnostics::section(&review, &review.unread, ("unread", title), out)?;
    diagnostics::section(&review, &review.notes, ("notes", "Notes"), out)?;
    out.write_str("</main>\n")?;
    write!(
        out,
        "<footer><p>Made by {NAME}. <code>{NAME} explain RULE</code> tells more of a rule, and \
         <code>{NAME} diff</code> prints the change to be applied: what is secret is masked here.\
         </p></footer>\n</body>\n</html>\n"
    )
}

fn head(review: &Review<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let verdict = message(&review.verdict);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         '{STYLE_HASH}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{NAME}: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<p class=\"tool\">{NAME}</p>\n<h1>{verdict}</h1>\n",
        text(&review.verdict),
    )?;
    callout(review, out)?;
    if let Some(words) = review.merge {
        writeln!(out, "<p>{}</p>", message(words))?;
    }
    chips(review, out)?;
    navigation(review, out)?;
    out.write_str("</header>\n")
}

/// What the verdict means for somebody who is asked to approve.
fn callout(review: &Review<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let warnings: Vec<String> = review
        .warnings("<a href=\"#unread\">Why</a>")
        .into_iter()
        .map(|(what, consequence)| format!("<strong>{what}.</strong> {consequence}"))
        .collect();
    if !warnings.is_empty() {
        return writeln!(out, "<p class=\"callout warning\">{}</p>", warnings.join(" "));
    }
    if !review.changes {
        return Ok(());
    }
    writeln!(out, "<p class=\"callout\"><strong>Nothing is left to decide.</strong></p>")
}

/// How many workloads run which risk.
fn chips(review: &Review<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let counts = review.risks();
    if counts.is_empty() {
        return Ok(());
    }
    out.write_str("<ul class=\"chips\" aria-label=\"Workloads by risk\">\n")?;
    for (risk, count) in counts {
        writeln!(out, "<li>{} <b>{count}</b> {}</li>", badge(risk), risk.meaning())?;
    }
    out.write_str("</ul>\n")
}

/// The word of a risk, coloured by it.
fn badge(risk: Risk) -> String {
    format!("<span class=\"risk {0}\">{0}</span>", risk.word())
}

fn navigation(review: &Review<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let parts = [
        (!review.questions.is_empty(), "decide", "To decide"),
        (!review.files.is_empty(), "workloads", "Workloads"),
        (
            review.files.iter().any(super::review::ReviewedFile::has_something_to_show),
            "files",
            "Files",
        ),
        (!review.unread.is_empty(), "unread", "Not understood"),
        (!review.notes.is_empty(), "notes", "Notes"),
    ];
    if parts.iter().all(|(is_there, ..)| !is_there) {
        return Ok(());
    }
    out.write_str("<nav aria-label=\"Parts of this report\">\n<ul>\n")?;
    for (_, id, title) in parts.iter().filter(|(is_there, ..)| *is_there) {
        writeln!(out, "<li><a href=\"#{id}\">{title}</a></li>")?;
    }
    out.write_str("</ul>\n</nav>\n")
}

/// How a section begins.
fn open(id: &str, title: &str, out: &mut dyn fmt::Write) -> fmt::Result {
    writeln!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-title\">")?;
    writeln!(out, "<h2 id=\"{id}-title\">{title}</h2>")
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

/// Every workload; those whose version alone changes share a row.
fn table(review: &Review<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
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
        table_row(row, at, review, out)?;
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

fn table_row(
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
