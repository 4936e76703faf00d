//! What goes wrong in the world, as people read it: which file, what is, what to do.

use std::fmt;
use std::io;

/// A file or directory that could not be handled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// As shown to people.
    pub name: String,
    /// What is, and what to do about it.
    pub message: String,
}

impl Problem {
    /// A problem with the file of this name.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { name: name.into(), message: message.into() }
    }

    /// The operating system refused what was being done (`cannot be read`).
    pub fn io(name: impl Into<String>, doing: &str, cause: &io::Error) -> Problem {
        Problem::new(name, format!("{doing}: {}", reason(cause)))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: error: {}", harmless(&self.name), harmless(&self.message))
    }
}

/// The text with control characters escaped: the name of a file must not move the cursor.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// The cause in the words of the operating system, without its number.
fn reason(cause: &io::Error) -> String {
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_the_file_and_the_cause() {
        let cause = io::Error::from_raw_os_error(13);
        let shown = Problem::io("a/b.yaml", "cannot be read", &cause).to_string();
        assert_eq!(shown, "a/b.yaml: error: cannot be read: permission denied");
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        let shown = Problem::new("a\u{1b}[2J\nb", "gone").to_string();
        assert_eq!(shown, "a\\u{1b}[2J\\nb: error: gone");
    }
}
