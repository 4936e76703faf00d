//! Talk goes to standard error. Nobody listening is no error.

use std::fmt::{Display, Write};

use crate::shell;

/// One line, or several.
pub(super) fn say(text: &str) {
    let mut out = shell::stderr();
    let _ = writeln!(out, "{text}");
    let _ = out.finish();
}

/// Each on its own line, after the same word.
pub(super) fn say_each(word: &str, lines: impl IntoIterator<Item = impl Display>) {
    let mut out = shell::stderr();
    for line in lines {
        let _ = writeln!(out, "{word}{line}");
    }
    let _ = out.finish();
}
