//! `explain`: the page of one rule or of one problem with an input, or the list of both.

use std::fmt::Write;

use super::args::ExplainArgs;
use super::outcome::Status;
use super::{show, talk};
use crate::plan::input;
use crate::rules::RULES;
use crate::shell;
use crate::text::did_you_mean;

/// Prints the page or the list.
pub(super) fn run(args: &ExplainArgs) -> Status {
    let text = match &args.rule {
        None => list(),
        Some(id) => {
            let Some(page) = pages().find(|page| page.id == id) else {
                let near = did_you_mean(id, pages().map(|page| page.id));
                talk::say(&format!(
                    "error: there is no page `{id}`{near}\n\nfor the list: flink-migrate explain"
                ));
                return Status::Failed;
            };
            format!("{}: {}\n\n{}\n", page.id, page.summary, page.text.trim_end())
        }
    };
    let mut out = shell::stdout();
    out.bytes(text.as_bytes());
    show::printed(out.finish())
}

struct Page {
    id: &'static str,
    summary: &'static str,
    text: &'static str,
}

fn rules() -> impl Iterator<Item = Page> {
    RULES.iter().map(|rule| Page { id: rule.id, summary: rule.summary, text: rule.explain })
}

fn inputs() -> impl Iterator<Item = Page> {
    input::PAGES.iter().map(|&(id, summary, text)| Page { id, summary, text })
}

fn pages() -> impl Iterator<Item = Page> {
    rules().chain(inputs())
}

fn list() -> String {
    let width = pages().map(|page| page.id.len()).max().unwrap_or_default();
    let mut text = String::from("What changed between the versions:\n");
    for page in rules() {
        let _ = writeln!(text, "  {:width$}  {}", page.id, page.summary);
    }
    text.push_str("\nWhat can be wrong with an input:\n");
    for page in inputs() {
        let _ = writeln!(text, "  {:width$}  {}", page.id, page.summary);
    }
    text
}
