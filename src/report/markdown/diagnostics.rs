//! Findings by rule: what is open, what was not understood, what people should know.

use super::{Part, code, message, name};
use crate::diagnostic::Diagnostic;
use crate::report::diagnostic_groups::DiagnosticGroup;
use crate::report::plain_diagnostic::PlainDiagnostic;
use crate::report::printable::counted;
use crate::report::review::{Review, summary_and_answer};

/// Findings in full and as places alone, of each rule: the most that is shown, then less and less.
const LEVELS: [Detail; 7] = [
    Detail { in_full: 20, locations: 0 },
    Detail { in_full: 3, locations: 50 },
    Detail { in_full: 3, locations: 10 },
    Detail { in_full: 2, locations: 5 },
    Detail { in_full: 1, locations: 3 },
    Detail { in_full: 1, locations: 0 },
    Detail { in_full: 0, locations: 0 },
];

#[derive(Clone, Copy)]
struct Detail {
    in_full: usize,
    locations: usize,
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
fn section(
    groups: &[DiagnosticGroup<'_>],
    head: &str,
    tail: &str,
    what: &str,
    room: usize,
) -> Part {
    let count = Review::count(groups);
    if count == 0 {
        return Part::nothing();
    }
    let from = usize::from(count > FEW);
    for detail in &LEVELS[from..] {
        let parts: Vec<(String, usize)> =
            groups.iter().map(|group| entry(group, *detail)).collect();
        let text: String = parts.iter().map(|(text, _)| text.as_str()).collect();
        if head.len() + text.len() + tail.len() <= room {
            let missing = parts.iter().map(|(_, missing)| missing).sum();
            return Part {
                text: format!("{head}{text}{tail}"),
                left_out: left_out(missing, count, what),
            };
        }
    }
    let mut text = String::from(head);
    let mut missing = 0;
    for group in groups {
        let (line, _) = entry(group, LEVELS[LEVELS.len() - 1]);
        if text.len() + line.len() + tail.len() <= room {
            text += &line;
        }
        missing += group.diagnostics.len();
    }
    // Without room for a single rule the count alone is told at the end.
    let text = if text.len() == head.len() { String::new() } else { text + tail };
    Part { text, left_out: left_out(missing, count, what) }
}

fn left_out(missing: usize, count: usize, what: &str) -> Option<String> {
    (missing > 0).then(|| format!("{missing} of {count} {what}"))
}

/// A group, and how many of its findings are not in it. A text that all of them share is shown once.
fn entry(group: &DiagnosticGroup<'_>, detail: Detail) -> (String, usize) {
    let (summary, answer) = summary_and_answer(group);
    let mut text =
        format!("\n**{}** ({}): {}", code(group.rule), group.frequency(), message(summary));
    text += &if answer.is_empty() { String::new() } else { format!(" → {}", message(answer)) };
    let several = group.diagnostics.len() > 1 && detail.in_full > 0;
    let (all_say, all_advise) = (group.shared_message(), group.shared_help());
    if let Some(shared) = all_say.filter(|_| several) {
        let help = all_advise.map(|help| format!("<br>→ {}", message(help)));
        text += &format!("<br>{}{}", message(shared), help.unwrap_or_default());
    }
    text += "\n\n";
    let is_message_shared = several && all_say.is_some();
    let locations =
        if is_message_shared { detail.in_full + detail.locations } else { detail.locations };
    let in_full = if is_message_shared { 0 } else { detail.in_full.min(group.diagnostics.len()) };
    for diagnostic in &group.diagnostics[..in_full] {
        let Diagnostic { message: what, help, .. } = &diagnostic.located.diagnostic;
        let help = help.as_ref().map(|help| format!("<br>→ {}", message(help)));
        text += &format!(
            "- {}<br>{}{}\n",
            location(diagnostic),
            message(what),
            help.unwrap_or_default()
        );
    }
    let locations = locations.min(group.diagnostics.len() - in_full);
    for diagnostic in &group.diagnostics[in_full..in_full + locations] {
        text += &format!("- {}\n", location(diagnostic));
    }
    let missing = group.diagnostics.len() - in_full - locations;
    if missing > 0 && in_full + locations > 0 {
        text += &format!("- … and {missing} more\n");
    }
    (text, missing)
}

/// The workload, if it is known, and where.
fn location(PlainDiagnostic { file, located }: &PlainDiagnostic<'_>) -> String {
    let at = name(&format!("{}:{}", file.repo_path, located.location.position.line));
    match &located.diagnostic.workload {
        Some(workload) => format!("**{}** {at}", name(workload)),
        None => at,
    }
}
