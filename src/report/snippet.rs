//! One finding in full: what is, the line it speaks of, what to do.

use std::ops::Range;

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Paint};
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level as Style, Origin, Renderer, Snippet,
};

use super::diagnostic_groups::DiagnosticGroup;
use super::plain_diagnostic::PlainDiagnostic;
use super::printable::paragraph;
use super::{Look, printable};
use crate::diagnostic::{Located, Severity};
use crate::text::Excerpt;

/// Stands for the place of a finding until the renderer is done. Like every control character it
/// is escaped in what manifests say.
const ORIGIN: &str = "\u{1}";

/// Columns that the renderer wants around a highlight, for the margin and what it leaves out.
const AROUND: usize = 16;

/// Draws findings.
pub(crate) struct SnippetRenderer {
    renderer: Renderer,
    pub(crate) look: Look,
}

/// What one example among several says, because it is not the same for all.
#[derive(Clone, Copy)]
pub(crate) struct ExampleParts {
    pub(crate) message: bool,
    pub(crate) help: bool,
}

impl SnippetRenderer {
    pub(crate) fn new(look: &Look) -> SnippetRenderer {
        SnippetRenderer { renderer: renderer(look), look: *look }
    }

    /// A finding by itself, without a final newline.
    pub(crate) fn diagnostic(&self, diagnostic: PlainDiagnostic<'_>) -> String {
        let (word, rule) = (diagnostic.word(), diagnostic.rule());
        let indent = word.len() + rule.len() + "[]: ".len();
        let message = paragraph(&diagnostic.located.diagnostic.message, indent, self.look.width);
        let title = style(diagnostic.severity()).with_name(word).primary_title(message).id(rule);
        self.draw(Group::with_title(title), diagnostic, true)
    }

    /// A finding among others of its rule, without a final newline.
    pub(crate) fn example(&self, diagnostic: PlainDiagnostic<'_>, says: ExampleParts) -> String {
        let style = style(diagnostic.severity()).no_name();
        let group = if says.message {
            let message = paragraph(&diagnostic.located.diagnostic.message, 0, self.look.width);
            Group::with_title(style.primary_title(message))
        } else {
            Group::with_level(style)
        };
        self.draw(group, diagnostic, says.help)
    }

    /// What stands above the findings of one rule, in the colours of a finding's first line.
    pub(crate) fn heading(&self, group: &DiagnosticGroup<'_>) -> String {
        let frequency = group.frequency();
        let title = style(group.severity).with_name(group.word).primary_title(frequency);
        self.renderer.render(&[Group::with_title(title.id(group.rule))])
    }

    /// What all findings above it would say by themselves.
    pub(crate) fn help(&self, help: &str) -> String {
        let help = paragraph(help, "help: ".len(), self.look.width);
        self.renderer.render(&[Group::with_title(Style::HELP.secondary_title(help))])
    }

    fn draw(&self, main: Group<'_>, diagnostic: PlainDiagnostic<'_>, help: bool) -> String {
        let located = diagnostic.located;
        let main = if located.excerpt.text.trim().is_empty() {
            main.element(Origin::path(ORIGIN))
        } else {
            main.element(snippet(located, self.look.width))
        };
        let help = located.diagnostic.help.as_deref().filter(|_| help);
        let help = help.map(|help| paragraph(help, "help: ".len(), self.look.width));
        let help = help.map(|help| Group::with_title(Style::HELP.secondary_title(help)));
        let groups: Vec<Group<'_>> = std::iter::once(main).chain(help).collect();
        with_location(&self.renderer.render(&groups), &diagnostic.location())
    }
}

/// What asks for a person is warm, what happens by itself is green.
pub(crate) fn color(severity: Severity) -> Paint {
    let color = match severity {
        Severity::Note => AnsiColor::BrightBlue,
        Severity::Change => AnsiColor::BrightGreen,
        Severity::Decision => AnsiColor::Yellow,
        Severity::Error => AnsiColor::BrightRed,
    };
    color.on_default().effects(Effects::BOLD)
}

fn renderer(look: &Look) -> Renderer {
    let renderer = if look.color {
        Renderer::styled()
            .note(color(Severity::Note))
            .info(color(Severity::Change))
            .warning(color(Severity::Decision))
            .error(color(Severity::Error))
    } else {
        Renderer::plain()
    };
    if look.width == 0 { renderer } else { renderer.term_width(look.width) }
}

fn style(severity: Severity) -> Style<'static> {
    match severity {
        Severity::Note => Style::NOTE,
        Severity::Change => Style::INFO,
        Severity::Decision => Style::WARNING,
        Severity::Error => Style::ERROR,
    }
}

/// Puts the true place where the renderer wrote its own, which it counts in the excerpt and not in
/// the file.
fn with_location(text: &str, location: &str) -> String {
    let Some((before, after)) = text.split_once(ORIGIN) else { return text.to_string() };
    let after = after.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
    format!("{before}{location}{after}")
}

/// The line with the bytes that are meant underlined, and the workload named under them unless the
/// message does.
fn snippet(located: &Located, width: usize) -> Snippet<'_, Annotation<'_>> {
    let (line, highlight) = printable_line(&located.excerpt, located.location.position.column);
    let number = located.location.position.line;
    let workload = located.diagnostic.workload.as_deref();
    let label = workload.filter(|workload| !located.diagnostic.message.contains(workload));
    let label = label.map(printable::message);
    let beside = number.to_string().len() + label.as_ref().map_or(0, |label| label.chars().count());
    let highlight = if width == 0 { highlight } else { clipped(&line, highlight, width, beside) };
    let annotation = AnnotationKind::Primary.span(highlight).label(label);
    Snippet::source(line).path(ORIGIN).line_start(number).annotation(annotation)
}

/// As much of the highlight as has room in `width` columns with what stands `beside` it: the
/// renderer leaves out what surrounds a highlight, and never a part of it.
fn clipped(line: &str, highlight: Range<usize>, width: usize, beside: usize) -> Range<usize> {
    let room = width.saturating_sub(AROUND + beside).max(AROUND);
    let end = line[highlight.clone()].char_indices().nth(room);
    highlight.start..end.map_or(highlight.end, |(at, _)| highlight.start + at)
}

/// The line as it may be shown, and where in it the meant bytes are now. An excerpt that begins
/// inside its line is shown to do so.
fn printable_line(excerpt: &Excerpt, column: usize) -> (String, Range<usize>) {
    let hidden = printable::secret_values(&excerpt.text);
    let highlight = excerpt.highlight;
    let before = excerpt.text.char_indices().take_while(|(at, _)| *at < highlight.start).count();
    let mut line = String::with_capacity(excerpt.text.len());
    line.push_str(if before + 1 < column { "... " } else { "" });
    let mut new = 0..0;
    for (at, c) in excerpt.text.char_indices() {
        if at <= highlight.start {
            new.start = line.len();
        }
        match hidden.iter().find(|range| range.contains(&at)) {
            Some(range) if range.start == at => line.push_str(printable::MASK),
            Some(_) => {}
            // The renderer widens tabs and keeps the underline where it belongs.
            None if c == '\t' => line.push(c),
            None => printable::push_escaped(&mut line, c),
        }
        if at < highlight.end {
            new.end = line.len();
        }
    }
    if highlight.start >= excerpt.text.len() {
        new.start = line.len();
    }
    new.end = new.end.max(new.start);
    (line, new)
}
