//! A run over standard input, where the unit is the document: batch by batch, so that a stream of
//! any length costs no more memory than a batch and what has to be said of it.

use std::io::StdoutLock;
use std::mem;

use super::outcome::Status;
use super::settings::{Settings, Verb};
use super::{show, talk, unmatched};
use crate::finding::Level;
use crate::plan::{self, Batch, Changeset, FilePlan, Patch, StreamPlan};
use crate::shell::{self, AllCores, Output, Piece, Problem, Progress, ReadAhead, Sizes, Work};
use crate::text::{Hunks, diff_header};

/// Standard input to standard output: what is held passes through unchanged, and the status says so.
/// Without a name the stream is not looked at.
pub(super) fn run(settings: &mut Settings, name: Option<&str>) -> Status {
    let is_write = matches!(settings.verb, Verb::Write | Verb::WriteSound);
    let mut course = Course::of(settings, name);
    let read = course.run(settings, name);
    let Course { printer, plan, .. } = course;
    let changeset = Changeset {
        files: plan::with_remarks(plan.into_iter().collect(), &settings.basis.facts, 0),
        files_read: usize::from(name.is_some()),
        unreadable: 0,
        step: settings.basis.facts.step,
    };
    let shown = show::printed(printer.map_or(Ok(()), Output::finish));
    if let Err(problem) = read {
        talk::say(&problem.to_string());
        return Status::Failed;
    }
    if let Err(failed) = show::reports(settings, &changeset) {
        return failed;
    }
    let status = Status::of(changeset.outcome(), is_write, settings.threshold).max(shown);
    let shown = match settings.verb {
        Verb::Check(format) => show::findings(settings, &changeset, format),
        Verb::Diff => {
            show::beside_diff(settings, &changeset);
            Status::Fine
        }
        Verb::Write | Verb::WriteSound | Verb::Announce => {
            show::say_findings(settings, &changeset);
            Status::Fine
        }
    };
    let notes = unmatched::notes(&settings.basis, &changeset, false);
    show::end(settings, &notes, &[]);
    status.max(shown).max(show::strictly(settings, &changeset, &notes))
}

/// What is done with a stream while it goes by, and what is left of it.
struct Course<'n> {
    printer: Option<Output<StdoutLock<'static>>>,
    /// The text itself is printed.
    prints_text: bool,
    diff: Option<Diff<'n>>,
    plan: Option<FilePlan>,
}

impl<'n> Course<'n> {
    fn of(settings: &Settings, name: Option<&'n str>) -> Course<'n> {
        let prints_text = matches!(settings.verb, Verb::Write | Verb::WriteSound);
        let is_printed = settings.verb == Verb::Diff;
        let is_kept = settings.reports.iter().any(|(format, _)| format.shows_diffs())
            || matches!(settings.verb, Verb::Check(Some(format)) if format.shows_diffs());
        let diff = name.filter(|_| is_printed || is_kept).map(|name| Diff {
            name,
            hunks: Hunks::new(settings.context),
            held: (is_printed || is_kept).then(|| Hunks::new(settings.context)),
            has_begun: false,
            kept: is_kept.then(Vec::new),
            is_printed,
        });
        let printer = (prints_text || is_printed).then(shell::stdout);
        Course { printer, prints_text, diff, plan: None }
    }

    /// Lets the stream go by; an error if it cannot be read, or not be shown.
    fn run(&mut self, settings: &mut Settings, name: Option<&str>) -> Result<(), Problem> {
        let is_cut = name.is_none_or(plan::is_planned_in_batches);
        let input = ReadAhead::stdin(if is_cut { Sizes::USUAL } else { Sizes::UNLIMITED });
        let home = settings.basis.home();
        let mut stream = name.map(|name| StreamPlan::new(name, &home));
        // On a terminal the stream itself shows how far it is.
        let hidden = settings.basis.talk.quiet || shell::is_terminal(shell::Stream::Stdout);
        let progress = if hidden { Progress::hidden() } else { Progress::of(Work::Stream) };
        while let Some(piece) = input.next_piece() {
            let piece =
                piece.map_err(|cause| Problem::io("standard input", "cannot be read", &cause))?;
            let (bytes, batch) = match piece {
                Piece::Documents(bytes) => {
                    let batch = stream.as_mut().map(|stream| {
                        stream.documents(&bytes, &mut settings.basis.facts, &AllCores)
                    });
                    (bytes, batch.unwrap_or_default())
                }
                Piece::Giant(bytes) => {
                    if let Some(stream) = &mut stream {
                        stream.begin_giant(&bytes);
                    }
                    (bytes, Batch::default())
                }
                Piece::Rest(bytes, found) => {
                    let plan = stream.as_mut().and_then(|stream| {
                        stream.pass_giant(&bytes);
                        stream.end_giant(found?)
                    });
                    (bytes, Batch { plan, ..Batch::default() })
                }
            };
            progress.read_bytes(bytes.len());
            self.show(&bytes, &batch);
            input.give_back(bytes);
            self.keep(batch.plan, settings);
            if self.is_unheard() && settings.reports.is_empty() {
                break;
            }
        }
        self.end(name.unwrap_or_default())
    }

    /// True if nobody reads the output any more.
    fn is_unheard(&self) -> bool {
        self.printer.as_ref().is_some_and(Output::is_closed)
    }

    fn show(&mut self, bytes: &[u8], Batch { changing, held, .. }: &Batch) {
        if let Some(diff) = &mut self.diff {
            diff.feed(bytes, changing, held, self.printer.as_mut());
        }
        let Some(out) = self.printer.as_mut().filter(|_| self.prints_text) else { return };
        let mut done = 0;
        for Patch { span, after } in changing {
            out.bytes(&bytes[done..span.start]);
            out.bytes(after.as_bytes());
            done = span.end;
        }
        out.bytes(&bytes[done..]);
    }

    /// Keeps what has to be said at the end. Where no report asks for more, that is what people see.
    fn keep(&mut self, plan: Option<FilePlan>, settings: &Settings) {
        let Some(mut plan) = plan else { return };
        let is_report = matches!(settings.verb, Verb::Check(_)) || !settings.reports.is_empty();
        if !is_report {
            plan.forget_unless(|level| match level {
                Level::Note => settings.basis.talk.verbose,
                Level::Change => false,
                Level::Decision | Level::Error => true,
            });
        }
        match &mut self.plan {
            Some(known) => known.append(plan),
            None => self.plan = Some(plan),
        }
    }

    fn end(&mut self, name: &str) -> Result<(), Problem> {
        let Some(diff) = &mut self.diff else { return Ok(()) };
        diff.end(self.printer.as_mut());
        if let Some(plan) = &mut self.plan {
            plan.diff = text(diff.kept.take().unwrap_or_default());
            plan.held_diff = diff.held();
        }
        if diff.hunks.is_cut_short() {
            let message = "a line of more than 16 MiB changes, which the diff does not show";
            return Err(Problem::new(name, message));
        }
        Ok(())
    }
}

/// The diff of the stream, and that of what is held.
struct Diff<'n> {
    name: &'n str,
    hunks: Hunks,
    held: Option<Hunks>,
    has_begun: bool,
    /// What a report is to hold.
    kept: Option<Vec<u8>>,
    is_printed: bool,
}

impl Diff<'_> {
    fn feed(
        &mut self,
        bytes: &[u8],
        changing: &[Patch],
        held: &[Patch],
        out: Option<&mut Output<StdoutLock<'static>>>,
    ) {
        plan::feed(&mut self.hunks, bytes, changing);
        if let Some(hunks) = &mut self.held {
            plan::feed(hunks, bytes, held);
        }
        self.hand_on(out);
    }

    fn end(&mut self, out: Option<&mut Output<StdoutLock<'static>>>) {
        self.hunks.finish();
        self.hand_on(out);
    }

    /// Prints the hunks that are done, and the header before the first.
    fn hand_on(&mut self, out: Option<&mut Output<StdoutLock<'static>>>) {
        let mut done = self.hunks.take();
        if done.is_empty() {
            return;
        }
        if !mem::replace(&mut self.has_begun, true) {
            done.splice(0..0, diff_header(self.name).into_bytes());
        }
        if let Some(out) = out.filter(|_| self.is_printed) {
            out.bytes(&done);
        }
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(&done);
        }
    }

    /// What the held documents would become.
    fn held(&mut self) -> String {
        let Some(hunks) = &mut self.held else { return String::new() };
        hunks.finish();
        let hunks = text(hunks.take());
        if hunks.is_empty() { hunks } else { diff_header(self.name) + &hunks }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into())
}
