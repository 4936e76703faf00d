//! What goes wrong in the world, as people read it: which file, what is, what to do.

use std::fmt;

/// What is wrong with a file that is no longer what was read.
pub const CHANGED_MEANWHILE: &str =
    "changed while being read; run again when nothing else writes to it";

/// A file or directory that could not be handled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileError {
    /// As shown to people.
    pub name: String,
    /// What is, and what to do about it.
    pub message: String,
}

impl FileError {
    /// A problem with the file of this name.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> FileError {
        FileError { name: name.into(), message: message.into() }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: error: {}", escape_controls(&self.name), escape_controls(&self.message))
    }
}

/// The text with control characters escaped: the name of a file must not move the cursor.
pub fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor() {
        let shown = FileError::new("a\u{1b}[2J\nb", "gone").to_string();
        assert_eq!(shown, "a\\u{1b}[2J\\nb: error: gone");
    }
}
