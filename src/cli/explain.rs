//! `explain`: the page of one rule, or the list.

use std::fmt::Write;

use super::args::ExplainArgs;
use super::outcome::Status;
use super::{show, suggest, talk};
use crate::rules::RULES;
use crate::shell;

/// Prints the page or the list.
pub(super) fn run(args: &ExplainArgs) -> Status {
    let text = match &args.rule {
        None => list(),
        Some(id) => {
            let Some(rule) = RULES.iter().find(|rule| rule.id == id) else {
                let near = suggest::suffix(id, RULES.iter().map(|rule| rule.id));
                talk::say(&format!(
                    "error: there is no rule `{id}`{near}\n\nfor the list: flink-migrate explain"
                ));
                return Status::Failed;
            };
            format!("{}\n", rule.explain.trim_end())
        }
    };
    let mut out = shell::stdout();
    out.bytes(text.as_bytes());
    show::printed(out.finish())
}

fn list() -> String {
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    for rule in RULES {
        let _ = writeln!(text, "{:width$}  {}", rule.id, rule.summary);
    }
    text
}
