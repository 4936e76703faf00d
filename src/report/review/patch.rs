//! A unified diff taken apart, to be shown and never to be applied: what is secret is masked, what
//! a terminal or a browser would obey is spelled out.

use crate::report::{secret, visible, wrap};

/// Longest line shown whole, in characters.
const LONGEST: usize = 1_000;

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Sign {
    /// It stays.
    Same,
    /// It goes.
    Gone,
    /// It comes.
    New,
    /// It is none of the file: a word about the end of the file.
    Aside,
}

impl Sign {
    /// How the line begins.
    pub(in crate::report) fn mark(self) -> char {
        match self {
            Sign::Same => ' ',
            Sign::Gone => '-',
            Sign::New => '+',
            Sign::Aside => '\\',
        }
    }
}

/// Lines that stand together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::report) struct Hunk {
    /// `@@ -1,7 +1,7 @@`.
    pub(in crate::report) header: String,
    /// Each line without its mark and its end.
    pub(in crate::report) lines: Vec<(Sign, String)>,
}

/// The hunks of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::report) struct Patch {
    pub(in crate::report) hunks: Vec<Hunk>,
}

impl Patch {
    /// The hunks of a diff as `text::unified` writes it; none if it is empty.
    pub(super) fn of(diff: &str) -> Patch {
        let mut hunks: Vec<Hunk> = Vec::new();
        let mut mask = Mask::default();
        for line in diff.split_terminator('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.starts_with("@@") {
                mask = Mask::default();
                hunks.push(Hunk { header: visible::line(line).into_owned(), lines: Vec::new() });
                continue;
            }
            // What stands before the first hunk is the name of the file.
            let Some(hunk) = hunks.last_mut() else { continue };
            let (sign, text) = match line.as_bytes().first() {
                Some(b'-') => (Sign::Gone, &line[1..]),
                Some(b'+') => (Sign::New, &line[1..]),
                Some(b'\\') => (Sign::Aside, &line[1..]),
                Some(b' ') => (Sign::Same, &line[1..]),
                _ => (Sign::Same, line),
            };
            hunk.lines.push((sign, shown(&mask.line(text))));
        }
        Patch { hunks }
    }

    /// Number of lines that come and that go.
    pub(in crate::report) fn size(&self) -> (usize, usize) {
        let lines = || self.hunks.iter().flat_map(|hunk| &hunk.lines);
        let count = |sign| lines().filter(|line| line.0 == sign).count();
        (count(Sign::New), count(Sign::Gone))
    }
}

fn shown(line: &str) -> String {
    let parts = line.split_inclusive('\t').map(|part| match part.strip_suffix('\t') {
        Some(part) => format!("{}\t", visible::line(part)),
        None => visible::line(part).into_owned(),
    });
    wrap::beginning(&parts.collect::<String>(), LONGEST)
}

/// What the lines of a hunk tell of secrets further down.
#[derive(Default)]
struct Mask {
    /// Lines that stand in further than this belong to a secret.
    below: Option<usize>,
    /// The line above names a secret, whose value is on this one: `- name: DB_PASSWORD`.
    named: bool,
}

impl Mask {
    fn line(&mut self, line: &str) -> String {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if self.below.is_some_and(|below| indent > below && !text.is_empty()) {
            return format!("{}{}", &line[..indent], secret::MASK);
        }
        if !text.is_empty() {
            self.below = None;
        }
        let (key, value) = text.split_once(':').unwrap_or_default();
        let (key, value) = (key.trim_start_matches(['-', ' ']), value.trim());
        let goes_on = value.is_empty() || value.starts_with(['|', '>', '"', '\'', '&', '!']);
        if secret::is_secret_key(key) && goes_on {
            self.below = Some(indent);
        }
        let is_value = std::mem::take(&mut self.named) && key == "value" && !value.is_empty();
        self.named = key == "name" && secret::is_secret_key(value);
        if is_value {
            let at = line.find(':').unwrap_or(line.len()) + 1;
            return format!("{} {}", &line[..at.min(line.len())], secret::MASK);
        }
        secret::masked_line(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(diff: &str) -> Vec<String> {
        let lines = |hunk: Hunk| hunk.lines;
        let lines = Patch::of(diff).hunks.into_iter().flat_map(lines);
        lines.map(|(sign, text)| format!("{}{text}", sign.mark())).collect()
    }

    #[test]
    fn a_secret_is_masked_wherever_its_lines_tell() {
        let diff = "--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n a: b\n-  password: hunter2\n+  password: hunter3\n   \
                    token: |\n     hunter2\n     hunter2\n   c: d\n   - name: DB_PASSWORD\n     value: \
                    hunter2\n   - name: x\n     value: y\n";
        assert_eq!(
            lines(diff),
            [
                " a: b",
                "-  password: ***",
                "+  password: ***",
                "   token: ***",
                "     ***",
                "     ***",
                "   c: d",
                "   - name: DB_PASSWORD",
                "     value: ***",
                "   - name: x",
                "     value: y",
            ]
        );
    }

    #[test]
    fn hunks_are_taken_apart_and_counted() {
        let diff = crate::text::unified("x", "a\r\nb\tc", "a\r\nb\td\u{1b}", 3);
        let patch = Patch::of(&diff);
        assert_eq!(patch.size(), (1, 1));
        assert_eq!(patch.hunks[0].header, "@@ -1,2 +1,2 @@");
        let no_end = "\\ No newline at end of file";
        assert_eq!(lines(&diff), [" a", "-b\tc", no_end, "+b\td\\u{1b}", no_end]);
        assert_eq!(Patch::of(""), Patch::default());
    }
}
