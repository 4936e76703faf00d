//! The hunks of a unified diff, made from the parts of a text that change. A line ends at LF alone, as
//! it does for git.

use memchr::{memchr, memchr_iter, memrchr};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::Span;

/// A part of a text that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
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

/// The hunks of the patches, which are disjoint and in the order of the text, with `context` unchanged
/// lines around each change. Empty if nothing changes.
pub(super) fn hunks(text: &str, patches: &[Patch], context: usize) -> String {
    let changes = changes(text, patches);
    let is_near = |a: &Change, b: &Change| {
        count_lines(&text[a.span.end..b.span.start]) <= context.saturating_mul(2)
    };
    let mut out = String::new();
    let mut place = Place::default();
    for group in changes.chunk_by(is_near) {
        hunk(text, group, context, &mut place, &mut out);
    }
    out
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

/// Writes the changes as one hunk.
fn hunk(text: &str, group: &[Change], context: usize, place: &mut Place, out: &mut String) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return };
    place.move_to(text, lines_before(text, first.span.start, context));
    let (old_start, new_start) = (place.old, place.new);
    let mut body = String::new();
    for Change { span, after } in group {
        put(&mut body, ' ', &text[place.at..span.start]);
        place.move_to(text, span.start);
        put(&mut body, '-', &text[span.range()]);
        put(&mut body, '+', after);
        place.at = span.end;
        place.old += count_lines(&text[span.range()]);
        place.new += count_lines(after);
    }
    let end = lines_after(text, last.span.end, context);
    put(&mut body, ' ', &text[place.at..end]);
    place.move_to(text, end);
    let old = range(old_start, place.old - old_start);
    let new = range(new_start, place.new - new_start);
    out.push_str(&format!("@@ -{old} +{new} @@\n{body}"));
}

/// The lines that differ.
fn changes(text: &str, patches: &[Patch]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut rest = patches.iter().peekable();
    while let Some(Patch { span, after }) = rest.next() {
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

fn put(body: &mut String, sign: char, lines: &str) {
    for line in lines.split_inclusive('\n') {
        body.push(sign);
        body.push_str(line);
        if !is_whole(line) {
            body.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// A range as hunks count: from 1, the length left out when it is 1, and an empty range named by
/// the line before it.
fn range(start: usize, len: usize) -> String {
    match len {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        len => format!("{},{len}", start + 1),
    }
}

#[cfg(test)]
mod tests;
