//! A message as plain words and code. What a manifest says may stand anywhere in it, so every word
//! that some renderer of Markdown would take for more than a word is code.

/// A piece of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// Words of letters, numbers, blanks and punctuation that mean nothing else anywhere.
    Plain(String),
    /// To be shown as it is.
    Code(&'t str),
}

use Piece::{Code, Plain};

/// The pieces of a text. What stands between backticks is code, if every one has its partner.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let paired = text.matches('`').count().is_multiple_of(2);
    if !paired {
        push_words(text, &mut found);
        return found;
    }
    for (i, part) in text.split('`').enumerate() {
        match i % 2 {
            1 if part.is_empty() => {}
            1 => found.push(Code(part)),
            _ => push_words(part, &mut found),
        }
    }
    found
}

fn push_words<'t>(text: &'t str, found: &mut Vec<Piece<'t>>) {
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            push_plain(found, " ");
        }
        let core = word.trim_start_matches(BEFORE).trim_end_matches(BEHIND);
        let start = word.len() - word.trim_start_matches(BEFORE).len();
        let around = (&word[..start], &word[start + core.len()..]);
        let (before, behind) = if core.is_empty() { (word, "") } else { around };
        push_plain(found, before);
        // An equals sign underlines a title only where it stands first.
        let is_sign = word == "=" && !found.is_empty();
        if core.is_empty() || is_sign || is_plain(core, behind) {
            push_plain(found, core);
        } else {
            found.push(Code(core));
        }
        push_plain(found, behind);
    }
}

/// Punctuation that may stand around a word.
const BEFORE: [char; 3] = ['(', '"', '\''];
const BEHIND: [char; 8] = ['.', ',', ';', ':', '?', ')', '"', '\''];

/// Appends plain text.
fn push_plain(found: &mut Vec<Piece<'_>>, text: &str) {
    match found.last_mut() {
        _ if text.is_empty() => {}
        Some(Plain(last)) => last.push_str(text),
        _ => found.push(Plain(text.to_string())),
    }
}

/// True for a word, or a number, that no renderer takes for a link, a mention, a commit, an item of
/// a list, or the name of a field.
fn is_plain(word: &str, behind: &str) -> bool {
    let inner = |c: char| matches!(c, '-' | '.' | '\'' | ',');
    let ends = word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !ends || !word.chars().all(|c| c.is_ascii_alphanumeric() || inner(c)) {
        return false;
    }
    if word.contains(|c: char| c.is_ascii_digit()) {
        let is_number = word.chars().all(|c| c.is_ascii_digit() || c == '.');
        return is_number && word.len() < 7 && !behind.starts_with(['.', ')']);
    }
    let begins_small = word.starts_with(|c: char| c.is_ascii_lowercase());
    let is_field = begins_small && word.contains(|c: char| c.is_ascii_uppercase());
    let is_commit = word.len() >= 7 && word.chars().all(|c| c.is_ascii_hexdigit());
    let is_address = word.to_ascii_lowercase().contains("www.");
    !is_field && !is_commit && !is_address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> String {
        let piece = |piece: Piece<'_>| match piece {
            Plain(text) => text,
            Code(text) => format!("<{text}>"),
        };
        pieces(text).into_iter().map(piece).collect()
    }

    #[test]
    fn names_are_code_and_words_are_words() {
        assert_eq!(
            rendered(
                "upgradeMode is last-state and no savepoint is known: prod/a would start empty"
            ),
            "<upgradeMode> is last-state and no savepoint is known: <prod/a> would start empty"
        );
        assert_eq!(
            rendered(
                "add `prod/a: LOCATION`, or set `fresh = true` under [workload.\"prod/a\"] in x.toml"
            ),
            "add <prod/a: LOCATION>, or set <fresh = true> under <[workload.\"prod/a\"]> in x.toml"
        );
        assert_eq!(rendered("map, or fresh = true"), "map, or fresh = true");
        assert_eq!(
            rendered("the JobManager's cpu becomes 1.0: the default in 0.1.0"),
            "the JobManager's cpu becomes 1.0: the default in 0.1.0"
        );
    }

    #[test]
    fn what_a_renderer_would_take_for_more_is_code() {
        for word in [
            "@team", "#12", "GH-12", "www.x.y", "http://x", "a@b.c", "*a*", "_a_", "<b>", "[x](y)",
            "-", "---", "1.", "1)", "+", ":tada:", "deadbeef", "a|b", "&lt;", "\\", "~~x~~", "é",
            "!", "a`b", "=", "$x$", "==",
        ] {
            let text = rendered(word);
            assert!(text.starts_with('<'), "{word}: {text}");
        }
    }
}
