//! What becomes of each file, folded: its fields with the reason, and the diff in one column and in
//! two.

use std::fmt;

use super::{badge, code, line, message, open};
use crate::report::printable::counted;
use crate::report::review::{
    Field, FieldSide, MaskedHunk, MaskedPatch, Review, ReviewedFile, Risk, WorkloadRow,
};
use crate::text::Sign;

/// Every file that becomes something.
pub(crate) fn files(review: &Review<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let all = review.files.iter().enumerate();
    let all = all.filter(|(_, reviewed)| reviewed.has_something_to_show());
    let (shown, alike): (Vec<_>, Vec<_>) =
        all.partition(|(_, reviewed)| review.has_own_entry(reviewed));
    let count = shown.len() + alike.len();
    if count == 0 {
        return Ok(());
    }
    open("files", &format!("Files <span>{count}</span>"), out)?;
    out.write_str(
        "<fieldset class=\"choice\"><legend>Diffs</legend>\n\
         <label><input type=\"radio\" name=\"view\" id=\"view-unified\" checked> unified</label>\n\
         <label><input type=\"radio\" name=\"view\" id=\"view-split\"> side by side</label>\n\
         </fieldset>\n",
    )?;
    shown.iter().try_for_each(|(at, reviewed)| file(*at, reviewed, out))?;
    if !alike.is_empty() {
        let files = counted(alike.len(), "file");
        writeln!(
            out,
            "<details class=\"file\"><summary>{} Only the version changes: {files}</summary>\n\
             <div class=\"inside\" id=\"alike\">",
            badge(Risk::None)
        )?;
        alike.iter().try_for_each(|(at, reviewed)| file(*at, reviewed, out))?;
        out.write_str("</div>\n</details>\n")?;
    }
    out.write_str("</section>\n")
}

fn file(at: usize, reviewed: &ReviewedFile<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let patch = reviewed.patch();
    let fields: usize = reviewed.rows.iter().map(|row| row.fields.len()).sum();
    let size = match patch.size() {
        (0, 0) => String::new(),
        (new, gone) => format!(" <ins>+{new}</ins> <del>−{gone}</del>"),
    };
    writeln!(
        out,
        "<details class=\"file {}\"><summary>{} {} <small>{}{size}</small></summary>\n\
         <div class=\"inside\" id=\"f{at}\">",
        reviewed.risk.word(),
        badge(reviewed.risk),
        code(&reviewed.file.path),
        counted(fields, "field"),
    )?;
    reviewed.rows.iter().try_for_each(|row| self::fields(row, reviewed.rows.len() > 1, out))?;
    if reviewed.is_held() {
        out.write_str(
            "<p class=\"held\">Held: the file stays as it is. This is what it would become by what \
             is known, and is not to be applied.</p>\n",
        )?;
    }
    diff(&patch, out)?;
    out.write_str("</div>\n</details>\n")
}

fn fields(row: &WorkloadRow<'_>, named: bool, out: &mut dyn fmt::Write) -> fmt::Result {
    if row.fields.is_empty() {
        return Ok(());
    }
    out.write_str("<table class=\"fields\">\n")?;
    if let Some(name) = row.workload.or(row.kind).filter(|_| named) {
        writeln!(out, "<caption>{}</caption>", code(name))?;
    }
    out.write_str("<thead><tr>")?;
    for title in ["field", "before", "after", "because"] {
        write!(out, "<th scope=\"col\">{title}</th>")?;
    }
    out.write_str("</tr></thead>\n<tbody>\n")?;
    for field in &row.fields {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            code(&field.path.to_string()),
            side(&field.old, "unset"),
            side(&field.new, "removed"),
            why(field),
        )?;
    }
    out.write_str("</tbody>\n</table>\n")
}

fn why(field: &Field) -> String {
    if field.is_version() { String::new() } else { message(&field.why) }
}

fn side(side: &FieldSide, unset: &str) -> String {
    match side {
        FieldSide::Unset => unset.to_string(),
        FieldSide::Value(value) => code(value),
        FieldSide::Other => "another value".to_string(),
        FieldSide::Called(name) => format!("called {}", code(name)),
    }
}

fn diff(patch: &MaskedPatch, out: &mut dyn fmt::Write) -> fmt::Result {
    if patch.hunks.is_empty() {
        return Ok(());
    }
    out.write_str("<div class=\"unified scroll\" tabindex=\"0\"><pre>")?;
    for hunk in &patch.hunks {
        write!(out, "<b>{}\n</b>", line(&hunk.header))?;
        column(hunk.lines.iter().map(|(sign, text)| Some((*sign, text.as_str()))), true, out)?;
    }
    out.write_str("</pre></div>\n<div class=\"split\">\n")?;
    for hunk in &patch.hunks {
        let (old, new) = halves(hunk);
        for half in [old, new] {
            write!(
                out,
                "<div class=\"scroll\" tabindex=\"0\"><pre><b>{}\n</b>",
                line(&hunk.header)
            )?;
            column(half.into_iter(), false, out)?;
            out.write_str("</pre></div>\n")?;
        }
    }
    out.write_str("</div>\n")
}

/// The lines, or nothing where the other side has one.
fn column<'t>(
    lines: impl Iterator<Item = Option<(Sign, &'t str)>>,
    marked: bool,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    for shown in lines {
        let Some((sign, text)) = shown else {
            out.write_str("<i> \n</i>")?;
            continue;
        };
        let (mark, text) = (sign.mark(), line(text));
        match sign {
            Sign::Gone => write!(out, "<del>{mark}{text}\n</del>")?,
            Sign::New => write!(out, "<ins>{mark}{text}\n</ins>")?,
            Sign::Aside if !marked => writeln!(out, " {text}")?,
            Sign::Same | Sign::Aside => writeln!(out, "{mark}{text}")?,
        }
    }
    Ok(())
}

type Half<'t> = Vec<Option<(Sign, &'t str)>>;

/// The lines before and after, each beside its partner.
fn halves(hunk: &MaskedHunk) -> (Half<'_>, Half<'_>) {
    let (mut old, mut new): (Half<'_>, Half<'_>) = (Vec::new(), Vec::new());
    let level = |old: &mut Half<'_>, new: &mut Half<'_>| {
        let len = old.len().max(new.len());
        old.resize(len, None);
        new.resize(len, None);
    };
    let mut last = Sign::Same;
    for (sign, text) in &hunk.lines {
        let shown = Some((*sign, text.as_str()));
        match sign {
            Sign::Gone => old.push(shown),
            Sign::New => new.push(shown),
            // A word about the end of the file belongs to the side above it.
            Sign::Aside if last == Sign::Gone => old.push(shown),
            Sign::Aside if last == Sign::New => new.push(shown),
            Sign::Aside | Sign::Same => {
                level(&mut old, &mut new);
                old.push(shown);
                new.push(shown);
            }
        }
        last = if *sign == Sign::Aside { last } else { *sign };
    }
    level(&mut old, &mut new);
    (old, new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_stands_beside_its_partner() {
        let lines = [(Sign::Same, "a"), (Sign::Gone, "b"), (Sign::New, "c"), (Sign::New, "d")];
        let lines = lines.into_iter().chain([(Sign::Same, "e")]);
        let lines = lines.map(|(sign, text)| (sign, text.to_string())).collect();
        let hunk = MaskedHunk { header: String::new(), lines };
        let (old, new) = halves(&hunk);
        let texts = |half: Half<'_>| -> Vec<String> {
            half.into_iter().map(|line| line.map_or("", |line| line.1).to_string()).collect()
        };
        assert_eq!(texts(old), ["a", "b", "", "e"]);
        assert_eq!(texts(new), ["a", "c", "d", "e"]);
    }
}
