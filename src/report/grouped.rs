//! Many findings for somebody at a terminal: what must be answered first, each rule with a few
//! examples, and how often.

use std::fmt;

use annotate_snippets::renderer::Style as Paint;

use super::groups::Findings;
use super::whole::{Drawing, Says, place};
use super::wrap::{beginning, end, prose};
use super::{Look, table};
use crate::diagnostic::{Located, Severity};
use crate::plan::FileOutcome;

/// Findings in full in the whole report: as many as are shown where they are few.
const WHOLE: usize = super::FEW;

/// Findings in full of one rule, at most.
const EXAMPLES: usize = 3;

/// Findings with a place alone in the whole report, and of one rule: at least, at most.
const PLACES: usize = 70;
const FEWEST_PLACES: usize = 3;
const MOST_PLACES: usize = 10;

/// Examples of what nobody has to answer.
const LIGHT: usize = 2;

const NAME: &str = env!("CARGO_PKG_NAME");

/// Blanks before and between columns.
const INSET: &str = "  ";

/// Narrowest column in which words behind a place are of use.
const NARROWEST: usize = 12;

/// Every group, a table of them, and where to find what was left out.
pub(crate) fn render(
    groups: &[Findings<'_>],
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let drawing = Drawing::new(look);
    let grave = groups.iter().filter(|group| group.severity >= Severity::Decision).count().max(1);
    let examples = (WHOLE / grave).clamp(1, EXAMPLES);
    let places = (PLACES / grave).clamp(FEWEST_PLACES, MOST_PLACES);
    for group in groups {
        if group.severity < Severity::Decision {
            light(group, &drawing, look, out)?;
        } else if group.found.len() <= examples {
            for (file, located) in &group.found {
                writeln!(out, "{}\n", drawing.finding(file, located))?;
            }
        } else {
            heavy(group, (examples, places), &drawing, look, out)?;
        }
    }
    table::render(groups, look, out)?;
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
fn heavy(
    group: &Findings<'_>,
    (examples, places): (usize, usize),
    drawing: &Drawing,
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    heading(group, drawing, look, out)?;
    let (whole, rest) = group.found.split_at(examples);
    let message = group.message().is_none();
    for (i, (file, located)) in whole.iter().enumerate() {
        let help = group.help().is_none() || i + 1 == whole.len();
        let between = if message && i > 0 { "\n" } else { "" };
        writeln!(out, "{between}{}", drawing.example(file, located, Says { message, help }))?;
    }
    writeln!(out)?;
    // The last one takes no more room than saying that it is left out.
    let listed = if rest.len() <= places + 1 { rest } else { &rest[..places] };
    let widest = listed.iter().map(|(file, located)| place(&file.path, located).chars().count());
    let widest = widest.max().unwrap_or(0);
    let mut said = whole.last().map(|(_, located)| &located.diagnostic.message);
    for (file, located) in listed {
        let message = Some(&located.diagnostic.message);
        let words = located.diagnostic.workload.as_ref().or(message.filter(|_| said != message));
        writeln!(out, "{INSET}{}", one_line(file, located, words, widest, look))?;
        said = message;
    }
    if listed.len() < rest.len() {
        let more = format!("{INSET}... and {} more", rest.len() - listed.len());
        let page = format!(" ({})", page(group.rule));
        writeln!(out, "{more}{}", if_it_fits(&page, more.len(), look))?;
    }
    writeln!(out)
}

/// What nobody has to answer: a count, and two examples without their lines.
fn light(
    group: &Findings<'_>,
    drawing: &Drawing,
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    heading(group, drawing, look, out)?;
    for (file, located) in group.found.iter().take(LIGHT) {
        let message = &located.diagnostic.message;
        let named = |workload: &&String| group.message().is_none() && message.contains(*workload);
        let workload = located.diagnostic.workload.as_ref().filter(|workload| !named(workload));
        writeln!(out, "{INSET}{}", one_line(file, located, workload, 0, look))?;
        if group.message().is_none() {
            let text = prose(message, INSET.len() * 2, look.width);
            text.lines().try_for_each(|line| writeln!(out, "{INSET}{INSET}{line}"))?;
        }
    }
    if group.found.len() > LIGHT {
        writeln!(out, "{INSET}... and {} more", group.found.len() - LIGHT)?;
    }
    if let Some(help) = group.help() {
        writeln!(out, "{}", drawing.help(help))?;
    }
    writeln!(out)
}

/// How many there are, and what they say if that is the same.
fn heading(
    group: &Findings<'_>,
    drawing: &Drawing,
    look: &Look,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    writeln!(out, "{}", drawing.heading(group.severity, group.word, group.rule, &group.count()))?;
    match group.message() {
        Some(message) => {
            let paint = if look.color { Paint::new().bold() } else { Paint::new() };
            writeln!(out, "{paint}{}{paint:#}", prose(message, 0, look.width))
        }
        None => Ok(()),
    }
}

/// A place, and behind a column of places as wide as the `widest` what is said of it, as far as
/// there is room.
fn one_line(
    file: &FileOutcome,
    located: &Located,
    words: Option<&String>,
    widest: usize,
    look: &Look,
) -> String {
    let place = place(&file.path, located);
    let words = words.map(|words| prose(words, 0, 0)).unwrap_or_default();
    if look.width == 0 {
        return format!("{place:widest$}{INSET}{words}").trim_end().to_string();
    }
    let room = look.width.saturating_sub(INSET.len());
    let behind = |column: usize| room.saturating_sub(column + INSET.len());
    let (narrow, long) = (place.chars().count(), words.chars().count());
    let column = if long <= behind(widest) { widest } else { narrow };
    if words.is_empty() || behind(narrow) < NARROWEST.min(long) {
        // The end of a path tells more than its beginning.
        return end(&place, room);
    }
    format!("{place:column$}{INSET}{}", beginning(&words, behind(narrow)))
}
