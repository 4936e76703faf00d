//! Hunks and unified diffs that `git apply` and `patch` accept, made from the parts of a text that change.
//!
//! Headers are plain `--- a/PATH` and `+++ b/PATH`: with a `diff --git` header, `git apply` run in a
//! sub-directory reports success and applies nothing. Where there is no file, `/dev/null` stands for it. A line ends at LF alone, as it does for git,
//! so a lone CR stays inside its line.

use std::fmt::{self, Write};
use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::Span;

/// The unified diff from `before` to `after`, or an empty text when they are the same.
///
/// `path` is relative to the working directory, with `/`; `context` is the number of unchanged
/// lines shown around a change.
pub fn unified(path: &str, before: &str, after: &str, context: usize) -> String {
    let span = Span::new(0, before.len());
    let hunks = hunks(before, &[ChangedSpan { span, after: after.to_string() }], context);
    diff(Some(path), Some(path), &hunks)
}

/// The unified diff of these hunks; empty if there are none. `old` and `new` are the path of the file
/// before and after; nothing where it is not there.
pub fn diff(old: Option<&str>, new: Option<&str>, hunks: &[Hunk]) -> String {
    let mut out = String::new();
    if hunks.is_empty() {
        return out;
    }
    for (mark, side, path) in [("---", "a", old), ("+++", "b", new)] {
        let name = path.map(|path| quoted(&format!("{side}/{path}")));
        let _ = writeln!(out, "{mark} {}", name.as_deref().unwrap_or("/dev/null"));
    }
    for hunk in hunks {
        let _ = write!(out, "{hunk}");
    }
    out
}

/// The name as git writes it: in double quotes with C escapes when a control character, a quote or
/// a backslash would make the header ambiguous, and closed by a tab when `patch` would otherwise
/// end the name at a blank.
fn quoted(name: &str) -> String {
    if !name.contains(|c: char| c.is_ascii_control() || c == '"' || c == '\\') {
        return format!("{name}{}", if name.contains(' ') { "\t" } else { "" });
    }
    let mut out = String::from('"');
    for c in name.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\{:03o}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It stays.
    Same,
    /// It goes.
    Gone,
    /// It comes.
    New,
    /// It is no line of the file, but a remark about its end.
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
            // What goes comes before what is new.
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
mod tests {
    use super::*;

    #[test]
    fn a_missing_final_newline_is_said_on_both_sides() {
        assert_eq!(
            unified("x.yaml", "a\nb", "a\nc", 3),
            "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn a_lone_carriage_return_stays_inside_its_line() {
        let diff = unified("x", "a\rb\n", "a\rc\n", 3);
        assert_eq!(diff, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\rb\n+a\rc\n");
    }

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        assert_eq!(quoted("a/plain.yaml"), "a/plain.yaml");
        assert_eq!(quoted("a/two words.yaml"), "a/two words.yaml\t");
        assert_eq!(quoted("a/tab\there\u{1}"), "\"a/tab\\there\\001\"");
    }

    /// Choices that look random and are the same every time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, n: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 33) % n
        }
    }

    /// The hunks of the whole texts, as `similar` groups them.
    fn hunks_by_similar(before: &str, after: &str, context: usize) -> String {
        let old: Vec<&str> = before.split_inclusive('\n').collect();
        let new: Vec<&str> = after.split_inclusive('\n').collect();
        let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
        let mut out = String::new();
        for group in similar::group_diff_ops(ops, context) {
            let (first, last) = (group.first().unwrap(), group.last().unwrap());
            let mut runs = Vec::new();
            for op in &group {
                let equal = op.tag() == DiffTag::Equal;
                let sign = if equal { Sign::Same } else { Sign::Gone };
                runs.push((sign, old[op.old_range()].concat()));
                let come = new[op.new_range()].iter().filter(|_| !equal);
                runs.push((Sign::New, come.copied().collect()));
            }
            let old = first.old_range().start..last.old_range().end;
            let new = first.new_range().start..last.new_range().end;
            out += &Hunk { old, new, runs }.to_string();
        }
        out
    }

    #[test]
    fn hunks_of_patches_are_those_of_the_whole_texts() {
        let mut dice = Dice(7);
        for round in 0..3_000 {
            let context = usize::try_from(dice.below(5)).unwrap();
            let ends = if round % 3 == 0 { ["\n", "\r", "\r\n"] } else { ["\n", "\n", "\n"] };
            let mut spans = Vec::new();
            let (mut before, mut after) = (String::new(), String::new());
            for number in 0..dice.below(40) {
                let end = ends[usize::try_from(dice.below(3)).unwrap()];
                let line = format!("line {number}{end}");
                let changed = match dice.below(9) {
                    0 => format!("new {number}{end}"),
                    1 => format!("{line}more {number}{end}"),
                    2 => String::new(),
                    _ => line.clone(),
                };
                let start = before.len();
                before += &line;
                after += &changed;
                if changed != line {
                    spans
                        .push(ChangedSpan { span: Span::new(start, before.len()), after: changed });
                }
            }
            if dice.below(2) == 0 {
                before += "end";
                after += "end";
            }
            let found = hunks(&before, &spans, context);
            let found: String = found.iter().map(Hunk::to_string).collect();
            assert_eq!(found, hunks_by_similar(&before, &after, context), "{before:?}\n{after:?}");
        }
    }
}
