//! The pages of `explain`: one for each rule and for each problem with an input.

use std::fmt::Write as _;

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Paint};

use super::printable::wrap;
use crate::plan::input;
use crate::rules::{RULES, Theme};

/// A page.
#[derive(Clone, Copy)]
pub struct ExplainPage {
    /// The id of the rule or the problem, as a finding shows it in brackets.
    pub id: &'static str,
    /// The heading under which it is listed.
    pub theme: &'static str,
    /// The page in Markdown. Its first line is `# id: summary`.
    pub text: &'static str,
}

/// The theme of the problems with an input.
const INPUT: &str = "Input";

const BOLD: Paint = Paint::new().effects(Effects::BOLD);
const CODE: Paint = AnsiColor::Cyan.on_default();

/// Every page: the rules by theme, then the problems with an input.
pub fn all() -> impl Iterator<Item = ExplainPage> {
    let of_theme = |theme: Theme| {
        let rules = RULES.iter().filter(move |rule| rule.theme == theme);
        rules.map(move |rule| ExplainPage { id: rule.id, theme: theme.title(), text: rule.page })
    };
    let of_inputs =
        input::PAGES.iter().map(|page| ExplainPage { id: page.id, theme: INPUT, text: page.text });
    Theme::ALL.into_iter().flat_map(of_theme).chain(of_inputs)
}

/// The page of this id.
pub fn find(id: &str) -> Option<ExplainPage> {
    all().find(|page| page.id == id)
}

/// The ids by theme, each with its summary, in this many columns; 0 if there is no limit.
pub fn list(columns: usize) -> String {
    let width = all().map(|page| page.id.len()).max().unwrap_or_default();
    let mut out = String::new();
    let mut last = "";
    for page in all() {
        if page.theme != last {
            let gap = if last.is_empty() { "" } else { "\n" };
            out += &format!("{gap}{}:\n", page.theme);
            last = page.theme;
        }
        let indent = width + 4;
        let room = if columns == 0 { usize::MAX } else { columns.saturating_sub(indent).max(1) };
        let summary = wrap(page.summary(), room).replace('\n', &format!("\n{:indent$}", ""));
        out += &format!("  {:width$}  {summary}\n", page.id);
    }
    out
}

impl ExplainPage {
    /// One line, without a full stop.
    pub fn summary(&self) -> &'static str {
        let heading = self.text.lines().next().unwrap_or_default();
        heading.split_once(": ").map_or(heading, |(_, summary)| summary)
    }

    /// The first paragraph, on one line and without bold type.
    pub(crate) fn opening(&self) -> String {
        let paragraph = self.text.split("\n\n").nth(1).unwrap_or_default();
        paragraph.trim_end().replace('\n', " ").replace("**", "")
    }

    /// The page for a terminal of this width: headings bold, code in colour, no fences.
    pub fn styled(&self, width: usize) -> String {
        let mut out = String::new();
        let mut language = None;
        for line in self.text.lines() {
            if let Some(opened) = line.strip_prefix("```") {
                language = if language.is_none() { Some(opened) } else { None };
                continue;
            }
            let (paint, line) = match (language, line.as_bytes().first()) {
                (Some("diff"), Some(b'-')) => (AnsiColor::Red.on_default(), format!("    {line}")),
                (Some("diff"), Some(b'+')) => {
                    (AnsiColor::Green.on_default(), format!("    {line}"))
                }
                (Some(_), Some(_)) => (Paint::new(), format!("    {line}")),
                (None, Some(b'#')) => (BOLD, line.trim_start_matches(['#', ' ']).replace('`', "")),
                _ => (Paint::new(), sentence(line, width)),
            };
            _ = writeln!(out, "{paint}{line}{paint:#}");
        }
        out
    }
}

/// A line of prose, broken between words; what follows a bullet stays indented.
fn sentence(line: &str, width: usize) -> String {
    let text = line.trim_start_matches(' ');
    let text = text.strip_prefix("* ").unwrap_or(text);
    let (bullet, text) = line.split_at(line.len() - text.len());
    let indent = bullet.len();
    let lines = wrap(text, width.saturating_sub(indent).max(1));
    format!("{bullet}{}", inline(&lines.replace('\n', &format!("\n{:indent$}", ""))))
}

/// Bold type and code spans as a terminal shows them.
fn inline(text: &str) -> String {
    let mut out = String::new();
    let mut is_bold = false;
    for (i, piece) in text.split('`').enumerate() {
        if i % 2 == 1 {
            _ = write!(out, "{CODE}{piece}{CODE:#}");
            continue;
        }
        for (j, plain) in piece.split("**").enumerate() {
            is_bold ^= j > 0;
            let paint = if is_bold { BOLD } else { Paint::new() };
            _ = write!(out, "{paint}{plain}{paint:#}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_by_its_id_and_its_heading_holds_its_summary() {
        for page in all() {
            assert!(find(page.id).is_some_and(|found| found.text == page.text), "{}", page.id);
            let heading = format!("# {}: {}\n\n", page.id, page.summary());
            assert!(page.text.starts_with(&heading), "{}", page.id);
        }
        assert!(find("no-such-rule").is_none());
    }

    #[test]
    fn a_terminal_gets_colours_and_no_marks_of_markdown() {
        let text =
            "# a-rule: one `word`\n\n**When:** see `a b`.\n\n* an item\n\n```diff\n-a\n```\n";
        let page = ExplainPage { id: "a-rule", theme: INPUT, text };
        assert_eq!(
            page.styled(80).replace('\u{1b}', "^"),
            "^[1ma-rule: one word^[0m\n\n^[1mWhen:^[0m see ^[36ma b^[0m.\n\n* an item\n\n^[31m    -a^[0m\n"
        );
        assert_eq!(sentence("* one two three", 9), "* one two\n  three");
    }
}
