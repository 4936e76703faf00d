//! Findings for people: with the line they speak of and a summary at a terminal, where there are many
//! with a few examples of each rule; and one per line for logs, grep and problem matchers.

use std::fmt;

use annotate_snippets::renderer::Style as Paint;

use super::diagnostic_groups::{self, DiagnosticGroup};
use super::plain_diagnostic::PlainDiagnostic;
use super::printable::{self, paragraph, truncate_end, truncate_start};
use super::snippet::{ExampleParts, SnippetRenderer, color};
use super::{Look, summary_line};
use crate::diagnostic::{Diagnostic, Located, Severity};
use crate::plan::Changeset;

/// The findings that the look shows: each in full where they are few, else group by group; and a
/// last line with the summary.
pub(crate) fn human(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    if super::are_few(changeset, look) {
        let snippets = SnippetRenderer::new(look);
        for diagnostic in PlainDiagnostic::shown(changeset, look) {
            writeln!(out, "{}\n", snippets.diagnostic(diagnostic))?;
        }
    } else {
        write_groups(&diagnostic_groups::by_rule(changeset, look), look, out)?;
    }
    last_line(changeset, look, out)
}

/// The summary, its parts coloured by gravity, broken between parts where it would pass the width.
fn last_line(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut column = 0;
    for (i, (level, part)) in summary_line::parts(changeset).into_iter().enumerate() {
        let len = part.chars().count() + ", ".len();
        let fits = look.width == 0 || column + len <= look.width;
        let between = match (i, fits) {
            (0, _) => "",
            (_, true) => ", ",
            (_, false) => ",\n",
        };
        column = if fits { column + len } else { len };
        let paint = level.filter(|_| look.color).map(color).unwrap_or_default();
        write!(out, "{between}{paint}{part}{paint:#}")?;
    }
    match summary_line::unseen_notes(changeset).filter(|_| !look.notes) {
        Some(unseen) => writeln!(out, " ({unseen})"),
        None => out.write_char('\n'),
    }
}

/// Findings in full in the whole report: as many as are shown where they are few.
const WHOLE: usize = super::FEW;

/// Findings in full of one rule, at most.
const EXAMPLES: usize = 3;

/// Findings with a place alone in the whole report, and of one rule: at least, at most.
const PLACES: usize = 70;
const FEWEST_PLACES: usize = 3;
const MOST_PLACES: usize = 10;

/// Examples of findings that need no answer.
const LIGHT: usize = 2;

const NAME: &str = env!("CARGO_PKG_NAME");

/// Blanks before and between columns.
const INSET: &str = "  ";

/// Narrowest column in which words behind a place are of use.
const NARROWEST: usize = 12;

/// Every group, a table of them, and where to find what was left out.
fn write_groups(
    groups: &[DiagnosticGroup<'_>],
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let snippets = SnippetRenderer::new(look);
    let grave = groups.iter().filter(|group| group.severity >= Severity::Decision).count().max(1);
    let examples = (WHOLE / grave).clamp(1, EXAMPLES);
    let places = (PLACES / grave).clamp(FEWEST_PLACES, MOST_PLACES);
    for group in groups {
        if group.severity < Severity::Decision {
            short_group(group, &snippets, out)?;
        } else if group.diagnostics.len() <= examples {
            for diagnostic in &group.diagnostics {
                writeln!(out, "{}\n", snippets.diagnostic(*diagnostic))?;
            }
        } else {
            detailed_group(group, (examples, places), &snippets, out)?;
        }
    }
    diagnostic_groups::write_table(groups, look, out)?;
    let (page, all) = (page("RULE"), "add `--format concise`".to_string());
    let column = page.len().max(all.len());
    writeln!(out)?;
    for (command, what) in
        [(page, "what a rule is about, and its answers"), (all, "every finding, each on a line")]
    {
        let what = format!("{:1$}{INSET}{what}", "", column - command.len());
        writeln!(out, "{INSET}{command}{}", if_it_fits(&what, INSET.len() + command.len(), look))?;
    }
    writeln!(out)
}

/// The text if it may stand in `column`, else nothing.
fn if_it_fits<'t>(text: &'t str, column: usize, look: &Look) -> &'t str {
    let fits = look.width == 0 || column + text.len() <= look.width;
    if fits { text } else { "" }
}

fn page(rule: &str) -> String {
    format!("{NAME} explain {rule}")
}

/// What somebody has to answer: some findings in full, some as places.
fn detailed_group(
    group: &DiagnosticGroup<'_>,
    (examples, places): (usize, usize),
    snippets: &SnippetRenderer,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    heading(group, snippets, out)?;
    let (whole, rest) = group.diagnostics.split_at(examples);
    let message = group.shared_message().is_none();
    for (i, diagnostic) in whole.iter().enumerate() {
        let help = group.shared_help().is_none() || i + 1 == whole.len();
        let between = if message && i > 0 { "\n" } else { "" };
        let example = snippets.example(*diagnostic, ExampleParts { message, help });
        writeln!(out, "{between}{example}")?;
    }
    writeln!(out)?;
    // The last one takes no more room than saying that it is left out.
    let listed = if rest.len() <= places + 1 { rest } else { &rest[..places] };
    let widths = listed.iter().map(|diagnostic| diagnostic.location().chars().count());
    let widest = widths.max().unwrap_or(0);
    let mut previous_message = whole.last().map(|last| &last.located.diagnostic.message);
    for diagnostic in listed {
        let Diagnostic { workload, message, .. } = &diagnostic.located.diagnostic;
        let message = Some(message);
        let words = workload.as_ref().or(message.filter(|_| previous_message != message));
        writeln!(out, "{INSET}{}", one_line(*diagnostic, words, widest, &snippets.look))?;
        previous_message = message;
    }
    if listed.len() < rest.len() {
        let more = format!("{INSET}... and {} more", rest.len() - listed.len());
        let page = format!(" ({})", page(group.rule));
        writeln!(out, "{more}{}", if_it_fits(&page, more.len(), &snippets.look))?;
    }
    writeln!(out)
}

/// Findings that need no answer: a count, and two examples without their lines.
fn short_group(
    group: &DiagnosticGroup<'_>,
    snippets: &SnippetRenderer,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    heading(group, snippets, out)?;
    for diagnostic in group.diagnostics.iter().take(LIGHT) {
        let Diagnostic { workload, message, .. } = &diagnostic.located.diagnostic;
        let named =
            |workload: &&String| group.shared_message().is_none() && message.contains(*workload);
        let workload = workload.as_ref().filter(|workload| !named(workload));
        writeln!(out, "{INSET}{}", one_line(*diagnostic, workload, 0, &snippets.look))?;
        if group.shared_message().is_none() {
            let text = paragraph(message, INSET.len() * 2, snippets.look.width);
            text.lines().try_for_each(|line| writeln!(out, "{INSET}{INSET}{line}"))?;
        }
    }
    if group.diagnostics.len() > LIGHT {
        writeln!(out, "{INSET}... and {} more", group.diagnostics.len() - LIGHT)?;
    }
    if let Some(help) = group.shared_help() {
        writeln!(out, "{}", snippets.help(help))?;
    }
    writeln!(out)
}

/// How many there are, and what they say if that is the same.
fn heading(
    group: &DiagnosticGroup<'_>,
    snippets: &SnippetRenderer,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    writeln!(out, "{}", snippets.heading(group))?;
    match group.shared_message() {
        Some(message) => {
            let paint = if snippets.look.color { Paint::new().bold() } else { Paint::new() };
            writeln!(out, "{paint}{}{paint:#}", paragraph(message, 0, snippets.look.width))
        }
        None => Ok(()),
    }
}

/// A place, and behind a column of places as wide as the `widest` its words, as far as
/// there is room.
fn one_line(
    diagnostic: PlainDiagnostic<'_>,
    words: Option<&String>,
    widest: usize,
    look: &Look,
) -> String {
    let place = diagnostic.location();
    let words = words.map(|words| printable::message(words)).unwrap_or_default();
    if look.width == 0 {
        return format!("{place:widest$}{INSET}{words}").trim_end().to_string();
    }
    let room = look.width.saturating_sub(INSET.len());
    let behind = |column: usize| room.saturating_sub(column + INSET.len());
    let (narrow, long) = (place.chars().count(), words.chars().count());
    let column = if long <= behind(widest) { widest } else { narrow };
    if words.is_empty() || behind(narrow) < NARROWEST.min(long) {
        // The end of a path tells more than its beginning.
        return truncate_start(&place, room);
    }
    format!("{place:column$}{INSET}{}", truncate_end(&words, behind(narrow)))
}

/// `path:line:col: level: message (from template); help [rule]`, each finding on exactly one line,
/// nothing else.
pub(crate) fn concise(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    for diagnostic in PlainDiagnostic::shown(changeset, look) {
        let Located { diagnostic: Diagnostic { message, help, .. }, location, .. } =
            diagnostic.located;
        let message = printable::escaped(&printable::masked(message)).into_owned();
        let help =
            help.as_ref().map(|help| format!("; {}", printable::escaped(&printable::masked(help))));
        writeln!(
            out,
            "{}:{}:{}: {}: {}{} [{}]",
            super::shown_path(&diagnostic.file.path),
            location.position.line,
            location.position.column,
            diagnostic.word(),
            diagnostic.with_template(message),
            help.unwrap_or_default(),
            diagnostic.rule(),
        )?;
    }
    Ok(())
}
