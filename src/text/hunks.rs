//! The hunks of a unified diff, made while the text goes by.
//!
//! A text is fed piece by piece, what stays as it is and what changes, and a hunk is done as soon as
//! enough unchanged lines follow it. Nothing else of the text is kept, so that the diff of a stream
//! costs no more than what it shows. A line ends at LF alone, as it does for git.

use std::collections::VecDeque;
use std::mem;

use memchr::{memchr, memchr_iter, memrchr};
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Longest line that is kept in case a change follows it, in bytes. A longer one is shown only where
/// a change stands right before it.
const LONGEST: usize = 16 << 20;

/// A diff in the making.
#[derive(Debug)]
pub struct Hunks {
    context: usize,
    /// Complete lines that went by, before and after the changes.
    old: usize,
    new: usize,
    /// The last unchanged lines, as many as stand before a change; none while a hunk is open.
    lead: VecDeque<Vec<u8>>,
    open: Option<Hunk>,
    unfinished: Unfinished,
    done: Vec<u8>,
    cut_short: bool,
}

#[derive(Debug)]
struct Hunk {
    old_start: usize,
    new_start: usize,
    old_len: usize,
    new_len: usize,
    body: Vec<u8>,
    /// The change at its end: what goes stands before what comes, however they were told.
    gone: Vec<u8>,
    come: Vec<u8>,
    /// The unchanged lines since the last change.
    trail: VecDeque<Vec<u8>>,
}

/// The line that has not ended yet. A text whose lines end in a lone CR is one line.
#[derive(Debug)]
enum Unfinished {
    Nothing,
    Same(Vec<u8>),
    Changed {
        old: Vec<u8>,
        new: Vec<u8>,
    },
    /// It was too long to be kept.
    Dropped,
}

impl Hunks {
    /// A diff with so many unchanged lines around a change.
    pub fn new(context: usize) -> Hunks {
        Hunks {
            context,
            old: 0,
            new: 0,
            lead: VecDeque::new(),
            open: None,
            unfinished: Unfinished::Nothing,
            done: Vec::new(),
            cut_short: false,
        }
    }

    /// Text that stays as it is.
    pub fn same(&mut self, text: &[u8]) {
        let mut text = text;
        if !matches!(self.unfinished, Unfinished::Nothing) {
            let ended = memchr(b'\n', text);
            let (rest, next) = text.split_at(ended.map_or(text.len(), |at| at + 1));
            match &mut self.unfinished {
                Unfinished::Same(line) => line.extend_from_slice(rest),
                Unfinished::Changed { old, new } => {
                    old.extend_from_slice(rest);
                    new.extend_from_slice(rest);
                }
                Unfinished::Nothing | Unfinished::Dropped => {}
            }
            if ended.is_none() {
                return self.drop_if_too_long();
            }
            self.end_line();
            text = next;
        }
        let (lines, rest) = text.split_at(memrchr(b'\n', text).map_or(0, |at| at + 1));
        self.same_lines(lines);
        if !rest.is_empty() {
            self.unfinished = Unfinished::Same(rest.to_vec());
            self.drop_if_too_long();
        }
    }

    /// Text that changes.
    pub fn changed(&mut self, before: &[u8], after: &[u8]) {
        match mem::replace(&mut self.unfinished, Unfinished::Nothing) {
            Unfinished::Nothing if is_whole(before) && is_whole(after) => {
                return self.changed_lines(before, after);
            }
            Unfinished::Nothing => {
                self.unfinished = Unfinished::Changed { old: before.to_vec(), new: after.to_vec() };
            }
            Unfinished::Same(line) => {
                let (old, new) = ([&line[..], before].concat(), [&line[..], after].concat());
                self.unfinished = Unfinished::Changed { old, new };
            }
            Unfinished::Changed { mut old, mut new } => {
                old.extend_from_slice(before);
                new.extend_from_slice(after);
                self.unfinished = Unfinished::Changed { old, new };
            }
            Unfinished::Dropped => {
                self.cut_short = true;
                self.unfinished = Unfinished::Dropped;
            }
        }
        if let Unfinished::Changed { old, new } = &self.unfinished
            && is_whole(old)
            && is_whole(new)
        {
            self.end_line();
        }
    }

    /// Ends the text, and with it the last hunk.
    pub fn finish(&mut self) {
        self.end_line();
        self.close();
    }

    /// The hunks that are done, once.
    pub fn take(&mut self) -> Vec<u8> {
        mem::take(&mut self.done)
    }

    /// True if a change stands in a line of more than 16 MiB, so that the hunks do not show it.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// What is unchanged so far and too long is kept only as the context of a change before it.
    fn drop_if_too_long(&mut self) {
        let needed = self.open.as_ref().is_some_and(|hunk| hunk.trail.len() < self.context);
        if let Unfinished::Same(line) = &self.unfinished
            && line.len() > LONGEST
            && !needed
        {
            self.unfinished = Unfinished::Dropped;
        }
    }

    fn end_line(&mut self) {
        match mem::replace(&mut self.unfinished, Unfinished::Nothing) {
            Unfinished::Nothing => {}
            Unfinished::Same(line) => self.same_lines(&line),
            Unfinished::Changed { old, new } => self.changed_lines(&old, &new),
            Unfinished::Dropped => {
                self.close();
                self.lead.clear();
                self.old += 1;
                self.new += 1;
            }
        }
    }

    fn same_lines(&mut self, lines: &[u8]) {
        let mut rest = lines;
        while let Some(hunk) = &mut self.open
            && !rest.is_empty()
        {
            let (line, next) = rest.split_at(memchr(b'\n', rest).map_or(rest.len(), |at| at + 1));
            hunk.trail.push_back(line.to_vec());
            self.old += 1;
            self.new += 1;
            rest = next;
            if hunk.trail.len() > self.context.saturating_mul(2) {
                self.close();
            }
        }
        let count = memchr_iter(b'\n', rest).count() + usize::from(!is_whole(rest));
        self.old += count;
        self.new += count;
        let mut last = Vec::new();
        while last.len() < self.context && !rest.is_empty() {
            let start = memrchr(b'\n', &rest[..rest.len() - 1]).map_or(0, |at| at + 1);
            last.push(rest[start..].to_vec());
            rest = &rest[..start];
        }
        self.lead.extend(last.into_iter().rev());
        let surplus = self.lead.len().saturating_sub(self.context);
        self.lead.drain(..surplus);
    }

    fn changed_lines(&mut self, before: &[u8], after: &[u8]) {
        let old: Vec<&[u8]> = before.split_inclusive(|byte| *byte == b'\n').collect();
        let new: Vec<&[u8]> = after.split_inclusive(|byte| *byte == b'\n').collect();
        let equal = |(a, b): &(&&[u8], &&[u8])| a == b;
        let lead = old.iter().zip(&new).take_while(equal).count();
        let behind = old[lead..].iter().rev().zip(new[lead..].iter().rev());
        let trail = behind.take_while(equal).count();
        let (gone, come) = (&old[lead..old.len() - trail], &new[lead..new.len() - trail]);
        for line in &old[..lead] {
            self.same_lines(line);
        }
        match (gone.len(), come.len()) {
            (0, 0) => {}
            // Most changes are one line, and need no search for what may still be the same in them.
            (0, _) | (_, 0) | (1, 1) => self.change(gone, come),
            _ => self.differing(gone, come),
        }
        for line in &old[old.len() - trail..] {
            self.same_lines(line);
        }
    }

    fn differing(&mut self, old: &[&[u8]], new: &[&[u8]]) {
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            let (gone, come) = (&old[op.old_range()], &new[op.new_range()]);
            if op.tag() == DiffTag::Equal {
                for line in gone {
                    self.same_lines(line);
                }
            } else {
                self.change(gone, come);
            }
        }
    }

    fn change(&mut self, gone: &[&[u8]], come: &[&[u8]]) {
        let lead = mem::take(&mut self.lead);
        let hunk = self.open.get_or_insert_with(|| Hunk {
            old_start: self.old - lead.len(),
            new_start: self.new - lead.len(),
            old_len: 0,
            new_len: 0,
            body: Vec::new(),
            gone: Vec::new(),
            come: Vec::new(),
            trail: lead,
        });
        for line in mem::take(&mut hunk.trail) {
            hunk.context(&line);
        }
        for line in gone {
            put(&mut hunk.gone, b'-', line);
        }
        for line in come {
            put(&mut hunk.come, b'+', line);
        }
        hunk.old_len += gone.len();
        hunk.new_len += come.len();
        self.old += gone.len();
        self.new += come.len();
    }

    fn close(&mut self) {
        let Some(mut hunk) = self.open.take() else { return };
        let behind = hunk.trail.split_off(self.context.min(hunk.trail.len()));
        for line in mem::take(&mut hunk.trail) {
            hunk.context(&line);
        }
        let old = counted(hunk.old_start, hunk.old_len);
        let new = counted(hunk.new_start, hunk.new_len);
        hunk.settle();
        self.done.extend_from_slice(format!("@@ -{old} +{new} @@\n").as_bytes());
        self.done.append(&mut hunk.body);
        self.lead = behind;
        let surplus = self.lead.len().saturating_sub(self.context);
        self.lead.drain(..surplus);
    }
}

impl Hunk {
    fn settle(&mut self) {
        self.body.append(&mut self.gone);
        self.body.append(&mut self.come);
    }

    fn context(&mut self, line: &[u8]) {
        self.settle();
        put(&mut self.body, b' ', line);
        self.old_len += 1;
        self.new_len += 1;
    }
}

/// True if no line is left unfinished.
fn is_whole(text: &[u8]) -> bool {
    text.last().is_none_or(|last| *last == b'\n')
}

fn put(body: &mut Vec<u8>, sign: u8, line: &[u8]) {
    body.push(sign);
    body.extend_from_slice(line);
    if !is_whole(line) {
        body.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}

/// A range as hunks count: from 1, the length left out when it is 1, and an empty range named by
/// the line before it.
fn counted(start: usize, len: usize) -> String {
    match len {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        len => format!("{},{len}", start + 1),
    }
}

#[cfg(test)]
mod tests;
