//! Values that must not stand in a log: what a key calls secret.
//!
//! Diffs and JSON patches are the exception: they are the data itself.

use std::ops::Range;

pub(crate) use crate::flink::location::{MASK, is_secret_key, masked};
use crate::yaml::{FieldPath, PathSegment};

/// True if the field at the end of this path looks secret.
pub(crate) fn is_secret_path(path: &FieldPath) -> bool {
    matches!(path.steps().last(), Some(PathSegment::Key(last)) if is_secret_key(last))
}

/// A line of a manifest without its secrets.
pub(crate) fn masked_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    for value in secret_values(line) {
        out.push_str(&line[done..value.start]);
        out.push_str(MASK);
        done = value.end;
    }
    out.push_str(&line[done..]);
    masked(&out)
}

/// Where in a line of a manifest values stand whose keys look secret: `key: value`, flow style and
/// JSON. The line is all that is known, so this errs on the side of hiding.
pub(crate) fn secret_values(line: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (colon, _) in line.match_indices(':') {
        let after_another = found.last().is_none_or(|last| last.end <= colon);
        let before = line[..colon].trim_end_matches(['"', '\'', ' ']);
        let word =
            before.rsplit(['{', '[', ',', ':', ' ', '"', '\'', '\t']).next().unwrap_or_default();
        if after_another && is_secret_key(word) {
            found.extend(value(line, colon + 1));
        }
    }
    found
}

/// The scalar that begins at or after `from`, without its quotes.
fn value(line: &str, from: usize) -> Option<Range<usize>> {
    let rest = line[from..].trim_start();
    let start = line.len() - rest.len();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let start = start + usize::from(quote.is_some());
    let text = &line[start..];
    let len = match quote {
        Some(quote) => closing(text, quote),
        None if rest.len() == line.len() - from => 0,
        None => text.find([',', '}', ']', '#']).unwrap_or(text.len()),
    };
    let len = text[..len].trim_end().len();
    (len > 0).then(|| start..start + len)
}

/// Where the quoted text ends; at the end of the line if its quote is not closed.
fn closing(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !escaped {
            return at;
        }
        escaped = c == '\\' && !escaped && quote == '"';
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(line: &str) -> Vec<&str> {
        secret_values(line).into_iter().map(|range| &line[range]).collect()
    }

    #[test]
    fn values_of_secret_keys_are_found_in_every_style() {
        assert_eq!(hidden("    s3.secret-key: hunter2  # note"), ["hunter2"]);
        assert_eq!(hidden(r#"{"a": 1, "password": "x\"y", "b": 2}"#), [r#"x\"y"#]);
        assert_eq!(hidden("{token: a:b, c: d}"), ["a:b"]);
        assert_eq!(hidden("password: 'it"), ["it"]);
        assert_eq!(hidden("secret:"), [""; 0]);
        assert_eq!(hidden("name: flink-secret"), [""; 0]);
    }
}
