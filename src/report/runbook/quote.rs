//! Text as one word of a shell command. Whatever a name holds, a shell hands it on as it is.

use crate::report::printable::unsafe_to_show;

/// The text as one word of `bash`: bare where that is plain, in single quotes, or with escapes where it
/// holds what a terminal would obey or hide. No argument of a program can hold a NUL, which is left out.
pub(crate) fn quoted(text: &str) -> String {
    let text = text.replace('\0', "");
    // A word that begins with a tilde is a home, one with an equals sign before any slash an assignment.
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&b);
    let begins_plainly =
        text.starts_with(|c: char| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if begins_plainly && text.bytes().all(is_plain) {
        return text;
    }
    if !text.contains(unsafe_to_show) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    // Bytes, since what `\u` means depends on the locale.
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if unsafe_to_show(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Three octal digits: a hexadecimal escape would swallow what follows.
                    out += &format!("\\{byte:03o}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// The words of a command, the program first.
pub(crate) fn line<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_stays_readable() {
        for text in ["kubectl", "--namespace=prod", "s3://a/b", "-o", "1.15.x"] {
            assert_eq!(quoted(text), text);
        }
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("~"), "'~'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$(touch x)"), "'$(touch x)'");
        assert_eq!(quoted("a\n'\u{1b}1"), r"$'a\n\'\0331'");
    }
}
