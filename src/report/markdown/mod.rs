//! A comment on a pull request: the verdict, when to merge, what is open, one table, and the
//! diffs folded away.
//!
//! GitHub refuses a comment of more than 65,536 characters, so the report keeps to a budget. It is
//! never cut: whole diffs are left out first, the largest before the others, then rows and examples,
//! and a last line says what is missing and how to see it. Bytes are counted, which are at least as
//! many as characters however somebody counts those.

mod diagnostics;
mod escape;
mod files;
mod table;
pub(crate) mod verification;

use std::fmt;

pub(crate) use escape::code;
use escape::message;

use super::review::Review;
use crate::plan::Changeset;

/// Room for a report where nobody gives another, in bytes.
pub const MARKDOWN_BUDGET: usize = 60_000;

/// Less room than this is not kept to: the verdict must fit.
const LEAST: usize = 4_000;

/// By this line a comment is found again and replaced.
const MARKER: &str = "<!-- flink-migrate -->";

const NAME: &str = env!("CARGO_PKG_NAME");

/// Kept free for the line that says what is left out.
const FOR_THE_END: usize = 500;

/// The review of a changeset as Markdown of at most `budget` bytes, but of at least 4,000 if it needs
/// them. Fails only if `out` does.
pub fn markdown(changeset: &Changeset, budget: usize, out: &mut dyn fmt::Write) -> fmt::Result {
    let review = Review::new(changeset);
    let budget = budget.max(LEAST);
    let head = head(&review);
    let taken = head.len() + FOR_THE_END;
    let mut room = Room { left: budget.saturating_sub(taken), left_out: Vec::new() };
    // What matters most takes its room first, but not all of it.
    let questions = room.take(|left| diagnostics::questions(&review, left / 5 * 2));
    let unread = room.take(|left| diagnostics::unread(&review, left / 5));
    let table = room.take(|left| table::table(&review, left));
    let files = room.take(|left| files::files(&review, left));
    let alike = room.take(|left| files::alike(&review, left));
    let notes = room.take(|left| diagnostics::notes(&review, left));
    let end = end(&room.left_out, budget);
    let parts = [head, questions, table, files, alike, notes, unread, end];
    parts.iter().try_for_each(|part| out.write_str(part))
}

/// What is left of the budget, and what had no room in it.
struct Room {
    left: usize,
    left_out: Vec<String>,
}

impl Room {
    /// The text of a part that is given what is left.
    fn take(&mut self, part: impl FnOnce(usize) -> Part) -> String {
        let part = part(self.left);
        self.left = self.left.saturating_sub(part.text.len());
        self.left_out.extend(part.left_out);
        part.text
    }
}

/// A section, and what had no room in it.
struct Part {
    /// Ends with a newline; empty if there is nothing to say.
    text: String,
    /// `3 of 40 diffs`.
    left_out: Option<String>,
}

impl Part {
    fn nothing() -> Part {
        Part { text: String::new(), left_out: None }
    }
}

fn head(review: &Review<'_>) -> String {
    let mut head = format!("{MARKER}\n## {NAME}: {}\n", message(&review.verdict));
    let warnings: Vec<String> = review
        .warnings("The end of this report says why.")
        .into_iter()
        .map(|(what, consequence)| format!("> **{what}.** {consequence}\n"))
        .collect();
    if !warnings.is_empty() {
        head += &format!("\n> [!WARNING]\n{}", warnings.join(">\n"));
    } else if review.changes {
        head += "\n> [!NOTE]\n> Nothing is left to decide.\n";
    }
    if let Some(words) = review.merge {
        head += &format!("\n{}\n", message(words));
    }
    head
}

fn end(left_out: &[String], budget: usize) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    format!(
        "\n---\n\n**Left out** to stay below {budget} bytes: {}. All of it: `{NAME} check \
         --report html=report.html`\n",
        left_out.join(", ")
    )
}
