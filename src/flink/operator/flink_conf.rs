//! `flink-conf.yaml` as Flink reads it, which is not as YAML.
//!
//! `GlobalConfiguration.loadYAMLResource` (Flink 1.14; `loadLegacyYAMLResource` in 1.19 and 1.20)
//! goes line by line: it cuts at the first `#`, takes what is before the first `: ` for the key
//! and the rest for the value, quotes included, and passes over lines that lack one of them. A
//! duplicate key has its last value.

/// A setting of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConfLine<'t> {
    /// Never empty.
    pub(crate) key: &'t str,
    /// Never empty.
    pub(crate) value: &'t str,
    /// Where the key begins in the text.
    pub(crate) at: usize,
}

/// The settings of the text in order.
pub(crate) fn settings(text: &str) -> impl Iterator<Item = ConfLine<'_>> {
    lines(text).filter_map(|(start, line)| {
        let (key, value) = without_comment(line).split_once(": ")?;
        let (key, value) = (trim(key), trim(value));
        let at = start + (line.len() - line.trim_start_matches(is_blank).len());
        (!key.is_empty() && !value.is_empty()).then_some(ConfLine { key, value, at })
    })
}

/// The first line with text that is no setting, not even one without a value.
pub(crate) fn first_stray_line(text: &str) -> Option<usize> {
    let is_stray = |line: &str| {
        let text = without_comment(line);
        !text.is_empty() && !text.contains(": ") && !text.ends_with(':')
    };
    lines(text).find(|(_, line)| is_stray(line)).map(|(start, _)| start)
}

/// False for a text that may mean more than its lines say, as JSON and nested YAML do: read line by
/// line it would lose what is around its keys.
pub(crate) fn is_flat(text: &str) -> bool {
    let is_nested = |line: &str| {
        let line = line.trim_start_matches('\u{feff}');
        line.starts_with([' ', '\t', '{', '[']) && !line.starts_with("{{")
    };
    lines(text).all(|(_, line)| without_comment(line).is_empty() || !is_nested(line))
}

/// The lines and where they begin. Both characters of CRLF end a line, which brings empty ones.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split(['\n', '\r']).map(move |line| {
        let start = next;
        next += line.len() + 1;
        (start, line)
    })
}

fn without_comment(line: &str) -> &str {
    trim(line.split('#').next().unwrap_or_default())
}

/// As `String.trim` of Java does it, and without a byte order mark.
fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

fn is_blank(c: char) -> bool {
    c <= ' ' || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_flink_reads_them() {
        let text = concat!(
            "\u{feff}a.b: 1\r\n  c : *x  # why\n\td: %y: z\n",
            "e: s3://b#frag\nf:v\ng:\n: h\n# i: 1\nj: \"k\"\rl: # none\nm: ä\n",
        );
        let found: Vec<_> = settings(text).map(|line| (line.key, line.value)).collect();
        let expected = [
            ("a.b", "1"),
            ("c", "*x"),
            ("d", "%y: z"),
            ("e", "s3://b"),
            ("j", "\"k\""),
            ("m", "ä"),
        ];
        assert_eq!(found, expected);
        assert!(settings(text).all(|line| text[line.at..].starts_with(line.key)));
        assert_eq!(first_stray_line("# c\na: 1\nb:\n\n"), None);
        assert_eq!(first_stray_line("a: 1\n${CONF}\n"), Some(5));
    }

    #[test]
    fn nesting_is_seen() {
        for nested in ["a:\n  b: 1\n", "a: |+\n  b: *x\n", "# c\n{\n\"a\": 1", "[a: *b"] {
            assert!(!is_flat(nested), "{nested}");
        }
        for flat in ["a: *x\nb: %y\n", "a:\nb: 1\n  # c\n", "{{ if }}\n", ""] {
            assert!(is_flat(flat), "{flat}");
        }
    }
}
