//! One finding per line, for logs, grep and problem matchers.

use std::fmt;

use super::{Look, secret, visible};
use crate::diagnostic::Located;
use crate::plan::{Changeset, FileOutcome};

/// `path:line:col: level: message (from template); help [rule]`, each finding on exactly one line,
/// nothing else.
pub(crate) fn render(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    for file in &changeset.files {
        for located in file.diagnostics.iter().filter(|located| look.shows(located)) {
            line(file, located, out)?;
        }
    }
    Ok(())
}

fn line(file: &FileOutcome, located: &Located, out: &mut dyn fmt::Write) -> fmt::Result {
    let diagnostic = &located.diagnostic;
    let message = secret::masked(&diagnostic.message);
    write!(
        out,
        "{}:{}:{}: {}: {}",
        super::shown_path(&file.path),
        located.location.position.line,
        located.location.position.column,
        super::word(file, located),
        visible::line(&message),
    )?;
    if let Some(template) = super::rendered_from(located) {
        write!(out, " (from {template})")?;
    }
    if let Some(help) = &diagnostic.help {
        write!(out, "; {}", visible::line(&secret::masked(help)))?;
    }
    writeln!(out, " [{}]", diagnostic.id)
}
