//! What becomes of each file, folded: its fields with the reason, and the diff in one column and in
//! two.

use super::{badge, code, line, message, section, table};
use crate::report::printable::counted;
use crate::report::review::{
    HELD, MaskedHunk, MaskedPatch, Review, ReviewedFile, Risk, WorkloadRow,
};
use crate::text::Sign;

/// Every file that becomes something.
pub(crate) fn files(review: &Review<'_>) -> String {
    let all = review.files.iter().enumerate();
    let all = all.filter(|(_, reviewed)| reviewed.has_something_to_show());
    let (shown, alike): (Vec<_>, Vec<_>) =
        all.partition(|(_, reviewed)| review.has_own_entry(reviewed));
    let count = shown.len() + alike.len();
    if count == 0 {
        return String::new();
    }
    let all = |files: &[(usize, &ReviewedFile<'_>)]| -> String {
        files.iter().map(|(at, reviewed)| file(*at, reviewed)).collect()
    };
    let mut text = String::from(
        "<fieldset class=\"choice\"><legend>Diffs</legend>\n\
         <label><input type=\"radio\" name=\"view\" id=\"view-unified\" checked> unified</label>\n\
         <label><input type=\"radio\" name=\"view\" id=\"view-split\"> side by side</label>\n\
         </fieldset>\n",
    );
    text += &all(&shown);
    if !alike.is_empty() {
        text += &format!(
            "<details class=\"file\"><summary>{} Only the version changes: {}</summary>\n\
             <div class=\"inside\" id=\"alike\">\n{}</div>\n</details>\n",
            badge(Risk::None),
            counted(alike.len(), "file"),
            all(&alike)
        );
    }
    section("files", &format!("Files <span>{count}</span>"), &text)
}

fn file(at: usize, reviewed: &ReviewedFile<'_>) -> String {
    let patch = reviewed.patch();
    let fields: usize = reviewed.rows.iter().map(|row| row.fields.len()).sum();
    let size = match patch.size() {
        (0, 0) => String::new(),
        (new, gone) => format!(" <ins>+{new}</ins> <del>−{gone}</del>"),
    };
    let named = reviewed.rows.len() > 1;
    format!(
        "<details class=\"file {}\"><summary>{} {} <small>{}{}{size}</small></summary>\n\
         <div class=\"inside\" id=\"f{at}\">\n{}{}{}</div>\n</details>\n",
        reviewed.risk.word(),
        badge(reviewed.risk),
        code(&reviewed.file.repo_path),
        reviewed.whole(),
        counted(fields, "field"),
        reviewed.rows.iter().map(|row| self::fields(row, named)).collect::<String>(),
        if reviewed.is_held() { format!("<p class=\"held\">{HELD}</p>\n") } else { String::new() },
        diff(&patch)
    )
}

fn fields(row: &WorkloadRow<'_>, named: bool) -> String {
    if row.fields.is_empty() {
        return String::new();
    }
    let caption = row.workload.or(row.kind).filter(|_| named);
    let caption = caption.map(|name| format!("<caption>{}</caption>\n", code(name)));
    let rows = row.fields.iter().map(|field| {
        let (path, old) =
            (code(&field.path.to_string()), field.old.display(code, "unset", "called "));
        let new = field.new.display(code, "removed", "called ");
        let why = if field.is_version() { String::new() } else { message(&field.why) };
        format!(
            "<tr><th scope=\"row\">{path}</th><td>{old}</td><td>{new}</td><td>{why}</td></tr>\n"
        )
    });
    let titles = ["field", "before", "after", "because"];
    table("fields", &caption.unwrap_or_default(), &titles, &rows.collect::<String>())
}

fn diff(patch: &MaskedPatch) -> String {
    if patch.hunks.is_empty() {
        return String::new();
    }
    let (mut unified, mut split) = (String::new(), String::new());
    for hunk in &patch.hunks {
        let header = format!("<b>{}\n</b>", line(&hunk.header));
        let lines = hunk.lines.iter().map(|(sign, text)| Some((*sign, text.as_str())));
        unified += &format!("{header}{}", column(lines, true));
        let (old, new) = halves(hunk);
        for half in [old, new] {
            let lines = column(half.into_iter(), false);
            split +=
                &format!("<div class=\"scroll\" tabindex=\"0\"><pre>{header}{lines}</pre></div>\n");
        }
    }
    format!(
        "<div class=\"unified scroll\" tabindex=\"0\"><pre>{unified}</pre></div>\n\
         <div class=\"split\">\n{split}</div>\n"
    )
}

/// The lines, or nothing where the other side has one.
fn column<'t>(lines: impl Iterator<Item = Option<(Sign, &'t str)>>, marked: bool) -> String {
    let lines = lines.map(|shown| {
        let Some((sign, text)) = shown else { return "<i> \n</i>".to_string() };
        let (mark, text) = (sign.mark(), line(text));
        match sign {
            Sign::Gone => format!("<del>{mark}{text}\n</del>"),
            Sign::New => format!("<ins>{mark}{text}\n</ins>"),
            Sign::Aside if !marked => format!(" {text}\n"),
            Sign::Same | Sign::Aside => format!("{mark}{text}\n"),
        }
    });
    lines.collect()
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
