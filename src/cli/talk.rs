//! Talk goes to standard error. Nobody listening is no error.

use std::fmt::{Display, Write};

use crate::shell::System;

/// One line, or several.
pub(crate) fn say(system: &dyn System, text: &str) {
    let mut out = system.stderr();
    let _ = writeln!(out, "{text}");
    let _ = out.finish();
}

/// Each on its own line, after the same word.
pub(crate) fn say_each(
    system: &dyn System,
    word: &str,
    lines: impl IntoIterator<Item = impl Display>,
) {
    let mut out = system.stderr();
    for line in lines {
        let _ = writeln!(out, "{word}{line}");
    }
    let _ = out.finish();
}
