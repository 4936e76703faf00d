//! Hunks to be shown and never to be applied: what is secret is masked, what a terminal or a browser
//! would obey is spelled out.

use std::fmt;

use crate::plan::{Changeset, Outcome};
use crate::report::printable;
use crate::text::{Hunk, Sign};

/// Longest line shown whole, in characters.
const LONGEST: usize = 1_000;

/// A hunk as it may be shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct MaskedHunk {
    /// `@@ -1,7 +1,7 @@`.
    pub(crate) header: String,
    /// Each line without its mark and its end.
    pub(crate) lines: Vec<(Sign, String)>,
}

/// The hunks of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct MaskedPatch {
    pub(crate) hunks: Vec<MaskedHunk>,
}

impl MaskedPatch {
    /// These hunks, as they may be shown.
    pub(crate) fn new(hunks: &[Hunk]) -> MaskedPatch {
        MaskedPatch { hunks: hunks.iter().map(masked_hunk).collect() }
    }

    /// Number of lines that come and that go.
    pub(crate) fn size(&self) -> (usize, usize) {
        let lines = || self.hunks.iter().flat_map(|hunk| &hunk.lines);
        let count = |sign| lines().filter(|line| line.0 == sign).count();
        (count(Sign::New), count(Sign::Gone))
    }
}

/// What the held files would become, for reading only: every line is prefixed with `held| `, so
/// that neither `git apply` nor `patch` takes it for a diff, and secrets are masked. Empty if no
/// file is held.
pub fn held(changeset: &Changeset, out: &mut dyn fmt::Write) -> fmt::Result {
    for file in &changeset.files {
        let Some(held) = &file.held else { continue };
        let outcome = file.outcome().map_or(Outcome::Held.word(), Outcome::word);
        let path = printable::escaped(&file.repo_path);
        writeln!(out, "{outcome}: {path} stays as it is; do not apply what it would become:")?;
        for line in held.diff(&file.repo_path).split_terminator('\n') {
            let line = printable::masked_line(line.strip_suffix('\r').unwrap_or(line));
            writeln!(out, "held| {}", printable::escaped_line(&line))?;
        }
    }
    Ok(())
}

fn masked_hunk(hunk: &Hunk) -> MaskedHunk {
    let mut mask = Mask::default();
    let lines = hunk
        .lines()
        .map(|(sign, line)| (sign, printable(&mask.line(line.strip_suffix('\r').unwrap_or(line)))));
    MaskedHunk { header: hunk.header(), lines: lines.collect() }
}

fn printable(line: &str) -> String {
    printable::truncate_end(&printable::escaped_line(line), LONGEST)
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
            return format!("{}{}", &line[..indent], printable::MASK);
        }
        if !text.is_empty() {
            self.below = None;
        }
        let (key, value) = text.split_once(':').unwrap_or_default();
        let (key, value) = (key.trim_start_matches(['-', ' ']), value.trim());
        let goes_on = value.is_empty() || value.starts_with(['|', '>', '"', '\'', '&', '!']);
        if printable::is_secret_key(key) && goes_on {
            self.below = Some(indent);
        }
        let is_value = std::mem::take(&mut self.named) && key == "value" && !value.is_empty();
        self.named = key == "name" && printable::is_secret_key(value);
        if is_value {
            let at = line.find(':').unwrap_or(line.len()) + 1;
            return format!("{} {}", &line[..at.min(line.len())], printable::MASK);
        }
        printable::masked_line(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(hunk: &Hunk) -> Vec<String> {
        let lines = masked_hunk(hunk).lines.into_iter();
        lines.map(|(sign, text)| format!("{}{text}", sign.mark())).collect()
    }

    #[test]
    fn a_secret_is_masked_wherever_its_lines_tell() {
        let runs = [
            (Sign::Same, "a: b\n"),
            (Sign::Gone, "  password: hunter2\n"),
            (Sign::New, "  password: hunter3\n"),
            (Sign::Same, "  token: |\n    hunter2\n    hunter2\n  c: d\n  - name: DB_PASSWORD\n"),
            (Sign::Same, "    value: hunter2\n  - name: x\n    value: y\n"),
        ];
        let runs = runs.map(|(sign, text)| (sign, text.to_string())).to_vec();
        assert_eq!(
            lines(&Hunk { runs, ..Hunk::default() }),
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
    fn lines_are_shown_with_their_sign_and_counted() {
        let (before, after) = ("a\r\nb\tc", "a\r\nb\td\u{1b}");
        let all = crate::text::ChangedSpan {
            span: crate::text::Span::new(0, before.len()),
            after: after.to_string(),
        };
        let hunks = crate::text::hunks(before, &[all], 3);
        let patch = MaskedPatch::new(&hunks);
        assert_eq!(patch.size(), (1, 1));
        assert_eq!(patch.hunks[0].header, "@@ -1,2 +1,2 @@");
        let no_end = "\\ No newline at end of file";
        assert_eq!(lines(&hunks[0]), [" a", "-b\tc", no_end, "+b\td\\u{1b}", no_end]);
        assert_eq!(MaskedPatch::new(&[]), MaskedPatch::default());
    }
}
