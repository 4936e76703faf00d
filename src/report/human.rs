//! Findings with the line they speak of, and a verdict, for somebody at a terminal.

use std::fmt;

use super::snippet::{SnippetRenderer, color};
use super::{Look, diagnostic_groups, grouped, verdict};
use crate::plan::Changeset;

/// The findings that the look shows: each in full where they are few, else group by group; and a
/// last line with the verdict.
pub(crate) fn render(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    if super::are_few(changeset, look) {
        let snippets = SnippetRenderer::new(look);
        for file in &changeset.files {
            for located in file.diagnostics.iter().filter(|located| look.shows(located)) {
                writeln!(out, "{}\n", snippets.diagnostic(file, located))?;
            }
        }
    } else {
        grouped::render(&diagnostic_groups::by_rule(changeset, look), look, out)?;
    }
    last_line(changeset, look, out)
}

/// The verdict, its parts coloured by gravity, broken between parts where it would pass the width.
fn last_line(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut column = 0;
    for (i, (level, part)) in verdict::parts(changeset).into_iter().enumerate() {
        let len = part.chars().count() + ", ".len();
        let fits = look.width == 0 || column + len <= look.width;
        let between = match (i, fits) {
            (0, _) => "",
            (_, true) => ", ",
            (_, false) => ",\n",
        };
        column = if fits { column + len } else { len };
        let paint = level.filter(|_| look.color).map(color).unwrap_or_default();
        write!(out, "{between}{paint}{part}{paint:#}")?;
    }
    match verdict::unseen_notes(changeset).filter(|_| !look.notes) {
        Some(unseen) => writeln!(out, " ({unseen})"),
        None => out.write_char('\n'),
    }
}
