//! What would be written, as one unified diff; and what is held, as something that is none.

use std::fmt;

use super::{printable, secret};
use crate::plan::{Changeset, Outcome};
use crate::text::diff;

/// The diffs of all files, byte for byte what a write would do. Empty if nothing changes.
pub(crate) fn render(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    for file in &changeset.files {
        if let Some(rewrite) = &file.rewrite {
            out.write_str(&diff(&file.path, &rewrite.hunks))?;
        }
    }
    Ok(())
}

/// What the held files would become, for reading only: every line is prefixed with `held| `, so
/// that neither `git apply` nor `patch` takes it for a diff, and secrets are masked. Empty if no
/// file is held.
pub fn held(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    for file in changeset.files.iter().filter(|file| !file.held.is_empty()) {
        let why = file.outcome().map_or(Outcome::Held.word(), Outcome::word);
        let path = printable::escaped(&file.path);
        writeln!(out, "{why}: {path} stays as it is; do not apply what it would become:")?;
        for line in diff(&file.path, &file.held).split_terminator('\n') {
            let line = secret::masked_line(line.strip_suffix('\r').unwrap_or(line));
            out.write_str("held| ")?;
            for part in line.split_inclusive('\t') {
                let tab = if part.ends_with('\t') { "\t" } else { "" };
                write!(out, "{}{tab}", printable::escaped(part.trim_end_matches('\t')))?;
            }
            out.write_char('\n')?;
        }
    }
    Ok(())
}
