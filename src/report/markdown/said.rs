//! Findings by rule: what is open, what was not understood, what people should know.

use super::Part;
use super::escape::{code, message, name};
use crate::diagnostic::Located;
use crate::plan::FileOutcome;
use crate::report::groups::Findings;
use crate::report::review::{Review, about, counted};

/// Findings in full and as places alone, of each rule: the most that is shown, then less and less.
const LEVELS: [Shown; 7] = [
    Shown { whole: 20, places: 0 },
    Shown { whole: 3, places: 50 },
    Shown { whole: 3, places: 10 },
    Shown { whole: 2, places: 5 },
    Shown { whole: 1, places: 3 },
    Shown { whole: 1, places: 0 },
    Shown { whole: 0, places: 0 },
];

#[derive(Clone, Copy)]
struct Shown {
    whole: usize,
    places: usize,
}

/// Findings of all rules together up to which each is shown in full.
const FEW: usize = 20;

/// What somebody has to decide.
pub(crate) fn questions(review: &Review<'_>, room: usize) -> Part {
    let count = Review::count(&review.questions);
    section(&review.questions, &format!("\n### To decide: {count}\n"), "", "decisions", room)
}

/// What could not be read or judged.
pub(crate) fn unread(review: &Review<'_>, room: usize) -> Part {
    let count = Review::count(&review.unread);
    let head = format!("\n### Not understood, and left alone: {count}\n");
    section(&review.unread, &head, "", "places not understood", room)
}

/// What people should know, folded.
pub(crate) fn notes(review: &Review<'_>, room: usize) -> Part {
    let count = Review::count(&review.notes);
    let notes = counted(count, "note");
    let head = format!("\n<details><summary>{notes}</summary>\n");
    section(&review.notes, &head, "\n</details>\n", "notes", room)
}

/// As much of the groups as has room between `head` and `tail`.
fn section(groups: &[Findings<'_>], head: &str, tail: &str, what: &str, room: usize) -> Part {
    let count = Review::count(groups);
    if count == 0 {
        return Part::nothing();
    }
    let from = usize::from(count > FEW);
    for shown in &LEVELS[from..] {
        let parts: Vec<(String, usize)> = groups.iter().map(|group| of(group, *shown)).collect();
        let text: String = parts.iter().map(|(text, _)| text.as_str()).collect();
        if head.len() + text.len() + tail.len() <= room {
            let missing = parts.iter().map(|(_, missing)| missing).sum();
            return Part {
                text: format!("{head}{text}{tail}"),
                left_out: left(missing, count, what),
            };
        }
    }
    let mut text = String::from(head);
    let mut missing = 0;
    for group in groups {
        let (line, _) = of(group, LEVELS[LEVELS.len() - 1]);
        if text.len() + line.len() + tail.len() <= room {
            text += &line;
        }
        missing += group.found.len();
    }
    // Without room for a single rule the count alone is told at the end.
    let text = if text.len() == head.len() { String::new() } else { text + tail };
    Part { text, left_out: left(missing, count, what) }
}

fn left(missing: usize, count: usize, what: &str) -> Option<String> {
    (missing > 0).then(|| format!("{missing} of {count} {what}"))
}

/// A group, and how many of its findings are not in it. What all of them say is said once.
fn of(group: &Findings<'_>, shown: Shown) -> (String, usize) {
    let (summary, answer) = about(group);
    let mut text = format!("\n**{}** ({}): {}", code(group.rule), group.count(), message(summary));
    text += &if answer.is_empty() { String::new() } else { format!(" → {}", message(answer)) };
    let several = group.found.len() > 1 && shown.whole > 0;
    let (all_say, all_advise) = (group.message(), group.help());
    if let Some(said) = all_say.filter(|_| several) {
        let help = all_advise.map(|help| format!("<br>→ {}", message(help)));
        text += &format!("<br>{}{}", message(said), help.unwrap_or_default());
    }
    text += "\n\n";
    let is_said = several && all_say.is_some();
    let places = if is_said { shown.whole + shown.places } else { shown.places };
    let whole = if is_said { 0 } else { shown.whole.min(group.found.len()) };
    for (file, located) in &group.found[..whole] {
        let (said, help) = (message(&located.diagnostic.message), &located.diagnostic.help);
        let help = help.as_ref().map(|help| format!("<br>→ {}", message(help)));
        text += &format!("- {}<br>{said}{}\n", place(file, located), help.unwrap_or_default());
    }
    let places = places.min(group.found.len() - whole);
    for (file, located) in &group.found[whole..whole + places] {
        text += &format!("- {}\n", place(file, located));
    }
    let missing = group.found.len() - whole - places;
    if missing > 0 && whole + places > 0 {
        text += &format!("- … and {missing} more\n");
    }
    (text, missing)
}

/// The workload, if it is known, and where.
fn place(file: &FileOutcome, located: &Located) -> String {
    let at = name(&format!("{}:{}", file.path, located.location.position.line));
    match &located.diagnostic.workload {
        Some(workload) => format!("**{}** {at}", name(workload)),
        None => at,
    }
}
