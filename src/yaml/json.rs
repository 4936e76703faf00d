//! JSON as editors write it and nobody else reads it.

use serde::de::IgnoredAny;

/// True for JSON, one value or several, with `//` or `/* */` comments in it or before it, and perhaps commas
/// behind the last items.
pub(crate) fn is_commented_json(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{feff}', '-']).trim_start();
    if !text.starts_with(['/', '{', '[']) {
        return false;
    }
    let Some(plain) = without_comments(text) else { return false };
    let mut values = serde_json::Deserializer::from_str(&plain).into_iter::<IgnoredAny>();
    plain.trim_start().starts_with(['{', '[']) && values.all(|value| value.is_ok())
}

/// The text without its comments, and without commas before a closing bracket; nothing if it has no comment.
fn without_comments(text: &str) -> Option<String> {
    let mut has_comment = false;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '"' => string_end(rest),
            '/' if rest.starts_with("//") => {
                has_comment = true;
                rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
                continue;
            }
            '/' if rest.starts_with("/*") => {
                has_comment = true;
                rest = rest.split_once("*/").map_or("", |(_, behind)| behind);
                continue;
            }
            ']' | '}' => {
                let kept = out.trim_end();
                out.truncate(kept.strip_suffix(',').unwrap_or(kept).len());
                1
            }
            _ => c.len_utf8(),
        };
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    has_comment.then_some(out)
}

/// Length of the string that this text begins with, quotes included.
fn string_end(text: &str) -> usize {
    let mut is_escaped = true;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_make_json_what_only_editors_read() {
        for commented in [
            "// of the team\n{\"a\": 1}",
            "/* of the team */ {\"a\": \"//\"}",
            "{\"a\": [1, 2,], // last\n}",
            "---\n{\"a\": \"\\\"/*\"} /* end */ {}",
        ] {
            assert!(is_commented_json(commented), "{commented}");
        }
        for other in [
            "{\"a\": \"// b\"}",
            "// a\n{\"a\": [}",
            "// prose",
            "a: 1 // b",
            "{a: 1} // b",
            "{\"a\": 1 }",
            "/*",
        ] {
            assert!(!is_commented_json(other), "{other}");
        }
    }
}
