//! A text inside a file, and where in the file its bytes lie.
//!
//! The operator's configuration is a text inside YAML, which may itself be a text inside YAML: people
//! are to be sent to the line they wrote, however deep it lies.

use crate::yaml::{Kind, NodeRef, Style};

/// A text and where its bytes lie.
pub(super) struct Inset<'t> {
    /// The text.
    pub(super) text: &'t str,
    lies: Lies,
}

enum Lies {
    /// It is the file.
    Whole,
    /// Each line of it is one of the file: where it begins in the text, and where in the file.
    Lines(Vec<(usize, usize)>),
    /// Quotes, escapes or folding stand between: where the text begins is all that is told.
    At(usize),
}

impl<'t> Inset<'t> {
    /// The file itself.
    pub(super) fn whole(text: &'t str) -> Inset<'t> {
        Inset { text, lies: Lies::Whole }
    }

    /// The text of this scalar of a document that was parsed from this text; nothing for null and
    /// collections.
    pub(super) fn scalar<'n>(&self, node: NodeRef<'n>) -> Option<Inset<'n>> {
        let (node, text) = (node.resolved(), node.text()?);
        let start = node.span_in_file().start;
        let is_block = matches!(&node.node().kind, Kind::Scalar { style: Style::Block, .. });
        let lines = if is_block { self.literal(text, start) } else { None };
        Some(Inset { text, lies: lines.map_or_else(|| Lies::At(self.in_file(start)), Lies::Lines) })
    }

    /// Where the byte at `at` lies in the file.
    pub(super) fn in_file(&self, at: usize) -> usize {
        match &self.lies {
            Lies::Whole => at,
            Lies::At(site) => *site,
            Lies::Lines(lines) => {
                let after = lines.partition_point(|(begin, _)| *begin <= at);
                let (begin, site) = lines[after.saturating_sub(1)];
                site + (at - begin)
            }
        }
    }

    /// The lines of a literal block scalar whose first line with content begins at `start`; nothing
    /// if the text is not there line by line, as in a folded one.
    fn literal(&self, text: &str, start: usize) -> Option<Vec<(usize, usize)>> {
        if matches!(self.lies, Lies::At(_)) {
            return None;
        }
        let raw = self.text;
        let indent = start - raw[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let mut begin = text.len() - text.trim_start_matches('\n').len();
        let mut lines = vec![(0, self.in_file(start))];
        let mut at = start;
        for line in text[begin..].split_inclusive('\n') {
            if !raw[at..].starts_with(line.trim_end_matches('\n')) {
                return None;
            }
            lines.push((begin, self.in_file(at)));
            begin += line.len();
            at = raw[at..].find(['\n', '\r']).map_or(raw.len(), |end| at + end);
            at += if raw[at..].starts_with("\r\n") { 2 } else { usize::from(at < raw.len()) };
            at += raw[at..].bytes().take(indent).take_while(|byte| *byte == b' ').count();
        }
        Some(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    /// What stands in the file where the needle of the scalar lies.
    fn seen<'t>(text: &'t str, needle: &str) -> &'t str {
        let doc = yaml::parse(text, 0).unwrap();
        let inset = Inset::whole(text).scalar(doc.root().get("a").unwrap()).unwrap();
        let at = inset.in_file(inset.text.find(needle).unwrap());
        text[at..].lines().next().unwrap_or_default()
    }

    #[test]
    fn lines_of_a_literal_are_lines_of_the_file() {
        for text in [
            "a: |\n  # c\n\n  x: 1\n  y: ä\n",
            "a: |+\n\n \n   x: 1\n\n   y: ä\nb: 1\n",
            "a: &t |2-\n    # c\n  x: 1\n      # d\n  y: ä",
            "a: | # c\r\n  x: 1\r\n\r\n  y: ä\r\n",
        ] {
            assert_eq!((seen(text, "x"), seen(text, "y")), ("x: 1", "y: ä"), "{text:?}");
        }
    }

    #[test]
    fn what_is_folded_or_quoted_is_told_by_its_beginning() {
        assert_eq!(seen("a: >\n  x: 1\n  y: 2\n", "y"), "x: 1");
        assert_eq!(seen("a: >\n  x: 1\n\n  y: 2\n", "y"), "x: 1");
        assert_eq!(seen("a: \"x: 1\\ny: 2\"\n", "y"), "\"x: 1\\ny: 2\"");
    }

    #[test]
    fn a_text_in_a_text_is_found_in_the_file() {
        let text = "v: |\n  # c\n  a: |\n    x: 1\n\n    y: 2\n";
        let outer = yaml::parse(text, 0).unwrap();
        let between = Inset::whole(text).scalar(outer.root().get("v").unwrap()).unwrap();
        let inner = yaml::parse(between.text, 0).unwrap();
        let inset = between.scalar(inner.root().get("a").unwrap()).unwrap();
        assert_eq!(&text[inset.in_file(inset.text.find('y').unwrap())..], "y: 2\n");
    }
}
