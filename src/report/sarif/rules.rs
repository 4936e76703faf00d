//! What code scanning shows of a rule: its page.

use super::super::pages::{self, Page};
use super::super::pretty::Json;
use super::{ended, text};

/// Longest description that GitHub takes, in characters.
const DESCRIPTION: usize = 1_024;

/// The rule with this id. The severity is that of its gravest result, since one rule can note here
/// what it asks about there; each result says its own.
pub(super) fn rule(id: &str, gravest: &str) -> Json {
    let page = pages::find(id);
    let summary = page.map_or_else(|| id.to_string(), |page| ended(&page.title()));
    let about = page.map_or_else(|| summary.clone(), Page::opening);
    let help = page.map_or_else(|| summary.clone(), |page| page.text(false));
    let markdown = page.map_or_else(|| summary.clone(), Page::help);
    let tags = page.map(|page| Json::list([Json::text(page.theme())]));
    Json::object([
        ("id", Some(Json::text(id))),
        ("shortDescription", Some(text(&summary))),
        ("fullDescription", Some(text(&beginning(&about)))),
        (
            "help",
            Some(Json::object([
                ("text", Some(Json::text(help))),
                ("markdown", Some(Json::text(markdown))),
            ])),
        ),
        ("defaultConfiguration", Some(Json::object([("level", Some(Json::text(gravest)))]))),
        (
            "properties",
            Some(Json::object([("tags", tags), ("precision", Some(Json::text("high")))])),
        ),
    ])
}

fn beginning(about: &str) -> String {
    super::super::wrap::beginning(about, DESCRIPTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_fits_the_limits_of_code_scanning() {
        for page in pages::all() {
            let opening = page.opening();
            assert!(!opening.is_empty() && !opening.contains('\n'), "{}: {opening}", page.id);
            assert_eq!(beginning(&opening), opening, "{}", page.id);
            let help = page.help();
            assert!(!help.contains("](#"), "a link needs the page it leads to: {help}");
        }
    }
}
