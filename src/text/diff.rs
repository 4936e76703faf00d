//! Unified diffs that `git apply` and `patch` accept.
//!
//! Headers are plain `--- a/PATH` and `+++ b/PATH`: with a `diff --git` header, `git apply` run in a
//! sub-directory reports success and applies nothing. A line ends at LF alone, as it does for git,
//! so a lone CR stays inside its line.

use std::fmt::Write;

use super::hunks::{Hunk, hunks};
use super::{ChangedSpan, Span};

/// The unified diff from `before` to `after`, or an empty text when they are the same.
///
/// `path` is relative to the working directory, with `/`; `context` is the number of unchanged
/// lines shown around a change.
pub fn unified(path: &str, before: &str, after: &str, context: usize) -> String {
    let span = Span::new(0, before.len());
    diff(path, &hunks(before, &[ChangedSpan { span, after: after.to_string() }], context))
}

/// The unified diff of these hunks; empty if there are none.
pub fn diff(path: &str, hunks: &[Hunk]) -> String {
    let mut out = String::new();
    if hunks.is_empty() {
        return out;
    }
    for (mark, side) in [("---", "a"), ("+++", "b")] {
        let _ = writeln!(out, "{mark} {}", quoted(&format!("{side}/{path}")));
    }
    for hunk in hunks {
        let _ = write!(out, "{hunk}");
    }
    out
}

/// The name as git writes it: in double quotes with C escapes when a control character, a quote or
/// a backslash would make the header ambiguous, and closed by a tab when `patch` would otherwise
/// end the name at a blank.
fn quoted(name: &str) -> String {
    if !name.contains(|c: char| c.is_ascii_control() || c == '"' || c == '\\') {
        return format!("{name}{}", if name.contains(' ') { "\t" } else { "" });
    }
    let mut out = String::from('"');
    for c in name.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\{:03o}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_final_newline_is_said_on_both_sides() {
        assert_eq!(
            unified("x.yaml", "a\nb", "a\nc", 3),
            "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn a_lone_carriage_return_stays_inside_its_line() {
        let diff = unified("x", "a\rb\n", "a\rc\n", 3);
        assert_eq!(diff, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\rb\n+a\rc\n");
    }

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        assert_eq!(quoted("a/plain.yaml"), "a/plain.yaml");
        assert_eq!(quoted("a/two words.yaml"), "a/two words.yaml\t");
        assert_eq!(quoted("a/tab\there\u{1}"), "\"a/tab\\there\\001\"");
    }
}
