//! What code scanning shows of a rule: its page.

use serde_json::{Value as Json, json};

use super::super::explain::{self, Page};
use super::{ended, text};

/// Longest description that GitHub takes, in characters.
const DESCRIPTION: usize = 1_024;

/// The rule with this id. The severity is that of its gravest result, since one rule can note here
/// what it asks about there; each result says its own.
pub(crate) fn rule(id: &str, gravest: &str) -> Json {
    let page = explain::find(id);
    let summary = page.map_or_else(|| id.to_string(), |page| ended(&capitalised(page.summary())));
    let about = page.map_or_else(|| summary.clone(), |page| page.opening());
    let help = page.map_or(summary.as_str(), |page| page.text);
    let properties = match page {
        Some(page) => json!({"tags": [tag(page)], "precision": "high"}),
        None => json!({"precision": "high"}),
    };
    json!({
        "id": id,
        "shortDescription": text(&summary),
        "fullDescription": text(&beginning(&about)),
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": gravest},
        "properties": properties,
    })
}

/// The theme in a word or two.
fn tag(page: Page) -> String {
    page.theme.to_lowercase().replace(' ', "-")
}

/// Begins with a capital, unless the first word is a name.
fn capitalised(summary: &str) -> String {
    let word = summary.split(' ').next().unwrap_or_default();
    if !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return summary.to_string();
    }
    summary[..1].to_ascii_uppercase() + &summary[1..]
}

fn beginning(about: &str) -> String {
    super::super::wrap::beginning(about, DESCRIPTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_fits_the_limits_of_code_scanning() {
        for page in explain::all() {
            let opening = page.opening();
            assert!(!opening.is_empty() && !opening.contains('\n'), "{}: {opening}", page.id);
            assert_eq!(beginning(&opening), opening, "{}", page.id);
            assert!(!page.text.contains("]("), "{}: a link leads nowhere there", page.id);
        }
    }

    #[test]
    fn a_summary_that_begins_with_a_name_stays_as_it_is() {
        assert_eq!(capitalised("a job"), "A job");
        assert_eq!(capitalised("v1beta1 wants it"), "v1beta1 wants it");
    }
}
