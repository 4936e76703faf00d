//! The hunks of a unified diff, made from the parts of a text that change. A line ends at LF alone, as
//! it does for git.

use std::fmt;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::Span;

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It stays.
    Same,
    /// It goes.
    Gone,
    /// It comes.
    New,
    /// It is no line of the file, but a word about its end.
    Aside,
}

impl Sign {
    /// How the line begins in a diff.
    pub fn mark(self) -> char {
        match self {
            Sign::Same => ' ',
            Sign::Gone => '-',
            Sign::New => '+',
            Sign::Aside => '\\',
        }
    }
}

/// Lines that change together, and the unchanged lines around them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hunk {
    /// Its lines in the old text, counted from 0.
    pub old: Range<usize>,
    /// Its lines in the new text, counted from 0.
    pub new: Range<usize>,
    /// Whole lines with their ends, in runs of one sign. No sign is [`Sign::Aside`].
    pub runs: Vec<(Sign, String)>,
}

impl Hunk {
    /// `@@ -1,7 +1,7 @@`
    pub fn header(&self) -> String {
        format!("@@ -{} +{} @@", range(&self.old), range(&self.new))
    }

    /// Each line without its LF. Behind a last line that has none, a line aside says so.
    pub fn lines(&self) -> impl Iterator<Item = (Sign, &str)> {
        self.runs.iter().flat_map(|(sign, text)| {
            let lines =
                text.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line));
            let aside = (!is_whole(text)).then_some((Sign::Aside, NO_FINAL_NEWLINE));
            lines.map(|line| (*sign, line)).chain(aside)
        })
    }
}

const NO_FINAL_NEWLINE: &str = " No newline at end of file";

/// The hunk as a diff has it.
impl fmt::Display for Hunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.header())?;
        self.lines().try_for_each(|(sign, line)| writeln!(f, "{}{line}", sign.mark()))
    }
}

/// A part of a text that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedSpan {
    /// Its bytes in the text.
    pub span: Span,
    /// The text that replaces them.
    pub after: String,
}

/// Whole lines that go and whole lines that come in their place.
struct Change {
    span: Span,
    after: String,
}

/// The hunks of the spans, which are disjoint and in the order of the text, with `context` unchanged
/// lines around each change. Empty if nothing changes.
pub fn hunks(text: &str, spans: &[ChangedSpan], context: usize) -> Vec<Hunk> {
    let changes = changes(text, spans);
    let is_near = |a: &Change, b: &Change| {
        count_lines(&text[a.span.end..b.span.start]) <= context.saturating_mul(2)
    };
    let mut place = Place::default();
    changes.chunk_by(is_near).map(|group| hunk(text, group, context, &mut place)).collect()
}

/// A place in both texts.
#[derive(Default)]
struct Place {
    /// The byte in the old text.
    at: usize,
    /// The lines before it in the old text, and those in the new one.
    old: usize,
    new: usize,
}

impl Place {
    fn move_to(&mut self, text: &str, at: usize) {
        let lines = count_lines(&text[self.at..at]);
        (self.at, self.old, self.new) = (at, self.old + lines, self.new + lines);
    }
}

/// The hunk of these changes, of which there is at least one.
fn hunk(text: &str, group: &[Change], context: usize, place: &mut Place) -> Hunk {
    place.move_to(text, lines_before(text, group[0].span.start, context));
    let (old_start, new_start) = (place.old, place.new);
    let mut runs = Vec::new();
    let mut put = |sign, lines: &str| {
        if !lines.is_empty() {
            runs.push((sign, lines.to_string()));
        }
    };
    for Change { span, after } in group {
        put(Sign::Same, &text[place.at..span.start]);
        place.move_to(text, span.start);
        put(Sign::Gone, &text[span.range()]);
        put(Sign::New, after);
        place.at = span.end;
        place.old += count_lines(&text[span.range()]);
        place.new += count_lines(after);
    }
    let end = lines_after(text, place.at, context);
    put(Sign::Same, &text[place.at..end]);
    place.move_to(text, end);
    Hunk { old: old_start..place.old, new: new_start..place.new, runs }
}

/// The lines that differ.
fn changes(text: &str, spans: &[ChangedSpan]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut rest = spans.iter().peekable();
    while let Some(ChangedSpan { span, after }) = rest.next() {
        let start = memrchr(b'\n', &text.as_bytes()[..span.start]).map_or(0, |at| at + 1);
        let mut new = [&text[start..span.start], after].concat();
        let mut end = span.end;
        // The rest of a line belongs to its change, and so does the next patch if it begins there.
        while !(is_whole(&text[start..end]) && is_whole(&new)) && end < text.len() {
            let line_end = lines_after(text, end, 1);
            let next = rest.next_if(|next| next.span.start < line_end);
            new += &text[end..next.map_or(line_end, |next| next.span.start)];
            new += next.map_or("", |next| &next.after);
            end = next.map_or(line_end, |next| next.span.end);
        }
        differing(text, Span::new(start, end), &new, &mut changes);
    }
    changes
}

/// Adds the lines by which these lines and those in their place differ.
fn differing(text: &str, span: Span, after: &str, changes: &mut Vec<Change>) {
    let old: Vec<&str> = text[span.range()].split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let same = |(a, b): &(&&str, &&str)| a == b;
    let lead = old.iter().zip(&new).take_while(same).count();
    let trail = old[lead..].iter().rev().zip(new[lead..].iter().rev()).take_while(same).count();
    let (old, new) = (&old[lead..old.len() - trail], &new[lead..new.len() - trail]);
    let lead: usize = text[span.range()].split_inclusive('\n').take(lead).map(str::len).sum();
    let mut at = span.start + lead;
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        let size: usize = old[op.old_range()].iter().map(|line| line.len()).sum();
        let span = Span::new(at, at + size);
        at = span.end;
        if op.tag() == DiffTag::Equal {
            continue;
        }
        let after = new[op.new_range()].concat();
        match changes.last_mut().filter(|last| last.span.end == span.start) {
            // What goes stands before what comes.
            Some(last) => {
                last.span = Span::new(last.span.start, span.end);
                last.after += &after;
            }
            None => changes.push(Change { span, after }),
        }
    }
}

/// Where the `count` lines before the byte begin, which begins a line itself.
fn lines_before(text: &str, at: usize, count: usize) -> usize {
    let mut start = at;
    for _ in 0..count {
        let Some((_, before)) = text.as_bytes()[..start].split_last() else { break };
        start = memrchr(b'\n', before).map_or(0, |at| at + 1);
    }
    start
}

/// Where the `count` lines from this byte on end.
fn lines_after(text: &str, at: usize, count: usize) -> usize {
    let mut end = at;
    for _ in 0..count {
        if end == text.len() {
            break;
        }
        end = memchr(b'\n', &text.as_bytes()[end..]).map_or(text.len(), |found| end + found + 1);
    }
    end
}

fn count_lines(text: &str) -> usize {
    memchr_iter(b'\n', text.as_bytes()).count() + usize::from(!is_whole(text))
}

/// True if no line is left unfinished.
fn is_whole(text: &str) -> bool {
    text.is_empty() || text.ends_with('\n')
}

/// A range as hunks count: from 1, the length left out when it is 1, and an empty range named by
/// the line before it.
fn range(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        len => format!("{},{len}", lines.start + 1),
    }
}

#[cfg(test)]
mod tests;
