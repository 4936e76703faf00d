//! Findings with the line they speak of, and a verdict, for somebody at a terminal.

use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Paint};
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level as Style, Origin, Renderer, Snippet,
};

use super::{Look, secret, verdict, visible};
use crate::finding::{Level, Placed};
use crate::plan::{Changeset, FilePlan};
use crate::text::Excerpt;

/// Longest message shown whole, in characters; of a longer one the middle is left out.
const LONGEST: usize = 1_000;

/// Narrowest column a message is broken into.
const NARROWEST: usize = 30;

/// Stands for the place of a finding until the renderer is done. Like every control character it
/// is escaped in what manifests say.
const ORIGIN: &str = "\u{1}";

/// Every finding that the look shows, and a last line with the verdict.
pub(super) fn render(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    let renderer = renderer(look);
    for file in &changeset.files {
        for placed in file.findings.iter().filter(|placed| look.shows(placed)) {
            writeln!(out, "{}\n", finding(&renderer, file, placed, look.width))?;
        }
    }
    last_line(changeset, look, out)
}

/// The verdict, its parts coloured by gravity, broken between parts where it would pass the width.
fn last_line(changeset: &Changeset, look: &Look, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut column = 0;
    for (i, (level, part)) in verdict::parts(changeset).into_iter().enumerate() {
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
    match verdict::unseen_notes(changeset).filter(|_| !look.notes) {
        Some(unseen) => writeln!(out, " ({unseen})"),
        None => out.write_char('\n'),
    }
}

/// What asks for a person is warm, what happens by itself is green.
fn color(level: Level) -> Paint {
    let color = match level {
        Level::Note => AnsiColor::BrightBlue,
        Level::Change => AnsiColor::BrightGreen,
        Level::Decision => AnsiColor::Yellow,
        Level::Error => AnsiColor::BrightRed,
    };
    color.on_default().effects(Effects::BOLD)
}

fn renderer(look: &Look) -> Renderer {
    let renderer = if look.color {
        Renderer::styled()
            .note(color(Level::Note))
            .info(color(Level::Change))
            .warning(color(Level::Decision))
            .error(color(Level::Error))
    } else {
        Renderer::plain()
    };
    if look.width == 0 { renderer } else { renderer.term_width(look.width) }
}

fn style(level: Level, word: &'static str) -> Style<'static> {
    let style = match level {
        Level::Note => Style::NOTE,
        Level::Change => Style::INFO,
        Level::Decision => Style::WARNING,
        Level::Error => Style::ERROR,
    };
    style.with_name(word)
}

fn finding(renderer: &Renderer, file: &FilePlan, placed: &Placed, width: usize) -> String {
    let finding = &placed.finding;
    let word = super::word(file, placed);
    let indent = word.len() + finding.rule.len() + "[]: ".len();
    let title = style(finding.level(), word)
        .primary_title(prose(&finding.message, indent, width))
        .id(finding.rule);
    let main = if placed.excerpt.text.trim().is_empty() {
        title.element(Origin::path(ORIGIN))
    } else {
        title.element(snippet(placed))
    };
    let help = finding.help.as_deref().map(|help| prose(help, "help: ".len(), width));
    let help = help.map(|help| Group::with_title(Style::HELP.secondary_title(help)));
    let groups: Vec<Group<'_>> = std::iter::once(main).chain(help).collect();
    at_its_place(&renderer.render(&groups), &file.path, placed)
}

/// Puts the true place where the renderer wrote its own, which it counts in the excerpt and not in
/// the file.
fn at_its_place(text: &str, path: &str, placed: &Placed) -> String {
    let Some((before, after)) = text.split_once(ORIGIN) else { return text.to_string() };
    let after = after.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
    let place = placed.position;
    format!("{before}{}:{}:{}{after}", visible::line(path), place.line, place.column)
}

/// The line with the bytes that are meant underlined, and the workload named under them unless the
/// message does.
fn snippet(placed: &Placed) -> Snippet<'_, Annotation<'_>> {
    let (line, highlight) = shown(&placed.excerpt, placed.position.column);
    let workload = placed.workload.as_deref();
    let label = workload.filter(|workload| !placed.finding.message.contains(workload));
    let label = label.map(|workload| prose(workload, 0, 0));
    let meant = AnnotationKind::Primary.span(highlight).label(label);
    Snippet::source(line).path(ORIGIN).line_start(placed.position.line).annotation(meant)
}

/// The line as it may be shown, and where in it the meant bytes are now. An excerpt that begins
/// inside its line is shown to do so.
fn shown(excerpt: &Excerpt, column: usize) -> (String, Range<usize>) {
    let hidden = secret::values(&excerpt.text);
    let meant = excerpt.highlight;
    let before = excerpt.text.char_indices().take_while(|(at, _)| *at < meant.start).count();
    let mut line = String::with_capacity(excerpt.text.len());
    line.push_str(if before + 1 < column { "... " } else { "" });
    let mut new = 0..0;
    for (at, c) in excerpt.text.char_indices() {
        if at <= meant.start {
            new.start = line.len();
        }
        match hidden.iter().find(|range| range.contains(&at)) {
            Some(range) if range.start == at => line.push_str(secret::MASK),
            Some(_) => {}
            // The renderer widens tabs and keeps the underline where it belongs.
            None if c == '\t' => line.push(c),
            None => visible::push(&mut line, c),
        }
        if at < meant.end {
            new.end = line.len();
        }
    }
    if meant.start >= excerpt.text.len() {
        new.start = line.len();
    }
    new.end = new.end.max(new.start);
    (line, new)
}

/// A message that begins in column `indent`, broken between words where it would pass `width`.
fn prose(text: &str, indent: usize, width: usize) -> String {
    let masked = secret::masked(text);
    let text = shortened(&visible::line(&masked));
    let room = width.saturating_sub(indent).max(NARROWEST);
    if width == 0 || text.chars().count() <= room {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut column = 0;
    for word in text.split(' ') {
        let len = word.chars().count();
        if column > 0 {
            let fits = column + 1 + len <= room;
            out.push(if fits { ' ' } else { '\n' });
            column = if fits { column + 1 } else { 0 };
        }
        out.push_str(word);
        column += len;
    }
    out
}

fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_string();
    }
    let head: String = text.chars().take(LONGEST * 3 / 4).collect();
    let tail: String = text.chars().skip(count - LONGEST / 4).collect();
    format!("{head} ... {tail}")
}
