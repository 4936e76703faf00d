//! Values of a dump inside a reason: on one line, short, and without secrets.

use crate::flink::location::masked;

/// Longest value that is shown, in characters.
const LONGEST: usize = 80;

/// A value as a reason may show it.
pub(crate) fn quote(value: &str) -> String {
    let value = masked(value);
    let mut text: String = value.chars().take(LONGEST).collect();
    if text.len() < value.len() {
        text.push('…');
    }
    format!("`{}`", text.escape_debug().to_string().replace('`', "'"))
}

/// What a field says, or that it says nothing.
pub(crate) fn describe(field: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("{field} is {}", quote(value)),
        None => format!("{field} is missing"),
    }
}
