//! One finding per line, for logs, grep and problem matchers.

use std::fmt;

use super::{Look, secret, visible};
use crate::finding::Placed;
use crate::plan::{Changeset, FilePlan};

/// `path:line:col: level: message (from template); help [rule]`, each finding on exactly one line,
/// nothing else.
pub(super) fn render(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    for file in &changeset.files {
        for placed in file.findings.iter().filter(|placed| look.shows(placed)) {
            line(file, placed, out)?;
        }
    }
    Ok(())
}

fn line(file: &FilePlan, placed: &Placed, out: &mut dyn fmt::Write) -> fmt::Result {
    let (path, finding) = (&file.path, &placed.finding);
    let message = secret::masked(&finding.message);
    write!(
        out,
        "{}:{}:{}: {}: {}",
        super::shown_path(path),
        placed.position.line,
        placed.position.column,
        super::word(file, placed),
        visible::line(&message),
    )?;
    if let Some(template) = super::rendered_from(placed) {
        write!(out, " (from {template})")?;
    }
    if let Some(help) = &finding.help {
        write!(out, "; {}", visible::line(&secret::masked(help)))?;
    }
    writeln!(out, " [{}]", finding.rule)
}
