//! `flink-conf.yaml` as Flink reads it, which is not as YAML.
//!
//! `GlobalConfiguration.loadYAMLResource` (Flink 1.14; `loadLegacyYAMLResource` in 1.19 and 1.20)
//! goes line by line: it cuts at the first `#`, takes what stands before the first `: ` for the key
//! and the rest for the value, quotes included, and passes over lines that lack one of them. A key
//! that stands twice has its last value.

/// A setting of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'t> {
    /// Never empty.
    pub(crate) key: &'t str,
    /// Never empty.
    pub(crate) value: &'t str,
    /// Where the key begins in the text.
    pub(crate) at: usize,
}

/// The settings of the text in order.
pub(crate) fn settings(text: &str) -> impl Iterator<Item = Line<'_>> {
    rows(text).filter_map(|(start, row)| {
        let said = said(row);
        let (key, value) = said.split_once(": ")?;
        let (key, value) = (trim(key), trim(value));
        let at = start + (row.len() - row.trim_start_matches(is_blank).len());
        (!key.is_empty() && !value.is_empty()).then_some(Line { key, value, at })
    })
}

/// The first thing said that is no setting, not even one without a value.
pub(crate) fn stray(text: &str) -> Option<usize> {
    let stray = |row| !said(row).is_empty() && !said(row).contains(": ") && !opens(row);
    rows(text).find(|(_, row)| stray(row)).map(|(start, _)| start)
}

/// True for a text that means more than its lines say, as JSON and nested YAML do. Read line by line
/// it would lose what stands around its keys.
pub(crate) fn looks_nested(text: &str) -> bool {
    let mut above: Option<&str> = None;
    for (_, row) in rows(text).filter(|(_, row)| !said(row).is_empty()) {
        let is_below = above.is_some_and(|above| opens(above) && indent(row) > indent(above));
        let is_json = said(row).starts_with(['{', '[']) && !said(row).starts_with("{{");
        if is_below || (above.is_none() && is_json) {
            return true;
        }
        above = Some(row);
    }
    false
}

/// True for `key:` and `key: |`, behind which indented lines may stand.
fn opens(row: &str) -> bool {
    let said = said(row);
    let header = said.rsplit_once(": ").map(|(_, value)| trim(value));
    let is_header = |value: &str| {
        value.starts_with(['|', '>']) && value[1..].chars().all(|c| "+-0123456789".contains(c))
    };
    said.ends_with(':') || header.is_some_and(is_header)
}

fn indent(row: &str) -> usize {
    row.len() - row.trim_start_matches([' ', '\t']).len()
}

/// The lines and where they begin. Each end of a line in CRLF counts, which brings empty ones.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split(['\n', '\r']).map(move |row| {
        let start = next;
        next += row.len() + 1;
        (start, row)
    })
}

/// The line without its comment.
fn said(row: &str) -> &str {
    trim(row.split('#').next().unwrap_or_default())
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

    fn read(text: &str) -> Vec<(&str, &str)> {
        settings(text).map(|line| (line.key, line.value)).collect()
    }

    #[test]
    fn lines_are_read_as_flink_reads_them() {
        assert_eq!(
            read(concat!(
                "\u{feff}a.b: 1\r\n  c : *x  # why\n\td: %y: z\n",
                "e: s3://b#frag\nf:v\ng:\n: h\n# i: 1\nj: \"k\"\rl: # none\nm: ä\n",
            )),
            [
                ("a.b", "1"),
                ("c", "*x"),
                ("d", "%y: z"),
                ("e", "s3://b"),
                ("j", "\"k\""),
                ("m", "ä"),
            ]
        );
        let text = "\u{feff}a: 1\r\n  b: 2";
        let at: Vec<&str> = settings(text).map(|line| &text[line.at..]).collect();
        assert_eq!(at, ["a: 1\r\n  b: 2", "b: 2"]);
    }

    #[test]
    fn what_is_no_setting_at_all_is_told() {
        assert_eq!(stray("# c\na: 1\nb:\n\n"), None);
        assert_eq!(stray("a: 1\n${CONF}\n"), Some(5));
    }

    #[test]
    fn nesting_is_seen() {
        for nested in [
            "a:\n  b: 1\n",
            "a: # c\n\n  # c\n  b: 1\n",
            "a: |+\n  b: *x\n",
            "x: 1\n  a: >2-\n    b: 1\n",
            "# c\n{\n\"a\": 1",
            "[a: *b",
        ] {
            assert!(looks_nested(nested), "{nested}");
        }
        for flat in
            ["a: *x\nb: %y\n", "a:\nb: 1\n", "a: 1\n  b: 2\n", "a: b|\n  c: 1\n", "{{ if }}", ""]
        {
            assert!(!looks_nested(flat), "{flat}");
        }
    }
}
